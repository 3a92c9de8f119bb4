"""AutoApplyCredit: QuickBooks applies open credits by itself, through a payment of 0 (SalesFormsPrefs)."""

from datetime import datetime
from decimal import Decimal

from tieout_simulators.frame.provider import JsonObject
from tieout_simulators.qbo.arithmetic import printed_amount
from tieout_simulators.qbo.company import Company
from tieout_simulators.qbo.payments import create_payment

_OTHER = {"Invoice": "CreditMemo", "CreditMemo": "Invoice"}


def apply_credits(company: Company, kind: str, form: JsonObject, now: datetime) -> None:
    """Settle a new invoice from the customer's open credit memos, or open invoices from a new credit memo; the oldest
    first, one payment of 0 for each pair."""
    if company.group("SalesFormsPrefs").get("AutoApplyCredit") is not True:
        return
    for other in _open_forms(company, _OTHER[kind], form):
        amount = min(Decimal(form["Balance"]), Decimal(other["Balance"]))
        if amount <= 0:
            return
        pair = {kind: form["Id"], _OTHER[kind]: other["Id"]}
        sent = {
            "CustomerRef": form["CustomerRef"],
            "CurrencyRef": form["CurrencyRef"],
            "ExchangeRate": form.get("ExchangeRate"),
            "TxnDate": form["TxnDate"],
            "TotalAmt": Decimal(0),
            "Line": [
                {"Amount": printed_amount(amount), "LinkedTxn": [{"TxnId": form_id, "TxnType": each}]}
                for each, form_id in pair.items()
            ],
        }
        create_payment(company, sent, now)


def _open_forms(company: Company, kind: str, form: JsonObject) -> list[JsonObject]:
    of_customer = company.transactions_of([form["CustomerRef"]["value"]])
    fitting = [
        record
        for each, record in of_customer
        if each == kind and record["Balance"] and record["CurrencyRef"]["value"] == form["CurrencyRef"]["value"]
    ]
    return sorted(fitting, key=lambda record: (record["TxnDate"], int(record["Id"])))
