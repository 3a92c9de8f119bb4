"""`tieout keys`: the installation keys and tenants' data keys, of an installation that may be running."""

import os
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from tieout_chassis.database import Database
from tieout_chassis.sealing import add_sealing_key
from tieout_config_api.store import accounts
from tieout_config_api.vault import Ring, Vault
from tieout_config_api.vault.rotation import KeyStanding, Rotation
from tieout_standalone.folder import DataFolder
from tieout_standalone.maintenance import database_of, database_url_of
from tieout_standalone.services import MIGRATIONS

KEYS_VARIABLE = "TIEOUT_SEALING_KEYS"
_BODIES = """
    SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = current_schema AND data_type = 'bytea' AND table_name <> 'installation_key'
"""


async def status(console: Console, data_dir: Path, database_url: str | None) -> int:
    """Which keys there are and what needs each; 1 where a key that is needed is not in the file."""
    async with _at_hand(data_dir, database_url) as (url, database, vault):
        standing = await Rotation(database, vault).standing()
        bodies = await _bodies_sealed_by(url, [each.key_id for each in standing])
    table = Table("installation key", "stands", "in the file", "secrets that need it", "bodies of before")
    for each in standing:
        secrets = ", ".join(f"{name} {count}" for name, count in sorted(each.needed_by.items()))
        here = "yes" if each.in_ring else "no"
        table.add_row(each.key_id, _stands(each), here, secrets or "none", "some" if each.key_id in bodies else "none")
    console.print(table)
    lost = [each.key_id for each in standing if not each.in_ring and (each.needed_by or each.key_id in bodies)]
    if lost:
        console.print(f"[red]{', '.join(lost)} is needed and not in {vault.ring.where}: put it back.[/red]")
    return 1 if lost else 0


async def rotate(console: Console, data_dir: Path, database_url: str | None) -> int:
    """A new installation key, or the rest of a rotation that was stopped. Everything goes on meanwhile."""
    async with _at_hand(data_dir, database_url) as (url, database, vault):
        rotation = Rotation(database, vault)
        await vault.check(database)
        if await rotation.is_under_way():
            console.print(f"going on with {vault.ring.first}")
        elif KEYS_VARIABLE in os.environ:
            console.print(f"Put a new key in front of those in {KEYS_VARIABLE}, for every copy; then rotate again.")
            return 1
        else:
            add_sealing_key(DataFolder(data_dir).sealing_key)
            vault.ring.read_again()
            console.print(f"new installation key {vault.ring.first} in {vault.ring.where}: keep a copy of the file")
        async for done in rotation.run():
            console.print(f"{done} secrets under {vault.ring.first}")
        old = [each.key_id for each in await rotation.standing() if not each.current]
        retired = await rotation.retire(await _bodies_sealed_by(url, old))
    for key_id in retired:
        console.print(
            f"{key_id} is retired: nothing in this database needs it. Take its line out of {vault.ring.where} "
            "when no backup of before is kept any more."
        )
    return 0


async def rotate_tenant(console: Console, data_dir: Path, database_url: str | None, tenant_id: str) -> int:
    """A new data key for one tenant: new things are sealed with it, old ones open until they are purged."""
    async with _at_hand(data_dir, database_url) as (_, database, vault), database.transaction() as tx:
        if not await accounts.tenant_exists(tx, tenant_id):
            console.print(f"[red]There is no tenant {tenant_id}.[/red]")
            return 1
        key_id = await vault.make_tenant_key(tx, tenant_id)
    console.print(f"{tenant_id} seals with {key_id}; services take it up within a minute")
    return 0


@asynccontextmanager
async def _at_hand(data_dir: Path, database_url: str | None) -> AsyncIterator[tuple[str, Database, Vault]]:
    given = os.environ.get(KEYS_VARIABLE)
    vault = Vault(Ring.of_text(given) if given else Ring.of_file(DataFolder(data_dir).sealing_key))
    async with database_url_of(data_dir, database_url) as url, database_of(url, "config-api") as database:
        yield url, database, vault


async def _bodies_sealed_by(url: str, key_ids: Collection[str]) -> set[str]:
    """Those of the installation keys that bodies in any service's tables need: written before tenants had keys."""
    found: set[str] = set()
    for migrations in MIGRATIONS:
        async with database_of(url, migrations.service) as database, database.reading() as connection:
            columns = (await connection.execute(text(_BODIES))).all()
            for table, column in columns:
                query = text(
                    f'SELECT EXISTS (SELECT 1 FROM "{table}" WHERE octet_length("{column}") > 2 '  # noqa: S608
                    f'AND get_byte("{column}", 0) = 1 AND substring("{column}", 3, get_byte("{column}", 1)) = :key)'
                )
                for key_id in key_ids:
                    if key_id not in found and await connection.scalar(query, {"key": key_id.encode()}):
                        found.add(key_id)
    return found


def _stands(each: KeyStanding) -> str:
    return "current" if each.current else "retired" if each.retired else "old"
