"""A batch: up to thirty changes in one call, each under its own key (`bId`), by which its answer is matched.

The members are carried out one after another and independently; a fault of one stands in the answer, with 200.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from tieout_providers.errors import Unsendable
from tieout_providers.qbo.bodies import (
    Body,
    CreditMemoBody,
    CustomerBody,
    CustomerChange,
    DocumentChange,
    InvoiceBody,
    ItemBody,
    ItemChange,
)
from tieout_providers.qbo.errors import QBO
from tieout_providers.qbo.limits import MAX_BID_CHARS

Changed = Literal["Invoice", "CreditMemo", "Customer", "Item"]
"""What this client writes."""
Document: TypeAlias = Literal["Invoice", "CreditMemo"]
Operation = Literal["create", "update", "delete", "void"]

_NEW: dict[type[Body], Changed] = {
    InvoiceBody: "Invoice",
    CreditMemoBody: "CreditMemo",
    CustomerBody: "Customer",
    ItemBody: "Item",
}
_CHANGED: dict[type[Body], tuple[Changed, ...]] = {
    DocumentChange: ("Invoice", "CreditMemo"),
    CustomerChange: ("Customer",),
    ItemChange: ("Item",),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one record, as a batch member and as a call of its own."""

    entity: Changed
    operation: Operation
    body: dict[str, Any]

    def member(self, bid: str) -> dict[str, Any]:
        """As a member of a batch. Voiding is an update with an option."""
        if not 1 <= len(bid) <= MAX_BID_CHARS or not (bid.isascii() and bid.isalnum()):
            raise Unsendable(QBO, "identifier_bad", f"A key in a batch has 1 to {MAX_BID_CHARS} letters and digits.")
        if self.operation == "void":
            return {"bId": bid, "operation": "update", "optionsData": "void", self.entity: self.body}
        return {"bId": bid, "operation": self.operation, self.entity: self.body}


def create(body: InvoiceBody | CreditMemoBody | CustomerBody | ItemBody) -> Change:
    """A new record."""
    return Change(_NEW[type(body)], "create", body.as_json())


def update(entity: Changed, body: DocumentChange | CustomerChange | ItemChange) -> Change:
    """A sparse update of one that is known with its sync token. Raises Unsendable if the body is of another entity."""
    if entity not in _CHANGED[type(body)]:
        raise Unsendable(QBO, "identifier_bad", f"{type(body).__name__} does not change a {entity}.")
    return Change(entity, "update", body.as_json())


def replace(
    body: InvoiceBody | CreditMemoBody, record_id: str, sync_token: str, kept: Mapping[str, Any] | None = None
) -> Change:
    """A full update of a document: what is not sent is emptied, but for `kept`, which goes back as it was read. Refused
    as stale (5010) if it was changed since it had this sync token."""
    whole = {**(kept or {}), **body.as_json(), **_version(record_id, sync_token), "sparse": False}
    return Change(_NEW[type(body)], "update", whole)


def delete(entity: Document, record_id: str, sync_token: str) -> Change:
    """Delete a document: refused as stale (5010) if it was changed since it had this sync token."""
    return Change(entity, "delete", _version(record_id, sync_token))


def void(entity: Document, record_id: str, sync_token: str) -> Change:
    """Void a document: it stays with amounts of 0 and loses its private note. Unconfirmed for credit memos."""
    return Change(entity, "void", {**_version(record_id, sync_token), "sparse": True})


def _version(record_id: str, sync_token: str) -> dict[str, Any]:
    for value in (record_id, sync_token):
        if not (value.isascii() and value.isalnum() and len(value) <= 40):
            raise Unsendable(QBO, "identifier_bad", "A document is named by its id and sync token.")
    return {"Id": record_id, "SyncToken": sync_token}
