"""Payments: what a customer paid, and which invoices and credit memos it settles."""

from datetime import datetime
from decimal import Decimal

from tieout_simulators.frame.provider import JsonObject
from tieout_simulators.qbo import refusals
from tieout_simulators.qbo.arithmetic import cents, printed_amount, printed_number
from tieout_simulators.qbo.assumptions import VOID_NOTE, applied_amount
from tieout_simulators.qbo.company import SALES_FORMS, Company
from tieout_simulators.qbo.currencies import currency_reference, document_currency
from tieout_simulators.qbo.dates import parse_day, today
from tieout_simulators.qbo.references import named_reference, new_record, next_head, referred
from tieout_simulators.qbo.sales_forms import refuse_closed
from tieout_simulators.qbo.settlement import PAYMENT, link, unapplied, unlink

_UNDEPOSITED = "UndepositedFunds"


def create_payment(company: Company, sent: JsonObject, now: datetime) -> JsonObject:
    """Save a payment and lower the balances of what it settles. Raises ``RefusedError`` (2020, 2500, 620, 6000)."""
    for name in ("CustomerRef", "TotalAmt"):
        if sent.get(name) is None:
            raise refusals.missing(name)
    customer = referred(company, "Customer", sent["CustomerRef"])
    day = parse_day(sent["TxnDate"]) if sent.get("TxnDate") else today(now)
    if not company.loading:
        refuse_closed(company, day)
    code, rate = document_currency(company, sent, customer)
    total = cents(Decimal(sent["TotalAmt"]))
    payment = {
        **new_record(company, PAYMENT, now, sent),
        "CustomerRef": named_reference(customer),
        "DepositToAccountRef": _deposit_account(company, sent),
        "PaymentRefNum": sent.get("PaymentRefNum"),
        "TotalAmt": printed_amount(total),
        "ProcessPayment": False,
        "TxnDate": day.isoformat(),
        "CurrencyRef": currency_reference(company, code),
        "ExchangeRate": printed_number(rate) if company.multi_currency else None,
        "PrivateNote": sent.get("PrivateNote"),
        "Line": _lines(company, sent, customer, code),
    }
    payment = {name: value for name, value in payment.items() if value is not None}
    left = unapplied(payment)
    if left < 0 or total < 0:
        raise refusals.business("The payment does not cover the amounts applied to the transactions.")
    payment["UnappliedAmt"] = printed_amount(left)
    company.save(PAYMENT, payment, "Create")
    link(company, payment, now)
    return payment


def void_payment(company: Company, payment: JsonObject, now: datetime) -> JsonObject:
    """The payment is worth nothing, and what it settled is open again."""
    refuse_closed(company, parse_day(payment["TxnDate"]))
    unlink(company, payment, now)
    payment.update(next_head(payment, now))
    payment.update({"TotalAmt": 0, "UnappliedAmt": 0, "PrivateNote": VOID_NOTE})
    company.save(PAYMENT, payment, "Void")
    return payment


def delete_payment(company: Company, payment: JsonObject, now: datetime) -> None:
    """The payment is gone, and what it settled is open again."""
    refuse_closed(company, parse_day(payment["TxnDate"]))
    unlink(company, payment, now)
    company.remove(PAYMENT, payment, now)


def _lines(company: Company, sent: JsonObject, customer: JsonObject, currency: str) -> list[JsonObject]:
    lines = [_line(company, each, customer, currency) for each in sent.get("Line") or []]
    forms = [line["LinkedTxn"][0]["TxnId"] for line in lines]
    if len(set(forms)) < len(forms):
        raise refusals.not_linkable("a transaction is named in two lines")
    return [line for line in lines if line["Amount"]]


def _line(company: Company, line: JsonObject, customer: JsonObject, currency: str) -> JsonObject:
    links = line.get("LinkedTxn") or []
    if len(links) != 1 or line.get("Amount") is None:
        raise refusals.missing("Line.Amount and one Line.LinkedTxn")
    kind, form_id = links[0].get("TxnType"), links[0].get("TxnId")
    if kind not in SALES_FORMS:
        raise refusals.not_linkable(f"{kind} cannot be settled by a payment")
    form = company.find(kind, form_id)
    if form is None:
        raise refusals.not_found()
    if form["CustomerRef"]["value"] != customer["Id"] or form["CurrencyRef"]["value"] != currency:
        raise refusals.not_linkable(f"{kind} {form_id} is of another customer or currency")
    amount = applied_amount(cents(Decimal(line["Amount"])), Decimal(form["Balance"]))
    return {"Amount": printed_amount(amount), "LinkedTxn": [{"TxnId": form["Id"], "TxnType": kind}]}


def _deposit_account(company: Company, sent: JsonObject) -> JsonObject | None:
    """The account as sent, else Undeposited Funds."""
    if sent.get("DepositToAccountRef") is not None:
        return named_reference(referred(company, "Account", sent["DepositToAccountRef"]))
    accounts = company.collections["Account"]
    return next((named_reference(each) for each in accounts if each.get("AccountSubType") == _UNDEPOSITED), None)
