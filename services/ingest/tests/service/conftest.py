"""ConnectWise as a process of its own, ingest on a real database, and the bus read from outside."""

import asyncio
import json
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import func, text

from tieout_chassis.bus.postgres import PostgresTransport
from tieout_chassis.call_log import CallLog
from tieout_chassis.clock import SystemClock
from tieout_chassis.database import Database
from tieout_chassis.delivery import read_delivery
from tieout_chassis.leases import Leases
from tieout_chassis.outbox import MessageContext
from tieout_chassis.relay import Relay
from tieout_chassis.sealing import Sealer
from tieout_chassis.testing import FreshDatabase, fresh_database, postgres_admin_url, sealing_key_file
from tieout_contracts.calls import LoggedCalls
from tieout_contracts.connections import ConnectWiseAccess
from tieout_contracts.events import (
    EVENT_TYPES,
    Event,
    PostingRefused,
    PostingSettled,
    RecordCaptured,
    RecordCommanded,
    RecordStaged,
    RunListed,
    RunRequested,
    SettingsChanged,
)
from tieout_contracts.posting import LedgerDocumentRef, Settlement
from tieout_contracts.problems import problem
from tieout_contracts.settings import AdjustmentSettings, Arming, CompanySettings, SettingsSnapshot
from tieout_ingest.app import work_of
from tieout_ingest.handlers import Handlers
from tieout_ingest.migrations import MIGRATIONS
from tieout_ingest.settings import IngestSettings
from tieout_ingest.sites import Sites
from tieout_ingest.slices import Slices
from tieout_ingest.store.tables import record, run
from tieout_providers import json_exact
from tieout_providers.call import Gate, OpenGate
from tieout_providers.http import open_http

__all__ = ["fresh_database", "postgres_admin_url", "sealing_key_file"]

Json = dict[str, Any]
Kind = TypeVar("Kind", bound=Event)

SERVER = {"company_id": "acme", "public_key": "pub", "private_key": "priv", "client_id": "client-guid"}
AUD = {"id": 1, "currencyCode": "AUD", "currencyIdentifier": "AUD", "numberOfDecimals": 2}
CLOSED = {"id": 13, "name": "Closed", "isClosed": True}


class Book:
    """A ConnectWise data file, filled one invoice at a time."""

    def __init__(self, export_of: Callable[..., Json]) -> None:
        self._export_of = export_of
        self.file: Json = {
            "format": "tieout-connectwise/1",
            "server": dict(SERVER),
            "entities": {
                "/company/companies": [
                    {
                        "id": 8,
                        "identifier": "FOX",
                        "name": "Angry Fox, Co.",
                        "accountNumber": "F1",
                        "phoneNumber": "02 5550 0001",
                        "billingContact": {"id": 20, "name": "Robert Storts"},
                        "defaultContact": {"id": 20, "name": "Robert Storts"},
                    }
                ],
                "/company/contacts": [
                    {
                        "id": 20,
                        "firstName": "Robert",
                        "lastName": "Storts",
                        "communicationItems": [
                            {"id": 1, "communicationType": "Email", "value": "r@fox.example", "defaultFlag": True}
                        ],
                    }
                ],
                "/finance/invoices": [],
                "/finance/taxCodes": [
                    {"id": 11, "identifier": "GST", "levelOneRate": 10, "levelOneRateType": "Percent"}
                ],
                "/procurement/products": [],
                "/system/info": {"version": "v2025.1.10333", "isCloud": False},
            },
            "gl_transactions": [],
            "gl_customers": [],
            "batches": [],
            "incoherent_on_purpose": [],
        }

    def invoice(
        self,
        record_id: int,
        *,
        location: int = 11,
        invoice_type: str = "Standard",
        on: str = "2026-10-20",
        with_gl: bool = True,
        incoherent: bool = False,
        **transaction: Any,
    ) -> "Book":
        """A closed invoice numbered 1000 + id, with its GL transaction."""
        entry = self._export_of(record_id, documentDate=f"{on}T00:00:00", **transaction)
        tax = entry.get("salesTax") or Decimal(0)
        self.file["entities"]["/finance/invoices"].append(
            {
                "id": record_id,
                "invoiceNumber": entry["documentNumber"],
                "type": invoice_type,
                "status": CLOSED,
                "company": {"id": 8, "identifier": "FOX", "name": "Angry Fox, Co."},
                "billToCompany": {"id": 8, "identifier": "FOX", "name": "Angry Fox, Co."},
                "billingSiteAddressLine1": "1 Example Street",
                "billingSiteCity": "Exampletown",
                "customerPO": f"PO-{record_id}",
                "date": f"{on}T00:00:00Z",
                "locationId": location,
                "location": {"id": location, "name": f"Location {location}"},
                "currency": AUD,
                "subtotal": (entry.get("total") or Decimal(0)) - tax,
                "salesTax": tax,
                "total": entry.get("total") or Decimal(0),
            }
        )
        if with_gl:
            self.file["gl_transactions"].append(entry)
        if incoherent:
            self.file["incoherent_on_purpose"].append(record_id)
        return self

    def invoices(self, first: int, last: int, **more: Any) -> "Book":
        for record_id in range(first, last + 1):
            self.invoice(record_id, **more)
        return self


class Psa:
    """A ConnectWise simulator in a process of its own."""

    def __init__(self, data: Mapping[str, Any], folder: Path) -> None:
        file = folder / f"connectwise-{uuid4().hex[:8]}.json"
        file.write_bytes(json_exact.dumps(dict(data)))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tieout_simulators", "connectwise", "--port", "0", "--data", str(file)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.url = str(json.loads(self._process.stdout.readline())["listening"])
        self._http = httpx.Client(base_url=self.url, timeout=20)

    def event(self, kind: str, **facts: Any) -> None:
        self._post("event", {"kind": kind, **facts})

    def fault(self, route: str, then: Json, **more: Any) -> None:
        self._post("faults", [{"route": route, "then": then, **more}])

    def mended(self) -> None:
        self._http.delete("/_sim/faults").raise_for_status()

    def load(self, data: Json) -> None:
        self._post("load", data)

    def calls(self) -> Counter[str]:
        """How often each route was called."""
        return Counter(self._http.get("/_sim/calls").raise_for_status().json()["by_route"])

    def keep_bodies(self) -> None:
        """From now on what is sent is kept."""
        self._post("calls", {"keep_bodies": True})

    def sent(self, path: str) -> list[Json]:
        """The bodies that were sent to a path, in order."""
        calls = self._http.get("/_sim/calls", params={"detail": "true"}).raise_for_status().json()
        return [json_exact.loads(each["request"]) for each in calls if each["path"].endswith(path) and each["request"]]

    def dump(self) -> Json:
        return dict(json_exact.loads(self._http.get("/_sim/dump").raise_for_status().content))

    def batches(self) -> list[str]:
        """The names of all batches."""
        return sorted(each["batchIdentifier"] for each in self.dump()["batches"])

    def batch_of(self, record_id: int) -> str | None:
        """The batch that an invoice is in."""
        invoices = self.dump()["entities"]["/finance/invoices"]
        batch = next(each for each in invoices if each["id"] == record_id).get("glBatch")
        return batch["name"] if batch else None

    def close(self) -> None:
        self._http.close()
        self._process.terminate()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _post(self, what: str, body: Any) -> None:
        answer = self._http.post(f"/_sim/{what}", content=json_exact.dumps(body))
        assert answer.status_code < 300, answer.text


class FakeConfig:
    """Settings and credentials in memory."""

    def __init__(self) -> None:
        self.snapshot_of: dict[str, SettingsSnapshot] = {}
        self.access_of: dict[str, ConnectWiseAccess] = {}

    def refresh(self) -> None:
        """Nothing is remembered here."""

    async def snapshots(self) -> Mapping[str, SettingsSnapshot]:
        return dict(self.snapshot_of)

    async def log_calls(self, calls: LoggedCalls) -> None:
        """Nobody's log is on."""

    async def connectwise(self, connection_id: str) -> ConnectWiseAccess:
        return self.access_of[connection_id]

    def company(
        self, company_id: str = "sydney", *, connection: str = "cw", locations: tuple[int, ...] = (), **more: Any
    ) -> None:
        settings = CompanySettings(
            name=company_id,
            connectwise_connection=connection,
            ledger_connection="xero",
            organisation_id="org",
            connectwise_locations=locations,
            adjustment=AdjustmentSettings(account="860"),
            **{"arming": Arming(armed=True), **more},
        )
        version = self.snapshot_of[company_id].version + 1 if company_id in self.snapshot_of else 1
        self.snapshot_of[company_id] = SettingsSnapshot(
            tenant_id="msp", company_id=company_id, version=version, settings=settings
        )

    def connection(self, site: str, connection_id: str = "cw", **more: Any) -> None:
        facts = {
            "connection_id": connection_id,
            "tenant_id": "msp",
            "site": site,
            "login_company": SERVER["company_id"],
            "public_key": SecretStr(SERVER["public_key"]),
            "private_key": SecretStr(SERVER["private_key"]),
            "client_id": SERVER["client_id"],
        }
        self.access_of[connection_id] = ConnectWiseAccess(**{**facts, **more})


class OpenGates:
    """No budget: tests of budgets bring their own."""

    def __init__(self) -> None:
        self.parked: list[tuple[str, float]] = []

    async def of(self, site: str) -> Gate:
        return OpenGate()

    async def park(self, site: str, wait_s: float) -> None:
        self.parked.append((site, wait_s))


@dataclass
class Workshop:
    """Ingest at work on one database, and everybody it talks to."""

    database: Database
    leases: Leases
    config: FakeConfig
    gates: OpenGates
    sites: Sites
    slices: Slices
    handlers: Handlers
    relay: Relay
    transport: PostgresTransport
    sealer: Sealer
    another_copy: Callable[[str], Slices]

    async def work(self) -> None:
        """Serve connections until none is due."""
        await self.sites.announce()
        while await self.slices.step():
            pass

    async def until(self, reached: Callable[[dict[int, str]], bool], *, within_s: float = 60) -> None:
        """Work until the records' states are what is waited for."""
        async with asyncio.timeout(within_s):
            while not reached(await self.states()):
                await self.work()
                await asyncio.sleep(0.01)

    async def overdue(self) -> None:
        """Time passes for everything that waits for an answer."""
        async with self.database.transaction() as tx:
            for table in (record, run):
                due = {"news_at": func.clock_timestamp()}
                await tx.execute(table.update().where(table.c.news_left > 0).values(**due))
            await tx.execute(text("UPDATE lease SET idle_until = NULL WHERE kind = 'connectwise'"))
        await self.work()

    async def bodies(self) -> int:
        """How many sealed bodies are kept."""
        async with self.database.transaction() as tx:
            return int(await tx.scalar(text("SELECT count(*) FROM capture WHERE sealed IS NOT NULL")) or 0)

    async def everything_kept(self) -> str:
        """Every row of every table of ingest, what waits for the bus included, as text."""
        async with self.database.transaction() as tx:
            found = (
                "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename <> 'alembic_version'"
            )
            tables = (await tx.scalars(text(found))).all()
            rows = [(await tx.scalars(text(f"SELECT t::text FROM {table} t"))).all() for table in tables]
        assert {"record", "capture", "run", "outbox"} <= set(tables)
        return "\n".join(str(row) for table in rows for row in table)

    async def lease_expires(self) -> None:
        """The copy that held the connections is gone."""
        async with self.database.transaction() as tx:
            await tx.execute(text("UPDATE lease SET expires_at = clock_timestamp() WHERE kind = 'connectwise'"))

    async def work_with_copies(self, copies: int, *, takeover_after_s: float | None = None) -> None:
        """The same work by several copies at once; perhaps somebody takes a connection over in its midst."""

        async def take_over() -> None:
            if takeover_after_s is not None:
                await asyncio.sleep(takeover_after_s)
                async with self.database.transaction() as tx:
                    await tx.execute(text("UPDATE lease SET token = token + 1 WHERE kind = 'connectwise'"))

        async def copy(slices: Slices) -> None:
            while await slices.step():
                pass

        every = [self.another_copy(f"copy-{number}") for number in range(copies)]
        await asyncio.gather(take_over(), *map(copy, every))
        if takeover_after_s is not None:
            await self.lease_expires()

    async def list_is_due(self) -> None:
        """The schedule's next look."""
        async with self.database.transaction() as tx:
            await tx.execute(text("UPDATE connection SET next_list_at = NULL"))
            await tx.execute(text("UPDATE lease SET idle_until = NULL WHERE kind = 'connectwise'"))
        await self.work()

    async def settings_changed(self, company_id: str = "sydney") -> None:
        version = self.config.snapshot_of[company_id].version
        await self.hear(SettingsChanged(tenant_id="msp", company_id=company_id, version=version))
        await self.work()

    async def hear(self, event: Event) -> UUID:
        """Handle an event as the subscriber would; its id."""
        context = MessageContext(event_id=uuid4(), topic=event.TOPIC, key=event.key, tenant_id=event.tenant_id)
        async with self.database.transaction() as tx:
            await self.handlers.mapping()[type(event)](tx, event, context)
        return context.event_id

    async def run(self, company_id: str = "sydney", **look: Any) -> UUID:
        """Ask for a run, and work until nothing is due."""
        run_id = await self.ask(company_id, **look)
        await self.work()
        return run_id

    async def ask(
        self, company_id: str = "sydney", *, preview: bool = False, records: Sequence[int] = (), **more: Any
    ) -> UUID:
        """Ask for a run, perhaps one that only looks, at these invoices, too."""
        run_id = uuid4()
        refs = [{"kind": "invoice", "record_id": each} for each in records]
        facts: Json = {"requested_at": datetime.now(UTC), "preview": preview, "record_refs": refs, **more}
        await self.hear(
            RunRequested.model_validate({"tenant_id": "msp", "company_id": company_id, "run_id": run_id, **facts})
        )
        return run_id

    async def command(
        self,
        record_id: int,
        action: Any,
        *,
        company_id: str = "sydney",
        kind: Any = "invoice",
        plan_hash: str | None = None,
    ) -> None:
        """A person's command, worked off."""
        ref = {"kind": kind, "record_id": record_id}
        facts = {"command_id": uuid4(), "record_ref": ref, "action": action, "person": "ann", "plan_hash": plan_hash}
        await self.hear(
            RecordCommanded.model_validate(
                {"tenant_id": "msp", "company_id": company_id, "commanded_at": datetime.now(UTC), **facts}
            )
        )
        await self.work()

    async def settle(
        self, *captured: RecordCaptured, outcome: Any = "posted", status: str = "AUTHORISED", work: bool = True
    ) -> None:
        """The writer's word on captured records."""
        for each in captured:
            document = LedgerDocumentRef(
                ledger="xero",
                organisation_id="org",
                document_kind="sales_invoice",
                document_id=str(uuid4()),
                number=each.number,
                status=status,
            )
            facts: Json = {"tenant_id": "msp", "company_id": each.company_id, "record_ref": each.record_ref}
            settlement = Settlement(
                posting_id=uuid4(),
                company_id=each.company_id,
                record=each.record_ref,
                revision=each.revision,
                outcome=outcome,
                document=document,
            )
            at = datetime.now(UTC)
            await self.hear(
                PostingSettled(
                    **facts, number=each.number, revision=each.revision, settlement=settlement, settled_at=at
                )
            )
        if work:
            await self.work()

    async def refuse(self, captured: RecordCaptured) -> None:
        """The rules' refusal of a captured record."""
        facts: Json = {"tenant_id": "msp", "company_id": captured.company_id, "record_ref": captured.record_ref}
        await self.hear(
            PostingRefused(
                **facts,
                number=captured.number,
                revision=captured.revision,
                total=captured.record.total,
                currency="AUD",
                problems=(problem("rules.account_missing", line=0, account="299"),),
                settings_version=1,
                refused_at=datetime.now(UTC),
            )
        )
        await self.work()

    async def news(self) -> "News":
        """Everything that ingest published on the bus since the last look."""
        while await self.relay.step():
            pass
        consumer = self.transport.consumer("test", ["record.captured", "record.staged"], max_poll=1000)
        found = News()
        await consumer.start()
        try:
            while messages := await consumer.poll(0.05):
                for each in messages:
                    delivery = read_delivery(
                        each.topic, each.key, each.value, each.headers, handled=EVENT_TYPES, sealer=self.sealer
                    )
                    assert delivery.event is not None, delivery.problem
                    found.events.append(delivery.event)
                    found.ids.append(delivery.event_id)
                await consumer.commit(messages)
        finally:
            await consumer.close()
        return found

    async def states(self) -> dict[int, str]:
        """The state of each record."""
        async with self.database.transaction() as tx:
            rows = (await tx.execute(record.select())).mappings().all()
        return {row["record_id"]: row["state"] for row in rows}

    async def row(self, record_id: int) -> Mapping[str, Any]:
        async with self.database.transaction() as tx:
            statement = record.select().where(record.c.record_id == record_id)
            return dict((await tx.execute(statement)).mappings().one())


class News:
    """Events read from the bus."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.ids: list[UUID] = []

    def of(self, kind: type[Kind]) -> list[Kind]:
        return [each for each in self.events if isinstance(each, kind)]

    @property
    def captured(self) -> list[RecordCaptured]:
        return self.of(RecordCaptured)

    def captured_of(self, record_id: int) -> RecordCaptured:
        (only,) = [each for each in self.captured if each.record_ref.record_id == record_id]
        return only

    @property
    def staged(self) -> list[RecordStaged]:
        return self.of(RecordStaged)

    @property
    def stages(self) -> dict[int, str]:
        """The last stage of each record."""
        return {each.record_ref.record_id: each.stage for each in self.of(RecordStaged)}

    def staged_of(self, record_id: int) -> RecordStaged:
        return [each for each in self.of(RecordStaged) if each.record_ref.record_id == record_id][-1]

    @property
    def runs(self) -> list[RunListed]:
        return self.of(RunListed)


@pytest.fixture
def book(exported_json: Callable[..., Json]) -> Book:
    return Book(exported_json)


@pytest.fixture
def psa(tmp_path: Path) -> Iterator[Callable[[Mapping[str, Any]], Psa]]:
    """Starts ConnectWise simulators."""
    started: list[Psa] = []

    def start(data: Mapping[str, Any]) -> Psa:
        started.append(Psa(data, tmp_path))
        return started[-1]

    yield start
    for each in started:
        each.close()


@pytest.fixture
def ingest_settings(sealing_key_file: Path) -> IngestSettings:
    return IngestSettings(
        database_url="postgresql://unused",
        sealing_key_file=sealing_key_file,
        batch_linger_s=0,
        export_retry_s=0.02,
        batch_retry_s=0.02,
        unreachable_pause_s=0.1,
        provider_timeout_s=5,
        slice_s=1,
        max_record_bytes=100_000,
    )


@pytest.fixture
async def workshop(
    fresh_database: FreshDatabase, sealing_key_file: Path, ingest_settings: IngestSettings
) -> AsyncIterator[Workshop]:
    sealer = Sealer.from_file(sealing_key_file)
    database = Database(await fresh_database([MIGRATIONS]), "ingest", sealer=sealer)
    http = open_http()
    transport = PostgresTransport(database, poll_wait_s=0.02)
    await transport.ensure_topics(["record.captured", "record.staged"])
    leases, config, gates = Leases(database), FakeConfig(), OpenGates()
    relay = Relay(database, transport, leases, holder="test", batch=500, lease_s=30)
    await relay.start()
    sites = Sites(
        database, leases, config, gates, http, SystemClock(), ingest_settings, CallLog(SystemClock(), config.log_calls)
    )

    def copy(holder: str) -> Slices:
        return work_of(database, leases, sites, sealer, SystemClock(), ingest_settings, holder=holder)

    handlers = Handlers(config, leases)
    yield Workshop(database, leases, config, gates, sites, copy("test"), handlers, relay, transport, sealer, copy)
    await relay.close()
    await http.aclose()
    await database.dispose()


def day(text: str) -> date:
    return date.fromisoformat(text)


def numbers(events: Sequence[Any]) -> list[str]:
    return sorted(each.number for each in events)
