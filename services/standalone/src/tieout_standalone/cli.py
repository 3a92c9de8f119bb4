"""The command line. Every command says what it did, what is left, and what to do next."""

import asyncio
import sys
from collections.abc import Awaitable
from pathlib import Path
from typing import Annotated, Literal

import typer

from tieout_standalone.audit_commands import audit
from tieout_standalone.client import ApiClient, ApiRefused
from tieout_standalone.connect_commands import connect
from tieout_standalone.dead_letter_commands import dead_letters
from tieout_standalone.folder import DataFolder, FolderInUse
from tieout_standalone.keys_commands import keys
from tieout_standalone.options import DEFAULT_FOLDER, DEFAULT_URL, DataDir, Tenant, Url, console, with_api
from tieout_standalone.people_commands import api_keys, users
from tieout_standalone.settings_commands import settings
from tieout_standalone.support_command import save_bundle

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Posts what an MSP bills in ConnectWise PSA into its ledger: exact to the cent, once and only once.",
)
database = typer.Typer(no_args_is_help=True, help="The database of an installation.")
app.add_typer(database, name="db")
app.add_typer(keys, name="keys")
app.add_typer(settings, name="settings")
app.add_typer(audit, name="audit")
app.add_typer(dead_letters, name="dead-letters")
app.add_typer(connect, name="connect")
app.add_typer(users, name="users")
app.add_typer(api_keys, name="api-keys")


Family = Literal["invoices", "procurement", "expenses", "payments"]


@app.command()
def up(
    data_dir: DataDir = DEFAULT_FOLDER,
    port: Annotated[int, typer.Option(help="The public API's port.")] = 8700,
    database_url: Annotated[str | None, typer.Option(envvar="TIEOUT_DATABASE_URL", help="Else embedded.")] = None,
    kafka: Annotated[str | None, typer.Option(envvar="TIEOUT_KAFKA_BOOTSTRAP_SERVERS", help="Else PostgreSQL.")] = None,
) -> None:
    """Run everything in this process until Ctrl-C."""
    from tieout_standalone.compose import up_until_stopped

    with DataFolder(data_dir) as folder:
        asyncio.run(up_until_stopped(folder, console, public_port=port, database_url=database_url, kafka=kafka))


@app.command()
def demo(
    exit_: Annotated[
        bool, typer.Option("--exit", help="End when the month is posted; status 0 if it ties out.")
    ] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the same as data.")] = None,
    data_dir: Annotated[Path, typer.Option(help="Made anew each time.")] = Path(".tieout/demo"),
    seed: Annotated[int, typer.Option(help="Another month.")] = 7,
    latency_ms: Annotated[int, typer.Option(help="Of each simulated call.")] = 0,
) -> None:
    """A believable month of an MSP, from ConnectWise to Xero, on embedded parts."""
    from tieout_standalone.demo.show import DemoOptions
    from tieout_standalone.demo.show import demo as run_demo

    options = DemoOptions(
        folder=data_dir, seed=seed, leave_running=not exit_, json_file=json_file, latency_ms=latency_ms
    )
    raise typer.Exit(asyncio.run(run_demo(options, console)))


@app.command()
def sync(
    company: Annotated[str | None, typer.Argument(help="The company to post; else the tenant's first.")] = None,
    family: Annotated[Family | None, typer.Option(help="What to look for; else invoices.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every family that the company's defaults take.")] = False,
    data_dir: DataDir = DEFAULT_FOLDER,
    url: Url = DEFAULT_URL,
    tenant: Tenant = None,
    timeout_s: Annotated[float, typer.Option(help="Give up watching after so many seconds.")] = 3600,
) -> None:
    """Post what is unposted now; shows success, warning or error for each record."""
    from tieout_standalone import syncing

    if all_ and family:
        raise typer.BadParameter("either one family or --all")

    def ask(api: ApiClient) -> Awaitable[int]:
        if all_:
            return syncing.sync_all(api, console, tenant, company, timeout_s=timeout_s)
        return syncing.sync(api, console, tenant, company, family or "invoices", timeout_s=timeout_s)

    with_api(data_dir, url, ask)


@app.command()
def preview(
    company: Annotated[str | None, typer.Option("--company", help="Else every company.")] = None,
    record: Annotated[str | None, typer.Option("--record", help="One document's number, shown line by line.")] = None,
    settings: Annotated[Path | None, typer.Option(help="JSON of settings that are not saved: what if?")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the same as data.")] = None,
    data_dir: DataDir = DEFAULT_FOLDER,
    url: Url = DEFAULT_URL,
    tenant: Tenant = None,
    timeout_s: Annotated[float, typer.Option(help="Give up watching after so many seconds.")] = 600,
) -> None:
    """What would be created, changed or refused, and why; nothing is written to ConnectWise or a ledger."""
    from tieout_standalone import previews

    options = previews.PreviewOptions(company, record, settings, json_file, timeout_s)
    with_api(data_dir, url, lambda api: previews.preview(api, console, tenant, options))


@app.command()
def approve(
    preview_id: Annotated[str, typer.Argument(help="The preview, as `tieout preview` named it.")],
    numbers: Annotated[list[str] | None, typer.Argument(help="Documents; else all that would be created.")] = None,
    person: Annotated[str, typer.Option(envvar="USER", help="Who approves; kept with the record.")] = "command line",
    data_dir: DataDir = DEFAULT_FOLDER,
    url: Url = DEFAULT_URL,
    tenant: Tenant = None,
) -> None:
    """Post what a preview showed, all or some, if it is still the same; armed or not."""
    from tieout_standalone import previews

    with_api(
        data_dir, url, lambda api: previews.approve(api, console, tenant, preview_id, numbers or (), person=person)
    )


@app.command()
def proposals(
    company: Annotated[str, typer.Argument(help="The company whose ledger is compared.")],
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the same as data.")] = None,
    data_dir: DataDir = DEFAULT_FOLDER,
    url: Url = DEFAULT_URL,
    tenant: Tenant = None,
    timeout_s: Annotated[float, typer.Option(help="Give up watching after so many seconds.")] = 600,
) -> None:
    """What the ledger has already of a company's customers and unposted records; nothing is written."""
    from tieout_standalone import proposals as cut_over

    options = cut_over.ProposalOptions(json_file, timeout_s)
    with_api(data_dir, url, lambda api: cut_over.propose(api, console, tenant, company, options))


Proposals = Annotated[str, typer.Argument(help="The proposals, as `tieout proposals` named them.")]
Person = Annotated[str, typer.Option(envvar="USER", help="Who decides; kept with it.")]


@app.command()
def link(
    proposals_id: Proposals,
    pairs: Annotated[list[str] | None, typer.Argument(help="NUMBER=ID: a customer, and the ledger's contact.")] = None,
    findings: Annotated[list[str] | None, typer.Option("--all", help="Every customer found so: name ...")] = None,
    refuse: Annotated[bool, typer.Option("--refuse", help="Say that it is not the customer's contact.")] = False,
    person: Person = "command line",
    data_dir: DataDir = DEFAULT_FOLDER,
    url: Url = DEFAULT_URL,
    tenant: Tenant = None,
) -> None:
    """Link customers to contacts that are in the ledger: the next posting uses them, and makes none."""
    from tieout_standalone import proposals as cut_over

    with_api(
        data_dir,
        url,
        lambda api: cut_over.link(
            api, console, tenant, proposals_id, pairs or (), findings=findings or (), refuse=refuse, person=person
        ),
    )


@app.command()
def adopt(
    proposals_id: Proposals,
    numbers: Annotated[list[str] | None, typer.Argument(help="Records; else all that can be adopted.")] = None,
    person: Person = "command line",
    data_dir: DataDir = DEFAULT_FOLDER,
    url: Url = DEFAULT_URL,
    tenant: Tenant = None,
) -> None:
    """Link documents that are in the ledger to their records, and batch these; nothing is posted."""
    from tieout_standalone import proposals as cut_over

    with_api(
        data_dir, url, lambda api: cut_over.adopt(api, console, tenant, proposals_id, numbers or (), person=person)
    )


@app.command()
def status(data_dir: DataDir = DEFAULT_FOLDER, url: Url = DEFAULT_URL, tenant: Tenant = None) -> None:
    """Companies, their go-live dates, and where their records stand."""
    from tieout_standalone import inquiries

    with_api(data_dir, url, lambda api: inquiries.status(api, console, tenant))


@app.command()
def connections(data_dir: DataDir = DEFAULT_FOLDER, url: Url = DEFAULT_URL, tenant: Tenant = None) -> None:
    """Whether each connection is good, and what is wrong with it; ConnectWise is asked now, and nothing is written."""
    from tieout_standalone import inquiries

    with_api(data_dir, url, lambda api: inquiries.connections(api, console, tenant))


@app.command("check-setup")
def check_setup(
    company: Annotated[str | None, typer.Argument(help="Else every company of the tenant.")] = None,
    data_dir: DataDir = DEFAULT_FOLDER,
    url: Url = DEFAULT_URL,
    tenant: Tenant = None,
) -> None:
    """Every step of getting started: what is missing or would break, and what to do; status 1 if a record could not
    post."""
    from tieout_standalone import setup_check

    with_api(data_dir, url, lambda api: setup_check.check_setup(api, console, tenant, company))


@app.command()
def trace(
    number: Annotated[str, typer.Argument(help="The document's number.")],
    data_dir: DataDir = DEFAULT_FOLDER,
    url: Url = DEFAULT_URL,
    tenant: Tenant = None,
) -> None:
    """One document's life, from ConnectWise's closing to its batch."""
    from tieout_standalone import inquiries

    with_api(data_dir, url, lambda api: inquiries.trace(api, console, tenant, number))


@app.command("support-bundle")
def support_bundle(
    output: Annotated[Path | None, typer.Option("--output", help="The file; else named after the time.")] = None,
    data_dir: DataDir = DEFAULT_FOLDER,
    url: Url = DEFAULT_URL,
) -> None:
    """Versions, settings, health, counts, dead letters and the last lines of the logs in one file, without secrets."""
    with_api(data_dir, url, lambda api: save_bundle(api, console, output))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def simulate(
    context: typer.Context, provider: Annotated[str, typer.Argument(help="connectwise, xero, qbo or month")]
) -> None:
    """A provider's simulator in the foreground (--port N --data FILE)."""
    from tieout_simulators.__main__ import main as simulators

    raise typer.Exit(simulators([provider, *context.args]))


@app.command()
def replay(data_dir: DataDir = DEFAULT_FOLDER, database_url: Annotated[str | None, typer.Option()] = None) -> None:
    """Announce everything again: what a lost bus swallowed arrives, what arrived before is dropped as a double."""
    from tieout_standalone.maintenance import replay as announce_all

    announced = asyncio.run(announce_all(data_dir, database_url))
    for service, events in announced.items():
        console.print(f"{service}: {events} events announced again")


@database.command("upgrade")
def upgrade(data_dir: DataDir = DEFAULT_FOLDER, database_url: Annotated[str | None, typer.Option()] = None) -> None:
    """Bring every schema to this release. Safe to run twice; two at once wait for each other."""
    from tieout_standalone.maintenance import upgrade as upgrade_all

    asyncio.run(upgrade_all(data_dir, database_url))
    console.print("every schema is at this release")


def main() -> None:
    """Errors a person can meet end in one sentence, not in a traceback."""
    import httpx

    from tieout_chassis.service import CannotStart
    from tieout_standalone.runs import RunTooLong
    from tieout_standalone.settings_files import NotSettings

    try:
        app()
    except (ApiRefused, CannotStart, FolderInUse, RunTooLong) as error:
        console.print(f"[red]{error}[/red]")
        sys.exit(1)
    except NotSettings as error:
        console.print(f"[red]{error}[/red]", highlight=False)
        sys.exit(1)
    except FileNotFoundError as error:
        console.print(f"[red]{error.filename} is not there.[/red] Is --data-dir the folder of a running Tieout?")
        sys.exit(1)
    except httpx.ConnectError:
        console.print("[red]Tieout does not answer.[/red] Start it with: tieout up (or give --url).")
        sys.exit(1)


if __name__ == "__main__":
    main()
