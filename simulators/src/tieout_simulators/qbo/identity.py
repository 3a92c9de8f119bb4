"""Intuit's OAuth server: the consent page, tokens and revocation."""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import parse_qsl

from starlette.responses import Response

from tieout_simulators.frame import exact_json
from tieout_simulators.frame.clock import SimulatorClock
from tieout_simulators.frame.consent import ConsentPage, sent_back
from tieout_simulators.frame.provider import ProviderCall, ProviderRoute, json_answer
from tieout_simulators.qbo.apps import App
from tieout_simulators.qbo.tokens import REFRESH_TOKEN_S, Grant, TokenStore

SCOPE = "com.intuit.quickbooks.accounting"
DISCOVERY = ("/.well-known/openid_configuration", "/.well-known/openid_sandbox_configuration")
AUTHORISE, TOKEN, REVOKE = "/connect/oauth2", "/oauth2/v1/tokens/bearer", "/v2/oauth2/tokens/revoke"
HARD_EXPIRY_HEADER = "x-include-refresh-token-hard-expires-in"


class Identity:
    """Tokens of the known apps."""

    def __init__(self, clock: SimulatorClock, apps: Mapping[str, App]) -> None:
        self._clock = clock
        self._apps = apps
        self.tokens = TokenStore()
        self.consents = ConsentPage()
        self.routes = [
            ProviderRoute("GET", AUTHORISE, self._authorise),
            ProviderRoute("POST", TOKEN, self._token),
            ProviderRoute("POST", REVOKE, self._revoke),
            *[ProviderRoute("GET", f"{path}{slash}", _discovered) for path in DISCOVERY for slash in ("", "/")],
        ]

    def bearer(self, call: ProviderCall) -> tuple[App, Grant] | None:
        """The app and grant of the call's bearer token, if it is valid."""
        grant = self.tokens.granted(bearer_token(call), self._clock.now())
        app = None if grant is None else self._apps.get(grant.client_id)
        return None if grant is None or app is None else (app, grant)

    def _authorise(self, call: ProviderCall) -> Response:
        """What the administrator at the consent page decides: back with a code and the company she chose
        (``?realmId=``, else the app's first), or with ``access_denied``. A wrong app or address is told on the page."""
        query = call.query
        app, redirect_uri = self._apps.get(query.get("client_id", "")), query.get("redirect_uri", "")
        if app is None or not redirect_uri or query.get("response_type") != "code" or not query.get("state"):
            return _refused("invalid_request")
        if app.redirect_uris and redirect_uri not in app.redirect_uris:
            return _refused("invalid_request", description="redirect_uri is not one of the app's")
        if SCOPE not in query.get("scope", "").split():
            return _refused("invalid_scope")
        state, decision = query["state"], self.consents.decide()
        realm_id = next(iter(decision.organisations), query.get("realmId") or next(iter(app.realms), ""))
        if decision.deny or realm_id not in app.realms:
            return sent_back(redirect_uri, error="access_denied", state=state)
        now = self._clock.now()
        code = self.tokens.issue_code(Grant(app.client_id, realm_id, now), now, redirect_uri)
        return sent_back(redirect_uri, code=code, state=state, realmId=realm_id)

    def _token(self, call: ProviderCall) -> Response:
        form = dict(parse_qsl(call.body.decode("latin-1"), keep_blank_values=True))
        app = self._client(call, form)
        if app is None:
            return _refused("invalid_client", 401)
        now = self._clock.now()
        if form.get("grant_type") == "authorization_code":
            grant = self.tokens.use_code(form.get("code", ""), app.client_id, form.get("redirect_uri", ""), now)
            if grant is None:
                return _refused("invalid_grant")
            return self._issued(call, grant, self.tokens.issue_refresh(grant, now), now)
        if form.get("grant_type") == "refresh_token":
            used = form.get("refresh_token", "")
            rotated = self.tokens.rotate(used, app.client_id, app.refresh_rotates_after_s, now)
            return _refused("invalid_grant") if rotated is None else self._issued(call, *rotated, now)
        return _refused("unsupported_grant_type")

    def _issued(self, call: ProviderCall, grant: Grant, refresh_token: str, now: datetime) -> Response:
        lifetime_s = self._apps[grant.client_id].access_token_s
        token = {
            "token_type": "bearer",
            "access_token": self.tokens.issue_access(grant, now, lifetime_s=lifetime_s),
            "expires_in": lifetime_s,
            "refresh_token": refresh_token,
            "x_refresh_token_expires_in": min(REFRESH_TOKEN_S, grant.hard_expires_in_s(now)),
        }
        if call.headers.get(HARD_EXPIRY_HEADER, "").lower() == "true":
            token["x_refresh_token_hard_expires_in"] = grant.hard_expires_in_s(now)
        return json_answer(token, headers={"Cache-Control": "no-store"})

    def _client(self, call: ProviderCall, form: dict[str, str]) -> App | None:
        """HTTP Basic, or id and secret in the form."""
        client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
        kind, _, encoded = call.headers.get("authorization", "").partition(" ")
        if kind.lower() == "basic":
            try:
                client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                return None
        app = self._apps.get(client_id)
        return app if app is not None and secret == app.client_secret else None

    def _revoke(self, call: ProviderCall) -> Response:
        """Ends the connection that an access or refresh token belongs to. JSON or a form."""
        try:
            form = exact_json.loads(call.body)
        except ValueError:
            form = dict(parse_qsl(call.body.decode("latin-1")))
        app = self._client(call, {})
        if app is None:
            return _refused("invalid_client", 401)
        owner = self.tokens.owner(str(form.get("token", ""))) if isinstance(form, dict) else None
        if owner is None or owner.client_id != app.client_id:
            return _refused("invalid_request")
        self.tokens.revoke(owner.client_id, owner.realm_id)
        return Response(status_code=200)


def bearer_token(call: ProviderCall) -> str:
    """The bearer token of a call; empty without one."""
    kind, _, token = call.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _discovered(call: ProviderCall) -> Response:
    """The discovery document, with the addresses of this server."""
    base = f"http://{call.headers.get('host', '127.0.0.1')}"
    return json_answer(
        {
            "issuer": f"{base}/op/v1",
            "authorization_endpoint": base + AUTHORISE,
            "token_endpoint": base + TOKEN,
            "revocation_endpoint": base + REVOKE,
            "userinfo_endpoint": f"{base}/v1/openid_connect/userinfo",
            "jwks_uri": f"{base}/op/v1/jwks",
            "response_types_supported": ["code"],
            "scopes_supported": ["openid", "email", "profile", "address", "phone"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        }
    )


def _refused(error: str, status: int = 400, description: str = "") -> Response:
    return json_answer({"error": error, "error_description": description or f"{error} (simulated)"}, status)
