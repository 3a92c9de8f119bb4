"""The budget at every call (I-5): taken before, ended after, corrected downward by what the answer says.

A toll belongs to one slice. It renews the lease before each call, so that no call outlives it.
"""

import asyncio
from collections.abc import Awaitable, Sequence

from tieout_chassis.budgets import Budgets, Granted, Wait
from tieout_chassis.leases import Lease
from tieout_posting.desk import Desk
from tieout_posting.ledger import Books, Budget
from tieout_providers.call import Answer, Call
from tieout_providers.errors import ProviderError

SHORT_WAIT_S = 2.5
"""A limit of calls a second holds nobody longer."""
SHORT_WAITS = 8


class Spent(Exception):
    """No call may be made now; `wait_s` until it is worth asking again."""

    def __init__(self, wait_s: float, scope: str) -> None:
        super().__init__(f"the budget {scope} is used up for {wait_s:.1f} s")
        self.wait_s = wait_s
        self.scope = scope


class Tolls:
    """Makes the tolls of slices; remembers which limits it has defined."""

    def __init__(self, desk: Desk, budgets: Budgets) -> None:
        self._desk = desk
        self._budgets = budgets
        self._defined: dict[str, Budget] = {}

    def of(self, lease: Lease, books: Books) -> "Toll":
        return Toll(self._desk, self._budgets, self._defined, lease, books)


class Toll:
    """The gate of one slice: it stands before the ledger's reads, and around the one write."""

    def __init__(self, desk: Desk, budgets: Budgets, defined: dict[str, Budget], lease: Lease, books: Books) -> None:
        self._desk = desk
        self._budgets = budgets
        self._defined = defined
        self._lease = lease
        self._books = books
        self._limits: Sequence[Budget] = ()
        self._granted: Granted | None = None

    async def know(self, limits: Sequence[Budget]) -> None:
        """The limits of this slice's calls, defined where they are new or changed."""
        self._limits = limits
        for each in limits:
            if self._defined.get(each.scope) != each:
                await self._budgets.define(each.scope, each.minute, each.day, each.at_once, each.second)
                self._defined[each.scope] = each

    async def take(self) -> None:
        """Leave for one call. Raises `Spent`, or `LeaseLost`.

        Short waits are waited for here: a slice that read half of a company's lists would begin them again.
        """
        waits = 0
        while isinstance(taken := await self._ask(), Wait):
            if taken.seconds > SHORT_WAIT_S or waits == SHORT_WAITS:
                raise Spent(taken.seconds, taken.scope)
            waits += 1
            await asyncio.sleep(taken.seconds)
        self._granted = taken

    async def _ask(self) -> Granted | Wait:
        options = self._desk.options
        await self._desk.leases.renew(self._lease, options.call_lease_s)
        slot_s = options.ledger_timeout_s + options.send_margin_s
        return await self._budgets.take(*(each.scope for each in self._limits), slot_s=slot_s)

    async def give_back(self) -> None:
        """The call has ended, or was not made after all."""
        if self._granted is not None:
            await self._budgets.done(self._granted)
            self._granted = None

    async def pay(self, sending: Awaitable[Answer]) -> Answer:
        """Make the call for which leave was taken."""
        answer: Answer | None = None
        try:
            answer = await sending
        except ProviderError as error:
            answer = error.answer
            raise
        finally:
            await self._settle(answer)
        return answer

    async def park(self, limit: str, wait_s: float) -> None:
        """The ledger asked everybody to wait: whoever shares the limit waits too."""
        for each in self._limits:
            if limit in each.limits:
                await self._budgets.park(each.scope, wait_s)

    async def before(self, _call: Call) -> None:
        """A read is about to be sent."""
        await self.take()

    async def after(self, _call: Call, answer: Answer | None) -> None:
        """A read was answered, or not."""
        await self._settle(answer)

    async def _settle(self, answer: Answer | None) -> None:
        await self.give_back()
        if answer is None:
            return
        for left in self._desk.ledger.remaining(self._books, answer):
            if left.minute is not None or left.day is not None:
                await self._budgets.correct(left.scope, minute_remaining=left.minute, day_remaining=left.day)
