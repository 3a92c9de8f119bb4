import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from unittest.mock import patch

import pytest
import structlog
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tieout_chassis.telemetry import (
    RECENT,
    RECENT_LINES,
    WithoutAddresses,
    configure_logging,
    configure_tracing,
    current_traceparent,
    start_span,
)
from tieout_chassis.testing import pytest_configure

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture(autouse=True)
def configured_back() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    pytest_configure()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(autouse=True, scope="module")
def tracing() -> None:
    configure_tracing("test", None)


def logged(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    line: dict[str, object] = json.loads(capsys.readouterr().err.splitlines()[-1])
    return line


def test_a_log_line_is_json_with_level_and_time_in_utc(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "json")
    structlog.get_logger().info("posted", number="INV-1")
    line = logged(capsys)
    assert (line["event"], line["level"], line["number"]) == ("posted", "info", "INV-1")
    assert str(line["timestamp"]).endswith("Z")


@pytest.mark.parametrize("name", ["password", "access_token", "Authorization", "client_secret", "private_key", "body"])
def test_secrets_and_bodies_are_not_logged_I8(capsys: pytest.CaptureFixture[str], name: str) -> None:
    configure_logging("info", "json")
    structlog.get_logger().info("x", **{name: "geheim"})
    assert logged(capsys)[name] == "<redacted>"


def test_bytes_are_never_logged_I8(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "json")
    structlog.get_logger().info("x", anything=b"geheim")
    assert logged(capsys)["anything"] == "<6 bytes>"


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_stack_trace_shows_code_and_no_values_I8(capsys: pytest.CaptureFixture[str], log_format: str) -> None:
    configure_logging("info", log_format)  # type: ignore[arg-type]

    def failing(total: str) -> None:
        raise RuntimeError("broken")

    try:
        failing("geheim")
    except RuntimeError:
        structlog.get_logger().exception("failed")
    shown = capsys.readouterr().err
    assert "RuntimeError: broken" in shown
    assert "geheim" not in shown.replace('failing("geheim")', "").replace('failing(\\"geheim\\")', "")


def test_the_standard_library_s_loggers_go_the_same_way_and_below_the_level_nothing_does(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("warning", "json")
    structlog.get_logger().info("too quiet")
    logging.getLogger("something").warning("heard")
    assert logged(capsys)["event"] == "heard"


def test_a_span_continues_the_trace_it_is_given_and_log_lines_say_which(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "json")
    assert current_traceparent() is None
    with start_span("handle", PARENT) as span:
        inside = current_traceparent()
        structlog.get_logger().info("x")
        with start_span("inner"):
            inner = current_traceparent()
    assert inside is not None
    assert inner is not None
    assert inside.split("-")[1] == inner.split("-")[1] == PARENT.split("-")[1]
    assert inside != inner
    assert logged(capsys)["trace_id"] == PARENT.split("-")[1]
    assert span.get_span_context().is_valid


def test_a_broken_traceparent_begins_a_trace_of_its_own() -> None:
    with start_span("handle", "rubbish"):
        assert current_traceparent() is not None


def test_a_span_tells_no_address_and_no_words_of_an_error_I8() -> None:
    told = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(WithoutAddresses())
    provider.add_span_processor(SimpleSpanProcessor(told))
    tracer = provider.get_tracer("test")
    with patch("opentelemetry.trace.get_tracer", return_value=tracer):
        with start_span("called", **{"url.path": "/callbacks/xero/door-token", "url.query": "code=abc", "key": "c/1"}):
            pass
        with pytest.raises(ValueError, match="line text"), start_span("failed"):
            raise ValueError("cannot read the line text")
    called, failed = told.get_finished_spans()
    assert called.attributes == {"url.path": "<left out>", "url.query": "<left out>", "key": "c/1"}
    assert (failed.status.description, failed.events) == ("ValueError", ())


@pytest.mark.http
def test_spans_are_exported_where_an_endpoint_is_given() -> None:
    received = threading.Event()
    paths: list[str] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            paths.append(self.path)
            self.send_response(200)
            self.end_headers()
            received.set()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    provider = trace.get_tracer_provider()
    from tieout_chassis.telemetry import exporting_to

    processor = exporting_to(f"http://127.0.0.1:{server.server_port}/")
    provider.add_span_processor(processor)  # type: ignore[attr-defined]
    with start_span("exported"):
        pass
    processor.force_flush()
    assert received.wait(10)
    processor.shutdown()  # type: ignore[no-untyped-call]
    server.shutdown()
    server.server_close()
    assert paths == ["/v1/traces"]


def test_the_last_lines_of_the_log_are_at_hand_and_no_more_of_them_F257() -> None:
    configure_logging("warning")
    for number in range(RECENT_LINES + 1):
        structlog.get_logger("a service").warning("something happened", number=number, token="marked")
    lines = RECENT.lines()
    assert len(lines) == RECENT_LINES
    assert f'"number": {RECENT_LINES}' in lines[-1]
    assert '"number": 1,' in lines[0]
    assert "marked" not in "".join(lines)
