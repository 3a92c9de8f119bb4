"""The accounting batches: which GL entries each holds, and when it was made."""

from collections.abc import Iterable, Set
from dataclasses import dataclass, field

from tieout_simulators.connectwise.assumptions import comparable_text
from tieout_simulators.connectwise.models import JsonObject
from tieout_simulators.connectwise.records import Collection, Record

MAX_IDENTIFIER_CHARACTERS = 50
REFUSED_CHARACTERS = "'|"


@dataclass(slots=True)
class BatchContents:
    """What a batch holds. ``invoice_ids`` are the invoices that were loaded as batched but have no GL entries."""

    entries: Collection = field(default_factory=lambda: Collection("BatchEntry", "BatchEntry"))
    entry_ids: list[int] = field(default_factory=list)
    invoice_ids: set[int] = field(default_factory=set)


class Batches:
    """All batches, with an index from GL entry to batch."""

    def __init__(self) -> None:
        self.records = Collection("AccountingBatch", "Batch")
        self._contents: dict[int, BatchContents] = {}
        self._batch_of_entry: dict[int, int] = {}
        self._batch_of_invoice: dict[int, int] = {}
        self._by_identifier: dict[str, int] = {}

    def put(self, record: Record, entry_ids: Iterable[int], entries: Iterable[Record]) -> None:
        """Add a batch, or add GL entries to the one of the same id."""
        self.records.put(record)
        self._by_identifier[comparable_text(record.fields["batchIdentifier"])] = record.id
        contents = self._contents.setdefault(record.id, BatchContents())
        for entry_id in entry_ids:
            contents.entry_ids.append(entry_id)
            self._batch_of_entry[entry_id] = record.id
        for entry in entries:
            contents.entries.put(entry)

    def hold_invoice(self, batch_id: int, invoice_id: int) -> None:
        """Note an invoice without GL entries as part of a batch."""
        self._contents[batch_id].invoice_ids.add(invoice_id)
        self._batch_of_invoice[invoice_id] = batch_id

    def remove(self, batch_id: int) -> None:
        """Delete a batch; its GL entries are free again."""
        record = self.records.get(batch_id)
        if record is None:
            return
        self.records.remove(batch_id)
        del self._by_identifier[comparable_text(record.fields["batchIdentifier"])]
        contents = self._contents.pop(batch_id)
        for entry_id in contents.entry_ids:
            del self._batch_of_entry[entry_id]
        for invoice_id in contents.invoice_ids:
            del self._batch_of_invoice[invoice_id]

    def contents(self, batch_id: int) -> BatchContents:
        """What is in a batch; nothing when there is no such batch."""
        return self._contents.get(batch_id, BatchContents())

    def batched(self, entry_ids: Set[int]) -> set[int]:
        """Those of the GL entries that are in a batch."""
        return {each for each in entry_ids if each in self._batch_of_entry}

    def batch_of(self, invoice_id: int, entry_ids: Set[int]) -> Record | None:
        """The newest batch that holds any of these GL entries, or the invoice itself."""
        found = {self._batch_of_entry[each] for each in entry_ids if each in self._batch_of_entry}
        if invoice_id in self._batch_of_invoice:
            found.add(self._batch_of_invoice[invoice_id])
        return self.records.get(max(found)) if found else None

    def named(self, identifier: str) -> Record | None:
        """The batch of that identifier."""
        batch_id = self._by_identifier.get(comparable_text(identifier))
        return None if batch_id is None else self.records.get(batch_id)

    def dumped(self) -> list[JsonObject]:
        """The ``batches`` section of a data file."""
        return [
            {**record.fields, "processedRecordIds": self._contents[record.id].entry_ids}
            for record in self.records.in_order()
        ]
