"""The audit's chain on a real PostgreSQL: it only grows, it holds, and whoever tampers with it is found out."""

import asyncio
import inspect
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, SecretStr
from sqlalchemy.exc import DBAPIError

from tieout_chassis.clock import Clock
from tieout_chassis.database import Database
from tieout_chassis.testing import FreshDatabase, administer
from tieout_config_api.app import public_app
from tieout_config_api.auditing import FIRST_HASH, Actor, Audit, Checked, check, told
from tieout_config_api.migrations import MIGRATIONS
from tieout_config_api.store import audit

pytestmark = pytest.mark.postgres
AT = datetime(2026, 11, 2, 9, 0, 0, 123456, tzinfo=UTC)


class StandingClock(Clock):
    def now(self) -> datetime:
        return AT


@pytest.fixture
async def database(fresh_database: FreshDatabase) -> AsyncIterator[Database]:
    found = Database(await fresh_database([MIGRATIONS]), "config-api", pool_size=8)
    yield found
    await found.dispose()


ANNE = Audit(StandingClock(), Actor("person", "7", "anne@harbourline.example"))


async def act(database: Database, number: int, tenant_id: str = "harbourline") -> None:
    async with database.transaction() as tx:
        await ANNE.write(tx, tenant_id, "company.armed", "company", number, after={"number": number})


async def checked(database: Database, tenant_id: str = "harbourline", **more: Any) -> Checked:
    async with database.transaction() as tx:
        return await check(tx, tenant_id, **({"limit": 100} | more))


async def test_of_twenty_writers_at_once_each_links_to_the_one_before_it(database: Database) -> None:
    await asyncio.gather(*(act(database, number, tenant) for number in range(20) for tenant in ("harbourline", "b")))
    for tenant in ("harbourline", "b"):
        found = await checked(database, tenant)
        assert (found.number, found.head, found.broken, found.complete) == (20, 20, None, True)


async def test_an_act_that_is_taken_back_leaves_no_entry_and_no_gap(database: Database) -> None:
    await act(database, 1)
    async with database.engine.connect() as tx, tx.begin() as transaction:
        await ANNE.write(tx, "harbourline", "company.armed", "company", "c")
        await transaction.rollback()
    await act(database, 2)
    assert (await checked(database)).number == 2


async def test_the_database_refuses_to_change_what_was_written(database: Database) -> None:
    await act(database, 1)
    for statement in (
        "UPDATE audit SET actor = 'nobody'",
        "DELETE FROM audit",
        "DELETE FROM audit_head",
        "UPDATE audit_head SET number = number - 1",
    ):
        with pytest.raises(DBAPIError, match="the audit only grows"):
            await change(database, statement)
    with pytest.raises(DBAPIError, match="must be owner"):
        await change(database, "ALTER TABLE audit DISABLE TRIGGER USER")


async def change(database: Database, statement: str) -> None:
    async with database.transaction() as tx:
        await tx.execute(sa.text(statement))


TAMPERED = [
    ("UPDATE audit SET after = '{}' WHERE number = 3", 3, "its content is not what was written"),
    ("UPDATE audit SET actor = 'x', hash = repeat('a', 64) WHERE number = 3", 3, "its content is not"),
    ("UPDATE audit SET previous_hash = repeat('a', 64) WHERE number = 3", 3, "does not name the hash of the entry"),
    ("DELETE FROM audit WHERE number = 2", 2, "the entry is missing"),
    ("DELETE FROM audit WHERE number >= 4", 4, "the entry is missing"),
    ("UPDATE audit_head SET hash = repeat('a', 64) WHERE number = 5", 5, "it is not the entry that the chain's head"),
    ("DELETE FROM audit_head WHERE number = 5", 1, "the chain's head is missing"),
]


async def test_whoever_tampers_breaks_the_chain_at_the_first_entry_that_does_not_fit(
    fresh_database: FreshDatabase,
) -> None:
    """As somebody could who administers the database: with the triggers off."""
    url = await fresh_database([MIGRATIONS])
    database = Database(url, "config-api", pool_size=2)
    for tenant in range(len(TAMPERED)):
        for number in range(5):
            await act(database, number, f"tenant-{tenant}")
    for table in ("audit", "audit_head"):
        await administer(url, f"ALTER TABLE config_api.{table} DISABLE TRIGGER USER")
    for tenant, (statement, number, why) in enumerate(TAMPERED):
        there = statement.replace("audit", "config_api.audit", 1)
        await administer(url, f"{there} AND tenant_id = 'tenant-{tenant}'")
        broken = (await checked(database, f"tenant-{tenant}")).broken
        assert broken is not None, statement
        assert (broken.number, why in broken.why) == (number, True), statement
    await database.dispose()


async def test_a_long_chain_is_checked_in_stretches_that_follow_each_other(database: Database) -> None:
    for each in range(5):
        await act(database, each)
    after, follows, stretches = 0, FIRST_HASH, 0
    while not (found := await checked(database, after=after, follows=follows, limit=2)).complete:
        after, follows, stretches = found.number, found.hash, stretches + 1
    assert (found.number, found.broken, stretches) == (5, None, 2)
    assert (await checked(database, after=2, follows="a" * 64, limit=2)).broken is not None


async def test_a_tenant_without_an_act_has_a_whole_chain_of_none(database: Database) -> None:
    assert (await checked(database, "nobody")).complete


def test_no_secret_is_told_whatever_its_type_or_place_I8() -> None:
    class Login(BaseModel):
        public_key: SecretStr
        name: str

    body = {
        "login": Login(public_key=SecretStr("marked"), name="a"),
        "deep": [{"refresh_token": "marked", "client_secret": ""}],
        "private_key": "marked",
    }
    assert told(body) == (
        '{"login":{"public_key":"set","name":"a"},'
        '"deep":[{"refresh_token":"set","client_secret":"not set"}],"private_key":"set"}'
    )


def test_what_is_too_long_is_told_by_its_hash() -> None:
    text = told({"text": "x" * 40_000})
    assert text is not None
    assert text.startswith('{"too_long":40011,"sha256":"')


async def test_an_entry_is_read_as_it_was_written(database: Database) -> None:
    await act(database, 1)
    async with database.transaction() as tx:
        (row,) = await audit.page(tx, "harbourline", [], before=None, limit=10)
    assert (row["at"], row["actor_kind"], row["actor"], row["actor_name"]) == (AT, "person", "7", ANNE.actor.name)
    assert (row["action"], row["subject"], row["subject_id"]) == ("company.armed", "company", "1")
    assert (row["before"], row["after"]) == (None, '{"number":1}')


OF_ONESELF = {
    *("sign_in", "give_second_factor", "sign_out", "accept_invitation", "ask_password_reset", "reset_password"),
    *("ask_email_code", "give_email_code"),
    *("end_session", "change_password", "begin_second_factor", "confirm_second_factor", "remove_second_factor"),
    "renew_recovery_codes",
}
"""Told by `telling`, to the audit of each tenant that the person belongs to, or changes nothing that others see."""
CHANGES_NOTHING = {"receive", "receive_for_app", "test_connection", "plan_settings", "check_setup", "suggest_mappings"}
"""Asks, and hints of providers: nothing of the tenant's is another thing afterwards."""


def test_every_route_that_changes_something_has_the_audit_to_tell_it_to() -> None:
    nothing: Any = None
    silent = {
        str(route.name)
        for route in iter_route_contexts(public_app(nothing, "key").routes)
        if (route.methods or set()) - {"GET", "HEAD"} and not has_audit(route.endpoint or len)
    }
    assert silent == OF_ONESELF | CHANGES_NOTHING


def has_audit(endpoint: Any) -> bool:
    return any("Audit" in str(each.annotation) for each in inspect.signature(endpoint).parameters.values())
