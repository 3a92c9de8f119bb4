"""Access and refresh tokens. Access tokens last an hour; refresh tokens rotate, slide 100 days and end after 5 years
(reference 4.2)."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from tieout_simulators.qbo.assumptions import CONSENT_CODE_LIFE, REFRESH_GRACE

ACCESS_TOKEN_S = 3_600
REFRESH_TOKEN_S = 8_640_000
HARD_LIFE_S = 157_680_000


@dataclass(frozen=True, slots=True)
class Grant:
    """One consent: an app may reach one company."""

    client_id: str
    realm_id: str
    began: datetime

    def hard_expires_in_s(self, now: datetime) -> int:
        return max(HARD_LIFE_S - int((now - self.began).total_seconds()), 0)


@dataclass(slots=True)
class _Access:
    grant: Grant
    expires: datetime


@dataclass(slots=True)
class _Refresh:
    grant: Grant
    issued: datetime
    used: datetime
    replaced: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Code:
    grant: Grant
    issued: datetime
    redirect_uri: str


class TokenStore:
    """Every token handed out."""

    def __init__(self) -> None:
        self._access: dict[str, _Access] = {}
        self._refresh: dict[str, _Refresh] = {}
        self._codes: dict[str, _Code] = {}

    def issue_access(
        self, grant: Grant, now: datetime, text: str | None = None, lifetime_s: int = ACCESS_TOKEN_S
    ) -> str:
        """A new access token; a data file may name its text."""
        self._access = {each: token for each, token in self._access.items() if token.expires > now}
        text = text or secrets.token_urlsafe(48)
        self._access[text] = _Access(grant, now + timedelta(seconds=lifetime_s))
        return text

    def issue_refresh(self, grant: Grant, now: datetime, text: str | None = None) -> str:
        """A new refresh token; a data file may name its text."""
        text = text or secrets.token_urlsafe(32)
        self._refresh[text] = _Refresh(grant, now, now)
        return text

    def issue_code(self, grant: Grant, now: datetime, redirect_uri: str) -> str:
        """A new authorisation code."""
        code = secrets.token_urlsafe(24)
        self._codes[code] = _Code(grant, now, redirect_uri)
        return code

    def granted(self, access_token: str, now: datetime) -> Grant | None:
        """What a valid access token stands for."""
        token = self._access.get(access_token)
        return token.grant if token is not None and now < token.expires else None

    def use_code(self, text: str, client_id: str, redirect_uri: str, now: datetime) -> Grant | None:
        """Use an authorisation code, once."""
        code = self._codes.pop(text, None)
        if code is None or code.grant.client_id != client_id or code.redirect_uri != redirect_uri:
            return None
        return code.grant if now - code.issued <= CONSENT_CODE_LIFE else None

    def rotate(self, text: str, client_id: str, rotates_after_s: float, now: datetime) -> tuple[Grant, str] | None:
        """Use a refresh token: its grant, and the refresh token to use from now on; the same one while it is young.
        None where it is unknown, replaced or too old."""
        token = self._refresh.get(text)
        if token is None or token.grant.client_id != client_id or not token.grant.hard_expires_in_s(now):
            return None
        if now - token.used > timedelta(seconds=REFRESH_TOKEN_S):
            return None
        if token.replaced is not None and now - token.replaced >= REFRESH_GRACE:
            return None
        token.used = now
        if (now - token.issued).total_seconds() < rotates_after_s:
            return token.grant, text
        token.replaced = now
        return token.grant, self.issue_refresh(token.grant, now)

    def owner(self, text: str) -> Grant | None:
        """The grant of an access or refresh token."""
        token = self._access.get(text) or self._refresh.get(text)
        return None if token is None else token.grant

    def revoke(self, client_id: str, realm_id: str) -> None:
        """End all that an app was given for a company."""

        def others(grant: Grant) -> bool:
            return (grant.client_id, grant.realm_id) != (client_id, realm_id)

        self._access = {text: token for text, token in self._access.items() if others(token.grant)}
        self._refresh = {text: token for text, token in self._refresh.items() if others(token.grant)}

    def expire_access(self) -> None:
        """Script: no access token is valid any more."""
        self._access.clear()
