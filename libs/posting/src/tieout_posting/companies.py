"""What the settings say: which companies post to which organisation, through which connection."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.leases import Leases
from tieout_contracts.settings import SettingsSnapshot
from tieout_posting.ledger import Books, Ledger
from tieout_posting.options import Options
from tieout_posting.organisations import LEASE_KIND, make_known, make_reference_due
from tieout_posting.store import of_books
from tieout_posting.tables import company, organisation


async def know_companies(
    tx: AsyncConnection, leases: Leases, ledger: Ledger, options: Options, snapshots: Iterable[SettingsSnapshot]
) -> int:
    """Take in the snapshots of this ledger's companies; how many were new or newer."""
    changed = 0
    for snapshot in snapshots:
        if snapshot.settings.ledger == ledger.name and await _know(tx, leases, options, snapshot):
            changed += 1
    return changed


async def _know(tx: AsyncConnection, leases: Leases, options: Options, snapshot: SettingsSnapshot) -> bool:
    settings = snapshot.settings
    books = Books(snapshot.tenant_id, settings.organisation_id, settings.ledger_connection)
    await make_known(tx, books, snapshot.company_id)
    newer = sa.and_(
        company.c.tenant_id == snapshot.tenant_id,
        company.c.company_id == snapshot.company_id,
        company.c.settings_version < snapshot.version,
    )
    lifted = sa.and_(company.c.stopped_at_version < snapshot.version, sa.literal(settings.arming.armed))
    values = {
        "settings_version": snapshot.version,
        "organisation_id": settings.organisation_id,
        "connection_id": settings.ledger_connection,
        "mismatched_draft": settings.mismatched_draft,
        "published_version": sa.case(
            (company.c.organisation_id == settings.organisation_id, company.c.published_version), else_=0
        ),
        "stopped_at_version": sa.case((lifted, None), else_=company.c.stopped_at_version),
        "stopped_by": sa.case((lifted, None), else_=company.c.stopped_by),
    }
    if not (await tx.execute(sa.update(company).where(newer).values(values))).rowcount:
        return False
    reconnected = {"connection_id": settings.ledger_connection, "waits_until": None, "problem": None}
    await tx.execute(sa.update(organisation).where(of_books(organisation, books)).values(reconnected))
    await make_reference_due(tx, books, options.reference_min_age_s)
    await leases.unpark(tx, LEASE_KIND, books.name)
    await leases.announce(tx, LEASE_KIND, books.name)
    return True


async def stop_company(tx: AsyncConnection, tenant_id: str, company_id: str, number: str) -> None:
    """Nothing more of the company is drafted or approved until a person armed it again with newer settings."""
    mine = sa.and_(company.c.tenant_id == tenant_id, company.c.company_id == company_id)
    stop = {"stopped_at_version": company.c.settings_version, "stopped_by": number}
    await tx.execute(sa.update(company).where(mine).values(stop))
