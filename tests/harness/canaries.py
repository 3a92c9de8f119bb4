"""Marked values that must not lie anywhere in clear, and where else than in the database one looks for them."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from tieout_simulators.month import Month


def mark(month: Month, marks: Mapping[str, str]) -> None:
    """Each text of the month by its mark, wherever the providers have it and the author expects it."""
    for place in (month.connectwise, month.xero, month.expected):
        place.update(_marked(place, marks))


def _marked(value: Any, marks: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        for text, mark_ in marks.items():
            value = value.replace(text, mark_)
        return value
    if isinstance(value, dict):
        return {name: _marked(each, marks) for name, each in value.items()}
    if isinstance(value, list):
        return [_marked(each, marks) for each in value]
    return value


@dataclass
class Traces:
    """What an installation exported to its collector of traces."""

    url: str
    bodies: list[bytes] = field(default_factory=list)

    def holding(self, text: str) -> bool:
        return any(text.encode() in body for body in self.bodies)


@contextmanager
def collecting_traces() -> Iterator[Traces]:
    """A collector that takes everything (OTLP over HTTP) and keeps it, unpacked."""
    traces = Traces("")

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            traces.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing is told."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    traces.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, name="collector of traces")
    thread.start()
    try:
        yield traces
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def every_answer(url: str, headers: Mapping[str, str], **known: str) -> dict[str, str]:
    """Every GET of the REST API whose path's parts are `known`, by its address; the description itself included."""
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30) as http:
        described = await http.get("/openapi.json")
        found = {"/openapi.json": described.text}
        for path, operations in described.json()["paths"].items():
            parts = {part.split("}")[0] for part in path.split("{")[1:]}
            if "get" in operations and parts <= known.keys():
                found[path] = (await http.get(path.format(**known))).text
    return found
