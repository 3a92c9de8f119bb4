"""Run the bench: `make bench`, or `make bench ARGS="--invoices 500 --transport postgres"`."""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from bench.usual import Usual, post_as_usual
from tieout_simulators.month import Month, build_volume
from tieout_standalone.client import ApiClient
from tieout_standalone.compose import observe, running
from tieout_standalone.demo.proof import measure, stage_seconds, tie_out_scene
from tieout_standalone.demo.scene import TENANT, configure, on_stage
from tieout_standalone.folder import DataFolder
from tieout_standalone.runs import run_to_rest

CALLS_PER_INVOICE_LIMIT = 0.08
RUN_TIMEOUT_S = 1800
console = Console()


async def post_the_month(month: Month, *, latency_ms: int, kafka: str | None) -> dict[str, Any]:
    """The whole month through one installation; raises when it does not tie out."""
    with tempfile.TemporaryDirectory(prefix="tieout-bench-") as place:
        folder = Path(place)
        with DataFolder(folder / "data") as data, on_stage(month, folder / "month", latency_ms=latency_ms) as scene:
            async with (
                running(data, public_port=0, kafka=kafka) as installation,
                ApiClient(installation.url, data.api_key.read_text()) as api,
            ):
                await configure(api, scene)
                begun = time.monotonic()
                runs = await run_to_rest(api, TENANT, list(scene.companies), console, timeout_s=RUN_TIMEOUT_S)
                wall_s = time.monotonic() - begun
                records = await api.records(TENANT)
                measured = await measure(scene, records, wall_s)
                result = await tie_out_scene(scene, records)
                sample = [
                    await api.get(
                        f"/tenants/{TENANT}/companies/{one['company_id']}/records/{one['kind']}/{one['record_id']}"
                    )
                    for one in records
                ]
                measured["seconds"] |= stage_seconds(runs[0], sample)
                differences = [each for one in result.values() for each in one.differences]
                if differences:
                    raise SystemExit(f"the bench does not tie out: {differences[:5]}")
                return measured


async def time_the_usual(month: Month, *, latency_ms: int) -> Usual:
    with (
        tempfile.TemporaryDirectory(prefix="tieout-bench-") as place,
        on_stage(month, Path(place), latency_ms=latency_ms) as scene,
    ):
        app = month.xero["app"]
        form = {"grant_type": "client_credentials", "scope": "accounting.invoices accounting.contacts"}
        async with httpx.AsyncClient(base_url=scene.xero.url) as http:
            answer = await http.post("/connect/token", data=form, auth=(app["client_id"], app["client_secret"]))
        answer.raise_for_status()
        organisation = month.xero["organisations"][0]["tenantId"]
        return await post_as_usual(scene.xero.url, month.connectwise, organisation, answer.json()["access_token"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--invoices", type=int, default=2000)
    parser.add_argument("--lines", type=int, default=10)
    parser.add_argument("--latency-ms", type=int, default=500)
    parser.add_argument("--transport", choices=("postgres", "kafka", "both"), default="both")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    given = parser.parse_args()
    observe("error")
    month = build_volume(invoices=given.invoices, lines=given.lines)
    transports = ("postgres", "kafka") if given.transport == "both" else (given.transport,)
    measured = {}
    for transport in transports:
        console.rule(f"{given.invoices} invoices × {given.lines} lines on {transport}")
        kafka = kafka_servers() if transport == "kafka" else None
        measured[transport] = asyncio.run(post_the_month(month, latency_ms=given.latency_ms, kafka=kafka))
    console.rule("the usual integration, its first calls")
    usual = asyncio.run(time_the_usual(month, latency_ms=given.latency_ms))
    show(measured, usual)
    if given.json is not None:
        figures = {"measured": measured, "usual": asdict(usual) | {"extrapolated_s": usual.extrapolated_s}}
        given.json.write_text(json.dumps(figures, indent=2))
    return 0 if all(one["calls_per_invoice"]["xero"] <= CALLS_PER_INVOICE_LIMIT for one in measured.values()) else 1


def kafka_servers() -> str:
    from tieout_chassis.testing_kafka import start_kafka  # noqa: PLC0415  (fetches and starts a broker)

    servers: str = start_kafka()
    return servers


def show(measured: dict[str, dict[str, Any]], usual: Usual) -> None:
    table = Table(title="Bench", title_justify="left", show_edge=False)
    table.add_column("")
    for name in measured:
        table.add_column(name, justify="right")
    rows = {
        "documents": lambda one: str(one["posted"]),
        "seconds": lambda one: f"{one['seconds']['wall']:.1f}",
        "documents per second": lambda one: f"{one['invoices_per_second']:.2f}",
        "Xero calls per document": lambda one: f"{one['calls_per_invoice']['xero']:.4f}",
        "ConnectWise calls per document": lambda one: f"{one['calls_per_invoice']['connectwise']:.4f}",
        "last captured after, s": lambda one: str(one["seconds"].get("captured")),
        "last planned after, s": lambda one: str(one["seconds"].get("planned")),
        "last posted after, s": lambda one: str(one["seconds"].get("settled: posted")),
        "last batched after, s": lambda one: str(one["seconds"].get("batched")),
        "times as fast as usual": lambda one: f"{usual.extrapolated_s / one['seconds']['wall']:.1f}",
    }
    for name, read in rows.items():
        table.add_row(name, *(read(one) for one in measured.values()))
    console.print(table)
    console.print(calls_by_route(measured))
    console.print(
        f"The usual integration took {usual.seconds:.1f} s for its first {usual.calls} calls "
        f"({usual.invoices} invoices); extrapolated to {usual.month} invoices: {usual.extrapolated_s:.0f} s.",
        highlight=False,
    )


def calls_by_route(measured: dict[str, dict[str, Any]]) -> Table:
    """What each stage asked of the providers: the routes name the stages."""
    table = Table(title="Calls", title_justify="left", show_edge=False)
    table.add_column("")
    for name in measured:
        table.add_column(name, justify="right")
    told = [one["calls"] for one in measured.values()]
    for provider in ("connectwise", "xero"):
        routes = {route for one in told for route in one[provider]["by_route"]}
        for route in sorted(routes, key=lambda each: -told[0][provider]["by_route"].get(each, 0)):
            table.add_row(f"{provider} {route}", *(str(one[provider]["by_route"].get(route, 0)) for one in told))
    return table


if __name__ == "__main__":
    sys.exit(main())
