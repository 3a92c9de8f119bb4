"""PostgreSQL itself keeps tenants apart: in every table, whatever a query forgets to ask for (I-7)."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.clock import FixedClock
from tieout_chassis.database import Database
from tieout_chassis.sealing import Sealer
from tieout_chassis.tables import METADATA as EVERY_SERVICES
from tieout_chassis.testing import FreshDatabase, administer
from tieout_config_api.app import public_app
from tieout_config_api.migrations import MIGRATIONS
from tieout_config_api.public.door import Rooms
from tieout_config_api.store.tables import metadata
from tieout_config_api.store.walls import WITHOUT_WALL, within
from tieout_config_api.vault import Vault

pytestmark = pytest.mark.postgres
MINE, THEIRS = "harbourline", "breakwater"
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
ONLY_GROWS = {"audit", "audit_head"}
"""Triggers refuse every change of theirs (see the audit's own tests)."""
FORGET_CHECKS = """
    DO $$ DECLARE each record; BEGIN
        FOR each IN SELECT conrelid::regclass AS place, conname FROM pg_constraint
            WHERE contype = 'c' AND connamespace = 'config_api'::regnamespace
        LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', each.place, each.conname); END LOOP;
    END $$
"""
WALLED = [table for table in metadata.sorted_tables if table.name not in WITHOUT_WALL]
SETTINGS = {
    "name": "Harbourline IT",
    "connectwise_connection": "connectwise",
    "ledger_connection": "xero",
    "organisation_id": "org",
    "connectwise_locations": [11],
    "adjustment": {"account": "860"},
}
CONNECTION = {
    "kind": "connectwise",
    "site": "https://api-na.myconnectwise.net",
    "login_company": "harbourline",
    "public_key": "public",
    "private_key": "private",
    "client_id": "client",
}
AS_MADE_BY: dict[type[sa.types.TypeEngine[Any]], Any] = {
    sa.DateTime: NOW,
    sa.Date: date(2026, 11, 2),
    sa.Boolean: False,
    sa.Numeric: 1,
    sa.Integer: 1,
    JSONB: {},
    sa.ARRAY: [],
}


def value(column: sa.Column[Any], tenant: str) -> Any:
    """Like names have like values, so that a row finds its parent."""
    if column.name == "tenant_id":
        return tenant
    if column.name == "settings":
        return SETTINGS
    if isinstance(column.type, sa.UUID):
        return uuid5(NAMESPACE_URL, f"{tenant}-{column.name}")
    if isinstance(column.type, sa.LargeBinary):
        return f"{tenant}-{column.name}".encode()
    for kind, made in AS_MADE_BY.items():
        if isinstance(column.type, kind):
            return made
    return f"{tenant}-{column.name}".replace("_", "-")


def row(table: sa.Table, tenant: str) -> dict[str, Any]:
    needed = [each for each in table.columns if not each.nullable and each.server_default is None and not each.identity]
    return {each.name: value(each, tenant) for each in needed}


async def fill(tx: AsyncConnection, tenant: str) -> None:
    for table in metadata.sorted_tables:
        await tx.execute(sa.insert(table).values(**row(table, tenant)))


@pytest.fixture
async def database(fresh_database: FreshDatabase) -> AsyncIterator[Database]:
    """Each table with a row of each of two tenants; what else the row says does not matter, so it is not checked."""
    url = await fresh_database([MIGRATIONS])
    await administer(url, FORGET_CHECKS)
    found = Database(url, "config-api", pool_size=1)
    async with found.transaction() as tx:
        for tenant in (MINE, THEIRS):
            await fill(tx, tenant)
    yield found
    await found.dispose()


async def test_every_table_has_its_wall_or_a_reason_for_none(database: Database) -> None:
    query = sa.text("""
        SELECT relname, relrowsecurity AND relforcerowsecurity, pg_has_role(current_user, relowner, 'USAGE')
        FROM pg_class WHERE relnamespace = 'config_api'::regnamespace AND relkind IN ('r', 'p')
    """)
    async with database.reading() as connection:
        found = {name: (forced, owned) for name, forced, owned in await connection.execute(query)}
    shared = {"alembic_version", *EVERY_SERVICES.tables, *WITHOUT_WALL}
    assert {name for name, (forced, _) in found.items() if not forced} == shared
    assert {table.name for table in WALLED} == set(found) - shared
    assert not any(owned for _, owned in found.values())


async def test_within_a_tenant_no_row_of_another_is_seen_or_changed_or_ended_in_any_table_I7(
    database: Database,
) -> None:
    """Rows that hang on the table's own are ended with them."""
    touched = {}
    for table in WALLED:
        column = next(each for each in table.columns if each.identity is None)
        async with within(database, MINE).transaction() as tx:
            nothing_stays = await tx.begin_nested()
            read = len((await tx.execute(sa.select(table))).all())
            changed = ended = read
            if table.name not in ONLY_GROWS:
                changed = (await tx.execute(sa.update(table).values({column: column}))).rowcount
                for child in reversed(metadata.sorted_tables):
                    if hangs_on(child, table):
                        await tx.execute(sa.delete(child))
                ended = (await tx.execute(sa.delete(table))).rowcount
            await nothing_stays.rollback()
        touched[table.name] = (read, changed, ended)
    assert touched == {table.name: (1, 1, 1) for table in WALLED}


def hangs_on(child: sa.Table, table: sa.Table) -> bool:
    parents = {key.column.table for key in child.foreign_keys}
    return table in parents or any(hangs_on(parent, table) for parent in parents)


async def test_within_a_tenant_no_row_of_another_can_be_made_in_any_table_I7(database: Database) -> None:
    made = []
    for table in WALLED:
        theirs = row(table, THEIRS)
        try:
            async with within(database, MINE).transaction() as tx:
                await tx.execute(sa.insert(table).values(**theirs))
        except DBAPIError as error:
            if "row-level security" in str(error.orig):
                continue
        made.append(table.name)
    assert made == []


async def test_a_confined_transaction_confines_nothing_after_it(database: Database) -> None:
    """The pool has one connection: the next transaction is on the same."""
    count = sa.select(sa.func.count()).select_from(metadata.tables["company"])
    async with within(database, MINE).transaction() as tx:
        assert await tx.scalar(count) == 1
    async with within(database, THEIRS).reading() as tx:
        assert (await tx.scalars(sa.select(metadata.tables["company"].c.tenant_id))).all() == [THEIRS]
    async with database.transaction() as tx:
        assert await tx.scalar(count) == 2


async def test_a_request_that_names_a_tenant_works_within_its_walls_only_I7(
    database: Database, sealing_key_file: Path
) -> None:
    asked: list[str] = []

    class Told(Database):
        def confined(self, setting: str, value: str) -> Database:
            asked.append(f"{setting}={value}")
            return super().confined(setting, value)

    database.__class__ = Told
    sealer, vault = Sealer.from_file(sealing_key_file), Vault.from_file(sealing_key_file)
    app = public_app(Rooms(database, sealer, FixedClock(NOW), httpx.AsyncClient(), 200, vault=vault), "key")
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://test/v1", headers={"Authorization": "Bearer key"}
    ) as http:
        assert (await http.get(f"/tenants/{MINE}/connections")).status_code == 200
        assert asked == [f"tieout.tenant={MINE}"]
        company = {"company_id": f"{THEIRS}-company-id", "settings": SETTINGS | {"connectwise_locations": [12]}}
        taken = [
            await http.post(f"/tenants/{MINE}/companies", json=company),
            await http.put(f"/tenants/{MINE}/connections/{THEIRS}-connection-id", json=CONNECTION),
        ]
    assert [(each.status_code, each.json()["code"]) for each in taken] == [(409, "api.exists")] * 2
