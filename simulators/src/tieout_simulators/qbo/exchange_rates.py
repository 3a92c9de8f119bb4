"""The exchange rates a company keeps: home units for one foreign, as of a day."""

from datetime import datetime

from tieout_simulators.frame.provider import JsonObject
from tieout_simulators.qbo import refusals
from tieout_simulators.qbo.company import Company
from tieout_simulators.qbo.currencies import is_used
from tieout_simulators.qbo.dates import parse_day, today


def exchange_rate(company: Company, source: str, as_of: str | None, now: datetime) -> JsonObject:
    """The newest rate on or before a day, today's where none is named. Raises ``RefusedError`` (2220, 2060, 610)."""
    if not is_used(company, source):
        raise refusals.invalid_currency(source)
    try:
        day = parse_day(as_of) if as_of else today(now)
    except ValueError:
        raise refusals.invalid_date("asofdate", as_of) from None
    kept = [rate for rate in company.exchange_rates if rate["SourceCurrencyCode"] == source]
    fitting = [rate for rate in kept if parse_day(rate["AsOfDate"]) <= day]
    if not fitting:
        raise refusals.not_found()
    return max(fitting, key=lambda rate: parse_day(rate["AsOfDate"]))
