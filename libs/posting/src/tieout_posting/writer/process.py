"""A writer put together around its ledger."""

import asyncio
from collections.abc import Callable, Mapping

from tieout_chassis.frame import Frame
from tieout_chassis.handling import Handler
from tieout_chassis.loops import worker_loop
from tieout_chassis.service import Service
from tieout_contracts.events import Event
from tieout_posting.desk import Desk
from tieout_posting.engine import Engine
from tieout_posting.ledger import Ledger
from tieout_posting.organisations import LEASE_KIND
from tieout_posting.tables import METADATA
from tieout_posting.writer.companies import Companies
from tieout_posting.writer.config import WriterConfig
from tieout_posting.writer.settings import WriterSettings

OF_ORGANISATIONS = f"kind = '{LEASE_KIND}' AND starts_with(name, :tenant || '/')"
OF_TENANT = {
    "attempt": "call_id IN (SELECT call_id FROM call WHERE tenant_id = :tenant)",
    "lease": OF_ORGANISATIONS,
    "lease_wake": OF_ORGANISATIONS,
}
"""What hangs on a tenant without naming it in a column of its own."""
Hears = Callable[[Engine, WriterConfig, asyncio.Event], Mapping[type[Event], Handler]]


def writer_of(frame: Frame, settings: WriterSettings, config: WriterConfig, ledger: Ledger, hears: Hears) -> Service:
    """The service that posts into `ledger`, ready to run; `hears` makes its handlers."""
    desk = Desk(frame.database, frame.leases, frame.sealer, ledger, settings.options(), frame.holder)
    engine = Engine(desk, frame.budgets)
    frame.forgets(METADATA, hanging=OF_TENANT)
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
            frame.subscriber(hears(engine, config, changed)),
            worker_loop("companies", companies.step, idle_wait_s=settings.companies_every_s, wake=changed),
            *at_work,
            worker_loop("announcer", engine.announce, idle_wait_s=settings.announcer_idle_s),
            worker_loop("sweep", engine.sweep, idle_wait_s=settings.sweep_every_s),
        ]
    )
