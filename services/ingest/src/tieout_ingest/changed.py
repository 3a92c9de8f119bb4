"""A record whose document stands in the ledger, and whose content is another by now (F53)."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_contracts.events import RecordStage
from tieout_contracts.problems import Problem, problem
from tieout_ingest.canonical import differences
from tieout_ingest.store import captures
from tieout_ingest.store.records import Record

AS_POSTED: dict[str, Any] = {
    "state": "batch_removed",
    "seen": "",
    "preview": False,
    "approved_plan": None,
    "retried": False,
    "attempts": 0,
}
"""The columns of a posted record that was looked at and is still what was posted: the next look batches it again."""

CHANGED_STATES = ("changed_while_posting", "changed_after_posting")
"""A person decides about these; nothing of them is under way."""


def told_change(known: Record, difference: str) -> tuple[RecordStage, Problem]:
    """While it was being posted, or after: by then its batch had been deleted or it was closed anew."""
    stage: RecordStage = "changed_while_posting" if known.batch_check == "same" else "changed_after_posting"
    return stage, problem(f"batches.{stage}", number=known.number, difference=difference)


def is_as_posted(known: Record) -> bool:
    """Whether its newest capture is the revision that the ledger holds."""
    return known.is_posted and known.revision == known.posted_revision


async def captured_change(tx: AsyncConnection, known: Record, revision: str) -> tuple[RecordStage, Problem]:
    """The same of a revision that was captured: how it differs from the posted one, in numbers and codes."""
    told = None
    if known.posted_revision is not None:
        wanted = [(known.ref, known.posted_revision), (known.ref, revision)]
        found = await captures.fingerprints(tx, known.connection_id, wanted)
        before, now = (found.get(each) for each in wanted)
        if before is not None and now is not None:
            told = differences(before, now, ids_count=known.batch_check == "same")
    return told_change(known, told or "details that the GL export does not tell")
