"""Calls to a ConnectWise site pass through a budget that all copies and all of its connections share (I-5)."""

import asyncio

from tieout_chassis.budgets import Budgets, Granted, Wait
from tieout_providers.call import Answer, Call, Gate
from tieout_providers.connectwise.errors import CONNECTWISE
from tieout_providers.errors import Throttled

MAX_WAIT_S = 30.0
"""A longer wait for the budget ends the slice instead, so that other connections have their turn."""


class SiteGates:
    """The budget of each site: so many calls a minute, so many at once."""

    def __init__(self, budgets: Budgets, *, calls_a_minute: int, calls_at_once: int, timeout_s: float) -> None:
        self._budgets = budgets
        self._calls_a_minute = calls_a_minute
        self._calls_at_once = calls_at_once
        self._slot_s = 2 * timeout_s

    async def of(self, site: str) -> Gate:
        """The gate that every call to this site's API passes."""
        scope = _scope(site)
        await self._budgets.define(scope, minute=self._calls_a_minute, at_once=self._calls_at_once)
        return SiteGate(self._budgets, scope, self._slot_s)

    async def park(self, site: str, wait_s: float) -> None:
        """Nobody calls the site for so long: it asked for that."""
        await self._budgets.park(_scope(site), wait_s)


class SiteGate:
    """Takes from the budget before a call and counts the call when it has ended."""

    def __init__(self, budgets: Budgets, scope: str, slot_s: float) -> None:
        self._budgets = budgets
        self._scope = scope
        self._slot_s = slot_s
        self._granted: dict[int, Granted] = {}

    async def before(self, call: Call) -> None:
        """Wait for leave, briefly. Raises Throttled with the time to wait where that is long."""
        waited_s = 0.0
        while isinstance(taken := await self._budgets.take(self._scope, slot_s=self._slot_s), Wait):
            waited_s += taken.seconds
            if waited_s > MAX_WAIT_S:
                raise Throttled(CONNECTWISE, "minute", taken.seconds)
            await asyncio.sleep(taken.seconds)
        self._granted[id(call)] = taken

    async def after(self, call: Call, answer: Answer | None) -> None:
        """The call has ended, whether an answer came or not."""
        if (taken := self._granted.pop(id(call), None)) is not None:
            await self._budgets.done(taken)


def _scope(site: str) -> str:
    return f"connectwise:{site}"
