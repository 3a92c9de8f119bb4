"""An open door to one organisation, for as long as its access token lasts."""

from collections.abc import Sequence

import structlog

from tieout_chassis.clock import Clock
from tieout_contracts.connections import XeroAccess
from tieout_contracts.documents import DocumentKind
from tieout_posting.ledger import Books, Budget, DirectoryEntry, Reading, SeenContact, SeenDocument
from tieout_providers.call import Answer, Call
from tieout_providers.reading import Item, Rows
from tieout_providers.xero import Xero
from tieout_xero_writer.xero import look_ups
from tieout_xero_writer.xero.directory import contact_entries, item_entries, seen_contact
from tieout_xero_writer.xero.limits import budgets_of
from tieout_xero_writer.xero.reading import Answers, reference_of
from tieout_xero_writer.xero.tracking import keys_of

_log = structlog.get_logger(__name__)


class XeroSession:
    """Every read passes the gate that `xero` was made with; one call after another, none is repeated."""

    def __init__(self, xero: Xero, books: Books, access: XeroAccess, clock: Clock) -> None:
        self.budgets: tuple[Budget, ...] = budgets_of(books, access)
        self._xero = xero
        self._books = books
        self._clock = clock
        self._token = access.access_token.get_secret_value()
        self._ledger = xero.ledger(books.organisation_id, self._token)

    async def send(self, call: Call) -> Answer:
        """Send once; raises a `ProviderError`."""
        return await self._xero.send(call, self._token)

    async def look_up(self, kind: DocumentKind, numbers: Sequence[str], ids: Sequence[str]) -> list[SeenDocument]:
        """Every document of these numbers and of these ids, deleted ones included, with their lines."""
        return await look_ups.look_up(self._ledger, kind, numbers, ids)

    async def read(self) -> Reading:
        """The whole reference data, contacts and items."""
        items = self._readable("items", await self._ledger.items())
        tracking = self._readable("tracking categories", await self._ledger.tracking_categories())
        answers = Answers(
            organisation=await self._ledger.organisation(),
            actions=self._readable("actions", await self._ledger.actions()),
            accounts=self._readable("accounts", await self._ledger.accounts()),
            tax_rates=self._readable("tax rates", await self._ledger.tax_rates()),
            tracking=tracking,
            currencies=self._readable("currencies", await self._ledger.currencies()),
            items=items,
        )
        reference = reference_of(self._books.organisation_id, answers, self._clock.now())
        return Reading(reference, await self.read_contacts(), item_entries(items), keys_of(tracking))

    async def contacts(self, ids: Sequence[str]) -> tuple[SeenContact, ...]:
        """The contacts of these ids, archived and merged ones included."""
        found = self._readable("contacts", await self._ledger.contacts_by_id(ids))
        return tuple(seen_contact(each) for each in found if each.contact_id)

    async def read_contacts(self) -> tuple[DirectoryEntry, ...]:
        """All contacts, archived ones included."""
        return contact_entries(self._readable("contacts", await self._ledger.contacts()))

    async def read_items(self) -> tuple[DirectoryEntry, ...]:
        """All items."""
        return item_entries(self._readable("items", await self._ledger.items()))

    def _readable(self, what: str, rows: Rows[Item]) -> Rows[Item]:
        """One odd row hides no others; what needs it is refused by Xero or by the rules, with their words."""
        if rows.unreadable:
            first = rows.unreadable[0]
            _log.warning(
                "rows of the ledger cannot be read",
                organisation=self._books.name,
                what=what,
                count=len(rows.unreadable),
                first=first.id,
                problem=first.problem,
            )
        return rows
