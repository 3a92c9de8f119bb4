"""`tieout settings`: a company's settings as a file that can be kept with code."""

from pathlib import Path
from typing import Annotated

import typer

from tieout_standalone import settings_files
from tieout_standalone.options import DEFAULT_FOLDER, DEFAULT_URL, DataDir, Tenant, Url, console, with_api

settings = typer.Typer(no_args_is_help=True, help="A company's settings: history, and as a file that is applied.")

Company = Annotated[str, typer.Argument(help="The company's id.")]
File = Annotated[Path, typer.Argument(help="YAML, as `tieout settings show` writes it.")]
Comment = Annotated[str | None, typer.Option("--comment", help="Why; kept with the version.")]


@settings.command()
def history(
    company: Company, data_dir: DataDir = DEFAULT_FOLDER, url: Url = DEFAULT_URL, tenant: Tenant = None
) -> None:
    """Every version, newest first."""
    with_api(data_dir, url, lambda api: settings_files.history(api, console, tenant, company))


@settings.command()
def show(
    company: Company,
    version: Annotated[int | None, typer.Option("--version", help="Else the newest.")] = None,
    data_dir: DataDir = DEFAULT_FOLDER,
    url: Url = DEFAULT_URL,
    tenant: Tenant = None,
) -> None:
    """The settings as YAML: write them to a file, change it, `plan` and `apply` it."""
    with_api(data_dir, url, lambda api: settings_files.show(api, tenant, company, version))


@settings.command()
def plan(
    company: Company, file: File, data_dir: DataDir = DEFAULT_FOLDER, url: Url = DEFAULT_URL, tenant: Tenant = None
) -> None:
    """What applying the file would change, setting by setting; nothing is saved."""
    with_api(data_dir, url, lambda api: settings_files.plan(api, console, tenant, company, file))


@settings.command()
def apply(
    company: Company,
    file: File,
    comment: Comment = None,
    data_dir: DataDir = DEFAULT_FOLDER,
    url: Url = DEFAULT_URL,
    tenant: Tenant = None,
) -> None:
    """Save the file as the newest version, if nobody else saved meanwhile. Arming stays as it is."""
    with_api(data_dir, url, lambda api: settings_files.apply(api, console, tenant, company, file, comment))


@settings.command("roll-back")
def roll_back(
    company: Company,
    version: Annotated[int, typer.Argument(help="Whose settings become the newest again.")],
    data_dir: DataDir = DEFAULT_FOLDER,
    url: Url = DEFAULT_URL,
    tenant: Tenant = None,
) -> None:
    """A new version with the settings of an older one. Arming stays as it is."""
    with_api(data_dir, url, lambda api: settings_files.roll_back(api, console, tenant, company, version))
