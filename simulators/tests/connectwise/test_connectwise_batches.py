"""Batches: which GL entry ids they take, when a record leaves the unposted list, and how it comes back."""

from decimal import Decimal
from typing import Any

import pytest

pytestmark = pytest.mark.http
BATCHES = "/finance/accounting/batches"


def test_a_record_leaves_the_unposted_list_with_its_batch(psa: Any) -> None:
    entry_ids = psa.entry_ids(1)
    answer = psa.batch("I-40001", entry_ids)
    assert answer.status_code == 201
    assert [each["documentNumber"] for each in answer.json()["transactions"]] == ["40001"]
    assert [each["accountNumber"] for each in answer.json()["customers"]] == ["OAK01"]
    assert psa.unposted() == [2, 3]
    batch = psa.http.get(answer.headers["Location"]).json()
    assert batch["batchIdentifier"] == "I-40001"
    assert psa.get("/finance/invoices/1")["glBatch"] == {"id": batch["id"], "name": "I-40001"}
    assert psa.ids("/finance/invoices", conditions="glBatch/id != null") == [1]
    assert psa.export(1)["transactions"] == []


def test_batches_are_found_by_identifier(psa: Any) -> None:
    psa.batch("I-40001", psa.entry_ids(1))
    psa.batch("I-40002", psa.entry_ids(2))
    (batch,) = psa.get(BATCHES, conditions='batchIdentifier="I-40002"')
    flags = {"exportInvoicesFlag": True, "exportExpensesFlag": False, "exportProductsFlag": False, "closedFlag": False}
    assert {name: batch[name] for name in flags} == flags
    assert psa.get(f"{BATCHES}/{batch['id']}") == batch
    assert psa.get(f"{BATCHES}/count") == {"count": 2}


def test_the_entries_of_a_batch_balance(psa: Any) -> None:
    entry_ids = psa.entry_ids(2)
    psa.batch("I-40002", entry_ids)
    (batch,) = psa.get(BATCHES)
    path = f"{BATCHES}/{batch['id']}/entries"
    entries = psa.get(path)
    assert [each["id"] for each in entries] == entry_ids
    assert sum(each["debit"] for each in entries) == sum(each["credit"] for each in entries) == Decimal("120.00")
    assert {each["invoice"]["identifier"] for each in entries} == {"40002"}
    assert psa.get(f"{path}/count") == {"count": 5}
    assert psa.get(f"{path}/{entry_ids[0]}")["accountType"] == "Accounts Receivable"
    assert all(each["isBatched"] for each in psa.get("/finance/invoices/2/glEntries/"))
    assert psa.call("GET", f"{BATCHES}/99/entries").status_code == 404


def test_a_batch_can_be_exported_again(psa: Any) -> None:
    before = psa.export(1)
    psa.batch("I-40001", psa.entry_ids(1))
    (batch,) = psa.get(BATCHES)
    again = psa.call("POST", f"{BATCHES}/{batch['id']}/export", {"exportInvoicesFlag": True})
    assert again.status_code == 200
    assert again.json()["transactions"][0]["id"] == before["transactions"][0]["id"]


def test_a_record_stays_listed_until_all_its_gl_entries_are_batched(psa: Any) -> None:
    first, *others = psa.entry_ids(2)
    assert psa.batch("A", [first]).status_code == 201
    assert psa.unposted() == [1, 2, 3]
    assert "glBatch" not in psa.get("/finance/invoices/2")
    assert [each["isBatched"] for each in psa.get("/finance/invoices/2/glEntries/")] == [True] + [False] * 4
    assert psa.batch("B", others).status_code == 201
    assert psa.unposted() == [1, 3]
    assert psa.get("/finance/invoices/2")["glBatch"]["name"] == "B"


def test_one_batch_may_hold_several_records(psa: Any) -> None:
    assert psa.batch("all", psa.entry_ids(1) + psa.entry_ids(3)).status_code == 201
    assert psa.unposted() == [2]


def test_deleting_a_batch_brings_its_records_back(psa: Any) -> None:
    psa.batch("I-40001", psa.entry_ids(1))
    (batch,) = psa.get(BATCHES)
    answer = psa.call("DELETE", f"{BATCHES}/{batch['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert psa.unposted() == [1, 2, 3]
    assert "glBatch" not in psa.get("/finance/invoices/1")
    assert psa.get(BATCHES) == []
    assert psa.call("DELETE", f"{BATCHES}/{batch['id']}").status_code == 404
    again = psa.batch("I-40001", psa.entry_ids(1))
    assert again.status_code == 201
    assert psa.get(BATCHES)[0]["id"] > batch["id"]


def test_a_closed_batch_is_in_use(psa: Any, book: Any) -> None:
    closed = {"id": 9, "batchIdentifier": "old", "closedFlag": True, "processedRecordIds": psa.entry_ids(1)}
    psa.load({"format": book.file["format"], "batches": [closed]})
    assert psa.unposted() == [2, 3]
    assert psa.call("DELETE", f"{BATCHES}/9").status_code == 409


def test_an_invoice_id_is_no_gl_entry_id(psa: Any, errors_of: Any) -> None:
    assert errors_of(psa.batch("I-40001", [1])) == [("InvalidField", "processedRecordIds")]
    assert psa.unposted() == [1, 2, 3]
    assert psa.get(BATCHES) == []


def test_gl_entries_of_an_open_invoice_do_not_exist(psa: Any, errors_of: Any, book: Any) -> None:
    transaction = book.file["gl_transactions"][3]
    assert transaction["id"] == 4
    assert errors_of(psa.batch("I-4", [transaction["detail"][0]["id"]])) == [("InvalidField", "processedRecordIds")]


def test_batched_gl_entries_are_refused_and_nothing_of_the_request_is_done(psa: Any, errors_of: Any) -> None:
    one, two = psa.entry_ids(1), psa.entry_ids(2)
    psa.batch("A", one)
    refused = psa.batch("B", two + one[:1])
    assert errors_of(refused) == [("InvalidField", "processedRecordIds")]
    assert str(one[0]) in refused.text
    assert psa.unposted() == [2, 3]


def test_an_empty_list_of_gl_entries_is_refused_clearly(psa: Any, errors_of: Any) -> None:
    answer = psa.batch("A", [])
    assert errors_of(answer) == [("InvalidField", "processedRecordIds")]
    assert answer.json()["errors"][0]["message"] == "Cannot find GLEntryRecIDList to update"
    missing = psa.call("POST", BATCHES, {"batchIdentifier": "A", "exportInvoicesFlag": True})
    assert errors_of(missing) == [("MissingRequiredField", "processedRecordIds")]


@pytest.mark.parametrize("ids", [["5001"], [5001.5], "5001", [5001, 5001], [True]])
def test_malformed_lists_of_gl_entries_are_refused(psa: Any, errors_of: Any, ids: Any) -> None:
    body = {"batchIdentifier": "A", "exportInvoicesFlag": True, "processedRecordIds": ids}
    answer = psa.http.post(f"/v2025_1/apis/3.0{BATCHES}", json=body)
    assert errors_of(answer) == [("InvalidField", "processedRecordIds")]


def test_an_identifier_is_used_once_whatever_its_case(psa: Any, errors_of: Any) -> None:
    psa.batch("I-40001", psa.entry_ids(1))
    assert errors_of(psa.batch("i-40001", psa.entry_ids(2))) == [("ObjectExists", "batchIdentifier")]
    assert psa.unposted() == [2, 3]


@pytest.mark.parametrize("identifier", ["O'Hara", "a|b", "x" * 51])
def test_an_identifier_with_a_quote_a_bar_or_too_many_characters_is_refused(
    psa: Any, errors_of: Any, identifier: str
) -> None:
    assert errors_of(psa.batch(identifier, psa.entry_ids(1))) == [("InvalidField", "batchIdentifier")]


def test_an_identifier_of_fifty_characters_fits(psa: Any) -> None:
    assert psa.batch("x" * 50, psa.entry_ids(1)).status_code == 201


def test_a_batch_without_an_identifier_gets_the_moment(psa: Any) -> None:
    psa.sim("POST", "/clock", {"set": "2025-04-30T17:25:25Z"})
    psa.batch(None, psa.entry_ids(1))
    psa.batch(None, psa.entry_ids(2))
    identifiers = [each["batchIdentifier"] for each in psa.get(BATCHES)]
    assert identifiers[0].startswith("202504301725")
    assert len(set(identifiers)) == 2


def test_a_batch_of_no_family_is_refused(psa: Any, errors_of: Any) -> None:
    refused = psa.batch("A", psa.entry_ids(1), exportInvoicesFlag=False)
    assert ("InvalidField", "exportInvoicesFlag") in errors_of(refused)
    products = psa.batch("A", psa.entry_ids(1), exportInvoicesFlag=False, exportProductsFlag=True)
    assert errors_of(products) == [("InvalidField", "processedRecordIds")]
