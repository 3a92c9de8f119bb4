"""Where each kind of ledger's access tokens come from. A further ledger is a further class here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import httpx

from tieout_config_api.connections import qbo_access, xero_access
from tieout_config_api.store import Row
from tieout_contracts.connections import LedgerAccess, QboAccess, XeroAccess
from tieout_providers.qbo.oauth import QboIdentity
from tieout_providers.xero.oauth import XeroIdentity

XERO_SCOPES = (
    "accounting.invoices",
    "accounting.contacts",
    "accounting.settings",
)
TIMEOUT_S = 30.0
"""Far shorter than the lease on a renewal: its holder has an answer, or knows that it has none, before it runs out."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a provider gave; `replaced` holds the connection's secrets that are others from now on."""

    access_token: str = field(repr=False)
    expires_in_s: int
    replaced: Mapping[str, str] = field(default_factory=dict, repr=False)
    hard_expires_in_s: int | None = None
    """When a person must consent again, however often tokens are renewed."""


class TokenSource(Protocol):
    """One kind of ledger."""

    name: str
    """The provider's, in sentences."""

    async def grant(self, details: Mapping[str, Any], secret: Mapping[str, str]) -> Grant:
        """Ask for an access token once. `Unauthorised` of the kind `invalid_grant`: the consent is gone.
        `OutcomeUnknown`: the secret may have been spent."""

    def access(self, connection: Row, token: str, expires_at: datetime) -> LedgerAccess:
        """What a service is handed."""


class XeroSource:
    """A custom connection has client credentials, nothing that could be spent. A consent's refresh token is another
    with each renewal; the one before serves for 30 minutes more, which is how a lost answer is survived."""

    name = "Xero"

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def grant(self, details: Mapping[str, Any], secret: Mapping[str, str]) -> Grant:
        identity = XeroIdentity(details["identity_url"], http=self._http, timeout_s=TIMEOUT_S)
        if "refresh_token" in secret:
            pair = await identity.refresh(details["client_id"], secret["client_secret"], secret["refresh_token"])
            return Grant(pair.access_token, pair.expires_in_s, _replaced(pair.refresh_token))
        tokens = await identity.client_credentials(details["client_id"], secret["client_secret"], XERO_SCOPES)
        return Grant(tokens.access_token, tokens.expires_in_s)

    def access(self, connection: Row, token: str, expires_at: datetime) -> XeroAccess:
        return xero_access(connection, token, expires_at)


class QboSource:
    """A consent: each renewal may bring another refresh token, and from then on the old one is worth nothing."""

    name = "QuickBooks Online"

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def grant(self, details: Mapping[str, Any], secret: Mapping[str, str]) -> Grant:
        identity = QboIdentity(details["identity_url"], http=self._http, timeout_s=TIMEOUT_S)
        pair = await identity.refresh(details["client_id"], secret["client_secret"], secret["refresh_token"])
        replaced = {"refresh_token": pair.refresh_token}
        return Grant(pair.access_token, pair.expires_in_s, replaced, pair.hard_expires_in_s)

    def access(self, connection: Row, token: str, expires_at: datetime) -> QboAccess:
        return qbo_access(connection, token, expires_at)


def _replaced(refresh_token: str | None) -> Mapping[str, str]:
    return {} if refresh_token is None else {"refresh_token": refresh_token}
