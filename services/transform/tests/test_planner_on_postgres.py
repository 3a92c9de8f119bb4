"""From a stored capture to a published plan, on a real PostgreSQL."""

import asyncio
from collections.abc import Callable
from io import StringIO
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
import structlog
from sqlalchemy import text
from transform_kit.events import (
    Handlers,
    captured,
    changed,
    commanded,
    published,
    row,
    run,
    said,
    settled,
    staged,
    tell,
)
from transform_kit.records import ARMED, COMPANY, invoice, line, snapshot

from tieout_chassis.database import Database
from tieout_chassis.outbox import EventTooLarge
from tieout_chassis.sealing import Sealer
from tieout_contracts.events import Event, PostingPlanned, PostingRefused
from tieout_contracts.records import AppliedPosting
from tieout_transform import planner as planner_module
from tieout_transform.announcer import Announcer
from tieout_transform.planner import Planner
from tieout_transform.store import plannings

pytestmark = pytest.mark.postgres


async def test_a_captured_record_is_planned_and_told(
    database: Database, handlers: Handlers, planner: Planner, armed: None
) -> None:
    cause = uuid4()
    event = captured()
    await tell(database, handlers, published(), changed(7))
    await tell(database, handlers, event, event_id=cause)
    assert await planner.step() is False
    [plan] = await said(database)
    assert isinstance(plan, PostingPlanned)
    assert (plan.disposition, plan.ledger, plan.ledger_connection) == ("post", "xero", "xero")
    assert (plan.revision, plan.number, plan.key) == (event.revision, "40125", event.key)
    stored = await row(database)
    assert (stored["state"], stored["cause"], stored["posting_id"]) == ("planned", None, plan.posting.posting_id)
    assert (stored["settings_version"], stored["reference_version"]) == (7, 3)
    async with database.reading() as connection:
        assert await connection.scalar(text("SELECT caused_by FROM outbox")) == cause


async def test_what_a_down_payment_was_booked_with_is_laid_on_the_line_that_takes_it_off(
    database: Database, handlers: Handlers, planner: Planner, armed: None
) -> None:
    deposit = invoice([line("40.00", account="210")], "4.00", invoice_type="DownPayment", record_id=7, number="1007")
    before = AppliedPosting(
        kind="down_payment",
        number="1007",
        account="200",
        item_code="CABLE-2M",
        taxable_levels=(1,),
        record_ids=(7,),
    )
    later = invoice([line("100.00"), line("-40.00", quantity="-1", applied=before)], "6.00", record_id=9)
    await tell(database, handlers, published(), changed(7), captured(deposit))
    await planner.step()
    await tell(database, handlers, captured(later))
    await planner.step()
    _, plan = await said(database)
    assert isinstance(plan, PostingPlanned)
    assert [each.account_code for each in plan.posting.document.lines] == ["200", "210"]
    assert plan.revision == later.content_hash()


async def test_a_company_that_is_not_armed_gets_a_preview(
    database: Database, handlers: Handlers, planner: Planner, config: Any
) -> None:
    config.known[COMPANY] = snapshot()
    await tell(database, handlers, published(), captured())
    await planner.step()
    [plan] = await said(database)
    assert plan.disposition == "preview"
    assert (await row(database))["news_left"] == 2


async def test_a_refusal_names_every_problem_and_the_row_keeps_their_codes_F8(
    database: Database, handlers: Handlers, planner: Planner, armed: None
) -> None:
    record = invoice([line("10.00", account="777")], "3.00")
    await tell(database, handlers, published(), captured(record))
    await planner.step()
    [refusal] = await said(database)
    assert isinstance(refusal, PostingRefused)
    assert [found.code for found in refusal.problems] == ["rules.account_missing", "rules.tax_mismatch"]
    assert (refusal.total, refusal.currency, refusal.settings_version) == (record.total, "AUD", 7)
    stored = await row(database)
    assert (stored["state"], stored["codes"]) == ("refused", ["rules.account_missing", "rules.tax_mismatch"])


async def test_no_row_holds_a_text_of_the_record_F4(
    database: Database, handlers: Handlers, planner: Planner, armed: None
) -> None:
    await tell(database, handlers, published(), captured())
    await planner.step()
    async with database.reading() as connection:
        everything = await connection.scalar(text("SELECT string_agg(planning::text, '') FROM planning"))
    for secret in ("Patch cable", "Angry Fox", "robin@fox.example", "Vale"):
        assert secret not in everything
        assert secret.encode().hex() not in everything


async def test_a_record_waits_with_its_cause_until_settings_and_reference_come(
    database: Database, handlers: Handlers, planner: Planner, config: Any
) -> None:
    await tell(database, handlers, captured())
    assert await planner.step() is True
    assert await planner.step() is False
    assert (await row(database))["cause"] == f"company {COMPANY} has no settings yet"
    config.known[COMPANY] = snapshot(arming=ARMED)
    assert await planner.step() is False
    assert (await row(database))["state"] == "waiting"
    await tell(database, handlers, changed(7))
    await planner.step()
    assert "has not been read yet" in (await row(database))["cause"]
    async with database.transaction() as tx:
        [(_, cause)] = await plannings.waiting(tx, limit=9)
    assert cause.startswith("the ledger organisation")
    await tell(database, handlers, published())
    await planner.step()
    assert (await row(database))["state"] == "planned"
    assert len(await said(database)) == 1


async def test_a_record_that_waits_looks_again_soon_and_then_less_and_less_often(
    database: Database, handlers: Handlers, planner: Planner, armed: None
) -> None:
    """What it waits for may come while it is being looked at, and its wake-up then finds the row locked."""
    await tell(database, handlers, captured())
    pauses = []
    for _ in range(8):
        await planner.step()
        waiting = await row(database)
        pauses.append((waiting["due_at"] - waiting["changed_at"]).total_seconds())
        await run(database, "UPDATE planning SET due_at = clock_timestamp()")
    assert pauses[0] < 1
    assert all(later > earlier or later > 29 for earlier, later in pairwise(pauses))
    assert 29 < pauses[-1] <= 30


async def test_nothing_is_planned_with_settings_older_than_those_that_were_announced(
    database: Database, handlers: Handlers, planner: Planner, config: Any
) -> None:
    config.known[COMPANY] = snapshot(version=7)
    await tell(database, handlers, published(), changed(8), changed(7), captured())
    await planner.step()
    assert (await row(database))["cause"] == "settings version 8 was announced but cannot be read yet"
    config.known[COMPANY] = snapshot(version=8, arming=ARMED)
    await tell(database, handlers, changed(8))
    await planner.step()
    assert (await row(database))["settings_version"] == 8


async def test_settings_that_are_behind_the_announcement_are_read_anew_at_once(
    database: Database, handlers: Handlers, planner: Planner, config: Any
) -> None:
    config.known[COMPANY] = snapshot(version=8, arming=ARMED)
    config.cached = {COMPANY: snapshot(version=7)}
    await tell(database, handlers, published(), changed(8), captured())
    assert await planner.step() is True
    assert await planner.step() is False
    [plan] = await said(database)
    assert (plan.disposition, plan.posting.settings_version) == ("post", 8)


async def test_records_wait_while_config_api_is_away_and_say_so(
    database: Database, handlers: Handlers, planner: Planner, config: Any
) -> None:
    config.away = "config-api does not give the settings (ConnectError)"
    await tell(database, handlers, published(), captured())
    assert await planner.step() is False
    stored = await row(database)
    assert (stored["state"], stored["cause"]) == ("waiting", config.away)
    assert stored["due_at"] > stored["changed_at"]


async def test_settings_of_another_tenant_are_none_I7(
    database: Database, handlers: Handlers, planner: Planner, armed: None
) -> None:
    await tell(database, handlers, published(), captured(tenant_id="other"))
    await planner.step()
    assert (await row(database))["cause"] == f"company {COMPANY} has no settings yet"


async def test_the_reference_of_another_tenant_is_none_I7(
    database: Database, handlers: Handlers, planner: Planner, armed: None
) -> None:
    theirs = published().model_copy(update={"tenant_id": "other"})
    await tell(database, handlers, theirs, captured())
    await planner.step()
    assert "has not been read yet" in (await row(database))["cause"]


async def test_the_highest_reference_version_is_kept(
    database: Database, handlers: Handlers, planner: Planner, armed: None
) -> None:
    await tell(database, handlers, published(version=5), published(version=4, accounts=()), captured())
    await planner.step()
    assert (await row(database))["reference_version"] == 5
    await tell(database, handlers, published(version=6), captured(minute=1))
    await planner.step()
    assert (await row(database))["reference_version"] == 6


async def test_a_newer_revision_supersedes_an_older_one(
    database: Database, handlers: Handlers, planner: Planner, armed: None
) -> None:
    newer = invoice([line("20.00")], "2.00")
    await tell(database, handlers, published(), captured())
    await planner.step()
    await tell(database, handlers, captured(newer, minute=2))
    stored = await row(database)
    assert (stored["state"], stored["posting_id"], stored["news_left"]) == ("pending", None, 0)
    await planner.step()
    assert [plan.revision for plan in await said(database)][-1] == newer.content_hash()


async def test_an_older_capture_that_comes_late_changes_nothing(
    database: Database, handlers: Handlers, planner: Planner, armed: None
) -> None:
    newer = invoice([line("20.00")], "2.00")
    await tell(database, handlers, published(), captured(newer, minute=2), captured(minute=1))
    assert (await row(database))["revision"] == newer.content_hash()


async def test_a_capture_after_a_retry_is_planned_again_with_the_same_posting_id(
    database: Database, handlers: Handlers, planner: Planner, armed: None
) -> None:
    first = captured()
    await tell(database, handlers, published(), first)
    await planner.step()
    await tell(database, handlers, commanded(first, "retry"), captured(minute=2))
    await planner.step()
    plans = await said(database)
    assert len(plans) == 2
    assert plans[0].posting.posting_id == plans[1].posting.posting_id


@pytest.mark.parametrize("action", ["cancel", "skip"])
async def test_a_dropped_record_is_not_planned_and_its_body_is_gone(
    database: Database, handlers: Handlers, planner: Planner, armed: None, action: str
) -> None:
    event = captured()
    await tell(database, handlers, published(), event, commanded(event, action))
    await planner.step()
    stored = await row(database)
    assert (stored["state"], stored["sealed"]) == ("dropped", None)
    assert await said(database) == []


async def test_a_capture_made_before_the_decision_to_drop_stays_dropped_however_late_it_comes(
    database: Database, handlers: Handlers, planner: Planner, armed: None
) -> None:
    event = captured(minute=0)
    await tell(database, handlers, published(), commanded(event, "cancel", minute=1), event)
    await planner.step()
    assert (await row(database))["state"] == "dropped"
    await tell(database, handlers, captured(minute=2))
    await planner.step()
    assert (await row(database))["state"] == "planned"


async def test_a_decision_to_drop_is_void_for_what_was_captured_after_it(
    database: Database, handlers: Handlers, planner: Planner, armed: None
) -> None:
    event = captured(minute=5)
    await tell(database, handlers, published(), event, commanded(event, "cancel", minute=1))
    await planner.step()
    assert (await row(database))["state"] == "planned"


@pytest.mark.parametrize("outcome", ["posted", "conflict", "refused", "waiting"])
async def test_a_settled_plan_is_not_announced_again(
    database: Database, handlers: Handlers, planner: Planner, armed: None, outcome: str
) -> None:
    await tell(database, handlers, published(), captured())
    await planner.step()
    [plan] = await said(database)
    await tell(database, handlers, settled(plan, outcome))
    stored = await row(database)
    assert (stored["state"], stored["outcome"], stored["news_left"]) == ("settled", outcome, 0)
    assert stored["sealed"] is not None


async def test_the_answer_to_a_superseded_plan_is_ignored(
    database: Database, handlers: Handlers, planner: Planner, armed: None
) -> None:
    await tell(database, handlers, published(), captured())
    await planner.step()
    [plan] = await said(database)
    await tell(database, handlers, captured(invoice([line("20.00")], "2.00"), minute=2), settled(plan))
    assert (await row(database))["state"] == "pending"


@pytest.mark.parametrize("stage", ["batched", "batched_elsewhere", "gone", "cancelled"])
async def test_a_closed_records_body_is_purged(
    database: Database, handlers: Handlers, planner: Planner, armed: None, stage: str
) -> None:
    event = captured()
    await tell(database, handlers, published(), event)
    await planner.step()
    await tell(database, handlers, staged(event, stage))
    stored = await row(database)
    assert (stored["state"], stored["outcome"], stored["sealed"], stored["news_left"]) == ("closed", stage, None, 0)
    assert await planner.step() is False


async def test_other_stages_and_commands_change_nothing(
    database: Database, handlers: Handlers, planner: Planner, armed: None
) -> None:
    event = captured()
    await tell(database, handlers, published(), event)
    before = await row(database)
    await tell(database, handlers, staged(event, "changed_after_posting"), commanded(event, "batch_again"))
    assert await row(database) == before


async def test_a_batch_of_an_earlier_revision_does_not_close_a_later_capture(
    database: Database, handlers: Handlers, planner: Planner, armed: None
) -> None:
    event = captured(minute=10)
    await tell(database, handlers, published(), event, staged(event, "batched", minute=9))
    assert (await row(database))["state"] == "pending"


async def test_an_unanswered_plan_is_announced_again_with_its_own_id_and_growing_pauses(
    database: Database, handlers: Handlers, planner: Planner, announcer: Announcer, armed: None
) -> None:
    await tell(database, handlers, published(), captured())
    await planner.step()
    await run(database, "UPDATE outbox SET published_at = clock_timestamp()")
    assert await announcer.step() is False
    assert await _unpublished(database) == 0
    await run(database, "UPDATE planning SET news_at = clock_timestamp()")
    await announcer.step()
    assert await _unpublished(database) == 1
    stored = await row(database)
    assert (stored["news_left"], stored["news_wait_s"]) == (5, 120)
    for _ in range(7):
        await run(database, "UPDATE planning SET news_at = clock_timestamp()")
        await announcer.step()
    assert (await row(database))["news_left"] == 0
    assert len(await said(database)) == 1


async def _unpublished(database: Database) -> int:
    async with database.reading() as connection:
        count = await connection.scalar(text("SELECT count(*) FROM outbox WHERE published_at IS NULL"))
    return int(count or 0)


async def test_a_refused_records_body_is_purged_after_its_days(
    database: Database, handlers: Handlers, planner: Planner, announcer: Announcer, armed: None
) -> None:
    await tell(database, handlers, published(), captured(invoice([line("10.00")], "3.00")))
    await planner.step()
    await announcer.step()
    assert (await row(database))["sealed"] is not None
    await run(database, "UPDATE planning SET changed_at = clock_timestamp() - interval '31 days'")
    await announcer.step()
    assert (await row(database))["sealed"] is None


async def test_a_batch_is_planned_in_slices(
    database: Database, handlers: Handlers, new_planner: Callable[..., Planner], armed: None
) -> None:
    records = [invoice([line("10.00")], "1.00", record_id=number, number=str(number)) for number in range(5)]
    await tell(database, handlers, published(), *(captured(record) for record in records))
    planner = new_planner(plan_batch=2)
    assert [await planner.step() for _ in range(3)] == [True, True, False]
    assert sorted(plan.record_ref.record_id for plan in await said(database)) == [0, 1, 2, 3, 4]


async def test_two_copies_never_plan_the_same_record(
    database: Database, handlers: Handlers, new_planner: Callable[..., Planner], armed: None
) -> None:
    records = [invoice([line("10.00")], "1.00", record_id=number, number=str(number)) for number in range(40)]
    await tell(database, handlers, published(), *(captured(record) for record in records))
    copies = [new_planner(plan_batch=7) for _ in range(3)]

    async def work(copy: Planner) -> None:
        while await copy.step():
            pass

    await asyncio.gather(*(work(copy) for copy in copies))
    await copies[0].step()
    plans = await said(database)
    assert sorted(plan.record_ref.record_id for plan in plans) == list(range(40))


async def test_a_record_that_cannot_be_opened_waits_and_holds_up_no_other(
    database: Database, handlers: Handlers, planner: Planner, armed: None
) -> None:
    good = invoice([line("10.00")], "1.00", record_id=126, number="40126")
    await tell(database, handlers, published(), captured())
    await run(database, "UPDATE planning SET sealed = 'rubbish'")
    await tell(database, handlers, captured(good))
    await planner.step()
    assert [plan.number for plan in await said(database)] == ["40126"]
    async with database.reading() as connection:
        broken = (await connection.execute(text("SELECT * FROM planning WHERE record_id = 125"))).mappings().one()
    assert (broken["state"], broken["cause"]) == ("waiting", "planning failed: Unsealable: the value is not sealed")
    assert broken["attempts"] == 1
    assert (broken["due_at"] - broken["changed_at"]).total_seconds() > 25


async def test_a_body_that_is_no_record_waits_and_its_text_is_in_no_cause_and_no_log_I8(
    database: Database,
    handlers: Handlers,
    planner: Planner,
    armed: None,
    sealer: Sealer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log = StringIO()
    written = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    monkeypatch.setattr(planner_module, "_log", structlog.wrap_logger(structlog.PrintLogger(log), processors=written))
    event = captured()
    key = plannings.RecordKey(event.tenant_id, event.company_id, event.record_ref)
    sealed = sealer.seal(
        b'{"kind": "invoice", "bill_to": "Angry Fox"}', key.seal_context(event.revision), key.tenant_id
    )
    await tell(database, handlers, published(), event)
    async with database.transaction() as tx:
        await tx.execute(text("UPDATE planning SET sealed = :sealed"), {"sealed": sealed})
    await planner.step()
    cause = (await row(database))["cause"]
    assert cause.startswith("planning failed: ValidationError")
    assert "a record could not be planned" in log.getvalue()
    assert "Angry Fox" not in cause + log.getvalue()


@pytest.mark.parametrize(
    ("statement", "cause"),
    [
        ("UPDATE planning SET sealed = NULL", "its body was purged: retry it, so that it is captured again"),
        (None, "another release captured it and counts revisions differently: retry it"),
    ],
)
async def test_a_body_that_is_gone_or_of_another_count_waits_for_a_new_capture(
    database: Database, handlers: Handlers, planner: Planner, armed: None, statement: str | None, cause: str
) -> None:
    event = captured() if statement else captured(revision="another")
    await tell(database, handlers, published(), event)
    if statement:
        await run(database, statement)
    await planner.step()
    assert (await row(database))["cause"] == cause


async def test_a_plan_too_large_for_the_bus_is_refused_by_name(
    database: Database, handlers: Handlers, planner: Planner, armed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish = planner_module.publish

    async def narrow(tx: Any, event: Event, **more: Any) -> Any:
        if isinstance(event, PostingPlanned):
            raise EventTooLarge(event.TYPE, 9_000_000)
        return await publish(tx, event, **more)

    monkeypatch.setattr(planner_module, "publish", narrow)
    await tell(database, handlers, published(), captured())
    await planner.step()
    [refusal] = await said(database)
    assert [found.code for found in refusal.problems] == ["capture.too_large"]


async def test_a_capture_wakes_the_planner(database: Database, handlers: Handlers) -> None:
    woken = database.wakes.subscribe(plannings.CHANNEL)
    await database.wakes.listening()
    woken.clear()
    await tell(database, handlers, captured())
    async with asyncio.timeout(5):
        await woken.wait()
