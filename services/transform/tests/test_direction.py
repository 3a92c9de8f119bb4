"""Negative invoices (K38), documents of nothing (block time), and lines that take off what was billed before (K30)."""

from decimal import Decimal
from typing import Any

from transform_kit.ledger import faults_of
from transform_kit.records import RATES, invoice, line, rate, reference, snapshot

from tieout_contracts.posting import Posting
from tieout_contracts.records import AppliedPosting, InvoiceRecord, RecordLine, TaxLevel
from tieout_transform.rules.plan import plan


def posted(record: InvoiceRecord, **settings: Any) -> Posting:
    posting = plan(record, snapshot(**settings), reference())
    assert isinstance(posting, Posting), posting
    assert faults_of(posting, record, reference()) == []
    return posting


def refused(record: InvoiceRecord) -> list[str]:
    found = plan(record, snapshot(), reference())
    assert isinstance(found, tuple)
    return [problem.code for problem in found]


def test_a_negative_invoice_is_a_credit_with_its_own_number_and_no_due_date_K38() -> None:
    lines = [line("-61.17", quantity="-1000", own_price="0.061171"), line("10.00", exported_price="10.00")]
    levels = (TaxLevel(level=1, code="GST", taxable_amount="-51.17", tax_amount="-5.12"),)
    posting = posted(invoice(lines, "-5.12", tax_levels=levels))
    document = posting.document
    assert (document.kind, document.number, document.due_date) == ("sales_credit", "40125", None)
    assert [(each.kind, each.quantity, each.unit_amount, each.amount) for each in document.lines] == [
        ("source", Decimal(1000), Decimal("0.0612"), Decimal("61.20")),
        ("rounding", Decimal(1), Decimal("-0.03"), Decimal("-0.03")),
        ("source", Decimal(-1), Decimal("10.0000"), Decimal("-10.00")),
    ]
    assert document.expected.total == Decimal("56.29")
    assert posting.warnings[0].sentence == "40125 totals −56.29; it is posted as a credit memo with the same number."
    assert posting.record.kind == "invoice"
    assert "the invoice totals −56.29: posted as a credit of 56.29" in [step.text for step in posting.explanation]


def test_a_plan_that_cannot_approve_invoices_may_approve_the_credit_of_a_negative_one() -> None:
    record = invoice([line("-10.00", quantity="-1", taxed=False)], taxable=False)
    found = plan(record, snapshot(), reference(actions=("CreateDraftInvoice",)))
    assert isinstance(found, Posting)


def test_block_time_drawn_by_an_invoice_of_nothing_posts_its_lines() -> None:
    earned = line("450.00", quantity="3", exported_price="150.00", gl_type="R", taxed=False)
    drawn = line("-450.00", quantity="-1", exported_price="450.00", gl_type="RD", account="850", taxed=False)
    posting = posted(invoice([earned, drawn], taxable=False))
    assert (posting.document.kind, posting.document.expected.total) == ("sales_invoice", 0)
    assert [(each.account_code, each.amount) for each in posting.document.lines] == [
        ("200", Decimal("450.00")),
        ("850", Decimal("-450.00")),
    ]


DOWN_PAYMENT = AppliedPosting(
    kind="down_payment",
    number="40100",
    account="210",
    gl_class="Sydney:Support",
    item_code="DEPOSIT",
    tax_code="GST",
    taxable_levels=(1,),
)


def applied(amount: str, posting: AppliedPosting, **changes: Any) -> RecordLine:
    return line(amount, quantity="-1", taxed=False, account="777", item_code="OTHER", applied=posting, **changes)


def test_an_applied_down_payment_clears_the_account_and_the_tax_of_its_own_posting() -> None:
    record = invoice([line("1000.00"), applied("-400.00", DOWN_PAYMENT)], "60.00")
    posting = posted(record)
    taken = posting.document.lines[1]
    assert (taken.account_code, taken.item_code, taken.tax_code, taken.tax_amount) == (
        "210",
        "DEPOSIT",
        "OUTPUT",
        Decimal("-40.00"),
    )
    assert (1, "takes off 400.00 of the down payment 40100: account 210, taxed with GST, as there") in [
        (step.line, step.text) for step in posting.explanation
    ]


def test_a_down_payment_that_named_no_tax_code_was_taxed_with_its_documents() -> None:
    bare = DOWN_PAYMENT.model_copy(update={"tax_code": None})
    posting = posted(invoice([line("1000.00"), applied("-400.00", bare)], "60.00"))
    assert posting.document.lines[1].tax_code == "OUTPUT"
    assert "takes off 400.00 of the down payment 40100: account 210, taxed with the document, as there" in [
        step.text for step in posting.explanation
    ]


def test_a_down_payment_that_was_not_taxed_is_taken_off_untaxed() -> None:
    untaxed = DOWN_PAYMENT.model_copy(update={"taxable_levels": ()})
    posting = posted(invoice([line("1000.00"), applied("-400.00", untaxed)], "100.00"))
    assert posting.document.lines[1].tax_code == "EXEMPT"


def test_an_amount_that_would_be_taxed_twice_is_refused() -> None:
    assert refused(invoice([line("1000.00"), applied("-400.00", DOWN_PAYMENT)], "100.00")) == ["rules.tax_mismatch"]


def test_progress_billed_before_is_taken_off_in_the_same_way() -> None:
    before = DOWN_PAYMENT.model_copy(update={"kind": "progress", "account": "200"})
    posting = posted(invoice([line("1000.00"), applied("-400.00", before)], "60.00"))
    assert posting.document.lines[1].account_code == "200"


def test_an_applied_line_bears_the_ledgers_account_and_tax_code_of_the_original_whatever_is_mapped_today_K30() -> None:
    as_posted = DOWN_PAYMENT.model_copy(update={"ledger_account": "200", "ledger_tax_code": "OLD10"})
    levels = (TaxLevel(level=1, code="GST", tax_amount="60.00"),)
    record = invoice([line("1000.00"), applied("-400.00", as_posted)], "60.00", tax_levels=levels)
    found = plan(record, snapshot(), reference(tax_rates=(*RATES, rate("OLD10", "10"))))
    assert isinstance(found, Posting), found
    taken = found.document.lines[1]
    assert (taken.account_code, taken.tax_code, taken.tax_amount) == ("200", "OLD10", Decimal("-40.00"))
    said = "the down payment was posted to the account 200 with the tax code OLD10: so is this line"
    assert f"{said}, whatever is mapped today" in [step.text for step in found.explanation]
    told_less = invoice([line("1000.00"), applied("-400.00", DOWN_PAYMENT)], "60.00", tax_levels=levels)
    assert found.revision == told_less.content_hash()


def test_an_applied_line_of_an_original_in_several_accounts_is_refused() -> None:
    several = DOWN_PAYMENT.model_copy(update={"booked_alike": False})
    assert "rules.applied_unknown" in refused(invoice([line("1000.00"), applied("-400.00", several)], "60.00"))


def test_an_original_whose_account_or_tax_code_is_gone_is_refused() -> None:
    gone = DOWN_PAYMENT.model_copy(update={"ledger_account": "999", "ledger_tax_code": "GONE"})
    assert refused(invoice([line("1000.00"), applied("-400.00", gone)], "60.00")) == [
        "rules.account_missing",
        "rules.tax_code_missing",
    ]


def test_an_applied_line_whose_document_is_not_known_is_refused() -> None:
    record = invoice([line("1000.00"), applied("-400.00", AppliedPosting(kind="progress"))], "100.00")
    found = plan(record, snapshot(), reference())
    assert isinstance(found, tuple)
    assert found[0].sentence == "Line 2 takes off a progress whose own document was not found."


def test_what_an_applied_line_was_posted_with_is_content() -> None:
    other = DOWN_PAYMENT.model_copy(update={"account": "200"})
    revisions = {invoice([applied("-1.00", posting)]).content_hash() for posting in (DOWN_PAYMENT, other)}
    assert len(revisions) == 2
