"""Hours that pass for whoever waits: rows that say "not before" are moved back by as much."""

from harness.databases import execute, rows
from harness.world import World

_WAITS = """
    SELECT table_schema, table_name, column_name FROM information_schema.columns
    WHERE table_schema IN ('ingest', 'transform', 'xero_writer', 'limits')
      AND column_name IN ('parked_until', 'idle_until', 'waits_until', 'ready_at')
"""
_SPENT = """
    UPDATE limits.spent_hour SET hour = hour - {hours};
    UPDATE limits.spent_second SET second = second - {seconds};
"""


async def hours_pass(world: World, hours: int) -> None:
    """Every "not before" of the database moves back; the providers' clocks go on. The installation is restarted, since
    it may remember such a moment."""
    assert world.installation.stop() == 0
    for row in await rows(world.database_url, _WAITS):
        table, column = f"{row['table_schema']}.{row['table_name']}", row["column_name"]
        await execute(world.database_url, f"UPDATE {table} SET {column} = {column} - interval '{hours} hours'")
    await execute(world.database_url, _SPENT.format(hours=hours, seconds=hours * 3600))
    for simulator in world.scene.simulators:
        await simulator.tell("clock", {"advance_s": hours * 3600})
    world.installation.start()
