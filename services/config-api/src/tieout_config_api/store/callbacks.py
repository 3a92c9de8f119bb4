"""Doors: under which address a connection's provider calls back, what proves it, and how its registration stands."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.store import Row
from tieout_config_api.store.tables import callback_door, company, connection, settings_snapshot

Provider = Literal["connectwise", "xero", "qbo"]
DOORS_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Door:
    """Where one connection's provider calls. `webhook_key` signs Xero's and Intuit's messages."""

    connection_id: str
    tenant_id: str
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


async def company_of_connectwise(tx: AsyncConnection, door: Door) -> str | None:
    """The first company that this connection serves."""
    settings = settings_snapshot.c.settings
    query = _companies(door).where(settings["connectwise_connection"].astext == door.connection_id).limit(1)
    company_id: str | None = (await tx.execute(query)).scalar_one_or_none()
    return company_id


async def companies_of_ledger(tx: AsyncConnection, door: Door, organisations: Collection[str]) -> dict[str, list[str]]:
    """The tenant's companies of each of these organisations: nobody calls back about another tenant's (I-7)."""
    settings = settings_snapshot.c.settings
    organisation = settings["organisation_id"].astext
    wanted = organisation.in_(sorted(organisations))
    query = _companies(door).where(settings["ledger"].astext == door.provider, wanted)
    found: dict[str, list[str]] = {}
    for company_id, organisation_id in (await tx.execute(query.add_columns(organisation))).all():
        found.setdefault(organisation_id, []).append(company_id)
    return found


def _companies(door: Door) -> sa.Select[Any]:
    newest = sa.and_(
        settings_snapshot.c.company_id == company.c.company_id, settings_snapshot.c.version == company.c.version
    )
    query = sa.select(company.c.company_id).join(settings_snapshot, newest)
    return query.where(company.c.tenant_id == door.tenant_id).order_by(company.c.company_id)
