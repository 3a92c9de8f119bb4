"""Look-up recipes: how a document of ours is found again, deleted ones included."""

from collections.abc import Sequence

from tieout_contracts.documents import DocumentKind
from tieout_posting.ledger import SeenDocument
from tieout_providers.errors import Unreadable
from tieout_providers.reading import Rows
from tieout_providers.xero import XeroLedger
from tieout_providers.xero.errors import XERO
from tieout_providers.xero.reads import Document
from tieout_xero_writer.xero.seen import seen_document

TYPES = {"sales_invoice": "ACCREC", "sales_credit": "ACCRECCREDIT"}


async def look_up(
    ledger: XeroLedger, kind: DocumentKind, numbers: Sequence[str], ids: Sequence[str]
) -> list[SeenDocument]:
    """Documents of these numbers and of these ids, each once, the living before the deleted.

    Raises `Unreadable` if a single one cannot be read: it could be the one that is asked for.
    """
    if kind == "sales_invoice":
        found = await _invoices(ledger, numbers, ids)
    else:
        found = await _credit_notes(ledger, numbers, ids)
    if found.unreadable:
        raise Unreadable(XERO, f"{len(found.unreadable)} of the documents looked up: {found.unreadable[0].problem}")
    once = {each.id: each for each in found if each.type in (None, TYPES[kind])}
    return sorted((seen_document(each) for each in once.values()), key=lambda seen: seen.phase == "gone")


async def _invoices(ledger: XeroLedger, numbers: Sequence[str], ids: Sequence[str]) -> Rows[Document]:
    found: Rows[Document] = Rows()
    if numbers:
        found.take(await ledger.invoices_by_number(numbers))
    if ids:
        found.take(await ledger.invoices_by_id(ids))
    return found


async def _credit_notes(ledger: XeroLedger, numbers: Sequence[str], ids: Sequence[str]) -> Rows[Document]:
    """Xero lists credit notes by number; by id it shows one at a time."""
    found: Rows[Document] = Rows()
    if numbers:
        found.take(await ledger.credit_notes_by_number(numbers))
    for each in ids:
        credit_note = await ledger.credit_note(each)
        if credit_note is not None:
            found.append(credit_note)
    return found
