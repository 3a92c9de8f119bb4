import asyncio
import socket
from typing import Any

import httpx
import pytest

from tieout_chassis.http_server import HttpServer

pytestmark = pytest.mark.http


async def test_an_answers_body_never_waits_for_its_headers_to_be_acknowledged() -> None:
    """uvicorn sends them one after the other, and without this the kernel holds the second back for 40 ms."""
    found: list[int] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        connection = receive.__self__.transport.get_extra_info("socket")
        found.append(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"here"})

    server, stop = HttpServer("port", app, "127.0.0.1", 0), asyncio.Event()
    running = asyncio.create_task(server.run(stop))
    await asyncio.wait_for(server.listening.wait(), 30)
    async with httpx.AsyncClient(base_url=server.url) as http:
        assert (await http.get("/")).text == "here"
    stop.set()
    await running
    assert found == [1]
