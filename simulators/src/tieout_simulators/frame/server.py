"""Running a simulator: as a process of its own, or in a thread beside a test."""

import argparse
import contextlib
import json
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import uvicorn

from tieout_simulators.frame import exact_json
from tieout_simulators.frame.gateway import Gateway

STARTUP_TIMEOUT_S = 10.0


class _AnnouncingServer(uvicorn.Server):
    """Calls back once it answers."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()


def add_server_arguments(parser: argparse.ArgumentParser) -> None:
    """``--host --port --data --latency-ms``, the same for every simulator."""
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--data", type=Path, help="JSON file to load, as POST /_sim/load takes it")
    parser.add_argument("--latency-ms", type=float, default=0, help="added to each provider call")


def serve_until_stopped(gateway: Gateway, host: str, port: int, data: Path | None) -> None:
    """Load ``data``, listen, print one JSON line to stdout when ready, and serve until SIGTERM or SIGINT.

    Raises ``OSError`` when the port is taken and ``ValueError`` when the data file is wrong.
    """
    if data is not None:
        gateway.simulator.load(exact_json.loads(data.read_bytes()))
    listening = _listen(host, port)

    def announce() -> None:
        line = {"simulator": gateway.simulator.name, "listening": _url(listening)}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()

    _server(gateway, announce).run(sockets=[listening])


@contextlib.contextmanager
def serving_in_thread(gateway: Gateway) -> Iterator[str]:
    """Serve on a free loopback port for the length of the block; yields the base URL."""
    listening = _listen("127.0.0.1", 0)
    ready = threading.Event()
    server = _server(gateway, ready.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    url = _url(listening)
    thread.start()
    try:
        if not ready.wait(STARTUP_TIMEOUT_S):
            msg = f"the {gateway.simulator.name} simulator did not start within {STARTUP_TIMEOUT_S} s"
            raise TimeoutError(msg)
        yield url
    finally:
        server.should_exit = True
        thread.join(STARTUP_TIMEOUT_S)
        listening.close()


def _listen(host: str, port: int) -> socket.socket:
    # asyncio sets TCP_NODELAY only on sockets that name their protocol; without it each answer waits 40 ms for an ACK.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError:
        listening.close()
        raise
    return listening


def _url(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://{host}:{port}"


def _server(gateway: Gateway, on_ready: Callable[[], None]) -> _AnnouncingServer:
    config = uvicorn.Config(
        gateway,
        http=gateway.connections.protocol(),
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=0,
    )
    return _AnnouncingServer(config, on_ready)
