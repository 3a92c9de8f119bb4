"""Numbers, updates, deletes and voids of invoices and credit memos."""

from collections.abc import Callable
from typing import Any

import pytest

NOTE = "CW:invoice:12345:v1"


async def test_a_number_is_kept_where_the_company_numbers_by_hand_and_null_when_left_out(qbo: Any) -> None:
    assert (await qbo.invoice(DocNumber="CW-7"))["DocNumber"] == "CW-7"
    assert "DocNumber" not in await qbo.invoice()
    assert (await qbo.invoice(DocNumber="AUTO_GENERATE"))["DocNumber"] == "1001"


async def test_quickbooks_numbers_by_itself_where_custom_numbers_are_off(open_company: Callable[..., Any]) -> None:
    qbo = open_company(Preferences={"SalesFormsPrefs": {"CustomTxnNumbers": False}})
    assert [(await qbo.invoice(DocNumber="CW-7"))["DocNumber"], (await qbo.credit())["DocNumber"]] == ["1001", "1002"]
    made = await qbo.invoice()
    changed = await qbo.post("Invoice", {**qbo.form(), "Id": made["Id"], "SyncToken": "0"})
    assert changed["DocNumber"] == made["DocNumber"] == "1003"


async def test_duplicate_numbers_are_taken_by_default(qbo: Any) -> None:
    await qbo.invoice(DocNumber="CW-7")
    assert (await qbo.invoice(DocNumber="CW-7"))["DocNumber"] == "CW-7"


async def test_duplicate_numbers_are_refused_where_the_preference_says_so(open_company: Callable[..., Any]) -> None:
    warn = {"OtherPrefs": {"NameValue": [{"Name": "WarnDuplicateInvoiceNumber", "Value": "true"}]}}
    qbo = open_company(Preferences=warn)
    made = await qbo.invoice(DocNumber="CW-7")
    code, detail = await qbo.refused("Invoice", qbo.form(DocNumber="CW-7"))
    assert code == "6140"
    assert detail.endswith(f"DocNumber=CW-7 is assigned to TxnType=Invoice with TxnId={made['Id']}")
    assert (await qbo.credit(DocNumber="CW-7"))["DocNumber"] == "CW-7"
    allowed = await qbo.post("Invoice", qbo.form(DocNumber="CW-7"), include="allowduplicatedocnum")
    assert allowed["DocNumber"] == "CW-7"
    changed = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "DocNumber": "CW-7"}
    assert (await qbo.post("Invoice", changed))["SyncToken"] == "1"


async def test_a_full_update_clears_what_it_leaves_out_and_a_sparse_one_does_not(qbo: Any) -> None:
    made = await qbo.invoice(DocNumber="A", PrivateNote=NOTE)
    sparse = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "DocNumber": "B"}
    changed = await qbo.post("Invoice", sparse)
    assert (changed["DocNumber"], changed["PrivateNote"], changed["SyncToken"]) == ("B", NOTE, "1")
    assert changed["Line"] == made["Line"]
    full = {**qbo.form(), "Id": made["Id"], "SyncToken": "1"}
    cleared = await qbo.post("Invoice", full)
    assert "DocNumber" not in cleared
    assert "PrivateNote" not in cleared
    assert cleared["MetaData"]["CreateTime"] == made["MetaData"]["CreateTime"]
    emptied = await qbo.post("Invoice", {"Id": made["Id"], "SyncToken": "2", "sparse": True, "BillAddr": None})
    assert emptied["SyncToken"] == "3"


async def test_a_sent_line_array_replaces_all_lines_and_known_ids_stay(qbo: Any) -> None:
    made = await qbo.invoice(qbo.line("1"), qbo.line("2"))
    lines = [{**qbo.line("5"), "Id": "2"}, qbo.line("7"), {**qbo.line("9"), "Id": "77"}]
    changed = await qbo.post("Invoice", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Line": lines})
    assert [each.get("Id") for each in changed["Line"]] == ["2", "3", "4", None]
    assert changed["TotalAmt"] == 21


@pytest.mark.parametrize("operation", ["update", "delete", "void"])
async def test_a_stale_sync_token_is_refused_and_an_unknown_id_not_found(qbo: Any, operation: str) -> None:
    made = await qbo.invoice()
    await qbo.post("Invoice", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"})
    query = {} if operation == "update" else {"operation": operation}
    assert (await qbo.refused("Invoice", {"Id": made["Id"], "SyncToken": "0"}, **query))[0] == "5010"
    assert (await qbo.refused("Invoice", {"Id": made["Id"]}, **query))[0] == "2020"
    assert (await qbo.refused("Invoice", {"Id": "4711", "SyncToken": "0"}, **query))[0] == "610"
    assert (await qbo.refused("Invoice", {"Id": "1.5", "SyncToken": "0"}, **query))[0] == "2030"


async def test_a_deleted_form_answers_its_id_and_is_gone(qbo: Any) -> None:
    made = await qbo.credit()
    gone = await qbo.post("CreditMemo", {"Id": made["Id"], "SyncToken": "0"}, operation="delete")
    assert gone == {"domain": "QBO", "status": "Deleted", "Id": made["Id"]}
    assert (await qbo.call("GET", f"creditmemo/{made['Id']}")).json()["Fault"]["Error"][0]["code"] == "610"
    assert (await qbo.refused("Invoice", {"SyncToken": "0"}, operation="delete"))[0] == "2020"


async def test_a_voided_form_is_worth_nothing_keeps_its_number_and_loses_its_note(qbo: Any) -> None:
    sent = qbo.form(
        qbo.line("20", Qty="2", UnitPrice="10", TaxCodeRef={"value": "TAX"}),
        DocNumber="CW-7",
        PrivateNote=NOTE,
        TxnTaxDetail={"TxnTaxCodeRef": {"value": "2"}},
    )
    made = await qbo.post("Invoice", sent)
    assert made["TotalAmt"] > 20
    gone = await qbo.post("Invoice", {"Id": made["Id"], "SyncToken": "0"}, operation="void")
    assert (gone["TotalAmt"], gone["Balance"], gone["TxnTaxDetail"]) == (0, 0, {"TotalTax": 0})
    assert [each["Amount"] for each in gone["Line"]] == [0, 0]
    assert (gone["DocNumber"], gone["PrivateNote"], gone["SyncToken"]) == ("CW-7", "Voided", "1")
    assert "status" not in gone


async def test_a_closed_period_takes_nothing(qbo: Any) -> None:
    made = await qbo.invoice(TxnDate="2026-10-31")
    await qbo.event("set_book_close_date", date="2026-10-31")
    ids = {"Id": made["Id"], "SyncToken": "0"}
    assert (await qbo.refused("Invoice", qbo.form(TxnDate="2026-10-31")))[0] == "6200"
    assert (await qbo.refused("Invoice", {**ids, "sparse": True, "TxnDate": "2026-11-01"}))[0] == "6200"
    assert (await qbo.refused("Invoice", ids, operation="delete"))[0] == "6200"
    assert (await qbo.refused("Invoice", ids, operation="void"))[0] == "6200"
    assert (await qbo.invoice(TxnDate="2026-11-01"))["TxnDate"] == "2026-11-01"
    await qbo.event("set_book_close_date", date=None)
    assert (await qbo.invoice(TxnDate="2026-10-31"))["TxnDate"] == "2026-10-31"


async def test_a_credit_memo_mirrors_an_invoice_and_has_a_remaining_credit(qbo: Any) -> None:
    made = await qbo.credit(qbo.line("61.17"))
    assert (made["TotalAmt"], made["RemainingCredit"], made["Balance"]) == (made["TotalAmt"],) * 3
    assert "DueDate" not in made
    void = await qbo.post("CreditMemo", {"Id": made["Id"], "SyncToken": "0"}, operation="void")
    assert (void["RemainingCredit"], void["TotalAmt"]) == (0, 0)


async def test_custom_fields_are_those_the_preferences_define(open_company: Callable[..., Any]) -> None:
    name = {"Name": "SalesFormsPrefs.SalesCustomName1", "Type": "StringType", "StringValue": "Crew #"}
    qbo = open_company(
        Preferences={"SalesFormsPrefs": {"CustomTxnNumbers": True, "CustomField": [{"CustomField": [name]}]}}
    )
    sent = [{"DefinitionId": "1", "StringValue": "7"}, {"DefinitionId": "2", "StringValue": "lost"}]
    made = await qbo.invoice(CustomField=sent)
    assert made["CustomField"] == [{"DefinitionId": "1", "Name": "Crew #", "Type": "StringType", "StringValue": "7"}]
    assert "StringValue" not in (await qbo.invoice())["CustomField"][0]
