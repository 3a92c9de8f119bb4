"""Which of the ledger's tax codes a line bears: from ConnectWise's tax code and line flags, never from an amount of 0.

Reverse charge, export, zero-rated, exempt and out of scope all make no tax, and stand on different lines of a return;
so what is not mapped is refused.
"""

from tieout_contracts.records import InvoiceContent, RecordLine
from tieout_contracts.reference import LedgerAccount, LedgerTaxRate
from tieout_contracts.settings import TaxRule, TaxSettings
from tieout_transform.rules.chart import Chart, folded
from tieout_transform.rules.findings import Findings


def tax_rules(rules: tuple[TaxRule, ...]) -> dict[str, str]:
    """ConnectWise tax code, folded, to ledger tax code."""
    return {folded(rule.connectwise_tax_code): rule.ledger_tax_code.strip() for rule in rules}


def ledger_tax_rate(
    index: int,
    record: InvoiceContent,
    settings: TaxSettings,
    rules: dict[str, str],
    chart: Chart,
    findings: Findings,
) -> LedgerTaxRate | None:
    """The ledger's tax rate for the record's line `index`; None was refused with its cause."""
    line = record.lines[index]
    code = _taxed_code(index, line, record, settings, rules, findings) if line.taxable_levels else settings.untaxed
    if code is None:
        if not line.taxable_levels:
            findings.add("rules.untaxed_unset", line=index)
        return None
    rate = chart.tax_rates.get(code)
    if rate is None or not rate.active:
        findings.add("rules.tax_code_missing", line=index, tax_code=code)
        return None
    return rate


def _taxed_code(
    index: int,
    line: RecordLine,
    record: InvoiceContent,
    settings: TaxSettings,
    rules: dict[str, str],
    findings: Findings,
) -> str | None:
    connectwise_code = line.tax_code or record.tax_code or ""
    code = settings.taxed if settings.mode == "by_tax_flag" else rules.get(folded(connectwise_code))
    if code is None:
        findings.add("rules.tax_unmapped", line=index, tax_code=connectwise_code)
    return code


def is_applicable(rate: LedgerTaxRate, account: LedgerAccount) -> bool:
    """Whether the ledger lets the rate stand on a line of that class of account; a rate that names none may."""
    return not rate.applies_to or account.account_class.upper() in {name.upper() for name in rate.applies_to}


def may_carry_cents(rate: LedgerTaxRate) -> bool:
    """Whether a line's tax may be sent with other cents: never where the ledger splits it, nor where there is none.

    How the ledger rounds the parts of a compound or multi-part rate is not documented.
    """
    return rate.rate != 0 and len(rate.components) <= 1 and not any(part.compound for part in rate.components)
