"""What becomes of a listed record, from what is known of it and what its company wants."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tieout_contracts.problems import problem
from tieout_contracts.settings import AdjustmentSettings, Arming, CompanySettings, KindArming, SettingsSnapshot
from tieout_ingest.judging import is_free, judge, looked_at, waits_for_request
from tieout_ingest.routing import Unrouted
from tieout_ingest.store.records import Record

Make = Callable[..., Any]
GO_LIVE = date(2026, 10, 1)
NOBODY = Unrouted(problem("capture.unrouted", number="1", location=1))


def company(company_id: str = "a", sync: Any = "automatic", **arming: Any) -> SettingsSnapshot:
    settings = CompanySettings(
        name="A",
        connectwise_connection="cw",
        ledger_connection="x",
        organisation_id="o",
        arming=Arming(**{"armed": True, "go_live": GO_LIVE, **arming}),
        adjustment=AdjustmentSettings(account="860"),
        sync=sync,
    )
    return SettingsSnapshot(tenant_id="t", company_id=company_id, version=1, settings=settings)


def known(state: str, **more: Any) -> Record:
    nothing: dict[str, Any] = dict.fromkeys(Record.__dataclass_fields__)
    facts = {"kind": "invoice", "record_id": 125, "company_id": "a", "seen": "s1", "state": state}
    return Record(**{**nothing, "skipped": False, "preview": False, **facts, **more})


POSTED: dict[str, Any] = {"posted_revision": "r1"}
NEW, OLD = date(2026, 10, 20), date(2019, 3, 1)


@pytest.mark.parametrize(
    ("on", "arming", "move"),
    [
        (NEW, {}, "capture"),
        (GO_LIVE, {}, "capture"),
        (OLD, {}, "list"),
        (None, {}, "capture"),
        (OLD, {"older_records": "post"}, "capture"),
        (OLD, {"older_records": "batch_without_posting"}, "close"),
        (OLD, {"armed": False}, "capture"),
        (OLD, {"go_live": None}, "capture"),
    ],
)
def test_a_record_seen_for_the_first_time(unposted: Make, on: date | None, arming: dict[str, Any], move: str) -> None:
    assert judge(unposted(document_date=on), company(**arming), None) == move


@pytest.mark.parametrize(
    ("before", "move"),
    [
        (known("found"), "leave"),
        (known("captured"), "leave"),
        (known("captured", seen="other"), "capture"),
        (known("captured", preview=True), "capture"),
        (known("captured", company_id="b", seen="other"), "leave"),
        (known("captured", company_id="b", seen="other", outcome="refused"), "capture"),
        (known("refused"), "leave"),
        (known("refused", seen="other"), "capture"),
        (known("cancelled"), "leave"),
        (known("cancelled", seen="other"), "capture"),
        (known("cancelled", seen="other", skipped=True), "leave"),
        (known("unrouted"), "capture"),
        (known("listed"), "capture"),
        (known("gone"), "capture"),
        (known("batched_elsewhere"), "capture"),
        (known("batch_removed"), "leave"),
        (known("batched"), "removed"),
        (known("to_batch"), "leave"),
    ],
)
def test_a_record_that_was_never_posted(unposted: Make, before: Record, move: str) -> None:
    assert judge(unposted(document_date=NEW), company(), before) == move


@pytest.mark.parametrize(
    ("before", "move"),
    [
        (known("batched", **POSTED), "removed"),
        (known("batched_elsewhere", **POSTED), "recheck"),
        (known("gone", **POSTED), "recheck"),
        (known("to_batch", **POSTED), "leave"),
        (known("waiting", **POSTED), "leave"),
        (known("waiting", seen="other", **POSTED), "recheck"),
        (known("changed_while_posting", **POSTED), "leave"),
        (known("changed_while_posting", seen="other", **POSTED), "recheck"),
        (known("changed_after_posting", seen="other", **POSTED), "recheck"),
        (known("captured", seen="other", **POSTED), "leave"),
    ],
)
def test_a_posted_record_is_only_ever_batched_I4(unposted: Make, before: Record, move: str) -> None:
    assert judge(unposted(document_date=NEW), company(), before) == move


def test_what_no_company_may_have_is_shown_once(unposted: Make) -> None:
    assert judge(unposted(), NOBODY, None) == "unroute"
    assert judge(unposted(), NOBODY, known("unrouted")) == "leave"
    assert judge(unposted(), NOBODY, known("captured", seen="other")) == "leave"


@pytest.mark.parametrize(
    ("before", "move"),
    [
        (None, "capture"),
        (known("captured", revision="r1", seen="other", preview=True), "capture"),
        (known("captured", revision="r1", seen="other", outcome="plan_refused"), "capture"),
        (known("captured", revision="r1", seen="other"), "leave"),
        (known("refused", revision="r1", seen="other"), "leave"),
        (known("listed"), "capture"),
    ],
)
def test_a_run_that_only_looks_supersedes_nothing_that_may_be_on_its_way_to_a_ledger(
    unposted: Make, before: Record | None, move: str
) -> None:
    assert looked_at(judge(unposted(), company(), before), before) == move


@pytest.mark.parametrize(
    ("before", "move"),
    [
        (None, "capture"),
        (known("listed"), "capture"),
        (known("captured", revision="r1", preview=True), "capture"),
        (known("captured", revision="r1"), "leave"),
        (known("cancelled", skipped=True), "leave"),
        (known("batched", **POSTED), "capture"),
        (known("changed_after_posting", **POSTED), "leave"),
        (known("changed_after_posting", seen="other", **POSTED), "capture"),
        (known("to_batch", seen="other", **POSTED), "leave"),
        (known("captured", seen="other", **POSTED), "leave"),
    ],
)
def test_a_named_record_is_looked_at_though_it_is_older_if_nothing_was_decided_about_it(
    unposted: Make, before: Record | None, move: str
) -> None:
    listed = unposted(document_date=OLD)
    assert looked_at(judge(listed, company(), before), before, named=True) == move


def test_a_run_that_only_looks_batches_nothing() -> None:
    assert [looked_at(move, None) for move in ("close", "removed", "recheck")] == ["list", "leave", "leave"]


def test_a_preview_from_before_the_go_live_date_is_listed_once_its_company_is_armed(unposted: Make) -> None:
    assert judge(unposted(document_date=OLD), company(), known("captured", preview=True)) == "list"
    closing = company(older_records="batch_without_posting")
    assert judge(unposted(document_date=OLD), closing, known("captured", preview=True)) == "list"
    assert judge(unposted(document_date=OLD), closing, known("listed")) == "close"


def test_each_kind_of_record_goes_live_on_its_own_terms_K24(unposted: Make) -> None:
    arming = {
        "older_records": "batch_without_posting",
        "kinds": (
            KindArming(kind="credit_memo", older_records="list"),
            KindArming(kind="invoice", go_live=date(2019, 1, 1)),
        ),
    }
    assert judge(unposted(document_date=OLD, kind="credit_memo"), company(**arming), None) == "list"
    assert judge(unposted(document_date=OLD), company(**arming), None) == "capture"
    assert judge(unposted(document_date=date(2018, 12, 31)), company(**arming), None) == "close"


@pytest.mark.parametrize(
    ("facts", "free"),
    [
        ({}, True),
        ({"revision": "r1"}, False),
        ({"revision": "r1", "preview": True}, False),
        ({"revision": "r1", "outcome": "waiting"}, False),
        ({"revision": "r1", "outcome": "refused"}, True),
        ({"revision": "r1", "outcome": "empty"}, True),
        ({"outcome": "posted", **POSTED}, False),
    ],
)
def test_a_record_is_free_only_where_no_ledger_has_or_may_yet_get_it(facts: dict[str, Any], free: bool) -> None:
    assert is_free(known("found", **facts)) is free


def test_an_empty_record_that_a_preview_listed_is_captured_anew_once_its_company_is_armed() -> None:
    listed = known("captured", revision="r1", outcome="empty", preview=True)
    assert judge(listed.listed, company(armed=False), listed) == "leave"
    assert judge(listed.listed, company(), listed) == "capture"


def test_a_company_that_is_synced_on_request_waits_for_one_F113() -> None:
    on_request = company(sync="on_request")
    for before in (None, known("captured"), known("refused")):
        assert waits_for_request(on_request, before, asked=False)
        assert not waits_for_request(on_request, before, asked=True)
        assert not waits_for_request(company(), before, asked=False)
    assert not waits_for_request(on_request, known("batched", **POSTED), asked=False)
    assert not waits_for_request(NOBODY, None, asked=False)
