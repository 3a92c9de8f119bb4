"""What a person does in QuickBooks' own pages, and what a fault script lets happen."""

from typing import Any

import pytest


async def test_an_edited_invoice_has_another_sync_token(qbo: Any) -> None:
    made = await qbo.invoice(DocNumber="CW-7")
    edited = await qbo.event("edit_invoice", DocNumber="CW-7", set={"PrivateNote": "by hand"})
    assert (edited["PrivateNote"], edited["SyncToken"], edited["Id"]) == ("by hand", "1", made["Id"])


async def test_a_voided_and_a_deleted_document(qbo: Any) -> None:
    one, other = await qbo.invoice(), await qbo.credit()
    assert (await qbo.event("void_invoice", Id=one["Id"]))["PrivateNote"] == "Voided"
    gone = await qbo.event("delete_document", entity="CreditMemo", Id=other["Id"])
    assert gone["status"] == "Deleted"


async def test_an_emailed_document_says_so(qbo: Any) -> None:
    made = await qbo.invoice()
    await qbo.event("email_document", Id=made["Id"])
    sent = await qbo.read("Invoice", made["Id"])
    assert (sent["EmailStatus"], sent["DeliveryInfo"]["DeliveryType"], sent["SyncToken"]) == ("EmailSent", "Email", "1")


async def test_names_items_and_accounts_are_made_inactive(qbo: Any) -> None:
    await qbo.event("make_inactive", entity="Customer", DisplayName="Bolt & Co")
    assert (await qbo.refused("Invoice", {**qbo.form(), "CustomerRef": {"value": "3"}}))[0] == "610"
    await qbo.event("make_inactive", entity="Item", Name="Labour")
    assert (await qbo.refused("Invoice", qbo.form(qbo.line("5", "15"))))[0] == "610"
    account = await qbo.event("make_inactive", entity="Account", Name="Sales of Product Income")
    assert (account["Name"], account["Active"]) == ("Sales of Product Income (deleted)", False)
    item = {"Name": "New", "Type": "Service", "IncomeAccountRef": {"value": "79"}}
    assert (await qbo.refused("Item", item))[0] == "610"


async def test_a_payment_comes_in(qbo: Any) -> None:
    made = await qbo.invoice(qbo.line("100", "15"))
    await qbo.event("add_payment", Id=made["Id"], Amount=25)
    assert (await qbo.read("Invoice", made["Id"]))["Balance"] == 75
    await qbo.event("add_payment", Id=made["Id"])
    assert (await qbo.read("Invoice", made["Id"]))["Balance"] == 0
    loose = await qbo.event("add_payment", Payment={"CustomerRef": {"value": "1"}, "TotalAmt": 7})
    assert loose["UnappliedAmt"] == 7


async def test_a_company_changes_its_settings(qbo: Any) -> None:
    patched = await qbo.event(
        "patch_company",
        Preferences={"SalesFormsPrefs": {"CustomTxnNumbers": False}},
        CompanyInfo={"CompanyName": "New name"},
        sales_tax_behaviour="ignored",
    )
    assert patched["CompanyInfo"]["CompanyName"] == "New name"
    assert patched["Preferences"]["SalesFormsPrefs"] == {"CustomTxnNumbers": False, "AutoApplyCredit": False}
    assert (await qbo.invoice(DocNumber="mine"))["DocNumber"] == "1001"


async def test_an_event_may_strike_right_after_a_call(qbo: Any) -> None:
    event = {"kind": "edit_invoice", "realmId": qbo.realm_id, "DocNumber": "CW-7", "set": {"PrivateNote": "fast"}}
    await qbo.sim("faults", [{"route": "POST /invoice", "match": "CW-7", "then": {"event": event}}])
    made = await qbo.invoice(DocNumber="CW-7")
    assert (made["SyncToken"], (await qbo.read("Invoice", made["Id"]))["SyncToken"]) == ("0", "1")


@pytest.mark.parametrize(
    "event",
    [
        {"kind": "unknown"},
        {"kind": "edit_invoice", "Id": "4711"},
        {"kind": "edit_invoice"},
        {"kind": "edit_invoice", "entity": "Estimate", "Id": "1"},
        {"kind": "edit_invoice", "DocNumber": "CW-7", "set": {"DocNumber": "x" * 22}},
        {"kind": "patch_company", "sales_tax_behaviour": "sometimes"},
    ],
)
async def test_an_event_that_cannot_happen_is_said(qbo: Any, event: dict[str, Any]) -> None:
    await qbo.invoice(DocNumber="CW-7")
    answer = await qbo.http.post("/_sim/event", json={**event, "realmId": qbo.realm_id})
    assert (answer.status_code, "error" in answer.json()) == (400, True)


async def test_one_company_need_not_be_named(qbo: Any) -> None:
    assert await qbo.sim("event", {"kind": "revoke_connection"}) == {"revoked": qbo.realm_id}


async def test_an_event_names_its_company_where_there_are_several(qbo: Any, au: Any) -> None:
    answer = await qbo.http.post("/_sim/event", json={"kind": "revoke_connection"})
    assert qbo.realm_id in answer.json()["error"]
    assert au.realm_id in answer.json()["error"]
