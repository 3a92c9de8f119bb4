"""A loop that serves HTTP until it is told to stop; requests in hand are finished."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from tieout_chassis.loops import Loop, pause

LOOK_S = 0.1
SHUTDOWN_TIMEOUT_S = 5
BACKLOG = 256


class HttpServer(Loop):
    """One ASGI application on one address; port 0 takes a free one. `listening` is set once it answers, and `url` says
    where. It stops last, so that others are still answered while they drain."""

    runs_last = True

    def __init__(self, name: str, app: Any, host: str, port: int) -> None:
        super().__init__(name)
        self.listening = asyncio.Event()
        self.url = ""
        self._host = host
        self._port = port
        self._config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=SHUTDOWN_TIMEOUT_S,
            server_header=False,
        )

    async def run(self, stop: asyncio.Event) -> None:
        """`OSError` when the address cannot be had. (uvicorn itself would end the process then.)"""
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        with socket.create_server((self._host, self._port), family=family, backlog=BACKLOG) as listener:
            # asyncio sets this only where a socket names its protocol, which `create_server` does not: an answer's body
            # would wait 40 ms for its headers to be acknowledged. Connections take it over from the listener.
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._port = listener.getsockname()[1]
            host = f"[{self._host}]" if family == socket.AF_INET6 else self._host
            self.url = f"http://{host}:{self._port}"
            server = _Server(self._config)
            serving = asyncio.create_task(server.serve(sockets=[listener]), name=self.name)
            try:
                while not stop.is_set() and not serving.done():
                    self.beat()
                    if server.started:
                        self.listening.set()
                    await pause(stop, LOOK_S)
            finally:
                self.listening.clear()
                server.should_exit = True
                await serving


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: the service drains, not the server."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
