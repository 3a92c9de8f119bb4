"""What QuickBooks has already is found in few calls, linked on a person's word, and adopted with nothing made (K24)."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from qbo_writer_kit.books import american
from qbo_writer_kit.values import COMPANY, TENANT, contact, document, planned
from qbo_writer_kit.world import World, simulator

from tieout_chassis.database import Database
from tieout_chassis.outbox import seal_context
from tieout_chassis.sealing import Sealer
from tieout_chassis.testing import FreshDatabase
from tieout_contracts.events import (
    Event,
    LedgerCompared,
    LinksDecided,
    PostingPlanned,
    PreviewFinished,
    RecordCommanded,
    RecordPreviewed,
)
from tieout_contracts.previews import RecordPreview
from tieout_contracts.proposals import LinkDecision
from tieout_qbo_writer.migrations import MIGRATIONS

pytestmark = [pytest.mark.postgres, pytest.mark.http]
RECORDS = 60
POSTED_BEFORE = 3
LOOK = "GET /query"
AT = datetime(2026, 11, 2, tzinfo=UTC)
HEAD: dict[str, Any] = {"tenant_id": TENANT, "company_id": COMPANY}
FORMER = contact(contact_number="OLD-219")


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with simulator(american(), tmp_path) as address:
        yield address


@pytest.fixture
async def world(fresh_database: FreshDatabase, sealing_key_file: Path, url: str) -> AsyncIterator[World]:
    database_url = await fresh_database([MIGRATIONS])
    sealer = Sealer.from_file(sealing_key_file)
    database = Database(database_url, MIGRATIONS.service, sealer=sealer, pool_size=2)
    made = World(url, database, {"database_url": database_url, "sealing_key_file": sealing_key_file})
    yield made
    await made.close()
    await database.dispose()


def plans(world: World, of: Any, count: int) -> list[PostingPlanned]:
    return [planned(document(str(20501 + each), contact=of), record_id=each) for each in range(count)]


def asked(of: list[PostingPlanned]) -> tuple[UUID, list[Event]]:
    """The preview of these plans, to be compared."""
    head = HEAD | {"preview_id": uuid4(), "compare": True}
    told: list[Event] = [
        RecordPreviewed(
            **head,
            record_ref=each.record_ref,
            number=each.number,
            revision=each.revision,
            preview=RecordPreview(outcome="create", posting=each.posting),
            previewed_at=AT,
        )
        for each in of
    ]
    return head["preview_id"], [*told, PreviewFinished(**head, records=len(of), finished_at=AT)]


async def compared(world: World, of: list[PostingPlanned]) -> LedgerCompared:
    preview_id, events = asked(of)
    await world.say(*events)

    async def told() -> list[LedgerCompared]:
        query = sa.text("SELECT event_id, value FROM outbox WHERE topic = 'ledger.compared' ORDER BY id")
        async with world.database.transaction() as tx:
            rows = (await tx.execute(query)).all()
        sealer = world.database.sealer
        assert sealer is not None
        plain = [sealer.open(bytes(row.value), seal_context(row.event_id, LedgerCompared.TYPE)) for row in rows]
        found = [LedgerCompared.model_validate_json(each) for each in plain]
        return [each for each in found if each.preview_id == preview_id]

    await world.until(told, 1)
    (found,) = await told()
    return found


async def forget(world: World) -> None:
    """Whatever posted it is gone, with all its rows: what it posted is a former tool's."""
    async with world.database.transaction() as tx:
        for table in ("intent", "shared", "customer", "canary"):
            await tx.execute(sa.text(f"DELETE FROM {table}"))


async def test_what_a_former_tool_posted_is_found_linked_and_adopted_K24_I1(world: World) -> None:
    async with world.running():
        await world.say(*plans(world, FORMER, POSTED_BEFORE))
        await world.settled(POSTED_BEFORE)
        await forget(world)
        before, mine = await world.books(), plans(world, contact(), RECORDS)
        looks = await world.calls(LOOK)

        first = await compared(world, mine)
        (customer,) = first.contacts
        assert (customer.contact_number, customer.finding, customer.records) == ("CW-219", "other_number", RECORDS)
        assert [each.finding for each in first.documents] == ["conflict"] * POSTED_BEFORE + ["free"] * 57
        assert {each.problems[0].code for each in first.documents[:3]} == {"cutover.customer_not_linked"}
        assert await world.calls(LOOK) - looks <= 8

        linked = LinkDecision(contact_number="CW-219", ledger_id=customer.candidates[0].ledger_id)
        await world.say(LinksDecided(**HEAD, decisions=(linked,), person="ada", decided_at=AT))
        second = await compared(world, mine)
        assert [each.finding for each in second.contacts] == ["linked"]
        assert [each.finding for each in second.documents[:4]] == ["adopt", "adopt", "adopt", "free"]

        await world.say(*(adopt(each) for each in mine[:POSTED_BEFORE]))
        adopted = [each.settlement for each in (await world.settled(2 * POSTED_BEFORE))[POSTED_BEFORE:]]
        assert {each.outcome for each in adopted} == {"posted"}
        proposed = {each.document.document_id for each in second.documents if each.document}
        assert {each.document.document_id for each in adopted if each.document} == proposed
        after = await world.books()
    for kind in ("Invoice", "Customer", "Item"):
        assert after[kind] == before[kind], kind


def adopt(plan: PostingPlanned) -> RecordCommanded:
    at = AT + timedelta(minutes=1)
    about = {"record_ref": plan.record_ref, "action": "adopt", "person": "ada", "commanded_at": at}
    return RecordCommanded(**HEAD, command_id=uuid4(), **about)
