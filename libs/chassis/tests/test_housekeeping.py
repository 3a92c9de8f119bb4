import pytest
from prometheus_client import generate_latest
from sqlalchemy import text

from tieout_chassis.bus.postgres import PostgresTransport
from tieout_chassis.database import Database
from tieout_chassis.housekeeping import Housekeeping
from tieout_chassis.telemetry import REGISTRY
from tieout_chassis.testing import administer

pytestmark = pytest.mark.postgres

ROWS = """
    INSERT INTO outbox (event_id, topic, key, headers, value, published_at, created_at) VALUES
        (gen_random_uuid(), 't', 'k', '{}', '', now() - interval '5 hours', now()),
        (gen_random_uuid(), 't', 'k', '{}', '', now() - interval '1 hour', now()),
        (gen_random_uuid(), 't', 'k', '{}', '', NULL, now() - interval '9 days')
"""
MARKS = """
    INSERT INTO inbox (event_id, consumer_group, handled_at) VALUES
        (gen_random_uuid(), 'g', now() - interval '3 days'), (gen_random_uuid(), 'g', now())
"""
LETTERS = """
    INSERT INTO dead_letter (event_id, type, topic, key, headers, value, reason, attempts, state, created_at)
    SELECT gen_random_uuid(), '', 't', 'k', '{}', '', 'r', 1, state, now() - interval '9 days'
    FROM unnest(ARRAY['open', 'redriven', 'discarded']) AS state
"""


@pytest.fixture
def housekeeping(database: Database) -> Housekeeping:
    transport = PostgresTransport(database, retention_hours=1)
    return Housekeeping(
        database, transport, inbox_retention_days=2, outbox_retention_hours=2, dead_letter_retention_days=8
    )


async def test_what_retention_no_longer_keeps_is_pruned_and_what_waits_for_somebody_stays(
    database: Database, housekeeping: Housekeeping
) -> None:
    async with database.transaction() as tx:
        for statement in (ROWS, MARKS, LETTERS):
            await tx.execute(text(statement))
    assert await housekeeping.step() is False
    async with database.transaction() as tx:
        left = [await tx.scalar(text(f"SELECT count(*) FROM {name}")) for name in ("outbox", "inbox", "dead_letter")]
        assert left == [2, 1, 1]
        assert await tx.scalar(text("SELECT state FROM dead_letter")) == "open"
    metrics = generate_latest(REGISTRY).decode()
    assert 'tieout_outbox_waiting{service="alpha"} 1.0' in metrics
    assert 'tieout_outbox_oldest_seconds{service="alpha"} 7776' in metrics
    assert 'tieout_dead_letters_open{service="alpha"} 1.0' in metrics


async def test_the_log_keeps_its_hours_and_its_offsets(
    database: Database, admin_url: str, housekeeping: Housekeeping
) -> None:
    from tieout_chassis.bus import Outgoing

    transport = PostgresTransport(database, retention_hours=1)
    await transport.ensure_topics(["t"])
    await transport.publish([Outgoing("t", "k", b"old", {})])
    await administer(admin_url, "UPDATE bus.message SET appended_at = now() - interval '2 hours'")
    await transport.publish([Outgoing("t", "k", b"new", {})])
    await housekeeping.step()
    consumer = transport.consumer("g", ["t"], max_poll=10)
    await consumer.start()
    (message,) = await consumer.poll(5)
    await consumer.close()
    assert (message.offset, message.value) == (1, b"new")
