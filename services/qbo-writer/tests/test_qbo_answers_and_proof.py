"""What comes back: each element by what was sent under its key, and whether a document is ours."""

from typing import Any

import httpx
import pytest
from qbo_writer_kit.values import BOOKS, CONTACT_ID, POSTING_ID, US_KEYS, contact, document, draft

from tieout_posting.compare import differences
from tieout_posting.ledger import Element, NeededItem
from tieout_providers.call import Answer, Call
from tieout_providers.errors import OutcomeUnknown, Unreadable
from tieout_providers.json_exact import dumps
from tieout_providers.qbo import Qbo, reads
from tieout_providers.testing import PretendedNetwork
from tieout_qbo_writer.qbo.batches import sent_by_bid
from tieout_qbo_writer.qbo.ledger import QboBooks
from tieout_qbo_writer.qbo.look_ups import look_up
from tieout_qbo_writer.qbo.seen import QboDocument, seen_document

KEY = "0b5eb1f2-5f1c-4f0e-8a3f-1c3f5c1a2b3c"
NOTE = f"Posted from ConnectWise 20418 by Tieout. [tieout {POSTING_ID}]"


def shown(**changes: Any) -> dict[str, Any]:
    """The plan's document as QuickBooks shows it right after its creation."""
    lines = [
        _line("80.49", "Managed workstation", Qty=4, UnitPrice="20.1234"),
        _line("20.00", "Onsite visit", Qty=1, UnitPrice="20.00"),
        {"Amount": "100.49", "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}},
    ]
    return {
        "Id": "71",
        "SyncToken": "0",
        "DocNumber": "20418",
        "TxnDate": "2026-10-31",
        "DueDate": "2026-11-14",
        "CustomerRef": {"value": CONTACT_ID},
        "CurrencyRef": {"value": "USD"},
        "PrivateNote": NOTE,
        "Line": lines,
        "TxnTaxDetail": {"TotalTax": "8.04"},
        "TotalAmt": "108.53",
        "Balance": "108.53",
        "EmailStatus": "NotSet",
        **changes,
    }


def _line(amount: str, text: str, **detail: Any) -> dict[str, Any]:
    sales = {"ItemRef": {"value": "11"}, "TaxCodeRef": {"value": "TAX"}, **detail}
    return {"Amount": amount, "Description": text, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": sales}


def seen(**changes: Any) -> QboDocument:
    return seen_document(reads.Document.model_validate(shown(**changes)))


def batch(call: Call, *said: dict[str, Any] | None) -> Answer:
    """Answers in the order of the members, given back to front."""
    told = [{"bId": bid, **each} for bid, each in zip(sent_by_bid(call), said, strict=True) if each is not None]
    return Answer(200, {}, dumps({"BatchItemResponse": told[::-1]}))


def fault(code: str, detail: str = "why") -> dict[str, Any]:
    return {"Fault": {"Error": [{"Message": "No", "Detail": detail, "code": code}], "type": "ValidationFault"}}


# -- phases


def test_what_was_just_created_is_final_and_ties_out() -> None:
    found = seen()
    assert (found.phase, found.status, found.mark) == ("final", "Open", POSTING_ID)
    assert differences(document(), found) == ()
    assert len(found.lines) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"SyncToken": "1"},
        {"LinkedTxn": [{"TxnId": "9", "TxnType": "Payment"}]},
        {"EmailStatus": "EmailSent"},
        {"DeliveryInfo": {"DeliveryType": "Email", "DeliveryTime": "2026-11-01T10:00:00-08:00"}},
    ],
)
def test_what_somebody_changed_linked_or_sent_is_not_ours_to_take_back(changes: dict[str, Any]) -> None:
    assert seen(**changes).phase == "approved"


def test_a_voided_document_is_gone_and_one_of_nothing_is_not() -> None:
    nothing = [_line("0", "Managed workstation")]
    voided = seen(SyncToken="1", TotalAmt=0, Line=nothing, PrivateNote="Voided", TxnTaxDetail={"TotalTax": 0})
    assert (voided.phase, voided.status) == ("gone", "Voided")
    assert seen(TotalAmt=0, Line=nothing, TxnTaxDetail=None).phase == "final"
    assert seen(Balance=0).status == "Paid"


def test_a_document_without_its_total_cannot_be_read() -> None:
    with pytest.raises(Unreadable):
        seen(TotalAmt=None)


# -- proof


def test_a_marked_document_that_nobody_changed_is_ours_whatever_quickbooks_made_of_it(qbo: QboBooks) -> None:
    changed = seen(Line=[_line("80.50", "Managed workstation")])
    assert qbo.bears_mark(draft(), changed)
    assert qbo.is_echo(draft(), changed)
    assert not qbo.bears_mark(draft(mark="another"), changed)
    assert not qbo.is_echo(draft(mark="another"), changed)


def test_a_changed_one_is_ours_only_if_it_still_holds_what_was_sent(qbo: QboBooks) -> None:
    assert qbo.is_echo(draft(), seen(SyncToken="1", PrivateNote=None))
    for changes in (
        {"DocNumber": "20419"},
        {"CustomerRef": {"value": "2"}},
        {"TxnDate": "2026-11-01"},
        {"DueDate": "2026-11-15"},
        {"Line": [_line("80.49", "Managed workstation", Qty=4, UnitPrice="20.1234")]},
        {"Line": [_line("80.49", "Managed", Qty=4, UnitPrice="20.1234"), _line("20.00", "Onsite visit", Qty=1)]},
    ):
        assert not qbo.is_echo(draft(), seen(SyncToken="1", PrivateNote=None, **changes))


# -- answers


def test_elements_are_matched_by_key_and_named_by_what_was_sent(qbo: QboBooks) -> None:
    drafts = [draft(document(number)) for number in ("20418", "20419", "20420", "20421")]
    call = qbo.create(BOOKS, "sales_invoice", drafts, US_KEYS, KEY)
    answer = batch(call, {"Invoice": shown()}, fault("6140", "assigned to TxnId=9"), fault("2500"), fault("3001"))
    found = {each.key: each for each in qbo.documents_in("sales_invoice", call, answer)}
    assert set(found) == {"20418", "20419", "20420"}  # a throttled one says nothing: it is looked up
    made = found["20418"]
    assert (made.accepted, made.ledger_id) == (True, "71")
    assert made.seen is not None
    assert made.seen.phase == "final"
    assert (found["20419"].fault, found["20420"].fault) == ("duplicate", "other")
    assert found["20420"].messages == ("No: why (2500)",)


def test_an_element_that_cannot_be_read_whole_is_accepted_without_its_document(qbo: QboBooks) -> None:
    call = qbo.create(BOOKS, "sales_invoice", [draft()], US_KEYS, KEY)
    (element,) = qbo.documents_in("sales_invoice", call, batch(call, {"Invoice": {"Id": "71"}}))
    assert element == Element(accepted=True, key="20418", ledger_id="71")


def test_a_deletion_is_answered_by_id_and_what_was_changed_is_looked_up_behaviour_6(qbo: QboBooks) -> None:
    call = qbo.discard(BOOKS, "sales_invoice", ["71", "72", "73", "74"], KEY)
    gone = {"Invoice": {"Id": "71", "status": "Deleted", "domain": "QBO"}}
    found = {
        each.ledger_id: each
        for each in qbo.documents_in(
            "sales_invoice", call, batch(call, gone, fault("5010"), fault("610"), fault("6210"))
        )
    }
    assert found["71"].accepted
    assert [found[each].fault for each in ("72", "73", "74")] == ["status", "status", "other"]


def test_customers_are_keyed_by_our_number_and_items_by_name_text_17(qbo: QboBooks) -> None:
    people = [contact(), contact(contact_number="CW-220", name="Norton"), contact(contact_number="CW-221", name="Ann")]
    call = qbo.create_contacts_with_keys(BOOKS, people, US_KEYS, KEY)
    answer = batch(call, {"Customer": {"Id": "5", "DisplayName": "x"}}, fault("6240"), fault("5010"))
    assert {(each.key, each.ledger_id, each.fault) for each in qbo.contacts_in(call, answer)} == {
        ("CW-219", "5", None),
        ("CW-220", None, "name_taken"),
        ("CW-221", None, "status"),
    }
    item = NeededItem(code="WS", name="WS", account_code="4000")
    made = qbo.create_items_with_accounts(BOOKS, [item], US_KEYS, KEY)
    (element,) = qbo.items_in(made, batch(made, {"Item": {"Id": "9", "Name": "WS"}}))
    assert (element.key, element.ledger_id) == ("WS", "9")


def test_an_answer_without_elements_is_unknown_I6(qbo: QboBooks) -> None:
    call = qbo.create(BOOKS, "sales_invoice", [draft()], US_KEYS, KEY)
    with pytest.raises(OutcomeUnknown):
        qbo.documents_in("sales_invoice", call, Answer(200, {}, b"{}"))


# -- look-ups


async def test_a_look_up_asks_by_number_and_id_and_one_odd_row_spoils_it(network: PretendedNetwork) -> None:
    ledger = Qbo(http=network.http).ledger(BOOKS.organisation_id, "token")

    def answer(*rows: dict[str, Any]) -> httpx.Response:
        return httpx.Response(200, content=dumps({"QueryResponse": {"Invoice": list(rows)}}))

    voided = shown(Id="70", SyncToken="1", TotalAmt=0, Line=[], PrivateNote="Voided", TxnTaxDetail=None)
    network.answer_in_turn(answer(voided, shown()), answer(shown()))
    found = await look_up(ledger, "sales_invoice", ["20418"], ["71"])
    assert [(each.document_id, each.phase) for each in found] == [("71", "final"), ("70", "gone")]
    network.answer_in_turn(answer(shown(), {"Id": "72", "TotalAmt": "lots"}))
    with pytest.raises(Unreadable):
        await look_up(ledger, "sales_invoice", ["20418"], [])
    network.answer_in_turn(httpx.Response(200, json={"QueryResponse": {}}))
    assert await look_up(ledger, "sales_credit", ["20418"], []) == []
    assert "CreditMemo" in str(network.last.url)
    asked = len(network.requests)
    assert await look_up(ledger, "sales_invoice", ["x" * 22, "a\nb"], []) == []
    assert len(network.requests) == asked
