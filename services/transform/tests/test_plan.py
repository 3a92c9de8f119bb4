"""The whole of a plan: identity, status, explanation, note, arming."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from transform_kit.records import COMPANY, credit, invoice, line, reference, snapshot

from tieout_contracts.posting import Posting, plan_hash, posting_id
from tieout_contracts.settings import Arming, KindArming
from tieout_transform.rules.arming import disposition
from tieout_transform.rules.chart import _KEPT_CHARTS, chart_of
from tieout_transform.rules.findings import Findings
from tieout_transform.rules.kept import Kept
from tieout_transform.rules.note import MAX_NOTE_CHARACTERS, note
from tieout_transform.rules.plan import customer_of, plan
from tieout_transform.rules.words import figure, line_numbers, money, signed

RECORD = invoice([line("10.00"), line("61.17", quantity="1000", own_price="0.061171")], "7.12")


def posted(record: Any = RECORD, **settings: Any) -> Posting:
    planned = plan(record, snapshot(**settings), reference())
    assert isinstance(planned, Posting), planned
    return planned


def test_a_plan_names_its_revision_its_settings_and_its_reference() -> None:
    posting = posted()
    assert posting.plan_hash == plan_hash(posting.document)
    assert posting.posting_id == posting_id(COMPANY, RECORD.ref, RECORD.content_hash(), posting.plan_hash)
    assert (posting.company_id, posting.record, posting.number) == (COMPANY, RECORD.ref, "40125")
    assert (posting.settings_version, posting.reference_version) == (7, 3)


def test_what_is_found_is_a_warning_or_a_refusal_F8() -> None:
    findings = Findings()
    findings.add("rules.contact_missing", company="FOX", which="billing contact")
    findings.add("rules.empty_document", number="40125")
    assert [problem.code for problem in findings.warnings] == ["rules.contact_missing"]
    assert [problem.code for problem in findings.refusals] == ["rules.empty_document"]


def test_a_newer_settings_version_that_changes_nothing_gives_the_same_posting() -> None:
    assert posted(version=8).posting_id == posted().posting_id
    assert posted(missing_tracking="refuse").plan_hash == posted().plan_hash


def test_a_setting_that_changes_the_document_gives_another_posting() -> None:
    assert posted(invoice_status="draft").posting_id != posted().posting_id


def test_an_invoice_bears_its_pay_link_and_no_other_document_does_F246() -> None:
    template = "https://pay.example.com/{number}?t={total}&c={currency}"
    posting = posted(pay_link=template)
    assert posting.document.pay_link == "https://pay.example.com/40125?t=78.29&c=AUD"
    assert (posting.posting_id == posted().posting_id, posting.warnings == posted().warnings) == (False, True)
    assert posted().document.pay_link is None
    assert posted(credit([line("10.00")], "1.00", due_date=None), pay_link=template).document.pay_link is None
    assert posted(invoice([line("0.00")], "0.00"), pay_link=template).document.pay_link is None


def test_a_link_that_the_ledger_would_refuse_is_left_out_and_said_F246() -> None:
    record = RECORD.model_copy(update={"number": "XERO-1"})
    posting = posted(record, pay_link="https://pay.example.com/{number}")
    (told,) = (each for each in posting.warnings if each.code == "rules.pay_link_left_out")
    assert posting.document.pay_link is None
    assert told.sentence == ("The invoice XERO-1 bears no pay link: Xero takes no address with the word xero in it.")
    long = posted(RECORD.model_copy(update={"number": "4" * 235}), pay_link="https://pay.example.com/{number}")
    assert long.document.pay_link is None
    assert "it would have 259 characters, and 255 is the most" in long.warnings[-1].sentence


@pytest.mark.parametrize("status", ["draft", "submitted", "approved"])
def test_the_company_chooses_the_documents_status_F48_K6(status: str) -> None:
    assert posted(invoice_status=status).document.target_status == status


def test_approved_is_the_default_F50() -> None:
    assert posted().document.target_status == "approved"


def test_a_credit_memo_becomes_a_credit_without_due_date() -> None:
    document = posted(credit([line("10.00")], "1.00", due_date=None, terms_xref=None)).document
    assert (document.kind, document.due_date, document.expected.total) == ("sales_credit", None, 11)


def test_every_cent_is_explained_in_words() -> None:
    metered = line("61.17", quantity="1000", own_price="0.061171")
    plain = [line("10.00", exported_price="10.00"), line("20.00", quantity="2", exported_price="10.00")]
    own = line("100.00", quantity="3", exported_price="33.33", own_price="33.333333")
    derived = line("8.60", quantity="7", exported_price="1.23")
    posting = posted(invoice([*plain, metered, own, derived], "19.98"))
    assert [(step.line, step.text) for step in posting.explanation] == [
        (2, "1,000 × 0.0612 = 61.20 in Xero, ConnectWise says 61.17 (1,000 × 0.061171): rounding line −0.03"),
        (3, "3 × 33.3333 = 100.00 (by its own price)"),
        (4, "7 × 1.2286 = 8.60 (amount ÷ quantity)"),
        (None, "line 1–2: quantity × exported price is ConnectWise's amount"),
        (None, "tax OUTPUT: 10 % of 199.77 makes 19.98 in Xero, line by line"),
        (None, "lines 199.77 + tax 19.98 = 219.75, ConnectWise's total"),
    ]


def test_nothing_is_noted_where_no_cent_moved() -> None:
    assert posted(invoice([line("10.00", exported_price="10.00")], "1.00")).document.note is None


def test_a_long_note_says_how_much_it_left_out() -> None:
    sentences = [f"line {number}: {'x' * 90}" for number in range(1, 61)]
    text = note(sentences)
    assert text is not None
    assert len(text) <= MAX_NOTE_CHARACTERS
    assert text.startswith("Line 1: ")
    said = text.count("ine ")
    assert text.endswith(f"… and {60 - said} more.")


@pytest.mark.parametrize(("letters", "is_said"), [(MAX_NOTE_CHARACTERS - 20, True), (MAX_NOTE_CHARACTERS - 19, False)])
def test_a_sentence_is_said_where_it_leaves_room_to_count_the_others(letters: int, is_said: bool) -> None:
    """A full stop, and nineteen characters for the count."""
    assert str(note(["x" * letters, "y" * 100])).startswith("X") == is_said


def test_a_note_of_one_endless_sentence_only_counts_it() -> None:
    assert note(["x" * 5000]) == "… and 1 more."
    assert note([]) is None


def test_the_reference_of_another_organisation_is_a_programming_error() -> None:
    with pytest.raises(AssertionError):
        plan(RECORD, snapshot(), reference(organisation_id="another"))


@pytest.mark.parametrize(
    ("arming", "outcome"),
    [
        (Arming(), "preview"),
        (Arming(armed=False, go_live=date(2026, 1, 1)), "preview"),
        (Arming(armed=True), "post"),
        (Arming(armed=True, go_live=date(2026, 10, 20)), "post"),
        (Arming(armed=True, go_live=date(2026, 10, 21)), "preview"),
        (Arming(armed=True, go_live=date(2026, 10, 21), older_records="post"), "post"),
        (Arming(armed=True, go_live=date(2026, 10, 21), older_records="batch_without_posting"), "preview"),
        (Arming(armed=True, kinds=(KindArming(kind="invoice", go_live=date(2026, 10, 21)),)), "preview"),
        (Arming(armed=True, kinds=(KindArming(kind="credit_memo", go_live=date(2026, 10, 21)),)), "post"),
    ],
)
def test_a_person_arms_posting_from_a_go_live_date_F210(arming: Arming, outcome: str) -> None:
    assert disposition(RECORD, arming) == outcome


def test_the_last_results_are_kept_and_the_one_that_was_not_used_for_longest_is_dropped() -> None:
    made: list[str] = []
    kept = Kept(lambda source: made.append(source) or source, 2)
    for source in ("a", "b", "a", "c", "a", "b"):
        assert kept.of(source) == source
    assert made == ["a", "b", "c", "b"]


def test_a_reference_is_indexed_once_and_the_oldest_index_is_dropped() -> None:
    first = reference()
    chart = chart_of(first)
    assert chart_of(first) is chart
    others = [reference(version=number) for number in range(_KEPT_CHARTS)]
    for other in others:
        chart_of(other)
    assert chart_of(first) is not chart
    assert chart_of(others[-1]).reference is others[-1]


def test_figures_read_as_a_bookkeeper_writes_them() -> None:

    assert money(Decimal("-1234.5")) == "−1,234.50"
    assert money(Decimal("0.005")) == "0.005"
    assert figure(Decimal("1000.0000")) == "1,000"
    assert figure(Decimal("0.0611710")) == "0.061171"
    assert signed(Decimal("0.01")) == "+0.01"
    assert signed(Decimal("0.00")) == "0.00"
    assert signed(Decimal("-0.01")) == "−0.01"
    assert line_numbers([0, 1, 2, 4, 6, 7]) == "1–3, 5, 7–8"


def test_whom_a_record_is_billed_to_is_told_whether_it_may_be_posted_or_not_K24() -> None:
    planned = plan(RECORD, snapshot(), reference())
    assert isinstance(planned, Posting)
    assert customer_of(RECORD, snapshot(), reference()) == planned.document.contact
