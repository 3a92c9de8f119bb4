import httpx
import pytest

from tieout_standalone.client import MAX_WAITS, ApiClient, ApiRefused

REFUSED = {"title": "You ask faster than the limit allows."}


async def test_asked_too_fast_the_client_waits_as_it_is_told_and_asks_again() -> None:
    answers = [
        httpx.Response(429, json=REFUSED, headers={"Retry-After": each}) for each in ("2", "600", "Sun, 22 Nov 2026")
    ]
    answers.append(httpx.Response(201, json={"run_id": "1"}))
    rested = []

    async def rest(seconds: float) -> None:
        rested.append(seconds)

    api = ApiClient("http://x", "key", transport=httpx.MockTransport(lambda _: answers.pop(0)), rest=rest)
    assert await api.post("/tenants/acme/runs", {}) == {"run_id": "1"}
    assert rested == [2.0, 30.0, 1.0]


async def test_it_gives_up_after_so_many_waits_and_says_what_it_was_told() -> None:
    asked = 0

    def answer(_: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        return httpx.Response(429, json=REFUSED, headers={"content-type": "application/problem+json"})

    async def rest(_: float) -> None: ...

    api = ApiClient("http://x", "key", transport=httpx.MockTransport(answer), rest=rest)
    with pytest.raises(ApiRefused, match="faster than the limit"):
        await api.get("/tenants")
    assert asked == MAX_WAITS + 1


async def test_a_list_of_many_pages_is_read_whole() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.params.get("cursor"):
            return httpx.Response(200, json=["c"])
        return httpx.Response(200, json=["a", "b"], headers={"Link": '</v1/tenants?cursor=b>; rel="next"'})

    api = ApiClient("http://x", "key", transport=httpx.MockTransport(answer))
    assert await api.every("/tenants") == ["a", "b", "c"]
