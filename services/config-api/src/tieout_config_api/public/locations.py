"""One location of one ConnectWise belongs to one company only (F111), whichever connection leads there."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from itertools import combinations
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.public.door import ApiError, refused
from tieout_config_api.store import accounts
from tieout_contracts.settings import CompanySettings, SettingsSnapshot
from tieout_providers.connectwise.site import Site
from tieout_providers.errors import Unsendable


async def refuse_shared_locations(
    tx: AsyncConnection, tenant_id: str, company_id: str, settings: CompanySettings
) -> None:
    """Raise for settings that claim what another company claims: a record must never be able to reach two ledgers.

    Holds the tenant until the transaction ends, so that two companies which claim the same location at the same moment
    are checked one after the other.
    """
    await accounts.hold_tenant(tx, tenant_id)
    places = await _places(tx, tenant_id)
    for other in await accounts.snapshots(tx, tenant_id):
        if other.company_id != company_id and (found := _overlap(settings, other, places)):
            raise _taken(*found)


async def refuse_joined_connections(tx: AsyncConnection, tenant_id: str) -> None:
    """Raise if two companies now claim the same location, because two connections lead to one ConnectWise."""
    await accounts.hold_tenant(tx, tenant_id)
    places = await _places(tx, tenant_id)
    for one, other in combinations(await accounts.snapshots(tx, tenant_id), 2):
        if found := _overlap(one.settings, other, places):
            sentence = f"{one.company_id} would be on the same ConnectWise as {other.company_id}. {found[0]}"
            raise _taken(sentence, "Use one connection for one ConnectWise. " + found[1])


def _taken(sentence: str, hint: str) -> ApiError:
    return refused(409, "api.location_taken", sentence=sentence, hint=hint)


Places = Mapping[str, tuple[str, str]]
"""Each ConnectWise connection's site and login company."""


async def _places(tx: AsyncConnection, tenant_id: str) -> Places:
    known = await accounts.connections(tx, tenant_id)
    return {row["connection_id"]: _place(row["details"]) for row in known if row["kind"] == "connectwise"}


def _place(details: Mapping[str, Any]) -> tuple[str, str]:
    """The same for every way in which a site is written."""
    site = str(details["site"])
    with suppress(Unsendable):  # of one that is no site ingest says so
        site = Site.parse(site).api_url
    return site.casefold(), str(details["login_company"]).strip().casefold()


def _overlap(settings: CompanySettings, other: SettingsSnapshot, places: Places) -> tuple[str, str] | None:
    """What both claim, as a sentence and what to do about it; no location at all stands for every location."""
    theirs = other.settings
    mine, their = settings.connectwise_connection, theirs.connectwise_connection
    if mine != their and places.get(mine, mine) != places.get(their, their):
        return None
    if not (settings.takes_records and theirs.takes_records):
        return None
    if not theirs.connectwise_locations:
        return (
            f"{other.company_id} takes every location of the connection {theirs.connectwise_connection}.",
            f"List the locations of {other.company_id} first; then give the others to this company.",
        )
    if not settings.connectwise_locations:
        taken = _named(theirs.connectwise_locations)
        return (
            f"No location is listed, which claims them all, and {other.company_id} takes {taken}.",
            "List the locations of this company.",
        )
    shared = {*settings.connectwise_locations} & {*theirs.connectwise_locations}
    if not shared:
        return None
    return (
        f"{other.company_id} takes {_named(shared)}.",
        "Take it from that company first; each ConnectWise location belongs to one company only.",
    )


def _named(locations: Collection[int]) -> str:
    return f"location {', '.join(map(str, sorted(locations)))}"
