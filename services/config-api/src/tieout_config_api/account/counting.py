"""Counts what tenants ask of the REST API, for the usage report (F244).

Counted in memory and written every few seconds, so that no request waits for it: a process that is killed loses the
last of them. Only answers below 400 count.
"""

import re
from collections import Counter
from datetime import date

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tieout_chassis.clock import Clock
from tieout_chassis.database import Database
from tieout_config_api.account.months import month_at
from tieout_config_api.store import usage

FLUSH_EVERY_S = 10.0
_PLACE = re.compile(r"^/v1/tenants/([^/]+)")


class RequestCount:
    """How many requests each tenant made in each month (UTC) since the last `flush`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._counted: Counter[tuple[str, date]] = Counter()

    def add(self, path: str) -> None:
        if found := _PLACE.match(path):
            self._counted[(found[1], month_at(self._clock.now(), "UTC"))] += 1

    async def flush(self) -> bool:
        """Write what was counted; what cannot be written is kept for the next time."""
        counted, self._counted = self._counted, Counter()
        if not counted:
            return False
        try:
            async with self._database.transaction() as tx:
                await usage.add_requests(tx, counted)
        except BaseException:
            self._counted += counted
            raise
        return False

    async def close(self) -> None:
        await self.flush()


class Counted:
    """Around an application: counts each request that was answered."""

    def __init__(self, app: ASGIApp, count: RequestCount) -> None:
        self._app = app
        self._count = count

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] < 400:
                self._count.add(scope["path"])
            await send(message)

        await self._app(scope, receive, sent if scope["type"] == "http" else send)
