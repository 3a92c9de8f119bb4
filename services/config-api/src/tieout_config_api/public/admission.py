"""What every route passes first: who asks, and whether the table of permissions lets them."""

from collections.abc import Awaitable, Callable
from typing import Annotated, NoReturn

from fastapi import FastAPI, Request, Security
from fastapi.routing import iter_route_contexts
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from tieout_config_api.access.callers import Caller
from tieout_config_api.access.permissions import TABLE, Permission, Verdict, decide
from tieout_config_api.public.cookies import COOKIE, SAFE, is_own_page
from tieout_config_api.public.door import not_found, refused

Identify = Callable[[Request], Awaitable[Caller | None]]
"""Who asks; None: nobody that is known."""
DESCRIPTION = frozenset({"openapi", "swagger_ui_html", "swagger_ui_redirect"})
"""The framework's own pages, open to anybody: they tell of routes, and nothing of anybody's."""


KEY = HTTPBearer(auto_error=False, description="An API key.", scheme_name="key")
"""For the description; who asks is found out by `Identify`."""


class RouteNotInTable(Exception):
    """A route without its line in the table of permissions, a line that does not fit it, or two of one name."""


async def admit(
    request: Request,
    _key: Annotated[HTTPAuthorizationCredentials | None, Security(KEY)] = None,
    _cookie: Annotated[str | None, Security(COOKIE)] = None,
) -> None:
    """Lets the request pass, with its caller in `request.state`, or answers 401, 403 or 404."""
    caller: Caller | None = await request.app.state.identify(request)
    if request.method not in SAFE and _may_be_forged(request, caller):
        raise refused(403, "people.foreign_page")
    path = request.path_params
    require_permission(caller, request.scope["route"].name, path.get("tenant_id"), path.get("company_id"))
    request.state.caller = caller


def _may_be_forged(request: Request, caller: Caller | None) -> bool:
    """A change that a browser may have been led to by somebody else's page (CSRF).

    With a session's cookie our own page must be named; without one, as at sign-in, no other may be.
    """
    by_cookie = caller is not None and caller.session_id is not None
    told = request.headers.get("origin") is not None and request.headers.get("authorization") is None
    return (by_cookie or told) and not is_own_page(request, request.app.state.rooms.access.public_url)


def require_permission(
    caller: Caller | None, operation: str, tenant_id: str | None, company_id: str | None = None
) -> None:
    """Answers 401, 403 or 404 unless the table lets the caller do it."""
    verdict = decide(TABLE[operation], caller, tenant_id, company_id)
    if verdict != "granted":
        _refuse(verdict)


def check_routes(app: FastAPI) -> None:
    """`RouteNotInTable` unless every route has a line of its own that fits its path."""
    names: set[str] = set()
    for route in iter_route_contexts(app.routes):
        name, path = str(route.name), str(route.path)
        if name in DESCRIPTION:
            continue
        permission = TABLE.get(name)
        if permission is None or name in names or not _fits(permission, path):
            raise RouteNotInTable(f"{name} ({path}): see tieout_config_api.access.permissions")
        names.add(name)


def _fits(permission: Permission, path: str) -> bool:
    """The path names what the permission is about, so that it can be looked at before the route is."""
    if permission.reach in ("open", "signing_in", "self", "installation"):
        return permission.reach == "installation" or "{tenant_id}" not in path
    return "{tenant_id}" in path and (permission.reach == "company") == ("{company_id}" in path)


def _refuse(verdict: Verdict) -> NoReturn:
    if verdict in ("no_tenant", "no_company"):
        raise not_found(verdict.removeprefix("no_"))
    if verdict == "forbidden":
        raise refused(403, "people.may_not")
    raise refused(401, "people.second_factor_due" if verdict == "second_factor_due" else "api.unauthorised")
