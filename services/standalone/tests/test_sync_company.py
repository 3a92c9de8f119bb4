"""Which company and which families the command syncs, and what it tells."""

from datetime import UTC, datetime
from io import StringIO
from typing import Any, cast

import pytest
from rich.console import Console

from tieout_standalone import syncing
from tieout_standalone.client import ApiClient


class OneTenant:
    """The API of a tenant with these companies, where nothing is unposted."""

    def __init__(self, *companies: str) -> None:
        self.companies = companies
        self.asked: list[str] = []
        self.families: list[str] = []
        self.unposted: list[dict[str, Any]] = []
        listed = {"listed_at": datetime(2026, 10, 20, tzinfo=UTC), "by_status": {}, "problems": []}
        self.run: dict[str, Any] = {"run_id": "r", "finished": True, **listed}

    async def get(self, path: str, **_: Any) -> Any:
        if path == "/tenants":
            return [{"tenant_id": "msp"}]
        if path == "/tenants/msp/companies":
            return [{"company_id": each} for each in self.companies]
        if path == "/tenants/msp/sync-all/s":
            return self.synced_all()
        return {**dict.fromkeys(("captured", "refused", "listed", "unrouted"), 0), **self.run}

    every = get

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        self.asked.append(body["company_id"])
        if path == "/tenants/msp/sync-all":
            return self.synced_all()
        self.families.append(body["family"])
        return self.run

    def synced_all(self) -> dict[str, Any]:
        why = {"sentence": "Payments are not part of this release.", "hint": "Leave them."}
        families = [
            {"family": "invoices", "run": self.run, "skipped": None},
            {"family": "payments", "run": None, "skipped": why},
        ]
        return {"sync_id": "s", "families": families}

    async def records(self, _: str, **filters: Any) -> list[dict[str, Any]]:
        return self.unposted if "run_id" in filters else []


async def synced(api: OneTenant, company: str | None, family: str = "invoices") -> str:
    console = Console(file=StringIO(), width=200)
    assert await syncing.sync(cast(ApiClient, api), console, None, company, family, timeout_s=5) == 0
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


async def test_a_sync_without_a_company_is_the_first_one_s_and_says_how_to_name_another_F112() -> None:
    api = OneTenant("leeds", "york")
    assert "Syncing leeds, the first company. To sync another one, name it: york." in await synced(api, None)
    assert api.asked == ["leeds"]


async def test_a_sync_of_a_named_company_is_its_own_F113() -> None:
    api = OneTenant("leeds", "york")
    assert "Syncing" not in await synced(api, "york")
    assert api.asked == ["york"]


async def test_a_sync_where_there_is_no_company_says_so() -> None:
    with pytest.raises(SystemExit, match="msp has no company yet"):
        await synced(OneTenant(), None)


async def test_a_sync_is_of_the_family_that_is_named_F148() -> None:
    api = OneTenant("york")
    await synced(api, None)
    await synced(api, None, "payments")
    assert api.families == ["invoices", "payments"]


def posted(**changes: Any) -> dict[str, Any]:
    return {
        "company_id": "york",
        "kind": "invoice",
        "record_id": 39005,
        "number": "40005",
        "document_date": "2026-10-20",
        "total": "935.50",
        "currency": "GBP",
        "status": "batched",
        "warnings": [],
        "problems": [],
        "document": {"document_id": "8f3c-the-ledger-s"},
        **changes,
    }


async def test_each_record_shows_its_result_its_ids_in_connectwise_and_the_ledger_and_its_message_F135() -> None:
    api = OneTenant("york")
    warning = {"sentence": "Due on the printed date.", "hint": "Maintain the terms.", "code": "rules.terms"}
    api.unposted = [posted(), posted(number="40006", record_id=39006, warnings=[warning], document=None)]
    told = await synced(api, "york")
    assert [word for word in told.split() if word in {"success", "warning", "error"}] == ["success", "warning"]
    for wanted in ("id 39005", "8f3c-the-ledger-s", "id 39006", "Due on the printed date. Maintain the terms."):
        assert wanted in told


async def test_a_sync_of_all_ends_with_one_table_of_what_came_of_each_family_F128_F129() -> None:
    api = OneTenant("york")
    api.run["by_status"] = {"batched": 2}
    api.unposted = [posted(), posted(number="40006", record_id=39006)]
    console = Console(file=StringIO(), width=200)
    assert await syncing.sync_all(cast(ApiClient, api), console, None, None, timeout_s=5) == 0
    told = console.file.getvalue()  # type: ignore[attr-defined]
    lines = {line.split()[0]: line for line in told.splitlines() if line.strip()}
    assert "done" in lines["invoices"]
    assert "2 posted and batched" in lines["invoices"]
    assert "skipped" in lines["payments"]
    assert "Payments are not part of this release. Leave them." in lines["payments"]


def test_a_family_with_a_record_that_ended_in_an_error_is_not_called_done_F130_F135() -> None:
    def result(**by_status: int) -> str:
        console = Console(file=StringIO(), width=200)
        run = {"by_status": by_status, "problems": []}
        console.print(syncing.combined([{"family": "invoices", "run": run, "skipped": None}]))
        return console.file.getvalue().splitlines()[-1].split()[2]  # type: ignore[attr-defined,no-any-return]

    assert (result(batched=2), result(batched=2, refused=1), result(waiting=1)) == ("done", "error", "done")
