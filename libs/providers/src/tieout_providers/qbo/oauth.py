"""Tokens of Intuit's identity service: for a consent, renewed, and given back.

Nothing is kept here: saving the new pair before it is used, one refresh at a time, is the caller's business.
https://developer.intuit.com/app/developer/qbo/docs/develop/authentication-and-authorization/oauth-2.0
"""

import base64
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx

from tieout_providers.call import Answer, Call
from tieout_providers.errors import Unauthorised
from tieout_providers.http import DEFAULT_TOTAL_TIMEOUT_S, checked_base_url, exchange, unreadable
from tieout_providers.json_exact import dumps
from tieout_providers.qbo.errors import QBO, body_of, check, payload_of

CONSENT_URL = "https://appcenter.intuit.com/connect/oauth2"
IDENTITY_URL = "https://oauth.platform.intuit.com"
REVOKE_URL = "https://developer.api.intuit.com"
SCOPE = "com.intuit.quickbooks.accounting"
GRANT_ERRORS = frozenset({"invalid_grant", "invalid_client", "unauthorized_client"})


@dataclass(frozen=True, slots=True)
class Tokens:
    """A pair. The refresh token's value changes about once a day: always keep the newest.

    `refresh_expires_in_s` slides with each use; `hard_expires_in_s` does not, after that a person must connect again.
    """

    access_token: str = field(repr=False)
    expires_in_s: int
    refresh_token: str = field(repr=False)
    refresh_expires_in_s: int | None = None
    hard_expires_in_s: int | None = None

    def expires_at(self, asked_at: datetime) -> datetime:
        """When the access token runs out, counted from before the question was asked."""
        return asked_at + timedelta(seconds=self.expires_in_s)


def consent_url(client_id: str, redirect_uri: str, state: str, *, url: str = CONSENT_URL) -> str:
    """Where a person allows the app to reach a company; the answer brings `code`, `state` and `realmId`."""
    asked = {
        "client_id": client_id,
        "response_type": "code",
        "scope": SCOPE,
        "redirect_uri": redirect_uri,
        "state": state,
    }
    return f"{url}?{urlencode(asked)}"


class QboIdentity:
    """Asks Intuit's identity service for tokens: three POSTs."""

    def __init__(
        self,
        identity_url: str = IDENTITY_URL,
        revoke_url: str = REVOKE_URL,
        *,
        http: httpx.AsyncClient,
        timeout_s: float = DEFAULT_TOTAL_TIMEOUT_S,
    ) -> None:
        self._url = checked_base_url(QBO, identity_url, "base_url_bad")
        self._revoke_url = checked_base_url(QBO, revoke_url, "base_url_bad")
        self._http = http
        self._timeout_s = timeout_s

    async def exchange(self, client_id: str, client_secret: str, code: str, redirect_uri: str) -> Tokens:
        """The pair for a consent's code. Raises Unauthorised (`qbo.invalid_grant`): it was used or has run out."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        return await self._tokens(form, client_id, client_secret)

    async def refresh(self, client_id: str, client_secret: str, refresh_token: str) -> Tokens:
        """A new pair for a refresh token. Raises Unauthorised (`qbo.invalid_grant`): consent is needed again.

        After OutcomeUnknown the old refresh token may or may not be good: try it once more.
        """
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return await self._tokens(form, client_id, client_secret)

    async def revoke(self, client_id: str, client_secret: str, token: str) -> None:
        """Give a refresh or access token back: the connection ends."""
        headers = (("Accept", "application/json"), ("Content-Type", "application/json"))
        call = Call("POST", "/v2/oauth2/tokens/revoke", headers, dumps({"token": token}))
        _refuse_grant_error(answer := await self._post(self._revoke_url, call, client_id, client_secret))
        check(call, answer)

    async def _tokens(self, form: dict[str, str], client_id: str, client_secret: str) -> Tokens:
        headers = (
            ("Accept", "application/json"),
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("x-include-refresh-token-hard-expires-in", "true"),
        )
        call = Call("POST", "/oauth2/v1/tokens/bearer", headers, urlencode(form).encode())
        _refuse_grant_error(answer := await self._post(self._url, call, client_id, client_secret))
        return _read(call, check(call, answer))

    async def _post(self, url: str, call: Call, client_id: str, client_secret: str) -> Answer:
        basic = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
        secrets = {"Authorization": f"Basic {basic}"}
        return await exchange(self._http, QBO, url, call, secrets, timeout_s=self._timeout_s)


def _refuse_grant_error(answer: Answer) -> None:
    if answer.status not in (400, 401):
        return
    told = (body_of(answer) or {}).get("error")
    if told in GRANT_ERRORS:
        kind = "invalid_grant" if told == "invalid_grant" else "invalid_client"
        raise Unauthorised(QBO, str(told), kind=kind, status=answer.status)


def _read(call: Call, answer: Answer) -> Tokens:
    body: Any = payload_of(call, answer)
    token, lifetime, refresh = body.get("access_token"), body.get("expires_in"), body.get("refresh_token")
    if not (_is_text(token) and _is_text(refresh) and _seconds(lifetime)):
        raise unreadable(QBO, call, "it holds no pair of tokens")
    return Tokens(
        token,
        lifetime,
        refresh,
        _seconds(body.get("x_refresh_token_expires_in")),
        _seconds(body.get("x_refresh_token_hard_expires_in")),
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _seconds(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
