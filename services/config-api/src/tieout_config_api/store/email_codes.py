"""Codes that were mailed: one a person, the newest; tried so often, used once."""

import hmac
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.store.people_tables import email_code

MOST_TRIES = 5


async def keep(tx: AsyncConnection, person_id: UUID, code_hash: bytes, expires_at: datetime) -> None:
    """In place of the person's older one."""
    values = {"code_hash": code_hash, "expires_at": expires_at, "tries": 0}
    made = insert(email_code).values(person_id=person_id, **values)
    await tx.execute(made.on_conflict_do_update(index_elements=["person_id"], set_=values))


async def take(tx: AsyncConnection, person_id: UUID, code_hash: bytes, now: datetime) -> bool:
    """Whether it is the code, in its time and of its tries; then it is used up. A try counts also where it is wrong."""
    row = email_code.c
    here = sa.and_(row.person_id == person_id, row.expires_at > now, row.tries < MOST_TRIES)
    tried = sa.update(email_code).where(here).values(tries=row.tries + 1).returning(row.code_hash)
    known = await tx.scalar(tried)
    if known is None or not hmac.compare_digest(known, code_hash):
        return False
    await tx.execute(sa.delete(email_code).where(row.person_id == person_id))
    return True


async def purge(tx: AsyncConnection, now: datetime) -> None:
    await tx.execute(sa.delete(email_code).where(email_code.c.expires_at <= now))
