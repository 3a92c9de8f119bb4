"""A service's parts, made from its settings: what an `app.build` begins with.

def build(settings: Settings) -> Service:
    frame = Frame(settings, MIGRATIONS)
    subscriber = frame.subscriber({PostingSettled: handlers.on_settled})
    return frame.service([subscriber, worker_loop("batching", ...)])
"""

import os
import socket
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import cached_property
from secrets import token_hex

from sqlalchemy import MetaData, text

from tieout_chassis.budgets import Budgets
from tieout_chassis.bus import Transport
from tieout_chassis.bus.postgres import PostgresTransport
from tieout_chassis.config_client import ConfigClient
from tieout_chassis.database import Database
from tieout_chassis.dead_letters import DeadLetters
from tieout_chassis.forgetting import Forgetting
from tieout_chassis.handling import Handler
from tieout_chassis.health import health_app
from tieout_chassis.housekeeping import Housekeeping
from tieout_chassis.http_server import HttpServer
from tieout_chassis.leases import Leases
from tieout_chassis.loops import Loop, worker_loop
from tieout_chassis.migrations import ServiceMigrations
from tieout_chassis.operations import bearer_of, operations_router
from tieout_chassis.relay import Relay
from tieout_chassis.sealing import Sealer
from tieout_chassis.service import Service
from tieout_chassis.settings import ServiceSettings
from tieout_chassis.subscriber import Subscriber
from tieout_chassis.support import support_router
from tieout_chassis.tenant_keys import TenantSealer
from tieout_contracts.events import TOPICS, Event
from tieout_contracts.keys import TenantKeys

HOUSEKEEPING_EVERY_S = 30.0
MEMBER_LEASE_MAX_S = 10.0


class Frame:
    """`database`, `transport`, `leases`, `budgets`, `sealer`, `config` of one service; `holder` names this copy."""

    def __init__(
        self, settings: ServiceSettings, migrations: ServiceMigrations, *, sealer: Sealer | None = None
    ) -> None:
        """`sealer`: config-api's own; every other service has its tenants' keys from there."""
        self.settings = settings
        self.migrations = migrations
        self.name = migrations.service
        self.holder = f"{socket.gethostname()}-{os.getpid()}-{token_hex(4)}"
        self.sealer = sealer or self._sealer_of(settings)
        self.database = Database(
            settings.database_url, self.name, pool_size=settings.database_pool_size, sealer=self.sealer
        )
        self.transport: Transport = transport_of(settings, self.database)
        self.leases = Leases(self.database)
        self.budgets = Budgets(self.database)
        self._subscribers: list[Subscriber] = []
        self._forgetting: Forgetting | None = None
        self._closing: list[Callable[[], Awaitable[None]]] = [self.transport.close]

    @cached_property
    def config(self) -> ConfigClient:
        """Made at the first use: config-api itself needs none."""
        client = ConfigClient.from_key_file(self.settings.config_api_url, self.settings.service_key_file)
        self._closing.append(client.close)
        return client

    def forgets(
        self, metadata: MetaData, *, hanging: Mapping[str, str] | None = None, kept: Collection[str] = ()
    ) -> None:
        """Deleted tenants leave the tables of `metadata`, and those `hanging` on them; see `Forgetting`."""
        if isinstance(self.sealer, TenantSealer):
            sealer = self.sealer
            self._forgetting = Forgetting(self.database, lambda: sealer.deleted, metadata, hanging=hanging, kept=kept)

    def closing(self, close: Callable[[], Awaitable[None]]) -> None:
        """Something to close when the service has stopped, before the database."""
        self._closing.append(close)

    def subscriber(self, handlers: Mapping[type[Event], Handler], *, group: str | None = None) -> Subscriber:
        """The group is the service's name, unless it has several."""
        settings = self.settings
        subscriber = Subscriber(
            self.database,
            self.transport,
            group or self.name,
            handlers,
            max_poll=settings.max_poll,
            max_deliveries=settings.max_deliveries,
            poll_wait_s=settings.poll_wait_s,
        )
        self._subscribers.append(subscriber)
        return subscriber

    def service(self, loops: Sequence[Loop], *, first: Sequence[Callable[[], Awaitable[None]]] = ()) -> Service:
        """The service of these loops, with its relay, housekeeping and health page. `first`: what must hold before
        any of them starts; each raises `CannotStart` where it does not."""
        keys = [self.sealer.loop(self.settings.keys_refresh_s)] if isinstance(self.sealer, TenantSealer) else []
        if self._forgetting is not None:
            every_s = self.settings.keys_refresh_s
            keys.append(worker_loop("deleted tenants", self._forgetting.step, idle_wait_s=every_s))
        every = [*loops, *keys, self._relay_loop(), self._housekeeping_loop()]
        service = Service(
            self.name,
            self.settings,
            self.database,
            every,
            migrations=self.migrations,
            first=first,
            checks=[self._database_answers, self.transport.check],
            closing=self._closing,
        )
        if self.settings.http_port is not None:
            service.loops.append(self._health_server(service))
        return service

    def _sealer_of(self, settings: ServiceSettings) -> Sealer:
        before = Sealer.from_file(settings.sealing_key_file) if settings.sealing_key_file else None
        if settings.service_key_file is not None:
            return TenantSealer(self._tenant_keys, before=before)
        assert before is not None, "the settings see to it"
        return before

    async def _tenant_keys(self) -> TenantKeys:
        return await self.config.tenant_keys()

    def _relay_loop(self) -> Loop:
        relay = Relay(
            self.database,
            self.transport,
            self.leases,
            holder=self.holder,
            batch=self.settings.relay_batch,
            lease_s=min(self.settings.lease_s, MEMBER_LEASE_MAX_S),
        )

        async def start() -> None:
            await self.transport.ensure_topics(TOPICS)
            await relay.start()

        return worker_loop(
            "relay",
            relay.step,
            idle_wait_s=self.settings.poll_wait_s,
            wake=lambda: self.database.wakes.subscribe(*relay.channels),
            start=start,
            close=relay.close,
            runs_last=True,
            runs_dry=True,
        )

    def _housekeeping_loop(self) -> Loop:
        keeping = Housekeeping(
            self.database,
            self.transport,
            inbox_retention_days=self.settings.inbox_retention_days,
            outbox_retention_hours=self.settings.outbox_retention_hours,
            dead_letter_retention_days=self.settings.dead_letter_retention_days,
        )
        return worker_loop("housekeeping", keeping.step, idle_wait_s=HOUSEKEEPING_EVERY_S)

    def _health_server(self, service: Service) -> HttpServer:
        app = health_app(service.not_live, service.not_ready)
        if self.settings.service_key_file is not None:
            key = self.settings.service_key_file.read_text().strip()
            app.include_router(operations_router(DeadLetters(self.database), self._subscribers, key))
            app.include_router(
                support_router(
                    self.name, self.settings, self.database, service.not_live, service.not_ready, bearer_of(key)
                )
            )
        assert self.settings.http_port is not None
        return HttpServer("health", app, self.settings.http_host, self.settings.http_port)

    async def _database_answers(self) -> None:
        async with self.database.reading() as connection:
            await connection.execute(text("SELECT 1"))


def transport_of(settings: ServiceSettings, database: Database) -> Transport:
    if settings.bus == "kafka":
        from tieout_chassis.bus.kafka import KafkaTransport  # noqa: PLC0415  (the single node never loads it)

        return KafkaTransport.from_settings(settings)
    return PostgresTransport(
        database,
        topic_prefix=settings.topic_prefix,
        retention_hours=settings.bus_retention_hours,
        member_lease_s=min(settings.lease_s, MEMBER_LEASE_MAX_S),
        poll_wait_s=settings.poll_wait_s,
    )
