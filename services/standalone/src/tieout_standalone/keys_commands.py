"""`tieout keys`: what seals everything."""

import asyncio
from typing import Annotated

import typer

from tieout_standalone.options import DEFAULT_FOLDER, DataDir, console

keys = typer.Typer(no_args_is_help=True, help="The keys that seal what rests; also while Tieout runs.")
DatabaseUrl = Annotated[str | None, typer.Option(envvar="TIEOUT_DATABASE_URL", help="Else the folder's own.")]


@keys.command()
def status(data_dir: DataDir = DEFAULT_FOLDER, database_url: DatabaseUrl = None) -> None:
    """Which installation keys there are, and what needs each."""
    from tieout_standalone import keys as at_work

    raise typer.Exit(asyncio.run(at_work.status(console, data_dir, database_url)))


@keys.command()
def rotate(
    data_dir: DataDir = DEFAULT_FOLDER,
    database_url: DatabaseUrl = None,
    tenant: Annotated[str | None, typer.Option(help="A new data key for this tenant instead.")] = None,
) -> None:
    """A new installation key, while everything runs; stopped in the middle, it goes on where it was."""
    from tieout_standalone import keys as at_work

    done = (
        at_work.rotate(console, data_dir, database_url)
        if tenant is None
        else at_work.rotate_tenant(console, data_dir, database_url, tenant)
    )
    raise typer.Exit(asyncio.run(done))
