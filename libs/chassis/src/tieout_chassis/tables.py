"""The tables every service has in its own schema: outbox, inbox, lease, lease_wake, dead_letter, set_aside.

`create_chassis_tables` is what a service's first migration calls. It is history and never changes: a later change comes
as a further function that a further migration calls. The tables below are what the code reads today; a test compares.
"""

from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import BYTEA, JSONB, TIMESTAMP, UUID

METADATA = sa.MetaData()
_NOW = sa.text("clock_timestamp()")


def _time(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, TIMESTAMP(timezone=True), nullable=nullable, server_default=None if nullable else _NOW)


outbox = sa.Table(
    "outbox",
    METADATA,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("event_id", UUID, nullable=False, unique=True),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("headers", JSONB, nullable=False),
    sa.Column("value", BYTEA, nullable=False),
    sa.Column("caused_by", UUID),
    sa.Column("announcements", sa.Integer, nullable=False, server_default=sa.text("0")),
    _time("created_at", nullable=False),
    _time("published_at"),
    sa.Index("outbox_unpublished", "id", postgresql_where=sa.text("published_at IS NULL")),
    sa.Index("outbox_published", "published_at", postgresql_where=sa.text("published_at IS NOT NULL")),
    sa.Index("outbox_caused_by", "caused_by", postgresql_where=sa.text("caused_by IS NOT NULL")),
)

inbox = sa.Table(
    "inbox",
    METADATA,
    sa.Column("event_id", UUID, primary_key=True),
    sa.Column("consumer_group", sa.Text, primary_key=True),
    _time("handled_at", nullable=False),
    sa.Index("inbox_handled_at", "handled_at"),
)

lease = sa.Table(
    "lease",
    METADATA,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("token", sa.BigInteger, nullable=False, server_default=sa.text("0")),
    sa.Column("holder", sa.Text),
    _time("expires_at"),
    _time("parked_until"),
    _time("idle_until"),
    _time("served_at"),
)

lease_wake = sa.Table(
    "lease_wake",
    METADATA,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Index("lease_wake_of", "kind", "name"),
)

dead_letter = sa.Table(
    "dead_letter",
    METADATA,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("consumer_group", sa.Text),
    sa.Column("event_id", UUID, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("headers", JSONB, nullable=False),
    sa.Column("value", BYTEA, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default=sa.text("'open'")),
    _time("created_at", nullable=False),
    _time("closed_at"),
    sa.CheckConstraint("state IN ('open', 'redriven', 'discarded')", name="dead_letter_state"),
    sa.Index("dead_letter_open", "id", postgresql_where=sa.text("state = 'open'")),
)
"""`consumer_group` is NULL for a row of the service's own outbox that the bus refused for good."""

set_aside = sa.Table(
    "set_aside",
    METADATA,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("consumer_group", sa.Text, nullable=False),
    sa.Column("event_id", UUID, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("headers", JSONB, nullable=False),
    sa.Column("value", BYTEA, nullable=False),
    _time("created_at", nullable=False),
)


class HasBind(Protocol):
    """Alembic's `op`."""

    def get_bind(self) -> sa.Connection: ...


def create_chassis_tables(op: HasBind, schema: str | None = None) -> None:
    """Create the first version of these tables in `schema`, or in the search path of a service's migration.

    Values are stored uncompressed: sealed ones do not shrink, and trying costs more than the rest of the insert.
    """
    connection = op.get_bind()
    prefix = f"{schema}." if schema else ""
    for statement in _FIRST:
        connection.exec_driver_sql(statement.replace("@", prefix))


_FIRST = (
    """
    CREATE TABLE @outbox (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        event_id uuid NOT NULL UNIQUE,
        topic text NOT NULL,
        key text NOT NULL,
        headers jsonb NOT NULL,
        value bytea NOT NULL,
        caused_by uuid,
        announcements integer NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        published_at timestamptz
    )
    """,
    "ALTER TABLE @outbox ALTER COLUMN value SET STORAGE EXTERNAL",
    "CREATE INDEX outbox_unpublished ON @outbox (id) WHERE published_at IS NULL",
    "CREATE INDEX outbox_published ON @outbox (published_at) WHERE published_at IS NOT NULL",
    "CREATE INDEX outbox_caused_by ON @outbox (caused_by) WHERE caused_by IS NOT NULL",
    """
    CREATE TABLE @inbox (
        event_id uuid,
        consumer_group text,
        handled_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (event_id, consumer_group)
    )
    """,
    "CREATE INDEX inbox_handled_at ON @inbox (handled_at)",
    """
    CREATE TABLE @lease (
        kind text,
        name text,
        token bigint NOT NULL DEFAULT 0,
        holder text,
        expires_at timestamptz,
        parked_until timestamptz,
        idle_until timestamptz,
        served_at timestamptz,
        PRIMARY KEY (kind, name)
    )
    """,
    """
    CREATE TABLE @lease_wake (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        kind text NOT NULL,
        name text NOT NULL
    )
    """,
    "CREATE INDEX lease_wake_of ON @lease_wake (kind, name)",
    """
    CREATE TABLE @dead_letter (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        consumer_group text,
        event_id uuid NOT NULL,
        type text NOT NULL,
        topic text NOT NULL,
        key text NOT NULL,
        headers jsonb NOT NULL,
        value bytea NOT NULL,
        reason text NOT NULL,
        attempts integer NOT NULL,
        state text NOT NULL DEFAULT 'open',
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        closed_at timestamptz,
        CONSTRAINT dead_letter_state CHECK (state IN ('open', 'redriven', 'discarded'))
    )
    """,
    "CREATE INDEX dead_letter_open ON @dead_letter (id) WHERE state = 'open'",
    """
    CREATE TABLE @set_aside (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        consumer_group text NOT NULL,
        event_id uuid NOT NULL,
        type text NOT NULL,
        topic text NOT NULL,
        key text NOT NULL,
        headers jsonb NOT NULL,
        value bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp()
    )
    """,
)
