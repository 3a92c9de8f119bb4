"""Where the writer is put together: the only place that knows the concrete parts."""

from tieout_chassis.clock import SystemClock
from tieout_chassis.frame import Frame
from tieout_chassis.service import Service
from tieout_posting.writer.process import writer_of
from tieout_providers.http import open_http
from tieout_xero_writer.config import Config
from tieout_xero_writer.handlers import handlers
from tieout_xero_writer.migrations import MIGRATIONS
from tieout_xero_writer.settings import XeroWriterSettings
from tieout_xero_writer.xero.ledger import XeroBooks


def build(settings: XeroWriterSettings) -> Service:
    """The service, ready to run."""
    frame = Frame(settings, MIGRATIONS)
    return assemble(frame, settings, frame.config)


def assemble(frame: Frame, settings: XeroWriterSettings, config: Config) -> Service:
    """The service on a given source of settings and tokens."""
    http = open_http(max_connections=settings.organisations_at_once)
    frame.closing(http.aclose)
    ledger = XeroBooks(config.xero, http, SystemClock(), timeout_s=settings.ledger_timeout_s)
    return writer_of(frame, settings, config, ledger, handlers)
