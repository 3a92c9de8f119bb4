"""Look-up recipes: how a document of ours is found again. A deleted one never appears."""

from collections.abc import Sequence

from tieout_contracts.documents import DocumentKind
from tieout_posting.ledger import SeenDocument
from tieout_providers.errors import Unreadable
from tieout_providers.qbo import QboLedger
from tieout_providers.qbo.errors import QBO
from tieout_providers.qbo.reads import Document
from tieout_providers.reading import Rows
from tieout_qbo_writer.qbo.documents import MAX_NUMBER_CHARS
from tieout_qbo_writer.qbo.seen import seen_document


async def look_up(
    ledger: QboLedger, kind: DocumentKind, numbers: Sequence[str], ids: Sequence[str]
) -> list[SeenDocument]:
    """Documents of these numbers and of these ids, each once, the living before the voided.

    A number that QuickBooks Online cannot keep is on none of its documents, and is not asked for.

    Raises `Unreadable` if a single one cannot be read: it could be the one that is asked for.
    """
    if kind == "sales_invoice":
        by_number, by_id = ledger.invoices_by_number, ledger.invoices_by_id
    else:
        by_number, by_id = ledger.credit_memos_by_number, ledger.credit_memos_by_id
    found: Rows[Document] = Rows()
    askable = [number for number in numbers if number.isprintable() and len(number) <= MAX_NUMBER_CHARS]
    if askable:
        found.take(await by_number(askable))
    if ids:
        found.take(await by_id(ids))
    if found.unreadable:
        raise Unreadable(QBO, f"{len(found.unreadable)} of the documents looked up: {found.unreadable[0].problem}")
    once = {each.id: each for each in found}
    return sorted((seen_document(each) for each in once.values()), key=lambda seen: seen.phase == "gone")
