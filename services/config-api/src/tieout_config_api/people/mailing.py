"""Sending the letters that wait: none inside a transaction, none lost while the mail server is away."""

import asyncio
from datetime import timedelta

import structlog

from tieout_chassis.clock import Clock
from tieout_chassis.database import Database
from tieout_config_api.people.letters import opened
from tieout_config_api.people.mailers import TIMEOUT_S, Mailer
from tieout_config_api.store import Row, letters
from tieout_config_api.vault import Vault

LEASE = timedelta(seconds=10 * TIMEOUT_S)
"""Longer than all of a mail server's answers together."""
FIRST_PAUSE_S = 30.0
LONGEST_PAUSE_S = 3600.0

_log = structlog.get_logger(__name__)


class Mailing:
    """`step` sends one letter. A letter may be sent twice where a process dies just after sending it; never none."""

    def __init__(self, database: Database, vault: Vault, clock: Clock, mailer: Mailer) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._mailer = mailer

    async def step(self) -> bool:
        """True where a letter was sent, and another one may wait."""
        now = self._clock.now()
        async with self._database.transaction() as tx:
            row = await letters.claim(tx, now, now + LEASE)
        if row is None:
            return False
        return await self._send(row)

    async def _send(self, row: Row) -> bool:
        try:
            await asyncio.to_thread(self._mailer.send, row, opened(self._vault, row))
        except Exception as error:  # a mail server's ways to fail are its own; each means later
            pause = timedelta(seconds=min(FIRST_PAUSE_S * 2 ** (row["tries"] - 1), LONGEST_PAUSE_S))
            async with self._database.transaction() as tx:
                await letters.again(tx, row["mail_id"], self._clock.now() + pause)
            # no text of the error: mail servers repeat addresses in theirs
            _log.warning("a mail could not be sent", mail_id=str(row["mail_id"]), error=type(error).__name__)
            return True
        async with self._database.transaction() as tx:
            await letters.sent(tx, row["mail_id"])
        return True
