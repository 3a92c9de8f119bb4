"""Call budgets: never more calls than a provider's limits, whatever the number of copies (I-5).

A scope is an organisation, an app, or a ConnectWise site: `xero:org:1234`, `xero:app`, `connectwise:site:acme`. A call
takes from all of its scopes at once, or waits for the one that has least:

    taken = await budgets.take("xero:app", f"xero:org:{organisation_id}")
    if isinstance(taken, Wait):
        ...                          # come back in taken.seconds; parked organisations say hours
    try:
        answer = await client.send(call)
    finally:
        await budgets.done(taken)    # a call counts from its end; unreported, from the end of its slot

How it is counted: migrations/versions/0002_limits.py and 0003. The database's clock counts.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from prometheus_client import Counter
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tieout_chassis.database import Database
from tieout_chassis.telemetry import REGISTRY

SLOT_S = 180.0
"""How long a call may be under way before its holder counts as dead; longer than any call's time-out."""
BUSY_WAIT_S = 0.1
TAKEN = Counter("tieout_budget_calls", "Calls granted.", ["kind"], registry=REGISTRY)
HELD = Counter("tieout_budget_waits", "Takers told to wait.", ["kind"], registry=REGISTRY)


class UndefinedBudget(Exception):
    """Nobody said what the limits of a scope are, so nothing is granted."""


@dataclass(frozen=True, slots=True)
class Granted:
    """Leave to make `calls` calls, one after another."""

    grant_id: int
    scopes: tuple[str, ...]
    calls: int = 1


@dataclass(frozen=True, slots=True)
class Wait:
    """No leave now; ask again in `seconds`. `scope` is what holds it back."""

    seconds: float
    scope: str


@dataclass(frozen=True, slots=True)
class BudgetState:
    """For showing: limits (none: no limit), what is used of them, calls under way, seconds still parked."""

    minute_limit: int | None
    minute_used: int
    day_limit: int | None
    day_used: int
    at_once: int | None
    under_way: int
    parked_s: float


class Budgets:
    def __init__(self, database: Database, *, slot_s: float = SLOT_S) -> None:
        self._database = database
        self._slot_s = slot_s

    async def define(
        self,
        scope: str,
        minute: int | None = None,
        day: int | None = None,
        at_once: int | None = None,
        second: int | None = None,
    ) -> None:
        """Say what a scope's limits are, or are from now on; what is used already counts on. None: no such limit."""
        values = {"scope": scope, "second": second, "minute": minute, "day": day, "at_once": at_once}
        await self._call("SELECT limits.define(:scope, :second, :minute, :day, :at_once)", **values)

    async def take(self, *scopes: str, calls: int = 1, slot_s: float | None = None) -> Granted | Wait:
        """Leave for `calls` calls in all scopes, or how long to wait. `UndefinedBudget` for a scope never defined."""
        if not scopes or calls < 1:
            raise ValueError("take at least one call from at least one scope")
        values = {"scopes": list(scopes), "calls": calls, "slot_s": slot_s or self._slot_s, "busy_s": BUSY_WAIT_S}
        statement = text("SELECT granted, wait_s, held_by FROM limits.take(:scopes, :calls, :slot_s, :busy_s)")
        try:
            async with self._database.transaction() as tx:
                row = (await tx.execute(statement, values)).one()
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) == "42704":
                raise UndefinedBudget(f"no limits are defined for one of {', '.join(scopes)}") from None
            raise
        if row.granted is None:
            HELD.labels(_kind(row.held_by)).inc()
            return Wait(row.wait_s, row.held_by)
        for scope in scopes:
            TAKEN.labels(_kind(scope)).inc(calls)
        return Granted(row.granted, scopes, calls)

    async def done(self, granted: Granted) -> None:
        """The calls have ended, well or not. Safe to say twice."""
        await self._call("SELECT limits.done(:grant_id)", grant_id=granted.grant_id)

    @asynccontextmanager
    async def spending(self, granted: Granted) -> AsyncIterator[None]:
        """`done` at the end of the block, whatever happens in it."""
        try:
            yield
        finally:
            await self.done(granted)

    async def correct(
        self, scope: str, *, minute_remaining: int | None = None, day_remaining: int | None = None
    ) -> None:
        """What the provider's answer says is left. Only ever fewer: others may use the same limits, we never do."""
        values = {"scope": scope, "minute": minute_remaining, "day": day_remaining}
        await self._call("SELECT limits.correct(:scope, :minute, :day)", **values)

    async def park(self, scope: str, for_s: float) -> None:
        """Nothing is granted for so long: a Retry-After. A longer parking stands; 0 ends it."""
        await self._call("SELECT limits.park(:scope, :for_s)", scope=scope, for_s=float(for_s))

    async def state(self, scope: str) -> BudgetState | None:
        """None for a scope that was never defined."""
        async with self._database.reading() as connection:
            row = (await connection.execute(text("SELECT * FROM limits.show(:scope)"), {"scope": scope})).one()
        return None if row.slots is None else BudgetState(*row)

    async def _call(self, statement: str, **values: object) -> None:
        async with self._database.transaction() as tx:
            await tx.execute(text(statement), values)


def _kind(scope: str) -> str:
    """`xero:org`, for metrics: never an organisation's own name."""
    return ":".join(scope.split(":")[:2]) if scope.count(":") > 1 else scope.split(":", maxsplit=1)[0]
