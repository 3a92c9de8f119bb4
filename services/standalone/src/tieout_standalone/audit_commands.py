"""`tieout audit`: who did what, and whether the chain still holds."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tieout_standalone.client import ApiClient
from tieout_standalone.inquiries import only_tenant
from tieout_standalone.options import DEFAULT_FOLDER, DEFAULT_URL, DataDir, Tenant, Url, console, with_api

audit = typer.Typer(no_args_is_help=True, help="Who did what: the tenant's audit, chained by hash.")


@audit.command("list")
def list_(
    action: Annotated[str | None, typer.Option(help="Only this, such as company.armed.")] = None,
    actor: Annotated[str | None, typer.Option(help="Only this person, key or service.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="So many, newest first.")] = 50,
    data_dir: DataDir = DEFAULT_FOLDER,
    url: Url = DEFAULT_URL,
    tenant: Tenant = None,
) -> None:
    """What was done last, newest first."""
    with_api(data_dir, url, lambda api: show(api, console, tenant, action=action, actor=actor, limit=limit))


@audit.command()
def verify(data_dir: DataDir = DEFAULT_FOLDER, url: Url = DEFAULT_URL, tenant: Tenant = None) -> None:
    """Follow the chain from its beginning and name the first broken link; status 1 if there is one."""
    with_api(data_dir, url, lambda api: verified(api, console, tenant))


async def show(api: ApiClient, console: Console, tenant: str | None, **filters: object) -> int:
    tenant_id = await only_tenant(api, tenant)
    table = Table(show_edge=False)
    for heading in ("number", "at", "who", "did", "on"):
        table.add_column(heading)
    for each in (await api.get(f"/tenants/{tenant_id}/audit", **filters))["entries"]:
        who = each["actor_name"] or each["actor"]
        table.add_row(
            str(each["number"]), each["at"][:19], who, each["action"], f"{each['subject']} {each['subject_id']}"
        )
    console.print(table)
    return 0


async def verified(api: ApiClient, console: Console, tenant: str | None) -> int:
    """0 where every entry is what was written, and none is missing."""
    tenant_id = await only_tenant(api, tenant)
    found = await api.get(f"/tenants/{tenant_id}/audit/verification")
    while not found["complete"]:
        going_on = {"after": found["number"], "follows": found["hash"]}
        found = await api.get(f"/tenants/{tenant_id}/audit/verification", **going_on)
    if broken := found["broken"]:
        told = f"The audit of {tenant_id} is broken at entry {broken['number']}: {broken['why']}."
        console.print(f"[red]{told}[/red] Entries 1 to {found['number']} are sound.", highlight=False)
        return 1
    told = f"The audit of {tenant_id} is whole: {found['number']} entries, the last with the hash {found['hash']}."
    console.print(told, highlight=False)
    return 0
