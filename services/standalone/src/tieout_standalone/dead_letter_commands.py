"""`tieout dead-letters`: what could not be handled or published, of every service."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tieout_standalone.client import ApiClient
from tieout_standalone.options import DEFAULT_FOLDER, DEFAULT_URL, DataDir, Url, console, with_api
from tieout_standalone.report import Record

dead_letters = typer.Typer(no_args_is_help=True, help="What could not be handled: list, redrive, discard.")

Service = Annotated[str, typer.Argument(help="The service, as the list names it.")]
Letter = Annotated[int, typer.Argument(help="The dead letter's id in that service.")]


@dead_letters.command("list")
def list_(data_dir: DataDir = DEFAULT_FOLDER, url: Url = DEFAULT_URL) -> None:
    """Every open one, with its cause; status 1 if there is any, or a service does not answer."""
    with_api(data_dir, url, lambda api: show(api, console))


@dead_letters.command()
def redrive(service: Service, letter: Letter, data_dir: DataDir = DEFAULT_FOLDER, url: Url = DEFAULT_URL) -> None:
    """Handle or publish it once more."""
    with_api(data_dir, url, lambda api: close(api, console, service, letter, "redrive"))


@dead_letters.command()
def discard(service: Service, letter: Letter, data_dir: DataDir = DEFAULT_FOLDER, url: Url = DEFAULT_URL) -> None:
    """Give it up for good."""
    with_api(data_dir, url, lambda api: close(api, console, service, letter, "discard"))


async def show(api: ApiClient, console: Console) -> int:
    table, all_well = Table(show_edge=False), True
    for heading in ("service", "id", "since", "event", "about", "tries", "why"):
        table.add_column(heading)
    for state in await api.get("/services"):
        all_well = all_well and state["dead_letters"] == 0
        if state["dead_letters"] is None:
            console.print(f"[red]{state['service']} does not answer:[/red] {state['problem']}", highlight=False)
        for one in await _letters(api, state["service"]) if state["dead_letters"] else ():
            about = (one["created_at"][:19], one["type"], one["key"], str(one["attempts"]))
            table.add_row(state["service"], str(one["id"]), *about, Text(one["reason"]))
    if table.rows:
        console.print(table)
    elif all_well:
        console.print("There are no dead letters.")
    return 0 if all_well else 1


async def close(api: ApiClient, console: Console, service: str, letter: int, verdict: str) -> int:
    await api.post(f"/services/{service}/dead-letters/{letter}/{verdict}")
    console.print(f"{service}: dead letter {letter} {'redriven' if verdict == 'redrive' else 'discarded'}")
    return 0


async def _letters(api: ApiClient, service: str) -> list[Record]:
    found: list[Record] = (await api.get(f"/services/{service}/dead-letters", limit=200))["dead_letters"]
    return found
