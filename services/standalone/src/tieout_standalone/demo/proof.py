"""The demo's proof: tie-out, counts, calls, seconds; for people and as data."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table

from tieout_standalone.demo.scene import Scene
from tieout_standalone.held import Held, held_in, ids_in
from tieout_standalone.tie_out import BilledCompany, TieOut, tie_out

Record = Mapping[str, Any]
IN_THE_LEDGER_UNBATCHED = frozenset(
    {"changed_while_posting", "changed_after_posting", "waiting", "batch_removed", "batched_elsewhere"}
)


async def tie_out_scene(scene: Scene, records: Sequence[Record]) -> dict[str, TieOut]:
    """The simulators' whole state compared, company by company."""
    connectwise = await scene.connectwise.read("dump")
    before = frozenset[str]().union(*(ids_in(name, loaded) for name, loaded in scene.month.ledgers.items()))
    held = await held_in_ledgers(scene)
    waiting = {record["number"]: record["status"] for record in records if record["status"] in IN_THE_LEDGER_UNBATCHED}
    return {
        company: tie_out(connectwise, held, BilledCompany.of(settings), foreign_ids=before, waiting=waiting)
        for company, settings in scene.companies.items()
    }


async def held_in_ledgers(scene: Scene) -> list[Held]:
    """Every live document of every ledger."""
    return [held for ledger in scene.ledgers for held in held_in(ledger.name, await ledger.read("dump"))]


def unexpected(scene: Scene, records: Sequence[Record]) -> list[str]:
    """Where a record's status is not what the month's author wrote down beforehand, in words."""
    stands = {record["number"]: record["status"] for record in records}
    expected_status = {"post": "batched", "adopt": "adopt_proposed"}
    found = []
    for document in scene.month.expected["documents"]:
        wanted = expected_status.get(document["disposition"], document["disposition"])
        actual = stands.pop(document["number"], "unknown to Tieout")
        if actual != wanted:
            found.append(f"{document['number']} ({document['cause'] or 'ordinary'}): expected {wanted}, is {actual}")
    found += [f"{number}: not in the month, is {status}" for number, status in stands.items()]
    return found


async def measure(scene: Scene, records: Sequence[Record], wall_s: float) -> dict[str, Any]:
    """Counts, calls per posted invoice as the simulators counted them, seconds per stage."""
    posted = sum(1 for record in records if record["status"] == "batched")
    calls = {simulator.name: await simulator.read("calls") for simulator in scene.simulators}
    return {
        "records": dict(Counter(record["status"] for record in records)),
        "posted": posted,
        "calls": {name: {"total": told["total"], "by_route": told["by_route"]} for name, told in calls.items()},
        "calls_per_invoice": {name: round(told["total"] / max(posted, 1), 4) for name, told in calls.items()},
        "seconds": {"wall": round(wall_s, 2)},
        "invoices_per_second": round(posted / wall_s, 2) if wall_s else None,
    }


def stage_seconds(run: Mapping[str, Any], journeys: Sequence[Record]) -> dict[str, float]:
    """When the last record passed each stage, in seconds from the request of the run."""
    begin = datetime.fromisoformat(run["requested_at"])
    last: dict[str, datetime] = {}
    for record in journeys:
        for moment in record["journey"]:
            at = datetime.fromisoformat(moment["at"])
            if moment["stage"] in {"captured", "planned", "settled: posted", "batched"}:
                last[moment["stage"]] = max(at, last.get(moment["stage"], at))
    return {stage: round((at - begin).total_seconds(), 2) for stage, at in last.items()}


def is_exact(results: Mapping[str, TieOut]) -> bool:
    return all(result.exact for result in results.values())


def as_data(results: Mapping[str, TieOut]) -> dict[str, Any]:
    """Each company's figures and every difference."""
    companies = {company: {"exact": result.exact, **asdict(result)} for company, result in results.items()}
    return {"exact": is_exact(results), "companies": companies}


def print_tie_out(console: Console, results: Mapping[str, TieOut]) -> None:
    """Each company's figures side by side, then the verdict."""
    for company, result in results.items():
        _print_company(console, company, result)
    differences = sum(len(result.differences) for result in results.values())
    verdict = f"[bold red]{differences} differences" if differences else "[bold green]exact[/bold green]"
    documents = sum(result.documents for result in results.values())
    console.print(f"tie-out: {verdict}, {documents} documents compared", highlight=False)


def _print_company(console: Console, company: str, result: TieOut) -> None:
    table = Table(title=f"{company}: ConnectWise against the ledger", title_justify="left", show_edge=False)
    for heading in ("", "ConnectWise", "ledger", "difference"):
        table.add_column(heading, justify="right" if heading else "left")
    for what, found in (
        ("revenue account {}", result.by_account),
        ("tax code {}, amounts", result.by_tax_code),
        ("tax code {}, tax", result.tax_by_code),
        ("receivables {}", result.by_receivable),
    ):
        for name, (one, other) in found.items():
            _row(table, what.format(name), one, other)
    console.print(table)
    if result.adjustments:
        console.print(f"tax includes {result.adjustments} on adjustment lines, stated in warnings")
    if result.batched_without_posting:
        console.print(f"{result.batched_without_posting} older documents were batched without posting, as armed")
    for difference in result.differences[:20]:
        console.print(
            f"[red]{difference.number}: {difference.what}: ConnectWise {difference.connectwise}, "
            f"ledger {difference.ledger}[/red]"
        )


def _row(table: Table, name: str, one: Decimal, other: Decimal) -> None:
    table.add_row(name, f"{one:,.2f}", f"{other:,.2f}", f"{one - other:,.2f}")
