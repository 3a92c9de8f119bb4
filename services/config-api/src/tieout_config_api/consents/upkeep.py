"""What consents need while nobody uses them: a refresh token ends when it lies unused (Xero 60 days, Intuit 100)."""

from datetime import timedelta

import structlog

from tieout_chassis.clock import Clock
from tieout_chassis.database import Database
from tieout_config_api.refusals import ApiError
from tieout_config_api.store import connect_attempts, consents, notices, renewals
from tieout_config_api.tokens.access_tokens import AccessTokens

AT_ONCE = 20
"""Consents renewed in one step, one after the other."""
ATTEMPTS_KEPT = timedelta(days=1)
NOTICES_KEPT = timedelta(days=400)
OF_THEIR_OWN = ("qbo",)
"""Kinds of connections that may have a refresh token of their own, put by hand; Xero's have none."""
_log = structlog.get_logger(__name__)


class ConsentUpkeep:
    """`step` renews consents that lie idle, and forgets attempts that came to nothing.

    Any number of copies may do it at once: each renewal is one, whoever asks, and whoever comes second finds the token
    of the first.
    """

    def __init__(self, database: Database, clock: Clock, tokens: AccessTokens, *, idle_days: float) -> None:
        self._database = database
        self._clock = clock
        self._tokens = tokens
        self._idle = timedelta(days=idle_days)

    async def step(self) -> bool:
        """True where there is more to do at once."""
        now = self._clock.now()
        async with self._database.transaction() as tx:
            await connect_attempts.purge(tx, now - ATTEMPTS_KEPT)
            await consents.drop_unused(tx)
            await notices.purge(tx, now - NOTICES_KEPT)
            due = await renewals.idle(tx, kinds=OF_THEIR_OWN, since=now - self._idle, limit=AT_ONCE)
        renewed = [await self._renewed(row["bearer"]) for row in due]
        return len(due) == AT_ONCE and any(renewed)

    async def _renewed(self, bearer: str) -> bool:
        """A token that lay idle for days has run out, so that asking for one renews it."""
        try:
            await self._tokens.of_bearer(bearer)
        except ApiError as error:
            _log.warning("an idle consent is not renewed", bearer=bearer, code=error.body["code"])
            return False
        return True
