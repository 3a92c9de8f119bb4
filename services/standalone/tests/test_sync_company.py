"""Which company the command syncs."""

from datetime import UTC, datetime
from io import StringIO
from typing import Any, cast

import pytest
from rich.console import Console

from tieout_standalone import inquiries
from tieout_standalone.client import ApiClient


class OneTenant:
    """The API of a tenant with these companies, where nothing is unposted."""

    def __init__(self, *companies: str) -> None:
        self.companies = companies
        self.asked: list[str] = []
        listed = {"listed_at": datetime(2026, 10, 20, tzinfo=UTC), "by_status": {}, "problems": []}
        self.run: dict[str, Any] = {"run_id": "r", "finished": True, **listed}

    async def get(self, path: str, **_: Any) -> Any:
        if path == "/tenants":
            return [{"tenant_id": "msp"}]
        if path == "/tenants/msp/companies":
            return [{"company_id": each} for each in self.companies]
        return {**dict.fromkeys(("captured", "refused", "listed", "unrouted"), 0), **self.run}

    async def post(self, _: str, body: dict[str, Any]) -> Any:
        self.asked.append(body["company_id"])
        return self.run

    async def records(self, _: str, **__: Any) -> list[dict[str, Any]]:
        return []


async def synced(api: OneTenant, company: str | None) -> str:
    console = Console(file=StringIO(), width=200)
    assert await inquiries.sync(cast(ApiClient, api), console, None, company, timeout_s=5) == 0
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
