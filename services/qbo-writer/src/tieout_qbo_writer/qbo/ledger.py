"""QuickBooks Online as the engine's `Ledger`, and as its `KeyedLedger`."""

from collections.abc import Mapping, Sequence
from typing import Literal

import httpx

from tieout_chassis.clock import Clock
from tieout_contracts.connections import QboAccess
from tieout_contracts.documents import DocumentKind, LedgerContact, LedgerItem
from tieout_posting.ledger import (
    BodyRefused,
    Books,
    ContactChange,
    Draft,
    Element,
    LedgerLimits,
    NeededItem,
    Promotion,
    RatesNeeded,
    Remaining,
    Revision,
    SeenDocument,
)
from tieout_posting.writer.tokens import AskForToken, Tokens
from tieout_providers.call import Answer, Call, Gate
from tieout_providers.qbo import Qbo, QboCalls
from tieout_providers.qbo.batch import Document, create, delete, update
from tieout_providers.qbo.errors import QBO
from tieout_qbo_writer.qbo import answers, echo, items
from tieout_qbo_writer.qbo.batches import batch_call
from tieout_qbo_writer.qbo.contacts import change_body, contact_fields, customer_body
from tieout_qbo_writer.qbo.documents import document_body
from tieout_qbo_writer.qbo.exchange import rates_lacking
from tieout_qbo_writer.qbo.limits import LIMITS
from tieout_qbo_writer.qbo.links import deep_link
from tieout_qbo_writer.qbo.revisions import revised
from tieout_qbo_writer.qbo.seen import UNTOUCHED
from tieout_qbo_writer.qbo.session import QboSession

KINDS: Mapping[DocumentKind, Document] = {"sales_invoice": "Invoice", "sales_credit": "CreditMemo"}


class QboBooks:
    """Builders and readers are pure; `open` asks for a token, of config-api. `timeout_s` bounds each call whole."""

    name: Literal["xero", "qbo"] = "qbo"
    limits: LedgerLimits = LIMITS

    def __init__(self, ask: AskForToken[QboAccess], http: httpx.AsyncClient, clock: Clock, *, timeout_s: float) -> None:
        self._tokens = Tokens(ask, QBO)
        self._http = http
        self._clock = clock
        self._timeout_s = timeout_s

    # -- what is sent

    def create(
        self, books: Books, kind: DocumentKind, drafts: Sequence[Draft], keys: Mapping[str, str], key: str
    ) -> Call:
        """Create documents: they are final at once."""
        if lacking := rates_lacking((each.document for each in drafts), keys):
            raise RatesNeeded(lacking)
        calls = QboCalls(books.organisation_id)
        return batch_call(calls, drafts, lambda each: create(document_body(each, keys)), key)

    def promote(self, books: Books, kind: DocumentKind, drafts: Sequence[Promotion], key: str) -> Call:
        """Never asked: there are no drafts to approve. Raises `BodyRefused`."""
        raise BodyRefused(0, "QuickBooks Online has no drafts")

    def discard(self, books: Books, kind: DocumentKind, ids: Sequence[str], key: str) -> Call:
        """Delete documents as they were created: QuickBooks refuses it for one that was changed since."""
        calls = QboCalls(books.organisation_id)
        return batch_call(calls, ids, lambda each: delete(KINDS[kind], each, UNTOUCHED), key)

    def revise(
        self, books: Books, kind: DocumentKind, revisions: Sequence[Revision], keys: Mapping[str, str], key: str
    ) -> Call:
        """Change documents as they were read, whole: one that was changed since is refused as stale."""
        if lacking := rates_lacking((each.draft.document for each in revisions), keys):
            raise RatesNeeded(lacking)
        calls = QboCalls(books.organisation_id)
        return batch_call(calls, revisions, lambda each: revised(each, keys), key)

    def create_contacts(self, books: Books, contacts: Sequence[LedgerContact], key: str) -> Call:
        """Create customers, without knowing the company's character set."""
        return self.create_contacts_with_keys(books, contacts, {}, key)

    def create_contacts_with_keys(
        self, books: Books, contacts: Sequence[LedgerContact], keys: Mapping[str, str], key: str
    ) -> Call:
        """Create customers that bear our numbers in their notes."""
        calls = QboCalls(books.organisation_id)
        return batch_call(calls, contacts, lambda each: create(customer_body(each, keys)), key)

    def contact_fields(self, contact: LedgerContact, keys: Mapping[str, str]) -> Mapping[str, object]:
        """What QuickBooks Online would hold of ours, by field."""
        return contact_fields(contact, keys)

    def change_contacts(
        self, books: Books, changes: Sequence[ContactChange], keys: Mapping[str, str], key: str
    ) -> Call:
        """Change customers as they were read: one that was changed since is refused, and read again."""
        calls = QboCalls(books.organisation_id)
        return batch_call(calls, changes, lambda each: update("Customer", change_body(each, keys)), key)

    def item_of_account(self, account_code: str) -> LedgerItem:
        """The item of lines that name none."""
        return items.item_of_account(account_code)

    def create_items(self, books: Books, wanted: Sequence[LedgerItem], key: str) -> Call:
        """Never asked: an item needs an account. Raises `BodyRefused`."""
        raise BodyRefused(0, "an item of QuickBooks Online needs its revenue account")

    def create_items_with_accounts(
        self, books: Books, wanted: Sequence[NeededItem], keys: Mapping[str, str], key: str
    ) -> Call:
        """Create services that sell to their accounts."""
        calls = QboCalls(books.organisation_id)
        return batch_call(calls, items.one_of_each(wanted), lambda each: create(items.item_body(each, keys)), key)

    # -- what comes back

    def documents_in(self, kind: DocumentKind, call: Call, answer: Answer) -> list[Element]:
        """The elements of an answer about documents, keyed by number."""
        return answers.documents_in(call, answer)

    def contacts_in(self, call: Call, answer: Answer) -> list[Element]:
        """The elements of an answer about customers, keyed by our number."""
        return answers.contacts_in(call, answer)

    def items_in(self, call: Call, answer: Answer) -> list[Element]:
        """The elements of an answer about items, keyed by name."""
        return answers.items_in(call, answer)

    def is_echo(self, draft: Draft, seen: SeenDocument) -> bool:
        """Whether `seen` holds exactly what `draft` sends."""
        return echo.is_echo(draft, seen)

    def bears_mark(self, draft: Draft, seen: SeenDocument) -> bool:
        """Whether the private note holds the posting's id."""
        return echo.bears_mark(draft, seen)

    def link(self, books: Books, kind: DocumentKind, document_id: str) -> str | None:
        """The address at which a person sees the document."""
        return deep_link(kind, document_id)

    def remaining(self, books: Books, answer: Answer) -> tuple[Remaining, ...]:
        """Nothing: answers do not say what is left."""
        return ()

    # -- the way in

    async def open(self, books: Books, gate: Gate, *, fresh: bool = False) -> QboSession:
        """A session with a token. Raises `NoAccess`, or `NotSent` while config-api has none to give."""
        access = await self._tokens.access(books, fresh=fresh)
        qbo = Qbo(access.api_url, http=self._http, gate=gate, timeout_s=self._timeout_s)
        return QboSession(qbo, books, access, self._clock)
