"""When a form is due: as sent, else by a term, else on its own date."""

import calendar
from datetime import date, timedelta

from tieout_simulators.frame.provider import JsonObject
from tieout_simulators.qbo.assumptions import term_reference
from tieout_simulators.qbo.company import Company
from tieout_simulators.qbo.dates import parse_day
from tieout_simulators.qbo.references import referred


def due_day(company: Company, wanted: JsonObject, customer: JsonObject, day: date) -> date:
    """The due date. Raises ``RefusedError`` for a term that is absent or inactive."""
    if wanted.get("DueDate"):
        return parse_day(wanted["DueDate"])
    reference = term_reference(wanted, customer, company.group("SalesFormsPrefs"))
    return day if not reference else _by_term(referred(company, "Term", reference), day)


def _by_term(term: JsonObject, day: date) -> date:
    if term.get("DueDays") is not None:
        return day + timedelta(days=int(term["DueDays"]))
    if term.get("DayOfMonthDue") is None:
        return day
    due = _day_in_month(day.year, day.month, int(term["DayOfMonthDue"]))
    too_close = timedelta(days=int(term.get("DueNextMonthDays") or 0))
    if due - too_close < day or due < day:
        due = _day_in_month(day.year + day.month // 12, day.month % 12 + 1, int(term["DayOfMonthDue"]))
    return due


def _day_in_month(year: int, month: int, wanted: int) -> date:
    return date(year, month, min(wanted, calendar.monthrange(year, month)[1]))
