"""One location of one ConnectWise connection belongs to one company only (F111)."""

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.public.door import ApiError
from tieout_config_api.store import accounts
from tieout_contracts.settings import CompanySettings, SettingsSnapshot


async def refuse_shared_locations(
    tx: AsyncConnection, tenant_id: str, company_id: str, settings: CompanySettings
) -> None:
    """Raise for settings that claim what another company claims: a record must never be able to reach two ledgers.

    Holds the tenant until the transaction ends, so that two companies which claim the same location at the same moment
    are checked one after the other.
    """
    await accounts.hold_tenant(tx, tenant_id)
    for other in await accounts.snapshots(tx, tenant_id):
        if other.company_id != company_id and (found := _overlap(settings, other)):
            raise ApiError(409, "api.location_taken", *found)


def _overlap(settings: CompanySettings, other: SettingsSnapshot) -> tuple[str, str] | None:
    """What both claim, as a sentence and what to do about it; no location at all stands for every location."""
    theirs = other.settings
    if settings.connectwise_connection != theirs.connectwise_connection:
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
