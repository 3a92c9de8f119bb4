"""The scripted changes of ``POST /_sim/event`` and of a fault rule's ``event``."""

from collections.abc import Callable

from tieout_simulators.connectwise.batch_requests import wrong_identifier
from tieout_simulators.connectwise.coherence import contradictions
from tieout_simulators.connectwise.deliveries import Deliveries
from tieout_simulators.connectwise.entities import INVOICES
from tieout_simulators.connectwise.general_ledger import entry_ids
from tieout_simulators.connectwise.models import JsonObject, is_integer, misfits, without_nulls
from tieout_simulators.connectwise.records import Record
from tieout_simulators.connectwise.site import Site


class Events:
    """What people and ConnectWise itself do while an integration is at work."""

    def __init__(self, site: Site, deliveries: Deliveries) -> None:
        self._site = site
        self._deliveries = deliveries
        self._kinds: dict[str, Callable[[JsonObject], JsonObject]] = {
            "replace_gl_transaction": self._replace_gl_transaction,
            "batch_by_hand": self._batch_by_hand,
            "delete_batch": self._delete_batch,
            "patch_entity": self._patch_entity,
        }

    def happen(self, event: JsonObject) -> JsonObject:
        """Do one; returns what came of it. Raises ``ValueError`` for one that cannot be."""
        kind = event.get("kind")
        if kind not in self._kinds:
            raise ValueError(f"there is no event {kind!r}; there are {', '.join(self._kinds)}")
        return self._kinds[kind](event)

    def _replace_gl_transaction(self, event: JsonObject) -> JsonObject:
        """The invoice was opened and closed again: its GL entries were issued anew."""
        fields = without_nulls(event.get("transaction"))
        if wrong := list(misfits(fields, "GLExportTransaction", "transaction")):
            raise ValueError("\n".join(wrong))
        invoice_id = fields.get("id")
        invoice = self._site.invoices.get(invoice_id) if is_integer(invoice_id) else None
        if invoice is None:
            raise ValueError(f"there is no invoice {invoice_id} to take this transaction")
        if wrong := list(contradictions(fields)) if invoice.id not in self._site.incoherent_on_purpose else []:
            raise ValueError("\n".join(wrong))
        ledger = self._site.ledger
        if batched := self._site.batches.batched(ledger.ids_of(invoice.id)):
            raise ValueError(f"GL entries {sorted(batched)} of invoice {invoice.id} are in a batch: delete that first")
        ids = entry_ids(fields)
        if foreign := sorted(each for each in ids if ledger.invoice_of(each) not in (None, invoice.id)):
            raise ValueError(f"GL entries {foreign} belong to another invoice")
        ledger.put(Record(fields, self._site.clock.now()))
        self._site.refresh(invoice.id)
        return {"invoice": invoice.id, "gl_entry_ids": ids}

    def _batch_by_hand(self, event: JsonObject) -> JsonObject:
        """A person makes a batch in the Accounting Interface."""
        identifier = str(event.get("batchIdentifier", ""))
        if error := wrong_identifier(identifier, self._site.batches):
            raise ValueError(f"batchIdentifier {identifier!r}: {error.message}")
        ids: list[int] = []
        for invoice_id in event.get("invoice_ids", []):
            of_invoice = self._site.ledger.ids_of(invoice_id)
            if not self._site.is_closed(invoice_id) or not of_invoice:
                raise ValueError(f"invoice {invoice_id} is not closed with GL entries, so it cannot be batched")
            ids += sorted(of_invoice - self._site.batches.batched(of_invoice))
        if not ids:
            raise ValueError("nothing is left to be batched")
        batch = self._site.new_batch(identifier, {"exportInvoicesFlag": True})
        self._site.post(batch, ids)
        return {"batch": batch.id, "gl_entry_ids": ids}

    def _delete_batch(self, event: JsonObject) -> JsonObject:
        """A person deletes a batch."""
        batch = self._site.batches.named(str(event.get("batchIdentifier")))
        if batch is None:
            raise ValueError(f"there is no batch {event.get('batchIdentifier')!r}")
        self._site.unpost(batch.id)
        return {"batch": batch.id}

    def _patch_entity(self, event: JsonObject) -> JsonObject:
        """Someone saves a record: ``set`` replaces its top-level fields, null removes one. Callbacks are sent."""
        path, record_id, changes = event.get("path"), event.get("id"), event.get("set")
        kind, collection = self._site.entities.at(str(path))
        record = collection.get(record_id) if is_integer(record_id) else None
        if record is None or not isinstance(changes, dict):
            raise ValueError(f"there is no {kind.singular} {record_id} at {path}, or 'set' is no object")
        if wrong := list(misfits(without_nulls(changes), kind.model, "set")) or _sets_id(changes):
            raise ValueError("\n".join(wrong))
        cleaned = {name: without_nulls(value) for name, value in changes.items()}
        changed = record.changed(cleaned, self._site.clock.now())
        collection.put(changed)
        if kind.path == INVOICES:
            self._site.refresh(changed.id)
        if kind.callback_type is not None:
            self._deliveries.announce(kind.callback_type, "updated", changed)
        return {"path": path, "id": changed.id, "fields": changed.fields}


def _sets_id(changes: JsonObject) -> list[str]:
    return ["set.id: a record keeps its id"] if "id" in changes else []
