"""What was billed before what a record takes off: ConnectWise says which documents, our own rows what they bore."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tieout_contracts.records import RecordRef
from tieout_ingest.canonical import Backfill
from tieout_ingest.canonical.applied import applied_amounts
from tieout_ingest.canonical.sources import AppliedKind, Earlier
from tieout_ingest.held import Held
from tieout_ingest.store import captures, records
from tieout_ingest.store.records import Record
from tieout_providers.connectwise.models import Invoice


async def with_earlier(held: Held, group: Mapping[int, Record], filled: Mapping[int, Backfill]) -> dict[int, Backfill]:
    """`filled`, with the earlier documents of the records that take something off. Raises what pauses a connection."""
    told = dict(filled)
    for record_id, backfill in filled.items():
        found: dict[AppliedKind, Earlier] = {}
        for kind, _ in applied_amounts(backfill.invoice):
            assert backfill.invoice is not None
            before = await held.filling.billed_before(kind, backfill.invoice)
            earlier = await _posted(held, group[record_id].company_id, before)
            if earlier is not None:
                found[kind] = earlier
        if found:
            told[record_id] = replace(backfill, earlier=found)
    return told


async def _posted(held: Held, company_id: str, documents: Sequence[Invoice]) -> Earlier | None:
    """All of them as they were posted; None where one was not posted from here, or into another company: what it bears
    in a ledger is then nobody's to say."""
    refs = [RecordRef(kind="invoice", record_id=each.id) for each in documents if each.id is not None]
    if not refs:
        return None
    async with held.transaction() as tx:
        known = await records.some(tx, held.connection_id, refs)
        posted = [(ref, known[ref].posted_revision or "") for ref in refs if ref in known]
        bodies = await captures.fingerprints(tx, held.connection_id, posted)
    if len(bodies) != len(refs) or any(each.company_id != company_id for each in known.values()):
        return None
    return Earlier(
        number=", ".join(known[ref].number for ref in refs),
        lines=tuple(line for ref in posted for line in bodies[ref].billed),
        record_ids=tuple(ref.record_id for ref in refs),
    )
