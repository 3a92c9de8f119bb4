"""Where the writer is put together: the only place that knows the concrete parts."""

import asyncio

import httpx

from tieout_chassis.clock import SystemClock
from tieout_chassis.frame import Frame
from tieout_chassis.loops import worker_loop
from tieout_chassis.service import Service
from tieout_posting.desk import Desk
from tieout_posting.engine import Engine
from tieout_providers.http import open_http
from tieout_qbo_writer.companies import Companies
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
    engine = engine_of(frame, settings, config, http)
    companies, changed = Companies(config, engine), asyncio.Event()
    at_work = [
        worker_loop(
            f"organisations {number}",
            engine.serve,
            idle_wait_s=settings.poll_wait_s,
            wake=lambda: frame.database.wakes.subscribe(engine.channel),
        )
        for number in range(1, settings.organisations_at_once + 1)
    ]
    return frame.service(
        [
            frame.subscriber(handlers(engine, config, changed)),
            worker_loop("companies", companies.step, idle_wait_s=settings.companies_every_s, wake=changed),
            *at_work,
            worker_loop("announcer", engine.announce, idle_wait_s=settings.announcer_idle_s),
            worker_loop("sweep", engine.sweep, idle_wait_s=settings.sweep_every_s),
        ]
    )


def engine_of(frame: Frame, settings: QboWriterSettings, config: Config, http: httpx.AsyncClient) -> Engine:
    """The posting engine with QuickBooks Online as its ledger."""
    ledger = QboBooks(config, http, SystemClock(), timeout_s=settings.ledger_timeout_s)
    desk = Desk(frame.database, frame.leases, frame.sealer, ledger, settings.options(), frame.holder)
    return Engine(desk, frame.budgets)
