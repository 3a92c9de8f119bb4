"""The client of Xero: sends prepared calls, and reads one organisation's books."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, TypeVar

import httpx
from pydantic import BaseModel

from tieout_providers.bearer import BearerApi
from tieout_providers.call import Call, Gate
from tieout_providers.errors import NotFound, TooManyPages, Unreadable
from tieout_providers.http import DEFAULT_TOTAL_TIMEOUT_S, unreadable
from tieout_providers.json_exact import NotExactJson
from tieout_providers.reading import Rows, read_rows
from tieout_providers.xero import reads
from tieout_providers.xero.calls import MAX_FILTER_VALUES, XeroCalls
from tieout_providers.xero.errors import NOT_MODIFIED, XERO, check, payload_of

API_URL = "https://api.xero.com"
MAX_PAGES = 100
MAX_TARGET_CHARS = 2000

Model = TypeVar("Model", bound=BaseModel)
Value = TypeVar("Value")


class Xero(BearerApi):
    """One Xero app's way to the API."""

    def __init__(
        self,
        base_url: str = API_URL,
        *,
        http: httpx.AsyncClient,
        gate: Gate | None = None,
        timeout_s: float = DEFAULT_TOTAL_TIMEOUT_S,
    ) -> None:
        super().__init__(XERO, check, base_url, http=http, gate=gate, timeout_s=timeout_s)

    async def connections(self, token: str) -> Rows[reads.Connection]:
        """The organisations that this token reaches."""
        call = Call.get("/connections", (("Accept", "application/json"),))
        answer = await self.ask(call, token)
        try:
            payload = answer.json()
        except NotExactJson:
            payload = None
        if not isinstance(payload, list):
            raise unreadable(XERO, call, "it is no list", answer)
        return read_rows(reads.Connection, payload)

    def ledger(self, tenant_id: str, token: str) -> "XeroLedger":
        """One organisation's books, for as long as the token is good."""
        return XeroLedger(self, tenant_id, token)


class XeroLedger:
    """Reads of one organisation with one token. Rows that cannot be read are in `.unreadable` of each list."""

    def __init__(self, xero: Xero, tenant_id: str, token: str) -> None:
        self.calls = XeroCalls(tenant_id)
        self._xero = xero
        self._token = token

    async def organisation(self) -> reads.Organisation:
        """The organisation itself. Raises Unreadable if it cannot be read."""
        rows = await self._rows(self.calls.organisation(), "Organisations", reads.Organisation)
        if len(rows) != 1:
            raise Unreadable(XERO, f"{len(rows)} readable organisations where one was expected")
        return rows[0]

    async def actions(self) -> Rows[reads.Action]:
        """What the organisation's plan allows."""
        return await self._rows(self.calls.organisation_actions(), "Actions", reads.Action)

    async def accounts(self) -> Rows[reads.Account]:
        """The chart of accounts."""
        return await self._rows(self.calls.accounts(), "Accounts", reads.Account)

    async def tax_rates(self) -> Rows[reads.TaxRate]:
        """All tax rates."""
        return await self._rows(self.calls.tax_rates(), "TaxRates", reads.TaxRate)

    async def tracking_categories(self) -> Rows[reads.TrackingCategory]:
        """All tracking categories with their options."""
        return await self._rows(self.calls.tracking_categories(), "TrackingCategories", reads.TrackingCategory)

    async def currencies(self) -> Rows[reads.Currency]:
        """The subscribed currencies."""
        return await self._rows(self.calls.currencies(), "Currencies", reads.Currency)

    async def items(self, *, modified_since: datetime | None = None) -> Rows[reads.Item]:
        """All items, or those changed since."""
        return await self._rows(self.calls.items(modified_since=modified_since), "Items", reads.Item)

    async def items_by_code(self, codes: Sequence[str]) -> Rows[reads.Item]:
        """Items of these codes."""
        return await self._in_chunks(codes, lambda few: self.calls.items(codes=few), "Items", reads.Item)

    async def contacts(
        self, *, modified_since: datetime | None = None, max_pages: int = MAX_PAGES
    ) -> Rows[reads.Contact]:
        """All contacts, archived ones included, or those changed since."""
        rows: Rows[reads.Contact] = Rows()
        for page in range(1, max_pages + 1):
            call = self.calls.contacts(page=page, modified_since=modified_since)
            payload = await self._payload(call, "Contacts")
            rows.take(_read("Contacts", reads.Contact, payload))
            if page >= _page_count(payload):
                return rows
        raise TooManyPages(XERO, "/Contacts", max_pages)

    async def contacts_by_id(self, ids: Sequence[str]) -> Rows[reads.Contact]:
        """Contacts by id; follow `merged_to_contact_id` of one that was merged."""
        return await self._in_chunks(ids, self.calls.contacts_by_id, "Contacts", reads.Contact)

    async def contacts_where(
        self, field: Literal["Name", "ContactNumber", "AccountNumber"], values: Sequence[str]
    ) -> Rows[reads.Contact]:
        """Contacts that bear one of these names or numbers (Xero compares names without case and accents)."""
        return await self._in_chunks(
            values, lambda few: self.calls.contacts_where(field, few), "Contacts", reads.Contact
        )

    async def invoices_by_number(self, numbers: Sequence[str]) -> Rows[reads.Document]:
        """Sales invoices of these numbers with their lines, deleted and voided ones included."""
        found = await self._in_chunks(numbers, self.calls.invoices_by_number, "Invoices", reads.Document)
        return Rows([invoice for invoice in found if invoice.type == "ACCREC"], found.unreadable)

    async def invoices_by_id(self, ids: Sequence[str]) -> Rows[reads.Document]:
        """Invoices by id with their lines."""
        return await self._in_chunks(ids, self.calls.invoices_by_id, "Invoices", reads.Document)

    async def credit_notes_by_number(self, numbers: Sequence[str]) -> Rows[reads.Document]:
        """Sales credit notes of these numbers with their lines."""
        return await self._in_chunks(numbers, self.calls.credit_notes_by_number, "CreditNotes", reads.Document)

    async def credit_note(self, credit_note_id: str) -> reads.Document | None:
        """One credit note, None if there is none."""
        try:
            rows = await self._rows(self.calls.credit_note(credit_note_id), "CreditNotes", reads.Document)
        except NotFound:
            return None
        return rows[0] if rows else None

    async def _in_chunks(
        self, values: Sequence[str], call_for: Callable[[Sequence[str]], Call], kind: str, model: type[Model]
    ) -> Rows[Model]:
        rows: Rows[Model] = Rows()
        for call in _calls_that_fit(list(dict.fromkeys(values)), call_for):
            rows.take(await self._rows(call, kind, model))
        return rows

    async def _rows(self, call: Call, kind: str, model: type[Model]) -> Rows[Model]:
        return _read(kind, model, await self._payload(call, kind))

    async def _payload(self, call: Call, kind: str) -> Mapping[str, Any]:
        answer = await self._xero.ask(call, self._token)
        return {kind: []} if answer.status == NOT_MODIFIED else payload_of(call, answer)


_ID_FIELDS = {
    "Invoices": "InvoiceID",
    "CreditNotes": "CreditNoteID",
    "Contacts": "ContactID",
    "Items": "ItemID",
    "Accounts": "AccountID",
}


def _calls_that_fit(values: Sequence[str], call_for: Callable[[Sequence[str]], Call]) -> Iterator[Call]:
    """At most MAX_FILTER_VALUES values a call, and fewer while its address would be too long."""
    rest = list(values)
    while rest:
        size = min(len(rest), MAX_FILTER_VALUES)
        call = call_for(rest[:size])
        while size > 1 and len(call.target) > MAX_TARGET_CHARS:
            size = max(1, size // 2)
            call = call_for(rest[:size])
        rest = rest[size:]
        yield call


def _read(kind: str, model: type[Model], payload: Mapping[str, Any]) -> Rows[Model]:
    listed = payload.get(kind)
    if not isinstance(listed, list):
        raise Unreadable(XERO, f"it lists no {kind}")
    return read_rows(model, listed, id_field=_ID_FIELDS.get(kind, "Name"))


def _page_count(payload: Mapping[str, Any]) -> int:
    pagination = payload.get("pagination")
    count = pagination.get("pageCount") if isinstance(pagination, dict) else None
    return count if isinstance(count, int) else 1
