"""The keys ConnectWise gives out: invoice ids and numbers, GL entry ids, product record ids."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count

from tieout_simulators.month.documents import Document, GlKeys, Issued
from tieout_simulators.month.gl import keys_for


@dataclass
class Numbering:
    """Numbers documents in the order they come."""

    invoice_ids: "count[int]" = field(default_factory=lambda: count(138_201))
    numbers: "count[int]" = field(default_factory=lambda: count(20_418))
    entry_ids: "count[int]" = field(default_factory=lambda: count(871_001))
    product_ids: "count[int]" = field(default_factory=lambda: count(60_001))
    old_invoice_ids: "count[int]" = field(default_factory=lambda: count(31_007, 137))
    old_numbers: "count[int]" = field(default_factory=lambda: count(7_015, 311))

    def issue(self, documents: Iterable[Document]) -> Iterator[Issued]:
        """Number this month's documents."""
        for document in documents:
            yield self._issued(next(self.invoice_ids), next(self.numbers), document)

    def issue_old(self, documents: Iterable[Document]) -> Iterator[Issued]:
        """Number documents of years ago: far lower, and far apart, as others between them were posted."""
        for document in documents:
            yield self._issued(next(self.old_invoice_ids), next(self.old_numbers), document)

    def new_gl_keys(self, document: Document) -> GlKeys:
        """GL entry ids for a document that is closed once more."""
        return keys_for(document, self.entry_ids)

    def _issued(self, invoice_id: int, number: int, document: Document) -> Issued:
        records = {
            index: next(self.product_ids) for index, line in enumerate(document.lines) if line.has_product_record
        }
        return Issued(invoice_id, str(number), document, keys_for(document, self.entry_ids), records)
