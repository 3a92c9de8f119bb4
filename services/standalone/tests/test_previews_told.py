"""What `tieout preview` and `tieout approve` say, and the status they end with."""

import json
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any, cast

import pytest
from rich.console import Console

from tieout_contracts import examples
from tieout_contracts.problems import problem
from tieout_standalone.client import ApiClient
from tieout_standalone.previews import PreviewOptions, approve, preview

DOCUMENT = examples.document()
MISSING = problem("rules.account_missing", line=0, account="777").model_dump(mode="json")
PLAN = "0" * 32


def shown(number: str, outcome: str = "create", **changes: Any) -> dict[str, Any]:
    """One record of a preview, as the API tells it."""
    document = DOCUMENT.model_copy(update={"number": number}).model_dump(mode="json")
    planned = outcome in ("create", "change", "unchanged")
    return {
        "kind": "invoice",
        "record_id": int(number),
        "number": number,
        "outcome": outcome,
        "total": "67.29",
        "currency": "AUD",
        "document_date": "2026-10-31",
        "plan_hash": PLAN if planned else None,
        "document": document if planned else None,
        "contact": {"number": "CW-19604", "name": "Example Co"} if planned else None,
        "new_items": [],
        "difference": [],
        "problems": [],
        "current_problems": [],
        "warnings": [],
        "explanation": ["line 1: 10.00"],
        "waits_for": None,
        "by_itself": False,
        **changes,
    }


class Api:
    """The API of one tenant with one company, and these records in its preview."""

    def __init__(self, *records: dict[str, Any], known: tuple[Mapping[str, Any], ...] = (), **run: Any) -> None:
        self.shown = list(records)
        self.known = [*known, *({**one, "status": "previewed"} for one in records)]
        self.asked: list[tuple[str, dict[str, Any]]] = []
        counts = dict.fromkeys(("captured", "refused", "listed", "unrouted"), 0)
        self.run = {"run_id": "r", "finished": True, "listed_at": "now", "by_status": {}, "problems": []} | counts | run
        self.refused: list[dict[str, Any]] = []

    async def get(self, path: str, **_: Any) -> Any:
        if path == "/tenants":
            return [{"tenant_id": "msp"}]
        if path.endswith("/companies"):
            return [{"company_id": "leeds"}]
        if "/runs/" in path:
            return self.run
        outcomes = [{"outcome": "create", "currency": "AUD", "records": 1, "total": "67.29"}]
        facts = {"preview_id": "p", "company_id": "leeds", "changed_settings": False, "finished": True}
        return {**facts, "outcomes": outcomes, "records": list(self.shown), "next_cursor": None}

    every = get

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        self.asked.append((path, body))
        if path.endswith("/approvals"):
            return {"approved": [{"number": "1"}] if not self.refused else [], "refused": self.refused}
        return {**self.run, "preview_id": "p"}

    async def records(self, _: str, **__: Any) -> list[Mapping[str, Any]]:
        return self.known


async def said(api: Api, **options: Any) -> tuple[int, str]:
    console = Console(file=StringIO(), width=400)
    status = await preview(cast(ApiClient, api), console, None, PreviewOptions(timeout_s=5, **options))
    return status, console.file.getvalue()  # type: ignore[attr-defined]


async def test_a_preview_says_what_would_be_created_what_it_comes_to_and_what_would_be_made(tmp_path: Path) -> None:
    items = [item.model_dump(mode="json") for item in DOCUMENT.items]
    api = Api(shown("1", new_items=items))
    status, told = await said(api, json_file=tmp_path / "told.json")
    assert status == 0
    account, tax = DOCUMENT.lines[0].account_code, DOCUMENT.expected.tax_by_code[0]
    for words in (
        "would be created",
        "1 would be created: 67.29 AUD",
        f"to {account} ({tax.tax_code})",
        f"tax {tax.tax_code}: {tax.amount} AUD",
        f"items to be made, as far as the ledger was read: {DOCUMENT.items[0].code}",
        "contacts used, or made where the ledger has none: Example Co (CW-19604)",
        "0 of them post by themselves; 1 only once approved or armed",
        "tieout approve p [NUMBER ...]",
        "Nothing was written",
    ):
        assert words in told
    assert api.asked[0] == ("/tenants/msp/runs", {"company_id": "leeds", "preview": True})
    assert json.loads((tmp_path / "told.json").read_text())["previews"][0]["records"][0]["number"] == "1"


async def test_a_refusal_is_told_with_all_reasons_and_ends_in_an_error_F8() -> None:
    status, told = await said(Api(shown("1", "refuse", problems=[MISSING, MISSING])))
    assert status == 1
    assert told.count(MISSING["sentence"]) == 2


async def test_a_record_that_was_refused_at_capture_is_told_though_the_rules_were_asked_nothing() -> None:
    refused = {**shown("2"), "status": "refused", "problems": [MISSING]}
    status, told = await said(Api(shown("1"), known=(refused,)))
    assert status == 1
    assert MISSING["sentence"] in told


async def test_differences_are_told_field_by_field_and_unchanged_records_only_counted() -> None:
    changes = [
        {"field": "reference", "before": "PO-7", "after": "PO-8"},
        {"field": "lines[1]", "before": None, "after": "amount 1.00"},
        {"field": "note", "before": "rounded", "after": None},
    ]
    _, told = await said(Api(shown("1", "change", difference=changes), shown("2", "unchanged")))
    for words in ("reference: PO-7 becomes PO-8", "lines[1]: new: amount 1.00", "note: gone, was: rounded"):
        assert words in told
    assert "2026-10-31" in told
    assert "unchanged" not in told


async def test_one_record_is_shown_line_by_line() -> None:
    api = Api(shown("1"))
    _, told = await said(api, number="1")
    assert DOCUMENT.lines[0].description in told
    assert "line 1: 10.00" in told
    assert api.asked[-1][1]["records"] == [{"kind": "invoice", "record_id": 1}]


async def test_settings_that_are_not_saved_are_previewed_without_a_look_at_connectwise(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text('{"name": "Leeds"}')
    api = Api(shown("1"))
    await said(api, company="leeds", settings=tmp_path / "settings.json")
    assert api.asked == [("/tenants/msp/previews", {"company_id": "leeds", "settings": {"name": "Leeds"}})]
    with pytest.raises(SystemExit, match="name it with --company"):
        await said(api, settings=tmp_path / "settings.json")


async def test_a_list_that_cannot_be_read_ends_in_an_error_and_nothing_known_says_so() -> None:
    unreachable = {"sentence": "ConnectWise cannot be reached.", "hint": "Check."}
    status, told = await said(Api(problems=[unreachable]))
    assert status == 1
    assert "ConnectWise cannot be reached." in told
    status, told = await said(Api())
    assert status == 0
    assert "Nothing waits to be posted." in told
    status, told = await said(Api(), number="9")
    assert status == 1
    assert "No record numbered 9 waits" in told
    with pytest.raises(SystemExit, match="no company york"):
        await said(Api(), company="york")


async def approved(api: Api, *numbers: str) -> tuple[int, str]:
    console = Console(file=StringIO(), width=400)
    status = await approve(cast(ApiClient, api), console, None, "p", numbers, person="ada")
    return status, console.file.getvalue()  # type: ignore[attr-defined]


async def test_what_is_named_is_approved_with_the_plan_that_is_shown_and_nothing_named_is_all() -> None:
    api = Api(shown("1"), shown("2"))
    status, told = await approved(api, "1")
    seen = {"kind": "invoice", "record_id": 1, "plan_hash": PLAN}
    assert api.asked == [("/tenants/msp/previews/p/approvals", {"person": "ada", "records": [seen]})]
    assert status == 0
    assert "1: approved" in told
    await approved(api)
    assert api.asked[-1][1] == {"person": "ada"}


async def test_what_cannot_be_approved_says_why_and_ends_in_an_error() -> None:
    api = Api(shown("1"), shown("2", "refuse"))
    status, told = await approved(api, "2")
    assert (status, api.asked) == (1, [])
    assert "Nothing would be posted for 2." in told
    api.refused = [{"problem": {"sentence": "Too late.", "hint": "Look."}}]
    status, told = await approved(api, "1")
    assert status == 1
    assert "Too late. Look." in told
    with pytest.raises(SystemExit, match="does not show 9"):
        await approved(api, "9")
