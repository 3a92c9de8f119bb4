"""One world for a test: simulators with a small month, an installation beside them, and the questions a test asks."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from harness.installation import InstallationProcess
from rich.console import Console
from tieout_simulators.month import Month

from tieout_standalone.client import ApiClient
from tieout_standalone.demo.play import run_to_rest
from tieout_standalone.demo.proof import tie_out_scene
from tieout_standalone.demo.scene import TENANT, Scene, configure, on_stage
from tieout_standalone.tie_out import TieOut

RUN_TIMEOUT_S = 120


@dataclass
class World:
    scene: Scene
    installation: InstallationProcess

    def api(self) -> ApiClient:
        return ApiClient(self.installation.url, self.installation.key)

    async def configure(self) -> None:
        async with self.api() as api:
            await configure(api, self.scene)

    async def request_runs(self) -> None:
        async with self.api() as api:
            for company in self.scene.companies:
                await api.post(f"/tenants/{TENANT}/runs", {"company_id": company})

    async def run_to_rest(self, *, timeout_s: float = RUN_TIMEOUT_S) -> list[dict[str, Any]]:
        """Every company's unposted list worked off; the records as they stand then."""
        async with self.api() as api:
            await run_to_rest(api, TENANT, list(self.scene.companies), Console(file=StringIO()), timeout_s=timeout_s)
            return await api.records(TENANT)

    async def tie_out(self, records: list[dict[str, Any]]) -> TieOut:
        return await tie_out_scene(self.scene, records)

    async def once_and_only_once(self) -> None:
        """I-1: each of the month's documents is in Xero once and has one ConnectWise batch."""
        xero, connectwise = await self.scene.xero.read("dump"), await self.scene.connectwise.read("dump")
        live = Counter(
            document.get("InvoiceNumber") or document.get("CreditNoteNumber")
            for organisation in xero["organisations"]
            for document in [*organisation["Invoices"], *organisation["CreditNotes"]]
            if document["Status"] not in {"DELETED", "VOIDED"}
        )
        numbers = {document["number"] for document in self.scene.month.expected["documents"]}
        assert live == Counter(dict.fromkeys(numbers, 1))
        batched = Counter(
            invoice["glBatch"]["name"]
            for invoice in connectwise["entities"]["/finance/invoices"]
            if invoice.get("glBatch")
        )
        assert len(connectwise["batches"]) == len(numbers)
        assert set(batched.values()) == {1}
        assert len(batched) == len(numbers)


@contextmanager
def a_world(
    month: Month,
    folder: Path,
    database_url: str,
    *,
    kafka: str | None = None,
    topic_prefix: str = "",
    latency_ms: int = 0,
) -> Iterator[World]:
    """The world, not yet started; whatever is left of it is ended afterwards."""
    installation = InstallationProcess(folder / "data", database_url, kafka=kafka, topic_prefix=topic_prefix)
    with on_stage(month, folder / "month", latency_ms=latency_ms) as scene:
        try:
            yield World(scene, installation)
        finally:
            installation.stop()


def statuses(records: list[Mapping[str, Any]]) -> dict[str, int]:
    return dict(Counter(record["status"] for record in records))
