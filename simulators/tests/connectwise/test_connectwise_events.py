"""What people and ConnectWise itself do while an integration is at work."""

from typing import Any

import pytest

from tieout_simulators.frame import exact_json

pytestmark = pytest.mark.http


def _refused(psa: Any, **event: Any) -> str:
    answer = psa.http.post("/_sim/event", content=exact_json.dumps(event))
    assert answer.status_code == 400, answer.text
    error: str = answer.json()["error"]
    return error


def test_gl_entries_issued_anew_have_other_ids_and_the_old_ones_are_gone(psa: Any, book: Any, errors_of: Any) -> None:
    old_ids = psa.entry_ids(1)
    (old_row,) = psa.get("/finance/accounting/unpostedinvoices", conditions="billingLogId=1")
    happened = psa.event(kind="replace_gl_transaction", transaction=book.reissued(1))
    assert set(psa.entry_ids(1)) == set(happened["gl_entry_ids"])
    assert set(old_ids).isdisjoint(happened["gl_entry_ids"])
    assert errors_of(psa.batch("A", old_ids)) == [("InvalidField", "processedRecordIds")]
    (row,) = psa.get("/finance/accounting/unpostedinvoices", conditions="billingLogId=1")
    assert row["id"] != old_row["id"]
    assert psa.batch("A", psa.entry_ids(1)).status_code == 201


def test_gl_entries_issued_anew_with_the_same_ids_stay_valid(psa: Any, book: Any) -> None:
    transaction = book.file["gl_transactions"][0]
    psa.event(kind="replace_gl_transaction", transaction={**transaction, "memo": "changed"})
    assert psa.export(1)["transactions"][0]["memo"] == "changed"
    assert psa.batch("A", psa.entry_ids(1)).status_code == 201


def test_a_transaction_can_change_right_after_a_call(psa: Any, book: Any) -> None:
    event = {"kind": "replace_gl_transaction", "transaction": book.reissued(1)}
    psa.sim("POST", "/faults", [{"route": "POST /finance/accounting/export", "then": {"event": event}}])
    first, second = psa.entry_ids(1), psa.entry_ids(1)
    assert set(first).isdisjoint(second)


def test_a_reissue_that_cannot_be_is_refused(psa: Any, book: Any) -> None:
    wrong_sum = book.reissued(1, ["99.00"])
    assert "its lines sum to" in _refused(psa, kind="replace_gl_transaction", transaction=wrong_sum)
    assert "no such field" in _refused(psa, kind="replace_gl_transaction", transaction={"id": 1, "x": 1})
    assert "there is no invoice" in _refused(psa, kind="replace_gl_transaction", transaction={"id": 99})
    foreign = {**book.reissued(1), "glEntryIds": book.file["gl_transactions"][1]["glEntryIds"]}
    assert "belong to another invoice" in _refused(psa, kind="replace_gl_transaction", transaction=foreign)
    psa.batch("A", psa.entry_ids(1))
    assert "are in a batch" in _refused(psa, kind="replace_gl_transaction", transaction=book.reissued(1))


def test_a_person_batches_by_hand_and_deletes_the_batch_again(psa: Any) -> None:
    psa.event(kind="batch_by_hand", invoice_ids=[1, 3], batchIdentifier="by hand")
    assert psa.unposted() == [2]
    assert psa.get("/finance/invoices/3")["glBatch"]["name"] == "by hand"
    psa.event(kind="delete_batch", batchIdentifier="by hand")
    assert psa.unposted() == [1, 2, 3]


def test_batching_by_hand_takes_what_is_left_of_a_record(psa: Any) -> None:
    psa.batch("A", psa.entry_ids(1)[:2])
    psa.event(kind="batch_by_hand", invoice_ids=[1], batchIdentifier="by hand")
    assert psa.unposted() == [2, 3]


def test_batching_by_hand_obeys_the_rules_of_batches(psa: Any) -> None:
    assert "must not contain" in _refused(psa, kind="batch_by_hand", invoice_ids=[1], batchIdentifier="a|b")
    assert "required" in _refused(psa, kind="batch_by_hand", invoice_ids=[1])
    assert "not closed" in _refused(psa, kind="batch_by_hand", invoice_ids=[4], batchIdentifier="a")
    assert "nothing is left" in _refused(psa, kind="batch_by_hand", invoice_ids=[], batchIdentifier="a")
    assert "there is no batch 'a'" in _refused(psa, kind="delete_batch", batchIdentifier="a")


def test_a_record_can_be_changed_and_fields_removed(psa: Any) -> None:
    changed = psa.event(
        kind="patch_entity", path="/company/companies", id=19, set={"name": "Oak Hill Dentists", "accountNumber": None}
    )
    company = psa.get("/company/companies/19")
    assert company == changed["fields"]
    assert (company["name"], "accountNumber" in company) == ("Oak Hill Dentists", False)
    psa.event(kind="patch_entity", path="/company/companies/19/sites", id=101, set={"city": "York"})
    assert psa.get("/company/companies/19/sites/101")["city"] == "York"


def test_a_change_moves_last_updated(psa: Any) -> None:
    psa.sim("POST", "/clock", {"advance_s": 7200})
    now = psa.sim("GET", "/clock")["now"][:19]
    psa.event(kind="patch_entity", path="/finance/invoices", id=2, set={"reference": "PO 7"})
    assert psa.ids("/finance/invoices", conditions=f"lastUpdated >= [{now}Z]") == [2]


def test_a_change_that_cannot_be_is_refused(psa: Any) -> None:
    patch = {"kind": "patch_entity", "path": "/finance/invoices", "id": 1}
    assert "no such field" in _refused(psa, **patch, set={"nosuch": 1})
    assert "keeps its id" in _refused(psa, **patch, set={"id": 5})
    assert "there is no Invoice 99" in _refused(psa, **{**patch, "id": 99}, set={})
    assert "no records at '/nothing'" in _refused(psa, **{**patch, "path": "/nothing"}, set={})
    assert "there is no event 'nothing'" in _refused(psa, kind="nothing")
