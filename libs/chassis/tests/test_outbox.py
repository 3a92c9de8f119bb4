from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from tieout_chassis import outbox
from tieout_chassis.database import Database
from tieout_chassis.outbox import (
    EventTooLarge,
    MessageContext,
    announce_again,
    announce_all,
    publish,
    publish_all,
    seal_context,
)
from tieout_chassis.sealing import Sealer
from tieout_chassis.telemetry import configure_tracing, start_span
from tieout_contracts.events import RecordCaptured, RecordStaged
from tieout_contracts.examples import events

pytestmark = pytest.mark.postgres
Staged = Callable[..., RecordStaged]


@pytest.fixture
def captured() -> RecordCaptured:
    """An event that carries accounting data."""
    return next(event for event in events() if isinstance(event, RecordCaptured))


async def rows(database: Database) -> list[Any]:
    async with database.reading() as connection:
        return list((await connection.execute(text("SELECT * FROM outbox ORDER BY id"))).mappings())


async def marked_published(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(text("UPDATE outbox SET published_at = now(), announcements = 1"))


async def waiting(database: Database) -> int:
    return sum(row["published_at"] is None for row in await rows(database))


async def test_an_event_is_stored_with_its_cloudevents_headers_its_tenant_and_its_trace(
    database: Database, staged: Staged
) -> None:
    configure_tracing("test", None)
    cause = MessageContext(uuid4(), "t", "k", "acme")
    with start_span("handle", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"):
        async with database.transaction() as tx:
            event_id = await publish(tx, staged(7), caused_by=cause)
    (row,) = await rows(database)
    headers = row["headers"]
    assert headers.pop("ce_time")
    assert headers.pop("traceparent").split("-")[1] == "0af7651916cd43dd8448eb211c80319c"
    assert headers == {
        "ce_id": str(event_id),
        "ce_type": "record.staged.v1",
        "ce_source": "/tieout/alpha",
        "ce_subject": staged(7).key,
        "ce_specversion": "1.0",
        "tieouttenant": "acme",
        "tieoutcompany": "north",
    }
    assert row["caused_by"] == cause.event_id


async def test_outside_of_a_span_the_trace_of_the_cause_goes_on(database: Database, staged: Staged) -> None:
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    async with database.transaction() as tx:
        await publish(tx, staged(), caused_by=MessageContext(uuid4(), "t", "k", "acme", parent))
    (row,) = await rows(database)
    assert row["headers"]["traceparent"] == parent


async def test_an_event_with_accounting_data_is_stored_sealed_to_its_place(
    database: Database, sealer: Sealer, captured: RecordCaptured
) -> None:
    async with database.transaction() as tx:
        event_id = await publish(tx, captured)
    (row,) = await rows(database)
    assert row["headers"]["tieoutkeyid"] == sealer.current
    assert captured.number.encode() not in row["value"]
    opened = sealer.open(row["value"], seal_context(event_id, "record.captured.v1"))
    assert RecordCaptured.model_validate_json(opened) == captured


async def test_without_a_key_accounting_data_is_not_published(admin_url: str, captured: RecordCaptured) -> None:
    database = Database(admin_url, "alpha")
    with pytest.raises(LookupError, match="alpha has no sealing key"):
        async with database.transaction() as tx:
            await publish(tx, captured)
    await database.dispose()


async def test_a_repeated_id_is_announced_again_once_published_and_left_alone_before(
    database: Database, staged: Staged
) -> None:
    event_id = uuid4()
    for _ in range(2):
        async with database.transaction() as tx:
            assert await publish(tx, staged(), event_id=event_id) == event_id
    assert await waiting(database) == len(await rows(database)) == 1
    await marked_published(database)
    assert await waiting(database) == 0
    async with database.transaction() as tx:
        await publish(tx, staged(), event_id=event_id)
    assert await waiting(database) == len(await rows(database)) == 1


async def test_unanswered_events_are_announced_again_by_their_ids(database: Database, staged: Staged) -> None:
    async with database.transaction() as tx:
        ids = await publish_all(tx, [staged(n) for n in range(3)])
    await marked_published(database)
    async with database.transaction() as tx:
        assert await announce_again(tx, ids[:2]) == 2
        assert await announce_again(tx, ids[:2]) == 0
        assert await announce_again(tx, [uuid4()]) == 0
        assert await announce_again(tx, []) == 0
    assert await waiting(database) == 2
    async with database.transaction() as tx:
        assert await announce_all(tx) == 1
    assert await waiting(database) == 3


async def test_many_events_are_stored_in_their_order(database: Database, staged: Staged) -> None:
    async with database.transaction() as tx:
        assert await publish_all(tx, []) == []
        ids = await publish_all(tx, [staged(n) for n in range(50)])
    assert [row["event_id"] for row in await rows(database)] == ids


async def test_an_event_that_the_bus_could_never_take_is_refused_at_once(
    database: Database, staged: Staged, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MAX_MESSAGE_BYTES", 5_000)
    with pytest.raises(EventTooLarge, match=r"record\.staged\.v1 has"):
        async with database.transaction() as tx:
            await publish(tx, staged(1, "x" * 2000))
