"""Request runs and watch them: one for each company, progress bars by stage, until every record is at rest."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tieout_standalone.client import ApiClient

POLL_S = 0.25

# A record that stands here has passed these stages.
_PASSED = {
    "capture": None,
    "plan": frozenset({"captured"}),
    "post": frozenset({"captured", "planned"}),
    "batch": frozenset({"captured", "planned", "posted"}),
}


class RunTooLong(Exception):
    """A run did not come to rest in time; what still moves is named."""


async def run_to_rest(
    api: ApiClient, tenant: str, companies: list[str], console: Console, *, timeout_s: float, **look: Any
) -> list[Mapping[str, Any]]:
    """Request a run of each company and wait until all are at rest; returns the finished runs. `look`: what else to
    say of each: its family, or that it is only to look."""
    requested = [await api.post(f"/tenants/{tenant}/runs", {"company_id": company, **look}) for company in companies]
    return await to_rest(api, tenant, [one["run_id"] for one in requested], console, timeout_s=timeout_s)


async def to_rest(
    api: ApiClient, tenant: str, run_ids: Sequence[str], console: Console, *, timeout_s: float
) -> list[Mapping[str, Any]]:
    """Wait until these runs are at rest; returns them finished."""
    deadline = time.monotonic() + timeout_s
    columns = (TextColumn("{task.description:>8}"), BarColumn(40), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=False) as progress:
        bars = {stage: progress.add_task(stage, total=None) for stage in _PASSED}
        while True:
            runs = [await api.get(f"/tenants/{tenant}/runs/{run_id}") for run_id in run_ids]
            _show(progress, bars, runs)
            if all(run["finished"] for run in runs):
                return runs
            if time.monotonic() > deadline:
                raise RunTooLong(f"after {timeout_s:.0f} s: {[run['by_status'] for run in runs]}")
            await asyncio.sleep(POLL_S)


def _show(progress: Progress, bars: Mapping[str, Any], runs: list[Mapping[str, Any]]) -> None:
    by_status: dict[str, int] = {}
    for run in runs:
        for status, count in run["by_status"].items():
            by_status[status] = by_status.get(status, 0) + count
    known = sum(by_status.values())
    listed = all(run["listed_at"] for run in runs)
    total = sum(run["captured"] + run["refused"] + run["listed"] + run["unrouted"] for run in runs) if listed else None
    for stage, before in _PASSED.items():
        done = known - sum(count for status, count in by_status.items() if before and status in before)
        progress.update(bars[stage], completed=done, total=max(total, known) if total is not None else None)
