"""What a ledger holds, in no ledger's own terms, so that one proof reads them all.

Read from the simulators' whole state. A third ledger adds one reader and one row to `_LEDGERS`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

State = Mapping[str, Any]
_NOT_LIVE = frozenset({"DELETED", "VOIDED"})
NO_TAX_CODE = "none"
_RECEIVABLE = "of clients"
"""Where the ledger's state has no such account."""
TAXED = "TAX"
_FINAL = frozenset({"AUTHORISED", "PAID"})  # a document of 0.00 is paid as soon as it is approved


@dataclass(frozen=True, slots=True)
class HeldLine:
    account: str
    amount: Decimal
    """Before tax, in the document's currency."""
    tax_code: str
    """The ledger's code or id; of a document that has one code for its taxed lines, that one on each of them."""


@dataclass(frozen=True, slots=True)
class TaxShare:
    """Tax of one of the ledger's tax codes, or of several that the ledger does not tell apart on the document."""

    codes: frozenset[str]
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Held:
    """One live invoice or credit memo."""

    id: str
    """Unique over all organisations and kinds."""
    organisation: str
    number: str
    is_credit: bool
    status: str
    """`approved`, or the ledger's own word for what it is instead."""
    total: Decimal
    tax: Decimal
    currency: str | None
    lines: tuple[HeldLine, ...]
    taxes: tuple[TaxShare, ...]
    receivable: str
    """The account of what clients owe."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """Where an organisation has documents of one kind, and what it calls their id and number."""

    name: str
    id_field: str
    number_field: str
    is_credit: bool

    def id_of(self, organisation: str, document: State) -> str:
        return f"{organisation}/{self.name}/{document[self.id_field]}"


@dataclass(frozen=True, slots=True)
class _Ledger:
    """Where a ledger's state has its organisations, and how their documents are read."""

    organisations: str
    id_field: str
    kinds: tuple[_Kind, ...]
    reader: Callable[[State], Callable[[str, _Kind, State], Held]]
    """Made once for each organisation."""


def held_in(ledger: str, state: State) -> list[Held]:
    """Every live document of every organisation of a ledger."""
    known = _LEDGERS[ledger]
    found = []
    for organisation in state[known.organisations]:
        read = known.reader(organisation)
        found += [read(*each) for each in _documents(known, organisation)]
    return found


def ids_in(ledger: str, loaded: State) -> frozenset[str]:
    """The ids of the live documents in a data file, which need not state their totals."""
    known = _LEDGERS[ledger]
    return frozenset(
        kind.id_of(identifier, document)
        for organisation in loaded[known.organisations]
        for identifier, kind, document in _documents(known, organisation)
    )


def _documents(ledger: _Ledger, organisation: State) -> Iterator[tuple[str, _Kind, State]]:
    """Each live document, with its organisation's id and its kind. QuickBooks Online keeps no deleted ones."""
    for kind in ledger.kinds:
        for document in organisation.get(kind.name, ()):
            if document.get("Status") not in _NOT_LIVE:
                yield organisation[ledger.id_field], kind, document


def _of_xero(state: State) -> Callable[[str, _Kind, State], Held]:
    owed = (each["Code"] for each in state.get("Accounts", ()) if each.get("SystemAccount") == "DEBTORS")
    receivable = next(owed, _RECEIVABLE)

    def read(organisation: str, kind: _Kind, document: State) -> Held:
        status, lines = document["Status"], document["LineItems"]
        return Held(
            id=kind.id_of(organisation, document),
            organisation=organisation,
            number=str(document[kind.number_field]),
            is_credit=kind.is_credit,
            status="approved" if status in _FINAL else status,
            total=Decimal(document["Total"]),
            tax=Decimal(document["TotalTax"]),
            currency=document.get("CurrencyCode"),
            lines=tuple(
                HeldLine(line["AccountCode"], Decimal(line["LineAmount"]), line.get("TaxType") or NO_TAX_CODE)
                for line in lines
            ),
            taxes=tuple(
                TaxShare(frozenset({line["TaxType"]}), Decimal(line["TaxAmount"]))
                for line in lines
                if line.get("TaxAmount")
            ),
            receivable=receivable,
        )

    return read


def _of_qbo(company: State) -> Callable[[str, _Kind, State], Held]:
    accounts, receivables = _accounts_of_items(company), _receivables(company)
    rates = {each["Id"]: _rates_of(each) for each in company.get("TaxCode", ())}
    finds_tax = (company.get("Preferences") or {}).get("TaxPrefs", {}).get("PartnerTaxEnabled") is True

    def read(realm_id: str, kind: _Kind, document: State) -> Held:
        lines = [each for each in document["Line"] if each["DetailType"] == "SalesItemLineDetail"]
        taxes = document.get("TxnTaxDetail") or {}
        codes = [_tax_code(each, {} if finds_tax else taxes) for each in lines]
        return Held(
            id=kind.id_of(realm_id, document),
            organisation=realm_id,
            number=str(document[kind.number_field]),
            is_credit=kind.is_credit,
            status="approved",  # there are no drafts
            total=Decimal(document["TotalAmt"]),
            tax=Decimal(taxes.get("TotalTax") or 0),
            currency=(document.get("CurrencyRef") or {}).get("value"),
            lines=tuple(
                HeldLine(accounts[each["SalesItemLineDetail"]["ItemRef"]["value"]], Decimal(each["Amount"]), code)
                for each, code in zip(lines, codes, strict=True)
            ),
            taxes=tuple(_tax_shares(taxes, rates, frozenset(codes or [NO_TAX_CODE]))),
            receivable=receivables.get((document.get("ARAccountRef") or {}).get("value"), _RECEIVABLE),
        )

    return read


def _accounts_of_items(company: State) -> dict[str, str]:
    """The account that each item sells to: a line of QuickBooks names its item only."""
    accounts = {each["Id"]: each.get("AcctNum") or each["Name"] for each in company["Account"]}
    sold = [each for each in company["Item"] if each.get("IncomeAccountRef")]
    return {each["Id"]: accounts[each["IncomeAccountRef"]["value"]] for each in sold}


def _tax_code(line: State, taxes: State) -> str:
    """A line's tax code. In the United States it says only whether it is taxed: the document names the code, but for
    one that Automated Sales Tax chose itself, which nobody maps."""
    code = (line["SalesItemLineDetail"].get("TaxCodeRef") or {}).get("value") or NO_TAX_CODE
    return str((taxes.get("TxnTaxCodeRef") or {}).get("value", code) if code == TAXED else code)


def _rates_of(tax_code: State) -> frozenset[str]:
    details = (tax_code.get("SalesTaxRateList") or {}).get("TaxRateDetail", ())
    return frozenset(each["TaxRateRef"]["value"] for each in details)


def _tax_shares(taxes: State, rates: Mapping[str, frozenset[str]], codes: frozenset[str]) -> Iterator[TaxShare]:
    """QuickBooks states tax by rate: it is that of the document's codes which have the rate."""
    stated = taxes.get("TaxLine") or ()
    if not stated and taxes.get("TotalTax"):
        yield TaxShare(codes, Decimal(taxes["TotalTax"]))
    for each in stated:
        rate = each["TaxLineDetail"]["TaxRateRef"]["value"]
        having = frozenset(code for code in codes if rate in rates.get(code, ()))
        if each.get("Amount"):
            yield TaxShare(having or codes, Decimal(each["Amount"]))


def _receivables(company: State) -> dict[str | None, str]:
    """Account number by id, and by None the one that documents stand on which name none."""
    owed = [each for each in company["Account"] if each.get("AccountType") == "Accounts Receivable"]
    numbers = [(each["Id"], each.get("AcctNum") or each["Name"]) for each in owed]
    return {**dict(numbers), None: numbers[0][1]} if numbers else {}


_LEDGERS: Mapping[str, _Ledger] = {
    "xero": _Ledger(
        "organisations",
        "tenantId",
        (
            _Kind("Invoices", "InvoiceID", "InvoiceNumber", is_credit=False),
            _Kind("CreditNotes", "CreditNoteID", "CreditNoteNumber", is_credit=True),
        ),
        _of_xero,
    ),
    "qbo": _Ledger(
        "companies",
        "realmId",
        (
            _Kind("Invoice", "Id", "DocNumber", is_credit=False),
            _Kind("CreditMemo", "Id", "DocNumber", is_credit=True),
        ),
        _of_qbo,
    ),
}
