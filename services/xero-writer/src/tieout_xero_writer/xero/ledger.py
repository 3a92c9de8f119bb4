"""Xero as the engine's `Ledger`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import httpx

from tieout_chassis.clock import Clock
from tieout_contracts.connections import XeroAccess
from tieout_contracts.documents import DocumentKind, LedgerContact, LedgerItem, TargetStatus
from tieout_posting.ledger import (
    Books,
    ContactChange,
    Draft,
    Element,
    LedgerLimits,
    Promotion,
    Remaining,
    Revision,
    SeenDocument,
)
from tieout_posting.writer.tokens import AskForToken, Tokens
from tieout_providers.call import Answer, Call, Gate
from tieout_providers.json_exact import dumps
from tieout_providers.xero import Xero, XeroCalls
from tieout_providers.xero.calls import DOCUMENT_IDS
from tieout_providers.xero.calls import DocumentKind as XeroKind
from tieout_providers.xero.errors import XERO
from tieout_xero_writer.xero import answers, echo
from tieout_xero_writer.xero.bulk import bulk_call
from tieout_xero_writer.xero.contacts import change_body, contact_body, contact_fields
from tieout_xero_writer.xero.documents import credit_note_body, invoice_body
from tieout_xero_writer.xero.items import item_body, one_of_each
from tieout_xero_writer.xero.limits import LIMITS, remaining_of
from tieout_xero_writer.xero.links import deep_link
from tieout_xero_writer.xero.revisions import revised_body
from tieout_xero_writer.xero.session import XeroSession

KINDS: Mapping[DocumentKind, XeroKind] = {"sales_invoice": "Invoices", "sales_credit": "CreditNotes"}
STATUSES: Mapping[TargetStatus, str] = {"draft": "DRAFT", "submitted": "SUBMITTED", "approved": "AUTHORISED"}


class XeroBooks:
    """Builders and readers are pure; `open` asks for a token, of config-api. `timeout_s` bounds each call whole."""

    name: Literal["xero", "qbo"] = "xero"
    limits: LedgerLimits = LIMITS

    def __init__(
        self, ask: AskForToken[XeroAccess], http: httpx.AsyncClient, clock: Clock, *, timeout_s: float
    ) -> None:
        self._tokens = Tokens(ask, XERO)
        self._http = http
        self._clock = clock
        self._timeout_s = timeout_s

    # -- what is sent

    def create(
        self, books: Books, kind: DocumentKind, drafts: Sequence[Draft], keys: Mapping[str, str], key: str
    ) -> Call:
        """Create documents as drafts. `keys` are the tracking options' ids."""
        calls = XeroCalls(books.organisation_id)
        if kind == "sales_invoice":
            return bulk_call(
                drafts, lambda each: invoice_body(each, keys), lambda some: calls.put_invoices(some, key=key)
            )
        return bulk_call(
            drafts, lambda each: credit_note_body(each, keys), lambda some: calls.put_credit_notes(some, key=key)
        )

    def promote(self, books: Books, kind: DocumentKind, drafts: Sequence[Promotion], key: str) -> Call:
        """Submit or approve drafts by id and status alone, which leaves their lines as they are."""
        call = XeroCalls(books.organisation_id).approve(KINDS[kind], [each.document_id for each in drafts], key=key)
        statuses = [{DOCUMENT_IDS[KINDS[kind]]: each.document_id, "Status": STATUSES[each.target]} for each in drafts]
        return replace(call, body=dumps({KINDS[kind]: statuses}))

    def discard(self, books: Books, kind: DocumentKind, ids: Sequence[str], key: str) -> Call:
        """Delete drafts."""
        return XeroCalls(books.organisation_id).delete_drafts(KINDS[kind], ids, key=key)

    def create_contacts(self, books: Books, contacts: Sequence[LedgerContact], key: str) -> Call:
        """Create contacts that bear our numbers."""
        calls = XeroCalls(books.organisation_id)
        return bulk_call(contacts, contact_body, lambda some: calls.put_contacts(some, key=key))

    def contact_fields(self, contact: LedgerContact, keys: Mapping[str, str]) -> Mapping[str, object]:
        """What Xero would hold of ours, by field."""
        return contact_fields(contact)

    def change_contacts(
        self, books: Books, changes: Sequence[ContactChange], keys: Mapping[str, str], key: str
    ) -> Call:
        """Change existing contacts by id; bank details are never among what is sent."""
        calls = XeroCalls(books.organisation_id)
        return bulk_call(changes, change_body, lambda some: calls.update_contacts(some, key=key))

    def create_items(self, books: Books, items: Sequence[LedgerItem], key: str) -> Call:
        """Create untracked items."""
        calls = XeroCalls(books.organisation_id)
        return bulk_call(one_of_each(items), item_body, lambda some: calls.put_items(some, key=key))

    def revise(
        self, books: Books, kind: DocumentKind, revisions: Sequence[Revision], keys: Mapping[str, str], key: str
    ) -> Call:
        """Change documents by id; lines keep Xero's own ids, and the status stays."""
        calls = XeroCalls(books.organisation_id)
        return bulk_call(
            revisions,
            lambda each: revised_body(each, keys),
            lambda some: calls.change_documents(KINDS[kind], some, key=key),
        )

    # -- what comes back

    def documents_in(self, kind: DocumentKind, call: Call, answer: Answer) -> list[Element]:
        """The elements of an answer about documents, keyed by number."""
        return answers.documents_in(answer)

    def contacts_in(self, call: Call, answer: Answer) -> list[Element]:
        """The elements of an answer about contacts, keyed by contact number."""
        return answers.entries_in(answer)

    def items_in(self, call: Call, answer: Answer) -> list[Element]:
        """The elements of an answer about items, keyed by code."""
        return answers.entries_in(answer)

    def is_echo(self, draft: Draft, seen: SeenDocument) -> bool:
        """Whether `seen` holds exactly what `draft` sends."""
        return echo.is_echo(draft, seen)

    def bears_mark(self, draft: Draft, seen: SeenDocument) -> bool:
        """Never: Xero has no field on a document that is an integration's alone. Its number and its echo prove it."""
        return False

    def link(self, books: Books, kind: DocumentKind, document_id: str) -> str | None:
        """The address at which a person sees the document."""
        return deep_link(kind, document_id)

    def remaining(self, books: Books, answer: Answer) -> tuple[Remaining, ...]:
        """What an answer says about the limits."""
        return remaining_of(books, answer)

    # -- the way in

    async def open(self, books: Books, gate: Gate, *, fresh: bool = False) -> XeroSession:
        """A session with a token. Raises `NoAccess`, or `NotSent` while config-api has none to give."""
        access = await self._tokens.access(books, fresh=fresh)
        xero = Xero(access.api_url, http=self._http, gate=gate, timeout_s=self._timeout_s)
        return XeroSession(xero, books, access, self._clock)
