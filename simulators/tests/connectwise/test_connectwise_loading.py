"""Data files: what fits goes in whole, what does not is refused whole, with every reason."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from tieout_simulators.frame import exact_json

pytestmark = pytest.mark.http
FORMAT = "tieout-connectwise/1"


def _refused(psa: Any, file: Any) -> str:
    answer: httpx.Response = psa.http.post("/_sim/load", content=exact_json.dumps(file))
    assert answer.status_code == 400, answer.text
    error: str = answer.json()["error"]
    return error


def test_loading_says_how_much_it_took(empty: Any, book: Any) -> None:
    counts = empty.load(book.invoice(1).invoice(2).file)["loaded"]
    assert (counts["gl_transactions"], counts["gl_customers"], counts["batches"]) == (2, 1, 0)


def test_a_second_file_adds_to_the_first_and_replaces_records_of_the_same_id(psa: Any) -> None:
    psa.load(
        {"format": FORMAT, "entities": {"/company/companies": [{"id": 20, "name": "Elm"}, {"id": 21, "name": "Ash"}]}}
    )
    assert psa.ids("/company/companies") == [19, 20, 21]
    assert psa.get("/company/companies/20") == {"id": 20, "name": "Elm"}
    assert psa.unposted() == [1, 2, 3]


@pytest.mark.parametrize(
    ("line", "amount", "sentence"),
    [
        (0, "-99.99", "its lines sum to -119.99, so its total must be 119.99, not 120.00"),
        (1, "-19.99", "its ST lines sum to -19.99, so its salesTax must be 19.99, not 20.00"),
    ],
)
def test_lines_that_do_not_add_up_are_refused(empty: Any, book: Any, line: int, amount: str, sentence: str) -> None:
    book.invoice(1)
    book.file["gl_transactions"][0]["detail"][line]["total"] = Decimal(amount)
    assert sentence in _refused(empty, book.file)
    assert empty.get("/finance/invoices") == []


def test_tax_levels_that_do_not_sum_to_the_tax_are_refused(empty: Any, book: Any) -> None:
    book.invoice(1)
    book.file["gl_transactions"][0]["taxLevels"][0]["taxAmount"] = Decimal("19.00")
    assert "its tax levels sum to 19.00, its salesTax is 20.00" in _refused(empty, book.file)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("total", Decimal("121.00"), "total is 120.00, that of its invoice is 121.00"),
        ("salesTax", Decimal("19.00"), "salesTax is 20.00, that of its invoice is 19.00"),
        ("invoiceNumber", "1", "documentNumber is not its invoice's invoiceNumber '1'"),
        ("date", "2025-04-26T00:00:00Z", "is not its invoice's date"),
    ],
)
def test_a_transaction_that_contradicts_its_invoice_is_refused(
    empty: Any, book: Any, field: str, value: Any, sentence: str
) -> None:
    book.invoice(1).file["entities"]["/finance/invoices"][0][field] = value
    assert sentence in _refused(empty, book.file)


def test_all_reasons_are_given_at_once(empty: Any, book: Any) -> None:
    book.invoice(1).invoice(2).invoice(3)
    for transaction in book.file["gl_transactions"]:
        transaction["detail"][0]["total"] = Decimal("-1.00")
    assert len(_refused(empty, book.file).splitlines()) == 3


def test_an_invoice_named_as_incoherent_on_purpose_is_taken(empty: Any, book: Any) -> None:
    book.invoice(1).invoice(2)
    book.file["gl_transactions"][0]["detail"][0]["total"] = Decimal("-99.99")
    empty.load({**book.file, "incoherent_on_purpose": [1]})
    assert empty.unposted() == [1, 2]


def test_fields_that_connectwise_does_not_have_are_refused_unless_tolerated(empty: Any, book: Any) -> None:
    companies = [{"id": 1, "nmae": "Oak", "site": {"id": 1, "town": "Leeds"}}]
    file = {"format": FORMAT, "entities": {"/company/companies": companies}}
    reasons = _refused(empty, file)
    assert "/company/companies[0].nmae: ConnectWise's Company has no such field" in reasons
    assert "/company/companies[0].site.town: ConnectWise's SiteReference has no such field" in reasons
    empty.load({**file, "tolerate_unknown_fields": True})
    assert empty.get("/company/companies/1") == companies[0]


@pytest.mark.parametrize(
    ("company", "sentence"),
    [
        ({"id": "1"}, "'1' is no integer"),
        ({"id": 1, "name": 5}, "5 is no string"),
        ({"id": 1, "deletedFlag": "no"}, "'no' is no boolean"),
        ({"id": 1, "annualRevenue": "5"}, "'5' is no number"),
        ({"id": 1, "site": 5}, "must be a JSON object of SiteReference"),
        ({"id": 1, "types": {}}, "must be a list"),
        ({"name": "x"}, "has no id"),
        (7, "must be a JSON object of Company"),
    ],
)
def test_fields_of_another_type_are_refused(empty: Any, company: Any, sentence: str) -> None:
    assert sentence in _refused(empty, {"format": FORMAT, "entities": {"/company/companies": [company]}})


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ({}, "format must be"),
        ({"format": "tieout-xero/1"}, "format must be"),
        ({"format": FORMAT, "entities": []}, "entities must be a JSON dict"),
        ({"format": FORMAT, "gl_transactions": {}}, "gl_transactions must be a JSON list"),
        ({"format": FORMAT, "gl_transactions": [7]}, "must be a JSON object of GLExportTransaction"),
        ({"format": FORMAT, "gl": []}, "gl is no section of a data file"),
        ({"format": FORMAT, "entities": {"/system/calendars": []}}, "/system/calendars is not simulated"),
        ({"format": FORMAT, "entities": {"/company/companies": {}}}, "must be a list"),
        ({"format": FORMAT, "entities": {"/company/companies/{id}/sites": []}}, "lists by parent id"),
        ({"format": FORMAT, "entities": {"/finance/currencies": [{"id": 1}, {"id": 1}]}}, "id 1 occurs twice"),
        ({"format": FORMAT, "server": {"company": "x"}}, "server.company is not known"),
        ({"format": FORMAT, "server": {"requests_per_minute": -1}}, "server.requests_per_minute cannot be -1"),
        ({"format": FORMAT, "server": {"denied": ["x"]}}, "server.denied cannot be"),
        ({"format": FORMAT, "unposted_row_copies": {"1": 9}}, "copies of an invoice id are 1 to 4"),
        ({"format": FORMAT, "incoherent_on_purpose": ["1"]}, "'1' is no invoice id"),
        ({"format": FORMAT, "batches": [{"id": 1}]}, "a batch has an id and a batchIdentifier"),
        ({"format": FORMAT, "batches": [{"id": 1, "batchIdentifier": 2}]}, "a batch has an id and a batchIdentifier"),
        ({"format": FORMAT, "callbacks": [{"id": 1}]}, "callbacks[0] lacks url"),
        ({"format": FORMAT, "gl_transactions": [{"id": 77, "glEntryIds": "1"}]}, "there is no invoice of this id"),
    ],
)
def test_a_file_of_another_shape_is_refused(empty: Any, file: Any, sentence: str) -> None:
    assert sentence in _refused(empty, file)


def test_gl_entry_ids_belong_to_one_invoice(empty: Any, book: Any) -> None:
    book.invoice(1).invoice(2)
    one, two = book.file["gl_transactions"]
    two["detail"][0]["id"] = one["detail"][0]["id"]
    assert f"GL entry {one['detail'][0]['id']} is in the gl_transactions 1 and 2" in _refused(empty, book.file)


def test_gl_entry_ids_that_cannot_be_read_are_refused(empty: Any, book: Any) -> None:
    book.invoice(1).invoice(2).invoice(3)
    one, two, three = book.file["gl_transactions"]
    one["glEntryIds"] = "5001;5002"
    two["detail"][1]["id"] = two["detail"][0]["id"]
    del three["detail"][0]["id"]
    reasons = _refused(empty, book.file)
    assert "glEntryIds '5001;5002' is no comma-separated list of ids" in reasons
    assert "GL entry ids occur twice" in reasons
    assert "1 of its lines have no GL entry id" in reasons


def test_batches_of_the_file_take_their_records_off_the_unposted_list(empty: Any, book: Any) -> None:
    book.invoice(1).invoice(2)
    ids = [5001, 5002, *(line["id"] for line in book.file["gl_transactions"][0]["detail"])]
    book.file["batches"] = [{"id": 3, "batchIdentifier": "old", "exportInvoicesFlag": True, "processedRecordIds": ids}]
    empty.load(book.file)
    assert empty.unposted() == [2]
    assert empty.get("/finance/invoices/1")["glBatch"] == {"id": 3, "name": "old"}
    assert len(empty.get("/finance/accounting/batches/3/entries")) == len(ids)


def test_an_invoice_loaded_with_its_gl_batch_makes_that_batch_known(empty: Any, book: Any) -> None:
    book.invoice(1).invoice(2, with_gl=False)
    for invoice in book.file["entities"]["/finance/invoices"]:
        invoice["glBatch"] = {"id": 3, "name": "former tool"}
    empty.load(book.file)
    assert empty.unposted() == []
    assert [each["batchIdentifier"] for each in empty.get("/finance/accounting/batches")] == ["former tool"]
    assert empty.call("DELETE", "/finance/accounting/batches/3").status_code == 204
    assert empty.unposted() == [1, 2]


def test_batches_that_contradict_each_other_are_refused(empty: Any, book: Any) -> None:
    book.invoice(1).invoice(2)
    book.file["batches"] = [
        {"id": 3, "batchIdentifier": "A", "processedRecordIds": [5001, 99]},
        {"id": 4, "batchIdentifier": "a", "processedRecordIds": [5001]},
    ]
    first, second = book.file["entities"]["/finance/invoices"]
    first["glBatch"] = {"id": 4, "name": "B"}
    second["glBatch"] = {"id": 5}
    reasons = _refused(empty, book.file)
    assert "batch 'A': there is no GL entry 99" in reasons
    assert "batch 'a': GL entry 5001 is in another batch too" in reasons
    assert "there is one of this id or identifier already" in reasons
    assert "invoice 1: glBatch 4 is named 'a'" in reasons
    assert "invoice 2: its glBatch needs an id and a name" in reasons


def test_a_transaction_whose_entries_are_batched_cannot_be_loaded_again(psa: Any, book: Any) -> None:
    psa.batch("A", psa.entry_ids(1))
    file = {"format": FORMAT, "gl_transactions": [book.reissued(1)]}
    assert "are in a batch already" in _refused(psa, file)


def test_what_was_dumped_can_be_loaded_and_serves_the_same(psa: Any, another: Any) -> None:
    psa.batch("I-40001", psa.entry_ids(1))
    callback = {"url": "http://127.0.0.1:9/?recordId=", "objectId": 1, "type": "invoice", "level": "owner"}
    psa.call("POST", "/system/callbacks", callback)
    dump = psa.sim("GET", "/dump")
    another.load(dump)
    assert another.unposted() == [2, 3]
    assert _without_moments(another.sim("GET", "/dump")) == _without_moments(dump)


def _without_moments(dump: dict[str, Any]) -> dict[str, Any]:
    batches = [{name: value for name, value in each.items() if name != "_info"} for each in dump["batches"]]
    return {**dump, "batches": batches}
