"""The canary: the first document of a company, kind and tax mode goes alone.

Bulk opens when the ledger's answer matched the prediction; one mismatch closes it again, until the next match. A tax
mode of `NEEDS_APPROVAL` is closed to all but what a person approved.
"""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_contracts.documents import DocumentKind, TaxMode
from tieout_contracts.events import PostingPlanned
from tieout_posting.intent import Intent
from tieout_posting.ledger import Books
from tieout_posting.outcomes.decision import Decision
from tieout_posting.store import NOW
from tieout_posting.tables import canary

Key = tuple[str, DocumentKind, TaxMode]
"""Company, kind, tax mode."""


NEEDS_APPROVAL: frozenset[TaxMode] = frozenset({"override"})
"""Nobody knows whether the ledger keeps a tax that is sent in place of its own: one approved document proves it."""


def key_of(intent: Intent) -> Key:
    return intent.company_id, intent.kind, intent.document.tax_mode


async def open_keys(tx: AsyncConnection, books: Books, companies: Iterable[str]) -> frozenset[Key]:
    """The keys of these companies for which bulk is open."""
    found = sa.select(canary.c.company_id, canary.c.document_kind, canary.c.tax_mode).where(
        canary.c.tenant_id == books.tenant_id, canary.c.company_id.in_(list(companies)), canary.c.is_open
    )
    return frozenset((row.company_id, row.document_kind, row.tax_mode) for row in (await tx.execute(found)).all())


async def lacks_proof(tx: AsyncConnection, event: PostingPlanned) -> bool:
    """Whether the plan must not be carried out before an approved document of its kind proved the tax mode."""
    document = event.posting.document
    if document.tax_mode not in NEEDS_APPROVAL or event.approved_plan == event.posting.plan_hash:
        return False
    books = Books(event.tenant_id, event.organisation_id, event.ledger_connection)
    proved = await open_keys(tx, books, [event.company_id])
    return (event.company_id, document.kind, document.tax_mode) not in proved


async def note(tx: AsyncConnection, decided: Sequence[tuple[Intent, Decision]]) -> None:
    """Open or close by what was compared; where one answer says both, the mismatch wins."""
    verdicts: dict[tuple[str, Key], bool] = {}
    for intent, decision in decided:
        if decision.matched is not None:
            where = (intent.books.tenant_id, key_of(intent))
            verdicts[where] = verdicts.get(where, True) and decision.matched
    for (tenant_id, (company_id, kind, tax_mode)), matched in sorted(verdicts.items()):
        row = insert(canary).values(
            tenant_id=tenant_id, company_id=company_id, document_kind=kind, tax_mode=tax_mode, is_open=matched
        )
        row = row.on_conflict_do_update(
            index_elements=list(canary.primary_key.columns),
            set_={"is_open": matched, "changed_at": NOW},
            where=canary.c.is_open != matched,
        )
        await tx.execute(row)
