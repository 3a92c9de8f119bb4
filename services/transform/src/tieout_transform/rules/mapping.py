"""What each line of a record maps to in the ledger."""

from dataclasses import dataclass

from tieout_contracts.documents import LedgerItem, TrackingAssignment
from tieout_contracts.records import InvoiceContent, RecordLine
from tieout_contracts.reference import LedgerAccount, LedgerTaxRate
from tieout_contracts.settings import CompanySettings
from tieout_transform.rules.accounts import ledger_account
from tieout_transform.rules.chart import Chart
from tieout_transform.rules.findings import Findings
from tieout_transform.rules.items import ledger_item
from tieout_transform.rules.ledgers import Ledger
from tieout_transform.rules.segments import read_segments
from tieout_transform.rules.specific import facts_of
from tieout_transform.rules.tax import TaxMap, is_applicable, ledger_tax_rate
from tieout_transform.rules.tracking import TrackingMap, tracking, tracking_map
from tieout_transform.rules.words import line_numbers


@dataclass(frozen=True, slots=True)
class MappedLine:
    """One line's account, item, tax rate and tracking; an account or rate that is None was refused."""

    account: LedgerAccount | None
    item: LedgerItem | None
    rate: LedgerTaxRate | None
    tracking: tuple[TrackingAssignment, ...]
    untaxed_because: str = ""
    """Why it bears no tax, in words, where it bears none."""


def map_lines(
    record: InvoiceContent, settings: CompanySettings, taxes: TaxMap, chart: Chart, findings: Findings
) -> list[MappedLine]:
    """Every line mapped, with a refusal for whatever could not be."""
    tracked = tracking_map(record, settings, taxes.maps)
    mapped = [_mapped(index, record, settings, taxes, tracked, chart, findings) for index in range(len(record.lines))]
    _explain_zeros(mapped, chart.ledger, findings)
    return mapped


def _mapped(
    index: int,
    record: InvoiceContent,
    settings: CompanySettings,
    taxes: TaxMap,
    tracked: TrackingMap,
    chart: Chart,
    findings: Findings,
) -> MappedLine:
    line = record.lines[index]
    facts, segments = facts_of(record, line), read_segments(line.gl_class, settings.class_segments)
    account = ledger_account(index, line, facts, taxes.maps.accounts, chart, findings)
    tax = ledger_tax_rate(index, record, taxes, chart, findings)
    item = ledger_item(index, line, segments, settings, chart, findings)
    options = tracking(index, line, facts, segments, tracked, chart, findings)
    rate = tax.rate if tax else None
    if account is not None and rate is not None and not is_applicable(rate, account):
        findings.add(
            "rules.tax_not_applicable",
            line=index,
            tax_code=rate.code,
            account=account.code,
            account_class=account.account_class,
        )
    if settings.warn_on_untaxed_line and _looks_untaxed_by_mistake(record, line):
        named = line.item_code or line.non_product_id or line.gl_type
        findings.add("rules.untaxed_line", line=index, number=record.number, item=named)
    return MappedLine(account, item, rate, options, tax.because if tax else "")


def _looks_untaxed_by_mistake(record: InvoiceContent, line: RecordLine) -> bool:
    """A taxable customer's line without the tax flag although what it bills is taxable (F23).

    An exempt product is no mistake, nor is one of which that is not known; a line of nothing misses no tax.
    """
    return record.taxable and line.item_taxable is True and not line.taxable_levels and line.amount != 0


def _explain_zeros(mapped: list[MappedLine], ledger: Ledger, findings: Findings) -> None:
    """Lines that bear no tax for the same reason are said in one sentence."""
    told: dict[tuple[str, str], list[int]] = {}
    for index, line in enumerate(mapped):
        if line.rate is not None and line.untaxed_because:
            told.setdefault((line.untaxed_because, ledger.tax_name(line.rate)), []).append(index)
    for (because, code), indexes in told.items():
        findings.explain(f"line {line_numbers(indexes)}: {because}, so the ledger's tax code is {code}")
