"""Access and refresh tokens. Access tokens are JWTs of 30 minutes; refresh tokens rotate and last 60 days unused."""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

ACCESS_TOKEN_S = 1_800
REFRESH_TOKEN_LIFE = timedelta(days=60)
REFRESH_GRACE = timedelta(minutes=30)
CODE_LIFE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token stands for: an app and the scopes that were asked for (none named: all)."""

    client_id: str
    scopes: tuple[str, ...]
    event_id: str


@dataclass(slots=True)
class _Access:
    grant: Grant
    expires: datetime


@dataclass(slots=True)
class _Refresh:
    grant: Grant
    issued: datetime
    replaced: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuthorisationCode:
    """A code on its way from the browser to the token endpoint; used once, within 5 minutes."""

    grant: Grant
    issued: datetime
    redirect_uri: str
    challenge: str | None


class TokenStore:
    """Every token handed out."""

    def __init__(self) -> None:
        self._access: dict[str, _Access] = {}
        self._refresh: dict[str, _Refresh] = {}
        self._codes: dict[str, AuthorisationCode] = {}
        self._signing_key = secrets.token_bytes(32)

    def issue_access(self, grant: Grant, now: datetime, lifetime_s: int = ACCESS_TOKEN_S) -> str:
        """A new access token."""
        self._access = {text: token for text, token in self._access.items() if token.expires > now - REFRESH_GRACE}
        expires = now + timedelta(seconds=lifetime_s)
        text = self._signed(grant, now, expires)
        self._access[text] = _Access(grant, expires)
        return text

    def issue_refresh(self, grant: Grant, now: datetime, text: str | None = None) -> str:
        """A new refresh token; a data file may name its text."""
        text = text or secrets.token_urlsafe(32)
        self._refresh[text] = _Refresh(grant, now)
        return text

    def issue_code(self, grant: Grant, now: datetime, redirect_uri: str, challenge: str | None) -> str:
        """A new authorisation code."""
        code = secrets.token_urlsafe(24)
        self._codes[code] = AuthorisationCode(grant, now, redirect_uri, challenge)
        return code

    def granted(self, access_token: str, now: datetime) -> Grant | None:
        """What a valid access token stands for."""
        token = self._access.get(access_token)
        return token.grant if token is not None and now < token.expires else None

    def use_refresh(self, text: str, client_id: str, now: datetime) -> Grant | None:
        """Use a refresh token; a replaced one works for 30 more minutes, in case the answer was lost."""
        token = self._refresh.get(text)
        if token is None or token.grant.client_id != client_id or now - token.issued > REFRESH_TOKEN_LIFE:
            return None
        if token.replaced is not None and now - token.replaced > REFRESH_GRACE:
            return None
        token.replaced = token.replaced or now
        return token.grant

    def use_code(self, text: str, client_id: str, now: datetime) -> AuthorisationCode | None:
        """Use an authorisation code, once."""
        code = self._codes.pop(text, None)
        if code is None or code.grant.client_id != client_id or now - code.issued > CODE_LIFE:
            return None
        return code

    def revoke(self, client_id: str) -> None:
        """End everything an app was given."""
        self._refresh = {text: token for text, token in self._refresh.items() if token.grant.client_id != client_id}
        self._access = {text: token for text, token in self._access.items() if token.grant.client_id != client_id}

    def owner_of_refresh(self, text: str) -> str | None:
        """The app a refresh token belongs to."""
        token = self._refresh.get(text)
        return None if token is None else token.grant.client_id

    def expire_access(self) -> None:
        """Script: no access token is valid any more."""
        self._access.clear()

    def _signed(self, grant: Grant, now: datetime, expires: datetime) -> str:
        claims = {
            "nbf": int(now.timestamp()),
            "exp": int(expires.timestamp()),
            "client_id": grant.client_id,
            "authentication_event_id": grant.event_id,
            "jti": secrets.token_hex(16),
            "scope": list(grant.scopes),
        }
        signed = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
        digest = hmac.new(self._signing_key, signed.encode(), hashlib.sha256).digest()
        return f"{signed}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def _part(content: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content, separators=(",", ":")).encode()).rstrip(b"=").decode()


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a PKCE verifier."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
