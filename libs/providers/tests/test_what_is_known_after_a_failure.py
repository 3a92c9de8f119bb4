"""Every failure of the network is told apart by what is known afterwards: nothing sent, unknown, or nothing changed."""

import asyncio

import httpx
import pytest

from tieout_providers import http as http_module
from tieout_providers.call import Answer, Call
from tieout_providers.errors import NotSent, OutcomeUnknown, Unavailable, Unreadable, Unsendable
from tieout_providers.http import checked_base_url, exchange, open_http, retry_after_s, sample_of
from tieout_providers.testing import PretendedNetwork
from tieout_providers.xero.errors import XERO

BASE = "https://api.xero.com"
READ, WRITE = Call.get("/x"), Call("PUT", "/x", body=b"{}")


async def send(network: PretendedNetwork, call: Call) -> Answer:
    return await exchange(network.http, XERO, BASE, call, {"Authorization": "Bearer t"}, timeout_s=5.0)


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError])
@pytest.mark.parametrize("call", [READ, WRITE], ids=["read", "write"])
async def test_without_a_connection_nothing_was_sent(
    network: PretendedNetwork, error: type[Exception], call: Call
) -> None:
    network.fail(error("no route"))
    with pytest.raises(NotSent, match="nothing was sent") as caught:
        await send(network, call)
    assert caught.value.code == "xero.not_sent"
    assert not caught.value.may_have_happened


LOST = [
    httpx.ReadTimeout("slow"),
    httpx.WriteTimeout("slow"),
    httpx.ReadError("reset"),
    httpx.WriteError("reset"),
    httpx.CloseError("reset"),
    httpx.RemoteProtocolError("Server disconnected without sending a response."),
    httpx.LocalProtocolError("half a request"),
    httpx.DecodingError("bad gzip"),
]


@pytest.mark.parametrize("error", LOST, ids=lambda error: type(error).__name__)
async def test_a_write_whose_answer_was_lost_is_unknown_not_failed_I6(
    network: PretendedNetwork, error: Exception
) -> None:
    network.fail(error)
    with pytest.raises(OutcomeUnknown) as caught:
        await send(network, WRITE)
    assert caught.value.may_have_happened
    assert caught.value.code == "xero.outcome_unknown"
    assert "may have been made" in str(caught.value)


@pytest.mark.parametrize("error", LOST, ids=lambda error: type(error).__name__)
async def test_a_read_whose_answer_was_lost_changed_nothing(network: PretendedNetwork, error: Exception) -> None:
    network.fail(error)
    with pytest.raises(Unavailable) as caught:
        await send(network, READ)
    assert caught.value.timed_out
    assert not caught.value.may_have_happened


async def test_a_post_that_only_computes_counts_as_a_read(network: PretendedNetwork) -> None:
    network.fail(httpx.ReadTimeout("slow"))
    with pytest.raises(Unavailable):
        await send(network, Call("POST", "/finance/accounting/export", changes=False))


async def test_the_whole_call_is_bounded_in_time(network: PretendedNetwork) -> None:
    never = asyncio.Event()

    class Silent(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await never.wait()
            return httpx.Response(200)

    async with httpx.AsyncClient(transport=Silent()) as silent:
        with pytest.raises(OutcomeUnknown, match=r"within 0\.01 s"):
            await exchange(silent, XERO, BASE, WRITE, {}, timeout_s=0.01)


async def test_an_answer_without_end_is_cut_off(network: PretendedNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_module, "MAX_ANSWER_BYTES", 10)
    network.answer(content=b"x" * 11)
    with pytest.raises(Unreadable, match="more than"):
        await send(network, READ)
    with pytest.raises(OutcomeUnknown):
        await send(network, WRITE)


async def test_a_redirect_is_not_followed_so_that_no_credentials_leave(network: PretendedNetwork) -> None:
    network.answer(302, headers={"Location": "https://elsewhere.example/"})
    assert (await send(network, READ)).status == 302
    assert len(network.requests) == 1


async def test_one_call_is_one_request_whatever_comes_back(network: PretendedNetwork) -> None:
    network.answer(503, headers={"Retry-After": "1"})
    await send(network, WRITE)
    assert len(network.requests) == 1


async def test_the_bytes_and_the_key_go_out_as_stored(network: PretendedNetwork) -> None:
    network.answer(200, headers={"Set-Cookie": "s=1", "X-DayLimit-Remaining": "7"}, content=b"{}")
    target = "/api.xro/2.0/Items?where=Code%3D%3D%22a%2Ab%22&x=(1,2)"
    answer = await send(network, Call("PUT", target, (("Accept", "application/json"),), b'{"a":1.10}', "key-1"))
    sent = network.last
    assert sent.url.raw_path.decode() == target
    assert sent.content == b'{"a":1.10}'
    assert sent.headers["Idempotency-Key"] == "key-1"
    assert sent.headers["Authorization"] == "Bearer t"
    assert answer.headers["x-daylimit-remaining"] == "7"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "address",
    [
        "https://api.xero.com",
        "https://cw.example.com:8443/",
        "http://127.0.0.1:4711",
        "http://localhost:1",
        "http://[::1]:1",
    ],
)
def test_https_and_loopback_addresses_are_accepted_F3(address: str) -> None:
    assert checked_base_url(XERO, address, "base_url_bad") == address.rstrip("/")


@pytest.mark.parametrize(
    "address",
    [
        "http://api.xero.com",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "ftp://127.0.0.1",
        "api.xero.com",
        "https://",
        "https://user:hunter2@api.xero.com",
        "http://10.0.0.1",
        "https://a b",
        "https://[",
        "https://api.xero.com\n",
        "https://api.xero.com?x=1",
    ],
)
def test_any_other_address_is_refused_when_it_is_configured_F3(address: str) -> None:
    with pytest.raises(Unsendable) as refused:
        checked_base_url(XERO, address, "base_url_bad")
    assert refused.value.code == "xero.base_url_bad"
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "73451"}, 73451.0),
        ({"retry-after": " 30 "}, 30.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "9" * 30}, 604800.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:30 GMT", "date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 30.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:27:00 GMT", "date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 0.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:30 GMT"}, None),
        ({"retry-after": "soon", "date": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
    ],
)
def test_retry_after_is_read_in_both_forms(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_s(Answer(429, headers, b"")) == seconds


def test_a_sample_is_one_short_line() -> None:
    assert sample_of(Answer(502, {}, b"<html>\n <b>Bad\xff Gateway</b>" + b"x" * 9999)).startswith(
        "<html> <b>Bad\ufffd Gate"
    )
    assert len(sample_of(Answer(502, {}, b"x" * 9999))) == 300


async def test_the_shared_client_follows_nothing_and_spares_loopback_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    async with open_http() as client:
        assert not client.follow_redirects
        direct = client._transport
        for address in ("http://127.0.0.1:1/", "http://localhost:1/", "http://[::1]:1/"):
            assert client._transport_for_url(httpx.URL(address)) is direct
        assert client._transport_for_url(httpx.URL(BASE)) is not direct
