"""What a ledger holds, in no ledger's own terms, so that one proof reads them all.

Read from the simulators' whole state. Each ledger is read by one function: a third one adds its own.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

State = Mapping[str, Any]
_NOT_LIVE = frozenset({"DELETED", "VOIDED"})
_FINAL = frozenset({"AUTHORISED", "PAID"})  # a document of 0.00 is paid as soon as it is approved


@dataclass(frozen=True, slots=True)
class HeldLine:
    account: str
    amount: Decimal
    """Before tax, in the document's currency."""


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


@dataclass(frozen=True, slots=True)
class _Kind:
    """Where a ledger's state has documents of one kind, and what it calls their id and number."""

    name: str
    id_field: str
    number_field: str
    is_credit: bool

    def id_of(self, organisation: str, document: State) -> str:
        return f"{organisation}/{self.name}/{document[self.id_field]}"


XERO = (
    _Kind("Invoices", "InvoiceID", "InvoiceNumber", is_credit=False),
    _Kind("CreditNotes", "CreditNoteID", "CreditNoteNumber", is_credit=True),
)
QBO = (_Kind("Invoice", "Id", "DocNumber", is_credit=False), _Kind("CreditMemo", "Id", "DocNumber", is_credit=True))


def held_in_xero(state: State) -> list[Held]:
    """Every live document of every organisation of Xero."""
    return [
        _xero_document(organisation["tenantId"], kind, document)
        for organisation in state["organisations"]
        for kind in XERO
        for document in organisation.get(kind.name, ())
        if document["Status"] not in _NOT_LIVE
    ]


def held_in_qbo(state: State) -> list[Held]:
    """Every document of every company of QuickBooks Online; there what is deleted is gone, and nothing is a draft."""
    return [
        _qbo_document(company["realmId"], kind, document, _accounts_of_items(company))
        for company in state["companies"]
        for kind in QBO
        for document in company.get(kind.name, ())
    ]


HELD_IN: Mapping[str, Callable[[State], list[Held]]] = {"xero": held_in_xero, "qbo": held_in_qbo}


def ids_in(ledger: str, loaded: State) -> frozenset[str]:
    """The ids of the documents in a data file, which need not state their totals."""
    books, key, kinds = ("organisations", "tenantId", XERO) if ledger == "xero" else ("companies", "realmId", QBO)
    return frozenset(
        kind.id_of(each[key], document)
        for each in loaded[books]
        for kind in kinds
        for document in each.get(kind.name, ())
    )


def _xero_document(organisation: str, kind: _Kind, document: State) -> Held:
    status = document["Status"]
    return Held(
        id=kind.id_of(organisation, document),
        organisation=organisation,
        number=str(document[kind.number_field]),
        is_credit=kind.is_credit,
        status="approved" if status in _FINAL else status,
        total=Decimal(document["Total"]),
        tax=Decimal(document["TotalTax"]),
        currency=document.get("CurrencyCode"),
        lines=tuple(HeldLine(line["AccountCode"], Decimal(line["LineAmount"])) for line in document["LineItems"]),
    )


def _accounts_of_items(company: State) -> dict[str, str]:
    """The account that each item sells to: a line of QuickBooks names its item only."""
    accounts = {each["Id"]: each.get("AcctNum") or each["Name"] for each in company["Account"]}
    return {each["Id"]: accounts[each["IncomeAccountRef"]["value"]] for each in _sold(company["Item"])}


def _sold(items: Iterable[State]) -> list[State]:
    return [each for each in items if each.get("IncomeAccountRef")]


def _qbo_document(realm_id: str, kind: _Kind, document: State, accounts: Mapping[str, str]) -> Held:
    lines = [each for each in document["Line"] if each["DetailType"] == "SalesItemLineDetail"]
    return Held(
        id=kind.id_of(realm_id, document),
        organisation=realm_id,
        number=str(document[kind.number_field]),
        is_credit=kind.is_credit,
        status="approved",
        total=Decimal(document["TotalAmt"]),
        tax=Decimal((document.get("TxnTaxDetail") or {}).get("TotalTax") or 0),
        currency=(document.get("CurrencyRef") or {}).get("value"),
        lines=tuple(
            HeldLine(accounts[each["SalesItemLineDetail"]["ItemRef"]["value"]], Decimal(each["Amount"]))
            for each in lines
        ),
    )
