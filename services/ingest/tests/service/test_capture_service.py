"""Capturing over HTTP: what is published for each record, and what happens to the ones that cannot be read."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from tieout_chassis.tenant_keys import KeyAway
from tieout_contracts.events import ChangedResource, ChangeHinted, RecordStaged, RunRequested, SettingsChanged
from tieout_contracts.records import AppliedPosting
from tieout_contracts.settings import Arming
from tieout_ingest import canonical
from tieout_ingest.finding import Finding
from tieout_ingest.store import connections

pytestmark = [pytest.mark.postgres, pytest.mark.http]

Make = Callable[..., Any]
EXPORT = "POST /finance/accounting/export"
UNPOSTED = "GET /finance/accounting/unpostedinvoices"


async def test_a_run_captures_every_unposted_record_of_its_company_F123_F131(
    workshop: Any, psa: Make, book: Any, line: Make
) -> None:
    lines = [line(1, "35.00", quantity="2", price="17.50"), line(2, "5.00")]
    site = psa(book.invoice(1, lines=lines, tax="4.00").invoice(2, invoice_type="CreditMemo", mirrored=True).file)
    workshop.config.connection(site.url)
    workshop.config.company()
    run_id = await workshop.run()
    news = await workshop.news()
    record = news.captured_of(1).record
    assert (record.number, record.total, record.tax, record.customer_po) == (
        "1001",
        Decimal("44.00"),
        Decimal("4.00"),
        "PO-1",
    )
    assert record.bill_to.email == "r@fox.example"
    assert record.bill_to.address.lines == ("1 Example Street",)
    assert record.bill_to.billing_contact.last_name == "Storts"
    assert record.missing == ()
    assert [(each.rate, each.flat) for each in record.tax_levels] == [(Decimal("0.1"), False)]
    assert news.captured_of(2).record.kind == "credit_memo"
    assert {each.run_id for each in news.captured} == {run_id}
    assert sorted(each.record_ref.record_id for each in news.captured) == [1, 2]
    (run,) = news.runs
    assert (run.run_id, run.unposted, run.captured, run.refused) == (run_id, 2, 2, 0)


async def test_a_run_leaves_the_other_families_alone_F124_F125_F126_F127(workshop: Any, psa: Make, book: Any) -> None:
    site = psa(book.invoice(1).file)
    workshop.config.connection(site.url)
    workshop.config.company(sync="on_request")
    for family in ("payments", "procurement", "expenses"):
        run_id = await workshop.run(family=family)
        news = await workshop.news()
        assert [(run.run_id, run.unposted, run.captured) for run in news.runs] == [(run_id, 0, 0)]
        assert [each.code for each in news.runs[0].problems] == ["runs.family_not_posted"]
        assert news.captured == []
    await workshop.run(family="invoices")
    assert [each.number for each in (await workshop.news()).captured] == ["1001"]
    others = ("unpostedprocurement", "unpostedexpenses", "purchaseorders", "payment", "/expense")
    assert [route for route in site.calls() if any(each in route.lower() for each in others)] == []


async def test_an_invoice_is_held_by_an_open_billing_status_and_pending_once_that_is_closed_F132(
    workshop: Any, psa: Make, book: Any
) -> None:
    book.invoices(1, 2)
    hold = {"id": 30, "name": "Hold for finance", "isClosed": False}
    book.file["entities"]["/finance/invoices"][1]["status"] = hold
    site = psa(book.file)
    workshop.config.connection(site.url)
    workshop.config.company()
    await workshop.run()
    news = await workshop.news()
    assert ([each.number for each in news.captured], news.runs[0].unposted) == (["1001"], 1)
    ready = {"id": 31, "name": "Ready to post", "isClosed": True}
    site.event("patch_entity", path="/finance/invoices", id=2, set={"status": ready})
    await workshop.run()
    news = await workshop.news()
    assert ([each.number for each in news.captured], news.runs[0].unposted) == (["1002"], 2)


async def test_what_is_known_and_unchanged_is_not_published_again(workshop: Any, psa: Make, book: Any) -> None:
    site = psa(book.invoices(1, 3).file)
    workshop.config.connection(site.url)
    workshop.config.company()
    await workshop.run()
    await workshop.news()
    calls = site.calls()
    await workshop.run()
    news = await workshop.news()
    assert news.captured == []
    assert [(run.unposted, run.captured) for run in news.runs] == [(3, 0)]
    assert site.calls() - calls == {UNPOSTED: 1}


async def test_a_down_payment_is_taken_off_with_the_posting_of_its_own_document_once_that_is_posted(
    workshop: Any, psa: Make, book: Any, line: Make
) -> None:
    deposit = [line(1, "40.00", accountNumber="240:")]
    taken_off = [line(2, "100.00"), line(3, "-40.00", quantity="-1")]
    book.invoice(1, invoice_type="DownPayment", lines=deposit, tax="4.00").invoice(2, lines=taken_off, tax="6.00")
    before, after = book.file["entities"]["/finance/invoices"]
    before |= {"applyToType": "SalesOrder", "applyToId": 7}
    after |= {"salesOrder": {"id": 7}, "downpaymentApplied": Decimal(40)}
    site = psa(book.file)
    workshop.config.connection(site.url)
    workshop.config.company()
    await workshop.run()
    news = await workshop.news()
    assert news.captured_of(2).record.lines[1].applied == AppliedPosting(kind="down_payment")
    await workshop.settle(news.captured_of(1))
    await workshop.command(2, "retry")
    applied = (await workshop.news()).captured_of(2).record.lines[1].applied
    assert (applied.number, applied.account, applied.taxable_levels, applied.record_ids) == ("1001", "240", (1,), (1,))


async def test_an_invoice_that_is_listed_twice_is_one_record(workshop: Any, psa: Make, book: Any) -> None:
    book.invoice(1).file["unposted_row_copies"] = {"1": 2}
    site = psa(book.file)
    workshop.config.connection(site.url)
    workshop.config.company()
    await workshop.run()
    news = await workshop.news()
    assert len(news.captured) == 1
    assert news.runs[0].unposted == 1


async def test_one_record_that_breaks_the_export_stops_no_other_F54(workshop: Any, psa: Make, book: Any) -> None:
    bad = 910_317  # too long to turn up in the random names of exports
    site = psa(book.invoices(910_301, 910_340).file)
    site.fault(EXPORT, {"status": 500, "body": '{"code":"X","message":"object reference"}'}, match=str(bad), times=0)
    workshop.config.connection(site.url)
    workshop.config.company()
    await workshop.run()
    await workshop.until(lambda states: states[bad] == "refused")
    assert site.calls()[EXPORT] <= 1 + 2 * 6 + 1
    news = await workshop.news()
    assert len(news.captured) == 39
    assert (news.runs[0].captured, news.runs[0].refused) == (39, 1)
    refused = news.staged_of(bad)
    assert [(each.code, each.severity) for each in refused.problems] == [("capture.export_failed", "refusal")]
    assert "object reference" in refused.problems[0].sentence


async def test_a_passing_failure_of_the_export_costs_nothing_but_calls(workshop: Any, psa: Make, book: Any) -> None:
    site = psa(book.invoices(1, 9).file)
    site.fault(EXPORT, {"status": 502, "body": "<html>Bad Gateway</html>", "content_type": "text/html"})
    site.fault(EXPORT, {"drop": "after"}, nth=2)
    site.fault(EXPORT, {"status": 200, "body": "<html>maintenance</html>", "content_type": "text/html"}, nth=4)
    workshop.config.connection(site.url)
    workshop.config.company()
    await workshop.run()
    assert len((await workshop.news()).captured) == 9


async def test_a_malformed_export_names_the_field_and_others_go_on(workshop: Any, psa: Make, book: Any) -> None:
    book.invoice(1, incoherent=True, without=["glEntryIds", "documentDate"]).invoice(2)
    book.file["entities"]["/finance/invoices"][0]["date"] = None
    site = psa(book.file)
    workshop.config.connection(site.url)
    workshop.config.company()
    await workshop.run()
    news = await workshop.news()
    assert [each.number for each in news.captured] == ["1002"]
    problems = news.staged_of(1).problems
    assert {each.code for each in problems} == {"capture.malformed"}
    assert "glEntryIds is missing" in problems[-1].sentence
    assert news.runs[0].refused == 1


async def test_details_that_do_not_add_up_are_refused(workshop: Any, psa: Make, book: Any) -> None:
    site = psa(book.invoice(1, incoherent=True, total=Decimal("11.00")).file)
    workshop.config.connection(site.url)
    workshop.config.company()
    await workshop.run()
    (problem,) = (await workshop.news()).staged_of(1).problems
    assert problem.code == "capture.unbalanced"


async def test_a_record_without_gl_entries_is_named_behaviour_10(workshop: Any, psa: Make, book: Any) -> None:
    site = psa(book.invoice(1, with_gl=False).invoice(2).file)
    workshop.config.connection(site.url)
    workshop.config.company()
    await workshop.run()
    news = await workshop.news()
    assert [each.code for each in news.staged_of(1).problems] == ["capture.no_gl_entries"]
    assert len(news.captured) == 1


async def test_a_denied_table_is_a_gap_and_the_record_goes_on_F28(workshop: Any, psa: Make, book: Any) -> None:
    book.invoices(1, 2).file["server"]["denied"] = ["GET /company/contacts"]
    site = psa(book.file)
    workshop.config.connection(site.url)
    workshop.config.company()
    await workshop.run()
    captured = (await workshop.news()).captured
    assert len(captured) == 2
    for each in captured:
        assert each.record.missing == (
            "contact: ConnectWise refuses it (403); allow Companies > Contacts (Inquire All)",
        )
    assert site.calls()["GET /company/contacts"] == 1


async def test_refused_keys_pause_the_connection_and_tell_the_run(workshop: Any, psa: Make, book: Any) -> None:
    site = psa(book.invoice(1).file)
    workshop.config.connection(site.url, private_key=SecretStr("wrong"))
    workshop.config.company()
    await workshop.run()
    (told,) = (await workshop.news()).runs
    assert [each.code for each in told.problems] == ["access.connectwise_refused"]
    assert site.calls()[UNPOSTED] == 1

    workshop.config.connection(site.url)
    await workshop.run()
    news = await workshop.news()
    assert len(news.captured) == 1
    assert all(run.problems == () for run in news.runs)


async def test_a_long_retry_after_parks_one_connection_and_others_go_on(
    workshop: Any, psa: Make, book: Any, exported_json: Make
) -> None:
    busy, free = psa(book.invoice(1).file), psa(type(book)(exported_json).invoice(2).file)
    busy.fault(UNPOSTED, {"status": 429, "body": '{"error":"X"}', "headers": {"Retry-After": "72000"}})
    for name, site, company in (("busy", busy, "a"), ("free", free, "b")):
        workshop.config.connection(site.url, name)
        workshop.config.company(company, connection=name)
    await workshop.run("a")
    await workshop.run("b")
    await workshop.run("a")
    news = await workshop.news()
    assert [each.record_ref.record_id for each in news.captured] == [2]
    told = [problem.code for run in news.runs if run.company_id == "a" for problem in run.problems]
    assert told == ["access.connectwise_throttled"]
    assert workshop.gates.parked == [(busy.url, 72000.0)]
    assert busy.calls()[UNPOSTED] == 1


async def test_a_site_that_is_down_is_tried_again_and_nothing_is_lost(workshop: Any, psa: Make, book: Any) -> None:
    site = psa(book.invoice(1).file)
    site.fault(UNPOSTED, {"drop": "before"}, times=2)
    workshop.config.connection(site.url)
    workshop.config.company()
    await workshop.run()
    await workshop.until(lambda states: states.get(1) == "captured")
    news = await workshop.news()
    assert [each.code for run in news.runs for each in run.problems] == ["access.connectwise_unreachable"]
    assert news.runs[-1].problems == ()
    assert news.runs[-1].captured == 1


async def test_records_go_to_the_company_of_their_location_or_to_none_F108_F110(
    workshop: Any, psa: Make, book: Any
) -> None:
    site = psa(book.invoice(1, location=11).invoice(2, location=12).invoice(3, location=99).file)
    workshop.config.connection(site.url)
    workshop.config.company("leeds", locations=(11,))
    workshop.config.company("york", locations=(12,))
    await workshop.run("york")
    news = await workshop.news()
    assert {each.company_id: each.record_ref.record_id for each in news.captured} == {"leeds": 1, "york": 2}
    unrouted = news.staged_of(3)
    assert (unrouted.stage, unrouted.company_id) == ("unrouted", "york")
    assert "location Location 99 (99), which no company" in unrouted.problems[0].sentence
    found = [(run.company_id, run.unposted, run.unrouted) for run in news.runs]
    assert sorted(found) == [("leeds", 1, 0), ("york", 2, 1)]
    assert site.calls()[UNPOSTED] == 1

    await workshop.command(3, "retry", company_id="york")
    assert "location Location 99 (99), which no company" in (await workshop.news()).staged_of(3).problems[0].sentence

    workshop.config.company("leeds", locations=(11, 99))
    await workshop.run("leeds")
    news = await workshop.news()
    assert [(each.company_id, each.record_ref.record_id) for each in news.captured] == [("leeds", 3)]
    assert [(each.company_id, each.stage) for each in news.of(type(unrouted))] == [("york", "cancelled")]


async def test_a_moved_location_takes_new_records_along_and_leaves_the_others_F109_F111(
    workshop: Any, psa: Make, book: Any
) -> None:
    """Two owner levels post to one company; then one of them becomes a company of its own, by settings alone."""
    site = psa(book.invoice(1, location=11).invoice(2, location=12).file)
    workshop.config.connection(site.url)
    workshop.config.company("leeds", locations=(11, 12))
    await workshop.run("leeds")
    before = (await workshop.news()).captured
    assert {each.record_ref.record_id: each.company_id for each in before} == {1: "leeds", 2: "leeds"}

    workshop.config.company("leeds", locations=(12,))
    workshop.config.company("york", locations=(11,))
    site.load(book.invoice(3, location=11).invoice(4, location=12).file)
    await workshop.run("york")
    news = await workshop.news()
    assert {each.record_ref.record_id: each.company_id for each in news.captured} == {3: "york", 4: "leeds"}
    assert news.stages == {}
    await workshop.settle(*before)
    assert {each.record_ref.record_id: each.company_id for each in (await workshop.news()).of(RecordStaged)} == {
        1: "leeds",
        2: "leeds",
    }


async def test_a_company_that_takes_no_records_gives_its_only_location_away_F111(
    workshop: Any, psa: Make, book: Any
) -> None:
    site = psa(book.invoice(1, location=11).file)
    workshop.config.connection(site.url)
    workshop.config.company("leeds", takes_records=False)
    workshop.config.company("york", locations=(11,))
    await workshop.run("leeds")
    assert [each.company_id for each in (await workshop.news()).captured] == ["york"]


async def test_a_sync_that_names_a_company_leaves_another_ones_records_unposted_F113(
    workshop: Any, psa: Make, book: Any
) -> None:
    site = psa(book.invoice(1, location=11).invoice(2, location=12).file)
    workshop.config.connection(site.url)
    for company, location in (("leeds", 11), ("york", 12)):
        workshop.config.company(company, locations=(location,), sync="on_request")
    await workshop.list_is_due()
    assert (await workshop.news()).captured == []
    await workshop.run("york")
    news = await workshop.news()
    assert [(each.company_id, each.record_ref.record_id) for each in news.captured] == [("york", 2)]
    assert await workshop.states() == {2: "captured"}

    await workshop.settle(*news.captured)
    await workshop.list_is_due()
    assert await workshop.states() == {2: "batched"}
    await workshop.run("leeds")
    assert await workshop.states() == {1: "captured", 2: "batched"}


async def test_a_callback_has_a_closed_invoice_captured_unless_its_company_is_synced_by_hand_F211_F212(
    workshop: Any, psa: Make, book: Any
) -> None:
    site = psa(book.invoice(1, location=11).invoice(2, location=12).file)
    workshop.config.connection(site.url)
    workshop.config.company("leeds", locations=(11,), sync="on_request")
    workshop.config.company("york", locations=(12,))
    async with workshop.database.transaction() as tx:
        await connections.ensure(tx, "cw", "msp")
        await connections.listed(tx, "cw", next_in_s=300)
        await tx.execute(text("UPDATE connection SET listed_at = listed_at - make_interval(secs => 10)"))
    head = {"tenant_id": "msp", "company_id": "leeds", "connection_id": "cw", "hinted_at": datetime.now(UTC)}
    changed = (ChangedResource(resource="invoice", resource_id="1"),)
    await workshop.hear(ChangeHinted(provider="xero", changed=changed, **head))
    await workshop.work()
    assert (await workshop.news()).captured == []
    await workshop.hear(ChangeHinted(provider="connectwise", changed=changed, **head))
    await workshop.work()
    assert [each.company_id for each in (await workshop.news()).captured] == ["york"]


async def test_records_before_the_go_live_date_are_listed_until_the_company_wants_them(
    workshop: Any, psa: Make, book: Any
) -> None:
    site = psa(book.invoice(1, on="2019-03-01").invoice(2).file)
    workshop.config.connection(site.url)
    go_live = date(2026, 10, 1)
    workshop.config.company(arming=Arming(armed=True, go_live=go_live))
    await workshop.run()
    news = await workshop.news()
    assert [each.number for each in news.captured] == ["1002"]
    assert news.stages == {1: "listed"}
    assert (news.runs[0].listed, news.runs[0].captured) == (1, 1)
    await workshop.run()
    assert (await workshop.news()).stages == {}

    workshop.config.company(arming=Arming(armed=True, go_live=go_live, older_records="post"))
    await workshop.run()
    assert [each.number for each in (await workshop.news()).captured] == ["1001"]


async def test_older_records_can_be_batched_without_posting(workshop: Any, psa: Make, book: Any) -> None:
    site = psa(book.invoice(1, on="2019-03-01", invoice_type="DownPayment").invoice(2).file)
    workshop.config.connection(site.url)
    older = Arming(armed=True, go_live=date(2026, 10, 1), older_records="batch_without_posting")
    workshop.config.company(arming=older)
    await workshop.run()
    news = await workshop.news()
    assert news.stages == {1: "batched"}
    assert [each.number for each in news.captured] == ["1002"]
    closed = news.staged_of(1)
    assert site.batch_of(1) == closed.batch_identifier
    assert closed.batch_identifier.endswith("-NP")
    assert [each.code for each in closed.problems] == ["batches.without_posting"]
    site.event("delete_batch", batchIdentifier=site.batch_of(1))
    await workshop.run()
    assert (await workshop.news()).stages == {1: "batch_removed"}
    assert site.batches() == []


async def test_arming_captures_the_previews_anew(workshop: Any, psa: Make, book: Any) -> None:
    site = psa(book.invoice(1).invoice(2, on="2019-03-01").file)
    workshop.config.connection(site.url)
    workshop.config.company(arming=Arming())
    await workshop.run()
    assert len((await workshop.news()).captured) == 2
    workshop.config.company(arming=Arming(armed=True, go_live=date(2026, 10, 1)))
    await workshop.run()
    news = await workshop.news()
    assert [each.number for each in news.captured] == ["1001"]
    assert news.stages == {2: "listed"}


async def test_a_record_closed_anew_is_captured_anew_until_it_is_posted(
    workshop: Any, psa: Make, book: Any, line: Make, exported_json: Make
) -> None:
    site = psa(book.invoice(1, lines=[line(1, "10.00")]).file)
    workshop.config.connection(site.url)
    workshop.config.company()
    await workshop.run()
    first = (await workshop.news()).captured_of(1)
    change(site, exported_json(1, lines=[line(2, "10.00", memo="Work 1")], documentDate="2026-10-20T00:00:00"))
    await workshop.run()
    assert (await workshop.news()).captured == []
    change(site, exported_json(1, lines=[line(3, "12.00")], documentDate="2026-10-20T00:00:00"))
    await workshop.run()
    second = (await workshop.news()).captured_of(1)
    assert second.revision != first.revision
    assert second.record.total == Decimal("12.00")


def change(site: Any, transaction: dict[str, Any]) -> None:
    """The invoice is opened, changed and closed again."""
    sums = {"total": transaction["total"], "subtotal": transaction["total"] - transaction["salesTax"]}
    site.event("patch_entity", path="/finance/invoices", id=transaction["id"], set=sums)
    site.event("replace_gl_transaction", transaction=transaction)


async def test_a_retry_publishes_the_same_revision_once_more(workshop: Any, psa: Make, book: Any) -> None:
    site = psa(book.invoice(1).file)
    workshop.config.connection(site.url)
    workshop.config.company()
    await workshop.run()
    first = await workshop.news()
    await workshop.refuse(first.captured[0])
    await workshop.command(1, "retry")
    again = await workshop.news()
    assert again.captured_of(1).revision == first.captured_of(1).revision
    assert set(again.ids).isdisjoint(first.ids)


async def test_a_cancelled_record_is_left_until_it_changes_a_skipped_one_for_good(
    workshop: Any, psa: Make, book: Any, line: Make, exported_json: Make
) -> None:
    site = psa(book.invoices(1, 2).file)
    workshop.config.connection(site.url)
    workshop.config.company()
    await workshop.run()
    await workshop.command(1, "cancel")
    await workshop.command(2, "skip")
    assert (await workshop.news()).stages == {1: "cancelled", 2: "cancelled"}
    await workshop.run()
    assert (await workshop.news()).captured == []
    for record_id in (1, 2):
        change(site, exported_json(record_id, lines=[line(700 + record_id, "77.00")]))
    await workshop.run()
    assert [each.number for each in (await workshop.news()).captured] == ["1001"]
    await workshop.command(2, "retry")
    assert [each.number for each in (await workshop.news()).captured] == ["1002"]


async def test_a_record_that_nobody_answers_for_is_announced_again_with_the_same_id_I9(
    workshop: Any, psa: Make, book: Any
) -> None:
    site = psa(book.invoices(1, 2).file)
    workshop.config.connection(site.url)
    workshop.config.company()
    await workshop.run()
    first = await workshop.news()
    await workshop.refuse(first.captured_of(2))
    assert (await workshop.news()).ids == []
    await workshop.overdue()
    again = await workshop.news()
    assert [each.record_ref.record_id for each in again.captured] == [1]
    assert set(again.ids) < set(first.ids)
    repeated = 0
    for _ in range(8):
        await workshop.overdue()
        repeated += len((await workshop.news()).captured)
    assert repeated == 6 - 1


async def test_a_record_opened_again_is_gone_and_comes_back_when_it_is_closed(
    workshop: Any, psa: Make, book: Any
) -> None:
    site = psa(book.invoice(1).file)
    workshop.config.connection(site.url)
    workshop.config.company()
    await workshop.run()
    await workshop.news()
    status = {"id": 1, "name": "New", "isClosed": False}
    site.event("patch_entity", path="/finance/invoices", id=1, set={"status": status})
    await workshop.run()
    assert (await workshop.news()).stages == {1: "gone"}
    closed = {"id": 13, "name": "Closed", "isClosed": True}
    site.event("patch_entity", path="/finance/invoices", id=1, set={"status": closed})
    await workshop.run()
    assert [each.number for each in (await workshop.news()).captured] == ["1001"]


async def test_a_record_batched_by_hand_before_it_was_posted_is_shown(workshop: Any, psa: Make, book: Any) -> None:
    site = psa(book.invoice(1).file)
    workshop.config.connection(site.url)
    workshop.config.company()
    await workshop.run()
    site.event("batch_by_hand", invoice_ids=[1], batchIdentifier="HAND-1")
    await workshop.run()
    staged = (await workshop.news()).staged_of(1)
    assert (staged.stage, [each.code for each in staged.problems]) == ("batched_elsewhere", ["batches.elsewhere"])


async def test_the_schedule_looks_without_being_asked(workshop: Any, psa: Make, book: Any) -> None:
    site = psa(book.invoice(1).file)
    workshop.config.connection(site.url)
    workshop.config.company()
    await workshop.work()
    news = await workshop.news()
    assert [(run.unposted, run.captured) for run in news.runs] == [(1, 1)]
    assert news.captured[0].run_id == news.runs[0].run_id
    await workshop.list_is_due()
    assert (await workshop.news()).events == []
    assert site.calls()[UNPOSTED] == 2


async def test_a_problem_of_the_list_is_told_once_though_nobody_asked(workshop: Any, psa: Make, book: Any) -> None:
    site = psa(book.invoice(1).file)
    workshop.config.connection(site.url)
    workshop.config.company()
    await workshop.work()
    await workshop.news()
    site.fault(UNPOSTED, {"status": 200, "body": '[{"id": 77}]'}, times=2)
    await workshop.list_is_due()
    await workshop.list_is_due()
    assert [[each.code for each in run.problems] for run in (await workshop.news()).runs] == [
        ["capture.row_unreadable"]
    ]
    await workshop.list_is_due()
    news = await workshop.news()
    assert [run.problems for run in news.runs] == [()]
    assert await workshop.states() == {1: "captured"}


async def test_a_pause_is_told_though_nobody_asked(workshop: Any, psa: Make, book: Any) -> None:
    site = psa(book.invoice(1).file)
    workshop.config.connection(site.url, private_key=SecretStr("wrong"))
    workshop.config.company("a", locations=(11,))
    workshop.config.company("b", locations=(12,))
    await workshop.work()
    told = (await workshop.news()).runs
    assert {(run.company_id, run.problems[0].code) for run in told} == {
        ("a", "access.connectwise_refused"),
        ("b", "access.connectwise_refused"),
    }
    workshop.config.connection(site.url)
    await workshop.settings_changed("a")
    ended = (await workshop.news()).runs
    assert {(run.run_id, run.problems) for run in ended} == {(run.run_id, ()) for run in told}


async def test_a_run_of_a_company_without_settings_waits_for_them(workshop: Any, psa: Make, book: Any) -> None:
    site = psa(book.invoice(1).file)
    await workshop.run()
    assert (await workshop.news()).events == []
    workshop.config.connection(site.url)
    workshop.config.company()
    await workshop.settings_changed()
    news = await workshop.news()
    assert len(news.captured) == 1
    assert len(news.runs) == 1


async def test_a_company_that_is_made_while_the_settings_are_read_gets_a_look_of_its_own(
    workshop: Any, psa: Make, book: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its run is listed with what is its own, too."""
    site = psa(book.invoice(1, location=11).invoice(2, location=12).file)
    workshop.config.connection(site.url)
    workshop.config.company(locations=(11,))
    reads, asked = [], uuid4()
    read = type(workshop.config).snapshots

    async def while_they_are_read(config: Any) -> Any:
        reads.append(found := await read(config))
        if len(reads) == 2:  # those of the look itself
            config.company("perth", locations=(12,))
            requested = {"company_id": "perth", "run_id": asked, "requested_at": datetime.now(UTC)}
            await workshop.hear(SettingsChanged(tenant_id="msp", company_id="perth", version=1))
            await workshop.hear(RunRequested(tenant_id="msp", **requested))
        return found

    await workshop.sites.announce()
    monkeypatch.setattr(type(workshop.config), "snapshots", while_they_are_read)
    while await workshop.slices.step():
        pass
    news = await workshop.news()
    assert {each.number: each.company_id for each in news.captured} == {"1001": "sydney", "1002": "perth"}
    (run,) = [run for run in news.runs if run.run_id == asked]
    assert run.captured == 1


async def test_a_look_that_comes_to_nothing_is_made_again(
    workshop: Any, psa: Make, book: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = psa(book.invoice(1).file)
    workshop.config.connection(site.url)
    workshop.config.company()

    async def broken(*_: Any) -> None:
        raise RuntimeError("a fault of ours")

    with monkeypatch.context() as during:
        during.setattr(Finding, "look", broken)
        await workshop.work()
    async with workshop.database.transaction() as tx:
        await tx.execute(text("UPDATE lease SET parked_until = NULL, idle_until = NULL"))
    await workshop.work()
    assert await workshop.states() == {1: "captured"}


async def test_a_connection_of_another_tenant_is_never_used_I7(workshop: Any, psa: Make, book: Any) -> None:
    site = psa(book.invoice(1).file)
    workshop.config.connection(site.url, tenant_id="somebody-else")
    workshop.config.company()
    await workshop.run()
    assert site.calls() == {}
    assert (await workshop.news()).captured == []


async def test_a_record_larger_than_a_message_is_refused(workshop: Any, psa: Make, book: Any, line: Make) -> None:
    site = psa(book.invoice(1, lines=[line(1, "10.00", memo="x" * 120_000)]).invoice(2).file)
    workshop.config.connection(site.url)
    workshop.config.company()
    await workshop.run()
    news = await workshop.news()
    assert [each.code for each in news.staged_of(1).problems] == ["capture.too_large"]
    assert [each.number for each in news.captured] == ["1002"]


async def test_no_text_and_no_contact_is_kept_in_clear_F4_I8(workshop: Any, psa: Make, book: Any, line: Make) -> None:
    site = psa(book.invoice(1, lines=[line(1, "10.00", memo="Unspeakable work")]).invoice(2, with_gl=False).file)
    workshop.config.connection(site.url)
    workshop.config.company()
    await workshop.run()
    await workshop.news()
    kept = await workshop.everything_kept()
    assert "1001" in kept
    for secret in ("Unspeakable", "r@fox.example", "Storts", "Example Street", "Angry Fox", "priv"):
        assert secret not in kept


async def test_a_connection_whose_address_is_wrong_stops_no_other(workshop: Any, psa: Make, book: Any) -> None:
    site = psa(book.invoice(1).file)
    workshop.config.connection("http://cw.example.com", "bad")
    workshop.config.connection(site.url)
    workshop.config.company("a", connection="bad")
    workshop.config.company("b")
    await workshop.run("a")
    await workshop.run("b")
    assert len((await workshop.news()).captured) == 1


async def test_a_slice_that_breaks_parks_its_connection_and_no_other(
    workshop: Any, psa: Make, book: Any, exported_json: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(listed: Any, *rest: Any) -> Any:
        if listed.record_id == 1:
            raise ZeroDivisionError("a bug")
        return canonical.build(listed, *rest)

    monkeypatch.setattr("tieout_ingest.capturing.build", build)
    bad, good = psa(book.invoice(1).file), psa(type(book)(exported_json).invoice(2).file)
    for name, site in (("bad", bad), ("good", good)):
        workshop.config.connection(site.url, name)
        workshop.config.company(name, connection=name)
    await workshop.run("bad")
    await workshop.run("good")
    assert [each.number for each in (await workshop.news()).captured] == ["1002"]
    assert (await workshop.states())[1] == "found"


async def test_where_a_tenants_key_is_on_its_way_a_connection_waits_a_moment_only(
    workshop: Any, psa: Make, book: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As right after a start, while config-api is asked for it; a slice that breaks waits for a minute."""
    asked: list[int] = []

    def build(listed: Any, *rest: Any) -> Any:
        asked.append(listed.record_id)
        raise KeyAway("the tenant msp")

    monkeypatch.setattr("tieout_ingest.capturing.build", build)
    workshop.config.connection(psa(book.invoice(1).file).url)
    workshop.config.company("a")
    await workshop.run("a")
    parked = "SELECT extract(epoch FROM max(parked_until) - clock_timestamp()) FROM lease"
    async with workshop.database.reading() as connection:
        assert asked
        assert await connection.scalar(text(parked)) < 2
