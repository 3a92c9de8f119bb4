"""The one line that carries what rounding leaves over, and how much that may be.

At most half a minor unit for each line, and for each taxed line and level. Beyond that the record is refused, whatever
the company's limit: it is a missing GL entry, a wrong rate or a wrong taxability.
"""

from decimal import Decimal

from tieout_contracts.documents import LedgerItem
from tieout_contracts.records import InvoiceContent
from tieout_contracts.reference import LedgerAccount, LedgerTaxRate
from tieout_contracts.settings import CompanySettings
from tieout_transform.rules.chart import Chart
from tieout_transform.rules.draft import DraftLine
from tieout_transform.rules.findings import Findings
from tieout_transform.rules.items import short_code, writable_code
from tieout_transform.rules.ledger_arithmetic import HALF_A_MINOR_UNIT, ledger_amount
from tieout_transform.rules.ledgers import Ledger
from tieout_transform.rules.tax import is_applicable
from tieout_transform.rules.tax_tie import taxed_cells
from tieout_transform.rules.words import money, signed

_ONE = Decimal(1)
_ZERO = Decimal("0.00")


def goods_tie(record: InvoiceContent, findings: Findings) -> bool:
    """Whether the lines make the total less tax, give or take half a minor unit each; refused where they do not."""
    lines = sum((ledger_amount(line.amount) for line in record.lines), _ZERO)
    bound = HALF_A_MINOR_UNIT * len(record.lines)
    if abs(record.total - record.tax - lines) <= bound:
        return True
    _total_mismatch(record, lines + record.tax, bound, findings)
    return False


def adjustment_line(
    record: InvoiceContent,
    lines: list[DraftLine],
    tax_left: dict[str, Decimal],
    settings: CompanySettings,
    chart: Chart,
    findings: Findings,
) -> DraftLine | None:
    """The line that makes the ledger's total ConnectWise's; None where none is needed, or where it was refused."""
    ledger_total = sum((line.amount + line.tax_amount for line in lines), _ZERO)
    adjustment = record.total - ledger_total
    for codes, left in tax_left.items():
        findings.add("rules.tax_adjusted", difference=signed(left), tax_codes=codes)
    if not adjustment:
        return None
    bound = HALF_A_MINOR_UNIT * (len(lines) + taxed_cells(lines))
    if abs(adjustment) > bound:
        _total_mismatch(record, ledger_total, bound, findings)
        return None
    limit = settings.adjustment.limit
    if not record.total:
        findings.add("rules.zero_with_difference", number=record.number)
    elif abs(adjustment) > limit:
        findings.add("rules.adjustment_over_limit", adjustment=signed(adjustment), limit=money(limit))
    else:
        words = (
            f"ConnectWise's total is {money(record.total)}, {chart.ledger.name} makes {money(ledger_total)}: "
            f"adjustment line {signed(adjustment)}"
        )
        return _line(adjustment, words, settings, chart, findings)
    return None


def adjustment_item(settings: CompanySettings, ledger: Ledger) -> LedgerItem | None:
    """The item that the adjustment line names, where the company configured one."""
    code = (settings.adjustment.item_code or "").strip()
    return LedgerItem(code=short_code(writable_code(code, ledger)), name="Adjustment") if code else None


def _line(
    adjustment: Decimal, words: str, settings: CompanySettings, chart: Chart, findings: Findings
) -> DraftLine | None:
    bearer = _bearer(settings, chart)
    if isinstance(bearer, str):
        findings.add("rules.adjustment_unset", adjustment=signed(adjustment), reason=bearer)
        return None
    account, rate = bearer
    item = adjustment_item(settings, chart.ledger)
    findings.add("rules.adjustment_line", arithmetic=words, adjustment=signed(adjustment))
    findings.explain(words, noted=True)
    return DraftLine(
        kind="adjustment",
        source_line=None,
        method=None,
        description=words,
        quantity=_ONE,
        unit_amount=adjustment,
        amount=adjustment,
        account_code=account.code,
        item_code=item.code if item else None,
        tracking=(),
        rate=rate,
    )


def _bearer(settings: CompanySettings, chart: Chart) -> tuple[LedgerAccount, LedgerTaxRate] | str:
    """The configured account and tax code; or why one of them cannot carry an adjustment, in words."""
    account = chart.accounts.get(settings.adjustment.account)
    rate = chart.tax_rates.get(settings.tax.out_of_scope or "")
    if account is None or not account.active or not chart.ledger.is_postable(account):
        return f"the adjustment account {settings.adjustment.account} cannot be posted to"
    if settings.tax.out_of_scope is None:
        return "no out-of-scope tax code is set"
    if rate is None or not rate.active or rate.rate:
        return f"{settings.tax.out_of_scope} is no tax code of 0 %"
    if not is_applicable(rate, account):
        return f"the tax code {rate.code} cannot be used with account {account.code}"
    item = adjustment_item(settings, chart.ledger)
    sells_to = chart.item_accounts.get(item.code.casefold()) if item else None
    if item and sells_to not in (None, account.code):
        return f"its item {item.code} sells to the account {sells_to}, not to {account.code}"
    return account, rate


def _total_mismatch(record: InvoiceContent, ledger_total: Decimal, bound: Decimal, findings: Findings) -> None:
    findings.add(
        "rules.total_mismatch",
        connectwise_total=money(record.total),
        ledger_total=money(ledger_total),
        bound=money(bound),
    )
