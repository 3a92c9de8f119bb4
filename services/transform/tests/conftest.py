"""The tests of this service share the folder `transform_kit`: records, an independent ledger, a record generator."""

import sys
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import pytest

from tieout_chassis.clock import FixedClock
from tieout_chassis.config_client import ConfigUnavailable
from tieout_chassis.database import Database
from tieout_chassis.sealing import Sealer
from tieout_chassis.testing import FreshDatabase, fresh_database, postgres_admin_url, sealing_key_file
from tieout_contracts.settings import SettingsSnapshot
from tieout_transform.announcer import Announcer
from tieout_transform.handlers import handlers as make_handlers
from tieout_transform.migrations import MIGRATIONS
from tieout_transform.planner import Planner
from tieout_transform.settings import TransformSettings

sys.path.insert(0, str(Path(__file__).parent))

from transform_kit.events import Handlers
from transform_kit.records import ARMED, COMPANY, snapshot

__all__ = ["fresh_database", "postgres_admin_url", "sealing_key_file"]


class FakeConfig:
    """config-api as transform sees it: what is `known` can be read, what is `cached` is what transform has read."""

    def __init__(self) -> None:
        self.known: dict[str, SettingsSnapshot] = {}
        self.cached: dict[str, SettingsSnapshot] | None = None
        self.away: str | None = None

    async def snapshots(self) -> Mapping[str, SettingsSnapshot]:
        if self.away:
            raise ConfigUnavailable(self.away)
        return dict(self.known if self.cached is None else self.cached)

    def refresh(self) -> None:
        self.cached = None


@pytest.fixture
def config() -> FakeConfig:
    return FakeConfig()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def sealer(sealing_key_file: Path) -> Sealer:
    return Sealer.from_file(sealing_key_file)


@pytest.fixture
async def database_url(fresh_database: FreshDatabase) -> str:
    return await fresh_database([MIGRATIONS])


@pytest.fixture
async def database(database_url: str, sealer: Sealer) -> AsyncIterator[Database]:
    database = Database(database_url, "transform", sealer=sealer, pool_size=6)
    yield database
    await database.dispose()


@pytest.fixture
def settings(database_url: str, sealing_key_file: Path) -> Callable[..., TransformSettings]:
    def make(**changes: object) -> TransformSettings:
        facts = {"database_url": database_url, "sealing_key_file": sealing_key_file}
        return TransformSettings(**facts | changes)

    return make


@pytest.fixture
def new_planner(
    database: Database,
    config: FakeConfig,
    sealer: Sealer,
    clock: FixedClock,
    settings: Callable[..., TransformSettings],
) -> Callable[..., Planner]:
    """Makes a copy of the planner, with other settings."""
    return lambda **changes: Planner(database, config, sealer, clock, settings(**changes))


@pytest.fixture
def planner(new_planner: Callable[..., Planner]) -> Planner:
    return new_planner()


@pytest.fixture
def announcer(database: Database, settings: Callable[..., TransformSettings]) -> Announcer:
    return Announcer(database, settings())


@pytest.fixture
def handlers(sealer: Sealer) -> Handlers:
    return dict(make_handlers(sealer))


@pytest.fixture
def armed(config: FakeConfig) -> None:
    """The company is armed and its settings can be read."""
    config.known[COMPANY] = snapshot(arming=ARMED)
