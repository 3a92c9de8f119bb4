"""DocNumber by the company's preferences (reference 1.6)."""

from tieout_simulators.frame.provider import JsonObject
from tieout_simulators.qbo import refusals
from tieout_simulators.qbo.assumptions import OWN_NUMBERING_WINS, refuses_duplicate
from tieout_simulators.qbo.company import Company

FIRST_NUMBER = 1001
AUTO_GENERATE = "AUTO_GENERATE"


def document_number(
    company: Company, kind: str, wanted: JsonObject, old: JsonObject | None, include: str
) -> str | None:
    """The number a form gets; None where the company numbers by hand and none was sent. Raises 6140."""
    sent = wanted.get("DocNumber")
    custom = company.group("SalesFormsPrefs").get("CustomTxnNumbers") is True
    if sent == AUTO_GENERATE:
        return _next_number(company)
    if not custom and OWN_NUMBERING_WINS:
        return str(old["DocNumber"]) if old is not None and "DocNumber" in old else _next_number(company)
    changed = sent is not None and sent != (old or {}).get("DocNumber")
    if changed and refuses_duplicate(company.preferences, include):
        _refuse_used(company, kind, str(sent))
    return None if sent is None else str(sent)


def _refuse_used(company: Company, kind: str, number: str) -> None:
    for form in company.collections[kind]:
        if form.get("DocNumber") == number:
            raise refusals.duplicate_number(number, kind, form["Id"])


def _next_number(company: Company) -> str:
    return str(company.last_number + 1 if company.last_number else FIRST_NUMBER)
