"""One company's documents on both sides, pair by pair."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from tieout_standalone.held import NO_TAX_CODE, Held, TaxShare
from tieout_standalone.tie_out.billed import BilledCompany
from tieout_standalone.tie_out.exported import Entry, Transaction, currency_of, lines_of
from tieout_standalone.tie_out.result import Difference, Sides, Sums, TieOut

_CENT = Decimal("0.01")
_WITHOUT_POSTING = re.compile(r"-NP(-\d+)?$")
"""The end of a batch's name whose record was not posted, because its company was armed so."""


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
    tally = _Tally(company)
    live = [document for document in held if document.organisation == company.organisation_id]
    by_number = _one_per_number([one for one in live if one.id not in foreign_ids], tally.result)
    foreign = {document.number: document for document in live if document.id in foreign_ids}
    exported = {entry["id"]: entry for entry in connectwise["gl_transactions"]}
    batched = set()
    for invoice in filter(company.bills, connectwise["entities"]["/finance/invoices"]):
        batch = invoice.get("glBatch")
        if batch is None or not batch["name"].startswith(f"{company.batch_prefix}-"):
            continue
        number = invoice["invoiceNumber"]
        if _WITHOUT_POSTING.search(batch["name"]) and number not in by_number:
            tally.result.batched_without_posting += 1
            continue
        batched.add(number)
        document = by_number.get(number) or foreign.get(number)
        if document is None:
            tally.differs(number, "batched, not in the ledger", str(invoice["total"]), "nothing")
            continue
        transaction = exported[invoice["id"]]
        tally.compare(_Pair(transaction, document, company, currency_of(transaction, invoice)))
    for number, document in sorted(by_number.items()):
        if number not in batched and number not in waiting:
            tally.differs(number, "in the ledger, not batched", "unposted", str(document.total))
    return tally.told()


def _one_per_number(documents: list[Held], result: TieOut) -> dict[str, Held]:
    """I-1, seen from the ledger: no number twice."""
    for number, count in Counter(document.number for document in documents).items():
        if count > 1:
            result.differences.append(Difference(number, "more than one live document", "1", str(count)))
    return {document.number: document for document in documents}


@dataclass(frozen=True)
class _Pair:
    """One document on both sides; ConnectWise's amounts are turned to the ledger's sign, positive on a credit too."""

    exported: Transaction
    document: Held
    company: BilledCompany
    currency: str | None

    @property
    def is_credit(self) -> bool:
        return Decimal(self.exported["total"]) < 0

    @property
    def turn(self) -> int:
        """For sums, in which a credit memo is negative."""
        return -1 if self.is_credit else 1

    def amount(self, entry: Entry) -> Decimal:
        """A sale's details are negative, a credit memo's positive: the sign of the whole says which."""
        return -self.turn * Decimal(entry["total"])

    @cached_property
    def tax_lines(self) -> list[Entry]:
        return self.company.tax_as_lines.entries(self.exported)

    @property
    def tax_as_lines(self) -> Decimal:
        return sum(map(self.amount, self.tax_lines), Decimal(0))

    @property
    def total(self) -> Decimal:
        return abs(Decimal(self.exported["total"]))

    @property
    def tax(self) -> Decimal:
        """What the ledger is to compute."""
        return abs(Decimal(self.exported.get("salesTax") or 0)) - self.tax_as_lines

    @property
    def adjusted(self) -> Decimal:
        of_adjustment = (each for each in self.document.lines if each.account == self.company.adjustment_account)
        return sum((line.amount for line in of_adjustment), Decimal(0))

    def by_account(self) -> dict[str, Sides]:
        billed = [(self._account(line), self.amount(line)) for line in lines_of(self.exported)]
        of_tax = self.company.tax_as_lines.account
        billed += [(of_tax or self._account(line), self.amount(line)) for line in self.tax_lines]
        return self._sides(billed)

    def by_tax_code(self) -> dict[str, Sides]:
        """Amounts before tax."""
        codes = self.company.tax_codes
        if codes is None:
            return {}
        billed = [(codes.of_line(line, self.exported), self.amount(line)) for line in lines_of(self.exported)]
        billed += [(codes.of_tax_lines, self.amount(line)) for line in self.tax_lines]
        return self._sides(billed, by_tax_code=True)

    def tax_by_code(self) -> dict[str, Sides]:
        """Tax of each code, or of several together that one of the sides does not tell apart."""
        codes = self.company.tax_codes
        if codes is None:
            return {}
        taxed = codes.taxed_codes(lines_of(self.exported), self.exported) or frozenset({NO_TAX_CODE})
        billed = codes.shares(self.exported, -self.turn, taxed)
        if sum((share.amount for share in billed), Decimal(0)) != self.tax:  # the header knows of more than the entries
            billed = [TaxShare(taxed, self.tax)]
        held = [*self.document.taxes, TaxShare(taxed, self.adjusted)]
        together = _together([share.codes for share in (*billed, *held) if share.amount])
        return {" + ".join(sorted(group)): (_of_group(group, billed), _of_group(group, held)) for group in together}

    def _account(self, line: Entry) -> str:
        own = str(line["accountNumber"])
        return self.company.account_map.get(own, own)

    def _sides(self, billed: Iterable[tuple[str, Decimal]], *, by_tax_code: bool = False) -> dict[str, Sides]:
        one: dict[str, Decimal] = defaultdict(Decimal)
        other: dict[str, Decimal] = defaultdict(Decimal)
        for name, amount in billed:
            one[name] += amount
        for line in self.document.lines:
            if line.account != self.company.adjustment_account:
                other[line.tax_code if by_tax_code else line.account] += line.amount
        return {name: (one[name], other[name]) for name in (*one, *(each for each in other if each not in one))}


def _together(codes: Sequence[frozenset[str]]) -> list[frozenset[str]]:
    """Sets that share no code any more."""
    groups: list[frozenset[str]] = []
    for each in codes:
        apart = [group for group in groups if not group & each]
        groups = [*apart, each.union(*(group for group in groups if group & each))]
    return groups


def _of_group(group: frozenset[str], shares: Iterable[TaxShare]) -> Decimal:
    return sum((share.amount for share in shares if share.codes <= group and share.amount), Decimal(0))


@dataclass
class _Tally:
    """The sums over all pairs, and what differs in each."""

    company: BilledCompany
    result: TieOut = field(default_factory=TieOut)
    accounts: Sums = field(default_factory=Sums)
    tax_codes: Sums = field(default_factory=Sums)
    taxes: Sums = field(default_factory=Sums)
    receivables: Sums = field(default_factory=Sums)

    def compare(self, pair: _Pair) -> None:
        self._count(pair)
        document, number = pair.document, str(pair.exported["documentNumber"])
        if pair.currency and document.currency:
            self._expect(number, "currency", pair.currency, document.currency)
        self._expect(number, "kind", _kind(is_credit=pair.is_credit), _kind(document.is_credit))
        self._expect(number, "total", pair.total, document.total)
        self._expect(number, "tax with the stated adjustment", pair.tax, document.tax + pair.adjusted)
        self._expect(number, "status", "approved", document.status)
        self._each(pair, number, "account", pair.by_account(), self.accounts)
        self._each(pair, number, "amount of tax code", pair.by_tax_code(), self.tax_codes)
        self._each(pair, number, "tax of tax code", pair.tax_by_code(), self.taxes)

    def differs(self, number: str, what: str, connectwise: str, ledger: str) -> None:
        self.result.differences.append(Difference(number, what, connectwise, ledger))

    def told(self) -> TieOut:
        currencies = list(self.result.by_currency)
        self.result.by_account = self.accounts.named(currencies)
        self.result.by_tax_code = self.tax_codes.named(currencies)
        self.result.tax_by_code = self.taxes.named(currencies)
        self.result.by_receivable = self.receivables.named(currencies)
        return self.result

    def _count(self, pair: _Pair) -> None:
        result, document, turn = self.result, pair.document, pair.turn
        result.documents += 1
        result.connectwise_total += turn * pair.total
        result.ledger_total += turn * document.total
        result.connectwise_tax += turn * pair.tax
        result.ledger_tax += turn * document.tax
        result.tax_as_lines += turn * pair.tax_as_lines
        result.adjustments += turn * pair.adjusted
        currency = pair.currency or ""
        one, other = result.by_currency.get(currency, (Decimal(0), Decimal(0)))
        result.by_currency[currency] = (one + turn * pair.total, other + turn * document.total)
        self.receivables.add(document.receivable, currency, turn * pair.total, turn * document.total)

    def _each(self, pair: _Pair, number: str, what: str, found: Mapping[str, Sides], sums: Sums) -> None:
        for name, (one, other) in found.items():
            self._expect(number, f"{what} {name}", one, other)
            sums.add(name, pair.currency or "", pair.turn * one, pair.turn * other)

    def _expect(self, number: str, what: str, connectwise: Decimal | str, ledger: Decimal | str) -> None:
        if isinstance(connectwise, Decimal) and isinstance(ledger, Decimal):
            connectwise, ledger = connectwise.quantize(_CENT), ledger.quantize(_CENT)
        if connectwise != ledger:
            self.differs(number, what, str(connectwise), str(ledger))


def _kind(is_credit: bool) -> str:
    return "credit memo" if is_credit else "invoice"
