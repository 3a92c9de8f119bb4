"""Changes of posted documents (F53): each is read right before it is changed, and changed only if it is as posted.

What is read decides under the same lease, and in the same transaction, in which the call is stored: between the reading
and the socket there is only the wait for the call's turn and that transaction. A ledger with versions refuses what
changed even then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_contracts.reference import LedgerReference
from tieout_posting.batching import Group
from tieout_posting.building import fitting_call, keys_of_documents
from tieout_posting.calls import StoredCall
from tieout_posting.choosing import members
from tieout_posting.decisions import carry_out
from tieout_posting.desk import Desk
from tieout_posting.intent import Intent
from tieout_posting.ledger import Books, Revision, SeenDocument
from tieout_posting.outcomes.decision import Decision
from tieout_posting.outcomes.revisions import before_update
from tieout_providers.call import Call


@dataclass(frozen=True, slots=True)
class Read:
    """The documents of these ids as they are now; one that is not among them is in the ledger no longer."""

    ids: frozenset[str] = frozenset()
    documents: Mapping[str, SeenDocument] = field(default_factory=dict)

    @classmethod
    def of(cls, ids: Sequence[str], found: Sequence[SeenDocument]) -> "Read":
        return cls(frozenset(ids), {each.document_id: each for each in found})


async def ids_of(tx: AsyncConnection, desk: Desk, books: Books, group: Group) -> list[str]:
    """The documents of a group, to be read before they are changed."""
    return [each.document_id for each in await members(tx, desk, books, group) if each.document_id is not None]


async def build_updates(
    tx: AsyncConnection,
    desk: Desk,
    books: Books,
    group: Group,
    reference: LedgerReference | None,
    keys: Mapping[str, str],
    read: Read,
) -> StoredCall | None:
    """The call for those of a group that may be changed; None when there is none. Raises `RatesNeeded`."""
    chosen, decided = [], list[tuple[Intent, Decision]]()
    for each in await members(tx, desk, books, group):
        if each.document_id not in read.ids:
            continue  # it came after the reading
        decision = before_update(
            each,
            read.documents.get(each.document_id or ""),
            locked_until(reference),
            lambda one, seen: desk.ledger.is_echo(one.draft(), seen),
        )
        if decision is None:
            chosen.append(each)
        else:
            decided.append((each, decision))
    await carry_out(tx, desk, decided)
    keys = await keys_of_documents(tx, desk, books, chosen, keys)

    def made(some: Sequence[Intent], key: str) -> Call:
        assert group.kind is not None
        revisions = [Revision(each.draft(), read.documents[each.document_id or ""]) for each in some]
        return desk.ledger.revise(books, group.kind, revisions, keys, key)

    return await fitting_call(tx, desk, books, group, chosen, made)


def locked_until(reference: LedgerReference | None) -> date | None:
    """The last day on which the ledger lets nothing be changed, as far as it says."""
    if reference is None:
        return None
    locks = [day for day in (reference.period_lock_date, reference.year_lock_date) if day is not None]
    return max(locks, default=None)
