"""The proof: what ConnectWise says against what the ledger holds, document by document and in total.

Everything here is read from the providers (`/_sim/dump` in the demo), nothing from Tieout's own rows: a mistake of
ours cannot hide itself. Tieout's records are only asked which documents are still in a person's hands.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tieout_standalone.held import Held

_CENT = Decimal("0.01")
_SALES_TAX = "ST"
_WITHOUT_POSTING = re.compile(r"-NP(-\d+)?$")
"""The end of a batch's name whose record was not posted, because its company was armed so."""
_LEVEL_IN_TEXT = re.compile(r"\blevel (\d{1,2})\b", re.IGNORECASE)


@dataclass(frozen=True)
class TaxAsLines:
    """Which tax the company posts as lines, so that the ledger computes none of it."""

    all: bool = False
    levels: frozenset[str] = frozenset()
    """Codes of the levels, case folded."""
    avalara: bool = False
    """Whether it is all tax of a document whose tax Avalara computed."""
    account: str | None = None
    """The ledger account of tax lines; None: the sales tax entry's own."""

    @classmethod
    def of(cls, tax: Mapping[str, Any]) -> "TaxAsLines":
        """By the `tax` of a company's settings."""
        levels = tax.get("levels_as_lines", ()) if tax.get("mode") == "by_tax_level" else ()
        return cls(
            all=tax.get("mode") == "gl_entries",
            levels=frozenset(map(_folded, levels)),
            avalara=tax.get("avalara") == "tax_lines",
            account=tax.get("lines_account"),
        )

    def entries(self, exported: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """The sales tax entries of a transaction that are lines in the ledger."""
        entries = [each for each in exported["detail"] if each["glTypeId"] == _SALES_TAX and Decimal(each["total"])]
        by_avalara = exported.get("useAvalaraFlag") or exported.get("sendAvalaraTaxFlag")
        if self.all or (self.avalara and by_avalara):
            return entries
        codes = _level_codes(exported)
        return [each for each in entries if codes.get(_level_of(each), _folded(each.get("taxCodeXref"))) in self.levels]


NO_TAX_AS_LINES = TaxAsLines()


@dataclass(frozen=True)
class Difference:
    """Something that does not agree, in words."""

    number: str
    what: str
    connectwise: str
    ledger: str


@dataclass
class TieOut:
    """`exact` only when nothing differs; sums are over the documents that ConnectWise holds as batched by us.

    Both sides' tax is what the ledger is to compute; `tax_as_lines` is the rest of ConnectWise's, found on accounts.
    """

    documents: int = 0
    batched_without_posting: int = 0
    """Older records that were closed in ConnectWise with nothing in the ledger, as the batch's name says."""
    connectwise_total: Decimal = Decimal(0)
    ledger_total: Decimal = Decimal(0)
    connectwise_tax: Decimal = Decimal(0)
    ledger_tax: Decimal = Decimal(0)
    tax_as_lines: Decimal = Decimal(0)
    adjustments: Decimal = Decimal(0)
    by_currency: dict[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    """The totals of both sides, each currency for itself: no rate of exchange is part of the proof."""
    by_account: dict[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)

    @property
    def exact(self) -> bool:
        return not self.differences


@dataclass(frozen=True)
class BilledCompany:
    """What one company's settings say about where its documents come from and go to."""

    organisation_id: str
    batch_prefix: str
    adjustment_account: str
    locations: frozenset[int] = frozenset()
    """Its ConnectWise locations; empty: all."""
    account_map: Mapping[str, str] = field(default_factory=dict)
    """ConnectWise account to ledger account, where they differ."""
    tax_as_lines: TaxAsLines = NO_TAX_AS_LINES

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "BilledCompany":
        return cls(
            organisation_id=settings["organisation_id"],
            batch_prefix=settings.get("batch_prefix", "TIE"),
            adjustment_account=settings["adjustment"]["account"],
            locations=frozenset(settings.get("connectwise_locations", ())),
            account_map={rule["connectwise_account"]: rule["ledger_account"] for rule in settings.get("accounts", ())},
            tax_as_lines=TaxAsLines.of(settings.get("tax", {})),
        )

    def bills(self, invoice: Mapping[str, Any]) -> bool:
        return not self.locations or invoice.get("locationId") in self.locations


def tie_out(
    connectwise: Mapping[str, Any],
    held: Iterable[Held],
    company: BilledCompany,
    *,
    foreign_ids: frozenset[str],
    waiting: Mapping[str, str],
) -> TieOut:
    """Compare both sides of one company.

    `foreign_ids`: ledger documents that were there before the run; one that a person linked, so that it was batched,
    is compared like ours. `waiting`: number to cause of the documents that are in the ledger, and known not to be
    batched, because a person must decide.
    """
    result = TieOut()
    live = [document for document in held if document.organisation == company.organisation_id]
    by_number = _one_per_number([one for one in live if one.id not in foreign_ids], result)
    foreign = {document.number: document for document in live if document.id in foreign_ids}
    sums: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    exported = {entry["id"]: entry for entry in connectwise["gl_transactions"]}
    batched = set()
    for invoice in filter(company.bills, connectwise["entities"]["/finance/invoices"]):
        batch = invoice.get("glBatch")
        if batch is None or not batch["name"].startswith(f"{company.batch_prefix}-"):
            continue
        number = invoice["invoiceNumber"]
        if _WITHOUT_POSTING.search(batch["name"]) and number not in by_number:
            result.batched_without_posting += 1
            continue
        batched.add(number)
        document = by_number.get(number) or foreign.get(number)
        if document is None:
            result.differences.append(
                Difference(number, "batched, not in the ledger", str(invoice["total"]), "nothing")
            )
            continue
        _compare(result, sums, exported[invoice["id"]], document, company)
    for number, document in sorted(by_number.items()):
        if number not in batched and number not in waiting:
            result.differences.append(Difference(number, "in the ledger, not batched", "unposted", str(document.total)))
    result.by_account = {account: (one, other) for account, (one, other) in sorted(sums.items())}
    return result


def _one_per_number(documents: list[Held], result: TieOut) -> dict[str, Held]:
    """I-1, seen from the ledger: no number twice."""
    for number, count in Counter(document.number for document in documents).items():
        if count > 1:
            result.differences.append(Difference(number, "more than one live document", "1", str(count)))
    return {document.number: document for document in documents}


def _compare(
    result: TieOut,
    sums: dict[str, list[Decimal]],
    exported: Mapping[str, Any],
    document: Held,
    company: BilledCompany,
) -> None:
    number = str(exported["documentNumber"])
    lines = [line for line in exported["detail"] if line["glTypeId"] != _SALES_TAX]
    # A sale's details are negative, a credit memo's positive: the sign of the whole says which.
    sign = -1 if Decimal(exported["total"]) >= 0 else 1
    of_tax = company.tax_as_lines.entries(exported)
    as_lines = sum((sign * Decimal(line["total"]) for line in of_tax), Decimal(0))
    total, tax = abs(Decimal(exported["total"])), abs(Decimal(exported.get("salesTax") or 0)) - as_lines
    adjusted = sum((line.amount for line in document.lines if line.account == company.adjustment_account), Decimal(0))
    result.documents += 1
    result.connectwise_total += -sign * total
    result.ledger_total += -sign * document.total
    result.connectwise_tax += -sign * tax
    result.ledger_tax += -sign * document.tax
    result.tax_as_lines += -sign * as_lines
    result.adjustments += -sign * adjusted
    currency = _currency(exported)
    if currency and document.currency:
        _expect(result, number, "currency", currency, document.currency)
    one, other = result.by_currency.get(currency or "", (Decimal(0), Decimal(0)))
    result.by_currency[currency or ""] = (one - sign * total, other - sign * document.total)
    _expect(result, number, "kind", _kind(is_credit=Decimal(exported["total"]) < 0), _kind(document.is_credit))
    _expect(result, number, "total", total, document.total)
    _expect(result, number, "tax with the stated adjustment", tax, document.tax + adjusted)
    _expect(result, number, "status", "approved", document.status)
    accounts: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    chosen = [(None, line) for line in lines] + [(company.tax_as_lines.account, line) for line in of_tax]
    for of_settings, line in chosen:
        account = of_settings or company.account_map.get(line["accountNumber"], line["accountNumber"])
        accounts[account][0] += sign * Decimal(line["total"])
    for held_line in document.lines:
        if held_line.account != company.adjustment_account:
            accounts[held_line.account][1] += held_line.amount
    for account, (one, other) in accounts.items():
        _expect(result, number, f"account {account}", one, other)
        sums[account][0] += -sign * one
        sums[account][1] += -sign * other


def _currency(exported: Mapping[str, Any]) -> str | None:
    """What the transaction itself says. Both sides are compared in it, whatever the ledger's own currency is."""
    code = (exported.get("currency") or {}).get("currencyCode")
    return str(code) if code else None


def _kind(is_credit: bool) -> str:
    return "credit memo" if is_credit else "invoice"


def _level_codes(exported: Mapping[str, Any]) -> dict[int, str]:
    """The codes of the levels that the transaction names: its list of levels, else the header's two."""
    listed = {one["taxLevel"]: one["taxCodeXref"] for one in exported.get("taxLevels") or () if one.get("taxCodeXref")}
    header = {1: exported.get("stateTaxXref"), 2: exported.get("countyTaxXref")}
    return {level: _folded(code) for level, code in (listed or header).items() if code}


def _level_of(entry: Mapping[str, Any]) -> int:
    """The level that a sales tax entry names in its text; the first where it names none."""
    match = _LEVEL_IN_TEXT.search(entry.get("description") or "")
    return int(match[1]) if match else 1


def _folded(code: object) -> str:
    return str(code or "").strip().casefold()


def _expect(result: TieOut, number: str, what: str, connectwise: Decimal | str, ledger: Decimal | str) -> None:
    if isinstance(connectwise, Decimal) and isinstance(ledger, Decimal):
        connectwise, ledger = connectwise.quantize(_CENT), ledger.quantize(_CENT)
    if connectwise != ledger:
        result.differences.append(Difference(number, what, str(connectwise), str(ledger)))
