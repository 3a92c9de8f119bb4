"""Runs that only look, and plans that a person approved: nothing is batched before a posting, armed or not."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tieout_contracts.settings import Arming

pytestmark = [pytest.mark.postgres, pytest.mark.http]
Make = Callable[..., Any]
GO_LIVE = date(2026, 10, 1)
PLAN = "0123456789abcdef0123456789abcdef"
READING = frozenset({"GET", "POST /finance/accounting/export"})
"""ConnectWise's export is a POST that writes nothing."""


def written(site: Any) -> list[str]:
    """The calls that were made and could have written something."""
    return [route for route in site.calls() if route not in READING and route.partition(" ")[0] not in READING]


async def test_a_run_that_only_looks_captures_for_a_preview_and_the_next_look_captures_to_post(
    workshop: Any, psa: Make, book: Any
) -> None:
    site = psa(book.invoice(1).file)
    workshop.config.connection(site.url)
    workshop.config.company()
    await workshop.run(preview=True)
    news = await workshop.news()
    assert [(each.number, each.preview) for each in news.captured] == [("1001", True)]
    assert [(run.captured, run.unposted) for run in news.runs] == [(1, 1)]
    assert written(site) == []
    await workshop.list_is_due()
    assert [(each.number, each.preview) for each in (await workshop.news()).captured] == [("1001", False)]


async def test_a_run_that_only_looks_batches_nothing_that_another_look_would(
    workshop: Any, psa: Make, book: Any
) -> None:
    site = psa(book.invoice(1, on="2019-03-01").invoice(2).file)
    workshop.config.connection(site.url)
    older = Arming(armed=True, go_live=GO_LIVE, older_records="batch_without_posting")
    workshop.config.company(arming=older)
    await workshop.run(preview=True)
    assert (await workshop.news()).stages == {1: "listed"}
    assert written(site) == []
    await workshop.list_is_due()
    await workshop.settle(*(await workshop.news()).captured)
    assert await workshop.states() == {1: "batched", 2: "batched"}
    assert written(site) == ["POST /finance/accounting/batches"]
    calls = len(site.batches())

    site.event("delete_batch", batchIdentifier=site.batch_of(2))
    await workshop.run(preview=True)
    assert len(site.batches()) == calls - 1
    await workshop.list_is_due()
    assert await workshop.states() == {1: "batched", 2: "batched"}


async def test_a_named_record_is_captured_for_a_preview_though_it_is_older_and_listed_again_afterwards(
    workshop: Any, psa: Make, book: Any
) -> None:
    site = psa(book.invoice(1, on="2019-03-01").invoice(2, on="2019-03-01").file)
    workshop.config.connection(site.url)
    workshop.config.company(arming=Arming(armed=True, go_live=GO_LIVE))
    await workshop.run()
    assert (await workshop.news()).stages == {1: "listed", 2: "listed"}
    await workshop.run(preview=True, records=[1])
    assert [(each.number, each.preview) for each in (await workshop.news()).captured] == [("1001", True)]
    await workshop.list_is_due()
    news = await workshop.news()
    assert (news.captured, news.stages) == ([], {1: "listed"})
    assert written(site) == []


async def test_of_two_runs_at_once_the_one_that_posts_counts(workshop: Any, psa: Make, book: Any) -> None:
    site = psa(book.invoice(1).file)
    workshop.config.connection(site.url)
    workshop.config.company()
    await workshop.ask()
    await workshop.run(preview=True)
    news = await workshop.news()
    assert [each.preview for each in news.captured] == [False]
    assert sorted(run.captured for run in news.runs) == [0, 1]


@pytest.mark.parametrize("arming", [Arming(), Arming(armed=True, go_live=GO_LIVE)], ids=["not armed", "armed"])
async def test_an_approved_record_is_captured_anew_with_the_plan_that_was_seen_and_batched_once_posted(
    workshop: Any, psa: Make, book: Any, arming: Arming
) -> None:
    site = psa(book.invoice(1, on="2019-03-01").invoice(2, on="2019-03-01").file)
    workshop.config.connection(site.url)
    workshop.config.company(arming=arming)
    await workshop.run()
    await workshop.news()
    await workshop.command(1, "approve", plan_hash=PLAN)
    [captured] = (await workshop.news()).captured
    assert (captured.number, captured.approved_plan, captured.preview) == ("1001", PLAN, False)
    assert written(site) == []
    assert (await workshop.row(1))["news_left"] == 6
    await workshop.settle(captured)
    states = await workshop.states()
    assert states[1] == "batched"
    assert states[2] != "batched"


async def test_an_approved_record_that_no_company_takes_any_more_says_so_and_is_not_captured(
    workshop: Any, psa: Make, book: Any
) -> None:
    site = psa(book.invoice(1, location=11).file)
    workshop.config.connection(site.url)
    workshop.config.company(arming=Arming(), locations=(11,))
    await workshop.run()
    await workshop.news()
    workshop.config.company(arming=Arming(), locations=(12,))
    await workshop.command(1, "approve", plan_hash=PLAN)
    news = await workshop.news()
    assert (news.captured, news.stages) == ([], {1: "unrouted"})


async def test_an_approval_holds_for_one_capture(workshop: Any, psa: Make, book: Any) -> None:
    site = psa(book.invoice(1).file)
    workshop.config.connection(site.url)
    workshop.config.company(arming=Arming())
    await workshop.run()
    await workshop.command(1, "approve", plan_hash=PLAN)
    await workshop.command(1, "retry")
    assert [each.approved_plan for each in (await workshop.news()).captured] == [None, PLAN, None]


async def test_a_posted_record_is_not_approved_again_I1(workshop: Any, psa: Make, book: Any) -> None:
    site = psa(book.invoice(1).file)
    workshop.config.connection(site.url)
    workshop.config.company()
    await workshop.run()
    await workshop.settle(*(await workshop.news()).captured)
    await workshop.command(1, "approve", plan_hash=PLAN)
    assert (await workshop.news()).captured == []
    assert await workshop.states() == {1: "batched"}
