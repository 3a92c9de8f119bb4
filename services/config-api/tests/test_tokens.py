"""Xero's access tokens: fetched once, kept sealed, replaced once when they were refused."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from tieout_chassis.clock import FixedClock
from tieout_chassis.config_client import token_digest
from tieout_chassis.database import Database
from tieout_chassis.testing import FreshDatabase
from tieout_config_api.connections import in_two, sealed
from tieout_config_api.migrations import MIGRATIONS
from tieout_config_api.public.door import ApiError
from tieout_config_api.public.tenants import XeroConnection
from tieout_config_api.store import Row, accounts
from tieout_config_api.tokens.access_tokens import AccessTokens
from tieout_config_api.tokens.sources import XeroSource
from tieout_config_api.vault import Vault

pytestmark = pytest.mark.postgres
CALLERS = 20


class Identity:
    """Xero's token endpoint: every call gives another token."""

    def __init__(self) -> None:
        self.given = 0
        self.refusals: list[httpx.Response] = []

    async def __call__(self, _request: httpx.Request) -> httpx.Response:
        if self.refusals:
            return self.refusals.pop()
        self.given += 1
        await asyncio.sleep(0)
        return httpx.Response(200, json={"access_token": f"token-{self.given}", "expires_in": 1800})


@pytest.fixture
def identity() -> Identity:
    return Identity()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
async def database(fresh_database: FreshDatabase) -> AsyncIterator[Database]:
    found = Database(await fresh_database([MIGRATIONS]), "config-api", pool_size=4)
    yield found
    await found.dispose()


@pytest.fixture
async def connection(database: Database, sealing_key_file: Path, clock: FixedClock) -> Row:
    body = XeroConnection(kind="xero", client_id="custom", client_secret=SecretStr("secret"))
    shown, secrets = in_two(body)
    async with database.transaction() as tx:
        await accounts.create_tenant(tx, "harbourline", "Harbourline", clock.now())
        await accounts.put_connection(
            tx,
            connection_id="xero",
            tenant_id="harbourline",
            kind="xero",
            details=shown,
            secret=await sealed(Vault.from_file(sealing_key_file), tx, "harbourline", "xero", secrets),
            at=clock.now(),
        )
        found = await accounts.connection_by_id(tx, "xero")
    assert found is not None
    return found


@pytest.fixture
async def tokens(
    database: Database, sealing_key_file: Path, clock: FixedClock, identity: Identity
) -> AsyncIterator[AccessTokens]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(identity)) as http:
        sources = {"xero": XeroSource(http)}
        yield AccessTokens(database, Vault.from_file(sealing_key_file), clock, sources, margin_s=120)


async def test_a_token_serves_until_shortly_before_it_ends_and_is_kept_sealed_I8(
    tokens: AccessTokens, connection: Row, clock: FixedClock, database: Database
) -> None:
    assert (await tokens.current(connection))[0] == "token-1"
    async with database.transaction() as tx:
        (kept,) = (await tx.scalars(text("SELECT t::text FROM access_token t"))).all()
    assert b"token-1".hex() not in kept
    clock.advance(27 * 60)
    assert (await tokens.current(connection))[0] == "token-1"
    clock.advance(2 * 60)
    assert await tokens.current(connection) == ("token-2", clock.now() + timedelta(minutes=30))


async def test_a_refused_token_is_replaced_once_however_many_met_the_401_and_however_late_behaviour_9(
    tokens: AccessTokens, connection: Row, identity: Identity
) -> None:
    first, _ = await tokens.current(connection)
    answers = await asyncio.gather(*(tokens.current(connection, refused=token_digest(first)) for _ in range(CALLERS)))
    assert {token for token, _ in answers} == {"token-2"}
    assert (await tokens.current(connection, refused=token_digest(first)))[0] == "token-2"
    assert identity.given == 2
    assert (await tokens.current(connection, refused=token_digest("token-2")))[0] == "token-3"


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        (httpx.Response(400, json={"error": "invalid_grant"}), "xero.invalid_grant"),
        (httpx.Response(401, json={"error": "invalid_client"}), "xero.invalid_client"),
        (httpx.Response(503), "xero.unavailable"),
    ],
)
async def test_client_credentials_spend_nothing_so_the_next_ask_tries_again_at_once(
    tokens: AccessTokens, connection: Row, identity: Identity, refusal: httpx.Response, code: str
) -> None:
    identity.refusals.append(refusal)
    with pytest.raises(ApiError) as refused:
        await tokens.current(connection)
    assert (refused.value.status, refused.value.body["code"]) == (502, code)
    assert (await tokens.current(connection))[0] == "token-1"
