"""What people decided about records."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.store import Row
from tieout_config_api.store.tables import command
from tieout_contracts.events import RecordCommanded


async def keep(tx: AsyncConnection, event: RecordCommanded) -> None:
    await tx.execute(
        sa.insert(command).values(
            command_id=event.command_id,
            tenant_id=event.tenant_id,
            company_id=event.company_id,
            kind=event.record_ref.kind,
            record_id=event.record_ref.record_id,
            action=event.action,
            person=event.person,
            commanded_at=event.commanded_at,
        )
    )


async def of_record(tx: AsyncConnection, company_id: str, kind: str, record_id: int) -> list[Row]:
    """The record's commands, oldest first, at most 100."""
    query = (
        sa.select(command)
        .where(command.c.company_id == company_id, command.c.kind == kind, command.c.record_id == record_id)
        .order_by(command.c.commanded_at)
        .limit(100)
    )
    return list((await tx.execute(query)).mappings().all())
