"""Records without lines and amounts: nothing of them is posted, and they are batched."""

from collections.abc import Callable
from typing import Any

import pytest

from tieout_contracts.settings import Arming
from tieout_ingest.batching import step
from tieout_ingest.batching.checking import check

pytestmark = [pytest.mark.postgres, pytest.mark.http]

Make = Callable[..., Any]
EXPORT = "POST /finance/accounting/export"
NOTHING = "batches.nothing_to_post"


@pytest.fixture
def site(workshop: Any, psa: Make, book: Any) -> Callable[..., Any]:
    """A site with the empty invoice 1 and the ordinary invoice 2."""

    def start(**settings: Any) -> Any:
        site = psa(book.invoice(1, lines=[]).invoice(2).file)
        workshop.config.connection(site.url)
        workshop.config.company(**settings)
        return site

    return start


def change(site: Any, transaction: dict[str, Any]) -> None:
    """The invoice is opened, changed and closed again."""
    sums = {"total": transaction["total"], "subtotal": transaction["total"] - transaction["salesTax"]}
    site.event("patch_entity", path="/finance/invoices", id=transaction["id"], set=sums)
    site.event("replace_gl_transaction", transaction=transaction)


async def test_an_empty_record_is_batched_without_being_published(workshop: Any, site: Make) -> None:
    psa = site()
    await workshop.run()
    news = await workshop.news()
    assert [each.record_ref.record_id for each in news.captured] == [2]
    staged = news.staged_of(1)
    assert (staged.stage, [each.code for each in staged.problems]) == ("batched", [NOTHING])
    assert staged.batch_identifier == psa.batch_of(1)
    assert psa.batches() == [staged.batch_identifier]
    assert (await workshop.row(1))["posted_revision"] is None


async def test_a_company_that_is_not_armed_only_lists_it_and_batches_it_once_it_is(workshop: Any, site: Make) -> None:
    psa = site(arming=Arming(armed=False))
    await workshop.run()
    news = await workshop.news()
    assert (news.staged_of(1).stage, [each.code for each in news.staged_of(1).problems]) == ("listed", [NOTHING])
    assert psa.batches() == []
    exports = psa.calls()[EXPORT]
    await workshop.list_is_due()
    assert psa.calls()[EXPORT] == exports
    assert (await workshop.news()).staged == []
    workshop.config.company(arming=Arming(armed=True))
    await workshop.settings_changed()
    await workshop.list_is_due()
    assert (await workshop.news()).staged_of(1).stage == "batched"
    assert len(psa.batches()) == 1


async def test_a_record_that_is_no_longer_empty_is_posted_and_not_just_batched_I4(
    workshop: Any, site: Make, exported_json: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    psa = site()

    async def changed_just_before(*given: Any, **more: Any) -> Any:
        change(psa, exported_json(1, documentDate="2026-10-20T00:00:00"))
        return await check(*given, **more)

    with monkeypatch.context() as patched:
        patched.setattr(step, "check", changed_just_before)
        await workshop.run()
    news = await workshop.news()
    assert sorted(each.record_ref.record_id for each in news.captured) == [1, 2]
    assert (news.stages, psa.batches()) == ({}, [])
    await workshop.settle(news.captured_of(1))
    staged = (await workshop.news()).staged_of(1)
    assert (staged.stage, staged.problems) == ("batched", ())


async def test_a_record_that_may_yet_be_posted_is_not_batched_because_it_is_empty_now_I4(
    workshop: Any, site: Make, exported_json: Make
) -> None:
    psa = site()
    change(psa, exported_json(1, documentDate="2026-10-20T00:00:00"))
    await workshop.run()
    assert not (await workshop.news()).captured_of(1).record.is_empty
    change(psa, exported_json(1, lines=[], documentDate="2026-10-20T00:00:00"))
    await workshop.command(1, "retry")
    news = await workshop.news()
    assert news.captured_of(1).record.is_empty
    assert psa.batches() == []
    await workshop.refuse(news.captured_of(1))
    await workshop.command(1, "retry")
    assert (await workshop.news()).staged_of(1).stage == "batched"


async def test_an_empty_record_whose_batch_was_deleted_is_batched_again_when_a_person_retries_it(
    workshop: Any, site: Make
) -> None:
    psa = site()
    await workshop.run()
    (name,) = psa.batches()
    psa.event("delete_batch", batchIdentifier=name)
    await workshop.list_is_due()
    assert (await workshop.news()).staged_of(1).stage == "batch_removed"
    await workshop.command(1, "retry")
    assert (await workshop.news()).staged_of(1).stage == "batched"
    assert psa.batches() == [f"{name}-2"]
