"""What a bookkeeper reads: short, complete, with the fix."""

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from tieout_config_api.projection import NEEDS_A_PERSON
from tieout_standalone import report

RECORD: dict[str, Any] = {
    "kind": "invoice",
    "number": "20508",
    "total": "4239.96",
    "currency": "AUD",
    "status": "refused",
    "document": None,
    "batch_identifier": None,
    "trace_id": "0af7651916cd43dd8448eb211c80319c",
    "warnings": [],
    "problems": [
        {"code": "rules.tax_unmapped", "sentence": f"Line {line} is taxed with PST-OLD.", "hint": "Map 'PST-OLD'."}
        for line in range(1, 8)
    ],
}


def printed(*what: Any) -> str:
    console = Console(file=StringIO(), width=400)
    for one in what:
        console.print(one)
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


def test_a_cause_that_seven_lines_share_is_said_with_its_fix_once() -> None:
    shown = " ".join(printed(report.needing_attention([RECORD])).split())
    assert shown.count("Map 'PST-OLD'.") == 1
    assert "and 4 more like it" in shown


def test_posted_records_and_those_before_the_go_live_date_need_no_look() -> None:
    quiet = [{**RECORD, "status": "batched"}, {**RECORD, "status": "listed"}]
    assert "20508" not in printed(report.needing_attention(quiet))
    assert "posted and batched" in printed(report.summary(quiet))


@pytest.mark.parametrize("status", sorted(NEEDS_A_PERSON))
def test_every_status_that_needs_a_person_has_words_and_a_result(status: str) -> None:
    assert report.look_of(status)[1]
    assert report.result_of({**RECORD, "status": status}) in {"warning", "error"}


def test_a_posted_record_with_warnings_is_a_warning_and_without_is_a_success_F135() -> None:
    posted = {**RECORD, "status": "batched"}
    assert report.result_of(posted) == "success"
    assert report.result_of({**posted, "warnings": RECORD["problems"]}) == "warning"


def test_a_timeline_says_what_came_when_and_how_long_it_took() -> None:
    journey = [
        {"stage": "captured", "at": "2026-11-02T09:30:00+00:00", "facts": {"revision": "ab"}},
        {"stage": "settled: posted", "at": "2026-11-02T09:30:04.500000+00:00", "facts": {"ledger_calls": 2}},
        {"stage": "batched", "at": "2026-11-02T09:33:04.500000+00:00", "facts": {"batch_identifier": None}},
    ]
    shown = printed(report.timeline({**RECORD, "journey": journey}))
    assert all(part in shown for part in ("4.50 s", "3 min", "ledger_calls 2", "settled: posted"))


def test_a_trace_says_at_which_rate_the_ledger_took_a_foreign_document_F119() -> None:
    def traced(**rate: str) -> str:
        document = {"ledger": "xero", "document_id": "7", "status": "AUTHORISED", **rate}
        console = Console(file=StringIO(), width=200)
        report.print_record(console, {**RECORD, "currency": "USD", "document": document, "problems": [], "journey": []})
        return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]

    assert "currency USD at 0.6604, the ledger's rate" in traced(currency_rate="0.6604")
    assert "rate" not in traced(currency_rate="1") + traced()


def test_status_says_what_becomes_of_older_records_kind_by_kind_K24() -> None:
    arming: dict[str, Any] = {"armed": True, "go_live": "2026-10-01", "older_records": "list"}
    assert report.going_live(arming) == "posts from 2026-10-01; older records are left alone"
    kinds = [{"kind": "credit_memo", "go_live": None, "older_records": "batch_without_posting"}]
    assert report.going_live(arming | {"kinds": kinds}).endswith(
        "; credit memos from 2026-10-01; older records are batched without posting"
    )
    assert report.going_live(arming | {"armed": False}) == "previews only, not armed"
