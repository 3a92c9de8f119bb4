"""What the command line asks of a running installation."""

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tieout_standalone import report
from tieout_standalone.client import ApiClient

PROVIDERS = {"connectwise": "ConnectWise", "xero": "Xero", "qbo": "QuickBooks Online"}


async def status(api: ApiClient, console: Console, tenant: str | None) -> int:
    for tenant_id in [tenant] if tenant else [one["tenant_id"] for one in await api.every("/tenants")]:
        for company in await api.every(f"/tenants/{tenant_id}/companies"):
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
    for each in await api.every(f"/tenants/{tenant_id}/connections"):
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
        report.print_record(console, await record_now(api, tenant_id, record))
    if not found:
        console.print(f"No record numbered {number} is known. Was it closed in ConnectWise? tieout sync looks.")
    return 0 if found else 1


async def record_now(api: ApiClient, tenant_id: str, record: report.Record) -> dict[str, Any]:
    """The record where it stands this moment, with its journey."""
    found: dict[str, Any] = await api.get(f"/tenants/{tenant_id}/{place_of(record)}")
    return found


def place_of(record: report.Record) -> str:
    """Where the API keeps a record."""
    return f"companies/{record['company_id']}/records/{record['kind']}/{record['record_id']}"


async def only_tenant(api: ApiClient, tenant: str | None) -> str:
    if tenant is not None:
        return tenant
    tenants = await api.every("/tenants")
    if len(tenants) != 1:
        names = ", ".join(one["tenant_id"] for one in tenants) or "none"
        raise SystemExit(f"There are several tenants or none ({names}): choose one with --tenant.")
    found: str = tenants[0]["tenant_id"]
    return found
