"""From mapped lines to ledger lines: each with its price, and its rounding line right below where it needs one."""

from decimal import Decimal

from tieout_contracts.records import InvoiceContent, RecordLine
from tieout_contracts.settings import CompanySettings
from tieout_transform.rules.chart import Chart
from tieout_transform.rules.draft import DraftLine
from tieout_transform.rules.findings import Findings
from tieout_transform.rules.lines import PricedLine, price_line, too_large
from tieout_transform.rules.mapping import MappedLine
from tieout_transform.rules.tax import TaxMap
from tieout_transform.rules.texts import description
from tieout_transform.rules.words import figure, line_numbers, money, signed

_ONE = Decimal(1)
_WITHOUT_ITS_PRICE = frozenset({"single_unit", "amount_only"})
_MOVED = _WITHOUT_ITS_PRICE | {"rounding_line"}


def draft_lines(
    record: InvoiceContent,
    mapped: list[MappedLine],
    settings: CompanySettings,
    taxes: TaxMap,
    chart: Chart,
    findings: Findings,
) -> list[DraftLine] | None:
    """The ledger's lines in ConnectWise's order; None where a line has no price or no tax rate, which was refused."""
    drafts: list[DraftLine] = []
    as_exported: list[int] = []
    complete = True
    for index, (line, target) in enumerate(zip(record.lines, mapped, strict=True)):
        priced = _price(index, line, target, settings, chart, findings)
        if priced is None or target.rate is None:
            complete = False
            continue
        if priced.method == "exported_price" and not priced.arithmetic:
            as_exported.append(index)
        else:
            _explain(index, priced, findings)
        text = description(
            index, line, with_unit=settings.unit_of_measure_in_text, ending=priced.ending, findings=findings
        )
        source = DraftLine(
            kind="source",
            source_line=index,
            method=priced.method,
            description=text,
            quantity=priced.quantity,
            unit_amount=priced.unit_amount,
            amount=priced.amount,
            account_code=target.account.code if target.account else "",
            item_code=target.item.code if target.item else None,
            tracking=target.tracking,
            rate=target.rate,
            levels=taxes.by_rate(line),
            as_posted=line.applied is not None and line.applied.ledger_tax_code is not None,
        )
        drafts.append(source)
        if priced.rounding:
            drafts.append(_rounding_line(source, priced))
    if as_exported:
        findings.explain(f"line {line_numbers(as_exported)}: quantity × exported price is ConnectWise's amount")
    return drafts if complete else None


def _price(
    index: int, line: RecordLine, target: MappedLine, settings: CompanySettings, chart: Chart, findings: Findings
) -> PricedLine | None:
    if figure_too_large := too_large(line, chart.ledger):
        findings.add("rules.number_too_large", line=index, figure=figure_too_large)
        return None
    priced = price_line(
        line,
        rule=settings.adjustment.line_rule,
        tracked_stock=target.item is not None and target.item.code in chart.tracked_stock,
        ledger=chart.ledger,
    )
    if priced is None:
        findings.add(
            "rules.amount_not_reachable",
            line=index,
            quantity=figure(line.quantity),
            places=chart.ledger.price_places,
            amount=money(line.amount),
        )
    return priced


def _explain(index: int, priced: PricedLine, findings: Findings) -> None:
    """Say how the line came out; cents that moved are a warning too (F139)."""
    if priced.method == "rounding_line":
        findings.add("rules.rounding_line", line=index, arithmetic=priced.arithmetic, rounding=signed(priced.rounding))
    elif priced.method in _WITHOUT_ITS_PRICE:
        findings.add(f"rules.{priced.method}", line=index, arithmetic=priced.arithmetic)
    words = priced.arithmetic or (
        f"{figure(priced.quantity)} × {figure(priced.unit_amount)} = {money(priced.amount)} "
        f"({'by its own price' if priced.method == 'own_price' else 'amount ÷ quantity'})"
    )
    findings.explain(words, line=index, noted=priced.method in _MOVED)


def _rounding_line(source: DraftLine, priced: PricedLine) -> DraftLine:
    """Right below its parent, with the parent's account, tax code and tracking; without its item, which is not sold."""
    return DraftLine(
        kind="rounding",
        source_line=source.source_line,
        method=None,
        description=f"Rounding: {priced.arithmetic}",
        quantity=_ONE,
        unit_amount=priced.rounding,
        amount=priced.rounding,
        account_code=source.account_code,
        item_code=None,
        tracking=source.tracking,
        rate=source.rate,
        levels=source.levels,
    )
