"""The GL entries: which belong to which invoice, and which are in a batch."""

from collections.abc import Iterable

from tieout_simulators.connectwise.models import JsonObject
from tieout_simulators.connectwise.records import Collection, Record


def ar_entry_ids(transaction: JsonObject) -> list[int]:
    """The GL entries of the receivables side: ``glEntryIds`` split at its commas. Raises ``ValueError``."""
    return [int(part) for part in transaction.get("glEntryIds", "").split(",") if part.strip()]


def entry_ids(transaction: JsonObject) -> list[int]:
    """Every GL entry of an invoice, as a batch needs them: the receivables side and each line's."""
    lines = [line["id"] for line in transaction.get("detail", []) if "id" in line]
    return [*ar_entry_ids(transaction), *lines]


class GeneralLedger:
    """The transactions by invoice id, and an index from each GL entry to its invoice."""

    def __init__(self) -> None:
        self.transactions = Collection("GLExportTransaction", "Transaction")
        self._ids_of: dict[int, frozenset[int]] = {}
        self._invoice_of: dict[int, int] = {}

    def put(self, transaction: Record) -> None:
        """Enter an invoice's transaction; the entries of its former one are gone."""
        for former in self._ids_of.get(transaction.id, ()):
            del self._invoice_of[former]
        ids = frozenset(entry_ids(transaction.fields))
        self._ids_of[transaction.id] = ids
        self._invoice_of.update(dict.fromkeys(ids, transaction.id))
        self.transactions.put(transaction)

    def ids_of(self, invoice_id: int) -> frozenset[int]:
        """All GL entries of an invoice; none when it matched no GL mapping."""
        return self._ids_of.get(invoice_id, frozenset())

    def invoice_of(self, entry_id: int) -> int | None:
        """The invoice that a GL entry belongs to."""
        return self._invoice_of.get(entry_id)

    def invoices_of(self, entry_ids: Iterable[int]) -> set[int]:
        """The invoices that these GL entries belong to."""
        return {self._invoice_of[each] for each in entry_ids if each in self._invoice_of}
