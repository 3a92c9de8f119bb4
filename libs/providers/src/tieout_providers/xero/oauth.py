"""Tokens of Xero's identity service: for a custom connection, and renewed for a consented one.

Nothing is kept here: saving the new pair before it is used is the caller's business.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx

from tieout_providers.call import Answer, Call
from tieout_providers.errors import Unauthorised
from tieout_providers.http import DEFAULT_TOTAL_TIMEOUT_S, checked_base_url, exchange, unreadable
from tieout_providers.xero.errors import XERO, check, payload_of

IDENTITY_URL = "https://identity.xero.com"
GRANT_ERRORS = frozenset({"invalid_grant", "invalid_client", "unauthorized_client"})


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the identity service gave. `refresh_token` is new with every refresh; a custom connection has none."""

    access_token: str = field(repr=False)
    expires_in_s: int
    scopes: tuple[str, ...] = ()
    refresh_token: str | None = field(default=None, repr=False)

    def expires_at(self, asked_at: datetime) -> datetime:
        """When the access token runs out, counted from before the question was asked."""
        return asked_at + timedelta(seconds=self.expires_in_s)


class XeroIdentity:
    """Asks Xero's identity service for tokens."""

    def __init__(
        self,
        identity_url: str = IDENTITY_URL,
        *,
        http: httpx.AsyncClient,
        timeout_s: float = DEFAULT_TOTAL_TIMEOUT_S,
    ) -> None:
        self._url = checked_base_url(XERO, identity_url, "base_url_bad")
        self._http = http
        self._timeout_s = timeout_s

    async def client_credentials(self, client_id: str, client_secret: str, scopes: Sequence[str]) -> Tokens:
        """A token for a custom connection: one organisation, half an hour, no refresh token.

        Raises Unauthorised (`xero.invalid_client`) for wrong credentials.
        """
        form = {"grant_type": "client_credentials", "scope": " ".join(scopes)}
        return await self._tokens(form, client_id, client_secret, changes=False)

    async def refresh(self, client_id: str, client_secret: str, refresh_token: str) -> Tokens:
        """A new pair for an old refresh token. Raises Unauthorised (`xero.invalid_grant`): consent is needed again.

        After OutcomeUnknown the old refresh token works for another 30 minutes.
        """
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return await self._tokens(form, client_id, client_secret, changes=True)

    async def _tokens(self, form: dict[str, str], client_id: str, client_secret: str, *, changes: bool) -> Tokens:
        headers = (("Accept", "application/json"), ("Content-Type", "application/x-www-form-urlencoded"))
        call = Call("POST", "/connect/token", headers, urlencode(form).encode(), changes=changes)
        basic = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
        secrets = {"Authorization": f"Basic {basic}"}
        answer = await exchange(self._http, XERO, self._url, call, secrets, timeout_s=self._timeout_s)
        _refuse_grant_error(call, answer)
        return _read(call, check(call, answer))


def _refuse_grant_error(call: Call, answer: Answer) -> None:
    if answer.status not in (400, 401):
        return
    told = str(payload_of(call, answer).get("error", "")) if answer.body[:1] == b"{" else ""
    if told in GRANT_ERRORS:
        kind = "invalid_grant" if told == "invalid_grant" else "invalid_client"
        raise Unauthorised(XERO, told, kind=kind, status=answer.status)


def _read(call: Call, answer: Answer) -> Tokens:
    body: Any = payload_of(call, answer)
    token, lifetime, refresh = body.get("access_token"), body.get("expires_in"), body.get("refresh_token")
    if not isinstance(token, str) or not token or not isinstance(lifetime, int):
        raise unreadable(XERO, call, "it holds no token")
    return Tokens(token, lifetime, tuple(str(body.get("scope") or "").split()), refresh or None)
