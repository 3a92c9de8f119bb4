"""The table of `docs/access.md`, written from the table of permissions: `python -m tieout_config_api.access.page`."""

import sys
from collections.abc import Iterator
from pathlib import Path

from fastapi.routing import iter_route_contexts

from tieout_config_api.access.permissions import TABLE, Permission, Reach
from tieout_config_api.app import public_app
from tieout_config_api.rooms import Rooms

PAGE = Path("docs/access.md")
BEGIN, END = "<!-- from the table of permissions -->\n", "<!-- end of the table -->\n"
_OF: dict[Reach, str] = {
    "open": "",
    "signing_in": "",
    "self": "",
    "installation": "all tenants",
    "tenant": "the whole tenant",
    "company": "the company",
    "sifted": "companies that one sees",
}
_WHO = {"open": "anybody", "signing_in": "whoever is signing in", "self": "whoever is known"}


def table() -> str:
    """Every route with who may, in the order of the table of permissions."""
    routes = {
        str(route.name): f"{method} {str(route.path).removeprefix('/v1')}"
        for route in iter_route_contexts(public_app(Rooms.__new__(Rooms), "").routes)
        for method in (route.methods or set()) - {"HEAD"}
    }
    return "\n".join(_lines(routes)) + "\n"


def _lines(routes: dict[str, str]) -> Iterator[str]:
    yield "| route under `/v1` | least role | scope of a key | about |"
    yield "|---|---|---|---|"
    for name, permission in TABLE.items():
        yield f"| `{routes[name]}` | {_who(permission)} | {permission.scope or '–'} | {_OF[permission.reach]} |"


def _who(permission: Permission) -> str:
    return (permission.least or _WHO[permission.reach]).replace("_", " ")


def written(page: str) -> str:
    """The page with the table of today."""
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n{table()}\n{END}{tail}"


if __name__ == "__main__":
    page = Path(sys.argv[1]) if len(sys.argv) > 1 else PAGE
    page.write_text(written(page.read_text()))
