"""Mail that waits to be sent, and the links in it that open something once."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.store import Row
from tieout_config_api.store.people_tables import mail, mailed_link, person


async def link(tx: AsyncConnection, person_id: UUID, purpose: str, token_hash: bytes, expires_at: datetime) -> None:
    """A new link of its purpose; the person's older ones open nothing any more."""
    await unlink(tx, person_id, purpose)
    await tx.execute(
        sa.insert(mailed_link).values(
            token_hash=token_hash, person_id=person_id, purpose=purpose, expires_at=expires_at
        )
    )


async def unlink(tx: AsyncConnection, person_id: UUID, purpose: str | None = None) -> None:
    query = sa.delete(mailed_link).where(mailed_link.c.person_id == person_id)
    if purpose is not None:
        query = query.where(mailed_link.c.purpose == purpose)
    await tx.execute(query)


async def whose(tx: AsyncConnection, purpose: str, token_hash: bytes, now: datetime) -> str | None:
    """The e-mail of the person whose link it is; None where there is none, or not any more."""
    found = mailed_link.c
    query = sa.select(person.c.email).join(mailed_link, found.person_id == person.c.person_id)
    query = query.where(found.token_hash == token_hash, found.purpose == purpose, found.expires_at > now)
    return await tx.scalar(query.where(person.c.disabled_at.is_(None)))


async def use(tx: AsyncConnection, purpose: str, token_hash: bytes, now: datetime) -> UUID | None:
    """Whose link it is; it is gone with the transaction. None where there is none, or not any more."""
    found = mailed_link.c
    query = sa.delete(mailed_link).where(found.token_hash == token_hash, found.purpose == purpose)
    query = query.where(found.expires_at > now)
    return (await tx.execute(query.returning(found.person_id))).scalar_one_or_none()


async def post(tx: AsyncConnection, mail_id: UUID, sealed_letter: bytes, *, at: datetime, expires_at: datetime) -> None:
    """To be sent after the commit, and not after `expires_at`."""
    await tx.execute(
        sa.insert(mail).values(
            mail_id=mail_id, letter=sealed_letter, created_at=at, expires_at=expires_at, not_before=at
        )
    )


async def claim(tx: AsyncConnection, now: datetime, until: datetime) -> Row | None:
    """The next letter whose turn it is; nobody else sends it before `until`."""
    turn = sa.select(mail.c.mail_id).where(mail.c.not_before <= now, mail.c.expires_at > now)
    turn = turn.order_by(mail.c.not_before).limit(1).with_for_update(skip_locked=True)
    claimed = sa.update(mail).where(mail.c.mail_id == turn.scalar_subquery())
    claimed = claimed.values(not_before=until, tries=mail.c.tries + 1)
    found: Row | None = (await tx.execute(claimed.returning(mail))).mappings().one_or_none()
    return found


async def sent(tx: AsyncConnection, mail_id: UUID) -> None:
    await tx.execute(sa.delete(mail).where(mail.c.mail_id == mail_id))


async def again(tx: AsyncConnection, mail_id: UUID, not_before: datetime) -> None:
    """It could not be sent: once more, not before then."""
    await tx.execute(sa.update(mail).where(mail.c.mail_id == mail_id).values(not_before=not_before))


async def purge(tx: AsyncConnection, now: datetime) -> int:
    """Drop links and letters that have expired; how many letters were never sent."""
    await tx.execute(sa.delete(mailed_link).where(mailed_link.c.expires_at <= now))
    return (await tx.execute(sa.delete(mail).where(mail.c.expires_at <= now))).rowcount
