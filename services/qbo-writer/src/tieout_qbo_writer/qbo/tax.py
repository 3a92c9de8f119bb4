"""Tax as QuickBooks Online takes it.

Outside the United States each line has its tax code and QuickBooks computes each rate on its summed base; a cent that
the plan moved is sent as the rate's own tax line. Inside, lines are taxed or not (TAX, NON), one tax code stands on the
document, and no cent can be moved. Tax-inclusive amounts are not posted.
"""

from collections.abc import Mapping
from decimal import Decimal

from tieout_contracts.documents import LedgerDocument, LedgerLine
from tieout_providers.qbo.bodies import GlobalTaxCalculation, Ref, TaxLine, TaxLineDetail, TxnTaxDetail
from tieout_qbo_writer.qbo.keys import REGIME, looked_up, rates_key

TAXED, UNTAXED = "TAX", "NON"


def global_tax(document: LedgerDocument, keys: Mapping[str, str]) -> GlobalTaxCalculation | None:
    """How the amounts stand to the tax; None in the United States. Raises ValueError for tax-inclusive amounts."""
    if document.tax_mode == "inclusive":
        raise ValueError("tax-inclusive amounts are not posted to QuickBooks Online")
    if keys.get(REGIME) != "by_line":
        return None
    return "NotApplicable" if document.tax_mode == "no_tax" else "TaxExcluded"


def line_tax_code(document: LedgerDocument, line: LedgerLine, keys: Mapping[str, str]) -> Ref | None:
    """The tax code of a line."""
    if keys.get(REGIME) == "by_line":
        return None if document.tax_mode == "no_tax" else Ref(value=line.tax_code)
    return Ref(value=TAXED if _is_taxed(document, line) else UNTAXED)


def shown_tax_code(document: LedgerDocument, line: LedgerLine, shown: str | None) -> str | None:
    """The plan's tax code where the shown one says the same of the line, else the shown one."""
    if shown in (TAXED, UNTAXED):
        return line.tax_code if (shown == TAXED) == _is_taxed(document, line) else shown
    return line.tax_code if shown is None and document.tax_mode == "no_tax" else shown


def tax_detail(document: LedgerDocument, keys: Mapping[str, str]) -> TxnTaxDetail | None:
    """What is said about the tax of the whole document. Raises ValueError for what could not be kept."""
    moved = any(line.tax_override for line in document.lines)
    if keys.get(REGIME) == "by_line":
        return _per_rate(document, keys) if moved and document.tax_mode != "no_tax" else None
    if moved:
        raise ValueError("its tax cannot be moved by a cent: in the United States QuickBooks Online computes it")
    codes = {line.tax_code for line in document.lines if _is_taxed(document, line)}
    if not codes:
        return None
    if keys.get(REGIME) != "by_hand":
        raise ValueError("it is taxed, but sales tax is not switched on in QuickBooks Online")
    if len(codes) > 1:
        raise ValueError(f"a document in the United States has one tax code, not {len(codes)}")
    return TxnTaxDetail(txn_tax_code_ref=Ref(value=codes.pop()))


def _is_taxed(document: LedgerDocument, line: LedgerLine) -> bool:
    return document.tax_mode != "no_tax" and line.tax_code != UNTAXED


def _per_rate(document: LedgerDocument, keys: Mapping[str, str]) -> TxnTaxDetail:
    """Every rate in use with its tax, which QuickBooks keeps where they are complete (the canary proves it)."""
    taxes: dict[str, Decimal] = {}
    bases: dict[str, Decimal] = {}
    for line in document.lines:
        rates = looked_up(keys, rates_key(line.tax_code), f"the tax code {line.tax_code!r}").split()
        if len(rates) != 1:
            raise ValueError(
                f"a cent of tax cannot be moved on the tax code {line.tax_code!r}, which has {len(rates)} rates"
            )
        taxes[rates[0]] = taxes.get(rates[0], Decimal(0)) + line.tax_amount
        bases[rates[0]] = bases.get(rates[0], Decimal(0)) + line.amount
    lines = tuple(
        TaxLine(
            amount=amount,
            tax_line_detail=TaxLineDetail(tax_rate_ref=Ref(value=rate), net_amount_taxable=bases[rate]),
        )
        for rate, amount in taxes.items()
    )
    return TxnTaxDetail(total_tax=sum(taxes.values(), Decimal(0)), tax_line=lines)
