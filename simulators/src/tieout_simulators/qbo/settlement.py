"""What payments settle: links, open balances, and setting amounts free again."""

from datetime import datetime
from decimal import Decimal

from tieout_simulators.frame.provider import JsonObject
from tieout_simulators.qbo import refusals
from tieout_simulators.qbo.arithmetic import ZERO, cents, printed_amount
from tieout_simulators.qbo.assumptions import REMOVAL_UNLINKS_PAYMENTS
from tieout_simulators.qbo.company import Company
from tieout_simulators.qbo.references import touch

PAYMENT = "Payment"
Settled = tuple[str, str, Decimal]


def carried_links(form: JsonObject | None) -> list[JsonObject]:
    """A copy of the form's links, for its next version. All are to payments: other links are not simulated."""
    return [dict(link) for link in (form or {}).get("LinkedTxn", [])]


def applied_total(company: Company, kind: str, form: JsonObject) -> Decimal:
    """How much of a form its payments settle."""
    total = ZERO
    for link in form.get("LinkedTxn", []):
        payment = company.collections[PAYMENT].by_id[link["TxnId"]]
        mine = (amount for one, form_id, amount in settled(payment) if (one, form_id) == (kind, form["Id"]))
        total += sum(mine, ZERO)
    return total


def settled(payment: JsonObject) -> list[Settled]:
    """Kind and id of each form that a payment settles, and how much of it."""
    return [_settled(line) for line in payment.get("Line", [])]


def unapplied(payment: JsonObject) -> Decimal:
    """What of a payment and its credits is not used on invoices."""
    used = sum((amount if kind == "Invoice" else -amount for kind, _, amount in settled(payment)), ZERO)
    return Decimal(payment["TotalAmt"]) - used


def link(company: Company, payment: JsonObject, now: datetime) -> None:
    """Lower the balances of what a payment settles. Each of these forms changes: its SyncToken rises."""
    for kind, form_id, amount in settled(payment):
        form = company.collections[kind].by_id[form_id]
        form["LinkedTxn"] = [*form.get("LinkedTxn", []), {"TxnId": payment["Id"], "TxnType": PAYMENT}]
        _lower(company, kind, form, amount, now)


def unlink(company: Company, payment: JsonObject, now: datetime) -> None:
    """Give back all that a payment settled."""
    _keep_lines(company, payment, [], now)


def release(company: Company, form: JsonObject, now: datetime) -> None:
    """Before a form is voided or deleted: its payments let go of it, and of all where the rest is no longer covered.
    A payment of nothing, which only moved a credit, goes away."""
    if carried_links(form) and not REMOVAL_UNLINKS_PAYMENTS:
        raise refusals.not_linkable("the transaction is settled by a payment")
    for each in carried_links(form):
        payment = company.collections[PAYMENT].by_id[each["TxnId"]]
        has_money = bool(Decimal(payment["TotalAmt"]))
        rest = [line for line in payment["Line"] if line["LinkedTxn"][0]["TxnId"] != form["Id"]]
        covered = has_money and unapplied({**payment, "Line": rest}) >= 0
        _keep_lines(company, payment, rest if covered else [], now)
        if has_money:
            touch(payment, now)
            company.save(PAYMENT, payment, "Update")
        else:
            company.remove(PAYMENT, payment, now)


def _keep_lines(company: Company, payment: JsonObject, kept: list[JsonObject], now: datetime) -> None:
    for kind, form_id, amount in (_settled(line) for line in payment.get("Line", []) if line not in kept):
        form = company.find(kind, form_id)
        if form is not None:
            form["LinkedTxn"] = [each for each in form["LinkedTxn"] if each["TxnId"] != payment["Id"]]
            _lower(company, kind, form, -amount, now)
    payment["Line"] = kept
    payment["UnappliedAmt"] = printed_amount(unapplied(payment))


def _settled(line: JsonObject) -> Settled:
    """A stored payment line has exactly one link."""
    (linked,) = line["LinkedTxn"]
    return linked["TxnType"], str(linked["TxnId"]), Decimal(line["Amount"])


def _lower(company: Company, kind: str, form: JsonObject, amount: Decimal, now: datetime) -> None:
    left = Decimal(form["Balance"]) - amount
    form["Balance"] = printed_amount(left)
    if "RemainingCredit" in form:
        form["RemainingCredit"] = printed_amount(left)
    if "HomeBalance" in form:
        form["HomeBalance"] = printed_amount(cents(left * Decimal(form["ExchangeRate"])))
    touch(form, now)
    company.save(kind, form, "Update")
