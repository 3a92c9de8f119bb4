"""The organisations that a consent reaches, and how one of them is let go. Beside the Accounting API: no organisation
is named in a call, and none of its limits counts.

https://developer.xero.com/documentation/guides/oauth2/tenants
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from tieout_providers.bearer import BearerApi
from tieout_providers.call import Call
from tieout_providers.errors import NotFound
from tieout_providers.http import DEFAULT_TOTAL_TIMEOUT_S, unreadable
from tieout_providers.json_exact import NotExactJson
from tieout_providers.xero.errors import XERO, check

API_URL = "https://api.xero.com"


@dataclass(frozen=True, slots=True)
class ConnectedOrganisation:
    """One organisation; `connection_id` is Xero's name for the app's link to it."""

    connection_id: str
    organisation_id: str
    name: str


class XeroConnections:
    """What the person behind a token has allowed the app to reach."""

    def __init__(
        self, api_url: str = API_URL, *, http: httpx.AsyncClient, timeout_s: float = DEFAULT_TOTAL_TIMEOUT_S
    ) -> None:
        self._api = BearerApi(XERO, check, api_url, http=http, gate=None, timeout_s=timeout_s)

    async def organisations(self, access_token: str) -> tuple[ConnectedOrganisation, ...]:
        """All of them, whichever consent brought them; an accountant's practice is none."""
        call = Call.get("/connections", (("Accept", "application/json"),))
        answer = await self._api.send(call, access_token)
        try:
            found: Any = answer.json()
        except NotExactJson:
            found = None
        if not isinstance(found, list):
            raise unreadable(XERO, call, "it lists no connections", answer)
        return tuple(_read(each) for each in found if _is_organisation(each))

    async def disconnect(self, access_token: str, connection_id: str) -> None:
        """End the link to one organisation; the others stay. One that is gone already is no error."""
        call = Call("DELETE", f"/connections/{quote(connection_id, safe='')}", (("Accept", "application/json"),))
        try:
            await self._api.send(call, access_token)
        except NotFound:
            return


def _is_organisation(found: Any) -> bool:
    named = isinstance(found, dict) and all(isinstance(found.get(name), str) for name in ("id", "tenantId"))
    return named and found.get("tenantType") == "ORGANISATION"


def _read(found: dict[str, Any]) -> ConnectedOrganisation:
    return ConnectedOrganisation(found["id"], found["tenantId"], str(found.get("tenantName") or ""))
