"""Tokens of Xero's identity service: for a custom connection, and for a consent: given, renewed and given back.

Nothing is kept here: saving the new pair before it is used is the caller's business.
https://developer.xero.com/documentation/guides/oauth2/auth-flow
"""

import base64
import hashlib
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

CONSENT_URL = "https://login.xero.com/identity/connect/authorize"
IDENTITY_URL = "https://identity.xero.com"
FORM_HEADERS = (("Accept", "application/json"), ("Content-Type", "application/x-www-form-urlencoded"))
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


def consent_url(
    client_id: str, redirect_uri: str, state: str, verifier: str, scopes: Sequence[str], *, url: str = CONSENT_URL
) -> str:
    """Where a person allows the app to reach organisations; the answer brings `code` and `state`.

    Only the verifier's SHA-256 is in it (PKCE, RFC 7636): who sees the address cannot exchange the code.
    """
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(scopes),
        "state": state,
        "code_challenge": _challenge(verifier),
        "code_challenge_method": "S256",
    }
    return f"{url}?{urlencode(asked)}"


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

    async def exchange(self, client_id: str, client_secret: str, code: str, redirect_uri: str, verifier: str) -> Tokens:
        """The pair for a consent's code, within 5 minutes. Raises Unauthorised (`xero.invalid_grant`): it was used,
        has run out or is another's."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        return await self._tokens(form | {"code_verifier": verifier}, client_id, client_secret, changes=True)

    async def revoke(self, client_id: str, client_secret: str, refresh_token: str) -> None:
        """Give a consent back: ends every connection of that person to the app, not only of one organisation."""
        form = {"token": refresh_token}
        call = Call("POST", "/connect/revocation", FORM_HEADERS, urlencode(form).encode())
        answer = await self._post(call, client_id, client_secret)
        _refuse_grant_error(call, answer)
        check(call, answer)

    async def refresh(self, client_id: str, client_secret: str, refresh_token: str) -> Tokens:
        """A new pair for an old refresh token. Raises Unauthorised (`xero.invalid_grant`): consent is needed again.

        After OutcomeUnknown the old refresh token works for another 30 minutes.
        """
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return await self._tokens(form, client_id, client_secret, changes=True)

    async def _tokens(self, form: dict[str, str], client_id: str, client_secret: str, *, changes: bool) -> Tokens:
        call = Call("POST", "/connect/token", FORM_HEADERS, urlencode(form).encode(), changes=changes)
        answer = await self._post(call, client_id, client_secret)
        _refuse_grant_error(call, answer)
        return _read(call, check(call, answer))

    async def _post(self, call: Call, client_id: str, client_secret: str) -> Answer:
        basic = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
        secrets = {"Authorization": f"Basic {basic}"}
        return await exchange(self._http, XERO, self._url, call, secrets, timeout_s=self._timeout_s)


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


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
