"""Calls as values: the bytes, the address and the request id are fixed before a socket is used."""

from datetime import date
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest

from tieout_providers.call import Call
from tieout_providers.errors import Unsendable
from tieout_providers.json_exact import dumps, loads
from tieout_providers.qbo import QboCalls, request_id_of
from tieout_providers.qbo.batch import Change, create, delete, update, void
from tieout_providers.qbo.bodies import (
    CreditMemoBody,
    CustomerBody,
    CustomerChange,
    DocumentChange,
    InvoiceBody,
    ItemBody,
    ItemChange,
    Ref,
    SalesItemDetail,
    SalesLine,
)
from tieout_providers.qbo.calls import changes_in
from tieout_providers.qbo.queries import equals

REALM = "123146090856284"
CALLS = QboCalls(REALM)
REQUEST_ID = "0b5eb1f2-5f1c-4f0e-8a3f-1c3f5c1a2b3c"
LINES = (SalesLine(amount=Decimal("100.00"), sales_item_line_detail=SalesItemDetail(item_ref=Ref(value="1"))),)
INVOICE = InvoiceBody(txn_date=date(2026, 1, 31), customer_ref=Ref(value="1"), line=LINES)
CREDIT = CreditMemoBody(txn_date=date(2026, 1, 31), customer_ref=Ref(value="1"), line=LINES)


def asked(call: Call) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(call.target).query).items()}


def test_a_batch_holds_each_change_under_its_own_key() -> None:
    changes = {
        "1": create(INVOICE),
        "2": create(CREDIT),
        "3": update("Invoice", DocumentChange(id="9", sync_token="0", private_note="x")),
        "4": delete("CreditMemo", "7", "2"),
        "5": void("Invoice", "8", "1"),
        "c1": create(CustomerBody(display_name="Acme")),
        "c2": update("Customer", CustomerChange(id="5", sync_token="1", active=False)),
        "i1": create(ItemBody(name="Support", income_account_ref=Ref(value="79"))),
        "i2": update("Item", ItemChange(id="6", sync_token="0", sku="A")),
    }
    call = CALLS.batch(changes, request_id=REQUEST_ID)
    assert (call.method, call.changes, call.idempotency_key) == ("POST", True, None)
    assert urlsplit(call.target).path == f"/v3/company/{REALM}/batch"
    assert asked(call) == {"minorversion": "75", "requestid": REQUEST_ID}
    assert request_id_of(call) == REQUEST_ID
    members = loads(call.body)["BatchItemRequest"]
    assert [(each["bId"], each["operation"]) for each in members] == [
        ("1", "create"),
        ("2", "create"),
        ("3", "update"),
        ("4", "delete"),
        ("5", "update"),
        ("c1", "create"),
        ("c2", "update"),
        ("i1", "create"),
        ("i2", "update"),
    ]
    assert members[0]["Invoice"]["Line"][0]["Amount"] == Decimal("100.00")
    assert members[3]["CreditMemo"] == {"Id": "7", "SyncToken": "2"}
    assert members[4]["optionsData"] == "void"
    assert changes_in(call) == members


def test_a_stored_call_is_the_same_call() -> None:
    call = CALLS.batch({"1": create(INVOICE)}, request_id=REQUEST_ID)
    assert Call.from_row(call.as_row(), call.body) == call


@pytest.mark.parametrize(
    ("change", "path", "operation"),
    [
        (create(INVOICE), "/invoice", None),
        (create(CREDIT), "/creditmemo", None),
        (delete("Invoice", "266", "0"), "/invoice", "delete"),
        (void("Invoice", "264", "0"), "/invoice", "void"),
        (update("Customer", CustomerChange(id="5", sync_token="1")), "/customer", None),
    ],
)
def test_a_single_change_has_a_call_of_its_own(change: Change, path: str, operation: str | None) -> None:
    call = CALLS.change(change, request_id="x" * 50)
    assert urlsplit(call.target).path == f"/v3/company/{REALM}{path}"
    assert asked(call).get("operation") == operation
    assert call.body == dumps(change.body)


@pytest.mark.parametrize("request_id", ["", "x" * 37, "a b", "a&b=c", "ü"])
def test_a_request_id_that_would_be_refused_is_refused(request_id: str) -> None:
    with pytest.raises(Unsendable) as refused:
        CALLS.batch({"1": create(INVOICE)}, request_id=request_id)
    assert refused.value.code == "qbo.identifier_bad"


def test_a_batch_has_one_to_thirty_changes() -> None:
    thirty = {str(number): create(INVOICE) for number in range(30)}
    assert len(changes_in(CALLS.batch(thirty, request_id=REQUEST_ID))) == 30
    for changes in ({}, thirty | {"30": create(INVOICE)}):
        with pytest.raises(Unsendable) as refused:
            CALLS.batch(changes, request_id=REQUEST_ID)
        assert refused.value.code == "qbo.too_many_elements"


@pytest.mark.parametrize("bid", ["", "x" * 11, "a-b", "ü"])
def test_a_key_that_would_be_refused_with_a_request_id_is_refused(bid: str) -> None:
    with pytest.raises(Unsendable):
        CALLS.batch({bid: create(INVOICE)}, request_id=REQUEST_ID)


def test_two_keys_may_not_differ_by_case_only() -> None:
    with pytest.raises(Unsendable) as refused:
        CALLS.batch({"a": create(INVOICE), "A": create(INVOICE)}, request_id=REQUEST_ID)
    assert refused.value.code == "qbo.key_repeated"


def test_a_body_that_is_too_large_is_refused_here() -> None:
    note = InvoiceBody(
        txn_date=date(2026, 1, 31), customer_ref=Ref(value="1"), line=LINES * 700, private_note="x" * 4000
    )
    with pytest.raises(Unsendable) as refused:
        CALLS.batch({str(number): create(note) for number in range(30)}, request_id=REQUEST_ID)
    assert refused.value.code == "qbo.request_too_large"


def test_a_change_of_the_wrong_entity_or_of_no_version_is_refused() -> None:
    with pytest.raises(Unsendable):
        update("Item", DocumentChange(id="9", sync_token="0"))
    for record_id, token in (("", "0"), ("1", ""), ("1/2", "0"), ("1", "0&x")):
        with pytest.raises(Unsendable):
            delete("Invoice", record_id, token)


@pytest.mark.parametrize("realm", ["", "12/34", "abc", "1" * 31, "\uff11"])
def test_a_realm_is_a_number_so_that_no_call_goes_to_another_path(realm: str) -> None:
    with pytest.raises(Unsendable):
        QboCalls(realm)


def test_a_question_is_encoded_whole() -> None:
    call = CALLS.query("Customer", equals("DisplayName", "A&B's #1 é"))
    assert not call.changes
    assert asked(call)["query"] == (
        r"select * from Customer where DisplayName = 'A&B\'s #1 é' startposition 1 maxresults 1000"
    )
    assert urlsplit(CALLS.company_info().target).path == f"/v3/company/{REALM}/companyinfo/{REALM}"
    assert CALLS.preferences().target == f"/v3/company/{REALM}/preferences?minorversion=75"
