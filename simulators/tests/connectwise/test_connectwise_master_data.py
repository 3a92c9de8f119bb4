"""The master data and documents, served as loaded."""

from decimal import Decimal
from typing import Any

import pytest

pytestmark = pytest.mark.http


@pytest.mark.parametrize(
    ("path", "record_id"),
    [
        ("/company/companies", 19),
        ("/company/companies/19/sites", 101),
        ("/company/contacts", 301),
        ("/finance/invoices", 2),
        ("/finance/billingTerms", 12),
        ("/finance/billingStatuses", 13),
        ("/finance/taxCodes", 16),
        ("/finance/currencies", 7),
        ("/finance/agreements", 7),
        ("/finance/agreements/7/additions", 71),
        ("/procurement/products", 900),
        ("/procurement/catalog", 55),
        ("/expense/paymentTypes", 3),
        ("/system/locations", 11),
        ("/system/members", 21),
        ("/expense/types", 5),
    ],
)
def test_every_kind_has_a_list_a_count_and_its_records(read_only_psa: Any, path: str, record_id: int) -> None:
    records = read_only_psa.get(path)
    assert read_only_psa.get(f"{path}/count") == {"count": len(records)}
    assert read_only_psa.get(f"{path}/{record_id}") in records
    assert read_only_psa.call("GET", f"{path}/987654").status_code == 404


def test_children_of_a_missing_parent_are_not_found(read_only_psa: Any) -> None:
    answer = read_only_psa.call("GET", "/company/companies/5/sites")
    assert (answer.status_code, answer.json()["message"]) == (404, "Company 5 not found")
    assert read_only_psa.get("/company/companies/20/sites") == []


def test_members_are_selected_by_their_flag_and_told_with_it_F175(read_only_psa: Any) -> None:
    assert read_only_psa.ids("/system/members", conditions="inactiveFlag=true") == [22]
    assert [each["inactiveFlag"] for each in read_only_psa.get("/system/members")] == [False, True]


def test_products_are_found_by_their_invoice(read_only_psa: Any) -> None:
    assert read_only_psa.ids("/procurement/products", conditions="invoice/id in (1,2)") == [900]


def test_system_info_says_the_version(read_only_psa: Any) -> None:
    assert read_only_psa.get("/system/info") == {
        "version": "v2025.1.10333",
        "isCloud": False,
        "serverTimeZone": "GMT Standard Time",
    }


def test_gl_entries_of_an_invoice_appear_when_it_is_closed(read_only_psa: Any) -> None:
    entries = read_only_psa.get("/finance/invoices/2/glEntries/")
    assert [(each["type"], each["amount"]) for each in entries] == [
        ("Accounts Receivable", Decimal("120.00")),
        ("Accounts Receivable", 0),
        ("Revenue - Agreement", Decimal("-60.00")),
        ("Revenue - Agreement", Decimal("-40.00")),
        ("Sales Tax", Decimal("-20.00")),
    ]
    assert [each["id"] for each in entries] == read_only_psa.entry_ids(2)
    assert not any(each["isBatched"] for each in entries)
    assert read_only_psa.get("/finance/invoices/2/glEntries") == entries
    assert read_only_psa.get(f"/finance/invoices/2/glEntries/{entries[0]['id']}") == entries[0]
    assert read_only_psa.get("/finance/invoices/4/glEntries/") == []
    assert read_only_psa.call("GET", "/finance/invoices/99/glEntries/").status_code == 404
