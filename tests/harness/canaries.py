"""Marked values that must not lie anywhere in clear, and where else than in the database one looks for them."""

import base64
import io
import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote, quote_plus
from zipfile import ZipFile, is_zipfile

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


def forms(text: str) -> tuple[str, ...]:
    """A mark as it may lie somewhere and still be in clear for whoever looks: as it is, in JSON once and twice, in a
    URL, in hex, and within something in base64, wherever in it the mark begins."""
    once = [json.dumps(text, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False)]
    twice = [json.dumps(each)[1:-1] for each in once]
    in_url = [quote(text, safe=""), quote(text), quote_plus(text)]
    plain = [text, *once, *twice, *in_url, *(each.lower() for each in in_url if each != text)]
    as_bytes = [each.encode().decode("latin-1") for each in plain]
    return tuple(dict.fromkeys([*plain, *as_bytes, text.encode().hex(), *_in_base64(text.encode())]))


def as_text(part: bytes | str | None) -> str:
    """Bytes as a text in which each is one character: quick to look through."""
    return part.decode("latin-1") if isinstance(part, bytes) else part or ""


def _in_base64(raw: bytes) -> Iterable[str]:
    """Those characters that depend on nothing but the mark, for each of the three places where it may begin."""
    for before in range(3):
        whole = base64.b64encode(bytes(before) + raw).decode()
        begins, ends = -(-before * 8 // 6), (before + len(raw)) * 8 // 6
        yield whole[begins:ends]
        yield whole[begins:ends].translate(str.maketrans("+/", "-_"))


def marks_in(text: str, marks: Iterable[str]) -> list[str]:
    """Which marks stand in a text, in any of their forms."""
    return [each for each in marks if any(form in text for form in forms(each))]


@dataclass
class Traces:
    """What an installation exported to its collector of traces."""

    url: str
    bodies: list[bytes] = field(default_factory=list)

    def holding(self, marks: Iterable[str]) -> list[str]:
        return marks_in("\n".join(as_text(body) for body in self.bodies), marks)


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
    """Every GET of the REST API whose path's parts are `known`, by its address; the description itself included, and
    what is inside of archives."""
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30) as http:
        described = await http.get("/openapi.json")
        found = {"/openapi.json": described.text}
        for path, operations in described.json()["paths"].items():
            parts = {part.split("}")[0] for part in path.split("{")[1:]}
            if "get" in operations and parts <= known.keys():
                answer = await http.get(path.format(**known))
                found[path] = unpacked(answer.content) if is_zipfile(io.BytesIO(answer.content)) else answer.text
    return found


def unpacked(archive: bytes) -> str:
    """All that is inside of a ZIP archive, with the names of its files."""
    with ZipFile(io.BytesIO(archive)) as opened:
        return "\n".join(f"{name}\n{as_text(opened.read(name))}" for name in opened.namelist())
