"""What the command line asks of a running installation."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tieout_standalone import report
from tieout_standalone.client import ApiClient
from tieout_standalone.runs import run_to_rest

PROVIDERS = {"connectwise": "ConnectWise", "xero": "Xero", "qbo": "QuickBooks Online"}


async def sync(api: ApiClient, console: Console, tenant: str | None, company: str | None, *, timeout_s: float) -> int:
    """The named company, else the tenant's first (F112). 0 when the list could be read and no record ended in an error.

    Told are the run's records, and those that were on their way already: Tieout looks by itself too, and may have been
    quicker. A run is finished when all of them are at rest.
    """
    tenant_id = await only_tenant(api, tenant)
    company = company or await _first_company(api, console, tenant_id)
    on_their_way = [
        record
        for status in report.IN_MOTION
        for record in await api.records(tenant_id, company_id=company, status=status)
    ]
    runs = await run_to_rest(api, tenant_id, [company], console, timeout_s=timeout_s)
    records = await api.records(tenant_id, run_id=runs[0]["run_id"])
    own = {_place(record) for record in records}
    records += [await _now(api, tenant_id, record) for record in on_their_way if _place(record) not in own]
    _show_results(console, records, runs[0]["problems"])
    return 1 if runs[0]["problems"] or any(report.result_of(record) == "error" for record in records) else 0


def _show_results(console: Console, records: Sequence[report.Record], problems: Sequence[report.Record]) -> None:
    table = Table(show_edge=False)
    for heading in ("number", "date", "amount", "result", "status", "why, and what to do"):
        table.add_column(heading)
    for record in records:
        colour, words = report.look_of(record["status"])
        told = record["problems"] or record["warnings"]
        table.add_row(
            record["number"],
            record["document_date"] or "",
            f"{record['total']} {record['currency']}",
            report.result_of(record),
            Text(words, style=colour),
            Text("\n".join(f"{one['sentence']} {one['hint']}" for one in told)),
        )
    if records:
        console.print(table)
        console.print(report.summary(records))
    elif not problems:
        console.print("Nothing new is unposted. tieout status shows where everything stands.")
    for problem in problems:
        console.print(f"[red]{problem['sentence']}[/red] {problem['hint']}")


async def _now(api: ApiClient, tenant_id: str, record: report.Record) -> dict[str, Any]:
    found: dict[str, Any] = await api.get(f"/tenants/{tenant_id}/{_place(record)}")
    return found


def _place(record: report.Record) -> str:
    """Where the API keeps a record."""
    return f"companies/{record['company_id']}/records/{record['kind']}/{record['record_id']}"


async def status(api: ApiClient, console: Console, tenant: str | None) -> int:
    for tenant_id in [tenant] if tenant else [one["tenant_id"] for one in await api.get("/tenants")]:
        for company in await api.get(f"/tenants/{tenant_id}/companies"):
            arming = company["settings"]["arming"]
            going = report.going_live(arming)
            console.print(f"[bold]{tenant_id} / {company['company_id']}[/bold]: {going}")
            records = await api.records(tenant_id, company_id=company["company_id"])
            console.print(report.summary(records, "Where its records stand"))
    return 0


async def connections(api: ApiClient, console: Console, tenant: str | None) -> int:
    """F205: whether each connection is good, and what is wrong; 1 when one of them is not."""
    tenant_id = await only_tenant(api, tenant)
    table, all_good = Table(show_edge=False), True
    for heading in ("connection", "provider", "state", "what is wrong, and what to do"):
        table.add_column(heading)
    for each in await api.get(f"/tenants/{tenant_id}/connections"):
        if each["kind"] == "connectwise":
            path = f"/tenants/{tenant_id}/connections/{each['connection_id']}/test"
            good, state, told = _of_the_site(await api.post(path))
        else:
            good, state, told = _of_the_ledger(each)
        all_good = all_good and good
        name, look = PROVIDERS[each["kind"]], Text(state, style="green" if good else "red")
        table.add_row(each["connection_id"], name, look, Text("\n".join(told)))
    console.print(table)
    return 0 if all_good else 1


def _of_the_site(found: report.Record) -> tuple[bool, str, list[str]]:
    """Whether a ConnectWise connection is good, its state in words, and what is wrong."""
    told = [f"{one['sentence']} {one['hint']}" for one in found["problems"]]
    return found["ok"], f"good, {found['version'] or 'version unknown'}" if found["ok"] else "not usable", told


def _of_the_ledger(connection: report.Record) -> tuple[bool, str, list[str]]:
    """The same of a ledger's, as its last token told."""
    problem, ends = connection["problem"], connection["reconnect_by"]
    told = [f"{problem['title']} {problem['detail']}"] if problem else []
    if connection["reconnect_since"]:
        return False, "connect again", told
    return True, "no token just now" if problem else f"good until {ends[:10]}" if ends else "good", told


async def trace(api: ApiClient, console: Console, tenant: str | None, number: str) -> int:
    """Every record of that number; 1 when there is none."""
    tenant_id = await only_tenant(api, tenant)
    found = await api.records(tenant_id, number=number)
    for record in found:
        report.print_record(console, await _now(api, tenant_id, record))
    if not found:
        console.print(f"No record numbered {number} is known. Was it closed in ConnectWise? tieout sync looks.")
    return 0 if found else 1


async def _first_company(api: ApiClient, console: Console, tenant_id: str) -> str:
    companies = [str(one["company_id"]) for one in await api.get(f"/tenants/{tenant_id}/companies")]
    if not companies:
        raise SystemExit(f"{tenant_id} has no company yet: make one first.")
    first, *others = companies
    if others:
        console.print(f"Syncing {first}, the first company. To sync another one, name it: {', '.join(others)}.")
    return first


async def only_tenant(api: ApiClient, tenant: str | None) -> str:
    if tenant is not None:
        return tenant
    tenants = await api.get("/tenants")
    if len(tenants) != 1:
        names = ", ".join(one["tenant_id"] for one in tenants) or "none"
        raise SystemExit(f"There are several tenants or none ({names}): choose one with --tenant.")
    found: str = tenants[0]["tenant_id"]
    return found
