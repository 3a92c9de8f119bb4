"""ConnectWise's tax as lines of its own, from its sales tax entries (K8, K9): the ledger then computes none of it."""

from decimal import Decimal

from tieout_contracts.records import InvoiceContent, TaxEntry
from tieout_contracts.reference import LedgerAccount, LedgerTaxRate
from tieout_contracts.settings import CompanySettings
from tieout_transform.rules.chart import Chart
from tieout_transform.rules.draft import DraftLine
from tieout_transform.rules.findings import Findings
from tieout_transform.rules.ledger_arithmetic import ledger_amount
from tieout_transform.rules.specific import LineFacts, account_number
from tieout_transform.rules.tax import TaxMap, is_applicable
from tieout_transform.rules.texts import clean
from tieout_transform.rules.words import money

MAX_TEXT_CHARACTERS = 200
_ONE = Decimal(1)
_ZERO = Decimal("0.00")


def tax_lines(
    record: InvoiceContent, settings: CompanySettings, taxes: TaxMap, chart: Chart, findings: Findings
) -> list[DraftLine] | None:
    """One line for each sales tax entry that is posted as a line; None where one cannot be, which was refused."""
    if not taxes.all_as_lines and not taxes.as_lines:
        return []
    if sum((entry.amount for entry in record.tax_entries), _ZERO) != record.tax:
        findings.add("rules.tax_entries_missing", tax=money(record.tax))
        return None
    entries = [each for each in record.tax_entries if taxes.all_as_lines or each.level in taxes.as_lines]
    rate = _rate(settings, chart, findings) if entries else None
    drafts = []
    for entry in entries:
        code = settings.tax.lines_account
        if code is None:
            rule = taxes.maps.accounts.chosen(_facts(record, entry))
            code = rule.ledger_account if rule else account_number(entry.account or "")
        account = _bearer(code, rate, chart)
        if isinstance(account, str):
            findings.add("rules.tax_account_unusable", level=_name(entry), account=code or "none", reason=account)
        elif rate is not None:
            drafts.append(_line(entry, account, rate, findings))
    return drafts if len(drafts) == len(entries) else None


def posted_as_lines(drafts: list[DraftLine]) -> Decimal:
    """The tax that lines carry: what is left of ConnectWise's tax is the ledger's to compute."""
    return sum((draft.amount for draft in drafts if draft.kind == "tax"), _ZERO)


def _line(entry: TaxEntry, account: LedgerAccount, rate: LedgerTaxRate, findings: Findings) -> DraftLine:
    amount = ledger_amount(entry.amount)
    findings.explain(f"{_name(entry)}: ConnectWise's {money(amount)} is posted as a line to account {account.code}")
    return DraftLine(
        kind="tax",
        source_line=None,
        method=None,
        description=f"{clean(entry.description)[:MAX_TEXT_CHARACTERS] or 'Sales tax'} ({entry.code or entry.level})",
        quantity=_ONE,
        unit_amount=amount,
        amount=amount,
        account_code=account.code,
        item_code=None,
        tracking=(),
        rate=rate,
    )


def _rate(settings: CompanySettings, chart: Chart, findings: Findings) -> LedgerTaxRate | None:
    code = (settings.tax.lines_tax_code or settings.tax.out_of_scope or "").strip()
    rate = chart.tax_rates.get(code)
    if rate is None or not rate.active or rate.rate:
        findings.add("rules.tax_lines_code_unusable", tax_code=code or "none")
        return None
    return rate


def _bearer(code: str, rate: LedgerTaxRate | None, chart: Chart) -> LedgerAccount | str:
    """The account; or why it cannot carry a tax line, in words. A system account is the ledger's own."""
    account = chart.accounts.get(code.strip())
    if account is None:
        return "the ledger does not have"
    if not account.active:
        return "is archived in the ledger"
    if not chart.ledger.is_postable(account):
        return "the ledger keeps to itself"
    if rate is not None and not is_applicable(rate, account):
        return f"cannot bear the tax code {rate.code}"
    return account


def _facts(record: InvoiceContent, entry: TaxEntry) -> LineFacts:
    return LineFacts("", "", (), "st", record.location_id, account_number(entry.account or ""))


def _name(entry: TaxEntry) -> str:
    return f"tax level {entry.level}" + (f" ({entry.code})" if entry.code else "")
