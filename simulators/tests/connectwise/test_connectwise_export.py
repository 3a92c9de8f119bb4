"""POST /finance/accounting/export: which records it takes, what it hands out, what it refuses."""

from decimal import Decimal
from typing import Any

import pytest

pytestmark = pytest.mark.http
EXPORT = "/finance/accounting/export"


def _exported(answer: Any) -> list[int]:
    return [each["id"] for each in answer["transactions"]]


def test_without_a_filter_everything_unposted_is_exported_with_its_customer(psa: Any) -> None:
    answer = psa.export()
    assert _exported(answer) == [1, 2, 3]
    assert [each["accountNumber"] for each in answer["customers"]] == ["OAK01"]
    assert answer["exportSettings"] == {}
    for part in ("vendors", "expenses", "expenseBills", "purchaseTransactions", "inventoryTransfers"):
        assert answer[part] == []


def test_a_transaction_adds_up_to_its_total_with_the_sign_turned(psa: Any) -> None:
    for transaction in psa.export()["transactions"]:
        assert sum(line["total"] for line in transaction["detail"]) == -transaction["total"]
        tax_lines = [line["total"] for line in transaction["detail"] if line["glTypeId"] == "ST"]
        assert sum(tax_lines) == -transaction["salesTax"]


def test_included_and_excluded_invoice_ids_narrow_the_export(psa: Any) -> None:
    assert _exported(psa.export(1, 3, 4, 99)) == [1, 3]
    assert _exported(psa.export(excludedInvoiceIds=[1])) == [2, 3]
    assert _exported(psa.export(1, 2, excludedInvoiceIds=[2])) == [1]


def test_thru_date_takes_records_up_to_and_including_it_and_is_today_when_left_out(empty: Any, book: Any) -> None:
    book.invoice(1, date="2025-04-25").invoice(2, date="2025-04-26").invoice(3, date="2099-01-01")
    empty.load(book.file)
    empty.sim("POST", "/clock", {"set": "2025-04-25T10:00:00Z"})
    assert _exported(empty.export()) == [1]
    assert _exported(empty.export(thruDate="2025-04-26T00:00:00Z")) == [1, 2]
    assert _exported(empty.export(thruDate="2099-01-01")) == [1, 2, 3]
    empty.sim("POST", "/clock", {"set": "2025-04-26T10:00:00Z"})
    assert _exported(empty.export()) == [1, 2]


def test_the_location_filter_takes_zero_and_null_as_all(empty: Any, book: Any) -> None:
    empty.load(book.invoice(1).invoice(2, location_id=12).file)
    assert _exported(empty.export(locationId=12)) == [2]
    assert _exported(empty.export(locationId=0)) == [1, 2]
    assert _exported(empty.export(locationId=None)) == [1, 2]


def test_every_detail_level_is_taken_and_no_other(psa: Any, errors_of: Any) -> None:
    for level in ("Default", "Condensed", "Detailed"):
        assert _exported(psa.export(1, summarizeInvoices=level)) == [1]
    answer = psa.call("POST", EXPORT, {"exportInvoicesFlag": True, "summarizeInvoices": "All"})
    assert errors_of(answer) == [("InvalidField", "summarizeInvoices")]


def test_exporting_marks_nothing_as_posted(psa: Any) -> None:
    before = psa.export(batchIdentifier="soft")
    assert psa.export(batchIdentifier="soft") == before
    assert psa.unposted() == [1, 2, 3]
    assert psa.get("/finance/accounting/batches") == []


def test_an_export_of_nothing_but_other_families_has_no_transactions(psa: Any) -> None:
    answer = psa.call("POST", EXPORT, {"exportExpensesFlag": True})
    assert (answer.status_code, answer.json()["transactions"], answer.json()["customers"]) == (200, [], [])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "exportInvoicesFlag"),
        ({"exportInvoicesFlag": False}, "exportInvoicesFlag"),
        ({"exportInvoicesFlag": True, "batchIdentifier": "x" * 51}, "batchIdentifier"),
        ({"exportInvoicesFlag": True, "thruDate": "tomorrow"}, "thruDate"),
        ({"exportInvoicesFlag": True, "locationId": "11"}, "locationId"),
        ({"exportInvoicesFlag": True, "includedInvoiceIds": ["1"]}, "includedInvoiceIds"),
        ({"exportInvoicesFlag": True, "excludedInvoiceIds": 1}, "excludedInvoiceIds"),
        ([], "body"),
    ],
)
def test_a_wrong_request_is_refused(psa: Any, errors_of: Any, body: Any, field: str) -> None:
    assert errors_of(psa.call("POST", EXPORT, body)) == [("InvalidField", field)]


def test_a_body_that_is_no_json_is_refused(psa: Any, errors_of: Any) -> None:
    answer = psa.http.post(f"/v2025_1/apis/3.0{EXPORT}", content=b"{")
    assert errors_of(answer) == [("InvalidField", "body")]


def test_an_invoice_that_is_incoherent_on_purpose_is_exported_as_it_is(empty: Any, book: Any) -> None:
    book.invoice(1)
    book.file["gl_transactions"][0]["detail"][0]["total"] = Decimal("-99.99")
    empty.load({**book.file, "incoherent_on_purpose": [1]})
    assert empty.export(1)["transactions"][0]["detail"][0]["total"] == Decimal("-99.99")
