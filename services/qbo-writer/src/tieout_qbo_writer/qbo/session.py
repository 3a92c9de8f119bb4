"""An open door to one company, for as long as its access token lasts."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import structlog

from tieout_chassis.clock import Clock
from tieout_contracts.connections import QboAccess
from tieout_contracts.documents import DocumentKind
from tieout_posting.ledger import Books, Budget, DirectoryEntry, Reading, SeenContact, SeenDocument
from tieout_providers.call import Answer, Call
from tieout_providers.qbo import Qbo, reads
from tieout_providers.reading import Item, Rows
from tieout_qbo_writer.qbo import look_ups
from tieout_qbo_writer.qbo.capability import home_currency
from tieout_qbo_writer.qbo.directory import contact_entries, item_entries, seen_contact
from tieout_qbo_writer.qbo.exchange import usable_rate
from tieout_qbo_writer.qbo.limits import budgets_of
from tieout_qbo_writer.qbo.reading import Answers, keys_of, reference_of

_log = structlog.get_logger(__name__)


class QboSession:
    """Every read passes the gate that `qbo` was made with; one call after another, none is repeated."""

    def __init__(self, qbo: Qbo, books: Books, access: QboAccess, clock: Clock) -> None:
        self.budgets: tuple[Budget, ...] = budgets_of(books, access)
        self._qbo = qbo
        self._books = books
        self._clock = clock
        self._token = access.access_token.get_secret_value()
        self._ledger = qbo.ledger(books.organisation_id, self._token)

    async def send(self, call: Call) -> Answer:
        """Send once; raises a `ProviderError`."""
        return await self._qbo.send(call, self._token)

    async def look_up(self, kind: DocumentKind, numbers: Sequence[str], ids: Sequence[str]) -> list[SeenDocument]:
        """Every document of these numbers and of these ids, voided ones included, with their lines."""
        return await look_ups.look_up(self._ledger, kind, numbers, ids)

    async def read_rate(self, currency: str, day: date) -> Decimal | None:
        """The company's rate for a document's day; for a day to come the one that it keeps today."""
        shown = await self._ledger.exchange_rate(currency, min(day, self._clock.now().date()))
        return usable_rate(currency, shown)

    async def read(self) -> Reading:
        """The whole reference data, customers and items."""
        preferences = await self._ledger.preferences()
        answers = Answers(
            company=await self._ledger.company_info(),
            preferences=preferences,
            accounts=self._readable("accounts", await self._ledger.accounts()),
            tax_codes=self._readable("tax codes", await self._ledger.tax_codes()),
            tax_rates=self._readable("tax rates", await self._ledger.tax_rates()),
            classes=self._readable("classes", await self._ledger.classes()),
            departments=self._readable("departments", await self._ledger.departments()),
            items=self._readable("items", await self._ledger.items()),
            currencies=await self._currencies(preferences),
        )
        reference = reference_of(self._books.organisation_id, answers, self._clock.now())
        return Reading(
            reference,
            await self._contacts(reference.base_currency),
            item_entries(answers.items),
            keys_of(answers, reference.read_at.date()),
        )

    async def contacts(self, ids: Sequence[str]) -> tuple[SeenContact, ...]:
        """The customers of these ids, inactive ones included."""
        found = self._readable("customers", await self._ledger.customers_by_id(ids))
        return tuple(seen_contact(each) for each in found if each.id)

    async def read_contacts(self) -> tuple[DirectoryEntry, ...]:
        """All customers, inactive ones included, and the vendors and employees whose names are taken."""
        return await self._contacts(home_currency(await self._ledger.preferences()))

    async def _contacts(self, home: str) -> tuple[DirectoryEntry, ...]:
        return contact_entries(
            self._readable("customers", await self._ledger.customers()),
            self._readable("vendors", await self._ledger.vendors()),
            self._readable("employees", await self._ledger.employees()),
            home=home,
        )

    async def _currencies(self, preferences: reads.Preferences) -> Sequence[reads.CompanyCurrency]:
        """Those that the company uses besides its own: none while its preference is off."""
        if not preferences.currency_prefs.multi_currency_enabled:
            return ()
        return self._readable("currencies", await self._ledger.currencies())

    async def read_items(self) -> tuple[DirectoryEntry, ...]:
        """All items."""
        return item_entries(self._readable("items", await self._ledger.items()))

    def _readable(self, what: str, rows: Rows[Item]) -> Rows[Item]:
        """One odd row hides no others; what needs it is refused by QuickBooks or by the rules, with their words."""
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
