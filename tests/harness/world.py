"""One world for a test: simulators with a small month, an installation beside them, and the questions a test asks."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import httpx

from harness.installation import InstallationProcess
from tieout_config_api.projection import IN_MOTION
from tieout_simulators.month import Month
from tieout_standalone.client import ApiClient, ApiRefused
from tieout_standalone.demo.proof import held_in_ledgers, tie_out_scene
from tieout_standalone.demo.scene import TENANT, Scene, configure, on_stage
from tieout_standalone.tie_out import TieOut

RUN_TIMEOUT_S = 150
LOOK_EVERY_S = 0.2

Found = TypeVar("Found")
Record = Mapping[str, Any]
Records = Sequence[Record]


@dataclass
class World:
    """`documents` of the month are expected to be known to Tieout when it is at rest."""

    scene: Scene
    installation: InstallationProcess
    database_url: str
    kafka: str | None = None
    topic_prefix: str = ""
    tenant: str = TENANT

    @contextmanager
    def beside(self, tenant: str, month: Month) -> Iterator["World"]:
        """Another tenant of the same installation, with providers of its own; connections' ids are unique in all."""
        for settings in month.expected["settings"]["companies"]:
            for connection in ("connectwise_connection", "ledger_connection"):
                settings[connection] = f"{tenant}-{settings[connection]}"
        with on_stage(month, self.installation.folder.parent / tenant) as scene:
            yield replace(self, scene=scene, tenant=tenant)

    @property
    def documents(self) -> list[dict[str, Any]]:
        """What the month's author expects, document by document."""
        found: list[dict[str, Any]] = self.scene.month.expected["documents"]
        return found

    def api(self) -> ApiClient:
        return ApiClient(self.installation.url, self.installation.key)

    async def configure(self) -> None:
        """Tenant, connections, companies, armed; what a crash had cut short is completed."""
        async with _Resuming(self.installation.url, self.installation.key) as api:
            await configure(api, self.scene, tenant=self.tenant)

    async def request_runs(self) -> None:
        async with self.api() as api:
            for company in self.scene.companies:
                await api.post(f"/tenants/{self.tenant}/runs", {"company_id": company})

    async def records(self, **filters: Any) -> list[dict[str, Any]]:
        """Each record where it is now: one that went over to another company (whose settings came later) is left out
        of the first one's."""
        async with self.api() as api:
            found = await api.records(self.tenant, **filters)
        return [record for record in found if "capture.rerouted" not in codes(record)]

    async def runs(self) -> list[dict[str, Any]]:
        async with self.api() as api:
            found: list[dict[str, Any]] = await api.get(f"/tenants/{self.tenant}/runs")
            return found

    async def record(self, number: str) -> dict[str, Any]:
        """The one record of that number."""
        (found,) = await self.records(number=number)
        return found

    async def command(self, number: str, action: str) -> None:
        known = await self.record(number)
        place = f"companies/{known['company_id']}/records/{known['kind']}/{known['record_id']}"
        async with self.api() as api:
            await api.post(f"/tenants/{self.tenant}/{place}/commands", {"action": action, "person": "the bookkeeper"})

    async def run_to_rest(self, *, timeout_s: float = RUN_TIMEOUT_S) -> list[dict[str, Any]]:
        """Every company's unposted list worked off; the records as they stand then."""
        await self.request_runs()
        return await self.rest(timeout_s=timeout_s)

    async def rest(self, *, timeout_s: float = RUN_TIMEOUT_S, every_s: float = LOOK_EVERY_S) -> list[dict[str, Any]]:
        """Wait until every run is listed, every document of the month is known, and none moves by itself."""

        async def at_rest() -> list[dict[str, Any]] | None:
            if await self._moves():
                return None
            records = await self.records()
            moving = [record for record in records if record["status"] in IN_MOTION]
            return None if moving or len(records) < len(self.documents) else records

        return await self.until(at_rest, timeout_s=timeout_s, every_s=every_s)

    async def stands(self, number: str, *statuses: str, timeout_s: float = RUN_TIMEOUT_S) -> dict[str, Any]:
        """Wait until a document stands at one of these statuses."""

        async def there() -> dict[str, Any] | None:
            known = await self.record(number)
            return known if known["status"] in statuses else None

        return await self.until(there, timeout_s=timeout_s)

    async def until(
        self,
        look: Callable[[], Awaitable[Found | None]],
        *,
        timeout_s: float = RUN_TIMEOUT_S,
        every_s: float = LOOK_EVERY_S,
    ) -> Found:
        """What `look` finds, once it finds something; an AssertionError says where everything stands if it does not."""
        deadline = time.monotonic() + timeout_s
        while (found := await look()) is None:
            assert time.monotonic() < deadline, f"not within {timeout_s} s: {await self._standing()}"
            assert self.installation.running, f"the installation ended:\n{self.installation.log()}"
            await asyncio.sleep(every_s)
        return found

    async def tie_out(self, records: Records) -> dict[str, TieOut]:
        """Each company's."""
        return await tie_out_scene(self.scene, records)

    async def exact(self, records: Records) -> None:
        """What the providers hold agrees to the cent, as far as it was posted."""
        for company, result in (await self.tie_out(records)).items():
            books_agree(result.exact, (company, result.differences[:10]))

    async def once_and_only_once(self, *, but: Sequence[str] = ()) -> None:
        """I-1: each of the month's documents is in its ledger once and has one ConnectWise batch of its own.

        `but` names those that must be in neither.
        """
        numbers = sorted(document["number"] for document in self.documents if document["number"] not in but)
        live = Counter(held.number for held in await held_in_ledgers(self.scene))
        once = Counter(dict.fromkeys(numbers, 1))
        books_agree(live == once, {"too many": live - once, "missing": once - live})
        connectwise = await self.scene.connectwise.read("dump")
        batch_of = {
            invoice["invoiceNumber"]: invoice["glBatch"]["name"]
            for invoice in connectwise["entities"]["/finance/invoices"]
            if invoice.get("glBatch")
        }
        books_agree(sorted(batch_of) == numbers, {"batched": sorted(batch_of)})
        batches = (len(set(batch_of.values())), len(connectwise["batches"]))
        books_agree(batches == (len(numbers), len(numbers)), {"batches": batches, "documents": len(numbers)})

    async def some_batched(self) -> bool | None:
        """For `until`: the run is under way."""
        return True if await self.records(status="batched") else None

    async def ledger_documents(self) -> list[dict[str, Any]]:
        """Every live invoice and credit note of every organisation of Xero, as it is there."""
        xero = await self.scene.xero.read("dump")
        return [
            document
            for organisation in xero["organisations"]
            for document in [*organisation["Invoices"], *organisation["CreditNotes"]]
            if document["Status"] not in {"DELETED", "VOIDED"}
        ]

    async def faults(self) -> list[dict[str, Any]]:
        """Every fault rule of the simulators, with how often it fired."""
        return [rule for simulator in self.scene.simulators for rule in await simulator.read("faults")]

    async def clear_faults(self) -> None:
        async with httpx.AsyncClient() as http:
            for simulator in self.scene.simulators:
                (await http.delete(f"{simulator.url}/_sim/faults")).raise_for_status()

    async def calls(self, simulator: str, route: str) -> int:
        """How many calls of a route (`PUT /Invoices`) a simulator counted."""
        told = await {one.name: one for one in self.scene.simulators}[simulator].read("calls")
        return int(told["by_route"].get(route, 0))

    async def _moves(self) -> bool:
        """Whether a run is not listed yet or a record is on its way: cheap to ask, where records are many."""
        place = f"/tenants/{self.tenant}"
        async with self.api() as api:
            if any(run["listed_at"] is None for run in await api.get(f"{place}/runs")):
                return True
            for status in sorted(IN_MOTION):
                if (await api.get(f"{place}/records", status=status, limit=1))["records"]:
                    return True
        return False

    async def _standing(self) -> dict[str, Any]:
        runs, records = await self.runs(), await self.records()
        problems = [problem["sentence"] for record in records for problem in record["problems"]]
        told = [problem["sentence"] for run in runs for problem in run["problems"]]
        return {
            "records": statuses(records),
            "of": len(self.documents),
            "runs not listed": sum(run["listed_at"] is None for run in runs),
            "problems": [*told, *problems][:5],
        }


class BooksDiffer(AssertionError):
    """A cent, a document or a batch is not as it must be: CI looks at no such test twice (decision 16)."""


def books_agree(agree: bool, found: object) -> None:
    if not agree:
        raise BooksDiffer(found)


class _Resuming(ApiClient):
    """What exists already is as good as made. A connection is left alone: the month's refresh token rotated away."""

    async def put(self, path: str, body: dict[str, Any], **headers: str) -> Any:
        place, _, connection_id = path.rpartition("/")
        if connection_id in [each["connection_id"] for each in await self.get(place)]:
            return None
        return await super().put(path, body, **headers)

    async def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        try:
            return await super().post(path, body)
        except ApiRefused as refused:
            if refused.body.get("code") != "api.exists":
                raise
            return None


@contextmanager
def a_world(
    month: Month,
    folder: Path,
    database_url: str,
    *,
    login: str | None = None,
    kafka: str | None = None,
    topic_prefix: str = "",
    latency_ms: int = 0,
) -> Iterator[World]:
    """The world, not yet started; whatever is left of it is ended afterwards. `login`: the installation's own URL."""
    own_url = login or database_url
    installation = InstallationProcess(folder / "data", own_url, kafka=kafka, topic_prefix=topic_prefix)
    with on_stage(month, folder / "month", latency_ms=latency_ms) as scene:
        try:
            yield World(scene, installation, database_url, kafka, topic_prefix)
        finally:
            installation.end()


def new_topic_prefix() -> str:
    """Topics of one world on a shared broker."""
    return f"t{uuid4().hex[:8]}."


def statuses(records: Records) -> dict[str, int]:
    return dict(Counter(record["status"] for record in records))


def codes(record: Record) -> set[str]:
    """The codes of what is wrong with a record."""
    return {problem["code"] for problem in record["problems"]}


def number_of(document: Mapping[str, Any]) -> str:
    return str(document.get("InvoiceNumber") or document["CreditNoteNumber"])
