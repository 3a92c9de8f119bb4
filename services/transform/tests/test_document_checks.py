"""What a document must be, whatever its lines (F8, F28, F29, F118, F137)."""

from datetime import date
from typing import Any

import pytest
from transform_kit.records import credit, invoice, line, reference, snapshot

from tieout_contracts.posting import Posting
from tieout_contracts.records import CreditMemoRecord, InvoiceRecord
from tieout_transform.rules.plan import plan


def refused(
    record: InvoiceRecord | CreditMemoRecord, *, ledger: dict[str, Any] | None = None, **settings: Any
) -> list[str]:
    planned = plan(record, snapshot(**settings), reference(**ledger or {}))
    assert isinstance(planned, tuple), "it was posted"
    return [problem.code for problem in planned]


def simple(**changes: Any) -> InvoiceRecord:
    return invoice([line("10.00", taxed=False)], **{"taxable": False} | changes)


def posted(
    record: InvoiceRecord | CreditMemoRecord, *, ledger: dict[str, Any] | None = None, **settings: Any
) -> Posting:
    planned = plan(record, snapshot(**settings), reference(**ledger or {}))
    assert isinstance(planned, Posting), planned
    return planned


def test_number_date_and_currency_are_posted_as_they_are_F29_F30_F118() -> None:
    document = posted(simple(number="INV #7/a", currency="NZD")).document
    assert (document.number, document.document_date, document.currency) == ("INV #7/a", date(2026, 10, 20), "NZD")


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("", "rules.number_unusable"),
        ("  ", "rules.number_unusable"),
        (" 7", "rules.number_unusable"),
        ("Ä7", "rules.number_unusable"),
        ("7\n", "rules.number_unusable"),
        ("7" * 256, "rules.field_too_long"),
    ],
)
def test_a_number_that_the_ledger_would_change_is_refused_F29(number: str, code: str) -> None:
    assert refused(simple(number=number)) == [code]


@pytest.mark.parametrize("lock", ["period_lock_date", "year_lock_date"])
def test_a_document_in_a_locked_period_is_refused(lock: str) -> None:
    assert refused(simple(), ledger={lock: date(2026, 10, 20)}) == ["rules.locked_period"]
    posted(simple(), ledger={lock: date(2026, 10, 19)})


def test_the_later_of_both_lock_dates_counts() -> None:
    both = {"period_lock_date": date(2026, 10, 31), "year_lock_date": date(2026, 6, 30)}
    assert refused(simple(), ledger=both) == ["rules.locked_period"]


def test_a_currency_that_the_organisation_does_not_have_is_refused_F121() -> None:
    """By the ledger's own list, whatever the country."""
    assert refused(simple(currency="USD"), ledger={"country": "US"}) == ["rules.currency_unavailable"]
    assert refused(simple(currency="USD")) == ["rules.currency_unavailable"]
    assert posted(simple(), ledger={"currencies": ()}).document.currency == "AUD"


def test_a_ledger_whose_preference_is_off_is_named_with_it_F121() -> None:
    """The preference decides, not the country."""
    alone = {"currencies": ("AUD",), "multi_currency": False}
    found = plan(simple(currency="USD"), snapshot(), reference(**alone))
    assert not isinstance(found, Posting)
    (only,) = found
    assert only.code == "rules.multicurrency_off"
    assert only.sentence.startswith("The document is in USD; Acme keeps its books in AUD alone")
    assert refused(simple(currency="USD"), ledger={"multi_currency": True}) == ["rules.currency_unavailable"]
    posted(simple(), ledger=alone)


@pytest.mark.parametrize("currency", ["JPY", "KWD"])
def test_a_currency_without_cents_is_refused(currency: str) -> None:
    assert refused(simple(currency=currency), ledger={"currencies": ("JPY", "KWD")}) == ["rules.currency_places"]


def test_a_negative_credit_memo_must_be_raised_as_an_invoice() -> None:
    lines = [line("-10.00", quantity="-1", taxed=False)]
    planned = plan(credit(lines, taxable=False), snapshot(), reference())
    assert isinstance(planned, tuple)
    assert [problem.sentence for problem in planned] == [
        "40125 totals −10.00; a negative credit memo must be raised as an invoice."
    ]


def test_a_total_with_more_than_two_decimals_is_refused_and_nothing_is_computed_from_it() -> None:
    assert refused(simple(total="10.005")) == ["rules.amount_places"]
    assert refused(simple(tax="0.001", total="10.00")) == ["rules.amount_places"]


def test_avalaras_documents_are_refused() -> None:
    assert refused(simple(uses_avalara=True)) == ["rules.avalara"]


def test_a_document_without_lines_is_refused() -> None:
    assert refused(invoice([])) == ["rules.empty_document"]


def test_a_plan_that_cannot_approve_invoices_is_refused_before_anything_is_written() -> None:
    small = {"actions": ("CreateDraftInvoice",)}
    assert refused(simple(), ledger=small) == ["rules.plan_limit"]
    posted(simple(), ledger=small, invoice_status="draft")
    posted(simple(), ledger={"actions": ("CreateApprovedInvoice",)})
    posted(credit([line("10.00", taxed=False)], taxable=False), ledger=small)


def test_what_back_filling_could_not_read_is_said_F28() -> None:
    posting = posted(simple(missing=("company: 403, allow Companies > Inquire All", "detail[0].quantity")))
    assert [warning.sentence for warning in posting.warnings] == [
        "ConnectWise gave no company: 403, allow Companies > Inquire All.",
        "ConnectWise gave no detail[0].quantity: it could not be read.",
    ]


def test_every_refusal_is_named_not_only_the_first_F8() -> None:
    record = invoice(
        [line("10.00", account="777"), line("5.00", item_code=None), line("7.00", account=None, tax_code="PST")],
        "99.00",
        currency="USD",
        uses_avalara=True,
        total="500.00",
    )
    assert refused(record, ledger={"period_lock_date": date(2027, 1, 1)}) == [
        "rules.avalara",
        "rules.currency_unavailable",
        "rules.locked_period",
        "rules.account_missing",
        "rules.item_missing",
        "rules.account_unmapped",
        "rules.tax_unmapped",
        "rules.total_mismatch",
    ]


def test_a_wrong_tax_is_named_beside_a_missing_account_F8() -> None:
    assert refused(invoice([line("10.00", account="777")], "3.00")) == ["rules.account_missing", "rules.tax_mismatch"]
