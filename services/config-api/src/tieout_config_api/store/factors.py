"""Second factors: a code is taken once, and so is a recovery code."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.store.people_tables import person, recovery_code


async def propose(tx: AsyncConnection, person_id: UUID, sealed_secret: bytes) -> bool:
    """Keep a secret that is not confirmed yet; False where another one is confirmed."""
    here = sa.and_(person.c.person_id == person_id, person.c.factor_confirmed_at.is_(None))
    values = {"factor_secret": sealed_secret, "factor_last_step": None}
    return (await tx.execute(sa.update(person).where(here).values(**values))).rowcount == 1


async def confirm(tx: AsyncConnection, person_id: UUID, at: datetime, code_hashes: Iterable[bytes]) -> bool:
    """The person's authenticator is set up, with these recovery codes; False where it was before."""
    here = sa.and_(person.c.person_id == person_id, person.c.factor_confirmed_at.is_(None))
    if (await tx.execute(sa.update(person).where(here).values(factor_confirmed_at=at))).rowcount != 1:
        return False
    await replace_codes(tx, person_id, code_hashes)
    return True


async def take_step(tx: AsyncConnection, person_id: UUID, step: int) -> bool:
    """False where a code of this step or of a later one was taken already (RFC 6238, 5.2)."""
    last = person.c.factor_last_step
    here = sa.and_(person.c.person_id == person_id, sa.or_(last.is_(None), last < step))
    return (await tx.execute(sa.update(person).where(here).values(factor_last_step=step))).rowcount == 1


async def take_code(tx: AsyncConnection, person_id: UUID, code_hash: bytes) -> bool:
    """False where there is no such recovery code, or not any more."""
    here = sa.and_(recovery_code.c.person_id == person_id, recovery_code.c.code_hash == code_hash)
    return (await tx.execute(sa.delete(recovery_code).where(here))).rowcount == 1


async def replace_codes(tx: AsyncConnection, person_id: UUID, code_hashes: Iterable[bytes]) -> None:
    await tx.execute(sa.delete(recovery_code).where(recovery_code.c.person_id == person_id))
    rows = [{"person_id": person_id, "code_hash": code_hash} for code_hash in code_hashes]
    await tx.execute(sa.insert(recovery_code), rows)


async def codes_left(tx: AsyncConnection, person_id: UUID) -> int:
    query = sa.select(sa.func.count()).select_from(recovery_code).where(recovery_code.c.person_id == person_id)
    return int(await tx.scalar(query) or 0)


async def remove(tx: AsyncConnection, person_id: UUID) -> None:
    """The authenticator and the recovery codes; where a second factor is required, a new one is set up next."""
    await tx.execute(sa.delete(recovery_code).where(recovery_code.c.person_id == person_id))
    values = {"factor_secret": None, "factor_confirmed_at": None, "factor_last_step": None}
    await tx.execute(sa.update(person).where(person.c.person_id == person_id).values(**values))
