"""Where the writer is put together: the only place that knows the concrete parts."""

from tieout_chassis.clock import SystemClock
from tieout_chassis.frame import Frame
from tieout_chassis.service import Service
from tieout_posting.writer.process import writer_of
from tieout_providers.http import open_http
from tieout_qbo_writer.config import Config
from tieout_qbo_writer.handlers import handlers
from tieout_qbo_writer.migrations import MIGRATIONS
from tieout_qbo_writer.qbo.ledger import QboBooks
from tieout_qbo_writer.settings import QboWriterSettings


def build(settings: QboWriterSettings) -> Service:
    """The service, ready to run."""
    frame = Frame(settings, MIGRATIONS)
    return assemble(frame, settings, frame.config)


def assemble(frame: Frame, settings: QboWriterSettings, config: Config) -> Service:
    """The service on a given source of settings and tokens."""
    http = open_http(max_connections=settings.organisations_at_once)
    frame.closing(http.aclose)
    ledger = QboBooks(config.qbo, http, SystemClock(), timeout_s=settings.ledger_timeout_s)
    return writer_of(frame, settings, config, ledger, handlers)
