"""F53, K28 over HTTP: an approved change of a posted record changes its one document in QuickBooks, or is refused."""

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from qbo_writer_kit.books import american
from qbo_writer_kit.values import COMPANY, document, line, planned
from qbo_writer_kit.world import World, simulator

from tieout_chassis.database import Database
from tieout_chassis.sealing import Sealer
from tieout_chassis.testing import FreshDatabase
from tieout_contracts.documents import LedgerDocument
from tieout_contracts.events import PostingPlanned
from tieout_contracts.posting import posting_id
from tieout_qbo_writer.migrations import MIGRATIONS

pytestmark = [pytest.mark.postgres, pytest.mark.http]

BATCH = "POST /batch"
LINK = "https://pay.example.com/20418?t=103.13"
KINDS = {"20418": "Invoice", "20419": "CreditMemo"}


@pytest.fixture
async def world(fresh_database: FreshDatabase, sealing_key_file: Path, tmp_path: Path) -> AsyncIterator[World]:
    database_url = await fresh_database([MIGRATIONS])
    sealer = Sealer.from_file(sealing_key_file)
    database = Database(database_url, MIGRATIONS.service, sealer=sealer, pool_size=2)
    with simulator(american(), tmp_path) as url:
        made = World(url, database, {"database_url": database_url, "sealing_key_file": sealing_key_file})
        yield made
        await made.close()
    await database.dispose()


def credit(number: str = "20419", **changes: Any) -> LedgerDocument:
    return document(number, kind="sales_credit", due_date=None, **changes)


def approved(of: LedgerDocument, record_id: int, minute: int = 60) -> PostingPlanned:
    """A person saw this plan of the changed record, and wants it."""
    event = planned(of, record_id=record_id, minute=minute)
    again = posting_id(COMPANY, event.record_ref, "r2", event.posting.plan_hash)
    posting = event.posting.model_copy(update={"revision": "r2", "posting_id": again})
    return event.model_copy(update={"posting": posting, "revision": "r2", "approved_plan": event.posting.plan_hash})


def corrected(number: str, **changes: Any) -> LedgerDocument:
    """The second line is now half of itself, and a third one came; the order number is gone."""
    lines = (
        *document().lines[:1],
        line("10.00", "0.80", description="Onsite visit", item_code=None),
        line("5.00", "0.40", description="Parking", item_code=None),
    )
    return document(number, lines=lines, reference=None, **changes)


async def test_the_same_invoice_and_credit_memo_are_changed_although_an_answer_is_lost_F53_K28_F246(
    world: World,
) -> None:
    """What a person put on it stays, a message in place of the pay link, too; a payment taken back made it stale."""
    async with world.running():
        await world.say(planned(document(), record_id=1), planned(credit(), record_id=2))
        await world.say(planned(document("20420"), record_id=3))
        await world.settled(3)
        memo = {"CustomerMemo": {"value": "Thank you"}}
        await world.tell("event", {"kind": "edit_invoice", "DocNumber": "20418", "set": memo})
        before = {kind: (await world.documents(number, kind=kind))[0] for number, kind in KINDS.items()}
        (other,) = await world.documents("20420")
        await world.tell("faults", [{"route": BATCH, "then": {"drop": "after"}}])
        changed_credit = corrected("20419", kind="sales_credit", due_date=None)
        await world.say(approved(corrected("20418", pay_link=LINK), 1), approved(changed_credit, 2))
        settled = await world.settled(5)
    assert [each.settlement.outcome for each in settled] == ["posted"] * 5
    for number, kind in KINDS.items():
        (kept,) = await world.documents(number, kind=kind)
        old = before[kind]
        assert (kept["Id"], int(kept["SyncToken"])) == (old["Id"], int(old["SyncToken"]) + 1)
        assert kept["TotalAmt"] == Decimal("103.13")
        assert kept.get("BillAddr") == old.get("BillAddr")
        ids, old_ids = [[each["Id"] for each in one["Line"] if "Id" in each] for one in (kept, old)]
        assert (ids[:2], len(set(ids))) == (old_ids, 3)
        posting = next(each.settlement.posting_id for each in settled[3:] if each.number == number)
        assert f"[tieout {posting}]" in kept["PrivateNote"]
        assert "Reference" not in kept["PrivateNote"]
    assert (await world.documents("20418"))[0]["CustomerMemo"] == {"value": "Thank you"}
    assert (await world.documents("20420")) == [other]
    ids = await world.request_ids()
    assert len(ids) == len(set(ids))


async def test_a_document_that_was_changed_under_our_hands_is_read_again_once_F246(world: World) -> None:
    """5010: somebody saved it between the reading and the batch. A pay link of ours becomes the new one."""
    async with world.running():
        await world.say(planned(document(pay_link=f"{LINK}&old"), record_id=1))
        await world.settled(1)
        saved = {"kind": "edit_invoice", "DocNumber": "20418", "set": {"PrintStatus": "NeedToPrint"}}
        await world.tell("faults", [{"route": BATCH, "then": {"event": saved}}])
        await world.say(approved(corrected("20418", pay_link=LINK), 1))
        settled = await world.settled(2)
    assert settled[-1].settlement.outcome == "posted"
    (kept,) = await world.documents("20418")
    assert (kept["TotalAmt"], kept["CustomerMemo"]["value"]) == (Decimal("103.13"), f"Pay online: {LINK}")


async def test_paid_applied_voided_closed_and_touched_documents_are_refused_in_words_F53(world: World) -> None:
    numbers = ("20418", "20420", "20421")
    early = {"document_date": date(2026, 9, 30), "due_date": date(2026, 10, 14)}
    async with world.running(reference_min_age_s=0):
        await world.say(*(planned(document(number), record_id=at) for at, number in enumerate(numbers)))
        await world.say(planned(document("20422", **early), record_id=9))
        await world.settled(4)
        await world.tell("event", {"kind": "add_payment", "DocNumber": "20418", "Amount": 1})
        await world.tell("event", {"kind": "void_invoice", "DocNumber": "20420"})
        await world.tell("event", {"kind": "edit_invoice", "DocNumber": "20421", "set": {"PrivateNote": "hers"}})
        await world.tell("event", {"kind": "set_book_close_date", "date": "2026-09-30"})
        before = await world.books()
        calls = await world.calls(BATCH)
        await world.say(*(approved(corrected(number), at) for at, number in enumerate(numbers)))
        await world.say(approved(corrected("20422", **early), 9))
        settled = (await world.settled(8))[4:]
    told = {each.number: each.settlement.problems[0] for each in settled}
    assert {number: each.code for number, each in told.items()} == {
        "20418": "ledger.update_settled",
        "20420": "ledger.update_gone",
        "20421": "ledger.update_touched",
        "20422": "ledger.update_locked",
    }
    assert "1.00 of it is paid" in told["20418"].sentence
    assert (await world.books())["Invoice"] == before["Invoice"]
    assert await world.calls(BATCH) == calls
