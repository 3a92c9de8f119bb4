"""Tokens of QuickBooks Online against its simulator: one renewal whoever asks, and no refresh token lost."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.config_client import token_digest
from tieout_chassis.database import Database, DatabaseUnavailable
from tieout_chassis.testing import FreshDatabase
from tieout_config_api.connections import in_two, open_secret, sealed
from tieout_config_api.migrations import MIGRATIONS
from tieout_config_api.public.door import ApiError
from tieout_config_api.public.tenants import QboConnection
from tieout_config_api.store import Row, accounts
from tieout_config_api.tokens import renewing
from tieout_config_api.tokens.access_tokens import AccessTokens
from tieout_config_api.tokens.renewing import Patience
from tieout_config_api.tokens.sources import QboSource
from tieout_config_api.vault import Vault
from tieout_simulators.qbo.cli import build_gateway
from tieout_simulators.qbo.simulator import QboSimulator
from tieout_simulators.qbo.tokens import Grant

pytestmark = pytest.mark.postgres
REALM, APP, APP_SECRET = "4620816365", "tieout-app", "marked-app-secret"
TOKEN_CALLS = "POST /oauth2/v1/tokens/bearer"
CALLERS_OF_A_COPY = 25
HOUR_S = 3600
FIVE_YEARS = timedelta(seconds=157_680_000)


class Intuit(httpx.AsyncBaseTransport):
    """The simulator in this process; `answered` runs when an answer has come back, and may lose it."""

    def __init__(self, rotates_after_s: float = 0) -> None:
        self.gateway = build_gateway()
        self.clock = self.gateway.clock
        simulator = self.gateway.simulator
        assert isinstance(simulator, QboSimulator)
        self.grants = simulator.identity.tokens
        self.answered: Callable[[], None] | None = None
        self.open = asyncio.Event()
        self.open.set()
        self.asked = asyncio.Event()
        self._asgi = httpx.ASGITransport(app=self.gateway)
        app = {"client_id": APP, "client_secret": APP_SECRET, "refresh_rotates_after_s": rotates_after_s}
        company = {"realmId": REALM, "refresh_token": "marked-refresh-0", "CompanyInfo": {"CompanyName": "H"}}
        simulator.load({"format": "tieout-qbo/1", "app": app, "companies": [company]})

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.set()
        await self.open.wait()
        answer = await self._asgi.handle_async_request(request)
        if self.answered is not None:
            self.answered()
        return answer

    @property
    def renewals(self) -> int:
        return int(self.gateway.calls.summary()["by_route"].get(TOKEN_CALLS, 0))

    def is_good(self, access_token: str) -> bool:
        return self.grants.granted(access_token, self.clock.now()) is not None

    def consent_anew(self) -> str:
        return self.grants.issue_refresh(Grant(APP, REALM, self.clock.now()), self.clock.now(), "marked-refresh-anew")

    def fail(self, **then: Any) -> None:
        self.gateway.faults.add([{"route": TOKEN_CALLS, "then": then}])


class Installation:
    """Copies of config-api's token keeping on one database, and what a person does to the connection."""

    def __init__(self, url: str, vault: Vault, intuit: Intuit) -> None:
        self.url = url
        self.vault = vault
        self.intuit = intuit
        self.database = Database(url, "config-api", pool_size=4)

    @asynccontextmanager
    async def copy(self, database: Database | None = None, **patience: float) -> AsyncIterator[AccessTokens]:
        own = database or Database(self.url, "config-api", pool_size=4)
        async with httpx.AsyncClient(transport=self.intuit) as http:
            sources = {"qbo": QboSource(http)}
            known = Patience(**patience)
            tokens = AccessTokens(own, self.vault, self.intuit.clock, sources, margin_s=120, patience=known)
            yield tokens
            await tokens.close()
        await own.dispose()

    async def put(self, refresh_token: str = "marked-refresh-0") -> Row:
        secrets = {"client_secret": SecretStr(APP_SECRET), "refresh_token": SecretStr(refresh_token)}
        body = QboConnection(kind="qbo", client_id=APP, identity_url="http://127.0.0.1", **secrets)
        shown, opened = in_two(body)
        now = self.intuit.clock.now()
        async with self.database.transaction() as tx:
            await accounts.create_tenant(tx, "harbourline", "Harbourline", now)
            secret = await sealed(self.vault, tx, "harbourline", "qbo", opened)
            values: dict[str, Any] = {"kind": "qbo", "details": shown, "secret": secret, "at": now}
            assert await accounts.put_connection(tx, connection_id="qbo", tenant_id="harbourline", **values)
            return await one_connection(tx)

    async def kept_refresh_token(self) -> str:
        async with self.database.transaction() as tx:
            return open_secret(self.vault, await one_connection(tx))["refresh_token"]

    async def shown(self) -> Row:
        async with self.database.transaction() as tx:
            (row,) = await accounts.connections(tx, "harbourline")
        return row

    async def run(self, statement: str) -> list[Any]:
        async with self.database.transaction() as tx:
            answer = await tx.execute(text(statement))
            return list(answer.scalars()) if answer.returns_rows else []

    async def pass_every_wait(self) -> None:
        """Leases and waits run by the database's clock, which no test can move."""
        await self.run("UPDATE token_renewal SET leased_until = now(), not_before = now()")


async def one_connection(tx: AsyncConnection) -> Row:
    row = await accounts.connection_by_id(tx, "qbo")
    assert row is not None
    return row


@pytest.fixture
async def intuit() -> Intuit:
    return Intuit()


@pytest.fixture
async def house(fresh_database: FreshDatabase, sealing_key_file: Path, intuit: Intuit) -> AsyncIterator[Installation]:
    found = Installation(await fresh_database([MIGRATIONS]), Vault.from_file(sealing_key_file), intuit)
    yield found
    await found.database.dispose()


async def test_fifty_callers_of_two_copies_make_one_renewal(house: Installation, intuit: Intuit) -> None:
    connection = await house.put()
    async with house.copy() as one, house.copy() as two:
        asking = [copy.current(connection) for copy in (one, two) for _ in range(CALLERS_OF_A_COPY)]
        answers = await asyncio.gather(*asking)
        assert (len(set(answers)), intuit.renewals) == (1, 1)
        (token, _) = answers[0]
        assert intuit.is_good(token)
        refused = [
            copy.current(connection, refused=token_digest(token))
            for copy in (one, two)
            for _ in range(CALLERS_OF_A_COPY)
        ]
        successors = set(await asyncio.gather(*refused))
    assert (len(successors), intuit.renewals) == (1, 2)
    assert successors != {answers[0]}


async def test_each_renewal_spends_the_refresh_token_that_the_one_before_brought(
    house: Installation, intuit: Intuit
) -> None:
    connection = await house.put()
    kept = ["marked-refresh-0"]
    async with house.copy() as tokens:
        for _ in range(5):
            token, _ = await tokens.current(connection)
            assert intuit.is_good(token)
            kept.append(await house.kept_refresh_token())
            intuit.clock.advance(HOUR_S)
    assert (len(set(kept)), intuit.renewals) == (6, 5)


async def test_a_token_serves_until_shortly_before_it_ends_by_the_provider_s_hour(
    house: Installation, intuit: Intuit
) -> None:
    connection = await house.put()
    async with house.copy() as tokens:
        first = await tokens.current(connection)
        intuit.clock.advance(HOUR_S - 180)
        assert await tokens.current(connection) == first
        intuit.clock.advance(120)
        second = await tokens.current(connection)
    assert second != first
    assert second[1] - intuit.clock.now() > timedelta(seconds=HOUR_S - 10)


async def test_when_the_consent_ends_for_good_is_asked_for_and_shown(house: Installation, intuit: Intuit) -> None:
    connection = await house.put()
    async with house.copy() as tokens:
        await tokens.current(connection)
    reconnect_by = (await house.shown())["reconnect_by"]
    assert abs(reconnect_by - intuit.clock.now() - FIVE_YEARS) < timedelta(minutes=1)


async def test_an_answer_that_never_came_leaves_the_refresh_token_and_is_asked_for_later(
    house: Installation, intuit: Intuit
) -> None:
    connection = await house.put()
    intuit.fail(status=503)
    async with house.copy() as tokens, house.copy() as other:
        for copy in (tokens, other, tokens):
            with pytest.raises(ApiError, match="did not answer") as unanswered:
                await copy.current(connection)
            assert (unanswered.value.status, unanswered.value.body["code"]) == (502, "access.token_unanswered")
        assert intuit.renewals == 1
        assert await house.kept_refresh_token() == "marked-refresh-0"
        await house.pass_every_wait()
        assert intuit.is_good((await tokens.current(connection))[0])
    assert (await house.shown())["problem"] is None


async def test_the_wait_after_an_unanswered_question_doubles(house: Installation, intuit: Intuit) -> None:
    connection = await house.put()
    waits = []
    async with house.copy(unanswered_s=100, unanswered_max_s=300) as tokens:
        for _ in range(3):
            intuit.fail(status=503)
            with pytest.raises(ApiError):
                await tokens.current(connection)
            waits += await house.run("SELECT round(extract(epoch FROM not_before - now()), -1) FROM token_renewal")
            await house.pass_every_wait()
    assert waits == [100, 200, 300]


async def test_a_throttled_renewal_waits_as_long_as_the_provider_asks(house: Installation, intuit: Intuit) -> None:
    connection = await house.put()
    intuit.fail(status=429, headers={"Retry-After": "40"})
    async with house.copy() as tokens:
        for _ in range(2):
            with pytest.raises(ApiError) as throttled:
                await tokens.current(connection)
            assert (throttled.value.status, throttled.value.body["code"]) == (502, "qbo.throttled_minute")
        assert intuit.renewals == 1
        await house.pass_every_wait()
        assert intuit.is_good((await tokens.current(connection))[0])


async def test_a_consent_that_is_gone_is_told_once_and_refused_at_once_until_it_is_put_again(
    house: Installation, intuit: Intuit
) -> None:
    connection = await house.put()
    intuit.grants.revoke(APP, REALM)
    with structlog.testing.capture_logs() as lines:
        async with house.copy() as one, house.copy() as two:
            for copy in (one, two, one):
                with pytest.raises(ApiError, match="must be connected again") as gone:
                    await copy.current(connection)
                assert (gone.value.status, gone.value.body["code"]) == (409, "access.reconnect")
            assert intuit.renewals == 1
            shown = await house.shown()
            assert shown["problem"]["title"] == str(gone.value)
            assert shown["reconnect_since"] is not None
            connection = await house.put(intuit.consent_anew())
            assert intuit.is_good((await two.current(connection))[0])
    assert [line["code"] for line in lines if line["log_level"] == "error"] == ["access.reconnect"]
    assert ((await house.shown())["problem"], (await house.shown())["reconnect_since"]) == (None, None)


async def test_wrong_keys_of_the_app_are_no_lost_consent(house: Installation, intuit: Intuit) -> None:
    connection = await house.put()
    intuit.fail(status=401, body={"error": "invalid_client"}, content_type="application/json")
    async with house.copy() as tokens:
        with pytest.raises(ApiError) as refused:
            await tokens.current(connection)
        assert (refused.value.status, refused.value.body["code"]) == (502, "qbo.invalid_client")
        assert intuit.is_good((await tokens.current(connection))[0])


def dies() -> None:
    raise asyncio.CancelledError


async def test_a_crash_between_answer_and_keeping_is_survived_while_the_provider_still_takes_the_token_of_before(
    house: Installation, intuit: Intuit
) -> None:
    """Intuit replaces it about once a day."""
    lenient = Intuit(rotates_after_s=86_400)
    house.intuit = lenient
    connection = await house.put()
    lenient.answered = dies
    async with house.copy() as dying, house.copy(caller_s=0.2) as other:
        with pytest.raises(asyncio.CancelledError):
            await dying.current(connection)
        lenient.answered = None
        with pytest.raises(ApiError) as leased:
            await other.current(connection)
        assert (leased.value.status, lenient.renewals) == (503, 1)
        await house.pass_every_wait()
        assert lenient.is_good((await other.current(connection))[0])


async def test_a_crash_between_answer_and_keeping_that_took_a_new_refresh_token_along_asks_for_a_person(
    house: Installation, intuit: Intuit
) -> None:
    connection = await house.put()
    intuit.answered = dies
    async with house.copy() as tokens:
        with pytest.raises(asyncio.CancelledError):
            await tokens.current(connection)
        intuit.answered = None
        await house.pass_every_wait()
        with pytest.raises(ApiError, match="must be connected again"):
            await tokens.current(connection)


async def test_a_caller_that_goes_away_does_not_take_the_new_pair_along(house: Installation, intuit: Intuit) -> None:
    connection = await house.put()
    intuit.open.clear()
    async with house.copy() as tokens:
        caller = asyncio.create_task(tokens.current(connection))
        await intuit.asked.wait()
        caller.cancel()
        await asyncio.gather(caller, return_exceptions=True)
        intuit.open.set()
    assert await house.kept_refresh_token() != "marked-refresh-0"
    async with house.copy() as other:
        assert intuit.is_good((await other.current(connection))[0])
    assert intuit.renewals == 1


class Failing(Database):
    """Away for the next `failures` transactions."""

    failures = 0

    def transaction(self) -> Any:
        if self.failures:
            self.failures -= 1
            raise DatabaseUnavailable("restarting")
        return super().transaction()


async def test_a_new_pair_outlasts_a_database_that_is_away_for_a_moment(
    house: Installation, intuit: Intuit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewing, "KEEP_AGAIN_S", (0, 0, 0))
    connection = await house.put()
    database = Failing(house.url, "config-api", pool_size=4)

    def goes_away() -> None:
        database.failures = 3

    intuit.answered = goes_away
    async with house.copy(database) as tokens:
        assert intuit.is_good((await tokens.current(connection))[0])
    assert intuit.renewals == 1


async def test_a_connection_put_during_a_renewal_is_not_overwritten_by_it(house: Installation, intuit: Intuit) -> None:
    connection = await house.put()
    intuit.open.clear()
    async with house.copy() as tokens:
        asking = asyncio.create_task(tokens.current(connection))
        await intuit.asked.wait()
        await house.put(intuit.consent_anew())
        intuit.open.set()
        token, _ = await asking
    assert intuit.is_good(token)
    assert intuit.renewals == 2


async def test_an_answer_that_comes_after_its_lease_ran_out_is_kept_and_mends_what_a_second_renewer_broke(
    house: Installation, intuit: Intuit
) -> None:
    connection = await house.put()
    answer_came, go_on = asyncio.Event(), asyncio.Event()

    class Late(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            answer = await intuit.handle_async_request(request)
            answer_came.set()
            await go_on.wait()
            return answer

    async with httpx.AsyncClient(transport=Late()) as http, house.copy() as other:
        sources = {"qbo": QboSource(http)}
        late = AccessTokens(house.database, house.vault, intuit.clock, sources, margin_s=120)
        asking = asyncio.create_task(late.current(connection))
        await answer_came.wait()
        await house.pass_every_wait()
        with pytest.raises(ApiError, match="must be connected again"):
            await other.current(connection)
        go_on.set()
        token, _ = await asking
        assert (await other.current(connection))[0] == token
    assert intuit.is_good(token)


async def test_no_secret_rests_in_clear_I8(house: Installation, intuit: Intuit) -> None:
    connection = await house.put()
    async with house.copy() as tokens:
        token, _ = await tokens.current(connection)
    tables = await house.run("SELECT tablename FROM pg_tables WHERE schemaname = 'config_api'")
    rows = [row for table in tables for row in await house.run(f'SELECT t::text FROM "{table}" t')]
    everything = "\n".join(rows)
    assert "qbo" in everything
    for secret in (APP_SECRET, "marked-refresh-0", await house.kept_refresh_token(), token):
        assert secret not in everything
        assert secret.encode().hex() not in everything
