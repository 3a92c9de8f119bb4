"""A pretended network for tests of whatever talks to a provider: no sockets, every request kept."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

Responder = Callable[[httpx.Request], httpx.Response]
COMPANY_INFO: dict[str, Any] = {
    "CompanyName": "Acme IT",
    "Codebase": "v2025_1/",
    "VersionCode": "v2025.1",
    "VersionNumber": "v2025.1.10333",
    "CompanyID": "acme",
    "IsCloud": "True",
}


class PretendedNetwork:
    """Answers come from `respond`, requests are kept in order. ConnectWise's discovery is answered by itself."""

    def __init__(self) -> None:
        self.respond: Responder = lambda _: httpx.Response(500, text="no answer was prepared")
        self.requests: list[httpx.Request] = []
        self.http = httpx.AsyncClient(transport=httpx.MockTransport(self._handle))

    def answer(self, status: int = 200, **response: Any) -> None:
        """Answer everything alike; `response` as httpx.Response takes it."""
        self.respond = lambda _: httpx.Response(status, **response)

    def answer_in_turn(self, *responses: httpx.Response) -> None:
        """Answer one request after the other."""
        rest = list(responses)
        self.respond = lambda _: rest.pop(0)

    def fail(self, error: Exception) -> None:
        """Break every exchange."""

        def broken(_: httpx.Request) -> httpx.Response:
            raise error

        self.respond = broken

    async def aclose(self) -> None:
        """Close the client."""
        await self.http.aclose()

    @property
    def last(self) -> httpx.Request:
        """The newest request."""
        return self.requests[-1]

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if "/login/companyinfo/" in request.url.path:
            return httpx.Response(200, json=COMPANY_INFO)
        return self.respond(request)


@pytest.fixture
async def network() -> AsyncIterator[PretendedNetwork]:
    """Imported by the `conftest.py` that wants it."""
    pretended = PretendedNetwork()
    yield pretended
    await pretended.aclose()
