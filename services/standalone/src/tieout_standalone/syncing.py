"""`tieout sync`: post what is unposted now, one family or all, and show what came of each record (F135)."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tieout_standalone import report
from tieout_standalone.client import ApiClient
from tieout_standalone.inquiries import only_tenant, place_of, record_now
from tieout_standalone.runs import run_to_rest, to_rest


async def sync(
    api: ApiClient, console: Console, tenant: str | None, company: str | None, family: str, *, timeout_s: float
) -> int:
    """The named company, else the tenant's first (F112). 0 when the list could be read and no record ended in an error.

    Told are the run's records, and those that were on their way already: Tieout looks by itself too, and may have been
    quicker. A run is finished when all of them are at rest.
    """
    tenant_id = await only_tenant(api, tenant)
    company = company or await _first_company(api, console, tenant_id)
    on_their_way = await _on_their_way(api, tenant_id, company)
    runs = await run_to_rest(api, tenant_id, [company], console, timeout_s=timeout_s, family=family)
    return await _tell(api, console, tenant_id, runs, on_their_way)


async def sync_all(
    api: ApiClient, console: Console, tenant: str | None, company: str | None, *, timeout_s: float
) -> int:
    """The same of every family that the company's defaults take, with one table of what came of each (F128)."""
    tenant_id = await only_tenant(api, tenant)
    company = company or await _first_company(api, console, tenant_id)
    on_their_way = await _on_their_way(api, tenant_id, company)
    asked = await api.post(f"/tenants/{tenant_id}/sync-all", {"company_id": company})
    begun = [each["run"]["run_id"] for each in asked["families"] if each["run"]]
    runs = await to_rest(api, tenant_id, begun, console, timeout_s=timeout_s) if begun else []
    status = await _tell(api, console, tenant_id, runs, on_their_way) if begun else 0
    done = await api.get(f"/tenants/{tenant_id}/sync-all/{asked['sync_id']}")
    console.print(combined(done["families"]))
    return status


def combined(families: Sequence[Mapping[str, Any]]) -> Table:
    """Family by family: how many records stand where, or why it was skipped."""
    table = Table(title="What came of each family", title_justify="left", show_edge=False)
    for heading in ("family", "result", "records, or why"):
        table.add_column(heading)
    for each in families:
        run, skipped = each["run"], each["skipped"]
        if skipped:
            table.add_row(each["family"], Text("skipped", style="dim"), f"{skipped['sentence']} {skipped['hint']}")
            continue
        counts = (f"{count} {report.look_of(status)[1]}" for status, count in run["by_status"].items())
        failed = run["problems"] or report.ERRORS & run["by_status"].keys()
        result = Text("error", style="red") if failed else Text("done", style="green")
        table.add_row(each["family"], result, ", ".join(counts) or "nothing new")
    return table


async def _tell(
    api: ApiClient,
    console: Console,
    tenant_id: str,
    runs: Sequence[report.Record],
    on_their_way: Sequence[report.Record],
) -> int:
    records = [each for run in runs for each in await api.records(tenant_id, run_id=run["run_id"])]
    problems = [problem for run in runs for problem in run["problems"]]
    own = {place_of(record) for record in records}
    records += [await record_now(api, tenant_id, record) for record in on_their_way if place_of(record) not in own]
    _show_results(console, records, problems)
    return 1 if problems or any(report.result_of(record) == "error" for record in records) else 0


def _show_results(console: Console, records: Sequence[report.Record], problems: Sequence[report.Record]) -> None:
    table = Table(show_edge=False)
    for heading in ("number", "date", "amount", "result", "status", "why, and what to do"):
        table.add_column(heading)
    for record in records:
        colour, words = report.look_of(record["status"])
        told = record["problems"] or record["warnings"]
        document = record["document"]
        table.add_row(
            f"{record['number']}\nid {record['record_id']}",
            record["document_date"] or "",
            f"{record['total']} {record['currency']}",
            report.result_of(record),
            Text(f"{words}\n{document['document_id']}" if document else words, style=colour),
            Text("\n".join(f"{one['sentence']} {one['hint']}" for one in told)),
        )
    if records:
        table.caption = "id: ConnectWise's own. Below the status: the ledger's id."
        console.print(table)
        console.print(report.summary(records))
    elif not problems:
        console.print("Nothing new is unposted. tieout status shows where everything stands.")
    for problem in problems:
        console.print(f"[red]{problem['sentence']}[/red] {problem['hint']}")


async def _on_their_way(api: ApiClient, tenant_id: str, company: str) -> list[dict[str, Any]]:
    return [
        record
        for status in report.IN_MOTION
        for record in await api.records(tenant_id, company_id=company, status=status)
    ]


async def _first_company(api: ApiClient, console: Console, tenant_id: str) -> str:
    companies = [str(one["company_id"]) for one in await api.every(f"/tenants/{tenant_id}/companies")]
    if not companies:
        raise SystemExit(f"{tenant_id} has no company yet: make one first.")
    first, *others = companies
    if others:
        console.print(f"Syncing {first}, the first company. To sync another one, name it: {', '.join(others)}.")
    return first
