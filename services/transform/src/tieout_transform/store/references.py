"""The ledgers' reference data: the newest of each organisation, and those in use kept in memory."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_contracts.reference import LedgerReference
from tieout_transform.store.tables import reference

OrganisationKey = tuple[str, str]
"""Tenant and organisation."""


async def keep(tx: AsyncConnection, tenant_id: str, read: LedgerReference) -> bool:
    """Keep `read` if it is newer than what is known; whether it was."""
    statement = insert(reference).values(
        tenant_id=tenant_id,
        organisation_id=read.organisation_id,
        version=read.version,
        body=read.model_dump_json(),
        read_at=read.read_at,
    )
    statement = statement.on_conflict_do_update(
        index_elements=[reference.c.tenant_id, reference.c.organisation_id],
        set_={name: statement.excluded[name] for name in ("version", "body", "read_at")},
        where=reference.c.version < statement.excluded.version,
    )
    return await tx.scalar(statement.returning(reference.c.version)) is not None


class References:
    """What is stored, opened once for each version. One for a process; organisations no longer asked for stay until
    `max_kept` others were."""

    def __init__(self, *, max_kept: int = 64) -> None:
        self._max_kept = max_kept
        self._kept: dict[OrganisationKey, LedgerReference] = {}

    async def newest(
        self, tx: AsyncConnection, wanted: Collection[OrganisationKey]
    ) -> dict[OrganisationKey, LedgerReference]:
        """The newest reference of each of these organisations; one that was never read is not among them."""
        if not wanted:
            return {}
        place = sa.tuple_(reference.c.tenant_id, reference.c.organisation_id)
        versions = sa.select(reference.c.tenant_id, reference.c.organisation_id, reference.c.version)
        rows = (await tx.execute(versions.where(place.in_(sorted(wanted))))).all()
        return {(tenant, name): await self._opened(tx, (tenant, name), version) for tenant, name, version in rows}

    async def _opened(self, tx: AsyncConnection, key: OrganisationKey, version: int) -> LedgerReference:
        kept = self._kept.pop(key, None)
        if kept is None or kept.version < version:
            place = sa.tuple_(reference.c.tenant_id, reference.c.organisation_id)
            body: str = (await tx.execute(sa.select(reference.c.body).where(place == key))).scalar_one()
            kept = LedgerReference.model_validate_json(body)
        self._kept[key] = kept
        while len(self._kept) > self._max_kept:
            del self._kept[next(iter(self._kept))]
        return kept
