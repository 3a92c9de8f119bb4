"""Batches over HTTP: one for each posted record, never two, and none for a record that is not what was posted."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tieout_contracts.settings import Arming
from tieout_ingest.batching import step

pytestmark = [pytest.mark.postgres, pytest.mark.http]

Make = Callable[..., Any]
BATCHES = "POST /finance/accounting/batches"
EXPORT = "POST /finance/accounting/export"
UNPOSTED = "GET /finance/accounting/unpostedinvoices"


@pytest.fixture
async def captured(workshop: Any, psa: Make, book: Any) -> Callable[..., Any]:
    """Captures these records and gives the site and their events."""

    async def capture(*record_ids: int, **settings: Any) -> tuple[Any, list[Any]]:
        for record_id in record_ids:
            book.invoice(record_id)
        site = psa(book.file)
        workshop.config.connection(site.url)
        workshop.config.company(**settings)
        await workshop.run()
        return site, sorted((await workshop.news()).captured, key=lambda each: each.number)

    return capture


async def test_each_posted_record_gets_its_own_batch_F51_F52(workshop: Any, captured: Make) -> None:
    site, records = await captured(1, 2, 3)
    await workshop.settle(*records)
    news = await workshop.news()
    assert news.stages == {1: "batched", 2: "batched", 3: "batched"}
    names = [f"TIE-I{each.record_ref.record_id}-{each.revision[:8]}" for each in records]
    assert site.batches() == sorted(names)
    assert [site.batch_of(each.record_ref.record_id) for each in records] == names
    assert news.staged_of(1).batch_identifier == names[0]
    assert (site.calls()[EXPORT], site.calls()[BATCHES], site.calls()[UNPOSTED]) == (2, 3, 2)
    assert await workshop.bodies() == 0


@pytest.mark.parametrize(
    ("chosen", "asked"), [("standard", "Default"), ("summary", "Condensed"), ("detailed", "Detailed")]
)
async def test_a_company_chooses_how_much_of_its_time_becomes_lines_K12_F33_F34(
    workshop: Any, psa: Make, book: Any, chosen: str, asked: str
) -> None:
    """Before the batch the record is compared at the detail that it was captured with, whatever was chosen since."""
    site = psa(book.invoice(1).file)
    site.keep_bodies()
    workshop.config.connection(site.url)
    workshop.config.company(invoice_detail=chosen)
    await workshop.run()
    records = (await workshop.news()).captured
    workshop.config.company(invoice_detail="summary" if chosen == "detailed" else "detailed")
    await workshop.settings_changed()
    await workshop.settle(*records)
    assert (await workshop.news()).stages == {1: "batched"}
    assert [each["summarizeInvoices"] for each in site.sent("/finance/accounting/export")] == [asked, asked]


async def test_a_batch_that_was_made_before_the_error_is_found_and_not_made_again_I6(
    workshop: Any, captured: Make
) -> None:
    site, records = await captured(1, 2, 3)
    site.fault(BATCHES, {"status": 500, "after_handling": True}, match="I1-")
    site.fault(BATCHES, {"drop": "after"}, match="I2-")
    await workshop.settle(*records)
    assert (await workshop.news()).stages == {1: "batched", 2: "batched", 3: "batched"}
    assert len(site.batches()) == 3
    assert site.calls()[BATCHES] == 3


async def test_a_batch_that_was_not_made_is_made_after_the_look_up_I6(workshop: Any, captured: Make) -> None:
    site, records = await captured(1, 2)
    site.fault(BATCHES, {"status": 503, "body": "<html>busy</html>", "content_type": "text/html"}, match="I1-")
    site.fault(BATCHES, {"drop": "before"}, match="I2-")
    await workshop.settle(*records)
    await workshop.until(lambda states: set(states.values()) == {"batched"})
    assert len(site.batches()) == 2
    assert all(not name.endswith("-2") for name in site.batches())


async def test_what_a_crash_left_after_the_batch_is_looked_up_I9(
    workshop: Any, captured: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """The process is gone: nothing after it runs."""

    def kill(name: str) -> None:
        raise Killed(name)

    site, records = await captured(1, 2)
    with monkeypatch.context() as patched:
        patched.setattr(step, "failpoint", kill)
        with pytest.raises(Killed, match=r"ingest\.after_batch"):
            await workshop.settle(*records)
    assert len(site.batches()) == 2
    await workshop.lease_expires()
    await workshop.work()
    assert (await workshop.news()).stages == {1: "batched", 2: "batched"}
    assert len(site.batches()) == 2
    assert site.calls()[BATCHES] == 2


async def test_a_record_batched_by_hand_gets_no_second_batch(workshop: Any, captured: Make) -> None:
    site, records = await captured(1, 2)
    site.event("batch_by_hand", invoice_ids=[1], batchIdentifier="HAND-1")
    await workshop.settle(*records)
    news = await workshop.news()
    assert news.stages == {1: "batched_elsewhere", 2: "batched"}
    assert "HAND-1" in news.staged_of(1).problems[0].sentence
    assert len(site.batches()) == 2


async def test_a_record_batched_by_hand_at_the_last_moment_is_shown_too(workshop: Any, captured: Make) -> None:
    site, records = await captured(1)
    by_hand = {"kind": "batch_by_hand", "invoice_ids": [1], "batchIdentifier": "HAND-1"}
    site.fault(EXPORT, {"event": by_hand})
    await workshop.settle(*records)
    assert (await workshop.news()).stages == {1: "batched_elsewhere"}
    assert site.batches() == ["HAND-1"]


async def test_a_record_that_changed_while_it_was_posted_is_not_batched_I4(
    workshop: Any, captured: Make, exported_json: Make, line: Make
) -> None:
    site, records = await captured(1, 2)
    entry = exported_json(1, lines=[line(901, "10.00", accountNumber="299", memo="Work 101")])
    site.event("replace_gl_transaction", transaction=entry)
    await workshop.settle(*records)
    news = await workshop.news()
    assert news.stages == {1: "changed_while_posting", 2: "batched"}
    (told,) = news.staged_of(1).problems
    assert told.code == "batches.changed_while_posting"
    assert "line 1: account was 200, is 299" in told.sentence
    assert "its GL entries were made anew: 101 are gone, 901 are new" in told.sentence
    assert site.batch_of(1) is None

    await workshop.run()
    assert (await workshop.news()).stages == {}
    await workshop.command(1, "batch_again")
    assert (await workshop.news()).stages == {1: "batched"}
    assert site.batch_of(1) == f"TIE-I1-{records[0].revision[:8]}"


async def test_gl_entries_made_anew_alone_are_a_difference_too_I4(
    workshop: Any, captured: Make, exported_json: Make, line: Make
) -> None:
    site, records = await captured(1)
    entry = exported_json(1, lines=[line(901, "10.00", memo="Work 101")])
    site.event("replace_gl_transaction", transaction=entry)
    await workshop.settle(*records)
    (told,) = (await workshop.news()).staged_of(1).problems
    assert told.sentence.startswith("1001 changed in ConnectWise while it was being posted: its GL entries")

    await workshop.command(1, "retry")
    assert (await workshop.news()).stages == {1: "batched"}


async def test_a_deleted_batch_is_noticed_and_made_again_under_another_name_F52(workshop: Any, captured: Make) -> None:
    site, records = await captured(1, 2)
    await workshop.settle(*records)
    await workshop.news()
    name = site.batch_of(1)
    site.event("delete_batch", batchIdentifier=name)
    await workshop.run()
    news = await workshop.news()
    assert [(each.record_ref.record_id, each.stage) for each in news.staged] == [(1, "batch_removed"), (1, "batched")]
    assert site.batch_of(1) == f"{name}-2"
    assert news.captured == []
    assert len(site.batches()) == 2


async def test_a_deleted_batch_of_a_record_that_changed_is_only_shown_I4(
    workshop: Any, captured: Make, exported_json: Make, line: Make
) -> None:
    site, records = await captured(1)
    await workshop.settle(*records)
    site.event("delete_batch", batchIdentifier=site.batch_of(1))
    site.event("replace_gl_transaction", transaction=exported_json(1, lines=[line(901, "12.00")]))
    await workshop.run()
    news = await workshop.news()
    assert news.stages == {1: "changed_after_posting"}
    told, why_no_preview = news.staged_of(1).problems
    assert (told.code, why_no_preview.code) == ("batches.changed_after_posting", "capture.total_differs")
    assert "the total was 10, is 12" in news.staged[-2].problems[0].sentence
    assert site.batches() == []
    assert news.captured == []
    await workshop.run()
    assert (await workshop.news()).events[:-1] == []


async def test_a_record_that_stays_listed_after_its_batch_waits_with_its_cause(workshop: Any, captured: Make) -> None:
    site, records = await captured(1)
    site.fault(BATCHES, {"status": 201, "body": "{}"})
    await workshop.settle(*records)
    staged = (await workshop.news()).staged_of(1)
    assert (staged.stage, [each.code for each in staged.problems]) == ("waiting", ["batches.still_listed"])
    await workshop.command(1, "batch_again")
    assert (await workshop.news()).stages == {1: "batched"}
    assert site.batch_of(1) == f"TIE-I1-{records[0].revision[:8]}-2"


async def test_a_refused_batch_quotes_connectwise(workshop: Any, captured: Make) -> None:
    site, records = await captured(1)
    body = '{"code":"InvalidObject","message":"batch is invalid","errors":[{"message":"The period is closed."}]}'
    site.fault(BATCHES, {"status": 400, "body": body})
    await workshop.settle(*records)
    staged = (await workshop.news()).staged_of(1)
    assert (staged.stage, staged.problems[0].code) == ("waiting", "batches.refused")
    assert "The period is closed." in staged.problems[0].sentence


async def test_being_throttled_in_the_middle_loses_and_doubles_nothing(workshop: Any, captured: Make) -> None:
    site, records = await captured(1, 2, 3, 4, 5, 6)
    site.fault(BATCHES, {"status": 429, "body": "{}", "headers": {"Retry-After": "1"}}, nth=3)
    await workshop.settle(*records)
    await workshop.until(lambda states: set(states.values()) == {"batched"})
    assert len(site.batches()) == 6
    assert site.calls()[BATCHES] == 7
    assert site.calls()["GET /finance/accounting/batches"] == 0


async def test_a_posted_record_that_was_opened_again_waits_and_is_batched_when_it_is_closed(
    workshop: Any, captured: Make
) -> None:
    site, records = await captured(1)
    status = {"id": 1, "name": "New", "isClosed": False}
    site.event("patch_entity", path="/finance/invoices", id=1, set={"status": status})
    await workshop.settle(*records)
    staged = (await workshop.news()).staged_of(1)
    assert (staged.stage, [each.code for each in staged.problems]) == ("gone", ["batches.not_exportable"])
    closed = {"id": 13, "name": "Closed", "isClosed": True}
    site.event("patch_entity", path="/finance/invoices", id=1, set={"status": closed})
    await workshop.run()
    assert (await workshop.news()).stages == {1: "batched"}


async def test_a_draft_waits_for_its_approval_where_the_company_wants_it_F48(workshop: Any, captured: Make) -> None:
    site, records = await captured(1, batch_when="approved")
    await workshop.settle(*records, status="DRAFT")
    staged = (await workshop.news()).staged_of(1)
    assert (staged.stage, [each.code for each in staged.problems]) == ("waiting", ["batches.awaits_approval"])
    assert site.batches() == []
    await workshop.settle(*records, status="AUTHORISED")
    assert (await workshop.news()).stages == {1: "batched"}


async def test_other_outcomes_are_no_reason_to_batch_I4(workshop: Any, captured: Make) -> None:
    site, records = await captured(1, 2, 3)
    for each, outcome in zip(records, ("adopt_proposed", "conflict", "refused"), strict=True):
        await workshop.settle(each, outcome=outcome)
        await workshop.command(each.record_ref.record_id, "batch_again")
    assert site.batches() == []
    assert set((await workshop.states()).values()) == {"captured"}
    await workshop.settle(records[0])
    assert (await workshop.news()).stages == {1: "batched"}


async def test_a_document_of_an_older_revision_is_changed_while_posting(
    workshop: Any, captured: Make, exported_json: Make, line: Make
) -> None:
    site, (first,) = await captured(1)
    entry = exported_json(1, lines=[line(901, "12.00")])
    site.event("patch_entity", path="/finance/invoices", id=1, set={"total": entry["total"]})
    site.event("replace_gl_transaction", transaction=entry)
    await workshop.run()
    assert (await workshop.news()).captured_of(1).revision != first.revision
    await workshop.settle(first)
    assert (await workshop.news()).stages == {1: "changed_while_posting"}
    assert site.batches() == []


async def test_the_writers_word_heard_twice_makes_one_batch(workshop: Any, captured: Make) -> None:
    site, records = await captured(1)
    await workshop.settle(*records, work=False)
    await workshop.settle(*records)
    await workshop.settle(*records)
    assert (await workshop.news()).stages == {1: "batched"}
    assert len(site.batches()) == 1
    assert site.calls()[BATCHES] == 1


async def test_records_of_two_locations_are_exported_apart(workshop: Any, psa: Make, book: Any) -> None:
    site = psa(book.invoices(1, 2, location=11).invoices(3, 4, location=12).file)
    workshop.config.connection(site.url)
    workshop.config.company("leeds", locations=(11,), batch_prefix="LDS")
    workshop.config.company("york", locations=(12,), batch_prefix="YRK")
    await workshop.run("leeds")
    await workshop.settle(*(await workshop.news()).captured)
    assert [name.split("-")[0] for name in site.batches()] == ["LDS", "LDS", "YRK", "YRK"]


async def test_two_copies_share_the_work_and_double_nothing(
    workshop: Any, psa: Make, book: Any, exported_json: Make
) -> None:
    sites = []
    for number in range(4):
        file = type(book)(exported_json).invoices(number * 10 + 1, number * 10 + 6).file
        sites.append(psa(file))
        workshop.config.connection(sites[-1].url, f"cw{number}")
        workshop.config.company(f"company-{number}", connection=f"cw{number}")
    await workshop.sites.announce()
    await workshop.work_with_copies(3)
    news = await workshop.news()
    assert len(news.captured) == len({each.record_ref.record_id for each in news.captured}) == 24
    await workshop.settle(*news.captured, work=False)
    await workshop.work_with_copies(3)
    assert set((await workshop.states()).values()) == {"batched"}
    assert [len(site.batches()) for site in sites] == [6, 6, 6, 6]
    assert [site.calls()[BATCHES] for site in sites] == [6, 6, 6, 6]


async def test_a_holder_that_lost_its_lease_writes_nothing(workshop: Any, psa: Make, book: Any) -> None:
    site = psa(book.invoices(1, 3).file)
    site.fault(EXPORT, {"delay_ms": 600})
    workshop.config.connection(site.url)
    workshop.config.company()
    await workshop.sites.announce()
    await workshop.work_with_copies(1, takeover_after_s=0.3)
    assert (await workshop.news()).captured == []
    await workshop.work()
    assert len((await workshop.news()).captured) == 3


async def test_a_company_before_its_go_live_date_batches_what_was_posted_all_the_same(
    workshop: Any, captured: Make
) -> None:
    site, records = await captured(1)
    workshop.config.company(arming=Arming(armed=True, go_live=date(2027, 1, 1)))
    await workshop.settle(*records)
    assert (await workshop.news()).stages == {1: "batched"}
    assert len(site.batches()) == 1
