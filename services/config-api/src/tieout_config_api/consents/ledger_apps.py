"""The apps that people consent to: their pages, what comes back from there, and how a consent is given back.

A further ledger with a consent page is a further class here, beside its `TokenSource`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import httpx

from tieout_config_api.tokens.sources import TIMEOUT_S, XERO_SCOPES, Grant
from tieout_contracts.connections import QboAccess, XeroAccess
from tieout_providers.errors import ProviderError
from tieout_providers.qbo import oauth as qbo_oauth
from tieout_providers.qbo.client import Qbo
from tieout_providers.xero import oauth as xero_oauth
from tieout_providers.xero.connected import XeroConnections

QBO_LIMITS = ("minute_limit", "second_limit", "batch_minute_limit")


@dataclass(frozen=True, slots=True)
class App:
    """What a provider knows the app by."""

    client_id: str
    client_secret: str = field(repr=False)


def app_of(client_id: str | None, secret_file: Path | None) -> App | None:
    """The installation's, if it has one. `ValueError` in a sentence where half of it is given."""
    if client_id is None and secret_file is None:
        return None
    if not client_id or secret_file is None or not (secret := secret_file.read_text().strip()):
        raise ValueError("An app's client id (TIEOUT_XERO_CLIENT_ID) and the file with its secret go together.")
    return App(client_id, secret)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a provider's pages and services are."""

    consent_url: str
    identity_url: str
    revoke_url: str
    api_url: str


@dataclass(frozen=True, slots=True)
class Organisation:
    """One set of books that a consent reaches. `link` is what it is let go by, where that is another name."""

    organisation_id: str
    name: str
    link: str | None = None

    def details(self) -> dict[str, Any]:
        """What a connection to it shows."""
        shown = {"organisation_id": self.organisation_id, "organisation_name": self.name}
        return shown if self.link is None else {**shown, "link": self.link}


@dataclass(frozen=True, slots=True)
class Returned:
    """What the browser brings back from a consent page that somebody agreed on."""

    code: str = field(repr=False)
    verifier: str = field(repr=False)
    redirect_url: str
    realm_id: str | None = None


class LedgerApps(Protocol):
    """One kind of ledger. `details` are the consent's: the app's client id and the addresses."""

    name: str
    addresses: Addresses
    own: App | None
    """The installation's app; without one each start brings its own."""
    limits: Mapping[str, int]
    """Calls that a new connection is allowed."""

    def page(self, client_id: str, redirect_url: str, state: str, verifier: str) -> str:
        """The consent page's address."""

    async def exchange(self, details: Mapping[str, Any], client_secret: str, returned: Returned) -> Grant:
        """The first pair of tokens. Raises ProviderError."""

    async def organisations(self, details: Mapping[str, Any], token: str) -> Sequence[Organisation]:
        """What the consent reaches. Raises ProviderError."""

    async def let_go(self, details: Mapping[str, Any], token: str, link: str | None) -> None:
        """End the access to one organisation of several. Raises ProviderError."""

    def ends_with(self, details: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
        """Whether giving one connection's consent back would end another's of the same app, too."""

    async def give_back(self, details: Mapping[str, Any], secret: Mapping[str, str]) -> None:
        """End the consent. Raises ProviderError."""


class XeroApps:
    """One consent reaches several organisations, which share its tokens (PKCE beside the app's secret)."""

    name = "Xero"
    limits: Mapping[str, int] = {"day_limit": XeroAccess.model_fields["day_limit"].default}

    def __init__(self, addresses: Addresses, own: App | None, http: httpx.AsyncClient) -> None:
        self.addresses, self.own, self._http = addresses, own, http

    def page(self, client_id: str, redirect_url: str, state: str, verifier: str) -> str:
        scopes = ("offline_access", *XERO_SCOPES)
        return xero_oauth.consent_url(client_id, redirect_url, state, verifier, scopes, url=self.addresses.consent_url)

    async def exchange(self, details: Mapping[str, Any], client_secret: str, returned: Returned) -> Grant:
        pair = await self._identity(details).exchange(
            details["client_id"], client_secret, returned.code, returned.redirect_url, returned.verifier
        )
        replaced = {} if pair.refresh_token is None else {"refresh_token": pair.refresh_token}
        return Grant(pair.access_token, pair.expires_in_s, replaced)

    async def organisations(self, details: Mapping[str, Any], token: str) -> Sequence[Organisation]:
        found = await self._connections(details).organisations(token)
        return [Organisation(each.organisation_id, each.name, each.connection_id) for each in found]

    async def let_go(self, details: Mapping[str, Any], token: str, link: str | None) -> None:
        if link is not None:
            await self._connections(details).disconnect(token, link)

    def ends_with(self, details: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
        """Nobody here knows which person gave which consent, so each of the app's may be the same person's. A custom
        connection has no person behind it."""
        return "link" in other

    async def give_back(self, details: Mapping[str, Any], secret: Mapping[str, str]) -> None:
        """Ends everything that the person ever allowed this app."""
        identity = self._identity(details)
        await identity.revoke(details["client_id"], secret["client_secret"], secret["refresh_token"])

    def _identity(self, details: Mapping[str, Any]) -> xero_oauth.XeroIdentity:
        return xero_oauth.XeroIdentity(details["identity_url"], http=self._http, timeout_s=TIMEOUT_S)

    def _connections(self, details: Mapping[str, Any]) -> XeroConnections:
        return XeroConnections(details["api_url"], http=self._http, timeout_s=TIMEOUT_S)


class QboApps:
    """One consent reaches one company; which one, only the way back from the page says."""

    name = "QuickBooks Online"
    limits: Mapping[str, int] = {name: QboAccess.model_fields[name].default for name in QBO_LIMITS}

    def __init__(self, addresses: Addresses, own: App | None, http: httpx.AsyncClient) -> None:
        self.addresses, self.own, self._http = addresses, own, http

    def page(self, client_id: str, redirect_url: str, state: str, verifier: str) -> str:
        """Intuit knows no PKCE: the app's secret alone guards the code."""
        return qbo_oauth.consent_url(client_id, redirect_url, state, url=self.addresses.consent_url)

    async def exchange(self, details: Mapping[str, Any], client_secret: str, returned: Returned) -> Grant:
        pair = await self._identity(details).exchange(
            details["client_id"], client_secret, returned.code, returned.redirect_url
        )
        return Grant(
            pair.access_token, pair.expires_in_s, {"refresh_token": pair.refresh_token}, pair.hard_expires_in_s
        )

    async def organisations(self, details: Mapping[str, Any], token: str) -> Sequence[Organisation]:
        """The company's name is a courtesy: without it the company is called by its number."""
        realm_id = details["realm_id"]
        ledger = Qbo(details["api_url"], http=self._http, timeout_s=TIMEOUT_S).ledger(realm_id, token)
        try:
            name = (await ledger.company_info()).company_name
        except ProviderError:
            name = None
        return [Organisation(realm_id, name or realm_id)]

    async def let_go(self, details: Mapping[str, Any], token: str, link: str | None) -> None:
        """A consent has one company: it is let go with the consent."""

    def ends_with(self, details: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
        """A connection that was put by hand does not say its company: it may be the same."""
        return other.get("organisation_id") in (None, details.get("organisation_id"))

    async def give_back(self, details: Mapping[str, Any], secret: Mapping[str, str]) -> None:
        await self._identity(details).revoke(details["client_id"], secret["client_secret"], secret["refresh_token"])

    def _identity(self, details: Mapping[str, Any]) -> qbo_oauth.QboIdentity:
        return qbo_oauth.QboIdentity(
            details["identity_url"], details["revoke_url"], http=self._http, timeout_s=TIMEOUT_S
        )
