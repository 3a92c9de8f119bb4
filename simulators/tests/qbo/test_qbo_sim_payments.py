"""Payments, open balances and AutoApplyCredit."""

from collections.abc import Callable
from typing import Any

import pytest

AUTO = {"SalesFormsPrefs": {"CustomTxnNumbers": True, "AutoApplyCredit": True}}


def pays(total: Any, *forms: tuple[str, str, Any], **fields: Any) -> dict[str, Any]:
    lines = [{"Amount": amount, "LinkedTxn": [{"TxnId": form_id, "TxnType": kind}]} for kind, form_id, amount in forms]
    return {"CustomerRef": {"value": "1"}, "TotalAmt": total, "TxnDate": "2026-11-02", "Line": lines, **fields}


async def test_a_payment_lowers_the_balance_and_raises_the_invoices_sync_token(qbo: Any) -> None:
    made = await qbo.invoice(qbo.line("100", "15"))
    payment = await qbo.post("Payment", pays(40, ("Invoice", made["Id"], 40), PaymentRefNum="CHK-1"))
    assert (payment["TotalAmt"], payment["UnappliedAmt"], payment["PaymentRefNum"]) == (40, 0, "CHK-1")
    assert payment["DepositToAccountRef"] == {"value": "4", "name": "Undeposited Funds"}
    paid = await qbo.read("Invoice", made["Id"])
    assert (paid["Balance"], paid["TotalAmt"], paid["SyncToken"]) == (60, 100, "1")
    assert paid["LinkedTxn"] == [{"TxnId": payment["Id"], "TxnType": "Payment"}]
    stale = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"}
    assert (await qbo.refused("Invoice", stale))[0] == "5010"
    changed = await qbo.post("Invoice", {**stale, "SyncToken": "1"})
    assert (changed["Balance"], changed["LinkedTxn"]) == (60, paid["LinkedTxn"])
    assert (await qbo.read("Customer", "1"))["Balance"] == 60
    assert await qbo.read("Payment", payment["Id"]) == payment


async def test_an_overpayment_is_taken_and_the_rest_stays_unapplied(qbo: Any) -> None:
    made = await qbo.invoice(qbo.line("100", "15"))
    payment = await qbo.post("Payment", pays(150, ("Invoice", made["Id"], 150)))
    assert (payment["UnappliedAmt"], payment["Line"][0]["Amount"]) == (50, 100)
    assert (await qbo.read("Customer", "1"))["Balance"] == -50
    late = await qbo.post("Payment", pays(5, ("Invoice", made["Id"], 5)))
    assert (late["UnappliedAmt"], late["Line"]) == (5, [])


async def test_a_payment_of_nothing_moves_a_credit_onto_an_invoice(qbo: Any) -> None:
    made, credit = await qbo.invoice(qbo.line("100", "15")), await qbo.credit(qbo.line("30", "15"))
    both = (("Invoice", made["Id"], 30), ("CreditMemo", credit["Id"], 30))
    payment = await qbo.post("Payment", pays(0, *both))
    assert (payment["TotalAmt"], payment["UnappliedAmt"]) == (0, 0)
    assert (await qbo.read("Invoice", made["Id"]))["Balance"] == 70
    assert (await qbo.read("CreditMemo", credit["Id"]))["RemainingCredit"] == 0
    less = {"Id": made["Id"], "SyncToken": "1", "sparse": True, "Line": [qbo.line("20", "15")]}
    assert (await qbo.refused("Invoice", less))[0] == "6000"


async def test_what_a_payment_cannot_settle_is_refused(qbo: Any) -> None:
    made = await qbo.invoice(qbo.line("100", "15"))
    other = await qbo.invoice(qbo.line("10", "15"), CustomerRef={"value": "3"})
    assert (await qbo.refused("Payment", pays(5, ("Invoice", "4711", 5))))[0] == "610"
    assert (await qbo.refused("Payment", pays(5, ("Invoice", other["Id"], 5))))[0] == "620"
    assert (await qbo.refused("Payment", pays(5, ("Estimate", made["Id"], 5))))[0] == "620"
    assert (await qbo.refused("Payment", pays(5, *[("Invoice", made["Id"], 5)] * 2)))[0] == "620"
    assert (await qbo.refused("Payment", pays(5, ("Invoice", made["Id"], 6))))[0] == "6000"
    assert (await qbo.refused("Payment", pays(-5)))[0] == "6000"
    assert (await qbo.refused("Payment", {"TotalAmt": 5}))[0] == "2020"
    assert (await qbo.refused("Payment", {"CustomerRef": {"value": "1"}, "TotalAmt": 5, "Line": [{}]}))[0] == "2020"
    assert (await qbo.refused("Payment", pays(5, DepositToAccountRef={"value": "99"})))[0] == "2500"
    assert (await qbo.read("Invoice", made["Id"]))["Balance"] == 100


async def test_a_voided_payment_opens_what_it_settled_and_a_deleted_one_too(qbo: Any) -> None:
    made = await qbo.invoice(qbo.line("100", "15"))
    sent = pays(40, ("Invoice", made["Id"], 40))
    payment = await qbo.post("Payment", sent)
    ids = {"Id": payment["Id"], "SyncToken": "0", "sparse": True}
    assert (await qbo.refused("Payment", ids))[0] == "500"
    gone = await qbo.post("Payment", ids, operation="update", include="void")
    assert (gone["TotalAmt"], gone["PrivateNote"], gone["Line"]) == (0, "Voided", [])
    assert (await qbo.read("Invoice", made["Id"]))["Balance"] == 100
    other = await qbo.post("Payment", sent)
    await qbo.post("Payment", {"Id": other["Id"], "SyncToken": "0"}, operation="delete")
    opened = await qbo.read("Invoice", made["Id"])
    assert (opened["Balance"], opened["LinkedTxn"]) == (100, [])


async def test_deleting_a_paid_invoice_frees_the_payment_but_not_its_other_invoices(qbo: Any) -> None:
    one, other = await qbo.invoice(qbo.line("100", "15")), await qbo.invoice(qbo.line("50", "15"))
    payment = await qbo.post("Payment", pays(150, ("Invoice", one["Id"], 100), ("Invoice", other["Id"], 50)))
    await qbo.post("Invoice", {"Id": one["Id"], "SyncToken": "1"}, operation="delete")
    freed = await qbo.read("Payment", payment["Id"])
    assert (freed["UnappliedAmt"], len(freed["Line"]), freed["SyncToken"]) == (100, 1, "1")
    assert (await qbo.read("Invoice", other["Id"]))["Balance"] == 0


async def test_a_paid_invoice_could_be_kept_from_deletion(qbo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other answer to an open question: one constant in assumptions."""
    monkeypatch.setattr("tieout_simulators.qbo.settlement.REMOVAL_UNLINKS_PAYMENTS", False)
    made = await qbo.invoice(qbo.line("100", "15"))
    await qbo.event("add_payment", Id=made["Id"])
    assert (await qbo.refused("Invoice", {"Id": made["Id"], "SyncToken": "1"}, operation="delete"))[0] == "620"


async def test_voiding_a_used_credit_memo_opens_the_invoice_again(qbo: Any) -> None:
    made, credit = await qbo.invoice(qbo.line("100", "15")), await qbo.credit(qbo.line("30", "15"))
    both = (("Invoice", made["Id"], 40), ("CreditMemo", credit["Id"], 30))
    payment = await qbo.post("Payment", pays(10, *both))
    await qbo.post("CreditMemo", {"Id": credit["Id"], "SyncToken": "1"}, operation="void")
    assert (await qbo.read("Invoice", made["Id"]))["Balance"] == 100
    assert (await qbo.read("Payment", payment["Id"]))["UnappliedAmt"] == 10


async def test_a_credit_memo_applies_itself_to_the_oldest_open_invoices(open_company: Callable[..., Any]) -> None:
    qbo = open_company(Preferences=AUTO)
    newer = await qbo.invoice(qbo.line("100", "15"), TxnDate="2026-10-30")
    older = await qbo.invoice(qbo.line("20", "15"), TxnDate="2026-10-01")
    credit = await qbo.credit(qbo.line("50", "15"))
    assert (credit["RemainingCredit"], credit["SyncToken"], len(credit["LinkedTxn"])) == (0, "2", 2)
    assert (await qbo.read("Invoice", older["Id"]))["Balance"] == 0
    assert (await qbo.read("Invoice", newer["Id"]))["Balance"] == 70
    payments = await qbo.query("SELECT * FROM Payment")
    assert [each["TotalAmt"] for each in payments["Payment"]] == [0, 0]


async def test_a_used_up_credit_leaves_the_other_invoices_alone(open_company: Callable[..., Any]) -> None:
    qbo = open_company(Preferences=AUTO)
    older = await qbo.invoice(qbo.line("20", "15"), TxnDate="2026-10-01")
    newer = await qbo.invoice(qbo.line("20", "15"), TxnDate="2026-10-02")
    assert (await qbo.credit(qbo.line("20", "15")))["RemainingCredit"] == 0
    assert (await qbo.read("Invoice", older["Id"]))["Balance"] == 0
    assert (await qbo.read("Invoice", newer["Id"]))["SyncToken"] == "0"


async def test_a_new_invoice_takes_an_open_credit(open_company: Callable[..., Any]) -> None:
    qbo = open_company(Preferences=AUTO)
    credit = await qbo.credit(qbo.line("50", "15"))
    made = await qbo.invoice(qbo.line("30", "15"))
    assert (made["Balance"], made["TotalAmt"]) == (0, 30)
    assert (await qbo.read("CreditMemo", credit["Id"]))["RemainingCredit"] == 20
    await qbo.post("Invoice", {"Id": made["Id"], "SyncToken": made["SyncToken"]}, operation="void")
    assert (await qbo.read("CreditMemo", credit["Id"]))["RemainingCredit"] == 50
    assert await qbo.query("SELECT COUNT(*) FROM Payment") == {"totalCount": 0}
