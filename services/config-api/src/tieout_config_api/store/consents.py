"""Consents, and the connections that share them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.store import Row, renewals
from tieout_config_api.store.tables import access_token, connect_attempt, connection, consent, token_renewal

_ORGANISATION = connection.c.details["organisation_id"].astext


async def keep(
    tx: AsyncConnection,
    *,
    consent_id: str,
    tenant_id: str,
    kind: str,
    details: Mapping[str, Any],
    secret: bytes,
    at: datetime,
) -> None:
    values = {"tenant_id": tenant_id, "kind": kind, "details": dict(details), "secret": secret, "updated_at": at}
    await tx.execute(sa.insert(consent).values(consent_id=consent_id, **values))


async def connection_for_update(tx: AsyncConnection, connection_id: str) -> Row | None:
    """Held until the transaction ends."""
    query = sa.select(connection).where(connection.c.connection_id == connection_id).with_for_update(key_share=True)
    return (await tx.execute(query)).mappings().one_or_none()


async def connected_to(tx: AsyncConnection, tenant_id: str, kind: str, organisation_id: str) -> str | None:
    """The tenant's connection that stands for this organisation, if one does."""
    query = sa.select(connection.c.connection_id).where(
        connection.c.tenant_id == tenant_id, connection.c.kind == kind, organisation_id == _ORGANISATION
    )
    return await tx.scalar(query.limit(1))


async def create_connection(
    tx: AsyncConnection,
    *,
    connection_id: str,
    tenant_id: str,
    kind: str,
    details: Mapping[str, Any],
    secret: bytes,
    consent_id: str,
    at: datetime,
) -> None:
    values = {"tenant_id": tenant_id, "kind": kind, "details": dict(details), "secret": secret, "updated_at": at}
    await tx.execute(sa.insert(connection).values(connection_id=connection_id, consent_id=consent_id, **values))


async def use(
    tx: AsyncConnection,
    connection_id: str,
    consent_id: str | None,
    *,
    details: Mapping[str, Any],
    secret: bytes,
    at: datetime,
) -> None:
    """From now on its tokens are the consent's (none: it has none); whatever its own were is over."""
    values = {"consent_id": consent_id, "details": dict(details), "secret": secret, "updated_at": at}
    await tx.execute(sa.update(connection).where(connection.c.connection_id == connection_id).values(values))
    await renewals.forget(tx, connection_id)


async def sharing(tx: AsyncConnection, consent_id: str) -> Sequence[Row]:
    """The connections that hang on a consent."""
    query = sa.select(connection).where(connection.c.consent_id == consent_id).order_by(connection.c.connection_id)
    return (await tx.execute(query)).mappings().all()


async def others_of_the_app(tx: AsyncConnection, kind: str, client_id: str, besides: str) -> Sequence[Row]:
    """Connections of the whole installation that reach a provider through the same app just now, without `besides`."""
    ended = sa.exists().where(
        token_renewal.c.connection_id == connection.c.connection_id, token_renewal.c.reconnect_since.is_not(None)
    )
    query = sa.select(connection.c.connection_id, connection.c.details, connection.c.consent_id).where(
        connection.c.kind == kind,
        connection.c.details["client_id"].astext == client_id,
        connection.c.connection_id != besides,
        ~ended,
    )
    return (await tx.execute(query)).mappings().all()


async def drop_unused(tx: AsyncConnection, tenant_id: str | None = None, *, keep: Iterable[str] = ()) -> None:
    """Forget consents that no connection hangs on and that nobody may choose from any more."""
    hung_on = sa.exists().where(connection.c.consent_id == consent.c.consent_id)
    chosen_from = sa.exists().where(
        connect_attempt.c.consent_id == consent.c.consent_id, connect_attempt.c.connected.is_(None)
    )
    unused = sa.and_(~hung_on, ~chosen_from, consent.c.consent_id.not_in(list(keep)))
    if tenant_id is not None:
        unused = sa.and_(unused, consent.c.tenant_id == tenant_id)
    gone = (await tx.execute(sa.delete(consent).where(unused).returning(consent.c.consent_id))).scalars().all()
    for table in (access_token, token_renewal):
        await tx.execute(sa.delete(table).where(table.c.connection_id.in_(gone)))
