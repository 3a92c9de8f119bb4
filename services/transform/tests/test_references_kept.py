"""Reference data is opened once for each version, and memory stays bounded."""

import pytest
from transform_kit.records import TENANT, reference

from tieout_chassis.database import Database
from tieout_transform.store import references
from tieout_transform.store.references import References

pytestmark = pytest.mark.postgres


async def test_a_version_is_opened_once_and_the_oldest_organisation_is_forgotten(database: Database) -> None:
    kept = References(max_kept=2)
    async with database.transaction() as tx:
        for name in ("one", "two", "three"):
            assert await references.keep(tx, TENANT, reference(organisation_id=name))
        first = await kept.newest(tx, {(TENANT, "one")})
        again = await kept.newest(tx, {(TENANT, "one")})
        assert again[TENANT, "one"] is first[TENANT, "one"]
        await kept.newest(tx, {(TENANT, "two"), (TENANT, "three")})
        assert (await kept.newest(tx, {(TENANT, "one")}))[TENANT, "one"] is not first[TENANT, "one"]
        assert await kept.newest(tx, {(TENANT, "four")}) == {}
        assert await kept.newest(tx, set()) == {}


async def test_a_version_that_is_known_changes_nothing(database: Database) -> None:
    async with database.transaction() as tx:
        assert await references.keep(tx, TENANT, reference(version=3))
        assert not await references.keep(tx, TENANT, reference(version=3, accounts=()))
        [found] = (await References().newest(tx, {(TENANT, reference().organisation_id)})).values()
    assert found.accounts
