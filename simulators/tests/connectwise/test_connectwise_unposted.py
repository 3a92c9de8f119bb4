"""The unposted list: derived from closed invoices that are in no batch."""

from decimal import Decimal
from typing import Any

import pytest

pytestmark = pytest.mark.http
UNPOSTED = "/finance/accounting/unpostedinvoices"


def test_only_closed_invoices_without_a_batch_are_listed(psa: Any) -> None:
    assert psa.unposted() == [1, 2, 3]
    assert psa.get(f"{UNPOSTED}/count") == {"count": 3}


def test_a_row_says_what_its_invoice_and_gl_entries_say(psa: Any) -> None:
    (row,) = psa.get(UNPOSTED, conditions="billingLogId=2")
    assert row == psa.get(f"{UNPOSTED}/{row['id']}")
    assert row["invoiceNumber"] == "40002"
    assert row["invoiceDate"] == "2025-04-25T00:00:00Z"
    assert row["dueDays"] == "20"
    assert (row["subTotal"], row["salesTaxAmount"], row["total"]) == (Decimal("100"), Decimal("20"), Decimal("120"))
    assert (row["hasTime"], row["hasExpenses"], row["hasProducts"]) == (True, False, False)
    assert row["billToSite"] == {"id": 101, "name": "Main"}
    assert row["currency"]["currencyCode"] == "GBP"
    assert row["itemTaxableFlag"] is True


def test_the_first_tax_level_has_an_amount_although_its_flag_is_false(psa: Any) -> None:
    (row,) = psa.get(UNPOSTED, conditions="billingLogId=1")
    assert (row["stateTaxFlag"], row["stateTaxAmount"], row["stateTaxXref"]) == (False, Decimal("20"), "VAT20")
    assert (row["countyTaxAmount"], row["levelSixTaxAmount"]) == (0, 0)
    assert "countyTaxXref" not in row


def test_the_row_id_is_a_gl_key_and_not_the_invoice_id(psa: Any) -> None:
    rows = psa.get(UNPOSTED)
    assert {row["id"] for row in rows}.isdisjoint({1, 2, 3, 4})
    assert psa.call("GET", f"{UNPOSTED}/1").status_code == 404


def test_taxable_levels_of_a_row(psa: Any) -> None:
    (row,) = psa.get(UNPOSTED, conditions="billingLogId=2")
    path = f"{UNPOSTED}/{row['id']}/taxableLevels"
    level = {"id": 1, "taxLevel": 1, "taxCodeXref": "VAT20", "taxAmount": Decimal("20.00")}
    assert psa.get(path) == [level]
    assert psa.get(f"{path}/1") == level
    assert psa.get(f"{path}/count") == {"count": 1}
    assert psa.call("GET", f"{UNPOSTED}/2/taxableLevels").status_code == 404


def test_levels_come_from_the_header_when_the_transaction_has_no_tax_levels(empty: Any, book: Any) -> None:
    book.invoice(1, tax="15.00")
    transaction = book.file["gl_transactions"][0]
    del transaction["taxLevels"]
    transaction |= {"stateTax": Decimal("10.00"), "countyTax": Decimal("5.00"), "countyTaxXref": "COUNTY"}
    empty.load(book.file)
    (row,) = empty.get(UNPOSTED)
    assert (row["stateTaxAmount"], row["countyTaxAmount"], row["countyTaxXref"]) == (10, 5, "COUNTY")
    assert [level["taxLevel"] for level in empty.get(f"{UNPOSTED}/{row['id']}/taxableLevels")] == [1, 2]


def test_an_invoice_may_be_listed_twice_under_different_row_ids(empty: Any, book: Any) -> None:
    book.invoice(1).invoice(2)
    empty.load({**book.file, "unposted_row_copies": {"1": 2}})
    rows = empty.get(UNPOSTED)
    assert sorted(row["billingLogId"] for row in rows) == [1, 1, 2]
    assert len({row["id"] for row in rows}) == 3
    assert empty.batch("I-1", empty.entry_ids(1)).status_code == 201
    assert empty.unposted() == [2]


def test_a_closed_invoice_without_gl_entries_stays_listed_for_ever_and_is_never_exported(empty: Any, book: Any) -> None:
    book.invoice(1).invoice(2, with_gl=False)
    empty.load(book.file)
    assert empty.unposted() == [1, 2]
    assert [each["id"] for each in empty.export()["transactions"]] == [1]
    (row,) = empty.get(UNPOSTED, conditions="billingLogId=2")
    assert row["salesTaxAmount"] == row["stateTaxAmount"] == Decimal("20.00")
    assert empty.get(f"{UNPOSTED}/{row['id']}/taxableLevels") == []


def test_an_invoice_enters_the_list_when_it_is_closed_and_leaves_it_when_it_is_opened(psa: Any) -> None:
    closed = {"id": 13, "name": "Closed", "isClosed": True}
    psa.event(kind="patch_entity", path="/finance/invoices", id=4, set={"status": closed})
    assert psa.unposted() == [1, 2, 3, 4]
    opened = {"id": 1, "name": "New", "isClosed": False}
    psa.event(kind="patch_entity", path="/finance/invoices", id=1, set={"status": opened})
    assert psa.unposted() == [2, 3, 4]
    assert psa.export(1)["transactions"] == []


def test_date_closed_is_the_moment_of_closing_and_stays_when_the_invoice_changes_later(psa: Any) -> None:
    psa.sim("POST", "/clock", {"set": "2025-05-06T09:39:56Z"})
    closed = {"id": 13, "name": "Closed", "isClosed": True}
    psa.event(kind="patch_entity", path="/finance/invoices", id=4, set={"status": closed})
    psa.sim("POST", "/clock", {"advance_s": 86_400})
    psa.event(kind="patch_entity", path="/finance/invoices", id=4, set={"reference": "PO 7"})
    (row,) = psa.get(UNPOSTED, conditions="billingLogId=4")
    assert row["dateClosed"].startswith("2025-05-06T09:39:5")


def test_rows_are_filtered_by_the_strings_and_dates_they_print(psa: Any) -> None:
    conditions = "invoiceDate <= [2025-04-25T00:00:00Z] and dueDays='20' and company/id=19 and locationId in (11)"
    assert psa.get(f"{UNPOSTED}/count", conditions=conditions) == {"count": 3}
    assert psa.get(f"{UNPOSTED}/count", conditions="invoiceDate > [2025-04-25T00:00:00Z]") == {"count": 0}
