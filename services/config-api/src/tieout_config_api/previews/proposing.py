"""What a writer found in its ledger for a preview: kept with the preview, names sealed."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.outbox import MessageContext
from tieout_chassis.sealing import Sealer
from tieout_config_api.store import Row, proposals
from tieout_contracts.events import LedgerCompared
from tieout_contracts.proposals import ContactProposal, DocumentProposal


class Proposing:
    """The handler of what writers compared."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    async def on_compared(self, tx: AsyncConnection, event: LedgerCompared, _: MessageContext) -> None:
        contacts = [self._contact(event, each) for each in event.contacts]
        documents = [_document(each) for each in event.documents]
        await proposals.tell(tx, event.preview_id, contacts, documents, proposals=event.proposals)

    def _contact(self, event: LedgerCompared, told: ContactProposal) -> dict[str, Any]:
        place = _aad(event.preview_id, told.contact_number)
        body = self._sealer.seal(told.model_dump_json().encode(), place, event.tenant_id)
        return {"contact_number": told.contact_number, "finding": told.finding, "body": body}


def opened(sealer: Sealer, row: Row) -> ContactProposal:
    """What was told of one customer."""
    return ContactProposal.model_validate_json(sealer.open(row["body"], _aad(row["preview_id"], row["contact_number"])))


def _document(told: DocumentProposal) -> dict[str, Any]:
    return {
        **told.record.model_dump(),
        "number": told.number,
        "finding": told.finding,
        "document": told.document.model_dump(mode="json") if told.document else None,
        "problems": [each.model_dump(mode="json") for each in told.problems],
    }


def _aad(preview_id: UUID, contact_number: str) -> bytes:
    return f"proposed_contact|{preview_id}|{contact_number}".encode()
