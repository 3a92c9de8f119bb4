"""kill -9 at the points where it hurts, in a process of its own, on every transport."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tieout_chassis.database import Database
from tieout_chassis.outbox import publish
from tieout_contracts.events import RecordStaged

PROCESS = Path(__file__).parent / "crashing_process.py"
RECORDS, ROUNDS = 4, 6
pytestmark = pytest.mark.postgres


@pytest.mark.parametrize("crash_at", ["relay.after_publish:2", "subscriber.after_effect:2"])
async def test_after_kill_9_and_a_restart_everything_was_heard_once_and_in_order_I9(
    bus: Any,
    database: Database,
    other_database: Database,
    admin_url: str,
    sealing_key_file: Path,
    staged: Callable[..., RecordStaged],
    crash_at: str,
) -> None:
    for turn in range(ROUNDS):
        async with database.transaction() as tx:
            for record in range(RECORDS):
                await publish(tx, staged(record, str(turn)))
    arguments = [sys.executable, str(PROCESS), admin_url, str(sealing_key_file), *bus.arguments]
    with started(arguments, crash_at) as first:
        assert await asyncio.to_thread(first.wait, 60) == -signal.SIGKILL
    with started(arguments, "") as second:
        notes = await _heard(other_database, RECORDS * ROUNDS)
        second.kill()
    assert len(notes) == RECORDS * ROUNDS
    for record in range(RECORDS):
        heard = [note.split()[1] for note in notes if note.split()[0].endswith(str(record))]
        assert heard == [str(turn) for turn in range(ROUNDS)]


def started(arguments: list[str], crash_at: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(arguments, env=os.environ | {"TIEOUT_CRASH_AT": crash_at})


async def _heard(database: Database, wanted: int) -> list[str]:
    async with asyncio.timeout(60):
        while True:
            async with database.reading() as connection:
                notes = list(await connection.scalars(text("SELECT text FROM note ORDER BY id")))
            if len(notes) >= wanted:
                return notes
            await asyncio.sleep(0.1)
