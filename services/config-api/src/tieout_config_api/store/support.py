"""Counts for a support bundle: how many of what, over all tenants; no name, no number of a record, no amount."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

CODES_MAX = 200
_COUNTS: Mapping[str, str] = {
    "records_by_status": "SELECT status, count(*) AS records FROM record GROUP BY status ORDER BY status",
    "records_by_outcome": "SELECT outcome, count(*) AS records FROM record WHERE outcome IS NOT NULL "
    "GROUP BY outcome ORDER BY outcome",
    "connections": "SELECT kind, count(*) AS connections FROM connection GROUP BY kind ORDER BY kind",
    "renewals": "SELECT count(*) AS renewed, count(problem) AS with_problem, "
    "count(reconnect_since) AS to_be_reconnected FROM token_renewal",
    "tenants": "SELECT (SELECT count(*) FROM tenant) AS tenants, (SELECT count(*) FROM company) AS companies",
}
_CODES = """
    SELECT p ->> 'code' AS code, count(*) AS records, max(greatest(plan_refused_at, settled_at, staged_at)) AS latest
    FROM record, jsonb_array_elements(plan_problems || settle_problems || stage_problems) AS p
    WHERE greatest(plan_refused_at, settled_at, staged_at) > :since
    GROUP BY 1 ORDER BY latest DESC, code LIMIT :most
"""


async def counts(tx: AsyncConnection, since: datetime) -> dict[str, Any]:
    """By name; `codes`: of refusals and errors since then, the latest first."""
    found = {name: await _rows(tx, statement) for name, statement in _COUNTS.items()}
    return found | {"codes": await _rows(tx, _CODES, since=since, most=CODES_MAX)}


async def _rows(tx: AsyncConnection, statement: str, **values: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in (await tx.execute(sa.text(statement), values)).mappings()]
