"""Secrets at rest: each under a data key of its own, and that under the installation key."""

import base64
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import BYTEA

from tieout_chassis.clock import FixedClock
from tieout_chassis.database import Database
from tieout_chassis.sealing import Sealer, Unsealable, add_sealing_key
from tieout_chassis.service import CannotStart
from tieout_chassis.testing import FreshDatabase
from tieout_config_api.migrations import MIGRATIONS
from tieout_config_api.store import accounts
from tieout_config_api.store.tables import metadata
from tieout_config_api.vault import Place, Ring, Vault
from tieout_config_api.vault.places import VAULTED, connection_secret
from tieout_config_api.vault.rotation import Rotation

pytestmark = pytest.mark.postgres
PLACE = Place("harbourline", "connection", "secret", "xero")
SEALED_FOR_THE_TENANT = {
    "previewed.body",
    "proposed_contact.body",
    "logged_call.address",
    "logged_call.bodies",
    "evidence.body",
}
"""Columns of bodies: they are sealed with the tenant's key, which is in the vault itself."""


@pytest.fixture
async def database(fresh_database: FreshDatabase) -> AsyncIterator[Database]:
    found = Database(await fresh_database([MIGRATIONS]), "config-api", pool_size=4)
    yield found
    await found.dispose()


@pytest.fixture
def vault(sealing_key_file: Path) -> Vault:
    return Vault.from_file(sealing_key_file)


def lines_of(path: Path) -> list[str]:
    return path.read_text().split()


def a_key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


async def kept(database: Database, vault: Vault, secret: bytes = b"marked-secret") -> bytes:
    """A tenant with one connection; its sealed secret."""
    at = FixedClock().now()
    async with database.transaction() as tx:
        await accounts.create_tenant(tx, "harbourline", "Harbourline", at)
        sealed = await vault.seal(tx, PLACE, secret)
        facts = {"connection_id": "xero", "tenant_id": "harbourline", "kind": "xero", "details": {}, "at": at}
        await accounts.put_connection(tx, secret=sealed, **facts)
    return sealed


async def test_a_secret_opens_in_its_place_only_and_each_has_a_data_key_of_its_own_I8(
    database: Database, vault: Vault
) -> None:
    async with database.transaction() as tx:
        one, two = [await vault.seal(tx, PLACE, b"marked-secret") for _ in range(2)]
    assert vault.open(PLACE, one) == vault.open(PLACE, two) == b"marked-secret"
    assert one[-29:] != two[-29:]
    for elsewhere in (
        Place("other", "connection", "secret", "xero"),
        Place("harbourline", "connection", "secret", "qbo"),
        Place("harbourline", "connection", "details", "xero"),
    ):
        with pytest.raises(Unsealable):
            vault.open(elsewhere, one)
    for position in range(20, len(one)):
        changed = bytearray(one)
        changed[position] ^= 1
        with pytest.raises(Unsealable):
            vault.open(PLACE, bytes(changed))


async def test_what_the_installation_key_sealed_itself_before_there_was_a_vault_still_opens(
    database: Database, vault: Vault, sealing_key_file: Path
) -> None:
    before = Sealer.from_file(sealing_key_file).seal(b"old", b"harbourline|connection|xero|secret", "harbourline")
    assert vault.open(connection_secret("harbourline", "xero"), before) == b"old"


async def test_a_start_with_another_key_is_refused_in_a_sentence_and_changes_nothing(
    database: Database, vault: Vault
) -> None:
    await vault.check(database)
    await kept(database, vault)
    other = Vault(Ring.of_text(a_key()))
    for _ in range(2):
        with pytest.raises(CannotStart, match=f"sealed with the installation key {vault.ring.first}") as refused:
            await other.check(database)
        assert (refused.value.problem.code, refused.value.problem.page) == (
            "vault.key_missing",
            "docs/errors/vault.key_missing.md",
        )
        assert other.ring.first in refused.value.problem.sentence
    await vault.check(database)


async def test_a_wrong_key_is_found_too_where_no_key_was_ever_written_down(database: Database, vault: Vault) -> None:
    """An installation of before there was a vault."""
    await vault.check(database)
    await kept(database, vault)
    async with database.transaction() as tx:
        await tx.execute(sa.text("DELETE FROM tenant_key"))
        await tx.execute(sa.text("DELETE FROM installation_key"))
    with pytest.raises(CannotStart):
        await Vault(Ring.of_text(a_key())).check(database)
    await vault.check(database)


async def test_a_proof_that_does_not_open_stops_the_start(database: Database, vault: Vault) -> None:
    await vault.check(database)
    async with database.transaction() as tx:
        await tx.execute(sa.text("UPDATE installation_key SET proof = set_byte(proof, 40, get_byte(proof, 40) # 1)"))
    with pytest.raises(CannotStart) as refused:
        await vault.check(database)
    assert refused.value.problem.code == "vault.key_wrong"


@pytest.mark.parametrize("content", [None, "", "no key", "c2hvcnQ="])
def test_a_key_file_that_is_none_stops_the_start_and_shows_nothing_of_it(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "sealing.key"
    if content is not None:
        path.write_text(content)
    with pytest.raises(CannotStart) as refused:
        Ring.of_file(path)
    assert refused.value.problem.code == "vault.no_key"
    assert not content or content not in str(refused.value)


async def test_a_tenant_of_before_gets_its_data_key_at_the_start(database: Database, vault: Vault) -> None:
    await kept(database, vault)
    await vault.check(database)
    await vault.check(database)
    async with database.transaction() as tx:
        (key,) = (await vault.tenant_keys(tx)).keys
        stored = await tx.scalar(sa.text("SELECT wrapped FROM tenant_key"))
    assert (key.tenant_id, key.current) == ("harbourline", True)
    assert base64.b64decode(key.key.get_secret_value()) not in stored
    assert key.key.get_secret_value() not in repr(key)


def test_every_column_of_bytes_is_a_secret_in_the_vault_or_a_body_of_a_tenant() -> None:
    """Whoever adds one says which, so that a rotation forgets none."""
    found = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, BYTEA)
    }
    vaulted = {f"{each.table.name}.{each.column.name}" for each in VAULTED}
    hashes = {name for name in found if name.endswith("_hash")}
    assert found == vaulted | SEALED_FOR_THE_TENANT | hashes | {"installation_key.proof"}


async def test_a_rotation_stopped_in_the_middle_goes_on_and_the_old_key_retires_when_nothing_needs_it(
    database: Database, vault: Vault, sealing_key_file: Path
) -> None:
    """`vault` is the service that runs meanwhile: it finds the new key in the file, and seals with it at once."""
    await vault.check(database)
    await kept(database, vault)
    async with database.transaction() as tx:
        for _ in range(5):
            await vault.make_tenant_key(tx, "harbourline")
        old_way = Sealer.from_file(sealing_key_file).seal(b"old", PLACE.aad, "harbourline")
        await tx.execute(sa.text("UPDATE connection SET secret = :old"), {"old": old_way})
        keys_before = (await vault.tenant_keys(tx)).keys
    (old,) = vault.ring.ids
    add_sealing_key(sealing_key_file)
    rotation = Rotation(database, Vault.from_file(sealing_key_file), slice_rows=2)
    assert await rotation.is_under_way()
    async for _ in rotation.run():
        break  # killed after its first slice
    async with database.transaction() as tx:
        made_meanwhile = await vault.make_tenant_key(tx, "harbourline")
        assert (await vault.tenant_keys(tx)).keys[: len(keys_before) - 1] == keys_before[:-1]
    before, after = await rotation.standing()
    assert (before.key_id, before.current, after.current) == (old, False, True)
    assert before.needed_by
    assert await rotation.retire([]) == []

    again = Rotation(database, Vault.from_file(sealing_key_file), slice_rows=2)
    assert [done async for done in again.run()][-1] == sum(before.needed_by.values())
    assert await again.retire([old]) == []  # a body of before still needs it
    assert await again.retire([]) == [old]
    assert not await again.is_under_way()
    (first, _) = lines_of(sealing_key_file)
    new_alone = Vault(Ring.of_text(first))
    await new_alone.check(database)
    async with database.transaction() as tx:
        found = (await new_alone.tenant_keys(tx)).keys
        secret = await tx.scalar(sa.text("SELECT secret FROM connection"))
    assert [each.key for each in found][: len(keys_before)] == [each.key for each in keys_before]
    assert found[-1].key_id == made_meanwhile
    assert new_alone.open(PLACE, secret) == b"old"
