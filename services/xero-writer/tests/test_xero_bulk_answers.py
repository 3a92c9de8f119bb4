"""What Xero says about the members of a bulk call, and whether a document is ours."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from xero_writer_kit.values import CONTACT_ID, SYDNEY, document, draft, line

from tieout_posting.ledger import SeenDocument
from tieout_providers import json_exact
from tieout_providers.call import Answer, Call
from tieout_providers.errors import OutcomeUnknown
from tieout_xero_writer.xero.answers import fault_of
from tieout_xero_writer.xero.ledger import XeroBooks
from tieout_xero_writer.xero.seen import XeroDocument, XeroLine, phase_of

CALL = Call("PUT", "/api.xro/2.0/Invoices", body=b"{}")
ZERO = "00000000-0000-0000-0000-000000000000"


def shown(number: str = "20418", **changes: Any) -> dict[str, Any]:
    """The kit's document as Xero answers it."""
    row: dict[str, Any] = {
        "Type": "ACCREC",
        "InvoiceID": f"dddddddd-0000-4000-8000-0000000{number}",
        "InvoiceNumber": number,
        "Status": "DRAFT",
        "StatusAttributeString": "OK",
        "Contact": {"ContactID": CONTACT_ID.upper(), "Name": "Fabrikam Pty Ltd"},
        "DateString": "2026-10-31T00:00:00",
        "Date": "/Date(1793404800000+0000)/",
        "DueDate": "/Date(1794614400000+0000)/",
        "Reference": "PO-7",
        "LineAmountTypes": "Exclusive",
        "CurrencyCode": "AUD",
        "CurrencyRate": Decimal("1.000000"),
        "SubTotal": Decimal("100.49"),
        "TotalTax": Decimal("10.05"),
        "Total": Decimal("110.54"),
        "LineItems": [
            _line("Managed workstation", "4", "20.1234", "80.49", "8.05", ItemCode="WS"),
            _line("Onsite visit", "1", "20.0000", "20.00", "2.00"),
        ],
    }
    return row | changes


def _line(text: str, quantity: str, price: str, amount: str, tax: str, **more: Any) -> dict[str, Any]:
    return {
        "LineItemID": "eeeeeeee-0000-4000-8000-000000000001",
        "Description": text,
        "Quantity": Decimal(quantity),
        "UnitAmount": Decimal(price),
        "LineAmount": Decimal(amount),
        "TaxAmount": Decimal(tax),
        "TaxType": "OUTPUT",
        "AccountCode": "200",
        "Tracking": [],
        **more,
    }


def answer(*rows: dict[str, Any], status: int = 200, under: str = "Invoices") -> Answer:
    return Answer(status, {}, json_exact.dumps({under: list(rows)}))


def error(number: str, *messages: str, **more: Any) -> dict[str, Any]:
    refusals = [{"Message": each} for each in messages]
    return {
        "InvoiceNumber": number,
        "InvoiceID": ZERO,
        "StatusAttributeString": "ERROR",
        "ValidationErrors": refusals,
        **more,
    }


def test_elements_are_told_by_their_number_in_whatever_order_they_come(xero: XeroBooks) -> None:
    rows = [error("20420", "Account code '299' is not a valid code"), shown("20419"), shown("20418")]
    said = {each.key: each for each in xero.documents_in("sales_invoice", CALL, answer(*rows))}
    assert [said[number].accepted for number in ("20418", "20419", "20420")] == [True, True, False]
    seen = said["20418"].seen
    assert isinstance(seen, XeroDocument)
    assert (seen.total, seen.tax, seen.subtotal) == (Decimal("110.54"), Decimal("10.05"), Decimal("100.49"))
    assert (seen.phase, seen.document_date, seen.currency_rate) == ("draft", document().document_date, 1)
    assert [each.amount for each in seen.lines] == [Decimal("80.49"), Decimal("20.00")]
    assert said["20420"].ledger_id is None


def test_all_of_xeros_reasons_are_kept_F8(xero: XeroBooks) -> None:
    (said,) = xero.documents_in(
        "sales_invoice", CALL, answer(error("1", "First.", "Second.", Warnings=[{"Message": "Third."}]))
    )
    assert (said.fault, said.messages) == ("other", ("First.", "Second.", "Third."))


def test_a_400_tells_of_the_bad_ones_only_and_says_nothing_about_the_rest(xero: XeroBooks) -> None:
    bad = error("20419", "Invoice # must be unique.")
    del bad["StatusAttributeString"]
    (said,) = xero.documents_in("sales_invoice", CALL, answer(bad, status=400, under="Elements"))
    assert (said.key, said.accepted, said.fault) == ("20419", False, "duplicate")


def test_an_answer_without_elements_says_nothing_about_what_was_done(xero: XeroBooks) -> None:
    for body in (b"<html>", b"[]", b"{}"):
        with pytest.raises(OutcomeUnknown):
            xero.documents_in("sales_invoice", CALL, Answer(200, {}, body))


def test_one_that_was_saved_and_cannot_be_read_is_left_to_a_look_up(xero: XeroBooks) -> None:
    for broken in (shown(Total=None), shown(LineItems="none"), shown(Status=None), shown(LineItems=[])):
        (said,) = xero.documents_in("sales_invoice", CALL, answer(broken))
        assert (said.accepted, said.seen) == (True, None)


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        ("Invoice # must be unique.", "duplicate"),
        ("Credit note number must be unique.", "duplicate"),
        ("Price List Item with Code 'WS' already exists", "duplicate"),
        ("The contact number CW-7 is already assigned to another contact.", "duplicate"),
        (
            "The contact name X is already assigned to another contact. The contact name must be unique across all "
            "active contacts.",
            "name_taken",
        ),
        ("Invoice not of valid status for modification", "status"),
        ("Account code '310' has been archived, or deleted.", "other"),
    ],
)
def test_a_refusal_is_told_apart_by_xeros_own_words(message: str, fault: str) -> None:
    assert fault_of((message,)) == fault


def test_contacts_are_told_by_number_and_items_by_code(xero: XeroBooks) -> None:
    contacts = answer(
        {"ContactNumber": "CW-7", "ContactID": CONTACT_ID, "Name": "A", "StatusAttributeString": "OK"}, under="Contacts"
    )
    items = answer({"Code": "WS", "ItemID": CONTACT_ID, "StatusAttributeString": "WARNING"}, under="Items")
    (said,) = xero.contacts_in(CALL, contacts)
    assert (said.key, said.ledger_id, said.accepted) == ("CW-7", CONTACT_ID, True)
    (said,) = xero.items_in(CALL, items)
    assert (said.key, said.accepted) == ("WS", True)


def test_every_status_has_its_phase_and_an_unknown_one_stands_in_the_books() -> None:
    told = {status: phase_of(status) for status in ("DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED")}
    assert list(told.values()) == ["draft", "submitted", "approved", "approved", "gone", "gone"]
    assert phase_of("BILLED") == "approved"


def seen_of(xero: XeroBooks, **changes: Any) -> SeenDocument:
    (said,) = xero.documents_in("sales_invoice", CALL, answer(shown(**changes)))
    assert said.seen is not None
    return said.seen


def test_what_xero_shows_of_a_draft_is_its_echo(xero: XeroBooks) -> None:
    assert xero.is_echo(draft(), seen_of(xero))


def test_what_xero_computes_does_not_count(xero: XeroBooks) -> None:
    lines = [_line("Managed workstation", "4", "20.1234", "80.50", "8.06", ItemCode="WS"), shown()["LineItems"][1]]
    assert xero.is_echo(draft(), seen_of(xero, Total=Decimal("110.56"), LineItems=lines))


@pytest.mark.parametrize(
    "changes",
    [
        {"Contact": {"ContactID": ZERO}},
        {"Date": "/Date(1793491200000+0000)/"},
        {"DueDate": "/Date(1793491200000+0000)/"},
        {"Reference": "PO-8"},
        {"CurrencyCode": "USD"},
        {"LineAmountTypes": "Inclusive"},
        {"LineItems": shown()["LineItems"][:1]},
        {"LineItems": list(reversed(shown()["LineItems"]))},
        {"LineItems": [shown()["LineItems"][0], _line("Onsite visit", "2", "20.0000", "40.00", "4.00")]},
        {"LineItems": [shown()["LineItems"][0], _line("Remote visit", "1", "20.0000", "20.00", "2.00")]},
        {"LineItems": [shown()["LineItems"][0], shown()["LineItems"][1] | {"AccountCode": "210"}]},
        {"LineItems": [shown()["LineItems"][0], shown()["LineItems"][1] | {"ItemCode": "WS"}]},
        {
            "LineItems": [
                shown()["LineItems"][0],
                shown()["LineItems"][1] | {"Tracking": [{"Name": "Location", "Option": "Sydney"}]},
            ]
        },
    ],
)
def test_a_draft_that_a_person_changed_is_no_echo(xero: XeroBooks, changes: dict[str, Any]) -> None:
    assert not xero.is_echo(draft(), seen_of(xero, **changes))


def test_tax_codes_count_only_on_a_document_with_tax(xero: XeroBooks) -> None:
    lines = [each | {"TaxType": "NONE"} for each in shown()["LineItems"]]
    assert not xero.is_echo(draft(), seen_of(xero, LineItems=lines))
    untaxed = seen_of(xero, LineItems=lines, LineAmountTypes="NoTax")
    assert xero.is_echo(draft(document(tax_mode="no_tax")), untaxed)


def test_tracking_and_item_codes_are_compared_without_case(xero: XeroBooks) -> None:
    tracked = document(lines=(line("80.49", "8.05", quantity="4", unit_amount="20.1234", tracking=(SYDNEY,)),))
    row = shown()["LineItems"][0] | {"ItemCode": "ws", "Tracking": [{"Name": "LOCATION", "Option": "sydney"}]}
    assert xero.is_echo(draft(tracked), seen_of(xero, LineItems=[row]))


def test_the_note_belongs_to_what_was_sent_F17(xero: XeroBooks) -> None:
    adjusted = line("0.01", "0.00", kind="adjustment", description="Adjustment", item_code=None)
    noted = document(lines=(adjusted,), note="Why.")
    row = _line("Adjustment  Why.", "1", "0.0100", "0.01", "0.00")
    assert xero.is_echo(draft(noted), seen_of(xero, LineItems=[row]))


def test_no_field_of_xero_is_a_mark_of_ours(xero: XeroBooks) -> None:
    seen = seen_of(xero)
    assert not xero.bears_mark(draft(), seen)
    assert isinstance(seen.lines[0], XeroLine)
    assert replace(seen, number="X") != seen
