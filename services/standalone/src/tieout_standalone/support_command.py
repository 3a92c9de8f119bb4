"""`tieout support-bundle`: what helps to find out what is wrong, in one file to look through and pass on."""

import os
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from tieout_standalone.client import ApiClient


async def save_bundle(api: ApiClient, console: Console, output: Path | None) -> int:
    """Readable by its owner only. 1 where the file is there already."""
    file = output or Path(f"tieout-support-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.zip")
    if file.exists():
        console.print(f"{file} is there already: name another one with --output.", highlight=False)
        return 1
    archive = await api.download("/support-bundle")
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        opened.write(archive)
    console.print(f"{file}: {len(archive):,} bytes. Look through it before you pass it on.", highlight=False)
    console.print("It belongs into the issue tracker of the repository that you cloned (docs/support.md).")
    return 0
