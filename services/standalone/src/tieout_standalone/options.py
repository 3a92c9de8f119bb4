"""What several commands take, and how they reach the running installation."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tieout_standalone.client import ApiClient

# Written to a file or a log there is no terminal to ask for its width; tables of causes need some.
console = Console(width=None if sys.stdout.isatty() else 140)

DEFAULT_FOLDER = Path.home() / ".local" / "share" / "tieout"
DEFAULT_URL = "http://127.0.0.1:8700"

DataDir = Annotated[Path, typer.Option("--data-dir", envvar="TIEOUT_DATA_DIR", help="The installation's folder.")]
Url = Annotated[str, typer.Option("--url", envvar="TIEOUT_URL", help="The public API.")]
Tenant = Annotated[str | None, typer.Option("--tenant", help="Needed where there is more than one.")]


def with_api(data_dir: Path, url: str, ask: Callable[[ApiClient], Awaitable[int]]) -> None:
    """With the key in TIEOUT_API_KEY, such as a tenant's own; else with the installation's."""
    key = os.environ.get("TIEOUT_API_KEY") or (data_dir.expanduser() / "api.key").read_text().strip()

    async def asked() -> int:
        async with ApiClient(url, key) as api:
            return await ask(api)

    raise typer.Exit(asyncio.run(asked()))
