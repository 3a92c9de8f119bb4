"""What the command line asks of a running installation."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tieout_standalone import report
from tieout_standalone.client import ApiClient
from tieout_standalone.demo.play import run_to_rest


async def sync(api: ApiClient, console: Console, tenant: str | None, company: str, *, timeout_s: float) -> int:
    """0 when no record ended in an error."""
    tenant_id = await only_tenant(api, tenant)
    runs = await run_to_rest(api, tenant_id, [company], console, timeout_s=timeout_s)
    records = await api.records(tenant_id, run_id=runs[0]["run_id"])
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
    console.print(table)
    console.print(report.summary(records))
    for problem in runs[0]["problems"]:
        console.print(f"[red]{problem['sentence']}[/red] {problem['hint']}")
    return 1 if any(report.result_of(record) == "error" for record in records) else 0


async def status(api: ApiClient, console: Console, tenant: str | None) -> int:
    for tenant_id in [tenant] if tenant else [one["tenant_id"] for one in await api.get("/tenants")]:
        for company in await api.get(f"/tenants/{tenant_id}/companies"):
            arming = company["settings"]["arming"]
            going = f"posts from {arming['go_live']}" if arming["armed"] else "previews only, not armed"
            console.print(f"[bold]{tenant_id} / {company['company_id']}[/bold]: {going}")
            console.print(report.summary(await api.records(tenant_id, company_id=company["company_id"])))
    return 0


async def trace(api: ApiClient, console: Console, tenant: str | None, number: str) -> int:
    """Every record of that number; 1 when there is none."""
    tenant_id = await only_tenant(api, tenant)
    found = await api.records(tenant_id, number=number)
    for record in found:
        place = f"companies/{record['company_id']}/records/{record['kind']}/{record['record_id']}"
        report.print_record(console, await api.get(f"/tenants/{tenant_id}/{place}"))
    if not found:
        console.print(f"No record numbered {number} is known. Was it closed in ConnectWise? tieout sync looks.")
    return 0 if found else 1


async def only_tenant(api: ApiClient, tenant: str | None) -> str:
    if tenant is not None:
        return tenant
    tenants = await api.get("/tenants")
    if len(tenants) != 1:
        names = ", ".join(one["tenant_id"] for one in tenants) or "none"
        raise SystemExit(f"There are several tenants or none ({names}): choose one with --tenant.")
    found: str = tenants[0]["tenant_id"]
    return found
