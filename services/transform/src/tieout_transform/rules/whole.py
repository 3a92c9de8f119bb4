"""What holds of a document only when all its lines are known."""

from collections.abc import Iterable

from tieout_contracts.records import CanonicalRecord
from tieout_contracts.reference import LedgerTaxRate
from tieout_contracts.settings import CompanySettings
from tieout_transform.rules.chart import Chart
from tieout_transform.rules.draft import DraftLine
from tieout_transform.rules.findings import Findings
from tieout_transform.rules.mapping import MappedLine


def check_whole(
    record: CanonicalRecord,
    mapped: list[MappedLine],
    lines: list[DraftLine] | None,
    settings: CompanySettings,
    chart: Chart,
    findings: Findings,
) -> None:
    """Every refusal that only the lines together give reason for; `lines` are None where some could not be made."""
    rates = [target.rate for target in mapped if target.rate is not None] + [line.rate for line in lines or ()]
    _check_tax_codes(record, rates, settings, chart, findings)
    _check_tracking(record, mapped, chart, findings)
    _check_items(mapped, chart, findings)
    limit = chart.ledger.max_lines
    if limit is not None and lines is not None and len(lines) > limit:
        findings.add("rules.too_many_lines", number=record.number, lines=len(lines), limit=limit)


def _check_tax_codes(
    record: CanonicalRecord,
    rates: Iterable[LedgerTaxRate],
    settings: CompanySettings,
    chart: Chart,
    findings: Findings,
) -> None:
    untaxed = chart.ledger.untaxed_code
    taxed = {rate.code: rate for rate in rates if (rate.code != untaxed if untaxed else rate.rate)}
    codes = [chart.ledger.tax_name(taxed[code]) for code in sorted(taxed)]
    if chart.reference.sales_tax == "automated" and (_others(taxed, chart) or settings.tax.automated == "refuse"):
        findings.add("rules.automated_tax", ledger=chart.ledger.name)
    if codes and chart.reference.sales_tax == "none":
        findings.add("rules.sales_tax_off", number=record.number, tax_codes=", ".join(codes))
    if untaxed and len(codes) > 1:
        findings.add("rules.one_tax_code", number=record.number, tax_codes=", ".join(codes), untaxed_code=untaxed)


def _others(taxed: Iterable[str], chart: Chart) -> set[str]:
    """Codes that the ledger would replace by its own."""
    own = chart.ledger.automated_code
    return set(taxed) - ({own.code} if own else set())


def _check_tracking(record: CanonicalRecord, mapped: list[MappedLine], chart: Chart, findings: Findings) -> None:
    for category in chart.reference.tracking:
        named = {each.option for line in mapped for each in line.tracking if each.category == category.name}
        if category.per_document and len(named) > 1:
            options = ", ".join(sorted(named))
            findings.add("rules.one_tracking_option", number=record.number, options=options, category=category.name)


def _check_items(mapped: list[MappedLine], chart: Chart, findings: Findings) -> None:
    """A ledger that takes a line's account from its item takes no other account; a new item gets its first line's."""
    if not chart.ledger.books_by_item:
        return
    sells_to = dict(chart.item_accounts)
    for index, line in enumerate(mapped):
        if line.item is None or line.account is None:
            continue
        account = sells_to.setdefault(line.item.code.casefold(), line.account.code)
        if account != line.account.code:
            findings.add(
                "rules.item_sells_elsewhere",
                line=index,
                item=line.item.code,
                item_account=account,
                account=line.account.code,
            )
