"""Tables of ConnectWise that are asked for by id, and what was learnt of them lately."""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from tieout_chassis.clock import Clock
from tieout_providers.connectwise.client import ConnectWise
from tieout_providers.connectwise.models import Addition, CatalogItem, Company, Contact, Site, TaxCode
from tieout_providers.connectwise.rights import RIGHTS
from tieout_providers.errors import (
    Forbidden,
    NotFound,
    ProviderError,
    Rejected,
    TooManyPages,
    Unavailable,
    Unreadable,
)
from tieout_providers.reading import Rows

Row = TypeVar("Row")

DENIED: tuple[type[ProviderError], ...] = (Forbidden, NotFound, Rejected)
"""Answers that leave a gap: a right that is missing, a table that is not there, a question that is not taken."""

FAILING: tuple[type[ProviderError], ...] = (Unavailable, Unreadable, TooManyPages)
"""Answers that may be another next time."""

MAX_FAILURES = 5
"""How often in a row a table may fail before it is a gap like one that is refused; its connection paused each time."""

AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Found(Generic[Row]):
    """Rows by the id that was asked for. `denied` says why the table could not be read at all."""

    rows: Mapping[int, Row]
    denied: str | None = None
    unreadable: Mapping[int, str] = field(default_factory=dict)

    def why_missing(self, row_id: int) -> str:
        """Why this id has no row."""
        return self.denied or self.unreadable.get(row_id) or "ConnectWise has no such record"


class Tolerance:
    """Which failures of a table leave a gap: a refusal at once, anything else when it does not pass."""

    def __init__(self) -> None:
        self._failures: Counter[str] = Counter()

    def worked(self, source: str) -> None:
        """The table answered."""
        del self._failures[source]

    def gap(self, source: str, error: ProviderError) -> str | None:
        """The gap's reason: what ConnectWise said and the permission that it takes. None: the failure must be told."""
        if isinstance(error, DENIED):
            return f"ConnectWise refuses it ({error.status or error.kind}); allow {RIGHTS[source].name}"
        if not isinstance(error, FAILING):
            return None
        self._failures[source] += 1
        if self._failures[source] < MAX_FAILURES:
            return None
        return f"ConnectWise fails to give it ({error.status or error.kind})"


class Lookup(Generic[Row]):
    """One table. Rows, absences and refusals are kept for `ttl_s`, at most `max_rows` of them."""

    def __init__(
        self,
        source: str,
        ask: Callable[[Collection[int]], Awaitable[Mapping[int, Row]]],
        clock: Clock,
        tolerance: Tolerance,
        *,
        ttl_s: float,
        max_rows: int,
    ) -> None:
        self._tolerance = tolerance
        self._source = source
        self._ask = ask
        self._clock = clock
        self._ttl = timedelta(seconds=ttl_s)
        self._max_rows = max_rows
        self._rows: OrderedDict[int, tuple[datetime, Row | None]] = OrderedDict()
        self._denied: tuple[datetime, str] | None = None

    async def of(self, ids: Iterable[int]) -> Found[Row]:
        """The rows of these ids. Raises what is no refusal: then nothing can be said about the table."""
        wanted, now = sorted(set(ids)), self._clock.now()
        if self._denied and self._denied[0] > now:
            return Found(self._fresh(wanted, now), self._denied[1])
        unknown = [each for each in wanted if each not in self._rows or self._rows[each][0] <= now]
        if unknown:
            try:
                asked = await self._ask(unknown)
            except ProviderError as error:
                if (reason := self._tolerance.gap(self._source, error)) is None:
                    raise
                self._denied = (now + self._ttl, reason)
                return Found(self._fresh(wanted, now), reason)
            self._tolerance.worked(self._source)
            self._keep(unknown, asked, now)
        return Found(self._fresh(wanted, now))

    def _fresh(self, wanted: Iterable[int], now: datetime) -> dict[int, Row]:
        known = ((each, self._rows[each]) for each in wanted if each in self._rows)
        return {each: row for each, (until, row) in known if row is not None and until > now}

    def _keep(self, unknown: Collection[int], asked: Mapping[int, Row], now: datetime) -> None:
        for each in unknown:
            self._rows[each] = (now + self._ttl, asked.get(each))
            self._rows.move_to_end(each)
        # What was asked for just now stays, however little room there is.
        while len(self._rows) > max(self._max_rows, len(unknown)):
            self._rows.popitem(last=False)


class Lookups:
    """The tables of one connection that change seldom."""

    def __init__(self, connectwise: ConnectWise, clock: Clock, *, ttl_s: float, max_rows: int) -> None:
        async def companies(ids: Collection[int]) -> Mapping[int, Company]:
            return by_id(await connectwise.companies(sorted(ids)))

        async def contacts(ids: Collection[int]) -> Mapping[int, Contact]:
            return by_id(await connectwise.contacts(sorted(ids)))

        async def catalogue(ids: Collection[int]) -> Mapping[int, CatalogItem]:
            return by_id(await connectwise.catalogue(sorted(ids)))

        async def tax_codes(ids: Collection[int]) -> Mapping[int, TaxCode]:
            return by_id(await connectwise.rows_by_ids("/finance/taxCodes", TaxCode, sorted(ids)))

        async def sites(company_ids: Collection[int]) -> Mapping[int, tuple[Site, ...]]:
            return await _one_by_one(company_ids, connectwise.sites)

        async def additions(agreement_ids: Collection[int]) -> Mapping[int, tuple[Addition, ...]]:
            return await _one_by_one(agreement_ids, connectwise.additions)

        self.tolerance = tolerance = Tolerance()
        self.companies = Lookup("company", companies, clock, tolerance, ttl_s=ttl_s, max_rows=max_rows)
        self.contacts = Lookup("contact", contacts, clock, tolerance, ttl_s=ttl_s, max_rows=max_rows)
        self.catalogue = Lookup("catalogue", catalogue, clock, tolerance, ttl_s=ttl_s, max_rows=max_rows)
        self.tax_codes = Lookup("tax code", tax_codes, clock, tolerance, ttl_s=ttl_s, max_rows=max_rows)
        self.sites = Lookup("site", sites, clock, tolerance, ttl_s=ttl_s, max_rows=max_rows)
        self.additions = Lookup("addition", additions, clock, tolerance, ttl_s=ttl_s, max_rows=max_rows)


async def _one_by_one(ids: Collection[int], read: Callable[[int], Awaitable[Rows[Row]]]) -> dict[int, tuple[Row, ...]]:
    """Lists below one record each, which ConnectWise gives only one at a time; a few calls at once."""
    found: dict[int, tuple[Row, ...]] = {}
    waiting = sorted(ids)
    while waiting:
        now, waiting = waiting[:AT_ONCE], waiting[AT_ONCE:]
        answers = await asyncio.gather(*map(read, now), return_exceptions=True)
        for each, answer in zip(now, answers, strict=True):
            if isinstance(answer, BaseException):
                raise answer
            found[each] = tuple(answer)
    return found


def by_id(rows: Rows[Row]) -> dict[int, Row]:
    """Rows by their `id`; one without an id is of no use."""
    return {row_id: row for row in rows if (row_id := getattr(row, "id", None)) is not None}
