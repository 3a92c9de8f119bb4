"""The rows of organisations and companies, as far as the bus side needs them."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.leases import announce
from tieout_posting.ledger import Books
from tieout_posting.store import NOW, of_books, seconds
from tieout_posting.tables import company, organisation

LEASE_KIND = "ledger"
"""One lease for each organisation, named by `Books.name`."""
_KNOWN = "tieout.posting.known"


async def make_known(tx: AsyncConnection, books: Books, company_id: str) -> None:
    """Make sure that the organisation and the company have their rows; once for each in a transaction."""
    known: set[tuple[str, str]] = tx.info.setdefault(_KNOWN, set())
    if (books.name, company_id) in known:
        return
    if not tx.in_nested_transaction():
        known.add((books.name, company_id))
    mine = {
        "tenant_id": books.tenant_id,
        "organisation_id": books.organisation_id,
        "connection_id": books.connection_id,
    }
    await tx.execute(insert(organisation).values(mine).on_conflict_do_nothing())
    await tx.execute(insert(company).values(mine | {"company_id": company_id}).on_conflict_do_nothing())


async def books_of_company(tx: AsyncConnection, tenant_id: str, company_id: str) -> Books | None:
    """Where a company posts now."""
    found = sa.select(company.c.organisation_id, company.c.connection_id).where(
        company.c.tenant_id == tenant_id, company.c.company_id == company_id
    )
    row = (await tx.execute(found)).one_or_none()
    return None if row is None else Books(tenant_id, row.organisation_id, row.connection_id)


async def make_reference_due(tx: AsyncConnection, books: Books, min_age_s: float) -> None:
    """Have the reference data read again, unless it was read less than `min_age_s` ago."""
    old = sa.or_(
        organisation.c.reference_read_at.is_(None),
        organisation.c.reference_read_at < NOW - seconds(min_age_s),
    )
    due = sa.update(organisation).where(of_books(organisation, books), old).values(reference_due_at=NOW)
    if (await tx.execute(due)).rowcount:
        await announce(tx, LEASE_KIND, books.name)
