"""The same classification on real sockets: refused, cut off before and after, slow, and endless."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from tieout_providers.call import Answer, Call
from tieout_providers.errors import NotSent, OutcomeUnknown, Unavailable
from tieout_providers.http import exchange, open_http
from tieout_providers.xero.errors import XERO

pytestmark = pytest.mark.http

READ, WRITE = Call.get("/x"), Call("PUT", "/x", body=b'{"a":1}')
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Server:
    """A bare TCP server that counts the requests it was sent."""

    def __init__(self, talk: Talk) -> None:
        self.requests = 0
        self._talk = talk

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.requests += 1
                length = next(
                    (line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0"
                )
                await reader.readexactly(int(length.partition(b":")[2]))
                await self._talk(reader, writer)
                if writer.is_closing():
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def serving(talk: Talk) -> AsyncIterator[tuple[str, Server]]:
    counted = Server(talk)
    server = await asyncio.start_server(counted.handle, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", counted
    finally:
        server.close()
        await server.wait_closed()


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with open_http() as client:
        yield client


async def ask(http: httpx.AsyncClient, url: str, call: Call, timeout_s: float = 5.0) -> Answer:
    return await exchange(http, XERO, url, call, {}, timeout_s=timeout_s)


async def close_at_once(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def test_a_refused_connection_sent_nothing(http: httpx.AsyncClient) -> None:
    async with serving(close_at_once) as (url, _):
        pass
    with pytest.raises(NotSent):
        await ask(http, url, WRITE)


async def test_an_unknown_host_sent_nothing(http: httpx.AsyncClient) -> None:
    with pytest.raises(NotSent):
        await ask(http, "http://tieout.invalid", WRITE)


async def test_a_connection_cut_after_the_request_is_unknown_and_was_sent_once_I6(http: httpx.AsyncClient) -> None:
    async with serving(close_at_once) as (url, server):
        with pytest.raises(OutcomeUnknown):
            await ask(http, url, WRITE)
        assert server.requests == 1
        with pytest.raises(Unavailable):
            await ask(http, url, READ)
        assert server.requests == 2


async def test_a_connection_cut_within_the_answer_is_unknown_I6(http: httpx.AsyncClient) -> None:
    async def half(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
        await writer.drain()
        writer.close()

    async with serving(half) as (url, server):
        with pytest.raises(OutcomeUnknown):
            await ask(http, url, WRITE)
        assert server.requests == 1


async def test_a_silent_server_is_left_in_time(http: httpx.AsyncClient) -> None:
    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read(1)

    async with serving(silent) as (url, _):
        started = asyncio.get_running_loop().time()
        with pytest.raises(OutcomeUnknown, match=r"within 0\.2 s"):
            await ask(http, url, WRITE, timeout_s=0.2)
        assert asyncio.get_running_loop().time() - started < 2


async def test_an_answer_that_begins_and_never_ends_is_left_in_time(http: httpx.AsyncClient) -> None:
    async def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1000)
        await reader.read(1)

    async with serving(begin) as (url, _):
        with pytest.raises(Unavailable):
            await ask(http, url, READ, timeout_s=0.2)


async def test_a_kept_connection_that_the_server_closed_is_not_used_for_a_write(http: httpx.AsyncClient) -> None:
    async def once(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async with serving(once) as (url, server):
        for expected in range(1, 4):
            assert (await ask(http, url, WRITE)).status == 200
            assert server.requests == expected
