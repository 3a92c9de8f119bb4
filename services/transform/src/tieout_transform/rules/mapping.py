"""What each line of a record maps to in the ledger."""

from dataclasses import dataclass

from tieout_contracts.documents import LedgerItem, TrackingAssignment
from tieout_contracts.records import InvoiceContent, RecordLine
from tieout_contracts.reference import LedgerAccount, LedgerTaxRate
from tieout_contracts.settings import CompanySettings
from tieout_transform.rules.accounts import account_rules, ledger_account
from tieout_transform.rules.chart import Chart
from tieout_transform.rules.findings import Findings
from tieout_transform.rules.items import ledger_item
from tieout_transform.rules.tax import is_applicable, ledger_tax_rate, tax_rules
from tieout_transform.rules.tracking import tracking


@dataclass(frozen=True, slots=True)
class MappedLine:
    """One line's account, item, tax rate and tracking; what is None was refused."""

    account: LedgerAccount | None
    item: LedgerItem | None
    rate: LedgerTaxRate | None
    tracking: tuple[TrackingAssignment, ...]


def map_lines(record: InvoiceContent, settings: CompanySettings, chart: Chart, findings: Findings) -> list[MappedLine]:
    """Every line mapped, with a refusal for whatever could not be."""
    accounts, taxes = account_rules(settings.accounts), tax_rules(settings.tax.rules)
    mapped = []
    for index, line in enumerate(record.lines):
        account = ledger_account(index, line, accounts, chart, findings)
        rate = ledger_tax_rate(index, record, settings.tax, taxes, chart, findings)
        item = ledger_item(index, line, settings.non_product, findings)
        options = tracking(index, line, settings.tracking_categories, settings.missing_tracking, chart, findings)
        if account is not None and rate is not None and not is_applicable(rate, account):
            findings.add(
                "rules.tax_not_applicable",
                line=index,
                tax_code=rate.code,
                account=account.code,
                account_class=account.account_class,
            )
        if settings.warn_on_untaxed_line and _looks_untaxed_by_mistake(record, line):
            findings.add("rules.untaxed_line", line=index)
        mapped.append(MappedLine(account, item, rate, options))
    return mapped


def _looks_untaxed_by_mistake(record: InvoiceContent, line: RecordLine) -> bool:
    """A taxable customer's line without the tax flag (F23); a line of nothing misses no tax."""
    return record.taxable and not line.taxable_levels and line.amount != 0
