"""F53, K28 over HTTP: an approved change of a posted record changes its one document in Xero, or is refused."""

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from xero_writer_kit.values import COMPANY, document, line, planned
from xero_writer_kit.world import World, month_of_nothing_posted, simulator

from tieout_chassis.database import Database
from tieout_chassis.sealing import Sealer
from tieout_chassis.testing import FreshDatabase
from tieout_contracts.documents import LedgerDocument
from tieout_contracts.events import PostingPlanned
from tieout_contracts.posting import posting_id
from tieout_xero_writer.migrations import MIGRATIONS

pytestmark = [pytest.mark.postgres, pytest.mark.http]

UPDATE = "POST /Invoices"


@pytest.fixture
async def world(fresh_database: FreshDatabase, sealing_key_file: Path, tmp_path: Path) -> AsyncIterator[World]:
    month = month_of_nothing_posted()
    database_url = await fresh_database([MIGRATIONS])
    sealer = Sealer.from_file(sealing_key_file)
    database = Database(database_url, MIGRATIONS.service, sealer=sealer, pool_size=2)
    with simulator(month, tmp_path) as url:
        made = World(url, month, database, {"database_url": database_url, "sealing_key_file": sealing_key_file})
        await made.open()
        yield made
        await made.close()
    await database.dispose()


def plan(world: World, of: LedgerDocument, record_id: int) -> PostingPlanned:
    return planned(of, organisation=world.organisation, record_id=record_id)


def approved(world: World, of: LedgerDocument, record_id: int, minute: int = 60) -> PostingPlanned:
    """A person saw this plan of the changed record, and wants it."""
    event = planned(of, organisation=world.organisation, record_id=record_id, minute=minute)
    again = posting_id(COMPANY, event.record_ref, "r2", event.posting.plan_hash)
    posting = event.posting.model_copy(update={"revision": "r2", "posting_id": again})
    return event.model_copy(update={"posting": posting, "revision": "r2", "approved_plan": event.posting.plan_hash})


def corrected(number: str, **changes: Any) -> LedgerDocument:
    """The second line is now half of itself, and a third one came; the order number is gone."""
    lines = (
        *document().lines[:1],
        line("10.00", "1.00", description="Onsite visit", item_code=None),
        line("5.00", "0.50", description="Parking", item_code=None),
    )
    return document(number, lines=lines, reference=None, **changes)


async def test_the_same_invoice_and_credit_note_are_changed_although_an_answer_is_lost_F53_K28_F246_behaviour_2(
    world: World,
) -> None:
    link = "https://pay.example.com/20418?t=105.04"
    credit = document("20419", kind="sales_credit", due_date=None)
    async with world.running():
        await world.say(plan(world, document(), 1), plan(world, credit, 2), plan(world, document("20420"), 3))
        await world.settled(3)
        before = {kind: (await world.documents(number, kind=kind))[0] for number, kind in _BOTH.items()}
        (other,) = await world.documents("20420")
        await world.tell("faults", [{"route": UPDATE, "then": {"drop": "after"}}])
        changed_credit = corrected("20419", kind="sales_credit", due_date=None)
        await world.say(approved(world, corrected("20418", pay_link=link), 1), approved(world, changed_credit, 2))
        settled = await world.settled(5)
    assert [each.settlement.outcome for each in settled] == ["posted"] * 5
    assert {each.revision for each in settled[3:]} == {"r2"}
    for number, kind in _BOTH.items():
        (kept,) = await world.documents(number, kind=kind)
        old = before[kind]
        assert (kept[f"{kind}ID"], kept["Status"]) == (old[f"{kind}ID"], "AUTHORISED")
        assert (kept["Total"], kept.get("Reference") or "") == (Decimal("105.04"), "")
        ids, old_ids = [[each["LineItemID"] for each in one["LineItems"]] for one in (kept, old)]
        assert (ids[:2], len(set(ids))) == (old_ids, 3)
    assert (await world.documents("20418"))[0]["Url"] == link
    assert (await world.documents("20420")) == [other]


_BOTH = {"20418": "Invoice", "20419": "CreditNote"}


async def test_paid_allocated_voided_locked_and_touched_documents_are_refused_in_words_F53(world: World) -> None:
    numbers = ("20418", "20420", "20421")
    credit = document("20419", kind="sales_credit", due_date=None)
    early = {"document_date": date(2026, 9, 30), "due_date": date(2026, 10, 14)}
    async with world.running(reference_min_age_s=0):
        await world.say(*(plan(world, document(number), at) for at, number in enumerate(numbers)))
        await world.say(plan(world, credit, 8), plan(world, document("20422", **early), 9))
        await world.settled(5)
        await world.tell("event", {"kind": "add_payment", "InvoiceNumber": "20418", "Amount": 1})
        await world.tell("event", {"kind": "add_payment", "CreditNoteNumber": "20419", "Amount": 2})
        await world.tell("event", {"kind": "void_invoice", "InvoiceNumber": "20420"})
        await world.tell("event", {"kind": "edit_invoice", "InvoiceNumber": "20421", "set": {"Reference": "hers"}})
        await world.tell("event", {"kind": "set_lock_date", "period": "2026-09-30"})
        before = await world.books()
        calls = await world.calls(UPDATE)
        changed_credit = corrected("20419", kind="sales_credit", due_date=None)
        await world.say(*(approved(world, corrected(number), at) for at, number in enumerate(numbers)))
        await world.say(approved(world, changed_credit, 8), approved(world, corrected("20422", **early), 9))
        settled = (await world.settled(10))[5:]
    told = {each.number: each.settlement.problems[0] for each in settled}
    assert {number: each.code for number, each in told.items()} == {
        "20418": "ledger.update_settled",
        "20419": "ledger.update_settled",
        "20420": "ledger.update_gone",
        "20421": "ledger.update_touched",
        "20422": "ledger.update_locked",
    }
    assert "1.00 of it is paid" in told["20418"].sentence
    assert {each.settlement.outcome for each in settled} == {"refused"}
    assert all(each.settlement.document is not None for each in settled)
    after = await world.books()
    assert (after["Invoices"], after["CreditNotes"]) == (before["Invoices"], before["CreditNotes"])
    assert await world.calls(UPDATE) == calls
