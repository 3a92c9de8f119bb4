"""K28, F53: a posted record that is closed again with another content is shown, and changed on a person's word;
the same content is only batched."""

from collections.abc import Callable
from typing import Any

import pytest

from tieout_contracts.events import RecordCaptured

pytestmark = [pytest.mark.postgres, pytest.mark.http]
Make = Callable[..., Any]
PLAN = "0123456789abcdef0123456789abcdef"


@pytest.fixture
async def posted(workshop: Any, psa: Make, book: Any) -> tuple[Any, RecordCaptured]:
    """One record, posted and batched."""
    site = psa(book.invoice(1).file)
    workshop.config.connection(site.url)
    workshop.config.company()
    await workshop.run()
    captured = (await workshop.news()).captured_of(1)
    await workshop.settle(captured)
    await workshop.news()
    return site, captured


@pytest.fixture
async def corrected(posted: tuple[Any, RecordCaptured], exported_json: Make, line: Make) -> tuple[Any, RecordCaptured]:
    """Its batch was deleted, and it was closed again for 12.00."""
    site, captured = posted
    change(site, exported_json(1, lines=[line(901, "12.00")]))
    return site, captured


def change(site: Any, entry: Any) -> None:
    site.event("delete_batch", batchIdentifier=site.batch_of(1))
    site.event("replace_gl_transaction", transaction=entry)
    site.event("patch_entity", path="/finance/invoices", id=1, set={"total": entry["total"]})


@pytest.mark.parametrize("looks_only", [False, True])
async def test_the_change_is_captured_for_a_preview_and_told_with_its_difference(
    workshop: Any, corrected: tuple[Any, RecordCaptured], looks_only: bool
) -> None:
    site, before = corrected
    await workshop.run(preview=looks_only)
    news = await workshop.news()
    captured = news.captured_of(1)
    assert (captured.preview, captured.approved_plan, captured.revision == before.revision) == (True, None, False)
    assert news.staged[-1].stage == "changed_after_posting"
    assert "the total was 10, is 12" in news.staged[-1].problems[0].sentence
    assert site.batches() == []
    await workshop.run()
    assert (await workshop.news()).captured == []


async def test_an_approved_change_is_captured_anew_and_batched_once_the_document_is_changed(
    workshop: Any, corrected: tuple[Any, RecordCaptured]
) -> None:
    site, before = corrected
    await workshop.run()
    await workshop.news()
    await workshop.command(1, "approve", plan_hash=PLAN)
    captured = (await workshop.news()).captured_of(1)
    assert (captured.preview, captured.approved_plan) == (False, PLAN)
    assert (await workshop.states())[1] == "captured"
    await workshop.settle(captured)
    assert (await workshop.news()).stages == {1: "batched"}
    assert site.batch_of(1) == f"TIE-I1-{captured.revision[:8]}-2"
    assert captured.revision != before.revision


async def test_a_refused_change_leaves_it_shown_and_can_be_approved_again(
    workshop: Any, corrected: tuple[Any, RecordCaptured]
) -> None:
    site, _ = corrected
    await workshop.run()
    for _ in range(2):
        await workshop.news()
        await workshop.command(1, "approve", plan_hash=PLAN)
        captured = (await workshop.news()).captured_of(1)
        await workshop.settle(captured, outcome="refused")
        staged = (await workshop.news()).staged_of(1)
        assert staged.stage == "changed_after_posting"
        assert "the total was 10, is 12" in staged.problems[0].sentence
    assert site.batches() == []


async def test_while_a_change_is_under_way_nothing_batches_the_record_I4(
    workshop: Any, corrected: tuple[Any, RecordCaptured], exported_json: Make, line: Make
) -> None:
    """It is taken back in ConnectWise meanwhile: what the ledger will hold is not what ConnectWise says."""
    site, _ = corrected
    await workshop.run()
    await workshop.news()
    await workshop.command(1, "approve", plan_hash=PLAN)
    captured = (await workshop.news()).captured_of(1)
    as_it_was = exported_json(1, lines=[line(101, "10.00")])
    site.event("replace_gl_transaction", transaction=as_it_was)
    site.event("patch_entity", path="/finance/invoices", id=1, set={"total": as_it_was["total"]})
    await workshop.run()
    await workshop.command(1, "batch_again")
    assert site.batches() == []
    await workshop.settle(captured)
    assert (await workshop.news()).staged[-1].stage == "changed_while_posting"
    assert site.batches() == []


async def test_a_change_that_waits_for_a_person_is_tried_again_as_it_was_approved(
    workshop: Any, corrected: tuple[Any, RecordCaptured]
) -> None:
    await workshop.run()
    await workshop.news()
    await workshop.command(1, "approve", plan_hash=PLAN)
    captured = (await workshop.news()).captured_of(1)
    await workshop.settle(captured, outcome="waiting")
    await workshop.command(1, "retry")
    again = (await workshop.news()).captured_of(1)
    assert (again.approved_plan, again.revision) == (PLAN, captured.revision)
