"""Tax as QuickBooks Online takes it.

Outside the United States each line has its tax code and QuickBooks computes each rate on its summed base; a cent that
the plan moved is sent as the rate's own tax line. Inside, lines are taxed or not (TAX, NON) and one tax code stands on
the document; with a moved cent its whole tax is sent, parted among its rates as they are. With Automated Sales Tax
QuickBooks finds code and rates by the address; its own tax is left to it, or ours is sent in its stead. Tax-inclusive
amounts are not posted.
"""

from collections.abc import Mapping
from decimal import Decimal

from tieout_contracts.documents import LedgerDocument, LedgerLine
from tieout_contracts.money import round_half_away
from tieout_providers.qbo.bodies import GlobalTaxCalculation, Ref, TaxLine, TaxLineDetail, TxnTaxDetail
from tieout_qbo_writer.qbo.keys import REGIME, looked_up, percents_key, rates_key

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
    codes = {line.tax_code for line in document.lines if _is_taxed(document, line)}
    if not codes:
        return None
    if keys.get(REGIME) == "automated":
        return _automated(document)
    if document.tax_mode in ("computed", "override"):
        raise ValueError("its tax was left to Automated Sales Tax, which the company does not use")
    if keys.get(REGIME) != "by_hand":
        raise ValueError("it is taxed, but sales tax is not switched on in QuickBooks Online")
    if len(codes) > 1:
        raise ValueError(f"a document in the United States has one tax code, not {len(codes)}")
    (code,) = codes
    return _whole(document, code, keys) if moved else TxnTaxDetail(txn_tax_code_ref=Ref(value=code))


def _automated(document: LedgerDocument) -> TxnTaxDetail | None:
    """What is said where QuickBooks finds the tax itself: nothing, or the whole tax in its stead.

    UNCONFIRMED: Intuit says that a sent total is honoured and prorated over the rates of the place; developers saw it
    computed anew, or taken as 0. The answer is compared, and the first one is approved by a person.
    """
    if document.tax_mode == "computed":
        return None
    if document.tax_mode == "override":
        return TxnTaxDetail(total_tax=document.expected.tax)
    raise ValueError("it is taxed, and the company uses Automated Sales Tax, which would replace its tax")


def _is_taxed(document: LedgerDocument, line: LedgerLine) -> bool:
    return document.tax_mode != "no_tax" and line.tax_code != UNTAXED


def _per_rate(document: LedgerDocument, keys: Mapping[str, str]) -> TxnTaxDetail:
    """Every rate in use with its tax, which QuickBooks keeps where they are complete (the canary proves it)."""
    taxes: dict[str, Decimal] = {}
    bases: dict[str, Decimal] = {}
    for line in document.lines:
        rates = _rates(line.tax_code, keys)
        if not rates:
            continue
        if len(rates) > 1:
            raise ValueError(
                f"a cent of tax cannot be moved on the tax code {line.tax_code!r}, which has {len(rates)} rates"
            )
        taxes[rates[0]] = taxes.get(rates[0], Decimal(0)) + line.tax_amount
        bases[rates[0]] = bases.get(rates[0], Decimal(0)) + line.amount
    lines = tuple(_tax_line(rate, amount, bases[rate]) for rate, amount in taxes.items())
    return TxnTaxDetail(total_tax=sum(taxes.values(), Decimal(0)), tax_line=lines)


def _whole(document: LedgerDocument, code: str, keys: Mapping[str, str]) -> TxnTaxDetail:
    """The document's tax as the plan has it, parted among the code's rates by their percentages."""
    total = sum((line.tax_amount for line in document.lines), Decimal(0))
    base = sum((line.amount for line in document.lines if _is_taxed(document, line)), Decimal(0))
    rates = _rates(code, keys)
    percents = looked_up(keys, percents_key(code), f"the tax code {code!r}").split() if len(rates) > 1 else ["1"]
    parts = _parted(total, [Decimal(percent) for percent in percents])
    return TxnTaxDetail(
        txn_tax_code_ref=Ref(value=code),
        total_tax=total,
        tax_line=tuple(_tax_line(rate, part, base) for rate, part in zip(rates, parts, strict=True)),
    )


def _parted(total: Decimal, weights: list[Decimal]) -> list[Decimal]:
    """`total` by weight, in cents; the last takes what rounding leaves."""
    whole = sum(weights, Decimal(0))
    parts = [round_half_away(total * weight / whole, 2) for weight in weights[:-1]]
    return [*parts, total - sum(parts, Decimal(0))]


def _rates(code: str, keys: Mapping[str, str]) -> list[str]:
    return looked_up(keys, rates_key(code), f"the tax code {code!r}").split()


def _tax_line(rate: str, amount: Decimal, base: Decimal) -> TaxLine:
    detail = TaxLineDetail(tax_rate_ref=Ref(value=rate), net_amount_taxable=base)
    return TaxLine(amount=amount, tax_line_detail=detail)
