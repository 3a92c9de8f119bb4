"""What people left behind that has expired: sessions, codes, links, attempts, letters that nobody took."""

import structlog

from tieout_chassis.clock import Clock
from tieout_chassis.database import Database
from tieout_config_api.people.rules import LONGEST_WINDOW, AccessRules
from tieout_config_api.store import attempts, email_codes, letters, sessions

_log = structlog.get_logger(__name__)


class AccessExpiry:
    def __init__(self, database: Database, clock: Clock, rules: AccessRules) -> None:
        self._database = database
        self._clock = clock
        self._rules = rules

    async def step(self) -> bool:
        """Always False: there is nothing more to do until the next round."""
        now = self._clock.now()
        async with self._database.transaction() as tx:
            await sessions.purge(tx, now, self._rules.session_idle)
            await email_codes.purge(tx, now)
            await attempts.purge(tx, now - LONGEST_WINDOW)
            unsent = await letters.purge(tx, now)
        if unsent:
            _log.warning("mails expired before they could be sent", letters=unsent)
        return False
