"""All rows of one tenant: read for its export, deleted when it leaves."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.projection import IN_MOTION
from tieout_config_api.store import evidence, keys, options, people_tables, sync_all
from tieout_config_api.store import tables as t

KEPT = frozenset({"audit", "audit_head"})
"""What stays when a tenant leaves: who did what, and that it was deleted."""
EXPORTED = (
    t.tenant,
    t.tenant_profile,
    t.tenant_limit,
    options.tenant_option,
    evidence.evidence_setting,
    t.connection,
    t.company,
    t.settings_snapshot,
    t.reference,
    t.run,
    sync_all.sync_all,
    t.record,
    t.command,
    t.api_usage,
    t.audit,
)
_OF_COMPANY = {t.company: "company_id"}
_OF_ACCESS = {t.connection: "connection_id", t.consent: "consent_id"}
_BY_PARENT: Mapping[sa.Table, tuple[str, Mapping[sa.Table, str]]] = {
    t.settings_snapshot: ("company_id", _OF_COMPANY),
    t.reference: ("company_id", _OF_COMPANY),
    t.access_token: ("connection_id", _OF_ACCESS),
    t.token_renewal: ("connection_id", _OF_ACCESS),
}
"""Tables without a tenant of their own: the column that names a parent, and which parents there may be."""
# Every table must be known here, those of the other modules too: what is forgotten would stay.
assert keys.tenant_key.metadata is people_tables.person.metadata is evidence.evidence.metadata is t.metadata


def where(table: sa.Table, tenant_id: str) -> sa.ColumnElement[bool] | None:
    """Which rows of a table are the tenant's; None: none are, or they leave with their parents."""
    if "tenant_id" in table.c:
        return table.c.tenant_id == tenant_id
    if table in _BY_PARENT:
        column, parents = _BY_PARENT[table]
        named = (sa.select(each.c[name]).where(each.c.tenant_id == tenant_id) for each, name in parents.items())
        return sa.or_(*(table.c[column].in_(each) for each in named))
    return None


async def rows(tx: AsyncConnection, tenant_id: str) -> AsyncIterator[dict[str, Any]]:
    """Everything that is exported, table by table, in the order of their keys; nothing that is sealed."""
    for table in EXPORTED:
        condition = where(table, tenant_id)
        assert condition is not None
        shown = [column for column in table.c if not isinstance(column.type, sa.LargeBinary)]
        query = sa.select(*shown).where(condition).order_by(*table.primary_key.columns)
        async for row in (await tx.stream(query)).mappings():
            yield {"table": table.name, **row}


async def moving(tx: AsyncConnection, tenant_id: str) -> int:
    """How many of its records are still on their way."""
    query = sa.select(sa.func.count()).select_from(t.record)
    query = query.where(t.record.c.tenant_id == tenant_id, t.record.c.status.in_(IN_MOTION))
    return int((await tx.execute(query)).scalar_one())


async def delete(tx: AsyncConnection, tenant_id: str) -> dict[str, int]:
    """Every row of the tenant but its audit, children before their parents; how many of each table there were."""
    gone: dict[str, int] = {}
    for table in dict.fromkeys((*_BY_PARENT, *reversed(t.metadata.sorted_tables))):
        condition = None if table.name in KEPT else where(table, tenant_id)
        if condition is not None:
            gone[table.name] = (await tx.execute(sa.delete(table).where(condition))).rowcount
    return {name: count for name, count in gone.items() if count}
