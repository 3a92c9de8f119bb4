"""Credit notes: positive lines, numbers of their own, no discounts."""

from decimal import Decimal
from typing import Any

import pytest

pytestmark = pytest.mark.http
D = Decimal


def test_a_credit_note_has_positive_lines_and_a_remaining_credit(xero: Any) -> None:
    note = xero.credit_note("CN-1", *[xero.line(each) for each in ("25.06", "25.61", "25.63")], Status="AUTHORISED")
    (made,) = xero.write("PUT", "CreditNotes", note)
    assert (made["TotalTax"], made["Total"], made["RemainingCredit"]) == (D("11.44"), D("87.74"), D("87.74"))
    assert (made["CreditNoteNumber"], made["Status"], made["Allocations"]) == ("CN-1", "AUTHORISED", [])
    assert "InvoiceID" not in made
    assert xero.get("CreditNotes/CN-1")[0]["CreditNoteID"] == made["CreditNoteID"]


def test_its_number_is_unique_among_credit_notes_only(xero: Any) -> None:
    xero.put(xero.invoice("DOC-1"))
    (made,) = xero.write("PUT", "CreditNotes", xero.credit_note("DOC-1"))
    assert made["StatusAttributeString"] == "OK"
    (again,) = xero.write("PUT", "CreditNotes", xero.credit_note("DOC-1"))
    assert again["ValidationErrors"] == [{"Message": "Credit note number must be unique."}]
    bill = xero.credit_note("DOC-1", xero.line("5", AccountCode="400", TaxType="INPUT2"), Type="ACCPAYCREDIT")
    assert xero.write("PUT", "CreditNotes", bill)[0]["StatusAttributeString"] == "OK"


def test_it_needs_no_due_date_and_takes_no_discount(xero: Any) -> None:
    (made,) = xero.write("PUT", "CreditNotes", xero.credit_note("CN-1", Status="AUTHORISED"))
    assert made["StatusAttributeString"] == "OK"
    (refused,) = xero.write("PUT", "CreditNotes", xero.credit_note("CN-2", xero.line(DiscountRate=5)))
    assert refused["ValidationErrors"] == [{"Message": "Discounts are only supported on ACCREC invoices."}]


def test_negative_credit_is_refused(xero: Any) -> None:
    (refused,) = xero.write("PUT", "CreditNotes", xero.credit_note("CN-1", xero.line("-5")))
    assert refused["ValidationErrors"] == [{"Message": "The document total cannot be negative."}]


def test_it_is_changed_by_id_by_number_and_by_path(xero: Any) -> None:
    (made,) = xero.write("PUT", "CreditNotes", xero.credit_note("CN-1"))
    (by_number,) = xero.write("POST", "CreditNotes", xero.credit_note("CN-1", xero.line("7")))
    assert (by_number["CreditNoteID"], by_number["SubTotal"]) == (made["CreditNoteID"], D("7.00"))
    (by_id,) = xero.write("POST", "CreditNotes", {"CreditNoteID": made["CreditNoteID"], "Status": "AUTHORISED"})
    assert by_id["Status"] == "AUTHORISED"
    by_path = xero.call("POST", f"CreditNotes/{made['CreditNoteID']}", {"Status": "VOIDED"})
    assert by_path.json()["CreditNotes"][0]["RemainingCredit"] == 0
    (refused,) = xero.write("POST", "CreditNotes", {"CreditNoteID": made["CreditNoteID"], "Reference": "x"})
    assert refused["ValidationErrors"] == [{"Message": "Credit Note not of valid status for modification"}]
    (unknown,) = xero.write("POST", "CreditNotes", {"CreditNoteID": "11111111-1111-4111-8111-111111111111"})
    assert unknown["ValidationErrors"] == [
        {"Message": "An existing Credit Note with the specified CreditNoteID could not be found"}
    ]


def test_lists_filter_by_number_and_type(xero: Any) -> None:
    xero.write("PUT", "CreditNotes", xero.credit_note("CN-1"), xero.credit_note("CN-2"))
    (found,) = xero.get("CreditNotes", where='Type=="ACCRECCREDIT" AND CreditNoteNumber=="CN-2"', page=1)
    assert (found["CreditNoteNumber"], len(found["LineItems"])) == ("CN-2", 1)
    assert xero.get("CreditNotes")[0]["LineItems"] == []


def test_a_wrong_type_is_refused(xero: Any) -> None:
    (refused,) = xero.write("PUT", "CreditNotes", xero.credit_note("CN-1", Type="ACCREC"))
    assert refused["ValidationErrors"] == [{"Message": "Credit Note not of valid type for creation"}]


def test_history_of_a_credit_note(xero: Any) -> None:
    xero.write("PUT", "CreditNotes", xero.credit_note("CN-1"))
    assert xero.call("PUT", "CreditNotes/CN-1/History", {"HistoryRecords": [{"Details": "a"}]}).status_code == 200
