"""I-3 over generated records: exact to the cent, or refused with the right reason, never adjusted away."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from random import Random

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from transform_kit.generator import TaxRegime, coherent_record, taxed
from transform_kit.ledger import faults_of
from transform_kit.quickbooks import american, australian, code, settings_for
from transform_kit.records import mirrored, negated, reference, snapshot

from tieout_contracts.posting import Posting
from tieout_contracts.problems import Problem
from tieout_contracts.records import CreditMemoRecord, InvoiceRecord
from tieout_contracts.reference import LedgerReference
from tieout_contracts.settings import SettingsSnapshot, TaxRule
from tieout_transform.rules.plan import plan

HALF = Decimal("0.005")
RATE = Decimal("1.2")
"""More than one and the highest rate: what half a cent of a line and of its tax make together."""
thorough = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@dataclass(frozen=True)
class World:
    """Settings and a ledger that has ConnectWise's tax codes of the generated records."""

    settings: SettingsSnapshot
    ledger: LedgerReference

    def plan(self, record: InvoiceRecord | CreditMemoRecord) -> Posting | tuple[Problem, ...]:
        return plan(record, self.settings, self.ledger)


CODES = {"GST": ("10",), "GST15": ("15",), "CITY": ("4.5", "4.375")}


def in_quickbooks(make: Callable[..., LedgerReference]) -> World:
    codes = [code(name, *((f"{name}-{percent}", percent) for percent in parts)) for name, parts in CODES.items()]
    ledger = make(currencies=("AUD",))
    ledger = make(currencies=("AUD",), tax_rates=(*ledger.tax_rates, *codes))
    rules = tuple(TaxRule(connectwise_tax_code=name, ledger_tax_code=name) for name in CODES)
    return World(settings_for(ledger, tax={"rules": rules}), ledger)


WORLDS = {
    "xero": World(snapshot(), reference()),
    "qbo-au": in_quickbooks(australian),
    "qbo-us": in_quickbooks(american),
}
in_each_ledger = pytest.mark.parametrize("world", WORLDS.values(), ids=list(WORLDS))
records = st.randoms(use_true_random=False).map(coherent_record)


def codes(planned: Posting | tuple[object, ...]) -> set[str]:
    assert isinstance(planned, tuple), "it was posted"
    return {problem.code for problem in planned}  # type: ignore[attr-defined]


def cells(record: InvoiceRecord) -> int:
    return sum(len(line.taxable_levels) for line in record.lines)


@in_each_ledger
@thorough
@given(records)
def test_a_coherent_record_posts_exact_to_the_cent_I3(world: World, record: InvoiceRecord) -> None:
    planned = world.plan(record)
    if isinstance(planned, Posting):
        assert faults_of(planned, record, world.ledger) == []
    else:
        assert record.total == 0
        assert codes(planned) == {"rules.zero_with_difference"}


@in_each_ledger
@thorough
@given(records)
def test_the_same_record_always_gives_the_same_plan(world: World, record: InvoiceRecord) -> None:
    assert world.plan(record) == plan(record, world.settings, world.ledger.model_copy())


@in_each_ledger
@thorough
@given(records)
def test_a_credit_mirrors_its_invoice_to_the_cent(world: World, record: InvoiceRecord) -> None:
    sold, credited = world.plan(record), world.plan(mirrored(record))
    if record.total < 0:
        assert codes(credited) == {"rules.negative_total"}
    elif isinstance(sold, Posting):
        assert isinstance(credited, Posting)
        assert credited.document.lines == sold.document.lines
        assert credited.document.expected == sold.document.expected
        assert credited.document.kind == "sales_credit"
    else:
        assert codes(credited) == codes(sold)


@in_each_ledger
@thorough
@given(records)
def test_a_negative_invoice_posts_as_the_credit_of_its_opposite_K38(world: World, record: InvoiceRecord) -> None:
    assume(record.total)
    straight, reverse = world.plan(record), world.plan(negated(record))
    if isinstance(straight, Posting):
        assert isinstance(reverse, Posting)
        assert reverse.document.lines == straight.document.lines
        assert reverse.document.expected == straight.document.expected
        assert {straight.document.kind, reverse.document.kind} == {"sales_invoice", "sales_credit"}
        assert straight.document.number == reverse.document.number
    else:
        assert codes(reverse) == codes(straight)


wrong_percents = st.sampled_from(["10.1", "10.5", "12.5", "15", "20", "9", "0.5"]).map(Decimal)


def _with_rate(percent: Decimal, *, says_rate: bool) -> Callable[[Random], InvoiceRecord]:
    def make(random: Random) -> InvoiceRecord:
        return taxed(coherent_record(random).lines, TaxRegime("GST", (percent,)), says_rate=says_rate, says_base=False)

    return make


@in_each_ledger
@thorough
@given(st.randoms(use_true_random=False), wrong_percents)
def test_a_wrong_tax_rate_is_refused_never_adjusted_away(world: World, random: Random, percent: Decimal) -> None:
    record = _with_rate(percent, says_rate=False)(random)
    base = sum((line.amount for line in record.lines if line.taxable_levels), Decimal(0))
    assume(abs(base * (percent - 10) / 100) > HALF * RATE * (cells(record) + 1))
    assert "rules.tax_mismatch" in codes(world.plan(record))


@in_each_ledger
@thorough
@given(st.randoms(use_true_random=False), wrong_percents)
def test_a_rate_that_connectwise_names_itself_betrays_even_a_cent(
    world: World, random: Random, percent: Decimal
) -> None:
    record = _with_rate(percent, says_rate=True)(random)
    exact = sum((line.amount for line in record.lines if line.taxable_levels), Decimal(0)) / 10
    assume(abs(record.tax - exact) >= Decimal("0.01"))
    planned = world.plan(record)
    if isinstance(planned, Posting):
        assert planned.document.expected.tax == record.tax
        assert not any(line.tax_override or line.kind == "adjustment" for line in planned.document.lines)
    else:
        assert "rules.tax_mismatch" in codes(planned)


@in_each_ledger
@thorough
@given(records, st.data())
def test_a_wrong_taxability_is_refused_never_adjusted_away(
    world: World, record: InvoiceRecord, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(record.lines) - 1))
    line = record.lines[index]
    levels = () if line.taxable_levels else tuple(level.level for level in record.tax_levels)
    changed = line.model_copy(update={"taxable_levels": levels})
    flipped = record.model_copy(update={"lines": (*record.lines[:index], changed, *record.lines[index + 1 :])})
    percent = {"GST": 10, "GST15": 15, "CITY": Decimal("8.875")}[record.tax_code or ""]
    effect = HALF * RATE * (max(cells(record), cells(flipped)) + len(record.tax_levels))
    assume(abs(line.amount * percent / 100) > effect)
    assert "rules.tax_mismatch" in codes(world.plan(flipped))


@in_each_ledger
@thorough
@given(records, st.data())
def test_a_missing_line_is_refused_never_adjusted_away(
    world: World, record: InvoiceRecord, data: st.DataObject
) -> None:
    assume(len(record.lines) > 1)
    index = data.draw(st.integers(0, len(record.lines) - 1))
    lines = (*record.lines[:index], *record.lines[index + 1 :])
    assume(abs(record.lines[index].amount) > HALF * len(lines))
    broken = record.model_copy(update={"lines": lines})
    assert "rules.total_mismatch" in codes(world.plan(broken))


@in_each_ledger
@thorough
@given(records, st.integers(-300, 300))
def test_a_wrong_total_is_exact_within_the_bound_and_refused_beyond(
    world: World, record: InvoiceRecord, off: int
) -> None:
    wrong = record.model_copy(update={"total": record.total + Decimal(off) / 100})
    planned = world.plan(wrong)
    if isinstance(planned, Posting):
        assert abs(off) <= len(record.lines) / 2
        assert faults_of(planned, wrong, world.ledger) == []
    elif abs(off) > len(record.lines) / 2:
        assert "rules.total_mismatch" in codes(planned)
    else:
        assert codes(planned) <= {
            "rules.zero_with_difference",
            "rules.adjustment_over_limit",
            "rules.total_mismatch",
        }
