"""The way to a ledger's consent page and back.

    start ── the page's address; the state's digest and the sealed verifier are kept, for ten minutes
      │            (a person consents in her browser)
    returned ── the state is taken, once ── the code is exchanged outside any transaction ── the tokens are kept, sealed
      │                                                                                        before their first use
      ├── the connection that was named at the start is made, or made again
      └── else the organisations are offered, and `choose` makes each a connection; they share the one consent

An answer of the page that nobody waits for, that comes twice or too late changes nothing. What goes wrong after the
state was taken is kept with the attempt, in a sentence, so that whoever started it sees it, too.
"""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.clock import Clock
from tieout_chassis.database import Database
from tieout_config_api.auditing import Actor, Audit
from tieout_config_api.connections import open_secret, sealed
from tieout_config_api.consents.joining import Choice, join
from tieout_config_api.consents.ledger_apps import App, LedgerApps, Organisation, Returned
from tieout_config_api.consents.problems import exchange_failed, page_failed
from tieout_config_api.presence import require_tenant
from tieout_config_api.refusals import ApiError, not_found, refused
from tieout_config_api.store import Row, connect_attempts, consents, renewals
from tieout_config_api.tokens.access_tokens import AccessTokens
from tieout_config_api.tokens.sources import Grant
from tieout_config_api.vault import Vault
from tieout_config_api.vault.places import attempt_bearer, token_place
from tieout_providers.errors import ProviderError

GOOD_FOR = timedelta(minutes=10)
MAX_UNFINISHED = 50
"""Of a tenant at a time."""
State = Literal["waiting", "expired", "failed", "choosing", "connected"]


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """The query that a consent page sends the browser back with."""

    state: str
    code: str | None = None
    error: str | None = None
    realm_id: str | None = None


@dataclass(frozen=True, slots=True)
class Started:
    attempt_id: UUID
    url: str
    expires_at: datetime


def state_of(attempt: Row, now: datetime) -> State:
    """How far an attempt has come."""
    if attempt["connected"] is not None:
        return "connected"
    if attempt["consent_id"] is not None:
        return "choosing"
    if attempt["problem"] is not None or attempt["returned_at"] is not None:
        return "failed"
    return "waiting" if attempt["expires_at"] > now else "expired"


class Connecting:
    """Starts attempts and takes them to their end."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        clock: Clock,
        tokens: AccessTokens,
        apps: Mapping[str, LedgerApps],
        redirect_url: str,
    ) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._tokens = tokens
        self._apps = apps
        self._redirect_url = redirect_url

    async def start(
        self, tenant_id: str, kind: str, actor: Actor, *, connection_id: str | None, app: App | None
    ) -> Started:
        """Raises ApiError where there is no app to consent to, or the connection is another tenant's or kind's."""
        ledger, now, attempt_id = self._apps[kind], self._clock.now(), uuid4()
        state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        async with self._database.transaction() as tx:
            await require_tenant(tx, tenant_id)
            if await connect_attempts.unfinished(tx, tenant_id, now) >= MAX_UNFINISHED:
                raise refused(429, "connect.too_many", most=MAX_UNFINISHED)
            known = connection_id and await consents.connection_for_update(tx, connection_id)
            if known and (known["tenant_id"], known["kind"]) != (tenant_id, kind):
                raise refused(409, "api.exists", what="connection", id=connection_id)
            details: dict[str, Any] = asdict(ledger.addresses)
            chosen = app or (await self._own_app(tx, known) if known else None) or ledger.own
            if chosen is None:
                raise refused(409, "connect.no_app", provider=ledger.name, kind=kind.upper())
            if known:
                details |= {name: known["details"][name] for name in ("api_url", "identity_url")}
            secret = {"verifier": verifier, "client_secret": chosen.client_secret}
            await connect_attempts.begin(
                tx,
                attempt_id=attempt_id,
                state_digest=_digest(state),
                tenant_id=tenant_id,
                kind=kind,
                connection_id=connection_id,
                person=actor.name or actor.id,
                starter=_starter(actor),
                details={**details, "client_id": chosen.client_id},
                secret=await sealed(self._vault, tx, tenant_id, attempt_bearer(attempt_id), secret),
                started_at=now,
                expires_at=now + GOOD_FOR,
            )
            asked = {"kind": kind, "connection_id": connection_id, "client_id": chosen.client_id}
            audit = Audit(self._clock, actor)
            await audit.write(tx, tenant_id, "connecting.started", "connect_attempt", attempt_id, after=asked)
        url = ledger.page(chosen.client_id, self._redirect_url, state, verifier)
        return Started(attempt_id, url, now + GOOD_FOR)

    async def returned(self, answer: PageAnswer) -> Row:
        """The attempt as it stands after the browser came back. Raises ApiError, whose sentences are for that page."""
        attempt = await self._taken(answer)
        try:
            organisations = await self._consented(attempt, answer)
            await self._join_the_named(attempt, organisations)
        except ApiError as error:
            async with self._database.transaction() as tx:
                await connect_attempts.note(tx, attempt["attempt_id"], problem=error.body)
                if attempt["connection_id"] is not None and error.status < 500:  # of no use for anything else
                    await connect_attempts.note(tx, attempt["attempt_id"], consent_id=None)
                    await consents.drop_unused(tx, attempt["tenant_id"])
            raise
        return await self.shown(attempt["tenant_id"], attempt["attempt_id"])

    async def shown(self, tenant_id: str, attempt_id: UUID) -> Row:
        """An attempt; its organisations are asked for where that failed before."""
        async with self._database.transaction() as tx:
            attempt = await connect_attempts.of_tenant(tx, tenant_id, attempt_id)
        if attempt is None:
            raise not_found("attempt to connect")
        if state_of(attempt, self._clock.now()) == "choosing" and attempt["organisations"] is None:
            await self._offered(attempt, attempt["consent_id"])
            return await self.shown(tenant_id, attempt_id)
        return attempt

    async def choose(self, tenant_id: str, attempt_id: UUID, actor: Actor, choices: Sequence[Choice]) -> Row:
        """Each chosen organisation becomes a connection, or a connection that exists is made again."""
        attempt = await self.shown(tenant_id, attempt_id)
        if attempt["starter"] != _starter(actor):
            raise refused(403, "connect.other_person")
        async with self._database.transaction() as tx:
            attempt = await connect_attempts.of_tenant(tx, tenant_id, attempt_id, hold=True) or attempt
            state = state_of(attempt, self._clock.now())
            if state != "choosing":
                raise refused(409, "connect.not_ready", state=state)
            await self._joined(tx, attempt, choices)
        return await self.shown(tenant_id, attempt_id)

    async def _own_app(self, tx: AsyncConnection, known: Row) -> App | None:
        """The app that a connection was consented to before."""
        bearer = await renewals.locked(tx, renewals.bearer_of(known))
        secret = open_secret(self._vault, bearer) if bearer else {}
        if bearer is None or "client_secret" not in secret:
            return None
        return App(bearer["details"]["client_id"], secret["client_secret"])

    async def _taken(self, answer: PageAnswer) -> Row:
        digest, now = _digest(answer.state), self._clock.now()
        async with self._database.transaction() as tx:
            attempt = await connect_attempts.take(tx, digest, now)
            known = attempt or await connect_attempts.of_state(tx, digest)
        if attempt is not None:
            return attempt
        if known is None:
            raise refused(400, "connect.unknown")
        if known["returned_at"] is not None:
            raise refused(409, "connect.used")
        raise refused(409, "connect.expired", minutes=int(GOOD_FOR.total_seconds() // 60))

    async def _consented(self, attempt: Row, answer: PageAnswer) -> list[Organisation]:
        """Exchange the code, keep the tokens, and only then use them."""
        ledger, kind = self._apps[attempt["kind"]], attempt["kind"]
        if answer.error is not None:
            raise page_failed(ledger.name, answer.error)
        if not answer.code:
            raise refused(400, "connect.incomplete", provider=ledger.name, what="the code")
        if kind == "qbo" and not (answer.realm_id or "").isdecimal():
            raise refused(400, "connect.incomplete", provider=ledger.name, what="the company")
        row = {**attempt, "connection_id": attempt_bearer(attempt["attempt_id"])}
        secret = open_secret(self._vault, row)
        returned = Returned(answer.code, secret["verifier"], self._redirect_url, answer.realm_id)
        details = {name: value for name, value in attempt["details"].items() if name != "consent_url"}
        details |= {"realm_id": answer.realm_id} if kind == "qbo" else {}
        asked_at = self._clock.now()
        try:
            grant = await ledger.exchange(details, secret["client_secret"], returned)
        except ProviderError as error:
            raise exchange_failed(ledger.name, error) from error
        consent_id = await self._kept(attempt, details, secret["client_secret"], grant, asked_at)
        return await self._offered({**attempt, "details": details}, consent_id)

    async def _kept(
        self, attempt: Row, details: Mapping[str, Any], client_secret: str, grant: Grant, asked_at: datetime
    ) -> str:
        consent_id = f"{renewals.CONSENT}{uuid4()}"
        tenant_id, hard_s = attempt["tenant_id"], grant.hard_expires_in_s
        secret = {"client_secret": client_secret, **grant.replaced}
        async with self._database.transaction() as tx:
            await consents.keep(
                tx,
                consent_id=consent_id,
                tenant_id=tenant_id,
                kind=attempt["kind"],
                details=details,
                secret=await sealed(self._vault, tx, tenant_id, consent_id, secret),
                at=self._clock.now(),
            )
            await renewals.keep_token(
                tx,
                consent_id,
                sealed_token=await self._vault.seal(
                    tx, token_place(tenant_id, consent_id), grant.access_token.encode()
                ),
                expires_at=asked_at + timedelta(seconds=grant.expires_in_s),
                reconnect_by=None if hard_s is None else asked_at + timedelta(seconds=hard_s),
            )
            await connect_attempts.note(tx, attempt["attempt_id"], consent_id=consent_id)
        return consent_id

    async def _offered(self, attempt: Row, consent_id: str) -> list[Organisation]:
        """The organisations behind a kept consent, noted with the attempt."""
        ledger = self._apps[attempt["kind"]]
        async with self._database.transaction() as tx:
            bearer = await renewals.locked(tx, consent_id)
        if bearer is None:
            raise not_found("consent")
        token, _ = await self._tokens.of_bearer(consent_id)
        try:
            found = list(await ledger.organisations(bearer["details"], token))
        except ProviderError as error:
            raise exchange_failed(ledger.name, error) from error
        if not found:
            raise refused(409, "connect.no_organisation", provider=ledger.name)
        async with self._database.transaction() as tx:
            noted = [asdict(each) for each in found]
            await connect_attempts.note(tx, attempt["attempt_id"], organisations=noted, problem=None)
        return found

    async def _join_the_named(self, attempt: Row, organisations: Sequence[Organisation]) -> None:
        """The connection that was named at the start, where it is clear which organisation is meant."""
        if attempt["connection_id"] is None:
            return
        async with self._database.transaction() as tx:
            held = await connect_attempts.of_tenant(tx, attempt["tenant_id"], attempt["attempt_id"], hold=True)
            assert held is not None
            known = await consents.connection_for_update(tx, attempt["connection_id"])
            if known is None and len(organisations) > 1:
                return
            await self._joined(tx, held, [Choice(attempt["connection_id"], None)])

    async def _joined(self, tx: AsyncConnection, attempt: Row, choices: Sequence[Choice]) -> None:
        """Made, and told in the name of who started it: a browser on its way back has none."""
        made = await join(tx, self._vault, self._apps[attempt["kind"]], attempt, choices, self._clock.now())
        kind, _, actor_id = attempt["starter"].partition(":")
        audit = Audit(self._clock, Actor(kind, actor_id, attempt["person"]))
        for each in made:
            connection_id = each["connection_id"]
            await audit.write(tx, attempt["tenant_id"], "connection.connected", "connection", connection_id, after=each)


def _starter(actor: Actor) -> str:
    """Who somebody is, whatever the name."""
    return f"{actor.kind}:{actor.id}"


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
