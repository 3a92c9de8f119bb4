"""Every call of a ConnectWise client is witnessed, whatever came of it (F215)."""

import httpx
import pytest

from tieout_providers.connectwise import ConnectWise
from tieout_providers.errors import ProviderError

INFO = {"CompanyName": "Harbourline", "Codebase": "v2025_1/", "VersionCode": "v2025.1"}


async def test_every_call_that_leaves_is_witnessed_with_its_answer_or_without_F215() -> None:
    seen: list[tuple[str, str, bytes, int | None, bytes]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if "companyinfo" in request.url.path:
            return httpx.Response(200, json=INFO)
        if request.url.path.endswith("/system/info"):
            return httpx.Response(500, text="no")
        raise httpx.ReadTimeout("lost")

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        site = ConnectWise(
            "https://cw.example.com",
            "harbourline",
            public_key="public",
            private_key="private",
            client_id="client",
            http=http,
            witness=lambda *call: seen.append(call),
        )
        for asked in (site.system_info, site.locations):
            with pytest.raises(ProviderError):
                await asked()
    assert [(method, status) for method, _, _, status, _ in seen] == [("GET", 200), ("GET", 500), ("GET", None)]
    assert seen[1][1].startswith("https://cw.example.com/v2025_1/apis/3.0/system/info")
    assert (seen[1][4], seen[2][4]) == (b"no", b"")
    assert not any("private" in str(call) for call in seen)
