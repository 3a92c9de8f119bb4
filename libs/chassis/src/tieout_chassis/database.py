"""A service's door to PostgreSQL: its own schema, its own role, and nothing of anybody else's.

Role and search path are fixed when a connection is opened, so that no statement can forget them. Table and function
names carry no schema; only `bus.` and `limits.` are named, and reached through functions.
"""

import copy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import asyncpg
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from tieout_chassis.exact_json import dumps, loads
from tieout_chassis.wakes import Wakes, send_wakes

if TYPE_CHECKING:
    from tieout_chassis.migrations import ServiceMigrations
    from tieout_chassis.sealing import Sealer

STATEMENT_TIMEOUT_S = 60
COMMAND_TIMEOUT_S = 70
"""Longer than the server's own time-out: only for a server that is gone without a word."""
IDLE_IN_TRANSACTION_TIMEOUT_S = 120
_SENDER = "tieout_sender"
_CONFINE = text("SELECT set_config(:name, :value, true)")


@dataclass(frozen=True)
class Sender:
    """Who publishes through a connection, and with which keys: the outbox reads it."""

    service: str
    sealer: "Sealer | None"

    @property
    def schema(self) -> str:
        return schema_of(self.service)


class DatabaseUnavailable(Exception):
    """No connection could be had."""


class Database:
    """One pool of connections for one service; `schema` is the service's name with `_` for `-`."""

    def __init__(self, url: str, service: str, *, pool_size: int = 10, sealer: "Sealer | None" = None) -> None:
        self.service = service
        self.schema = schema_of(service)
        self.sealer = sealer
        self.engine: AsyncEngine = create_async_engine(
            driver_url(url),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=STATEMENT_TIMEOUT_S,
            pool_use_lifo=True,
            hide_parameters=True,
            json_serializer=dumps,
            json_deserializer=loads,
            execution_options={_SENDER: Sender(service, sealer)},
            connect_args={"server_settings": _session_settings(self.schema), "command_timeout": COMMAND_TIMEOUT_S},
        )
        self._autocommit = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._confined_to: tuple[str, str] | None = None
        self.wakes = Wakes(self.engine)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """begin .. commit; an exception rolls back. Wake-ups asked for inside go out after the commit."""
        async with _connected(self.engine) as connection:
            _forget_notes(connection)
            async with connection.begin():
                if self._confined_to is not None:
                    await connection.execute(_CONFINE, dict(zip(("name", "value"), self._confined_to, strict=True)))
                yield connection
            await send_wakes(connection)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """One statement after another, each on its own (autocommit): for reads that need no common snapshot.

        Where it is confined it is a transaction all the same, because that is how far a setting reaches.
        """
        if self._confined_to is not None:
            async with self.transaction() as connection:
                yield connection
            return
        async with _connected(self._autocommit) as connection:
            yield connection

    def confined(self, setting: str, value: str) -> "Database":
        """The same pool, where the setting holds in every transaction: what row-level policies of tables ask for.

        It ends with each transaction, so that the next one on the same connection knows nothing of it.
        """
        found = copy.copy(self)
        found._confined_to = (setting, value)
        return found

    async def check_schema(self, expected: "ServiceMigrations") -> None:
        """`SchemaTooOld` if `tieout db upgrade` has not yet run for this release; a newer schema is accepted."""
        from tieout_chassis.migrations import check_schema  # noqa: PLC0415  (a circle: migrations need no Database)

        await check_schema(self, expected)

    async def dispose(self) -> None:
        await self.wakes.close()
        await self.engine.dispose()


def schema_of(service: str) -> str:
    return service.replace("-", "_")


def role_of(service: str) -> str:
    return f"tieout_{schema_of(service)}"


def sender_of(tx: AsyncConnection) -> Sender:
    sender: Sender = tx.sync_connection.get_execution_options()[_SENDER]  # type: ignore[union-attr]
    return sender


def driver_url(url: str) -> str:
    """The URL with the asyncpg driver named; any `postgresql://` URL is accepted."""
    parsed = make_url(url)
    if not parsed.drivername.startswith("postgres"):
        raise ValueError("database_url: only PostgreSQL is supported")
    return parsed.set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)


def is_database_trouble(error: BaseException) -> bool:
    """Whether an error tells of the database being away or full, rather than of the statement being wrong."""
    if isinstance(error, DatabaseUnavailable):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if isinstance(getattr(error.orig, "__cause__", None), asyncpg.InternalClientError):
        return True  # the connection broke in the middle of something, and asyncpg lost count of where it was
    code = str(getattr(error.orig, "sqlstate", None) or "")
    # https://www.postgresql.org/docs/18/errcodes-appendix.html: 08 connection, 53 resources, 57 operator, 58 system;
    # 57014 is the statement's own fault: it ran too long.
    return error.connection_invalidated or (code[:2] in {"08", "53", "57", "58"} and code != "57014")


@asynccontextmanager
async def _connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    connection = engine.connect()
    try:
        await connection.start()
    except (OSError, PoolTimeout) as error:  # asyncpg lets the socket's own errors through, a missing file included
        raise DatabaseUnavailable(f"{type(error).__name__}: {error}") from error
    try:
        yield connection
    finally:
        await connection.close()


def _forget_notes(connection: AsyncConnection) -> None:
    """A pooled connection comes back with what an earlier transaction noted, wake-ups that never went out included."""
    for name in [name for name in connection.info if str(name).startswith("tieout.")]:
        del connection.info[name]


def _session_settings(schema: str) -> dict[str, Any]:
    return {
        "role": f"tieout_{schema}",
        "search_path": schema,
        "application_name": f"tieout-{schema}",
        "timezone": "UTC",
        "jit": "off",
        "statement_timeout": f"{STATEMENT_TIMEOUT_S}s",
        "idle_in_transaction_session_timeout": f"{IDLE_IN_TRANSACTION_TIMEOUT_S}s",
    }
