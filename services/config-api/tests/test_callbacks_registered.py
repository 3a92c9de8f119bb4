"""Callbacks stay registered in the simulated ConnectWise, signing keys are kept for a while; the clock is passed in."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tieout_chassis.budgets import Budgets
from tieout_chassis.clock import FixedClock
from tieout_chassis.database import Database
from tieout_chassis.sealing import Sealer
from tieout_chassis.testing import FreshDatabase
from tieout_config_api.callbacks import keys
from tieout_config_api.callbacks.hinting import Hinting
from tieout_config_api.callbacks.keys import SigningKeys, Waiting
from tieout_config_api.callbacks.reading import Told
from tieout_config_api.callbacks.registering import AGAIN_AFTER_FAILURE_S, LEASE_S, Registering
from tieout_config_api.callbacks.sites import Sites
from tieout_config_api.connections import in_two, sealed
from tieout_config_api.migrations import MIGRATIONS
from tieout_config_api.public.tenants import ConnectWiseConnection
from tieout_config_api.store import accounts, callbacks
from tieout_config_api.store.callbacks import Door
from tieout_config_api.vault import Vault
from tieout_providers.http import open_http
from tieout_simulators.connectwise.cli import new_gateway
from tieout_simulators.connectwise.deliveries import signature_of
from tieout_simulators.frame.gateway import Gateway
from tieout_simulators.frame.server import serving_in_thread

pytestmark = [pytest.mark.postgres, pytest.mark.http]
EVERY_S = 3600.0
KEYS = {"public_key": "public", "private_key": "private", "client_id": "client"}
DOOR = Door("psa", "msp", "connectwise")


@pytest.fixture
def psa() -> Iterator[tuple[Gateway, str]]:
    gateway = new_gateway()
    gateway.simulator.load({"format": "tieout-connectwise/1", "server": {**KEYS, "company_id": "acme"}})
    with serving_in_thread(gateway) as url:
        yield gateway, url


@pytest.fixture
async def database(fresh_database: FreshDatabase, sealing_key_file: Path) -> AsyncIterator[Database]:
    made = Database(await fresh_database([MIGRATIONS]), "config-api", sealer=Sealer.from_file(sealing_key_file))
    yield made
    await made.dispose()


@pytest.fixture
async def job(database: Database, sealing_key_file: Path, psa: Any) -> AsyncIterator[tuple[Registering, FixedClock]]:
    vault, clock, http = Vault.from_file(sealing_key_file), FixedClock(), open_http()
    access = {"kind": "connectwise", "site": psa[1], "login_company": "acme", **KEYS}
    details, secrets = in_two(ConnectWiseConnection.model_validate(access))
    place = {"connection_id": "psa", "tenant_id": "msp", "kind": "connectwise"}
    async with database.transaction() as tx:
        await accounts.create_tenant(tx, "msp", "MSP", clock.now())
        secret = await sealed(vault, tx, "msp", "psa", secrets)
        await accounts.put_connection(tx, details=details, secret=secret, at=clock.now(), **place)
    sites = Sites(database, vault, http, Budgets(database))
    yield Registering(database, vault, clock, sites, base_url="https://t.example", every_s=EVERY_S), clock
    await http.aclose()


async def problem_of(database: Database) -> Any:
    async with database.transaction() as tx:
        row = await callbacks.one(tx, "psa")
    assert row is not None
    return row["problem"]


async def test_what_is_missing_is_added_and_what_was_switched_off_is_switched_on_again(
    job: tuple[Registering, FixedClock], psa: tuple[Gateway, str]
) -> None:
    registering, clock = job
    entries = psa[0].simulator.site.callbacks
    foreign = {"url": "https://elsewhere.example/?recordId=", "objectId": 1, "type": "invoice", "level": "owner"}
    entries.register(foreign, "someone")
    assert await registering.step()
    assert not await registering.step(), "the next check is not due"
    theirs, ours = entries.records.in_order()
    assert str(ours.fields["url"]).startswith("https://t.example/callbacks/connectwise/")
    assert str(ours.fields["url"]).endswith("?recordId=")

    for entry in (theirs, ours):
        entries.replace(entry, {**entry.fields, "inactiveFlag": True}, "someone")
    clock.advance(EVERY_S)
    assert await registering.step()
    assert [entry.fields["inactiveFlag"] for entry in entries.records.in_order()] == [True, False]

    entries.remove(ours.id)
    clock.advance(EVERY_S)
    assert await registering.step()
    assert [entry.fields["url"] for entry in entries.records.in_order()] == [theirs.fields["url"], ours.fields["url"]]


async def test_callbacks_that_are_switched_off_are_taken_away(
    job: tuple[Registering, FixedClock], psa: tuple[Gateway, str], database: Database
) -> None:
    registering, clock = job
    assert await registering.step()
    async with database.transaction() as tx:
        await callbacks.change(tx, "psa", enabled=False, next_check_at=clock.now())
    assert await registering.step()
    assert list(psa[0].simulator.site.callbacks.records.in_order()) == []


async def test_why_it_cannot_be_done_is_told_until_it_can(
    job: tuple[Registering, FixedClock], psa: tuple[Gateway, str], database: Database
) -> None:
    registering, clock = job
    psa[0].simulator.load({"format": "tieout-connectwise/1", "server": {"private_key": "another"}})
    assert await registering.step()
    assert (await problem_of(database))["code"] == "access.callbacks_not_registered"
    psa[0].simulator.load({"format": "tieout-connectwise/1", "server": {"private_key": "private"}})
    clock.advance(AGAIN_AFTER_FAILURE_S)
    assert await registering.step()
    assert await problem_of(database) is None


async def test_one_copy_at_a_time_checks_a_door_and_another_takes_over_when_it_died(
    job: tuple[Registering, FixedClock], database: Database
) -> None:
    registering, clock = job
    assert await registering.step()
    clock.advance(EVERY_S)
    async with database.transaction() as tx:
        assert await callbacks.claim(tx, uuid4(), clock.now(), LEASE_S)
    assert not await registering.step()
    clock.advance(LEASE_S)
    assert await registering.step()


class KeyServer:
    """Gives out keys by their address; counts."""

    def __init__(self) -> None:
        self.keys: dict[str, str | None] = {}
        self.asked = 0

    async def fetch(self, door: Door, key_url: str) -> str | None:
        self.asked += 1
        return self.keys.get(key_url)


def message(key: str, key_url: str = "first") -> Waiting:
    return Waiting(DOOR, key_url, Told("", "invoice", "1"), b"{}", signature_of(b"{}", key))


async def test_a_key_is_fetched_once_an_hour_and_a_new_one_is_asked_for_when_it_does_not_fit(
    database: Database,
) -> None:
    server, clock = KeyServer(), FixedClock()
    known = SigningKeys(server.fetch, Hinting(database, clock), clock)
    server.keys["first"] = "secret"
    assert known.verdict(message("secret")) is None
    for _ in range(3):
        assert known.wait(message("secret"))
    assert not await known.step()
    assert (server.asked, known.verdict(message("secret")), known.verdict(message("guess"))) == (1, True, False)

    clock.advance(keys.NEW_KEY_AFTER_S + 1)
    server.keys["first"] = "rotated"
    assert known.verdict(message("rotated")) is None
    assert known.wait(message("rotated"))
    await known.step()
    assert (known.verdict(message("rotated")), known.verdict(message("secret"))) == (True, False)
    clock.advance(keys.KEY_LASTS_S)
    assert known.verdict(message("rotated")) is None


async def test_addresses_of_keys_are_bounded_in_number_and_in_how_often_they_are_asked(database: Database) -> None:
    server, clock = KeyServer(), FixedClock()
    known = SigningKeys(server.fetch, Hinting(database, clock), clock)
    for number in range(keys.MAX_WAITING):
        assert known.wait(message("guess", f"address-{number}"))
    assert not known.wait(message("guess", "one more"))
    while await known.step():
        pass
    assert server.asked == keys.KEYS_BURST
    assert known.verdict(message("guess", "address-0")) is False, "that there is no key is remembered, too"
    clock.advance(keys.NO_KEY_LASTS_S)
    assert known.verdict(message("guess", "address-0")) is None
