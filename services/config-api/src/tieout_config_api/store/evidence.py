"""Evidence of records: whether a tenant keeps it, and the pieces, each sealed with the tenant's key."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import BYTEA, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.store import Row, accounts
from tieout_config_api.store.tables import metadata

_moment = sa.DateTime(timezone=True)
DEFAULT_DAYS = 30
_NEVER: sa.ColumnElement[datetime] = sa.literal_column("'infinity'::timestamptz", _moment)
OFF: Mapping[str, Any] = {"version": 0, "enabled": False, "days": DEFAULT_DAYS}

evidence_setting = sa.Table(
    "evidence_setting",
    metadata,
    sa.Column("tenant_id", sa.ForeignKey("tenant.tenant_id"), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("days", sa.Integer, nullable=False),
    sa.Column("updated_at", _moment, nullable=False),
)
evidence = sa.Table(
    "evidence",
    metadata,
    sa.Column("number", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("tenant_id", sa.ForeignKey("tenant.tenant_id"), nullable=False),
    sa.Column("company_id", sa.Text, nullable=False),
    sa.Column("part", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("at", _moment, nullable=False),
    sa.Column("kept_at", _moment, nullable=False),
    sa.Column("body", BYTEA, nullable=False),
)
"""`part`: captured, planned or called. `subject`: which one, so that what is told again is kept once. `at`: when it
happened; `kept_at`: since when it is kept here."""
evidence_record = sa.Table(
    "evidence_record",
    metadata,
    sa.Column("tenant_id", sa.Text, primary_key=True),
    sa.Column("company_id", sa.Text, primary_key=True),
    sa.Column("record", sa.Text, primary_key=True),
    sa.Column("number", sa.ForeignKey("evidence.number", ondelete="CASCADE"), primary_key=True),
)
"""Whose a piece is; a bulk call is of many."""


async def setting(tx: AsyncConnection, tenant_id: str) -> Row:
    query = sa.select(evidence_setting).where(evidence_setting.c.tenant_id == tenant_id)
    return (await tx.execute(query)).mappings().one_or_none() or {"tenant_id": tenant_id, **OFF}


async def save_setting(
    tx: AsyncConnection, tenant_id: str, content: Mapping[str, Any], *, expected: int, at: datetime
) -> None:
    """On top of the version `expected`; `VersionConflict` when that is no longer the newest."""
    await accounts.hold_tenant(tx, tenant_id)
    version = (await setting(tx, tenant_id))["version"]
    if version != expected:
        raise accounts.VersionConflict(version)
    values = {**content, "version": version + 1, "updated_at": at}
    made = insert(evidence_setting).values(tenant_id=tenant_id, **values)
    await tx.execute(made.on_conflict_do_update(index_elements=["tenant_id"], set_=values))


async def keeping(tx: AsyncConnection) -> Sequence[str]:
    """Tenants that keep evidence."""
    query = sa.select(evidence_setting.c.tenant_id).where(evidence_setting.c.enabled)
    return (await tx.scalars(query.order_by(evidence_setting.c.tenant_id))).all()


async def keep(tx: AsyncConnection, piece: Mapping[str, Any], records: Collection[str]) -> None:
    """A piece, which is of these records. One that is known is written anew."""
    values = {**piece, "kept_at": sa.func.clock_timestamp()}
    made = insert(evidence).values(values)
    again = {name: made.excluded[name] for name in ("at", "kept_at", "body")}
    upsert = made.on_conflict_do_update(index_elements=["tenant_id", "part", "subject"], set_=again)
    number = await tx.scalar(upsert.returning(evidence.c.number))
    whose = {"tenant_id": piece["tenant_id"], "company_id": piece["company_id"], "number": number}
    if rows := [{**whose, "record": record} for record in records]:
        await tx.execute(insert(evidence_record).values(rows).on_conflict_do_nothing())


async def of_record(
    tx: AsyncConnection, tenant_id: str, company_id: str, record: str, *, after: int, limit: int
) -> Sequence[Row]:
    """In the order in which it was kept."""
    whose = evidence_record.c
    query = sa.select(evidence).join(evidence_record, whose.number == evidence.c.number)
    query = query.where(whose.tenant_id == tenant_id, whose.company_id == company_id, whose.record == record)
    query = query.where(whose.number > after).order_by(whose.number).limit(limit)
    return (await tx.execute(query)).mappings().all()


async def purge(tx: AsyncConnection, now: datetime, *, limit: int) -> int:
    """Drop what is older than its tenant wants to keep it, and all of those that keep none; how many."""
    age = sa.func.make_interval(0, 0, 0, evidence_setting.c.days)
    wanted_from = sa.case((evidence_setting.c.enabled, sa.literal(now, _moment) - age), else_=_NEVER)
    old = sa.select(evidence.c.number).join(evidence_setting, evidence_setting.c.tenant_id == evidence.c.tenant_id)
    old = old.where(evidence.c.kept_at <= wanted_from).limit(limit).with_for_update(skip_locked=True, of=evidence)
    return (await tx.execute(sa.delete(evidence).where(evidence.c.number.in_(old)))).rowcount
