"""I-3 over 2,000 self-consistent documents a ledger in every tax mode, checked by the simulators' arithmetic (F19)."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from random import Random
from statistics import median
from typing import Any

import pytest
from exactness_table import WAYS, Tally, main, tallied
from transform_kit.books import (
    ALL_BOOKS,
    BY_RATE_BOOKS,
    MEASURED_BOOKS,
    QBO_AUSTRALIA,
    QBO_AUTOMATED,
    QBO_IGNORED,
    QBO_LEDGER_TAX,
    QBO_OVERRIDE,
    QBO_RECOMPUTED,
    QBO_UNITED_STATES,
    SEVERAL,
    XERO,
    Books,
)
from transform_kit.cases import MAX_LINES, MEDIAN_LINES, MODES, Case, case
from transform_kit.records import entries, mirrored

from tieout_contracts.posting import Posting
from tieout_contracts.records import InvoiceRecord
from tieout_transform.rules.plan import plan

CASES = 2000
CASES_AUTOMATED = 300
"""Where the ledger finds the tax itself: its arithmetic is not ours to predict."""
SEED = 7
AT_LEAST = 0.995
HALF = Decimal("0.005")
BY_RATE = set(MODES) - {"lines from GL entries", "Avalara as lines"}


NOT_THERE = {
    XERO.name: {"amount only", "adjustment"},
    QBO_AUSTRALIA.name: {"quantity 1", "adjustment"},
    QBO_UNITED_STATES.name: {"quantity 1", "adjustment"},
    QBO_AUTOMATED.name: {"quantity 1", "adjustment", "tax cents"},
    QBO_LEDGER_TAX.name: {"quantity 1", "adjustment", "tax cents"},
    QBO_OVERRIDE.name: {"quantity 1", "adjustment", "tax cents"},
}
"""Ways of coming out that do not occur; where an amount may stand alone no line needs a quantity of 1."""

BOOKS_WITH_RATES = (*BY_RATE_BOOKS, QBO_LEDGER_TAX, QBO_OVERRIDE)
each_ledger_with_rates = pytest.mark.parametrize("books", BOOKS_WITH_RATES, ids=lambda books: books.name)
each_ledger = pytest.mark.parametrize("books", ALL_BOOKS, ids=lambda books: books.name)


@pytest.fixture(scope="module", params=ALL_BOOKS, ids=lambda books: books.name)
def tally(request: pytest.FixtureRequest) -> Tally:
    books: Books = request.param
    return tallied(CASES_AUTOMATED if books.automated else CASES, SEED, books)


def cases(count: int, seed: int, books: Books = XERO) -> list[Case]:
    random = Random(seed)
    return [case(random, books) for _ in range(count)]


def planned(each: Case, record: Any = None) -> Any:
    return plan(record or each.record, each.settings, each.books.ledger)


def test_two_independent_arithmetics_find_every_document_exact_to_the_cent_I3(tally: Tally) -> None:
    assert tally.faults == []


def test_nearly_all_post_without_an_adjustment_line(tally: Tally) -> None:
    """Where the ledger's own tax stands, as many as it agrees on with ConnectWise."""
    assert tally.share_without_adjustment() >= (AT_LEAST if tally.books is not QBO_LEDGER_TAX else 0.5)


def test_an_override_that_is_not_kept_posts_only_what_the_ledger_makes_itself() -> None:
    kept, recomputed, ignored = (tallied(150, SEED, books) for books in (QBO_OVERRIDE, QBO_RECOMPUTED, QBO_IGNORED))
    assert kept.taken_back.total() == 0
    assert 0 < recomputed.taken_back.total() < ignored.taken_back.total()
    assert [each.faults for each in (kept, recomputed, ignored)] == [[], [], []]
    posted = [each.ways.total() + each.taken_back.total() for each in (kept, recomputed, ignored)]
    assert posted == [150, 150, 150]


def test_the_ledgers_own_tax_is_the_same_however_it_behaves_towards_one_that_is_sent() -> None:
    found = [tallied(100, SEED, replace(QBO_LEDGER_TAX, behaviour=each)) for each in ("honoured", "ignored")]
    assert found[0].taken_back == found[1].taken_back
    assert found[0].taken_back[SEVERAL]


def test_every_way_of_coming_out_occurs_and_every_tax_mode(tally: Tally) -> None:
    unknown = NOT_THERE[tally.books.name]
    assert {way for _, way in tally.ways} | unknown == set(WAYS)
    assert {mode for mode, _ in tally.ways} == set(MODES) - tally.books.without


def test_several_codes_on_one_document_are_refused_only_where_a_document_has_one(tally: Tally) -> None:
    assert {mode for mode, code in tally.refused if code == "rules.one_tax_code"} == (
        {SEVERAL} if tally.books.untaxed and not tally.books.automated else set()
    )


def test_the_documents_are_of_the_sizes_and_kinds_that_are_promised() -> None:
    made = [each.record for each in cases(600, SEED)]
    sizes = [len(record.lines) for record in made]
    assert MEDIAN_LINES - 2 <= median(sizes) <= MEDIAN_LINES + 2
    assert max(sizes) > MAX_LINES / 2
    assert len({record.currency for record in made}) == 5
    kinds = Counter((record.kind, record.total < 0) for record in made)
    assert all(kinds[kind] for kind in (("invoice", False), ("invoice", True), ("credit_memo", False)))


@each_ledger
def test_a_credit_mirrors_its_invoice_to_the_cent_in_every_tax_mode(books: Books) -> None:
    for each in cases(300, 11, books):
        if not isinstance(each.record, InvoiceRecord) or each.record.total < 0:
            continue
        sold, credited = planned(each), planned(each, mirrored(each.record))
        if isinstance(sold, Posting) and isinstance(credited, Posting):
            assert credited.document.lines == sold.document.lines
            assert credited.document.expected == sold.document.expected
        else:
            assert type(sold) is type(credited)


@each_ledger
def test_a_missing_gl_entry_is_refused_in_every_tax_mode(books: Books) -> None:
    for each in cases(300, 13, books):
        lines = each.record.lines[1:]
        if abs(each.record.lines[0].amount) <= HALF * (len(lines) + 1):
            continue
        found = planned(each, each.record.model_copy(update={"lines": lines}))
        assert isinstance(found, tuple), each.mode
        assert {"rules.total_mismatch", "rules.empty_document"} & {problem.code for problem in found}


@each_ledger
def test_a_tax_that_no_rounding_makes_is_refused_in_every_tax_mode(books: Books) -> None:
    for each in cases(300, 17, books):
        record = each.record
        cells = sum(len(line.taxable_levels) for line in record.lines)
        off = HALF * Decimal("1.2") * (cells + 1) * 2 + Decimal("0.01")
        off = off.quantize(Decimal("0.01"))
        found = planned(each, record.model_copy(update={"tax": record.tax + off, "total": record.total + off}))
        assert isinstance(found, tuple), each.mode
        assert {"rules.tax_mismatch", "rules.tax_unfounded", "rules.tax_entries_missing"} & {
            problem.code for problem in found
        }


@each_ledger_with_rates
def test_a_tax_at_another_rate_is_refused_in_every_mode_that_taxes_by_rate(books: Books) -> None:
    """Every level at 1.1 times its rate, as a coherent record would say it."""
    seen = set()
    for each in cases(400, 23, books):
        record = each.record
        if each.mode not in BY_RATE:
            continue
        rated = [level for level in record.tax_levels if not level.flat and level.code != "FEE"]
        more = {level.level: (level.tax_amount / 10).quantize(Decimal("0.01")) for level in rated}
        off, cells = sum(more.values(), Decimal(0)), sum(len(line.taxable_levels) for line in record.lines)
        if abs(off) <= HALF * Decimal("1.2") * (cells + len(rated)) * 2:
            continue
        levels = [
            level.model_copy(update={"tax_amount": level.tax_amount + more.get(level.level, 0)})
            for level in record.tax_levels
        ]
        changes = {"tax_levels": tuple(levels), "tax_entries": entries(levels)}
        sums = {"tax": record.tax + off, "total": record.total + off}
        found = planned(each, record.model_copy(update=changes | sums))
        assert isinstance(found, tuple), each.mode
        assert {"rules.tax_mismatch", "rules.tax_unfounded"} & {problem.code for problem in found}
        seen.add(each.mode)
    assert seen == BY_RATE - books.without


@each_ledger_with_rates
def test_a_line_that_lost_its_tax_flags_is_refused_in_every_mode_that_taxes_by_rate(books: Books) -> None:
    seen = set()
    for each in cases(400, 19, books):
        record = each.record
        percents = {level.level: level.rate for level in record.tax_levels if level.code != "FEE" and level.rate}
        index = max(range(len(record.lines)), key=lambda place: abs(record.lines[place].amount))
        line = record.lines[index]
        lost = abs(line.amount) * sum((percents.get(number, Decimal(0)) for number in line.taxable_levels), Decimal(0))
        cells = sum(len(other.taxable_levels) for other in record.lines) + len(record.tax_levels)
        if each.mode not in BY_RATE or lost <= HALF * Decimal("1.2") * cells * 2:
            continue
        flipped = line.model_copy(update={"taxable_levels": (), "tax_code": None})
        lines = (*record.lines[:index], flipped, *record.lines[index + 1 :])
        found = planned(each, record.model_copy(update={"lines": lines}))
        assert isinstance(found, tuple), each.mode
        assert {"rules.tax_mismatch", "rules.tax_unfounded"} & {problem.code for problem in found}
        seen.add(each.mode)
    assert seen == BY_RATE - books.without


def test_the_command_prints_a_row_for_each_mode_and_ends_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["40", "3"]) == 0
    printed = capsys.readouterr().out
    assert all(mode in printed for mode in MODES)
    assert all(books.name in printed for books in MEASURED_BOOKS)
    assert printed.count("faults found by two independent arithmetics: 0") == len(MEASURED_BOOKS)
