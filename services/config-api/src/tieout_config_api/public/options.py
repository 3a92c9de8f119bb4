"""The account's options (F207, F209, F213)."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any

import httpx
from fastapi import APIRouter, Response
from pydantic import AfterValidator, Field, StrictBool, StringConstraints

from tieout_chassis.call_log import CallLog
from tieout_config_api.account.payment_types import differences, to_keep
from tieout_config_api.call_log import keep_told
from tieout_config_api.connections import connectwise_access
from tieout_config_api.connectwise.connectivity import client_of
from tieout_config_api.public.door import InAudit, InRooms, Rooms, refused, require_tenant
from tieout_config_api.public.editing import IfMatch, matched, tag
from tieout_config_api.public.tenants import Body
from tieout_config_api.setup.facts import folded
from tieout_config_api.setup.reading import shown_or_why
from tieout_config_api.store import Row, account, accounts, call_log, options
from tieout_contracts.connections import ConnectWiseAccess
from tieout_contracts.problems import Problem, problem
from tieout_providers.connectwise.client import Witness
from tieout_providers.connectwise.models import PaymentType

router = APIRouter(tags=["account"])
PAYMENT_TYPES_MAX = 500
COMPARED_WITHIN_S = 10.0
"""All ConnectWise connections of the tenant; who saves waits for it."""


def _each_once(names: tuple[str, ...]) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    for number, name in enumerate(names, 1):
        if (first := seen.setdefault(folded(name), number)) != number:
            raise ValueError(f"rows {first} and {number} are the same name: name each once")
    return names


PaymentTypeName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class Options(Body):
    """Saved as a whole: what is left out is the default again."""

    hide_sync_all: StrictBool = True
    """Nobody sees Sync All, and the API refuses it (F147); each family can still be synced by itself (F148)."""
    cogs_validation: StrictBool = True
    """Locked on while the tenant has procurement (F103)."""
    expense_payment_types: Annotated[
        tuple[PaymentTypeName, ...], Field(max_length=PAYMENT_TYPES_MAX), AfterValidator(_each_once)
    ] = ()
    """ConnectWise's payment types by which the company itself pays expenses (F207)."""


class ShownOptions(Options):
    tenant_id: str
    cogs_validation_locked: bool
    """Whether it cannot be switched off (F209)."""
    version: int


class SavedOptions(ShownOptions):
    warnings: list[Problem]
    """What was saved all the same: names that ConnectWise does not have (F164)."""


@router.get("/tenants/{tenant_id}/options")
async def read_options(tenant_id: str, rooms: InRooms, response: Response) -> ShownOptions:
    async with rooms.database.transaction() as tx:
        await require_tenant(tx, tenant_id)
        found, limits = await options.of(tx, tenant_id), await account.limits(tx, tenant_id)
    tag(response, found["version"])
    return ShownOptions.model_validate(_shown(found, _has_procurement(limits)))


@router.put("/tenants/{tenant_id}/options")
async def put_options(
    tenant_id: str, body: Options, rooms: InRooms, audit: InAudit, response: Response, if_match: IfMatch = None
) -> SavedOptions:
    """Names of payment types are compared with ConnectWise's own; one that it does not have is saved with a warning."""
    at_sites = await _payment_types(tenant_id, rooms) if body.expense_payment_types else {}
    shown = {name: types for name, types in at_sites.items() if not isinstance(types, str)}
    async with rooms.database.transaction() as tx:
        await require_tenant(tx, tenant_id)
        before = await options.of(tx, tenant_id)
        expected = matched(if_match, before["version"])
        locked = _has_procurement(await account.limits(tx, tenant_id))
        if locked and not body.cogs_validation:
            raise refused(422, "account.cogs_validation_locked", tenant=tenant_id)
        content = body.model_dump(mode="json")
        ids = to_keep(body.expense_payment_types, before["payment_type_ids"], shown)
        try:
            await options.save(tx, tenant_id, content, ids, expected=expected, at=rooms.clock.now())
        except accounts.VersionConflict as conflict:
            raise refused(412, "api.version_conflict", version=conflict) from None
        was = Options.model_validate(before["options"]).model_dump(mode="json")
        await audit.write(tx, tenant_id, "options.saved", "tenant", tenant_id, before=was, after=content)
        found = await options.of(tx, tenant_id)
    tag(response, found["version"])
    warnings = [problem("setup.payment_types_unread", reason=why) for why in at_sites.values() if isinstance(why, str)]
    if shown:
        warnings += differences(body.expense_payment_types, ids, shown)
    return SavedOptions.model_validate({**_shown(found, locked), "warnings": warnings})


def _shown(found: Row, locked: bool) -> dict[str, Any]:
    """Locked, it is on, whatever was saved when it was not."""
    content = {**found["options"], **({"cogs_validation": True} if locked else {})}
    facts = {"tenant_id": found["tenant_id"], "version": found["version"], "cogs_validation_locked": locked}
    return {**content, **facts}


def _has_procurement(limits: Row) -> bool:
    return "procurement" not in limits["features_off"]


async def _payment_types(tenant_id: str, rooms: Rooms) -> Mapping[str, Sequence[PaymentType] | str]:
    """What each ConnectWise of the tenant has now, by connection; or why it does not say."""
    async with rooms.database.transaction() as tx:
        rows = [row for row in await accounts.connections(tx, tenant_id) if row["kind"] == "connectwise"]
        log_calls = (await call_log.switch(tx, tenant_id))["enabled"]
    unread = f"no end of its answers within {COMPARED_WITHIN_S:.0f} s."
    found: dict[str, Sequence[PaymentType] | str] = {row["connection_id"]: unread for row in rows}
    log = CallLog(rooms.clock, lambda told: keep_told(rooms.database, rooms.sealer, told))
    try:
        async with asyncio.timeout(COMPARED_WITHIN_S):
            for row in rows:
                access = connectwise_access(rooms.vault, row, log_calls=log_calls)
                ask = partial(_ask, access, rooms.http, log.witness_of(access))
                found[row["connection_id"]] = await shown_or_why(ask)
    except TimeoutError:
        pass
    await log.step()
    return found


async def _ask(access: ConnectWiseAccess, http: httpx.AsyncClient, witness: Witness | None) -> Sequence[PaymentType]:
    return await client_of(access, http, witness).payment_types()
