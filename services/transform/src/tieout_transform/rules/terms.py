"""When a document is due (F32, F141)."""

import calendar
import re
from datetime import date, timedelta
from typing import Literal

from tieout_contracts.records import InvoiceContent
from tieout_transform.rules.findings import Findings

_DAYS = re.compile(r"\+?(\d{1,4})")
_MONTH_AND_DAY = re.compile(r"M\+?(\d{1,2}):D([+-]?\d{1,2})", re.IGNORECASE)
MAX_TERM_DAYS = 3650
PastMonthEnd = Literal["clamp", "overflow"]


def due_date(record: InvoiceContent, past_month_end: PastMonthEnd, findings: Findings) -> date:
    """The terms' cross-reference counted from the document's date, else ConnectWise's printed due date, with a warning.

    The cross-reference governs where it is usable; that it says another day than ConnectWise printed is a warning.
    """
    computed = due_by_terms(record.document_date, record.terms_xref or "", past_month_end)
    if computed is not None:
        if record.due_date is not None and record.due_date != computed:
            findings.add(
                "rules.terms_differ", terms=record.terms_xref, due_date=computed, connectwise_due_date=record.due_date
            )
        return computed
    if record.due_date is None:
        findings.add("rules.due_date_missing", document_date=record.document_date)
        return record.document_date
    if record.terms_name or record.terms_xref:
        findings.add("rules.terms_fallback", terms=record.terms_name or record.terms_xref)
    return record.due_date


def due_by_terms(document_date: date, xref: str, past_month_end: PastMonthEnd = "clamp") -> date | None:
    """A number of days, or `M+n:Dd`: day d of the n-th month after the document's; None for anything else.

    A day past the month's end is its last day, or, where the company wants what it is used to, so many days into the
    next month: `M+1:D30` from 15 January is 2 March. Days below 1 count back from the month's first, so that `M+1:D-0`
    is the last day of the document's own month (K14).
    """
    text = xref.replace(" ", "")
    try:
        if days := _DAYS.fullmatch(text):
            count = int(days[1])
            return document_date + timedelta(days=count) if count <= MAX_TERM_DAYS else None
        if parts := _MONTH_AND_DAY.fullmatch(text):
            return _day_of_month(document_date, int(parts[1]), int(parts[2]), past_month_end)
    except (OverflowError, ValueError):  # past the year 9999
        return None
    return None


def _day_of_month(start: date, months_later: int, day: int, past_month_end: PastMonthEnd) -> date:
    years, month_index = divmod(start.month - 1 + months_later, 12)
    year, month = start.year + years, month_index + 1
    if day < 1 or past_month_end == "overflow":
        return date(year, month, 1) + timedelta(days=day - 1)
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))
