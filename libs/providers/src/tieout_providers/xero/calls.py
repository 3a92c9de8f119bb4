"""Xero's calls as values: pure, storable, ready to be sent by any client that holds a token."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar
from urllib.parse import quote
from uuid import UUID

from tieout_providers.call import Call
from tieout_providers.errors import Unsendable
from tieout_providers.json_exact import dumps
from tieout_providers.xero.bodies import (
    ContactBody,
    ContactChange,
    CreditNoteBody,
    CreditNoteChange,
    InvoiceBody,
    InvoiceChange,
    ItemBody,
)
from tieout_providers.xero.errors import XERO
from tieout_providers.xero.where import all_of, checked_guid, text_among, text_equals

API = "/api.xro/2.0"
MAX_BULK = 50
MAX_ITEMS = 100
MAX_FILTER_VALUES = 40
MAX_REQUEST_BYTES = 3_500_000
MAX_KEY_CHARS = 128
MAX_HISTORY_CHARS = 2500
PAGE_SIZE = 1000

Value = TypeVar("Value")
DocumentKind = Literal["Invoices", "CreditNotes"]
BULK_QUERY = "?summarizeErrors=false&unitdp=4"
DOCUMENT_IDS: Mapping[DocumentKind, str] = {"Invoices": "InvoiceID", "CreditNotes": "CreditNoteID"}


@dataclass(frozen=True, slots=True)
class XeroCalls:
    """Builds calls for one organisation: its id is part of each call, so that none can go to another's books.

    Writers take an idempotency `key` (at most 128 characters, unique per app and therefore holding the organisation).
    Raises Unsendable for what Xero would refuse or answer ambiguously.
    """

    tenant_id: str

    def put_invoices(self, invoices: Sequence[InvoiceBody], *, key: str) -> Call:
        """Create sales invoices. PUT, because a POST would silently change an invoice of the same number."""
        _check_numbers([invoice.number for invoice in invoices])
        return self._bulk("PUT", "Invoices", [invoice.as_json() for invoice in invoices], key)

    def put_credit_notes(self, credit_notes: Sequence[CreditNoteBody], *, key: str) -> Call:
        """Create sales credit notes."""
        _check_numbers([credit_note.number for credit_note in credit_notes])
        return self._bulk("PUT", "CreditNotes", [credit_note.as_json() for credit_note in credit_notes], key)

    def change_documents(
        self, kind: DocumentKind, changes: Sequence[InvoiceChange | CreditNoteChange], *, key: str
    ) -> Call:
        """Change documents that exist, by id. POST, and never without an id: with a number alone it could be another
        document."""
        _check_numbers([change.document_id for change in changes])
        return self._bulk("POST", kind, [change.as_json() for change in changes], key)

    def approve(self, kind: DocumentKind, ids: Sequence[UUID | str], *, key: str) -> Call:
        """Approve drafts by id and status alone. Unconfirmed: that Xero keeps the lines (the simulator does)."""
        return self._set_status(kind, ids, "AUTHORISED", key)

    def delete_drafts(self, kind: DocumentKind, ids: Sequence[UUID | str], *, key: str) -> Call:
        """Delete documents that were never approved."""
        return self._set_status(kind, ids, "DELETED", key)

    def void(self, kind: DocumentKind, ids: Sequence[UUID | str], *, key: str) -> Call:
        """Void approved documents on which nothing was paid. Their numbers stay taken."""
        return self._set_status(kind, ids, "VOIDED", key)

    def put_contacts(self, contacts: Sequence[ContactBody], *, key: str) -> Call:
        """Create contacts. Answers are matched by contact number, else by name, so these must differ."""
        _check_numbers([contact.contact_number or contact.name for contact in contacts])
        return self._bulk("PUT", "Contacts", [contact.as_json() for contact in contacts], key)

    def update_contacts(self, contacts: Sequence[ContactBody | ContactChange], *, key: str) -> Call:
        """Change contacts that exist (each with its id); fields that are left out stay."""
        if any(contact.contact_id is None for contact in contacts):
            raise Unsendable(XERO, "identifier_bad", "A contact to be changed needs its identifier.")
        return self._bulk("POST", "Contacts", [contact.as_json() for contact in contacts], key)

    def put_items(self, items: Sequence[ItemBody], *, key: str) -> Call:
        """Create items."""
        _check_numbers([item.code for item in items])
        return self._bulk("PUT", "Items", [item.as_json() for item in items], key, most=MAX_ITEMS)

    def put_history(
        self, kind: DocumentKind | Literal["Contacts"], document_id: UUID | str, details: str, *, key: str
    ) -> Call:
        """Add a note to a document's history; it cannot be changed afterwards. Cut at 2,500 characters."""
        body = dumps({"HistoryRecords": [{"Details": details[:MAX_HISTORY_CHARS]}]})
        return self._write("PUT", f"/{kind}/{checked_guid(document_id)}/History", body, key)

    # -- reads

    def organisation(self) -> Call:
        """The organisation: currency, country, lock dates."""
        return self._get("/Organisation")

    def organisation_actions(self) -> Call:
        """What this organisation's plan allows."""
        return self._get("/Organisation/Actions")

    def accounts(self, *, modified_since: datetime | None = None) -> Call:
        """The chart of accounts, archived ones included."""
        return self._get("/Accounts", modified_since=modified_since)

    def tax_rates(self) -> Call:
        """All tax rates."""
        return self._get("/TaxRates")

    def tracking_categories(self) -> Call:
        """Tracking categories with their options, archived ones included."""
        return self._get("/TrackingCategories", ("includeArchived", "true"))

    def currencies(self) -> Call:
        """The currencies that the organisation subscribes to."""
        return self._get("/Currencies")

    def items(self, *, codes: Sequence[str] = (), modified_since: datetime | None = None) -> Call:
        """All items (Xero does not page them), or those of some codes."""
        asked = [("where", text_among("Code", _few(codes)))] if codes else []
        return self._get("/Items", *asked, ("unitdp", "4"), modified_since=modified_since)

    def contacts(self, *, page: int = 1, modified_since: datetime | None = None) -> Call:
        """One page of all contacts, archived ones included."""
        paging = [("includeArchived", "true"), ("page", str(page)), ("pageSize", str(PAGE_SIZE))]
        return self._get("/Contacts", *paging, modified_since=modified_since)

    def contacts_by_id(self, ids: Sequence[UUID | str]) -> Call:
        """Contacts by id, archived ones included."""
        listed = ",".join(checked_guid(found) for found in _few(ids))
        return self._get("/Contacts", ("IDs", listed), ("includeArchived", "true"), ("page", "1"))

    def contacts_where(self, field: Literal["Name", "ContactNumber", "AccountNumber"], values: Sequence[str]) -> Call:
        """Contacts that bear one of these names or numbers, archived ones included."""
        asked = text_among(field, _few(values))
        return self._get("/Contacts", ("where", asked), ("includeArchived", "true"), ("page", "1"))

    def invoices_by_number(self, numbers: Sequence[str]) -> Call:
        """Invoices of these numbers with their lines; bills may be among them, and deleted or voided ones."""
        wanted = _few(numbers)
        if any("," in number for number in wanted):
            asked = ("where", all_of(text_equals("Type", "ACCREC"), text_among("InvoiceNumber", wanted)))
        else:
            asked = ("InvoiceNumbers", ",".join(wanted))
        return self._get("/Invoices", asked, *_WITH_LINES)

    def invoices_by_id(self, ids: Sequence[UUID | str]) -> Call:
        """Invoices by id with their lines."""
        return self._get("/Invoices", ("IDs", ",".join(checked_guid(found) for found in _few(ids))), *_WITH_LINES)

    def credit_notes_by_number(self, numbers: Sequence[str]) -> Call:
        """Sales credit notes of these numbers with their lines."""
        wanted = text_among("CreditNoteNumber", _few(numbers))
        return self._get("/CreditNotes", ("where", all_of(text_equals("Type", "ACCRECCREDIT"), wanted)), *_WITH_LINES)

    def credit_note(self, credit_note_id: UUID | str) -> Call:
        """One credit note: their list has no filter by ids."""
        return self._get(f"/CreditNotes/{checked_guid(credit_note_id)}", ("unitdp", "4"))

    # -- parts

    def _headers(self) -> tuple[tuple[str, str], ...]:
        return (("Accept", "application/json"), ("xero-tenant-id", self.tenant_id))

    def _get(self, path: str, *parameters: tuple[str, str], modified_since: datetime | None = None) -> Call:
        encoded = "&".join(f"{name}={quote(value, safe=',')}" for name, value in parameters)
        since = () if modified_since is None else (("If-Modified-Since", f"{modified_since.astimezone(UTC):{_STAMP}}"),)
        return Call.get(f"{API}{path}{'?' if encoded else ''}{encoded}", (*self._headers(), *since))

    def _set_status(self, kind: DocumentKind, ids: Sequence[UUID | str], status: str, key: str) -> Call:
        wanted = [checked_guid(found) for found in ids]
        _check_numbers(wanted)
        return self._bulk("POST", kind, [{DOCUMENT_IDS[kind]: found, "Status": status} for found in wanted], key)

    def _bulk(self, method: str, kind: str, elements: Sequence[Any], key: str, *, most: int = MAX_BULK) -> Call:
        if not 1 <= len(elements) <= most:
            raise Unsendable(XERO, "too_many_elements", f"A call must hold 1 to {most} {kind}, not {len(elements)}.")
        return self._write(method, f"/{kind}{_BULK_QUERIES.get(kind, BULK_QUERY)}", dumps({kind: elements}), key)

    def _write(self, method: str, path: str, body: bytes, key: str) -> Call:
        if len(body) > MAX_REQUEST_BYTES:
            raise Unsendable(XERO, "request_too_large", f"{len(body)} bytes are more than Xero takes in one call.")
        if not 1 <= len(key) <= MAX_KEY_CHARS:
            raise Unsendable(XERO, "identifier_bad", f"An idempotency key has 1 to {MAX_KEY_CHARS} characters.")
        headers = (*self._headers(), ("Content-Type", "application/json"))
        return Call(method, f"{API}{path}", headers, body, idempotency_key=key)


_STAMP = "%Y-%m-%dT%H:%M:%S"
_WITH_LINES = (("unitdp", "4"), ("page", "1"), ("pageSize", str(PAGE_SIZE)))
_BULK_QUERIES = {"Contacts": "?summarizeErrors=false"}


def _few(values: Sequence[Value]) -> Sequence[Value]:
    if not 1 <= len(values) <= MAX_FILTER_VALUES:
        sentence = f"A question must name 1 to {MAX_FILTER_VALUES} values, not {len(values)}."
        raise Unsendable(XERO, "too_many_elements", sentence)
    return values


def _check_numbers(numbers: Sequence[str]) -> None:
    repeated = [number for number, times in Counter(number.casefold() for number in numbers).items() if times > 1]
    if repeated:
        raise Unsendable(XERO, "number_repeated", f"{len(repeated)} of the numbers are in one call more than once.")
