"""Ingest's rows on a real PostgreSQL."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.budgets import Budgets
from tieout_chassis.database import Database
from tieout_chassis.forgetting import Forgetting
from tieout_chassis.leases import LeaseLost, Leases
from tieout_chassis.sealing import Sealer, Unsealable
from tieout_chassis.testing import FreshDatabase, fresh_database, postgres_admin_url, sealing_key_file
from tieout_contracts.events import RunRequested
from tieout_contracts.records import RecordRef
from tieout_ingest.app import OF_TENANT
from tieout_ingest.budget import SiteGate, SiteGates
from tieout_ingest.canonical import fingerprint_of
from tieout_ingest.held import Held
from tieout_ingest.migrations import MIGRATIONS
from tieout_ingest.store import agenda, captures, connections, hearing, records, runs
from tieout_ingest.store.captures import Capture, seal_context
from tieout_ingest.store.tables import METADATA, record
from tieout_providers.call import Answer, Call
from tieout_providers.errors import Throttled

__all__ = ["fresh_database", "postgres_admin_url", "sealing_key_file"]

pytestmark = pytest.mark.postgres

Make = Callable[..., Any]


@pytest.fixture
async def database(fresh_database: FreshDatabase, sealing_key_file: Path) -> AsyncIterator[Database]:
    made = Database(await fresh_database([MIGRATIONS]), "ingest", sealer=Sealer.from_file(sealing_key_file))
    async with made.transaction() as tx:
        await connections.ensure(tx, "cw", "msp")
    yield made
    await made.dispose()


def row(record_id: int, state: str = "found", **more: Any) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "connection_id": "cw",
        "kind": "invoice",
        "record_id": record_id,
        "tenant_id": "msp",
        "company_id": "a",
        "number": str(record_id),
        "invoice_type": "Standard",
        "location_id": 11,
        "seen": "s",
        "state": state,
    }
    return {**facts, **more}


async def put(tx: AsyncConnection, *rows: dict[str, Any]) -> None:
    """New records, each with columns of its own."""
    for each in rows:
        await tx.execute(record.insert().values(each))


def ref(record_id: int) -> RecordRef:
    return RecordRef(kind="invoice", record_id=record_id)


async def test_the_code_reads_the_tables_that_the_scripts_make(database: Database) -> None:
    async with database.engine.connect() as connection:
        made = await connection.run_sync(
            lambda sync: {
                table: {column["name"]: column["nullable"] for column in sa.inspect(sync).get_columns(table)}
                for table in METADATA.tables
            }
        )
    assert made == {
        name: {column.name: bool(column.nullable) for column in table.columns}
        for name, table in METADATA.tables.items()
    }


async def test_a_group_to_capture_is_of_one_company_location_and_number_of_attempts(database: Database) -> None:
    async with database.transaction() as tx:
        await put(tx, *(row(number) for number in range(1, 5)), row(5, location_id=12), row(6, company_id="b"))
        await put(tx, row(7, "captured"))
        await put(tx, row(8, due_at=records.due_in(60)), row(9, due_at=records.due_in(60)))
        await put(tx, row(10, attempts=2), row(11, attempts=2))

        async def group() -> list[int]:
            found = await records.next_to_capture(tx, "cw", limit=3)
            for each in found:
                await records.change(tx, each, state="captured")
            return [each.record_id for each in found]

        groups = [await group() for _ in range(6)]
    assert groups == [[1, 2, 3], [4], [5], [6], [10], [11]]


@pytest.mark.parametrize(("attempts", "size"), [(0, 50), (1, 10), (2, 1), (9, 1)])
def test_groups_shrink_with_each_failure(attempts: int, size: int) -> None:
    assert records.group_size(50, attempts) == size
    assert records.group_size(1, attempts) == 1


async def test_posted_records_wait_for_each_other_but_not_for_long(database: Database) -> None:
    async with database.transaction() as tx:
        soon = records.due_in(0.8)
        await put(tx, *(row(number, "to_batch", due_at=soon) for number in (1, 2)))
        assert await records.next_to_batch(tx, "cw", limit=3, linger_s=1.0) == []
        await put(tx, row(3, "to_batch", due_at=soon))
        assert len(await records.next_to_batch(tx, "cw", limit=3, linger_s=1.0)) == 3
        assert await records.next_to_batch(tx, "cw", limit=4, linger_s=1.0) == []
        await put(tx, row(4, "to_batch", due_at=records.due_in(0)))
        await put(tx, row(5, "to_batch", due_at=records.due_in(60)))
        await put(tx, row(6, "to_batch", due_at=records.due_in(0.5), location_id=12))
        found = await records.next_to_batch(tx, "cw", limit=10, linger_s=1.0)
    assert [each.record_id for each in found] == [4, 1, 2, 3]


async def test_words_are_applied_in_the_order_in_which_they_were_heard(database: Database) -> None:
    async with database.transaction() as tx:
        await put(tx, row(1), row(2))
        event_id = uuid4()
        assert await hearing.hear(tx, "a", ref(1), "retry", event_id=event_id) == "cw"
        assert (
            await hearing.hear(tx, "a", ref(2), "posted", event_id=event_id, revision="r", posting_id=uuid4()) == "cw"
        )
        assert await hearing.hear(tx, "a", ref(3), "retry", event_id=event_id) is None
        assert await hearing.hear(tx, "somebody-else", ref(1), "retry", event_id=event_id) is None
        assert await hearing.hear(tx, "a", ref(1), "cancel", event_id=event_id) == "cw"
        waiting = await hearing.waiting(tx, "cw", limit=10)
        assert [(each.ref.record_id, each.word) for each in waiting] == [(1, "retry"), (2, "posted"), (1, "cancel")]
        await hearing.forget(tx, waiting[:2])
        assert [each.word for each in await hearing.waiting(tx, "cw", limit=10)] == ["cancel"]


async def test_a_body_is_sealed_to_its_place_and_purged_without_its_fingerprint(
    database: Database, exported: Make, unposted: Make
) -> None:
    assert database.sealer is not None
    found = fingerprint_of(unposted(125), exported(125))
    context = seal_context("msp", "cw", ref(125), "r1")
    sealed = database.sealer.seal(b"{}", context, "msp")
    async with database.transaction() as tx:
        await put(tx, row(125, revision="r1"))
        await captures.keep(tx, "msp", "cw", [Capture(ref(125), "r1", found, sealed)])
        kept = await captures.sealed_body(tx, "cw", ref(125), "r1")
        assert kept is not None
        assert database.sealer.open(kept, context) == b"{}"
        with pytest.raises(Unsealable):
            database.sealer.open(kept, seal_context("msp", "cw", ref(126), "r1"))
        await captures.purge(tx, "cw", [ref(125)])
        assert await captures.sealed_body(tx, "cw", ref(125), "r1") is None
        assert await captures.fingerprints(tx, "cw", [(ref(125), "r1"), (ref(125), "r2")]) == {(ref(125), "r1"): found}


async def test_old_bodies_are_purged(database: Database, exported: Make, unposted: Make) -> None:
    found = fingerprint_of(unposted(125), exported(125))
    async with database.transaction() as tx:
        await captures.keep(tx, "msp", "cw", [Capture(ref(125), "r1", found, b"x")])
        await captures.purge_older_than(tx, "cw", 30)
        assert await captures.sealed_body(tx, "cw", ref(125), "r1") == b"x"
        await tx.execute(sa.text("UPDATE capture SET captured_at = captured_at - interval '31 days'"))
        await captures.purge_older_than(tx, "cw", 30)
        assert await captures.sealed_body(tx, "cw", ref(125), "r1") is None


async def test_an_event_is_announced_again_later_and_later_and_not_for_ever(database: Database) -> None:
    event_id = uuid4()

    async def announced() -> list[UUID]:
        async with database.transaction() as tx:
            return await agenda.unanswered(tx, "cw", limit=10, wait_s=60)

    async with database.transaction() as tx:
        news = {"news_event_id": event_id, "news_at": records.due_in(0), "news_left": 2, "news_wait_s": 60}
        await put(tx, row(1, "captured", **news))
    assert await announced() == [event_id]
    assert await announced() == []
    async with database.transaction() as tx:
        wait_s = await tx.scalar(sa.text("SELECT extract(epoch FROM news_at - clock_timestamp()) FROM record"))
        assert 118 < float(wait_s or 0) <= 120
        await tx.execute(sa.text("UPDATE record SET news_at = clock_timestamp()"))
    assert await announced() == [event_id]
    async with database.transaction() as tx:
        await tx.execute(sa.text("UPDATE record SET news_at = clock_timestamp()"))
    assert await announced() == []


async def test_a_connection_rests_until_there_is_something_to_do(database: Database) -> None:
    async def due() -> float | None:
        async with database.transaction() as tx:
            return await agenda.due_in_s(tx, "cw")

    assert await due() == 0
    async with database.transaction() as tx:
        await connections.listed(tx, "cw", next_in_s=300)
    assert 290 < (await due() or 0) <= 300
    async with database.transaction() as tx:
        await put(tx, row(1, due_at=records.due_in(20)), row(2, "captured", due_at=records.due_in(0)))
    assert 10 < (await due() or 0) <= 20
    run_id, at = uuid4(), "2026-01-01T00:00:00Z"
    event = RunRequested.model_validate({"tenant_id": "msp", "company_id": "a", "run_id": run_id, "requested_at": at})
    async with database.transaction() as tx:
        await runs.request(tx, event, uuid4(), "cw")
    assert await due() == 0


async def test_a_hint_brings_the_next_look_forward_and_many_hints_no_more_than_one_F211(database: Database) -> None:
    async def due() -> float:
        async with database.transaction() as tx:
            return await agenda.due_in_s(tx, "cw") or 0

    async with database.transaction() as tx:
        await connections.listed(tx, "cw", next_in_s=300)
        for _ in range(3):
            await connections.hinted(tx, "cw")
    assert await due() <= connections.HINTS_APART_S
    async with database.transaction() as tx:
        await tx.execute(sa.text("UPDATE connection SET listed_at = listed_at - make_interval(secs => 10)"))
        await connections.hinted(tx, "cw")
    assert await due() == 0
    async with database.transaction() as tx:
        await connections.listed(tx, "cw", next_in_s=300)
    assert await due() <= connections.HINT_AGAIN_S
    async with database.transaction() as tx:
        await tx.execute(sa.text("UPDATE connection SET hinted_at = hinted_at - make_interval(secs => 61)"))
        await connections.listed(tx, "cw", next_in_s=300)
    assert await due() > connections.HINT_AGAIN_S


async def test_a_run_is_complete_when_none_of_its_records_is_left_to_be_captured(database: Database) -> None:
    run_id, at = uuid4(), "2026-01-01T00:00:00Z"
    event = RunRequested.model_validate({"tenant_id": "msp", "company_id": "a", "run_id": run_id, "requested_at": at})
    async with database.transaction() as tx:
        await runs.request(tx, event, uuid4(), None)
        assert await runs.homeless(tx) == {"a"}
        await runs.bring_home(tx, "a", "cw")
        await runs.request(tx, event, uuid4(), None)
        assert [each.state for each in await runs.unfinished(tx, "cw")] == ["requested"]
        await put(tx, row(1, run_id=run_id, attempts=1), row(2, "refused", run_id=run_id))
        await runs.begin(tx, run_id, (), unposted=2)
        assert await runs.complete(tx, "cw") == []
        first = await records.one(tx, "cw", ref(1))
        assert first is not None
        await records.change(tx, first, state="captured")
        await runs.count(tx, run_id, captured=1, refused=0)
        (complete,) = await runs.complete(tx, "cw")
        assert (complete.unposted, complete.captured) == (2, 1)
        await runs.finish(tx, run_id, uuid4(), announce_in_s=60, announcements=2)
        assert await runs.unfinished(tx, "cw") == []


async def test_nothing_is_written_once_the_lease_is_lost(database: Database) -> None:
    leases = Leases(database)
    async with database.transaction() as tx:
        await leases.announce(tx, "connectwise", "cw")
    lease = await leases.claim_one("connectwise", holder="one", lease_s=30)
    assert lease is not None
    nothing: Any = None
    held = Held("cw", "msp", nothing, nothing, nothing, database, leases, lease, 30)
    async with held.transaction() as tx:
        await put(tx, row(1))
    async with database.transaction() as tx:
        await tx.execute(sa.text("UPDATE lease SET expires_at = clock_timestamp()"))
    assert await leases.claim_one("connectwise", holder="two", lease_s=30) is not None
    with pytest.raises(LeaseLost):
        async with held.transaction() as tx:
            await put(tx, row(2))
    async with database.transaction() as tx:
        assert set(await records.unfinished(tx, "cw")) == {ref(1)}


async def test_a_transaction_longer_than_the_lease_keeps_it_for_nobody_else_can_take_it(database: Database) -> None:
    leases = Leases(database)
    async with database.transaction() as tx:
        await leases.announce(tx, "connectwise", "cw")
    lease = await leases.claim_one("connectwise", holder="one", lease_s=0.2)
    assert lease is not None
    nothing: Any = None
    held = Held("cw", "msp", nothing, nothing, nothing, database, leases, lease, 30)
    async with held.transaction() as tx:
        await tx.execute(sa.text("SELECT pg_sleep(0.4)"))
        assert await leases.claim_one("connectwise", holder="two", lease_s=30) is None
    async with held.transaction() as tx:
        await leases.release_in(tx, lease)
    assert await leases.claim_one("connectwise", holder="two", lease_s=30) is not None


async def test_calls_beyond_a_sites_budget_wait_or_end_the_slice_I5(database: Database) -> None:
    gates = SiteGates(Budgets(database), calls_a_minute=3, calls_at_once=2, timeout_s=5)
    call = Call.get("/system/info")
    first, other = await gates.of("https://cw.example"), await gates.of("https://other.example")
    for _ in range(3):
        await first.before(call)
        await first.after(call, Answer(200, {}, b""))
    with pytest.raises(Throttled) as caught:
        await first.before(call)
    assert caught.value.retry_after_s is not None
    assert caught.value.retry_after_s > 30
    await other.before(call)
    await other.after(call, None)
    await gates.park("https://other.example", 120)
    with pytest.raises(Throttled):
        await other.before(call)
    assert isinstance(other, SiteGate)
    assert other._granted == {}


async def test_of_a_deleted_tenant_no_table_keeps_a_row_F251(database: Database) -> None:
    async with database.transaction() as tx:
        await connections.ensure(tx, "cw", "msp")
        await connections.ensure(tx, "other", "other")
    forgetting = Forgetting(database, lambda: {"msp"}, METADATA, hanging=OF_TENANT)
    while await forgetting.step():
        pass
    async with database.transaction() as tx:
        kept = sa.select(METADATA.tables["connection"].c.connection_id)
        assert (await tx.scalars(kept)).all() == ["other"]
