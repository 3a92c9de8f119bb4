"""Sync All: which families were asked for together, and by which runs."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.store import Row
from tieout_config_api.store.runs import hold_company
from tieout_config_api.store.tables import metadata, run
from tieout_contracts.families import Family
from tieout_contracts.problems import Problem

sync_all = sa.Table(
    "sync_all",
    metadata,
    sa.Column("sync_id", sa.UUID(as_uuid=True), primary_key=True),
    sa.Column("tenant_id", sa.Text, nullable=False),
    sa.Column("company_id", sa.Text, nullable=False),
    sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("families", JSONB, nullable=False),
    sa.Index("sync_all_by_company", "tenant_id", "company_id", "requested_at"),
)
"""`families`: in their order, each an `Asked` as JSON."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One family of a Sync All: its run, or why there is none."""

    family: Family
    run_id: UUID | None = None
    skipped: Problem | None = None

    @classmethod
    def read(cls, row: Any) -> Self:
        run_id, skipped = row["run_id"], row["skipped"]
        return cls(
            row["family"], UUID(run_id) if run_id else None, Problem.model_validate(skipped) if skipped else None
        )

    def written(self) -> dict[str, Any]:
        skipped = self.skipped.model_dump(mode="json") if self.skipped else None
        return asdict(self) | {"run_id": str(self.run_id) if self.run_id else None, "skipped": skipped}


async def open_one(tx: AsyncConnection, tenant_id: str, company_id: str) -> UUID | None:
    """The company's newest, if ingest has not listed all of its runs yet: a second request joins it (F134). The
    company is held from here on."""
    await hold_company(tx, company_id)
    query = (
        sa.select(sync_all)
        .where(sync_all.c.tenant_id == tenant_id, sync_all.c.company_id == company_id)
        .order_by(sync_all.c.requested_at.desc(), sync_all.c.sync_id)
        .limit(1)
    )
    newest = (await tx.execute(query)).mappings().one_or_none()
    if newest is None:
        return None
    run_ids = [asked.run_id for asked in asked_in(newest) if asked.run_id is not None]
    unlisted = sa.select(run.c.run_id).where(run.c.run_id.in_(run_ids), run.c.listed_at.is_(None)).limit(1)
    found: UUID = newest["sync_id"]
    return found if (await tx.execute(unlisted)).one_or_none() else None


async def keep(tx: AsyncConnection, tenant_id: str, company_id: str, asked: Sequence[Asked], at: datetime) -> UUID:
    """Store what was asked for; its id."""
    sync_id = uuid4()
    values = {"sync_id": sync_id, "tenant_id": tenant_id, "company_id": company_id, "requested_at": at}
    await tx.execute(sa.insert(sync_all).values(**values, families=[each.written() for each in asked]))
    return sync_id


async def one(tx: AsyncConnection, tenant_id: str, sync_id: UUID) -> Row | None:
    query = sa.select(sync_all).where(sync_all.c.tenant_id == tenant_id, sync_all.c.sync_id == sync_id)
    return (await tx.execute(query)).mappings().one_or_none()


def asked_in(row: Row) -> list[Asked]:
    return [Asked.read(each) for each in row["families"]]
