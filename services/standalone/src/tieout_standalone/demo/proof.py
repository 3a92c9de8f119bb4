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
from tieout_standalone.tie_out import TaxAsLines, TieOut, document_id, tie_out

Record = Mapping[str, Any]
IN_THE_LEDGER_UNBATCHED = frozenset(
    {"changed_while_posting", "changed_after_posting", "waiting", "batch_removed", "batched_elsewhere"}
)


async def tie_out_scene(scene: Scene, records: Sequence[Record]) -> TieOut:
    """Both simulators' whole state compared, company by company."""
    connectwise, xero = await scene.connectwise.read("dump"), await scene.xero.read("dump")
    before = frozenset(document_id(one) for org in scene.month.xero["organisations"] for one in _documents(org))
    ledger = [one for organisation in xero["organisations"] for one in _documents(organisation)]
    settings = next(iter(scene.companies.values()))
    waiting = {record["number"]: record["status"] for record in records if record["status"] in IN_THE_LEDGER_UNBATCHED}
    return tie_out(
        connectwise,
        ledger,
        foreign_ids=before,
        batch_prefix=settings.get("batch_prefix", "TIE"),
        adjustment_account=settings["adjustment"]["account"],
        account_map={rule["connectwise_account"]: rule["ledger_account"] for rule in settings["accounts"]},
        waiting=waiting,
        tax_as_lines=TaxAsLines.of(settings.get("tax", {})),
    )


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


def as_data(result: TieOut) -> dict[str, Any]:
    told = asdict(result)
    return {"exact": result.exact, **told}


def print_tie_out(console: Console, result: TieOut) -> None:
    """The figures side by side, then the verdict."""
    table = Table(title="ConnectWise against the ledger", title_justify="left", show_edge=False)
    for heading in ("", "ConnectWise", "ledger", "difference"):
        table.add_column(heading, justify="right" if heading else "left")
    for account, (one, other) in result.by_account.items():
        _row(table, f"revenue account {account}", one, other)
    _row(table, "tax", result.connectwise_tax, result.ledger_tax + result.adjustments)
    _row(table, "receivables", result.connectwise_total, result.ledger_total)
    console.print(table)
    if result.adjustments:
        console.print(f"tax includes {result.adjustments} on adjustment lines, stated in warnings")
    for difference in result.differences[:20]:
        console.print(
            f"[red]{difference.number}: {difference.what}: ConnectWise {difference.connectwise}, "
            f"ledger {difference.ledger}[/red]"
        )
    verdict = "[bold green]exact[/bold green]" if result.exact else f"[bold red]{len(result.differences)} differences"
    console.print(f"tie-out: {verdict}, {result.documents} documents compared", highlight=False)


def _row(table: Table, name: str, one: Decimal, other: Decimal) -> None:
    table.add_row(name, f"{one:,.2f}", f"{other:,.2f}", f"{one - other:,.2f}")


def _documents(organisation: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [*organisation.get("Invoices", ()), *organisation.get("CreditNotes", ())]
