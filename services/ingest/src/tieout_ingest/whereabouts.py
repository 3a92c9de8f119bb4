"""What became of a record that ConnectWise no longer offers: the invoice itself tells."""

from dataclasses import dataclass

from tieout_contracts.events import RecordStage
from tieout_contracts.problems import Problem, problem
from tieout_ingest.store.records import Record
from tieout_providers.connectwise.models import Invoice


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """`stage` is what to tell of the record; `reason` says in words why it is not unposted."""

    stage: RecordStage
    reason: str
    problems: tuple[Problem, ...] = ()
    batch_identifier: str | None = None


def whereabouts(known: Record, invoice: Invoice | None) -> Whereabouts:
    """batched: by us after all. batched_elsewhere: by somebody else. gone: reopened, deleted, or not to be seen."""
    batch = invoice.gl_batch if invoice else None
    if batch is not None:
        name = batch.name or str(batch.id)
        if known.batch_identifier and name.casefold() == known.batch_identifier.casefold():
            return Whereabouts("batched", f"it is in its batch {name}", why_no_document(known, name), name)
        by_hand = problem("batches.elsewhere", number=known.number, batch=name)
        return Whereabouts("batched_elsewhere", f"it is in the batch {name}", (by_hand,), name)
    if invoice is None:
        return Whereabouts("gone", "it was deleted, or may not be read")
    if invoice.status is not None and invoice.status.is_closed is False:
        return Whereabouts("gone", f"its status is {invoice.status.name or 'open'}")
    return Whereabouts("gone", "it has no GL entries")


def why_no_document(known: Record, batch: str) -> tuple[Problem, ...]:
    """What to say of a batched record of which no ledger holds a document."""
    if known.is_empty:
        return (problem("batches.nothing_to_post", number=known.number),)
    if known.is_closed_unposted:
        return (problem("batches.without_posting", number=known.number, batch=batch),)
    return ()


def is_closed_without_entries(invoice: Invoice | None) -> bool:
    """Whether the record is closed and in no batch, so that only its GL entries can be missing."""
    if invoice is None or invoice.gl_batch is not None:
        return False
    return invoice.status is None or invoice.status.is_closed is not False
