"""Scripting the simulator: data files, events, faults."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from tieout_simulators.frame import exact_json
from tieout_simulators.xero.apps import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET
from tieout_simulators.xero.cli import build_gateway

D = Decimal


def document(**fields: Any) -> dict[str, Any]:
    line = {"Description": "a", "Quantity": 3, "UnitAmount": D("0.3333"), "AccountCode": "200", "TaxType": "OUT"}
    return {"Type": "ACCREC", "Contact": {"ContactID": "c1"}, "DueDate": "2026-02-28", "LineItems": [line], **fields}


def state(**organisation: Any) -> dict[str, Any]:
    component = {"Name": "Tax", "Rate": 10}
    plain = {
        "tenantId": "T1",
        "TaxRates": [{"Name": "Tax", "TaxType": "OUT", "TaxComponents": [component]}],
        "Accounts": [{"Code": "200", "Name": "Sales", "Type": "REVENUE", "TaxType": "OUT"}],
        "Contacts": [{"ContactID": "c1", "Name": "C", "UpdatedDateUTC": "/Date(1541176290160+0000)/"}],
    }
    return {"format": "tieout-xero/1", "organisations": [{**plain, **organisation}]}


def test_loaded_documents_are_added_up_by_the_simulator() -> None:
    simulator = build_gateway().simulator
    paid = document(
        InvoiceID="I1", InvoiceNumber="INV-1", Status="PAID", Total=999, UpdatedDateUTC="/Date(1541176290160+0000)/"
    )
    note = document(Type="ACCRECCREDIT", CreditNoteNumber="CN-1", Status="AUTHORISED", AmountCredited=D("0.50"))
    counts = simulator.load(
        state(Invoices=[paid, document(InvoiceNumber="INV-2", Status="VOIDED")], CreditNotes=[note])
    )
    assert counts == {"organisations": 1, "apps": 1}
    (organisation,) = simulator.dump()["organisations"]
    first, second = organisation["Invoices"]
    assert (first["InvoiceID"], first["Total"], first["AmountDue"], first["AmountPaid"]) == (
        "i1",
        D("1.10"),
        0,
        D("1.10"),
    )
    assert first["UpdatedDateUTC"] == "/Date(1541176290160+0000)/"
    assert second["Status"] == "VOIDED"
    assert organisation["CreditNotes"][0]["RemainingCredit"] == D("0.60")


def test_what_was_dumped_can_be_loaded_again() -> None:
    first, second = build_gateway().simulator, build_gateway().simulator
    items = [{"Code": "A", "Name": "Adaptor", "SalesDetails": {"UnitPrice": D("1.2345")}}]
    first.load(state(Invoices=[document(InvoiceNumber="INV-1", Status="AUTHORISED")], Items=items))
    dumped = first.dump()["organisations"]
    second.load({"format": "tieout-xero/1", "organisations": exact_json.loads(exact_json.dumps(dumped))})
    again = second.dump()["organisations"]
    for collection in ("Contacts", "Items", "Accounts", "TaxRates", "Organisation", "Invoices"):
        for shapes in (dumped, again):
            for invoice in shapes[0]["Invoices"]:
                invoice["LineItems"][0].pop("LineItemID", None)
        assert again[0][collection] == dumped[0][collection]


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"Invoices": [document(Status="OPEN")]}, "Invoices[0]: ValueError: unknown status 'OPEN'"),
        ({"Invoices": [document(Contact={"ContactID": "c2"})]}, "Invoices[0]: ValueError: An existing Contact"),
        ({"Contacts": [{"Name": "<"}]}, "Contacts[0]: ValueError: contact '<': The contact name cannot contain"),
        ({"Items": [{"Code": ""}]}, "Items[0]: ValueError: item '': Item code must be specified."),
        ({"Accounts": [{"Code": "1", "Type": "SHED"}]}, "Accounts[0]: KeyError: 'SHED'"),
        ({"Colours": []}, "not known: ['Colours']"),
        ({"tenantId": ""}, "an organisation has tenantId"),
    ],
)
def test_a_wrong_record_is_named_by_its_place(wrong: dict[str, Any], place: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        build_gateway().simulator.load(state(**wrong))
    assert place in str(caught.value)


def test_a_file_of_another_format_is_refused() -> None:
    with pytest.raises(ValueError, match="tieout-xero/1"):
        build_gateway().simulator.load({"format": "other"})


def test_a_second_file_adds_to_the_first_and_keeps_what_the_app_used() -> None:
    gateway = build_gateway(limit_overrides={"minute_limit": 7})
    simulator = gateway.simulator
    simulator.load(state(Contacts=[{"ContactID": "c1", "Name": "C"}]))
    simulator.load({"format": "tieout-xero/1", "organisations": [{"tenantId": "t1", "Contacts": [{"Name": "D"}]}]})
    (organisation,) = simulator.dump()["organisations"]
    assert [contact["Name"] for contact in organisation["Contacts"]] == ["C", "D"]


@pytest.mark.http
def test_a_person_edits_voids_and_deletes(xero: Any) -> None:
    draft, approved = xero.put(xero.invoice("INV-1"), xero.invoice("INV-2", Status="AUTHORISED"))
    xero.write("PUT", "CreditNotes", xero.credit_note("CN-1"))
    edited = xero.event("edit_invoice", InvoiceNumber="INV-1", set={"Reference": "hers", "LineItems": [xero.line("9")]})
    assert (edited["Reference"], edited["SubTotal"]) == ("hers", 9)
    assert xero.event("void_invoice", InvoiceID=draft["InvoiceID"])["Status"] == "DELETED"
    assert xero.event("void_invoice", InvoiceID=approved["InvoiceID"])["Status"] == "VOIDED"
    assert xero.event("edit_invoice", CreditNoteNumber="CN-1", set={"Status": "AUTHORISED"})["Status"] == "AUTHORISED"


@pytest.mark.http
def test_money_comes_in_for_an_approved_document(xero: Any) -> None:
    xero.put(xero.invoice("INV-1", Status="AUTHORISED"))
    part = xero.event("add_payment", InvoiceNumber="INV-1", Amount=1)
    assert (part["Status"], part["AmountPaid"]) == ("AUTHORISED", 1)
    assert xero.event("add_payment", InvoiceNumber="INV-1")["Status"] == "PAID"


@pytest.mark.http
def test_a_person_changes_the_organisation(xero: Any) -> None:
    assert xero.event("patch_organisation", set={"Name": "New name"})["Name"] == "New name"
    assert xero.event("archive_contact", ContactNumber="CW-19")["ContactStatus"] == "ARCHIVED"
    xero.event("disconnect")
    assert xero.call("GET", "Organisation").status_code == 403


@pytest.mark.http
@pytest.mark.parametrize(
    "event",
    [
        {"kind": "explode"},
        {"kind": "archive_account", "code": "999"},
        {"kind": "archive_contact", "Name": "nobody"},
        {"kind": "void_invoice", "InvoiceNumber": "none"},
        {"kind": "set_lock_date", "period": "soon"},
        {"kind": "archive_account", "code": "200", "tenantId": "unknown"},
    ],
)
def test_an_event_that_cannot_happen_is_refused(xero: Any, event: dict[str, Any]) -> None:
    answer = xero.http.post("/_sim/event", json={"tenantId": xero.tenant_id, **event})
    assert answer.status_code == 400
    assert "error" in answer.json()


@pytest.mark.http
def test_a_document_with_payments_cannot_be_voided(xero: Any) -> None:
    loaded = {**xero.invoice("INV-1", Status="AUTHORISED"), "AmountPaid": 5}
    organisations = [{"tenantId": xero.tenant_id, "Invoices": [loaded]}]
    xero.sim("load", {"format": "tieout-xero/1", "organisations": organisations})
    (refused,) = xero.post({"InvoiceID": xero.get("Invoices/INV-1")[0]["InvoiceID"], "Status": "VOIDED"})
    assert refused["ValidationErrors"][0]["Message"].startswith("The status VOIDED cannot be applied to the invoice")


@pytest.mark.http
def test_a_gateway_fault_may_be_html_and_leave_the_work_done(xero: Any) -> None:
    html = {"status": 502, "body": "<html>Bad gateway</html>", "after_handling": True}
    xero.sim("faults", [{"route": "PUT /Invoices", "match": "INV-1", "then": html}])
    answer = xero.call("PUT", "Invoices", {"Invoices": [xero.invoice("INV-1")]})
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html; charset=utf-8")
    assert len(xero.get("Invoices")) == 1


@pytest.mark.http
def test_an_invoice_changed_right_after_its_draft_is_hers(xero: Any) -> None:
    edit = {"kind": "edit_invoice", "tenantId": xero.tenant_id, "InvoiceNumber": "INV-1", "set": {"Reference": "hers"}}
    xero.sim("faults", [{"route": "PUT /Invoices", "match": "INV-1", "then": {"event": edit}}])
    (made,) = xero.put(xero.invoice("INV-1"))
    assert made["Reference"] == ""
    assert xero.get("Invoices/INV-1")[0]["Reference"] == "hers"


@pytest.mark.http
def test_tokens_expire_on_cue(xero: Any) -> None:
    xero.sim("faults", [{"route": "PUT /Invoices", "match": "INV-1", "then": {"expire_tokens": True}}])
    assert xero.call("PUT", "Invoices", {"Invoices": [xero.invoice("INV-1")]}).status_code == 401
    xero.log_in()
    assert xero.put(xero.invoice("INV-1"))[0]["StatusAttributeString"] == "OK"


@pytest.mark.http
def test_a_simulator_without_an_app_of_its_own_has_the_default_one() -> None:
    from tieout_simulators.frame.server import serving_in_thread

    gateway = build_gateway()
    gateway.simulator.load(state())
    with serving_in_thread(gateway) as url:
        form = {"grant_type": "client_credentials"}
        answer = httpx.post(f"{url}/connect/token", data=form, auth=(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET))
    assert answer.status_code == 200
