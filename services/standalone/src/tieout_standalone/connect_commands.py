"""`tieout connect`: a ledger's consent from the command line; the consenting itself happens in a browser."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from tieout_standalone.client import ApiClient
from tieout_standalone.inquiries import PROVIDERS, only_tenant
from tieout_standalone.options import DEFAULT_FOLDER, DEFAULT_URL, DataDir, Tenant, Url, console, with_api

connect = typer.Typer(no_args_is_help=True, help="Connect a ledger: prints the address of its consent page.")
POLL_S = 1.0
POLLS = 660
"""As long as a start is good for, and a minute more."""

Connection = Annotated[
    str | None, typer.Option("--connection", help="Its id: a new one, or one that is connected again in its place.")
]
AppId = Annotated[str | None, typer.Option("--client-id", help="Of an app of your own; else the installation's.")]
AppSecret = Annotated[Path | None, typer.Option("--client-secret-file", help="With the secret of that app.")]
Wait = Annotated[bool, typer.Option(help="Stay until the browser came back.")]


@connect.command()
def xero(
    connection: Connection = None,
    client_id: AppId = None,
    client_secret_file: AppSecret = None,
    wait: Wait = True,
    data_dir: DataDir = DEFAULT_FOLDER,
    url: Url = DEFAULT_URL,
    tenant: Tenant = None,
) -> None:
    """Xero: one consent may cover several organisations; `tieout connect choose` makes each a connection."""
    asked = _asked("xero", connection, client_id, client_secret_file)
    with_api(data_dir, url, lambda api: start(api, console, tenant, asked, polls=POLLS if wait else 0))


@connect.command()
def qbo(
    connection: Connection = None,
    client_id: AppId = None,
    client_secret_file: AppSecret = None,
    wait: Wait = True,
    data_dir: DataDir = DEFAULT_FOLDER,
    url: Url = DEFAULT_URL,
    tenant: Tenant = None,
) -> None:
    """QuickBooks Online: one consent, one company."""
    asked = _asked("qbo", connection, client_id, client_secret_file)
    with_api(data_dir, url, lambda api: start(api, console, tenant, asked, polls=POLLS if wait else 0))


@connect.command()
def choose(
    attempt: Annotated[str, typer.Argument(help="As `tieout connect` named it.")],
    connections: Annotated[list[str], typer.Argument(help="ID=ORGANISATION: the connection, and the ledger's id.")],
    data_dir: DataDir = DEFAULT_FOLDER,
    url: Url = DEFAULT_URL,
    tenant: Tenant = None,
) -> None:
    """Make organisations of a consent connections; all of them, or none."""
    with_api(data_dir, url, lambda api: chosen(api, console, tenant, attempt, connections))


@connect.command()
def end(
    connection: Annotated[str, typer.Argument(help="The connection's id.")],
    data_dir: DataDir = DEFAULT_FOLDER,
    url: Url = DEFAULT_URL,
    tenant: Tenant = None,
) -> None:
    """Give a connection's consent back. Its settings and what waits in it stay."""
    with_api(data_dir, url, lambda api: ended(api, console, tenant, connection))


def _asked(kind: str, connection: str | None, client_id: str | None, secret_file: Path | None) -> dict[str, Any]:
    secret = secret_file.read_text().strip() if secret_file else None
    asked = {"kind": kind, "connection_id": connection, "client_id": client_id, "client_secret": secret}
    return {name: value for name, value in asked.items() if value is not None}


async def start(
    api: ApiClient, console: Console, tenant: str | None, asked: dict[str, Any], *, polls: int, poll_s: float = POLL_S
) -> int:
    """Prints the address; then, at most `polls` times, looks whether the browser came back. 0 unless it failed."""
    tenant_id = await only_tenant(api, tenant)
    started = await api.post(f"/tenants/{tenant_id}/connect-attempts", asked)
    console.print(f"Open this in a browser, signed in at {PROVIDERS[asked['kind']]}, within ten minutes:")
    console.print(started["url"], highlight=False, soft_wrap=True)
    console.print(f"The attempt is {started['attempt_id']}.", highlight=False)
    place = f"/tenants/{tenant_id}/connect-attempts/{started['attempt_id']}"
    for _ in range(polls):
        attempt = await api.get(place)
        if attempt["state"] != "waiting":
            return _told(console, attempt)
        await asyncio.sleep(poll_s)
    return 0


async def chosen(api: ApiClient, console: Console, tenant: str | None, attempt: str, pairs: Sequence[str]) -> int:
    tenant_id = await only_tenant(api, tenant)
    named = [pair.partition("=") for pair in pairs]
    if wrong := [
        pair for pair, (name, _, organisation) in zip(pairs, named, strict=True) if not (name and organisation)
    ]:
        raise SystemExit(f"{wrong[0]} is no ID=ORGANISATION, such as xero-north=0a1b2c3d-….")
    connections = [{"connection_id": name, "organisation_id": organisation} for name, _, organisation in named]
    place = f"/tenants/{tenant_id}/connect-attempts/{attempt}/connections"
    return _told(console, await api.post(place, {"connections": connections}))


async def ended(api: ApiClient, console: Console, tenant: str | None, connection: str) -> int:
    """0, also where the provider could not be told: nothing is kept here any more."""
    tenant_id = await only_tenant(api, tenant)
    answer = await api.post(f"/tenants/{tenant_id}/connections/{connection}/disconnect")
    console.print(
        f"{connection} is disconnected. What waits in it goes on when it is connected again.", highlight=False
    )
    for warning in answer["warnings"]:
        console.print(f"[yellow]{warning['sentence']}[/yellow] {warning['hint']}", highlight=False)
    return 0


def _told(console: Console, attempt: dict[str, Any]) -> int:
    for each in attempt["connected"]:
        told = f"{each['connection_id']} is connected to {each['organisation_name']} ({each['organisation_id']})."
        console.print(f"[green]{told}[/green]", highlight=False)
    if attempt["state"] == "choosing":
        console.print("Access was allowed to:")
        for each in attempt["organisations"]:
            console.print(f"  {each['organisation_id']}  {each['name']}", highlight=False)
        console.print(f"Choose: tieout connect choose {attempt['attempt_id']} ID=ORGANISATION ...", highlight=False)
    elif attempt["state"] != "connected":
        problem = attempt["problem"] or {"title": "Nobody consented in time.", "detail": "Start again."}
        console.print(f"[red]{problem['title']}[/red] {problem['detail']}", highlight=False)
        return 1
    return 0
