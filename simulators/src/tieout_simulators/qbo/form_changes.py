"""Creating, updating, voiding and deleting invoices and credit memos."""

from datetime import datetime
from typing import Any

from tieout_simulators.frame.provider import JsonObject
from tieout_simulators.qbo.arithmetic import printed_number
from tieout_simulators.qbo.assumptions import AUTO_CREDIT_IS_IN_THE_ANSWER, VOID_NOTE, VOIDED_QUANTITY
from tieout_simulators.qbo.auto_credit import apply_credits
from tieout_simulators.qbo.company import Company
from tieout_simulators.qbo.dates import parse_day
from tieout_simulators.qbo.references import next_head
from tieout_simulators.qbo.sales_forms import FormComposer, refuse_closed, wanted_form
from tieout_simulators.qbo.settlement import release

_SALES = "SalesItemLineDetail"


def create_form(company: Company, kind: str, sent: JsonObject, now: datetime, include: str = "") -> JsonObject:
    """Save a new form; with AutoApplyCredit on, credits are applied before the answer. Raises ``RefusedError``."""
    form = FormComposer(company, kind, wanted_form(sent, None), None, now, include).compose()
    company.save(kind, form, "Create")
    before = dict(form)
    apply_credits(company, kind, form, now)
    return form if AUTO_CREDIT_IS_IN_THE_ANSWER else before


def load_form(company: Company, kind: str, given: JsonObject, now: datetime) -> None:
    """Put in a form of a data file; the simulator adds it up itself, whatever totals the file says."""
    form = FormComposer(company, kind, given, None, now).compose()
    company.save(kind, form, "Create")


def update_form(
    company: Company, kind: str, old: JsonObject, sent: JsonObject, now: datetime, include: str = ""
) -> JsonObject:
    """Save the next version of a form, full or sparse. Raises ``RefusedError``."""
    form = FormComposer(company, kind, wanted_form(sent, old), old, now, include).compose()
    company.save(kind, form, "Update")
    return form


def void_form(company: Company, kind: str, old: JsonObject, now: datetime) -> JsonObject:
    """All amounts become 0 and the note is overwritten; the number stays (recorded in invoice-void)."""
    refuse_closed(company, parse_day(old["TxnDate"]))
    release(company, old, now)
    amounts = dict.fromkeys(("TotalAmt", "Balance", "RemainingCredit", "HomeTotalAmt", "HomeBalance"), 0)
    form = {
        **old,
        **next_head(old, now),
        **{name: value for name, value in amounts.items() if name in old},
        "PrivateNote": VOID_NOTE,
        "Line": [_voided(line) for line in old["Line"]],
    }
    form.pop("Deposit", None)
    if "TxnTaxDetail" in old:
        form["TxnTaxDetail"] = {"TotalTax": 0}
    company.save(kind, form, "Void")
    return form


def delete_form(company: Company, kind: str, old: JsonObject, now: datetime) -> None:
    """The form is gone; what its payments gave it is free again."""
    refuse_closed(company, parse_day(old["TxnDate"]))
    release(company, old, now)
    company.remove(kind, old, now)


def _voided(line: JsonObject) -> JsonObject:
    voided: JsonObject = {**line, **({"Amount": 0} if "Amount" in line else {})}
    detail: dict[str, Any] | None = line.get(_SALES)
    if detail is not None and "Qty" in detail:
        voided[_SALES] = {**detail, "Qty": printed_number(VOIDED_QUANTITY)}
    return voided
