"""A tenant that leaves a running installation while its records are on their way."""

import json
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import httpx

from harness.canaries import mark
from harness.databases import TABLES, rows
from harness.faults import web_page
from harness.world import World, books_agree
from tieout_chassis.sealing import key_id_of
from tieout_contracts.envelope import KEY_ID, TENANT
from tieout_simulators.month import Month, build_volume

TIMEOUT_S = 300
APPROVE = "POST /Invoices"
KEPT = {"config_api.audit", "config_api.audit_head"}
SHARED = {"bus", "limits"}
"""What was announced, until it expires, and how often a provider was called (docs/retention.md)."""


def own_month(tenant: str, invoices: int) -> Month:
    """A small month in a company and an organisation that no other tenant's month has."""
    month = build_volume(invoices, lines=2, seed=9)
    (company,) = month.expected["settings"]["companies"]
    own_id = str(uuid5(NAMESPACE_OID, tenant))
    mark(month, {company["name"]: f"{tenant} {company['name']}", company["organisation_id"]: own_id})
    return month


async def approve_nothing(world: World) -> None:
    await world.scene.xero.tell("faults", [web_page(APPROVE, 503, times=0)])


async def leave(world: World) -> list[dict[str, Any]]:
    """Suspended, refused while records are on their way, exported, deleted all the same; what its ledger holds then.

    Xero approves nothing: the first document stands there as a draft, and the others wait for it.
    """
    place = f"/v1/tenants/{world.tenant}"
    headers = {"Authorization": f"Bearer {world.installation.key}"}

    async def moving() -> bool | None:
        return True if await world.ledger_documents() and await world.records(status="planned") else None

    await world.until(moving, timeout_s=TIMEOUT_S)
    async with httpx.AsyncClient(base_url=world.installation.url, headers=headers, timeout=60) as http:
        (await http.post(f"{place}/suspend")).raise_for_status()
        refused = await http.delete(place, params={"confirm": world.tenant})
        assert (refused.status_code, refused.json()["code"]) == (409, "account.still_moving")
        exported = [json.loads(line) for line in (await http.get(f"{place}/export")).text.splitlines()]
        numbers = {each["number"] for each in exported if each["table"] == "record"}
        assert numbers
        assert numbers <= {each["number"] for each in world.documents}
        deleted = await http.delete(place, params={"confirm": world.tenant, "abandon": "true"})
        assert deleted.status_code == 200, deleted.text
        assert (await http.get(f"{place}/records")).status_code == 404
    return await world.ledger_documents()


async def has_left(world: World, held: list[dict[str, Any]]) -> None:
    """No row of it in any table of any service, nothing of it opens, its ledger is as it was, its audit is there."""

    async def clean() -> bool | None:
        return None if await rows_of(world) else True

    await world.until(clean, timeout_s=TIMEOUT_S)
    books_agree(await world.ledger_documents() == held, "a document of a deleted tenant was touched")
    known = {row["key_id"] for row in await rows(world.database_url, "SELECT key_id FROM config_api.tenant_key")}
    sealed = f"SELECT value FROM bus.message WHERE headers ->> '{TENANT}' = $1 AND headers ? '{KEY_ID}'"
    for row in await rows(world.database_url, sealed, world.tenant):
        assert key_id_of(row["value"]) not in known
    audit = "SELECT action FROM config_api.audit WHERE tenant_id = $1 ORDER BY number DESC LIMIT 1"
    (last,) = await rows(world.database_url, audit, world.tenant)
    assert last["action"] == "tenant.deleted"


def told_of(world: World) -> list[str]:
    """What the log, which begins at warnings, says about the tenant and what is its own."""
    return [line for line in world.installation.whole_log().splitlines() if any(name in line for name in names(world))]


def names(world: World) -> set[str]:
    """The tenant, its companies, its connections and its organisations."""
    found = {world.tenant, *world.scene.companies}
    for each in world.scene.companies.values():
        found |= {str(each[name]) for name in ("connectwise_connection", "ledger_connection", "organisation_id")}
    return found


async def rows_of(world: World) -> list[str]:
    """The tables that still name it, but for those where that is meant to be."""
    found = []
    for table in await rows(world.database_url, TABLES):
        schema, name = table["table_schema"], table["table_name"]
        held = f'SELECT 1 FROM "{schema}"."{name}" t, unnest($1::text[]) AS n WHERE strpos(t::text, n) > 0 LIMIT 1'
        if schema not in SHARED and await rows(world.database_url, held, sorted(names(world))):
            found.append(f"{schema}.{name}")
    return sorted(set(found) - KEPT)
