"""One renewal: ask the provider once, then keep what it gave, or note why it gave nothing."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.clock import Clock
from tieout_chassis.database import Database, is_database_trouble
from tieout_chassis.wakes import wake
from tieout_config_api.account.owners import tell_broken_connection
from tieout_config_api.connections import open_secret, sealed
from tieout_config_api.refusals import ApiError
from tieout_config_api.store import Row, renewals
from tieout_config_api.tokens import problems as token_problems
from tieout_config_api.tokens.sources import Grant, TokenSource
from tieout_config_api.vault import Vault
from tieout_config_api.vault.places import token_place
from tieout_providers.errors import OutcomeUnknown, ProviderError, Throttled

KEEP_AGAIN_S = (0.2, 1.0, 5.0, 10.0, 20.0)
"""A new pair is worth waiting for the database: there is no other copy of it."""
_log = structlog.get_logger(__name__)
Token = tuple[str, datetime]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long for what. A lease outlives the question it is for; a caller (15 s) outlives its wait."""

    lease_s: float = 120.0
    caller_s: float = 12.0
    unanswered_s: float = 5.0
    """After a question without an answer, which the provider may still be working on; doubled with each."""
    unanswered_max_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to renew one connection's token, with what it is to be renewed from."""

    holder: UUID
    connection: Row
    secret: Mapping[str, str]

    @property
    def connection_id(self) -> str:
        return str(self.connection["connection_id"])

    @property
    def named(self) -> str:
        """The connections that hang on it, for people."""
        return str(self.connection["named"])

    @property
    def spends_a_consent(self) -> bool:
        return "refresh_token" in self.secret


class Renewer:
    """Renews under a turn that the caller has claimed; lets it go whatever comes of it, unless it dies."""

    def __init__(
        self, database: Database, vault: Vault, clock: Clock, sources: Mapping[str, TokenSource], patience: Patience
    ) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._sources = sources
        self._patience = patience

    async def renew(self, turn: Turn) -> Token | None:
        """A new token, kept; None where the connection was put anew meanwhile. Raises ApiError."""
        source, asked_at = self._sources[turn.connection["kind"]], self._clock.now()
        try:
            grant = await source.grant(turn.connection["details"], turn.secret)
        except ProviderError as error:
            await self._note(turn, source.name, error)
            return None
        for again_s in KEEP_AGAIN_S:
            try:
                return await self._keep(turn, grant, asked_at)
            except Exception as error:
                if not is_database_trouble(error):
                    raise
                _log.warning("a new pair of tokens is not kept yet", error=str(error))
            await asyncio.sleep(again_s)
        return await self._keep(turn, grant, asked_at)

    async def _keep(self, turn: Turn, grant: Grant, asked_at: datetime) -> Token | None:
        expires_at = asked_at + timedelta(seconds=grant.expires_in_s)
        hard_s = grant.hard_expires_in_s
        secret = {**turn.secret, **grant.replaced}
        tenant_id = turn.connection["tenant_id"]
        place = token_place(tenant_id, turn.connection_id)
        async with self._database.transaction() as tx:
            wake(tx, renewal_channel(self._database, turn.connection_id))
            if not await self._is_unchanged(tx, turn):
                await renewals.release(tx, turn.connection_id, turn.holder)
                return None
            await renewals.renewed(
                tx,
                turn.connection_id,
                secret=await sealed(self._vault, tx, tenant_id, turn.connection_id, secret),
                sealed_token=await self._vault.seal(tx, place, grant.access_token.encode()),
                expires_at=expires_at,
                reconnect_by=None if hard_s is None else asked_at + timedelta(seconds=hard_s),
            )
        return grant.access_token, expires_at

    async def _note(self, turn: Turn, provider: str, error: ProviderError) -> None:
        """Note why there is no token. Raises ApiError, unless the connection is another one by now."""
        if error.kind == "invalid_grant" and turn.spends_a_consent:
            problem, log = token_problems.consent_gone(turn.named, provider), _log.error
            noted = await self._note_consent_gone(turn, problem)
        else:
            problem, log = token_problems.no_token(error, turn.named, provider), _log.warning
            async with self._database.transaction() as tx:
                wake(tx, renewal_channel(self._database, turn.connection_id))
                await renewals.failed(tx, turn.connection_id, turn.holder, problem.body, self._wait_s(turn, error))
            noted = True
        if noted:
            log("no access token", connection_id=turn.connection_id, code=problem.body["code"], error=error.sentence)
            raise problem from error

    async def _note_consent_gone(self, turn: Turn, problem: ApiError) -> bool:
        """False where it says nothing: the connection has other secrets by now, or somebody else has the turn."""
        async with self._database.transaction() as tx:
            wake(tx, renewal_channel(self._database, turn.connection_id))
            if await self._is_unchanged(tx, turn):
                now, tenant_id = self._clock.now(), turn.connection["tenant_id"]
                noted = await renewals.consent_gone(tx, turn.connection_id, turn.holder, problem.body, now)
                if noted:
                    kind = turn.connection["kind"]
                    told = {"connections": turn.named, "kind": kind, "provider": self._sources[kind].name}
                    await tell_broken_connection(tx, self._vault, tenant_id, **told, problem=problem.body, at=now)
                return noted
            await renewals.release(tx, turn.connection_id, turn.holder)
            return False

    def _wait_s(self, turn: Turn, error: ProviderError) -> float | None:
        if isinstance(error, Throttled):
            return error.retry_after_s
        if isinstance(error, OutcomeUnknown):
            doubled = self._patience.unanswered_s * 2 ** min(turn.connection["failures"], 10)
            return float(min(doubled, self._patience.unanswered_max_s))
        return None

    async def _is_unchanged(self, tx: AsyncConnection, turn: Turn) -> bool:
        """Whether the connection still has the secrets that were spent; nobody changes them until the commit.

        The secrets decide, not the lease: an answer that comes after the lease ran out is as good as any.
        """
        now = await renewals.locked(tx, turn.connection_id)
        if now is None:
            return False
        same_app = now["details"]["client_id"] == turn.connection["details"]["client_id"]
        return same_app and open_secret(self._vault, now) == turn.secret


def renewal_channel(database: Database, connection_id: str) -> str:
    """Woken when somebody's renewal has ended."""
    return f"token:{database.schema}:{connection_id}"
