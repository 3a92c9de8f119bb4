"""The whole state of one simulated ConnectWise, and the rules that keep its parts in step."""

from collections.abc import Iterable
from datetime import datetime

from tieout_simulators.connectwise.assumptions import stays_unposted
from tieout_simulators.connectwise.batches import Batches
from tieout_simulators.connectwise.callbacks import Callbacks
from tieout_simulators.connectwise.entities import INVOICES, Entities, kind_at
from tieout_simulators.connectwise.general_ledger import GeneralLedger
from tieout_simulators.connectwise.gl_shapes import batch_entries
from tieout_simulators.connectwise.records import Collection, Record, printed
from tieout_simulators.connectwise.settings import ServerSettings
from tieout_simulators.connectwise.unposted import UnpostedInvoices
from tieout_simulators.frame.clock import SimulatorClock


class Site:
    """An invoice is unposted while its status is closed and it is in no batch; ``refresh`` makes that so."""

    def __init__(self, clock: SimulatorClock) -> None:
        self.clock = clock
        self.settings = ServerSettings()
        self.entities = Entities()
        self.ledger = GeneralLedger()
        self.batches = Batches()
        self.unposted = UnpostedInvoices()
        self.callbacks = Callbacks(clock)
        self.customers: dict[int, list[Record]] = {}
        self.row_copies: dict[int, int] = {}
        self.incoherent_on_purpose: set[int] = set()
        self._closed_at: dict[int, datetime] = {}

    @property
    def invoices(self) -> Collection:
        """``/finance/invoices``."""
        return self.entities.collection(kind_at(INVOICES))

    def is_closed(self, invoice_id: int) -> bool:
        """Whether the invoice is there and its billing status is a closed one."""
        invoice = self.invoices.get(invoice_id)
        return invoice is not None and invoice.fields.get("status", {}).get("isClosed") is True

    def is_live(self, entry_id: int) -> bool:
        """Whether it is a GL entry of a closed invoice; those of an open one do not exist for ConnectWise."""
        invoice_id = self.ledger.invoice_of(entry_id)
        return invoice_id is not None and self.is_closed(invoice_id)

    def exportable(self, invoice_id: int) -> Record | None:
        """The invoice's GL transaction if it has one and is closed."""
        return self.ledger.transactions.get(invoice_id) if self.is_closed(invoice_id) else None

    def post(self, batch: Record, entry_ids: Iterable[int]) -> None:
        """Put GL entries into a batch and take off the unposted list what is now wholly batched."""
        wanted = list(entry_ids)
        touched = self.ledger.invoices_of(wanted)
        entries = []
        for invoice_id in sorted(touched):
            invoice, transaction = self.invoices.get(invoice_id), self.ledger.transactions.get(invoice_id)
            assert invoice is not None
            assert transaction is not None
            shapes = batch_entries(transaction.fields, invoice.fields, frozenset(wanted))
            entries += [Record(shape, batch.last_updated) for shape in shapes]
        self.batches.put(batch, wanted, entries)
        for invoice_id in touched:
            self.refresh(invoice_id)

    def unpost(self, batch_id: int) -> None:
        """Delete a batch; its records are unposted again."""
        contents = self.batches.contents(batch_id)
        touched = self.ledger.invoices_of(contents.entry_ids) | contents.invoice_ids
        self.batches.remove(batch_id)
        for invoice_id in touched:
            self.refresh(invoice_id)

    def refresh(self, invoice_id: int) -> None:
        """Bring an invoice's ``glBatch`` and its unposted rows in line with the ledger and the batches."""
        invoice = self.invoices.get(invoice_id)
        if invoice is None:
            return
        last_saved = invoice.last_updated
        reference = self._batch_reference(invoice_id)
        if invoice.fields.get("glBatch", {}).get("id") != (reference or {}).get("id"):
            invoice = invoice.changed({"glBatch": reference}, self.clock.now())
            self.invoices.put(invoice)
        if not self.is_closed(invoice_id):
            self._closed_at.pop(invoice_id, None)
            self.unposted.take_off(invoice_id)
            return
        closed_at = self._closed_at.setdefault(invoice_id, last_saved)
        if reference is None:
            copies = self.row_copies.get(invoice_id, 1)
            self.unposted.list_again(invoice, self.ledger.transactions.get(invoice_id), copies, closed_at)
        else:
            self.unposted.take_off(invoice_id)

    def _batch_reference(self, invoice_id: int) -> dict[str, object] | None:
        ids = self.ledger.ids_of(invoice_id)
        if ids and stays_unposted(ids, self.batches.batched(ids)):
            return None
        batch = self.batches.batch_of(invoice_id, ids)
        return None if batch is None else {"id": batch.id, "name": batch.fields["batchIdentifier"]}

    def new_batch(self, identifier: str, flags: dict[str, bool], batch_id: int | None = None) -> Record:
        """An AccountingBatch record, not yet entered."""
        now = self.clock.now()
        fields = {
            "id": self.batches.records.next_id() if batch_id is None else batch_id,
            "batchIdentifier": identifier,
            "exportInvoicesFlag": flags.get("exportInvoicesFlag", False),
            "exportExpensesFlag": flags.get("exportExpensesFlag", False),
            "exportProductsFlag": flags.get("exportProductsFlag", False),
            "closedFlag": flags.get("closedFlag", False),
            "_info": {"lastUpdated": printed(now), "updatedBy": self.settings.member},
        }
        return Record(fields, now)
