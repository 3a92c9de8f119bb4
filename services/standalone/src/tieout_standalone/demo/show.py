"""`tieout demo`: the month is set, posted, shown and proved; everything on embedded parts."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from tieout_chassis import exact_json
from tieout_simulators.month import build_month
from tieout_standalone import report
from tieout_standalone.client import ApiClient
from tieout_standalone.compose import Installation, observe, running
from tieout_standalone.demo.proof import (
    as_data,
    is_exact,
    measure,
    print_tie_out,
    stage_seconds,
    tie_out_scene,
    unexpected,
)
from tieout_standalone.demo.scene import TENANT, Scene, configure, on_stage, script_the_month
from tieout_standalone.folder import DataFolder
from tieout_standalone.runs import run_to_rest

RUN_TIMEOUT_S = 240
_JOURNEYS_AT_ONCE = 8


@dataclass(frozen=True)
class DemoOptions:
    folder: Path
    seed: int = 7
    leave_running: bool = False
    json_file: Path | None = None
    latency_ms: int = 0
    public_port: int = 0


async def demo(options: DemoOptions, console: Console) -> int:
    """0 only if everything ties out and every record stands where the month's author said it would."""
    observe("error")
    console.print("[bold]Harbourline IT, October 2026[/bold]: ConnectWise and Xero are simulated, the rest is real.")
    with DataFolder(options.folder) as folder:
        folder.empty()
        return await _stage(folder, options, console)


async def _stage(folder: DataFolder, options: DemoOptions, console: Console) -> int:
    month = build_month(options.seed)
    with on_stage(month, folder.path / "month", latency_ms=options.latency_ms) as scene:
        async with running(folder, public_port=options.public_port) as installation:
            async with ApiClient(installation.url, folder.api_key.read_text()) as api:
                ended = await _play_and_prove(api, scene, options, console)
            if options.leave_running:
                await _leave_running(installation, folder, console)
    return ended


async def _play_and_prove(api: ApiClient, scene: Scene, options: DemoOptions, console: Console) -> int:
    await configure(api, scene)
    await script_the_month(scene)
    begun = time.monotonic()
    runs = await run_to_rest(api, TENANT, list(scene.companies), console, timeout_s=RUN_TIMEOUT_S)
    wall_s = time.monotonic() - begun
    records = await api.records(TENANT)
    measured = await measure(scene, records, wall_s)
    result = await tie_out_scene(scene, records)
    surprises = unexpected(scene, records)
    measured["seconds"] |= stage_seconds(runs[0], await _journeys(api, records))

    for table in (report.summary(records), report.warnings_by_code(records), report.needing_attention(records)):
        console.print(table)
        console.print()
    print_tie_out(console, result)
    for surprise in surprises:
        console.print(f"[red]not as foreseen: {surprise}[/red]")
    per_invoice = ", ".join(f"{name} {count:.3f}" for name, count in measured["calls_per_invoice"].items())
    console.print(
        f"{measured['posted']} documents posted and batched in {wall_s:.1f} s; calls per document: {per_invoice}",
        highlight=False,
    )
    if options.json_file is not None:
        told = {**measured, "tie_out": as_data(result), "not_as_foreseen": surprises, "records_detail": records}
        options.json_file.write_text(exact_json.dumps(_without_floats(told)))
    return 0 if is_exact(result) and not surprises else 1


async def _journeys(api: ApiClient, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The journeys of the posted records, a few at a time."""
    posted = [record for record in records if record["status"] == "batched"]
    gate = asyncio.Semaphore(_JOURNEYS_AT_ONCE)

    async def journey(record: dict[str, Any]) -> dict[str, Any]:
        async with gate:
            place = f"companies/{record['company_id']}/records/{record['kind']}/{record['record_id']}"
            found: dict[str, Any] = await api.get(f"/tenants/{TENANT}/{place}")
            return found

    return list(await asyncio.gather(*map(journey, posted)))


async def _leave_running(installation: Installation, folder: DataFolder, console: Console) -> None:
    console.print(
        f"\nStill running. API: {installation.url}/docs (key in {folder.api_key})\n"
        f"Look at one invoice:  tieout trace NUMBER --data-dir {folder.path} --url {installation.url}\n"
        "Stop with Ctrl-C."
    )
    await installation.stopped()


def _without_floats(value: Any) -> Any:
    """Seconds and ratios are the report's only floats; JSON of amounts refuses floats, so they are written as text."""
    if isinstance(value, float):
        return str(value)
    if isinstance(value, dict):
        return {name: _without_floats(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without_floats(inner) for inner in value]
    return value
