"""The identity server: authorise, token, revocation, and ``GET``/``DELETE /connections``."""

import base64
import binascii
import uuid
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import parse_qsl

from starlette.responses import Response

from tieout_simulators.frame.clock import SimulatorClock
from tieout_simulators.frame.consent import ConsentPage, sent_back
from tieout_simulators.frame.provider import ProviderCall, ProviderRoute, json_answer
from tieout_simulators.xero import answers
from tieout_simulators.xero.apps import App
from tieout_simulators.xero.books import Books
from tieout_simulators.xero.tokens import Grant, TokenStore, challenge_of


class Identity:
    """Tokens of the known apps, and their connections."""

    def __init__(self, clock: SimulatorClock, apps: Mapping[str, App], books: Mapping[str, Books]) -> None:
        self._clock = clock
        self._apps = apps
        self._books = books
        self.tokens = TokenStore()
        self.consents = ConsentPage()
        self.routes = [
            ProviderRoute("GET", "/identity/connect/authorize", self._authorize),
            ProviderRoute("POST", "/connect/token", self._token),
            ProviderRoute("POST", "/connect/revocation", self._revoke),
            ProviderRoute("GET", "/connections", self._connections),
            ProviderRoute("DELETE", "/connections/{connection}", self._disconnect),
            # Xero's own SDK and OpenAPI file write it with a capital.
            ProviderRoute("GET", "/Connections", self._connections),
            ProviderRoute("DELETE", "/Connections/{connection}", self._disconnect),
        ]

    def bearer(self, call: ProviderCall) -> tuple[App, Grant] | None:
        """The app and grant of the call's bearer token, if it is valid."""
        kind, _, token = call.headers.get("authorization", "").partition(" ")
        grant = self.tokens.granted(token.strip(), self._clock.now()) if kind.lower() == "bearer" else None
        app = None if grant is None else self._apps.get(grant.client_id)
        return None if grant is None or app is None else (app, grant)

    def _authorize(self, call: ProviderCall) -> Response:
        """What the person at the consent page decides: back with a code for the organisations she chose (hers all,
        where none is named), or with ``access_denied``. A wrong app or address is told on the
        page itself, never sent to that address."""
        query = call.query
        app, redirect_uri = self._apps.get(query.get("client_id", "")), query.get("redirect_uri", "")
        if app is None or not redirect_uri or query.get("response_type") != "code":
            return _refused("invalid_request")
        if app.redirect_uris and redirect_uri not in app.redirect_uris:
            return _refused("unauthorized_client", "Invalid redirect_uri")
        state, decision = query.get("state", ""), self.consents.decide()
        if decision.deny:
            return sent_back(redirect_uri, error="access_denied", state=state)
        if query.get("code_challenge") and query.get("code_challenge_method") != "S256":
            return sent_back(redirect_uri, error="invalid_request", state=state)
        unknown = [each for each in decision.organisations if each not in self._books]
        if unknown:
            return _refused("invalid_request", f"no such organisation: {unknown}")
        now, event_id = self._clock.now(), str(uuid.uuid4())
        for tenant_id in decision.organisations or app.offered:
            app.connect(tenant_id, now, event_id)
        grant = Grant(app.client_id, tuple(query.get("scope", "").split()), event_id)
        code = self.tokens.issue_code(grant, now, redirect_uri, query.get("code_challenge"))
        return sent_back(redirect_uri, code=code, scope=" ".join(grant.scopes), state=state)

    def _token(self, call: ProviderCall) -> Response:
        form = dict(parse_qsl(call.body.decode("latin-1"), keep_blank_values=True))
        app = self._client(call, form)
        if app is None:
            return _refused("invalid_client")
        now = self._clock.now()
        match form.get("grant_type"):
            case "client_credentials":
                grant = Grant(app.client_id, tuple(form.get("scope", "").split()), app.event_id)
                return self._issued(grant, now, with_refresh=False)
            case "authorization_code":
                return self._exchange(app, form, now)
            case "refresh_token":
                refreshed = self.tokens.use_refresh(form.get("refresh_token", ""), app.client_id, now)
                return _refused("invalid_grant") if refreshed is None else self._issued(refreshed, now)
            case _:
                return _refused("unsupported_grant_type")

    def _exchange(self, app: App, form: dict[str, str], now: datetime) -> Response:
        code = self.tokens.use_code(form.get("code", ""), app.client_id, now)
        if code is None or code.redirect_uri != form.get("redirect_uri"):
            return _refused("invalid_grant")
        if code.challenge is not None and challenge_of(form.get("code_verifier", "")) != code.challenge:
            return _refused("invalid_grant")
        return self._issued(code.grant, now, with_refresh="offline_access" in code.grant.scopes)

    def _issued(self, grant: Grant, now: datetime, *, with_refresh: bool = True) -> Response:
        lifetime_s = self._apps[grant.client_id].access_token_s
        token = {
            "access_token": self.tokens.issue_access(grant, now, lifetime_s),
            "expires_in": lifetime_s,
            "token_type": "Bearer",
            "scope": " ".join(grant.scopes),
        }
        if with_refresh:
            token["refresh_token"] = self.tokens.issue_refresh(grant, now)
        return json_answer(token, headers={"Cache-Control": "no-store"})

    def _client(self, call: ProviderCall, form: dict[str, str]) -> App | None:
        """HTTP Basic; or id and secret in the form; or the id alone for PKCE."""
        client_id, secret = form.get("client_id", ""), form.get("client_secret")
        kind, _, encoded = call.headers.get("authorization", "").partition(" ")
        if kind.lower() == "basic":
            try:
                client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                return None
        app = self._apps.get(client_id)
        known_by_secret = app is not None and secret == app.client_secret
        public = secret is None and "code_verifier" in form
        return app if known_by_secret or public else None

    def _revoke(self, call: ProviderCall) -> Response:
        """Ends all tokens and connections of the refresh token's app."""
        form = dict(parse_qsl(call.body.decode("latin-1")))
        app = self._client(call, form)
        if app is None:
            return _refused("invalid_client")
        if self.tokens.owner_of_refresh(form.get("token", "")) == app.client_id:
            self.tokens.revoke(app.client_id)
            app.connections.clear()
        return Response(status_code=200)

    def _connections(self, call: ProviderCall) -> Response:
        known = self.bearer(call)
        if known is None:
            return unauthorised()
        app, _ = known
        wanted = call.query.get("authEventId")
        return json_answer(
            [
                connection.as_json(self._books[connection.tenant_id].name)
                for connection in app.connections.values()
                if wanted in (None, connection.event_id)
            ]
        )

    def _disconnect(self, call: ProviderCall) -> Response:
        known = self.bearer(call)
        if known is None:
            return unauthorised()
        if not known[0].disconnect(call.path_params["connection"]):
            return answers.problem(404, "Not Found", "No such connection")
        return Response(status_code=204)


def unauthorised() -> Response:
    """A token that is missing, unknown or expired."""
    return answers.problem(401, "Unauthorized", "AuthenticationUnsuccessful")


def _refused(error: str, description: str = "") -> Response:
    told = {"error_description": description} if description else {}
    return json_answer({"error": error, **told}, 400)
