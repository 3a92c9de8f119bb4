"""What a writer provides for its ledger. The engine knows no ledger; a second one needs a new folder only.

Builders are pure: they make a `Call` that can be stored before a socket is used. Readers turn an answer's elements into
neutral values, matched by number or id and never by position.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal, Protocol, runtime_checkable

from tieout_contracts.documents import DocumentKind, LedgerContact, LedgerDocument, LedgerItem, TargetStatus
from tieout_contracts.records import Person
from tieout_contracts.reference import LedgerReference
from tieout_providers.call import Answer, Call, Gate

Phase = Literal["draft", "submitted", "final", "approved", "gone"]
"""Where a document is, whatever the ledger calls it. approved includes paid; gone is deleted or voided.

final: in the books from its creation, because the ledger has no drafts, and nobody took it up since: it is compared
like a draft and may still be taken back. Once it was changed, paid, linked or sent it is approved.
"""

ElementFault = Literal["duplicate", "status", "name_taken", "other"]
"""duplicate: number, code or key is taken. status: not in the state for this change. name_taken: a contact's name.

A contact that somebody changed since it was read is in another state, too."""


@dataclass(frozen=True, slots=True)
class SeenLine:
    """A line as the ledger shows it."""

    description: str
    quantity: Decimal
    unit_amount: Decimal
    amount: Decimal
    tax: Decimal | None
    """None: the ledger keeps tax for the whole document only."""
    account_code: str | None
    """None: the ledger does not say."""
    tax_code: str | None
    line_id: str | None = None
    """What a change names the line by."""


@dataclass(frozen=True, slots=True)
class SeenDocument:
    """A document as the ledger shows it, whole."""

    document_id: str
    number: str
    phase: Phase
    status: str
    contact_id: str | None
    document_date: date | None
    currency: str | None
    subtotal: Decimal
    tax: Decimal
    total: Decimal
    lines: tuple[SeenLine, ...]
    currency_rate: Decimal | None = None
    sent_rate: Decimal | None = None
    """The rate that was sent with it, where the answer is to one that was."""
    url: str | None = None
    pay_link: str | None = None
    """Where it says that it is paid; None: nowhere, or the ledger does not say."""
    obstacle: str | None = None
    """Why it cannot be changed any more, in words that follow its number: what of it is paid, credited or allocated."""


@dataclass(frozen=True, slots=True)
class Element:
    """What the ledger says about one member of a bulk call."""

    accepted: bool
    key: str | None = None
    """Our own number or code, where the answer repeats it."""
    ledger_id: str | None = None
    seen: SeenDocument | None = None
    fault: ElementFault | None = None
    messages: tuple[str, ...] = ()
    """All of the ledger's reasons, in its words."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A document to be created for a contact that the ledger knows."""

    document: LedgerDocument
    contact_id: str
    mark: str
    """Names the intent; a ledger that can keep it on the document proves by it that the document is ours."""


@dataclass(frozen=True, slots=True)
class Revision:
    """What a document that exists shall be; `seen` is how it was read right before."""

    draft: Draft
    seen: SeenDocument


@dataclass(frozen=True, slots=True)
class Promotion:
    """A draft to be submitted or approved."""

    document_id: str
    target: TargetStatus


@dataclass(frozen=True, slots=True)
class DirectoryEntry:
    """A contact or an item that the ledger holds."""

    ledger_id: str
    code: str | None
    """A contact's number or an item's code: the key that only an integration sets."""
    name: str
    active: bool = True
    filled: frozenset[str] = frozenset()
    """Which of a contact's fields hold something (as `SeenContact.fields` names them), and `persons`."""
    account_number: str | None = None
    is_customer: bool = True
    """False: it only takes a name that no customer can have as well."""


@dataclass(frozen=True, slots=True)
class SeenPerson:
    """One of a contact's persons; `gets_emails` is a person's choice in the ledger."""

    person: Person
    gets_emails: bool = False


@dataclass(frozen=True, slots=True)
class SeenContact:
    """A contact as the ledger shows it."""

    ledger_id: str
    fields: Mapping[str, object]
    """What it holds, by field (as `ContactPolicies` names them), in the form that `Ledger.contact_fields` gives ours;
    blank ones are left out."""
    persons: tuple[SeenPerson, ...] = ()
    """Those that it lists beside its own."""
    heir: str | None = None
    """The id of the contact that it was merged into."""
    version: str = ""
    """What a change must name, in a ledger that refuses stale ones."""
    notes: str = ""


@dataclass(frozen=True, slots=True)
class ContactChange:
    """What an existing contact gets: the named fields, other persons, our number; None leaves these as they are."""

    seen: SeenContact
    contact: LedgerContact
    fields: frozenset[str]
    persons: tuple[SeenPerson, ...] | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """The ledger's reference data as read (its version is given later), and beside it what only the writer needs."""

    reference: LedgerReference
    contacts: tuple[DirectoryEntry, ...]
    items: tuple[DirectoryEntry, ...]
    keys: Mapping[str, str] = field(default_factory=dict)
    """The ledger's own ids by name, such as a tracking option's."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Calls a second, a minute, a day and at once that a scope allows; None: no such limit."""

    scope: str
    minute: int | None
    day: int | None
    at_once: int | None
    limits: tuple[str, ...] = ()
    """The ledger's limits (as a `Throttled` names them) that this scope shares."""
    second: int | None = None


@dataclass(frozen=True, slots=True)
class Remaining:
    """What an answer says is left of a scope's calls."""

    scope: str
    minute: int | None
    day: int | None


@dataclass(frozen=True, slots=True)
class Books:
    """One organisation in a ledger, by name: whose, which, and reached through which connection."""

    tenant_id: str
    organisation_id: str
    connection_id: str

    @property
    def name(self) -> str:
        return f"{self.tenant_id}/{self.organisation_id}"


@dataclass(frozen=True, slots=True)
class LedgerLimits:
    """How much goes into one call, and what the ledger itself sees to."""

    bulk_size: int = 50
    item_bulk_size: int = 100
    look_up_size: int = 40
    key_lifetime_s: float = 300
    """How long an idempotency key is remembered with certainty."""
    refuses_taken_numbers: bool = True
    """False: a number may stand twice in the books, so that we look before a first creation."""
    contact_persons: int = 0
    """How many persons a contact lists beside its own; 0: it has one person."""
    keeps_contact_numbers: bool = True
    """False: nothing of ours can stand on a contact that is there already: the link is in our rows alone."""


class NeededItem(LedgerItem):
    """An item that is to be there for a document, with the account that its lines post to."""

    account_code: str


def item_key(code: str) -> str:
    """The name among `keys` of an item's id."""
    return f"item:{code}"


ExchangeDay = tuple[str, date]
"""A foreign currency and the day of a document."""


def exchange_key(currency: str, day: date) -> str:
    """The name among `keys` of a day's rate of exchange; its value is empty where the ledger has none."""
    return f"exchange:{currency}:{day.isoformat()}"


class RatesNeeded(Exception):
    """Documents of these currencies and days can only be built with the ledger's own rate of exchange."""

    def __init__(self, wanted: Iterable[ExchangeDay]) -> None:
        self.wanted = frozenset(wanted)
        super().__init__(", ".join(f"{currency} on {day}" for currency, day in sorted(self.wanted)))


class BodyRefused(Exception):
    """One element can never be sent: it breaks a limit of the ledger. The text says which; `index` says whose."""

    def __init__(self, index: int, reason: str) -> None:
        super().__init__(reason)
        self.index = index


class Session(Protocol):
    """An open door to one organisation, for the time an access token lasts."""

    budgets: tuple[Budget, ...]

    async def send(self, call: Call) -> Answer:
        """Send once; raises a `ProviderError`. Nothing here retries."""

    async def look_up(self, kind: DocumentKind, numbers: Sequence[str], ids: Sequence[str]) -> list[SeenDocument]:
        """Every document of these numbers and of these ids, deleted ones included, with their lines."""

    async def read(self) -> Reading:
        """The whole reference data."""

    async def contacts(self, ids: Sequence[str]) -> tuple[SeenContact, ...]:
        """The contacts of these ids, each with all that it holds."""

    async def read_contacts(self) -> tuple[DirectoryEntry, ...]:
        """All contacts."""

    async def read_items(self) -> tuple[DirectoryEntry, ...]:
        """All items."""


@runtime_checkable
class RateReader(Protocol):
    """What the session of a ledger provides besides that must be told the rate of exchange of a foreign document."""

    async def read_rate(self, currency: str, day: date) -> Decimal | None:
        """The ledger's own rate; None where it has none that could be sent."""


class Ledger(Protocol):
    """A ledger: builders, readers, the proof that a document is ours, and the way in."""

    name: Literal["xero", "qbo"]
    limits: LedgerLimits

    def create(
        self, books: Books, kind: DocumentKind, drafts: Sequence[Draft], keys: Mapping[str, str], key: str
    ) -> Call:
        """Create documents; as drafts where the ledger has them. Raises `BodyRefused`, or `RatesNeeded`.

        `keys` are the ledger's own ids as last read; for a `KeyedLedger` also those of items made since (`item_key`).
        """

    def promote(self, books: Books, kind: DocumentKind, drafts: Sequence[Promotion], key: str) -> Call:
        """Submit or approve drafts, leaving their lines as they are."""

    def discard(self, books: Books, kind: DocumentKind, ids: Sequence[str], key: str) -> Call:
        """Delete drafts."""

    def revise(
        self, books: Books, kind: DocumentKind, revisions: Sequence[Revision], keys: Mapping[str, str], key: str
    ) -> Call:
        """Change existing documents into what they shall be, whole; what is not ours of them stays. Raises like
        `create`. A document that was changed since it was read is refused with the fault `status` where the ledger can
        tell."""

    def create_contacts(self, books: Books, contacts: Sequence[LedgerContact], key: str) -> Call:
        """Create contacts that bear our numbers. Raises `BodyRefused`."""

    def contact_fields(self, contact: LedgerContact, keys: Mapping[str, str]) -> Mapping[str, object]:
        """What the ledger would hold of ours, by field; blank ones are left out."""

    def change_contacts(
        self, books: Books, changes: Sequence[ContactChange], keys: Mapping[str, str], key: str
    ) -> Call:
        """Change existing contacts and leave everything else of them alone. Raises `BodyRefused`."""

    def create_items(self, books: Books, items: Sequence[LedgerItem], key: str) -> Call:
        """Create items. Raises `BodyRefused`."""

    def documents_in(self, kind: DocumentKind, call: Call, answer: Answer) -> list[Element]:
        """The elements of an answer about documents, keyed by number."""

    def contacts_in(self, call: Call, answer: Answer) -> list[Element]:
        """The elements of an answer about contacts, keyed by contact number."""

    def items_in(self, call: Call, answer: Answer) -> list[Element]:
        """The elements of an answer about items, keyed by code."""

    def is_echo(self, draft: Draft, seen: SeenDocument) -> bool:
        """Whether `seen` holds exactly what `draft` sends (what the ledger computes does not count)."""

    def bears_mark(self, draft: Draft, seen: SeenDocument) -> bool:
        """Whether `seen` carries the mark of `draft`, which proves that it is ours."""

    def link(self, books: Books, kind: DocumentKind, document_id: str) -> str | None:
        """The address at which a person sees the document."""

    def remaining(self, books: Books, answer: Answer) -> tuple[Remaining, ...]:
        """What an answer says about the limits."""

    async def open(self, books: Books, gate: Gate, *, fresh: bool = False) -> Session:
        """A session with a token; `fresh`: the last token was refused, get another."""


@runtime_checkable
class KeyedLedger(Protocol):
    """What a ledger provides besides that builds contacts and items, too, with what was read of it (`keys`), and whose
    lines name no account, because the account is the item's."""

    def item_of_account(self, account_code: str) -> LedgerItem:
        """The item that stands for an account on lines without one of their own; always the same for the same."""

    def create_items_with_accounts(
        self, books: Books, items: Sequence[NeededItem], keys: Mapping[str, str], key: str
    ) -> Call:
        """Create items that sell to their accounts. Raises `BodyRefused`."""

    def create_contacts_with_keys(
        self, books: Books, contacts: Sequence[LedgerContact], keys: Mapping[str, str], key: str
    ) -> Call:
        """Create contacts. Raises `BodyRefused`."""
