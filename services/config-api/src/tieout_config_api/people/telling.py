"""What people do with their own access, told to the audit of each tenant that they belong to."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.clock import Clock
from tieout_config_api.auditing import INSTALLATION, Actor, Audit, Told
from tieout_config_api.store import people


async def tell_of_person(
    tx: AsyncConnection, clock: Clock, person_id: UUID, email: str, action: str, *, after: Told | None = None
) -> None:
    """The person's own act; told to the installation's audit where she belongs to no tenant. Last in a transaction.

    The chains are held in one order, so that two who act at the same moment wait for each other, and not both.
    """
    audit = Audit(clock, Actor("person", str(person_id), email))
    for tenant_id in sorted(await people.tenants_of(tx, person_id)) or [INSTALLATION]:
        await audit.write(tx, tenant_id, action, "person", person_id, after=after)


async def tell_about_person(
    tx: AsyncConnection, audit: Audit, person_id: UUID, action: str, *, before: Told | None = None, after: Told
) -> None:
    """What a super admin did with a person, told to the installation and to the person's tenants."""
    for tenant_id in sorted({INSTALLATION, *await people.tenants_of(tx, person_id)}):
        await audit.write(tx, tenant_id, action, "person", person_id, before=before, after=after)
