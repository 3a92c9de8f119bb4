"""F53: what a change of a posted record would change, told after the posted texts are gone."""

from typing import Any

import pytest
from transform_kit.events import Handlers, captured, published, run, said, settled, staged, tell
from transform_kit.records import ARMED, COMPANY, TENANT, invoice, line, snapshot

from tieout_chassis.clock import FixedClock
from tieout_chassis.database import Database
from tieout_chassis.sealing import Sealer
from tieout_contracts.events import PreviewRequested, RecordPreviewed
from tieout_contracts.previews import RecordPreview
from tieout_transform.outlines import NOT_KEPT
from tieout_transform.planner import Planner
from tieout_transform.previewer import Previewer

pytestmark = pytest.mark.postgres


@pytest.fixture
def previewer(database: Database, config: Any, sealer: Sealer, clock: FixedClock, settings: Any) -> Previewer:
    return Previewer(database, config, sealer, clock, settings(plan_batch=2))


async def previewed(database: Database, handlers: Handlers, previewer: Previewer, at: Any) -> RecordPreview:
    asked = PreviewRequested(
        tenant_id=TENANT,
        company_id=COMPANY,
        preview_id="3f0f4f0a-6f4e-4a55-9a66-0d7a6d5c1b04",
        requested_at=at,
    )
    await run(database, "DELETE FROM outbox")
    await tell(database, handlers, asked)
    while await previewer.step():
        pass
    (told,) = [each.preview for each in await said(database) if isinstance(each, RecordPreviewed)]
    return told


@pytest.fixture
async def posted(database: Database, handlers: Handlers, planner: Planner, config: Any) -> Any:
    """One line of 10.00 was posted and batched."""
    config.known[COMPANY] = snapshot(arming=ARMED)
    first = captured()
    await tell(database, handlers, published(), first)
    await planner.step()
    [plan] = await said(database)
    await tell(database, handlers, settled(plan), staged(first, "batched", minute=5))
    return plan


async def test_a_change_of_a_posted_record_is_told_beside_what_stands_and_posts_never_by_itself_F53(
    database: Database, handlers: Handlers, planner: Planner, previewer: Previewer, posted: Any
) -> None:
    again = captured(invoice([line("12.00")], "1.20"), minute=10, preview=True)
    await tell(database, handlers, again)
    await planner.step()
    told = await previewed(database, handlers, previewer, again.captured_at)
    assert (told.outcome, told.by_itself) == ("change", False)
    assert told.current is not None
    assert told.posting is not None
    before, after = told.current.document, told.posting.document
    assert (str(before.expected.total), str(after.expected.total)) == ("11.00", "13.20")
    assert before.lines[0].description == after.lines[0].description
    assert (before.contact, before.reference) == (after.contact, after.reference)


async def test_a_text_that_is_no_longer_there_is_not_kept_F4(
    database: Database, handlers: Handlers, planner: Planner, previewer: Previewer, posted: Any
) -> None:
    secret = posted.posting.document.lines[0].description
    again = captured(invoice([line("10.00", description="Another text")], "1.00"), minute=10, preview=True)
    await tell(database, handlers, again)
    await planner.step()
    told = await previewed(database, handlers, previewer, again.captured_at)
    assert told.current is not None
    assert told.current.document.lines[0].description == NOT_KEPT
    assert secret not in told.current.model_dump_json()


async def test_what_would_be_refused_is_told_with_its_reasons_and_without_what_stands(
    database: Database, handlers: Handlers, planner: Planner, previewer: Previewer, posted: Any
) -> None:
    again = captured(invoice([line("10.00", account="777")], "1.00"), minute=10, preview=True)
    await tell(database, handlers, again)
    await planner.step()
    told = await previewed(database, handlers, previewer, again.captured_at)
    assert (told.outcome, told.current) == ("refuse", None)
    assert [each.code for each in told.problems] == ["rules.account_missing"]
