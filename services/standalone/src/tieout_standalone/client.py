"""The command line's own way in: the same public REST API that everyone uses."""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self

import httpx

Query = dict[str, str]
MAX_WAITS = 10
"""How often one call waits because the API is asked faster than it allows; each wait is at most `MAX_WAIT_S`."""
MAX_WAIT_S = 30.0


class ApiRefused(Exception):
    """The API answered with a problem; its sentence and hint are the message."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        self.status = status
        self.body = body
        super().__init__(f"{body.get('title', f'HTTP {status}')} {body.get('detail', '')}".strip())


class ApiClient:
    """One tenant-aware client; every call raises `ApiRefused` on a problem. Asked too fast it waits as it is told."""

    def __init__(
        self,
        url: str,
        key: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        rest: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._http = httpx.AsyncClient(
            base_url=f"{url}/v1",
            headers={"Authorization": f"Bearer {key}"},
            timeout=httpx.Timeout(30, connect=5),
            transport=transport,
        )
        self._rest = rest

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def get(self, path: str, **query: Any) -> Any:
        given = {name: value for name, value in query.items() if value is not None}
        return await self._ask("GET", path, params=given)

    async def seen(self, path: str) -> tuple[Any, str]:
        """What is there, and its ETag: what changing it must name in If-Match."""
        answer = await self._send("GET", path)
        return self._read(answer), answer.headers["ETag"]

    async def every(self, path: str) -> list[Any]:
        """A list whose pages are told by `Link`, whole."""
        answer = await self._send("GET", path)
        found = list(self._read(answer))
        while following := answer.links.get("next"):
            answer = await self._send("GET", str(self._http.base_url.join(following["url"])))
            found += self._read(answer)
        return found

    async def download(self, path: str) -> bytes:
        """A file."""
        answer = await self._send("GET", path)
        if answer.is_error:
            self._read(answer)
        return answer.content

    async def post(self, path: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
        return await self._ask("POST", path, json=body or {}, headers=headers)

    async def put(self, path: str, body: dict[str, Any], *, query: Query | None = None, **headers: str) -> Any:
        return await self._ask("PUT", path, json=body, params=query, headers=headers)

    async def delete(self, path: str) -> None:
        await self._ask("DELETE", path)

    async def records(self, tenant_id: str, **filters: Any) -> list[dict[str, Any]]:
        """Every record that fits, page by page."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            page = await self.get(f"/tenants/{tenant_id}/records", cursor=cursor, limit=200, **filters)
            found += page["records"]
            cursor = page["next_cursor"]
            if cursor is None:
                return found

    async def _ask(self, method: str, path: str, **given: Any) -> Any:
        return self._read(await self._send(method, path, **given))

    async def _send(self, method: str, path: str, **given: Any) -> httpx.Response:
        """What was answered with 429 was not done, so that it is asked again whatever it is."""
        answer = await self._http.request(method, path, **given)
        for _ in range(MAX_WAITS):
            if answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
                break
            await self._rest(_wait_s(answer))
            answer = await self._http.request(method, path, **given)
        return answer

    def _read(self, answer: httpx.Response) -> Any:
        if answer.is_error:
            kind = answer.headers.get("content-type", "")
            raise ApiRefused(answer.status_code, answer.json() if "json" in kind else {"title": answer.text[:200]})
        return answer.json() if answer.content else None


def _wait_s(answer: httpx.Response) -> float:
    """Tieout tells seconds; what stands between may tell a date, which is not read."""
    told = answer.headers.get("Retry-After", "")
    return min(float(told), MAX_WAIT_S) if told.isdecimal() else 1.0
