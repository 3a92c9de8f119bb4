"""I-3 over 2,000 self-consistent documents in every tax mode, checked by the Xero simulator's arithmetic too (F19)."""

from collections import Counter
from decimal import Decimal
from random import Random
from statistics import median

import pytest
from exactness_table import WAYS, Tally, main, tallied
from transform_kit.cases import LEDGER, MAX_LINES, MEDIAN_LINES, MODES, Case, case
from transform_kit.records import mirrored

from tieout_contracts.posting import Posting
from tieout_contracts.records import InvoiceRecord
from tieout_transform.rules.plan import plan

CASES = 2000
SEED = 7
AT_LEAST = 0.995
HALF = Decimal("0.005")


@pytest.fixture(scope="module")
def tally() -> Tally:
    return tallied(CASES, SEED)


def cases(count: int, seed: int) -> list[Case]:
    random = Random(seed)
    return [case(random) for _ in range(count)]


def test_two_independent_arithmetics_find_every_document_exact_to_the_cent_I3(tally: Tally) -> None:
    assert tally.faults == []


def test_nearly_all_post_without_an_adjustment_line(tally: Tally) -> None:
    assert tally.share_without_adjustment() >= AT_LEAST


def test_every_way_of_coming_out_occurs_and_every_tax_mode(tally: Tally) -> None:
    assert {way for _, way in tally.ways} == set(WAYS)
    assert {mode for mode, _ in tally.ways} == set(MODES)


def test_the_documents_are_of_the_sizes_and_kinds_that_are_promised() -> None:
    made = [each.record for each in cases(600, SEED)]
    sizes = [len(record.lines) for record in made]
    assert MEDIAN_LINES - 2 <= median(sizes) <= MEDIAN_LINES + 2
    assert max(sizes) > MAX_LINES / 2
    assert len({record.currency for record in made}) == 5
    kinds = Counter((record.kind, record.total < 0) for record in made)
    assert all(kinds[kind] for kind in (("invoice", False), ("invoice", True), ("credit_memo", False)))


def test_a_credit_mirrors_its_invoice_to_the_cent_in_every_tax_mode() -> None:
    for each in cases(400, 11):
        if not isinstance(each.record, InvoiceRecord) or each.record.total < 0:
            continue
        sold, credited = (plan(record, each.settings, LEDGER) for record in (each.record, mirrored(each.record)))
        if isinstance(sold, Posting) and isinstance(credited, Posting):
            assert credited.document.lines == sold.document.lines
            assert credited.document.expected == sold.document.expected
        else:
            assert type(sold) is type(credited)


def test_a_missing_gl_entry_is_refused_in_every_tax_mode() -> None:
    for each in cases(400, 13):
        lines = each.record.lines[1:]
        if abs(each.record.lines[0].amount) <= HALF * (len(lines) + 1):
            continue
        broken = each.record.model_copy(update={"lines": lines})
        found = plan(broken, each.settings, LEDGER)
        assert isinstance(found, tuple), each.mode
        assert {"rules.total_mismatch", "rules.empty_document"} & {problem.code for problem in found}


def test_a_tax_that_no_rounding_makes_is_refused_in_every_tax_mode() -> None:
    for each in cases(400, 17):
        record = each.record
        cells = sum(len(line.taxable_levels) for line in record.lines)
        off = HALF * Decimal("1.2") * (cells + 1) * 2 + Decimal("0.01")
        off = off.quantize(Decimal("0.01"))
        wrong = record.model_copy(update={"tax": record.tax + off, "total": record.total + off})
        found = plan(wrong, each.settings, LEDGER)
        assert isinstance(found, tuple), each.mode
        assert {"rules.tax_mismatch", "rules.tax_entries_missing"} & {problem.code for problem in found}


def test_a_line_that_lost_its_tax_flags_is_refused_in_every_mode_that_taxes_by_rate() -> None:
    by_rate = [mode for mode in MODES if mode not in ("lines from GL entries", "Avalara as lines")]
    seen = set()
    for each in cases(600, 19):
        record = each.record
        percents = {level.level: level.rate for level in record.tax_levels if level.code != "FEE" and level.rate}
        index = max(range(len(record.lines)), key=lambda place: abs(record.lines[place].amount))
        line = record.lines[index]
        lost = abs(line.amount) * sum((percents.get(number, Decimal(0)) for number in line.taxable_levels), Decimal(0))
        cells = sum(len(other.taxable_levels) for other in record.lines) + len(record.tax_levels)
        if each.mode not in by_rate or lost <= HALF * Decimal("1.2") * cells * 2:
            continue
        flipped = line.model_copy(update={"taxable_levels": (), "tax_code": None})
        lines = (*record.lines[:index], flipped, *record.lines[index + 1 :])
        found = plan(record.model_copy(update={"lines": lines}), each.settings, LEDGER)
        assert isinstance(found, tuple), each.mode
        assert "rules.tax_mismatch" in {problem.code for problem in found}
        seen.add(each.mode)
    assert seen == set(by_rate)


def test_the_command_prints_a_row_for_each_mode_and_ends_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["40", "3"]) == 0
    printed = capsys.readouterr().out
    assert all(mode in printed for mode in MODES)
    assert "faults found by two independent arithmetics: 0" in printed
