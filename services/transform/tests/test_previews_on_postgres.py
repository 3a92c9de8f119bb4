"""From a request to the rules' answer for each record, with nothing planned or posted by it."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from transform_kit.events import Handlers, at, captured, published, row, run, said, settled, staged, tell
from transform_kit.records import ARMED, COMPANY, TENANT, invoice, line, snapshot

from tieout_chassis.clock import FixedClock
from tieout_chassis.database import Database
from tieout_chassis.sealing import Sealer
from tieout_contracts.events import (
    PostingPlanned,
    PostingRefused,
    PreviewFinished,
    PreviewRequested,
    RecordPreviewed,
)
from tieout_contracts.previews import RecordPreview
from tieout_contracts.records import RecordRef
from tieout_contracts.settings import AccountRule, CompanySettings
from tieout_transform.announcer import Announcer
from tieout_transform.planner import Planner
from tieout_transform.previewer import Previewer

pytestmark = pytest.mark.postgres
PREVIEW = UUID("3f0f4f0a-6f4e-4a55-9a66-0d7a6d5c1b03")


@pytest.fixture
def previewer(database: Database, config: Any, sealer: Sealer, clock: FixedClock, settings: Any) -> Previewer:
    config.known[COMPANY] = snapshot()
    return Previewer(database, config, sealer, clock, settings(plan_batch=2))


def asked(*refs: RecordRef, changed: CompanySettings | None = None, compare: bool = False) -> PreviewRequested:
    settings = changed.model_dump(mode="json") if changed else None
    return PreviewRequested(
        tenant_id=TENANT,
        company_id=COMPANY,
        preview_id=PREVIEW,
        record_refs=refs,
        settings=settings,
        requested_at=at(1),
        compare=compare,
    )


async def previews(database: Database, previewer: Previewer) -> dict[int, RecordPreview]:
    """Work the preview off; what was told, by record."""
    while await previewer.step():
        pass
    told = await said(database)
    answers = {each.record_ref.record_id: each.preview for each in told if isinstance(each, RecordPreviewed)}
    (finished,) = (each for each in told if isinstance(each, PreviewFinished))
    assert finished.records == len(answers)
    return answers


async def test_a_preview_tells_what_would_be_created_and_what_refused_with_all_reasons_and_plans_nothing_F8(
    database: Database, handlers: Handlers, previewer: Previewer
) -> None:
    bad = invoice([line("10.00", account="777")], "3.00", record_id=126, number="40126")
    await tell(database, handlers, published(), captured(), captured(bad), asked())
    answers = await previews(database, previewer)
    good = answers[125]
    assert (good.outcome, good.by_itself, good.current) == ("create", False, None)
    assert good.posting is not None
    assert good.posting.document.number == "40125"
    assert [item.code for item in good.new_items] == ["CABLE-2M"]
    assert answers[126].outcome == "refuse"
    assert [found.code for found in answers[126].problems] == ["rules.account_missing", "rules.tax_mismatch"]
    assert not [each for each in await said(database) if isinstance(each, PostingPlanned | PostingRefused)]
    async with database.reading() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM planning WHERE state = 'pending'")) == 2
        assert await connection.scalar(text("SELECT count(*) FROM preview")) == 0


async def test_a_preview_goes_over_many_records_in_batches_and_tells_each_once(
    database: Database, handlers: Handlers, previewer: Previewer
) -> None:
    many = [captured(invoice([line("10.00")], "1.00", record_id=each)) for each in range(1, 6)]
    await tell(database, handlers, published(), *many, asked())
    assert sorted(await previews(database, previewer)) == [1, 2, 3, 4, 5]
    told = [each for each in await said(database) if isinstance(each, RecordPreviewed)]
    assert len(told) == 5


async def test_only_the_records_that_are_named_and_not_closed_are_previewed(
    database: Database, handlers: Handlers, previewer: Previewer
) -> None:
    many = [captured(invoice([line("10.00")], "1.00", record_id=each)) for each in (1, 2, 3)]
    await tell(database, handlers, published(), *many, staged(many[2], "batched"))
    await tell(database, handlers, asked(many[0].record_ref, many[2].record_ref))
    assert sorted(await previews(database, previewer)) == [1]


async def test_a_plan_on_its_way_is_unchanged_or_compared_with_what_would_be_planned_today(
    database: Database, handlers: Handlers, previewer: Previewer, planner: Planner, config: Any
) -> None:
    config.known[COMPANY] = snapshot(arming=ARMED)
    await tell(database, handlers, published(), captured())
    await planner.step()
    await tell(database, handlers, asked())
    same = (await previews(database, previewer))[125]
    assert (same.outcome, same.by_itself) == ("unchanged", True)
    await run(database, "DELETE FROM outbox")
    config.known[COMPANY] = snapshot(arming=ARMED, accounts=(AccountRule(ledger_account="210"),), version=8)
    await tell(database, handlers, asked())
    other = (await previews(database, previewer))[125]
    assert other.outcome == "change"
    assert other.current is not None
    assert other.posting is not None
    assert [each.account_code for each in other.current.document.lines] == ["200"]
    assert [each.account_code for each in other.posting.document.lines] == ["210"]


@pytest.mark.parametrize(
    ("outcome", "shown", "waits_for"),
    [
        ("posted", "unchanged", None),
        ("refused", "create", None),
        ("adopt_proposed", "wait", "a person must decide: adopt proposed"),
        ("conflict", "wait", "a person must decide: conflict"),
    ],
)
async def test_what_a_writer_answered_counts(
    database: Database,
    handlers: Handlers,
    previewer: Previewer,
    planner: Planner,
    config: Any,
    outcome: str,
    shown: str,
    waits_for: str | None,
) -> None:
    config.known[COMPANY] = snapshot(arming=ARMED)
    await tell(database, handlers, published(), captured())
    await planner.step()
    [plan] = await said(database)
    await tell(database, handlers, settled(plan, outcome), asked())
    told = (await previews(database, previewer))[125]
    assert (told.outcome, told.waits_for, told.by_itself) == (shown, waits_for, outcome == "posted")


async def test_settings_that_nobody_saved_are_compared_with_the_saved_ones(
    database: Database, handlers: Handlers, previewer: Previewer
) -> None:
    bad = invoice([line("10.00", account="777")], "1.00", record_id=126)
    await tell(database, handlers, published(), captured(), captured(bad))
    rules = (AccountRule(connectwise_account="777", ledger_account="210"),)
    mended = snapshot(accounts=rules, arming=ARMED).settings
    await tell(database, handlers, asked(changed=mended))
    answers = await previews(database, previewer)
    assert (answers[125].outcome, answers[125].by_itself) == ("unchanged", False)
    assert answers[126].outcome == "create"
    assert [found.code for found in answers[126].current_problems] == ["rules.account_missing"]
    await run(database, "DELETE FROM outbox")
    await tell(database, handlers, asked(changed=snapshot(accounts=(AccountRule(ledger_account="999"),)).settings))
    answers = await previews(database, previewer)
    assert [answers[each].outcome for each in (125, 126)] == ["refuse", "refuse"]
    assert answers[125].current is not None


async def test_a_record_that_cannot_be_planned_yet_says_what_it_waits_for(
    database: Database, handlers: Handlers, previewer: Previewer
) -> None:
    await tell(database, handlers, captured(), asked())
    told = (await previews(database, previewer))[125]
    assert told.outcome == "wait"
    assert told.waits_for is not None
    assert "has not been read yet" in told.waits_for
    assert told.total == invoice([line("10.00")], "1.00").total


async def test_what_was_captured_for_a_preview_is_not_posted_though_the_company_is_armed(
    database: Database, handlers: Handlers, planner: Planner, config: Any
) -> None:
    config.known[COMPANY] = snapshot(arming=ARMED)
    await tell(database, handlers, published(), captured(preview=True))
    await planner.step()
    [plan] = await said(database)
    assert plan.disposition == "preview"


async def test_an_approved_plan_is_posted_though_the_company_is_not_armed(
    database: Database, handlers: Handlers, planner: Planner, config: Any
) -> None:
    config.known[COMPANY] = snapshot()
    await tell(database, handlers, published(), captured())
    await planner.step()
    [seen] = await said(database)
    await tell(database, handlers, captured(minute=1, approved_plan=seen.posting.plan_hash))
    await planner.step()
    [_, plan] = await said(database)
    assert (plan.disposition, plan.posting.posting_id) == ("post", seen.posting.posting_id)
    await tell(database, handlers, settled(plan))
    assert (await row(database))["state"] == "settled"


async def test_another_plan_than_the_approved_one_is_shown_and_not_posted_though_the_company_is_armed(
    database: Database, handlers: Handlers, planner: Planner, config: Any
) -> None:
    config.known[COMPANY] = snapshot(arming=ARMED)
    await tell(database, handlers, published(), captured(approved_plan="0" * 32))
    await planner.step()
    [plan] = await said(database)
    assert (plan.disposition, plan.approved_plan) == ("preview", "0" * 32)
    assert "preview.changed_since" in {found.code for found in plan.posting.warnings}


async def test_a_plan_that_was_only_shown_is_dropped_after_a_day_and_the_record_can_be_previewed_anew_F4(
    database: Database, handlers: Handlers, previewer: Previewer, planner: Planner, announcer: Announcer
) -> None:
    await tell(database, handlers, published(), captured())
    await planner.step()
    await announcer.step()
    assert (await row(database))["plan"] is not None
    await run(database, "UPDATE planning SET changed_at = changed_at - interval '24 hours 1 second'")
    await announcer.step()
    assert (await row(database))["plan"] is None
    await tell(database, handlers, asked())
    assert (await previews(database, previewer))[125].outcome == "create"


async def test_no_row_of_a_preview_holds_a_name_of_the_settings_F4_I8(
    database: Database, handlers: Handlers, previewer: Previewer
) -> None:
    await tell(database, handlers, asked(changed=snapshot(name="Angry Fox").settings), event_id=uuid4())
    async with database.reading() as connection:
        everything = await connection.scalar(text("SELECT string_agg(preview::text, '') FROM preview"))
    for form in ("Angry Fox", b"Angry Fox".hex()):
        assert form not in everything


@pytest.mark.parametrize(
    ("compare", "outcome", "codes"), [(True, "create", []), (False, "refuse", ["rules.locked_period"])]
)
async def test_what_is_compared_with_the_ledger_may_be_in_a_locked_period_and_other_previews_may_not_K24(
    database: Database, handlers: Handlers, previewer: Previewer, compare: bool, outcome: str, codes: list[str]
) -> None:
    locked = published(period_lock_date=date(2030, 1, 1))
    await tell(database, handlers, locked, captured(), asked(compare=compare))
    told = (await previews(database, previewer))[125]
    assert (told.outcome, [found.code for found in told.problems]) == (outcome, codes)
    bill_to = told.bill_to.contact_number if told.bill_to else None
    assert bill_to is None  # a plan names it; a refused one is told of only where it is compared
    answers = [each for each in await said(database) if isinstance(each, RecordPreviewed | PreviewFinished)]
    assert {each.compare for each in answers} == {compare}


async def test_whom_a_refused_record_is_billed_to_is_told_where_it_is_compared_K24(
    database: Database, handlers: Handlers, previewer: Previewer
) -> None:
    bad = invoice([line("10.00", account="777")], "3.00")
    await tell(database, handlers, published(), captured(bad), asked(compare=True))
    (told,) = (await previews(database, previewer)).values()
    assert (told.outcome, told.posting) == ("refuse", None)
    assert told.bill_to is not None
    assert told.bill_to.contact_number == f"CW-{bad.bill_to.company_id}"
