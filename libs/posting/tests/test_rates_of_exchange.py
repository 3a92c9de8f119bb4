"""A ledger that must be told the rate of a foreign document: its own, one for all documents of a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from posting_kit.bench import Bench
from posting_kit.ledger import FakeLedgerOfItems, FakeSession, Kept, unavailable
from posting_kit.values import document

from tieout_contracts.documents import DocumentKind
from tieout_posting.ledger import (
    BodyRefused,
    Books,
    Draft,
    Element,
    ExchangeDay,
    LedgerLimits,
    Phase,
    RatesNeeded,
    SeenDocument,
    exchange_key,
)
from tieout_posting.tables import shared
from tieout_providers.call import Answer, Call, Gate
from tieout_providers.errors import ProviderError

pytestmark = pytest.mark.postgres
HOME = "AUD"
DAY = document().document_date
LATER = date(2026, 12, 24)


@dataclass
class RatedLedger(FakeLedgerOfItems):
    """Its documents are final at once; each bears the rate that it was sent with, unless told otherwise."""

    rates: dict[ExchangeDay, Decimal] = field(default_factory=dict)
    shown: dict[str, Decimal] = field(default_factory=dict)
    """What is shown as the rate of a number, whatever was sent."""
    newcomers: list[set[ExchangeDay]] = field(default_factory=list)
    """What members that come just then need besides, one for each time that documents are built."""
    rate_faults: list[ProviderError] = field(default_factory=list)
    sent: dict[str, Decimal | None] = field(default_factory=dict)

    def create(
        self, books: Books, kind: DocumentKind, drafts: Sequence[Draft], keys: Mapping[str, str], key: str
    ) -> Call:
        documents = [each.document for each in drafts]
        wanted = {(each.currency, each.document_date) for each in documents if each.currency != HOME}
        wanted |= self.newcomers.pop(0) if self.newcomers else set()
        if lacking := {day for day in wanted if exchange_key(*day) not in keys}:
            raise RatesNeeded(lacking)
        for index, each in enumerate(documents):
            rate = None if each.currency == HOME else keys[exchange_key(each.currency, each.document_date)]
            if rate == "":
                raise BodyRefused(index, "no rate of exchange")
            self.sent[each.number] = None if rate is None else Decimal(rate)
        return super().create(books, kind, drafts, keys, key)

    def documents_in(self, kind: DocumentKind, call: Call, answer: Answer) -> list[Element]:
        found = super().documents_in(kind, call, answer)
        return [each if each.seen is None else replace(each, seen=self._as_sent(each.seen)) for each in found]

    def _as_sent(self, seen: SeenDocument) -> SeenDocument:
        return replace(seen, sent_rate=self.sent[seen.number])

    def show(self, kept: Kept, phase: Phase | None = None) -> SeenDocument:
        sent = self.sent[kept.document.number]
        shown = self.shown.get(kept.document.number, sent)
        return replace(super().show(kept, phase), currency_rate=shown)

    async def open(self, books: Books, gate: Gate, *, fresh: bool = False) -> "RatedSession":
        opened = await super().open(books, gate, fresh=fresh)
        return RatedSession(self, opened.books, opened.gate)


@dataclass
class RatedSession(FakeSession):
    ledger: RatedLedger

    async def read_rate(self, currency: str, day: date) -> Decimal | None:
        await self._read("/rate")
        if self.ledger.rate_faults:
            raise self.ledger.rate_faults.pop(0)
        return self.ledger.rates.get((currency, day))


@pytest.fixture
def ledger(bench: Bench) -> RatedLedger:
    found = RatedLedger(drafts=False, limits=LedgerLimits(refuses_taken_numbers=False))
    found.rates = {("USD", DAY): Decimal("1.5142"), ("USD", LATER): Decimal("1.52")}
    bench.ledger = found
    bench.new_engine()
    return found


async def post(bench: Bench, *numbers: str, currency: str = "USD", **changes: Any) -> None:
    for number in numbers:
        await bench.plan(document(number, currency=currency, **changes), record_id=int(number))
    await bench.serve_through()


async def kept_rates(bench: Bench) -> dict[str, str]:
    async with bench.database.transaction() as tx:
        rows = await tx.execute(sa.select(shared.c.key, shared.c.ledger_id).where(shared.c.kind == "exchange"))
        return {row.key: row.ledger_id for row in rows}


async def test_a_rate_is_read_once_for_each_currency_and_day(bench: Bench, ledger: RatedLedger) -> None:
    await post(bench, "1001", "1002")
    await post(bench, "1003")
    await post(bench, "1004", document_date=LATER)
    await post(bench, "1005", currency=HOME)
    assert await bench.outcomes() == ["posted"] * 5
    assert ledger.count("/rate") == 2
    assert ledger.sent == {
        **dict.fromkeys(("1001", "1002", "1003"), Decimal("1.5142")),
        "1004": Decimal("1.52"),
        "1005": None,
    }
    assert {each.settlement.currency_rate for each in await bench.settled()} == {
        Decimal("1.5142"),
        Decimal("1.52"),
        None,
    }


async def test_a_rate_that_changes_in_the_ledger_does_not_part_documents_of_one_day(
    bench: Bench, ledger: RatedLedger
) -> None:
    await post(bench, "1001")
    ledger.rates[("USD", DAY)] = Decimal("1.6")
    await post(bench, "1002")
    assert set(ledger.sent.values()) == {Decimal("1.5142")}


async def test_where_the_ledger_has_no_rate_the_document_is_refused_until_a_person_entered_one(
    bench: Bench, ledger: RatedLedger
) -> None:
    del ledger.rates[("USD", DAY)]
    plan = await bench.plan(document(currency="USD"))
    await bench.serve_through()
    assert await bench.outcomes() == ["refused"]
    assert await kept_rates(bench) == {}
    ledger.rates[("USD", DAY)] = Decimal("1.5142")
    await bench.deliver(bench.again(plan))
    await bench.serve_through()
    assert await bench.outcomes() == ["refused", "posted"]
    assert await kept_rates(bench) == {f"exchange:USD:{DAY}": "1.5142"}


async def test_while_a_rate_cannot_be_read_nothing_is_sent_and_later_it_is(bench: Bench, ledger: RatedLedger) -> None:
    ledger.rate_faults = [unavailable()]
    await bench.plan(document(currency="USD"))
    await bench.serve()
    assert (ledger.rate_faults, ledger.count("/create"), await bench.outcomes()) == ([], 0, [])
    await bench.serve_through()
    assert (ledger.count("/create"), await bench.outcomes()) == (1, ["posted"])


async def test_members_that_come_meanwhile_have_their_rates_read_in_the_next_slice(
    bench: Bench, ledger: RatedLedger
) -> None:
    ledger.newcomers = [set(), {("EUR", DAY)}]
    await post(bench, "1001")
    assert await bench.outcomes() == ["posted"]
    assert ledger.newcomers == []
    assert await kept_rates(bench) == {f"exchange:USD:{DAY}": "1.5142"}


@pytest.mark.parametrize("fault", [None, "lost_after"])
async def test_a_document_that_stands_at_another_rate_is_taken_back_I6(
    bench: Bench, ledger: RatedLedger, fault: Any
) -> None:
    """In the answer, and where the answer was lost in the look-up: here the ledger fell back on its default of 1."""
    ledger.shown["1001"] = Decimal(1)
    ledger.faults = [None, None, fault]  # the customer and the items are made first
    await post(bench, "1001")
    assert await bench.outcomes() == ["discarded"]
    (settled,) = await bench.settled()
    assert "rate of exchange 1 " in settled.settlement.problems[0].sentence
    assert ledger.live("1001") == []
