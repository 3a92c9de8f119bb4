"""The lease side: one slice of one organisation's work, then the next organisation's turn.

A slice does the first thing that is due: read the reference data, read a list anew, send a call that certainly did not
happen once more, look up what is unknown, send the next group. It is at most one write.
"""

from collections.abc import Mapping

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.database import is_database_trouble
from tieout_chassis.failpoints import failpoint
from tieout_chassis.handling import NotNow
from tieout_chassis.leases import Lease, LeaseLost
from tieout_contracts.reference import LedgerReference
from tieout_posting import changing, exchange, linking, looking, reading, revising
from tieout_posting.access import Sessions
from tieout_posting.batching import Group
from tieout_posting.building import build
from tieout_posting.calls import CUSTOMER_PURPOSE, StoredCall, store_again, store_call
from tieout_posting.cutover import comparing
from tieout_posting.cutover.comparing import FindDocuments, ListContacts
from tieout_posting.desk import Desk
from tieout_posting.faults import NoAccess
from tieout_posting.finding import find_todo
from tieout_posting.ledger import Books, RatesNeeded, SeenContact, Session
from tieout_posting.looking import Question
from tieout_posting.metrics import BROKEN
from tieout_posting.organisations import LEASE_KIND
from tieout_posting.resting import Resting
from tieout_posting.revising import Read
from tieout_posting.sending import deliver, is_conflict
from tieout_posting.store import load_books
from tieout_posting.todo import ReadLists, ReadReference, Rest, Todo
from tieout_posting.toll import Spent, Toll, Tolls
from tieout_providers.errors import ProviderError, Unauthorised

_log = structlog.get_logger(__name__)
GO_ON = Rest()
NO_RATES: Mapping[str, str] = {}
NOTHING_READ = Read()
SLICE_LEASE_S = 20.0
"""What a slice's own rows may take; it is renewed before each call, to outlast that."""
BROKEN_WAIT_S = 30.0
"""How long an organisation rests whose slice ended in an error of our own."""

_READ_BEFORE = {CUSTOMER_PURPOSE: changing.ids_of, "contact_link": linking.ids_of}
"""Whose contacts are read right before they are changed."""


class Slices:
    """Serves the organisations of one ledger, each under its lease."""

    def __init__(self, desk: Desk, tolls: Tolls) -> None:
        self._desk = desk
        self._tolls = tolls
        self._resting = Resting(desk)
        self._sessions = Sessions(desk.ledger)

    async def step(self) -> bool:
        """One slice of the organisation that was served least recently; False when none is due."""
        lease = await self._desk.leases.claim_one(
            LEASE_KIND, holder=self._desk.holder, lease_s=min(SLICE_LEASE_S, self._desk.options.call_lease_s)
        )
        if lease is None:
            return False
        try:
            await self._serve(lease)
        except LeaseLost as lost:
            _log.warning("lease lost", organisation=lease.name, reason=str(lost))
        except Exception as error:
            if is_database_trouble(error):
                raise
            await self._set_aside(lease, error)
        return True

    async def _set_aside(self, lease: Lease, error: Exception) -> None:
        """A slice that breaks is one organisation's trouble: it rests, and the others go on."""
        if is_conflict(error):  # a handler held the same rows in another order: nothing was sent, so once more
            await self._desk.leases.release(lease)
            return
        if isinstance(error, NotNow):  # its tenant's key is on the way, say: what is stored says where to go on
            _log.info("slice waits", organisation=lease.name, reason=str(error))
            await self._desk.leases.release(lease, error.after_s)
            return
        _log.error("slice failed", organisation=lease.name, error=type(error).__name__, exc_info=error)
        BROKEN.labels(self._desk.ledger.name).inc()
        await self._desk.leases.release(lease, BROKEN_WAIT_S)

    async def _serve(self, lease: Lease) -> None:
        async with self._desk.database.transaction() as tx:
            await self._desk.leases.fence(tx, lease)
            books = await load_books(tx, lease.name)
            todo: Todo = (
                Rest(idle_s=self._desk.options.idle_s) if books is None else await find_todo(tx, self._desk, books)
            )
        if books is None or isinstance(todo, Rest):
            assert isinstance(todo, Rest)
            await self._desk.leases.release(lease, todo.park_s, idle_s=todo.idle_s)
            return
        rest = await self._do(lease, books, todo)
        await self._resting.release(lease, books, rest)

    async def _do(self, lease: Lease, books: Books, todo: Todo) -> Rest:
        toll = self._tolls.of(lease, books)
        try:
            session = await self._sessions.open(books, toll)
            await toll.know(session.budgets)
            if isinstance(todo, StoredCall | Group):
                return await self._write(lease, books, toll, session, todo)
            await self._read(lease, books, session, todo)
        except (Spent, NoAccess, ProviderError) as error:
            if isinstance(todo, ReadReference) and isinstance(error, ProviderError):
                await self._postpone(lease, books)
            return await self._after(error, lease, books, toll)
        self._sessions.token_good(books)
        return GO_ON

    async def _after(self, error: Spent | NoAccess | ProviderError, lease: Lease, books: Books, toll: Toll) -> Rest:
        if isinstance(error, Spent):
            return self._resting.spent(error)
        if isinstance(error, NoAccess):
            return self._resting.no_access(books, str(error))
        if isinstance(error, Unauthorised) and self._sessions.token_refused(books):
            return GO_ON
        return await self._resting.after_error(lease, books, toll, error)

    async def _postpone(self, lease: Lease, books: Books) -> None:
        async with self._desk.database.transaction() as tx:
            await self._desk.leases.fence(tx, lease)
            await reading.postpone_reading(tx, books)

    async def _read(self, lease: Lease, books: Books, session: Session, todo: Todo) -> None:
        desk = self._desk
        if isinstance(todo, ReadReference):
            everything = await session.read()
            async with desk.database.transaction() as tx:
                await desk.leases.fence(tx, lease)
                await reading.store_reading(tx, desk, books, everything)
                await self._resting.succeeded(tx, books)
        elif isinstance(todo, ReadLists):
            for kind in sorted(todo.kinds):
                entries = await (session.read_contacts() if kind == "contact" else session.read_items())
                async with desk.database.transaction() as tx:
                    await desk.leases.fence(tx, lease)
                    await reading.store_directory(tx, books, kind, entries)
                    await looking.free_unknown_shared(tx, books, kind)
        elif isinstance(todo, Question):
            found = await session.look_up(todo.kind, todo.numbers, todo.ids)
            async with desk.database.transaction() as tx:
                await desk.leases.fence(tx, lease)
                await looking.answer_question(tx, desk, books, todo, found)
                await self._resting.succeeded(tx, books)
        elif isinstance(todo, ListContacts | FindDocuments):
            await self._compare(lease, books, session, todo)

    async def _compare(self, lease: Lease, books: Books, session: Session, todo: ListContacts | FindDocuments) -> None:
        desk = self._desk
        entries = await session.read_contacts() if isinstance(todo, ListContacts) else ()
        found = await session.look_up(todo.kind, todo.numbers, ()) if isinstance(todo, FindDocuments) else []
        async with desk.database.transaction() as tx:
            await desk.leases.fence(tx, lease)
            if isinstance(todo, ListContacts):
                await reading.store_directory(tx, books, "contact", entries)
                await comparing.note_contacts(tx, desk, books, todo, entries)
            else:
                await comparing.note_documents(tx, desk, books, todo, found)
            await self._resting.succeeded(tx, books)

    async def _contacts(
        self, lease: Lease, books: Books, session: Session, todo: StoredCall | Group
    ) -> Mapping[str, SeenContact]:
        """The contacts that a group is about, as they are now; others are not read."""
        ids_of = None if isinstance(todo, StoredCall) else _READ_BEFORE.get(todo.purpose)
        if ids_of is None or isinstance(todo, StoredCall):
            return {}
        async with self._desk.database.transaction() as tx:
            await self._desk.leases.fence(tx, lease)
            ids = await ids_of(tx, self._desk, books, todo)
        return {each.ledger_id: each for each in await session.contacts(ids)} if ids else {}

    async def _documents(self, lease: Lease, books: Books, session: Session, todo: StoredCall | Group) -> Read:
        """The documents that a group changes, as they are now."""
        if isinstance(todo, StoredCall) or todo.purpose != "update" or todo.kind is None:
            return NOTHING_READ
        async with self._desk.database.transaction() as tx:
            await self._desk.leases.fence(tx, lease)
            ids = await revising.ids_of(tx, self._desk, books, todo)
        return Read.of(ids, await session.look_up(todo.kind, (), ids)) if ids else NOTHING_READ

    async def _build(
        self,
        tx: AsyncConnection,
        books: Books,
        group: Group,
        opened: tuple[LedgerReference | None, Mapping[str, str]],
        seen: Mapping[str, SeenContact],
        read: Read,
    ) -> StoredCall | None:
        reference, keys = opened
        if group.purpose == "update":
            return await revising.build_updates(tx, self._desk, books, group, reference, keys, read)
        if group.purpose == CUSTOMER_PURPOSE:
            return await changing.build_changes(tx, self._desk, books, group, keys, seen)
        if group.purpose == "contact_link":
            return await linking.build_links(tx, self._desk, books, group, keys, seen)
        return await build(tx, self._desk, books, group, keys)

    async def _write(self, lease: Lease, books: Books, toll: Toll, session: Session, todo: StoredCall | Group) -> Rest:
        seen = await self._contacts(lease, books, session, todo)
        read = await self._documents(lease, books, session, todo)
        await toll.take()
        try:
            stored = await self._store(lease, books, todo, seen, read)
        except RatesNeeded as needed:
            await toll.give_back()
            rates = await exchange.read_rates(session, needed)
            await toll.take()
            stored = await self._store(lease, books, todo, seen, read, rates)
        if stored is None:
            await toll.give_back()
            return GO_ON
        failpoint("writer.after_call_row")
        return await deliver(self._desk, self._sessions, self._resting, lease, toll, session, stored)

    async def _store(
        self,
        lease: Lease,
        books: Books,
        todo: StoredCall | Group,
        seen: Mapping[str, SeenContact],
        read: Read,
        rates: Mapping[str, str] = NO_RATES,
    ) -> StoredCall | None:
        """The call with its row, made with the contacts, documents and rates of exchange that were read for it; None
        when there is nothing to send.

        Raises `RatesNeeded`; only without `rates`, because then it goes on without the members that lack one.
        """
        desk = self._desk
        async with desk.database.transaction() as tx:
            await desk.leases.fence(tx, lease)
            if isinstance(todo, StoredCall):
                return await store_again(tx, desk, todo)
            await exchange.keep_rates(tx, books, rates)
            opened = await reading.open_reference(tx, desk.sealer, books)
            reference, keys = (None, {}) if opened is None else opened
            try:
                built = await self._build(tx, books, todo, (reference, {**keys, **rates}), seen, read)
            except RatesNeeded:
                if not rates:
                    raise
                return None  # other members came meanwhile: the next slice reads their rates
            return None if built is None else await store_call(tx, desk, built)
