"""Databases of a test's world, and a look into them."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import asyncpg
from sqlalchemy.engine import make_url

from harness.canaries import forms
from tieout_chassis.testing import administer


@asynccontextmanager
async def a_database(admin_url: str) -> AsyncIterator[str]:
    """The administrator's URL of an empty database, dropped afterwards; for worlds that outlive one test."""
    name = f"tieout_test_{uuid4().hex[:16]}"
    await administer(admin_url, f"CREATE DATABASE {name}")
    try:
        yield make_url(admin_url).set(database=name).render_as_string(hide_password=False)
    finally:
        await administer(admin_url, f"DROP DATABASE {name} WITH (FORCE)")


async def rows(database_url: str, statement: str, *values: Any) -> list[Any]:
    """What a statement gives, asked as the administrator."""
    connection = await asyncpg.connect(plain(database_url))
    try:
        return list(await connection.fetch(statement, *values))
    finally:
        await connection.close()


async def execute(database_url: str, script: str) -> None:
    """Run a script of statements as the administrator."""
    connection = await asyncpg.connect(plain(database_url))
    try:
        await connection.execute(script)
    finally:
        await connection.close()


async def holding(database_url: str, marks: Iterable[str]) -> dict[str, list[str]]:
    """The tables of all schemas with a row that holds one of these marks in clear, and which ones: in any of their
    forms, also within JSON and within binary columns."""
    wanted = {form: each for each in marks for form in forms(each)}
    wanted |= {form.encode().hex(): each for form, each in wanted.items()}
    found = {}
    for table in await rows(database_url, TABLES):
        name = f'"{table["table_schema"]}"."{table["table_name"]}"'
        if held := await rows(database_url, _HELD.format(table=name), list(wanted)):
            found[name] = sorted({wanted[row["form"]] for row in held})
    return found


_HELD = """
    SELECT DISTINCT form FROM {table} t, jsonb_each_text(to_jsonb(t)) AS cell, unnest($1::text[]) AS form
    WHERE strpos(cell.value, form) > 0
"""
TABLES = """
    SELECT table_schema, table_name FROM information_schema.tables
    WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')
"""


def plain(database_url: str) -> str:
    """The URL without a driver's name, as asyncpg takes it."""
    return make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)


def as_user(database_url: str, user: str, password: str) -> str:
    """The same database for another login."""
    return make_url(database_url).set(username=user, password=password).render_as_string(hide_password=False)
