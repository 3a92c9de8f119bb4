"""Attempts that failed, told to the audit: of somebody known to their tenants, of nobody known to the installation.

Strangers make them, so they are bounded: those of one person by the limits of attempts, with one entry that more were
blocked; those of nobody known by `OF_NOBODY`, with one entry that the next ones are not told. What was typed is never
told: people type passwords where their name belongs.
"""

from typing import Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.clock import Clock
from tieout_config_api.auditing import INSTALLATION, Actor, Audit
from tieout_config_api.people.rules import QUARTER, Limit
from tieout_config_api.store import Row, attempts, people

ANYBODY = Actor("service", "sign-in")
"""Nobody has proved yet who they are."""
OF_NOBODY = Limit(50, QUARTER)


async def tell_failure(
    tx: AsyncConnection,
    clock: Clock,
    person: Row | None,
    what: Literal["password", "code"],
    how: Literal["refused", "blocked"],
    address: str,
) -> None:
    """Last in a transaction. The chains are held in one order, as in `people.telling`."""
    audit, after = Audit(clock, ANYBODY), {"address": address}
    if person is None:
        await _tell_of_nobody(tx, audit, how, address)
        return
    person_id = person["person_id"]
    for tenant_id in sorted(await people.tenants_of(tx, person_id)) or [INSTALLATION]:
        await audit.write(tx, tenant_id, f"person.{what}_{how}", "person", person_id, after=after)


async def tell_address_blocked(tx: AsyncConnection, clock: Clock, address: str) -> None:
    """Too many attempts came from there, whoever they were for."""
    await _tell_of_nobody(tx, Audit(clock, ANYBODY), "blocked", address)


async def _tell_of_nobody(tx: AsyncConnection, audit: Audit, how: str, address: str) -> None:
    counted = await attempts.count(tx, "failures of nobody known", audit.clock.now(), OF_NOBODY.window)
    if counted["made"] <= OF_NOBODY.most:
        await audit.write(tx, INSTALLATION, f"sign_in.{how}", "sign_in", "unknown", after={"address": address})
    elif counted["made"] == OF_NOBODY.most + 1:
        until = {"not_told_until": (counted["since"] + OF_NOBODY.window).isoformat()}
        await audit.write(tx, INSTALLATION, "sign_in.too_many", "sign_in", "unknown", after=until)
