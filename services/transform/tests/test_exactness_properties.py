"""I-3 over generated records: exact to the cent, or refused with the right reason, never adjusted away."""

from collections.abc import Callable
from decimal import Decimal
from random import Random

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from transform_kit.generator import TaxRegime, coherent_record, taxed
from transform_kit.ledger import faults_of
from transform_kit.records import mirrored, negated, reference, snapshot

from tieout_contracts.posting import Posting
from tieout_contracts.records import InvoiceRecord
from tieout_transform.rules.plan import plan

REFERENCE = reference()
SNAPSHOT = snapshot()
HALF = Decimal("0.005")
RATE = Decimal("1.2")
"""More than one and the highest rate: what half a cent of a line and of its tax make together."""
thorough = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
records = st.randoms(use_true_random=False).map(coherent_record)


def codes(planned: Posting | tuple[object, ...]) -> set[str]:
    assert isinstance(planned, tuple), "it was posted"
    return {problem.code for problem in planned}  # type: ignore[attr-defined]


def cells(record: InvoiceRecord) -> int:
    return sum(len(line.taxable_levels) for line in record.lines)


@thorough
@given(records)
def test_a_coherent_record_posts_exact_to_the_cent_I3(record: InvoiceRecord) -> None:
    planned = plan(record, SNAPSHOT, REFERENCE)
    if isinstance(planned, Posting):
        assert faults_of(planned, record, REFERENCE) == []
    else:
        assert record.total == 0
        assert codes(planned) == {"rules.zero_with_difference"}


@thorough
@given(records)
def test_the_same_record_always_gives_the_same_plan(record: InvoiceRecord) -> None:
    assert plan(record, SNAPSHOT, REFERENCE) == plan(record, SNAPSHOT, reference())


@thorough
@given(records)
def test_a_credit_mirrors_its_invoice_to_the_cent(record: InvoiceRecord) -> None:
    sold, credited = plan(record, SNAPSHOT, REFERENCE), plan(mirrored(record), SNAPSHOT, REFERENCE)
    if record.total < 0:
        assert codes(credited) == {"rules.negative_total"}
    elif isinstance(sold, Posting):
        assert isinstance(credited, Posting)
        assert credited.document.lines == sold.document.lines
        assert credited.document.expected == sold.document.expected
        assert credited.document.kind == "sales_credit"
    else:
        assert codes(credited) == codes(sold)


@thorough
@given(records)
def test_a_negative_invoice_posts_as_the_credit_of_its_opposite_K38(record: InvoiceRecord) -> None:
    assume(record.total)
    straight, reverse = plan(record, SNAPSHOT, REFERENCE), plan(negated(record), SNAPSHOT, REFERENCE)
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


@thorough
@given(st.randoms(use_true_random=False), wrong_percents)
def test_a_wrong_tax_rate_is_refused_never_adjusted_away(random: Random, percent: Decimal) -> None:
    record = _with_rate(percent, says_rate=False)(random)
    base = sum((line.amount for line in record.lines if line.taxable_levels), Decimal(0))
    assume(abs(base * (percent - 10) / 100) > HALF * RATE * (cells(record) + 1))
    assert "rules.tax_mismatch" in codes(plan(record, SNAPSHOT, REFERENCE))


@thorough
@given(st.randoms(use_true_random=False), wrong_percents)
def test_a_rate_that_connectwise_names_itself_betrays_even_a_cent(random: Random, percent: Decimal) -> None:
    record = _with_rate(percent, says_rate=True)(random)
    exact = sum((line.amount for line in record.lines if line.taxable_levels), Decimal(0)) / 10
    assume(abs(record.tax - exact) >= Decimal("0.01"))
    planned = plan(record, SNAPSHOT, REFERENCE)
    if isinstance(planned, Posting):
        assert planned.document.expected.tax == record.tax
        assert not any(line.tax_override or line.kind == "adjustment" for line in planned.document.lines)
    else:
        assert "rules.tax_mismatch" in codes(planned)


@thorough
@given(records, st.data())
def test_a_wrong_taxability_is_refused_never_adjusted_away(record: InvoiceRecord, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(record.lines) - 1))
    line = record.lines[index]
    levels = () if line.taxable_levels else tuple(level.level for level in record.tax_levels)
    changed = line.model_copy(update={"taxable_levels": levels})
    flipped = record.model_copy(update={"lines": (*record.lines[:index], changed, *record.lines[index + 1 :])})
    percent = {"GST": 10, "GST15": 15, "CITY": Decimal("8.875")}[record.tax_code or ""]
    effect = HALF * RATE * (max(cells(record), cells(flipped)) + len(record.tax_levels))
    assume(abs(line.amount * percent / 100) > effect)
    assert "rules.tax_mismatch" in codes(plan(flipped, SNAPSHOT, REFERENCE))


@thorough
@given(records, st.data())
def test_a_missing_line_is_refused_never_adjusted_away(record: InvoiceRecord, data: st.DataObject) -> None:
    assume(len(record.lines) > 1)
    index = data.draw(st.integers(0, len(record.lines) - 1))
    lines = (*record.lines[:index], *record.lines[index + 1 :])
    assume(abs(record.lines[index].amount) > HALF * len(lines))
    broken = record.model_copy(update={"lines": lines})
    assert "rules.total_mismatch" in codes(plan(broken, SNAPSHOT, REFERENCE))


@thorough
@given(records, st.integers(-300, 300))
def test_a_wrong_total_is_exact_within_the_bound_and_refused_beyond(record: InvoiceRecord, off: int) -> None:
    wrong = record.model_copy(update={"total": record.total + Decimal(off) / 100})
    planned = plan(wrong, SNAPSHOT, REFERENCE)
    if isinstance(planned, Posting):
        assert abs(off) <= len(record.lines) / 2
        assert faults_of(planned, wrong, REFERENCE) == []
    elif abs(off) > len(record.lines) / 2:
        assert "rules.total_mismatch" in codes(planned)
    else:
        assert codes(planned) <= {
            "rules.zero_with_difference",
            "rules.adjustment_over_limit",
            "rules.total_mismatch",
        }
