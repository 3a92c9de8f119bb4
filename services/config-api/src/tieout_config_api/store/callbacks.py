"""Doors: under which address a connection's provider calls back, what proves it, and how its registration stands."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import BYTEA, JSONB, insert
from sqlalchemy.dialects.postgresql import UUID as UUID_COLUMN
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.store import Row
from tieout_config_api.store.tables import company, connection, metadata, settings_snapshot

_moment = sa.DateTime(timezone=True)

callback_door = sa.Table(
    "callback_door",
    metadata,
    sa.Column("connection_id", sa.ForeignKey("connection.connection_id", ondelete="CASCADE"), primary_key=True),
    sa.Column("tenant_id", sa.Text, nullable=False),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("enabled", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("token_digest", sa.Text, nullable=False, unique=True),
    sa.Column("secret", BYTEA, nullable=False),
    sa.Column("next_check_at", _moment, nullable=False),
    sa.Column("holder", UUID_COLUMN(as_uuid=True)),
    sa.Column("leased_until", _moment),
    sa.Column("checked_at", _moment),
    sa.Column("problem", JSONB),
    sa.Column("version", sa.Integer, nullable=False, server_default="0"),
    sa.Index("callback_door_by_check", "next_check_at", postgresql_where=sa.text("provider = 'connectwise'")),
)
"""Where a connection's provider calls back. `secret` is sealed: the address's token, and what signs its messages.
`version`: how often somebody edited it."""

Provider = Literal["connectwise", "xero", "qbo"]
DOORS_AT_ONCE = 100


class Home(NamedTuple):
    """A company that is to hear, and the connection that leads to what was changed."""

    tenant_id: str
    company_id: str
    connection_id: str


@dataclass(frozen=True, slots=True)
class Door:
    """Where one connection's provider calls. `webhook_key` signs Xero's and Intuit's messages. No `tenant_id`: the app
    of the installation, to which organisations of any tenant may be connected."""

    connection_id: str
    tenant_id: str | None
    provider: Provider
    webhook_key: bytes | None = None


async def by_digest(tx: AsyncConnection, token_digest: str) -> Row | None:
    query = sa.select(callback_door).where(callback_door.c.token_digest == token_digest, callback_door.c.enabled)
    return (await tx.execute(query)).mappings().one_or_none()


async def one(tx: AsyncConnection, connection_id: str) -> Row | None:
    query = sa.select(callback_door).where(callback_door.c.connection_id == connection_id)
    return (await tx.execute(query)).mappings().one_or_none()


async def held(tx: AsyncConnection, connection_id: str) -> Row:
    """The door, which nobody else changes until the transaction ends."""
    query = sa.select(callback_door).where(callback_door.c.connection_id == connection_id).with_for_update()
    return (await tx.execute(query)).mappings().one()


async def change(tx: AsyncConnection, connection_id: str, **values: Any) -> Row:
    """A check that is under way notes nothing any more: the next one sees the change."""
    of_it = callback_door.c.connection_id == connection_id
    changed = sa.update(callback_door).where(of_it).values(holder=None, leased_until=None, **values)
    row: Row = (await tx.execute(changed.returning(callback_door))).mappings().one()
    return row


async def without_door(tx: AsyncConnection) -> Sequence[Row]:
    """ConnectWise connections that have none yet."""
    query = (
        sa.select(connection.c.connection_id, connection.c.tenant_id)
        .outerjoin(callback_door, callback_door.c.connection_id == connection.c.connection_id)
        .where(connection.c.kind == "connectwise", callback_door.c.connection_id.is_(None))
        .order_by(connection.c.connection_id)
        .limit(DOORS_AT_ONCE)
    )
    return (await tx.execute(query)).mappings().all()


async def add(tx: AsyncConnection, values: Mapping[str, Any]) -> None:
    """A door that another copy has made meanwhile stays as it is."""
    await tx.execute(insert(callback_door).values(**values).on_conflict_do_nothing())


async def claim(tx: AsyncConnection, holder: UUID, now: datetime, lease_s: float) -> Row | None:
    """The ConnectWise door whose check is due longest, and the right to check it for `lease_s`."""
    door = callback_door.c
    due = (
        sa.select(door.connection_id)
        .where(door.provider == "connectwise", door.next_check_at <= now)
        .where(sa.or_(door.leased_until.is_(None), door.leased_until <= now))
        .order_by(door.next_check_at)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    lease = {"holder": holder, "leased_until": now + timedelta(seconds=lease_s)}
    claimed = sa.update(callback_door).where(door.connection_id == due).values(lease).returning(callback_door)
    row: Row | None = (await tx.execute(claimed)).mappings().one_or_none()
    return row


async def checked(tx: AsyncConnection, connection_id: str, holder: UUID, values: Mapping[str, Any]) -> bool:
    """Let go and note what came of it; False where somebody else has it by now, or it was changed meanwhile."""
    mine = sa.and_(callback_door.c.connection_id == connection_id, callback_door.c.holder == holder)
    done = sa.update(callback_door).where(mine).values(holder=None, leased_until=None, **values)
    return (await tx.execute(done)).rowcount == 1


async def company_of_connectwise(tx: AsyncConnection, door: Door) -> Home | None:
    """The first company that this connection serves."""
    settings = settings_snapshot.c.settings
    own = settings["connectwise_connection"].astext
    query = _companies(own).where(company.c.tenant_id == door.tenant_id, own == door.connection_id)
    row = (await tx.execute(query.limit(1))).one_or_none()
    return None if row is None else Home(*row)


async def companies_of_ledger(tx: AsyncConnection, door: Door, organisations: Collection[str]) -> dict[str, list[Home]]:
    """The companies of each of these organisations: of the door's tenant, because nobody calls back about another
    tenant's (I-7); or, behind the door of the installation's own app, those that are connected by consent to it."""
    settings = settings_snapshot.c.settings
    organisation, ledger_connection = settings["organisation_id"].astext, settings["ledger_connection"].astext
    query = _companies(ledger_connection).add_columns(organisation)
    query = query.where(settings["ledger"].astext == door.provider, organisation.in_(sorted(organisations)))
    if door.tenant_id is not None:
        query = query.where(company.c.tenant_id == door.tenant_id)
    else:
        same = (connection.c.connection_id == ledger_connection, connection.c.tenant_id == company.c.tenant_id)
        query = query.join(connection, sa.and_(*same)).where(connection.c.consent_id.is_not(None))
    found: dict[str, list[Home]] = {}
    for *home, organisation_id in (await tx.execute(query)).all():
        found.setdefault(organisation_id, []).append(Home(*home))
    return found


def _companies(connection_id: sa.ColumnElement[str]) -> sa.Select[Any]:
    newest = sa.and_(
        settings_snapshot.c.company_id == company.c.company_id, settings_snapshot.c.version == company.c.version
    )
    query = sa.select(company.c.tenant_id, company.c.company_id, connection_id)
    return query.join_from(company, settings_snapshot, newest).order_by(company.c.company_id)
