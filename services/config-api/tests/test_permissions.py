"""The role walk: every route, every role, own and other company, other tenant; and exactly the table is found."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa
from fastapi import Depends, FastAPI, Request
from fastapi.routing import iter_route_contexts

from tieout_chassis.clock import FixedClock
from tieout_chassis.database import Database
from tieout_chassis.sealing import Sealer
from tieout_chassis.testing import FreshDatabase
from tieout_config_api.access import page as access_page
from tieout_config_api.access import permissions
from tieout_config_api.access.callers import SCOPES, Caller, Standing
from tieout_config_api.access.permissions import TABLE
from tieout_config_api.app import public_app
from tieout_config_api.migrations import MIGRATIONS
from tieout_config_api.public.admission import DESCRIPTION, RouteNotInTable, admit, check_routes
from tieout_config_api.public.door import ApiError, Rooms, rooms
from tieout_config_api.store.tables import record
from tieout_config_api.vault import Vault

OWN, OTHER = "harbourline", "breakwater"
SEEN, UNSEEN = "mast", "keel"
"""Two companies of the tenant OWN."""


def person(role: Any, companies: frozenset[str] | None = None, **more: Any) -> Caller:
    return Caller(name=role, standings={OWN: Standing(role=role, companies=companies)}, **more)


def key(*scopes: Any, companies: frozenset[str] | None = None) -> Caller:
    return Caller(name="key", standings={OWN: Standing(scopes=frozenset(scopes), companies=companies)})


CALLERS: dict[str, Caller | None] = {
    "nobody": None,
    "super-admin": Caller(name="super", super_admin=True),
    "account-admin": person("account_admin"),
    "user": person("user", frozenset({SEEN})),
    "signing-in": person("account_admin", signing_in=True),
    "super-signing-in": Caller(name="super", super_admin=True, signing_in=True),
    "key-of-chosen": key(*SCOPES, companies=frozenset({SEEN})),
    **{f"key-{scope}": key(scope) for scope in SCOPES},
}


async def identify(request: Request) -> Caller | None:
    return CALLERS[request.headers["authorization"].removeprefix("Bearer ")]


async def nothing_behind() -> Rooms:
    """Whoever comes this far was admitted; the route itself does not run."""
    raise ApiError(418, "admitted", "", "")


@dataclass(frozen=True)
class Ask:
    operation: str
    method: str
    path: str
    tenant_id: str | None
    company_id: str | None


def every_ask(app: FastAPI) -> Iterator[Ask]:
    """Each route at its own company, at another one of the tenant, and at another tenant's."""
    for route in iter_route_contexts(app.routes):
        if str(route.name) in DESCRIPTION:
            continue
        for tenant_id, company_id in ((OWN, SEEN), (OWN, UNSEEN), (OTHER, SEEN)):
            place = {"tenant_id": tenant_id, "company_id": company_id}
            template = str(route.path)
            path = re.sub(r"{(\w+)}", lambda name, place=place: place.get(name[1], str(UUID(int=7))), template)  # type: ignore[misc]
            for method in (route.methods or set()) - {"HEAD"}:
                named = {name: value for name, value in place.items() if f"{{{name}}}" in template}
                yield Ask(str(route.name), method, path, named.get("tenant_id"), named.get("company_id"))


def promised(ask: Ask, who: str) -> int:
    """What the table says, worked out here once more; 418: admitted."""
    permission, caller = TABLE[ask.operation], CALLERS[who]
    if permission.reach == "open":
        return 418
    if caller is None or (caller.signing_in and permission.reach != "signing_in"):
        return 401
    if caller.super_admin or permission.reach in {"self", "signing_in"}:
        return 418
    if ask.tenant_id == OTHER:
        return 404
    by_role = {"account-admin": {"user", "account_admin"}, "user": {"user"}}
    if who in by_role:
        allowed = permission.least in by_role[who]
    else:
        allowed = permission.scope is not None and permission.scope in caller.standings[OWN].scopes
    chosen = who in {"user", "key-of-chosen"}
    if not allowed or permission.reach == "installation" or (chosen and permission.reach == "tenant"):
        return 403
    return 404 if chosen and ask.company_id == UNSEEN else 418


async def test_every_route_at_every_place_answers_every_role_as_the_table_says_F192_F208_F228_F229_F230_I7() -> None:
    app = public_app(Rooms.__new__(Rooms), "key")
    app.state.identify = identify
    app.dependency_overrides[rooms] = nothing_behind
    asks = dict.fromkeys(every_ask(app))
    found, wanted = {}, {}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as http:
        for ask in asks:
            for who in CALLERS:
                answer = await http.request(ask.method, ask.path, headers={"Authorization": f"Bearer {who}"}, json={})
                found[ask, who] = answer.status_code
                wanted[ask, who] = promised(ask, who)
    assert {ask.operation for ask in asks} == set(TABLE)
    assert {each: status for each, status in found.items() if status != wanted[each]} == {}
    assert set(found.values()) == {401, 403, 404, 418}


def app_with(name: str, path: str) -> FastAPI:
    app = FastAPI(openapi_url=None, dependencies=[Depends(admit)])

    async def route() -> None: ...

    app.add_api_route(path, route, name=name)
    return app


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("nobody_thought_of_it", "/tenants/{tenant_id}/new"),
        ("read_company", "/tenants/{tenant_id}/company"),
        ("list_runs", "/runs"),
        ("list_runs", "/tenants/{tenant_id}/companies/{company_id}/runs"),
        ("list_tenants", "/tenants/{tenant_id}"),
    ],
)
def test_an_application_with_a_route_that_is_not_in_the_table_or_does_not_fit_it_does_not_start(
    name: str, path: str
) -> None:
    with pytest.raises(RouteNotInTable):
        check_routes(app_with(name, path))


def test_two_routes_of_one_name_keep_the_application_from_starting() -> None:
    app = app_with("list_runs", "/tenants/{tenant_id}/runs")
    check_routes(app)
    app.add_api_route("/tenants/{tenant_id}/more", lambda: None, name="list_runs")
    with pytest.raises(RouteNotInTable):
        check_routes(app)


RUNS, SYNC_ALL, PREVIEWS, PROPOSALS = (
    f"/tenants/{OWN}/{what}" for what in ("runs", "sync-all", "previews", "proposals")
)
A_LINK = {"person": "p", "contacts": [{"contact_number": "1", "ledger_id": "2"}]}
SIFTED: dict[str, tuple[str, str, dict[str, Any] | None]] = {
    "list_companies": ("GET", f"/tenants/{OWN}/companies", None),
    "request_run": ("POST", RUNS, {"company_id": UNSEEN}),
    "request_sync_all": ("POST", SYNC_ALL, {"company_id": UNSEEN}),
    "read_sync_all": ("GET", f"{SYNC_ALL}/{{sync_all}}", None),
    "list_runs": ("GET", RUNS, None),
    "read_run": ("GET", f"{RUNS}/{{run}}", None),
    "list_records": ("GET", f"/tenants/{OWN}/records", None),
    "request_preview": ("POST", PREVIEWS, {"company_id": UNSEEN}),
    "read_preview": ("GET", f"{PREVIEWS}/{{preview}}", None),
    "approve": ("POST", f"{PREVIEWS}/{{preview}}/approvals", {"person": "p"}),
    "request_proposals": ("POST", PROPOSALS, {"company_id": UNSEEN}),
    "read_proposals": ("GET", f"{PROPOSALS}/{{proposals}}", None),
    "list_contacts": ("GET", f"{PROPOSALS}/{{proposals}}/contacts", None),
    "list_documents": ("GET", f"{PROPOSALS}/{{proposals}}/documents", None),
    "decide_links": ("POST", f"{PROPOSALS}/{{proposals}}/links", A_LINK),
    "adopt": ("POST", f"{PROPOSALS}/{{proposals}}/adoptions", {"person": "p"}),
}
"""For each sifted operation a request that meets something of the company UNSEEN. A new one needs its line here."""


@pytest.fixture
async def http(fresh_database: FreshDatabase, sealing_key_file: Path) -> AsyncIterator[httpx.AsyncClient]:
    """The tenant with both companies."""
    sealer = Sealer.from_file(sealing_key_file)
    database = Database(await fresh_database([MIGRATIONS]), "config-api", pool_size=2, sealer=sealer)
    vault = Vault.from_file(sealing_key_file)
    app = public_app(Rooms(database, sealer, FixedClock(), httpx.AsyncClient(), 200, vault=vault), "key")
    app.state.identify = identify
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app),
        base_url="http://test/v1",
        headers={"Authorization": "Bearer super-admin"},
    ) as client:
        (await client.post("/tenants", json={"tenant_id": OWN, "name": "Harbourline"})).raise_for_status()
        for number, company_id in enumerate((SEEN, UNSEEN)):
            settings = {
                "name": company_id,
                "connectwise_connection": "connectwise",
                "ledger_connection": "xero",
                "organisation_id": company_id,
                "connectwise_locations": [number],
                "adjustment": {"account": "860"},
            }
            body = {"company_id": company_id, "settings": settings}
            (await client.post(f"/tenants/{OWN}/companies", json=body)).raise_for_status()
        async with database.transaction() as tx:
            row = {"company_id": UNSEEN, "kind": "invoice", "record_id": 1, "tenant_id": OWN, "number": "1"}
            await tx.execute(sa.insert(record).values(**row, status="captured"))
        yield client
    await database.dispose()


@pytest.mark.postgres
async def test_what_the_path_does_not_name_is_left_out_or_not_found_for_who_does_not_see_its_company_F230(
    http: httpx.AsyncClient,
) -> None:
    assert set(SIFTED) == {name for name, permission in TABLE.items() if permission.reach == "sifted"}
    shown = {"hide_sync_all": False}
    await http.put(f"/tenants/{OWN}/options", json=shown, headers={"If-Match": '"0"'})
    ids = {
        "sync_all": (await http.post(SYNC_ALL, json={"company_id": UNSEEN})).json()["sync_id"],
        "run": (await http.post(RUNS, json={"company_id": UNSEEN})).json()["run_id"],
        "preview": (await http.post(PREVIEWS, json={"company_id": UNSEEN})).json()["preview_id"],
        "proposals": (await http.post(PROPOSALS, json={"company_id": UNSEEN})).json()["proposals_id"],
    }
    leaks, barred = {}, {}
    for operation, (method, path, body) in SIFTED.items():
        for who in ("user", "key-of-chosen", "account-admin"):
            headers = {"Authorization": f"Bearer {who}"}
            answer = await http.request(method, path.format(**ids), headers=headers, json=body)
            told = UNSEEN in answer.text or not (answer.status_code in {403, 404} or answer.status_code == 200)
            if who == "account-admin" and not answer.is_success:
                barred[operation] = answer.text
            elif who != "account-admin" and told:
                leaks[operation, who] = answer.text
    assert (leaks, barred) == ({}, {})


@pytest.mark.postgres
async def test_a_run_without_a_company_is_the_first_one_s_that_the_caller_sees_F112_F230(
    http: httpx.AsyncClient,
) -> None:
    for who, first in (("user", SEEN), ("account-admin", UNSEEN)):
        asked = await http.post(RUNS, json={}, headers={"Authorization": f"Bearer {who}"})
        assert (asked.status_code, asked.json()["company_id"]) == (202, first)


@pytest.mark.postgres
async def test_settings_are_tried_in_a_preview_only_by_who_may_read_settings_F230(http: httpx.AsyncClient) -> None:
    company = (await http.get(f"/tenants/{OWN}/companies/{SEEN}")).json()
    body = {"company_id": SEEN, "settings": company["settings"]}
    for who, status in (("user", 403), ("account-admin", 202)):
        asked = await http.post(PREVIEWS, json=body, headers={"Authorization": f"Bearer {who}"})
        assert asked.status_code == status


@pytest.mark.postgres
async def test_tenants_are_listed_to_who_belongs_to_them_F229_I7(http: httpx.AsyncClient) -> None:
    (await http.post("/tenants", json={"tenant_id": OTHER, "name": "Breakwater"})).raise_for_status()
    for who, listed in (("super-admin", [OTHER, OWN]), ("account-admin", [OWN]), ("key-records:read", [OWN])):
        found = await http.get("/tenants", headers={"Authorization": f"Bearer {who}"})
        assert [each["tenant_id"] for each in found.json()] == listed


def test_every_line_of_the_table_says_for_whom_it_is() -> None:
    for name, permission in permissions.TABLE.items():
        of_people = permission.reach in {"installation", "tenant", "company", "sifted"}
        assert (permission.least is not None) == of_people, name
        assert permission.scope is None or of_people, name


def test_the_page_about_access_tells_the_table_of_today() -> None:
    page = (Path(__file__).parents[3] / access_page.PAGE).read_text()
    assert page == access_page.written(page), "run python -m tieout_config_api.access.page"


def test_account_companies_and_options_are_the_admins_and_sync_is_every_user_s_F231_F192_F230() -> None:
    groups = {
        "account": ("read_profile", "put_profile", "put_connection", "list_users", "create_api_key"),
        "companies": ("list_companies", "create_company", "read_company"),
        "options": ("read_options", "put_options", "put_settings", "plan_settings", "roll_back"),
        "sync": (
            "request_run",
            "request_sync_all",
            "read_sync_all",
            "read_run",
            "list_records",
            "read_record",
            "command_record",
        ),
    }
    for who, seen in {
        "super-admin": set(groups),
        "account-admin": set(groups),
        "user": {"sync"},
        "nobody": set[str](),
    }.items():
        reachable = {
            group
            for group, operations in groups.items()
            if all(permissions.decide(TABLE[name], CALLERS[who], OWN, None) == "granted" for name in operations)
        }
        assert reachable == seen, who


def test_what_the_description_says_about_signing_in_is_named_as_openapi_wants_names() -> None:
    described = public_app(Rooms.__new__(Rooms), "key").openapi()
    assert all(re.fullmatch(r"[a-zA-Z0-9.\-_]+", name) for name in described["components"]["securitySchemes"])
