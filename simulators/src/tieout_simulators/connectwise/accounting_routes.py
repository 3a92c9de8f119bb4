"""``/finance/accounting`` and the GL entries of an invoice."""

from collections.abc import Iterable

from starlette.responses import Response

from tieout_simulators.connectwise import assumptions
from tieout_simulators.connectwise.batch_requests import batch_request
from tieout_simulators.connectwise.body import json_body
from tieout_simulators.connectwise.errors import in_use, record_missing
from tieout_simulators.connectwise.export import export_request, exported, payload
from tieout_simulators.connectwise.gl_shapes import gl_entries
from tieout_simulators.connectwise.models import JsonObject
from tieout_simulators.connectwise.query.selection import field_tree, reduced
from tieout_simulators.connectwise.reading import API_PREFIX, JSON, Listing, base_url, id_in, record_of
from tieout_simulators.connectwise.records import Collection, Record
from tieout_simulators.connectwise.site import Site
from tieout_simulators.connectwise.unposted import taxable_levels
from tieout_simulators.frame import exact_json
from tieout_simulators.frame.provider import ProviderCall, ProviderRoute, json_answer

ACCOUNTING = "/finance/accounting"


class AccountingRoutes:
    """Unposted invoices, the export, and batches."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[ProviderRoute]:
        """All routes, the more special ones first."""
        unposted, batches = f"{ACCOUNTING}/unpostedinvoices", f"{ACCOUNTING}/batches"
        gl_entries_path = "/finance/invoices/{parentId}/glEntries"
        listings = [
            Listing(f"{unposted}/{{parentId}}/taxableLevels", self._levels),
            Listing(unposted, lambda _: self._site.unposted.rows),
            Listing(f"{batches}/{{parentId}}/entries", self._entries_of_batch),
            Listing(batches, lambda _: self._site.batches.records),
            Listing(f"{gl_entries_path}/", self._entries_of_invoice),
            Listing(gl_entries_path, self._entries_of_invoice),
        ]
        return [
            *(route for listing in listings for route in listing.routes()),
            ProviderRoute("POST", f"{API_PREFIX}{ACCOUNTING}/export", self._export),
            ProviderRoute("POST", f"{API_PREFIX}{batches}", self._create_batch),
            ProviderRoute("DELETE", f"{API_PREFIX}{batches}/{{id}}", self._delete_batch),
            ProviderRoute("POST", f"{API_PREFIX}{batches}/{{id}}/export", self._export_again),
        ]

    def _export(self, call: ProviderCall) -> Response:
        request = export_request(json_body(call), self._site.clock.now().date())
        return self._payload(exported(self._site, request), call)

    def _create_batch(self, call: ProviderCall) -> Response:
        request = batch_request(json_body(call), self._site)
        batch = self._site.new_batch(request.identifier, request.flags)
        self._site.post(batch, request.entry_ids)
        answer = self._payload(self._transactions_of(request.entry_ids), call, 201)
        codebase = call.path_params["codebase"]
        answer.headers["Location"] = f"{base_url(call)}/{codebase}/apis/3.0{ACCOUNTING}/batches/{batch.id}"
        return answer

    def _delete_batch(self, call: ProviderCall) -> Response:
        batch = record_of(self._site.batches.records, call)
        if not assumptions.batch_can_be_deleted(batch.fields):
            raise in_use(f"Batch {batch.id} is closed and cannot be deleted.")
        self._site.unpost(batch.id)
        return Response(status_code=204)

    def _export_again(self, call: ProviderCall) -> Response:
        batch = record_of(self._site.batches.records, call)
        export_request(json_body(call), self._site.clock.now().date())
        return self._payload(self._transactions_of(self._site.batches.contents(batch.id).entry_ids), call)

    def _transactions_of(self, entry_ids: Iterable[int]) -> list[Record]:
        return self._site.ledger.transactions.some(self._site.ledger.invoices_of(entry_ids))

    def _payload(self, transactions: list[Record], call: ProviderCall, status: int = 200) -> Response:
        body = payload(self._site, transactions)
        tree = field_tree(call.query.get("fields"))
        if tree is not None:
            return json_answer(reduced(exact_json.loads(body), tree), status)
        return Response(body, status, media_type=JSON)

    def _levels(self, call: ProviderCall) -> Collection:
        row = self._site.unposted.rows.get(id_in(call, "parentId"))
        if row is None:
            raise record_missing("UnpostedInvoice", id_in(call, "parentId"))
        transaction = self._site.ledger.transactions.get(row.fields["billingLogId"])
        shapes = [] if transaction is None else taxable_levels(transaction.fields)
        return _collection("UnpostedInvoiceTaxableLevel", "TaxableLevel", shapes, row)

    def _entries_of_batch(self, call: ProviderCall) -> Collection:
        batch_id = id_in(call, "parentId")
        if batch_id not in self._site.batches.records:
            raise record_missing("Batch", batch_id)
        return self._site.batches.contents(batch_id).entries

    def _entries_of_invoice(self, call: ProviderCall) -> Collection:
        """None before the invoice is closed."""
        invoice_id = id_in(call, "parentId")
        invoice = self._site.invoices.get(invoice_id)
        if invoice is None:
            raise record_missing("Invoice", invoice_id)
        transaction = self._site.exportable(invoice_id)
        batched = self._site.batches.batched(self._site.ledger.ids_of(invoice_id))
        shapes = [] if transaction is None else gl_entries(transaction.fields, batched)
        return _collection("GLEntry", "GLEntry", shapes, invoice)


def _collection(model: str, singular: str, shapes: Iterable[JsonObject], owner: Record) -> Collection:
    collection = Collection(model, singular)
    for shape in shapes:
        collection.put(Record(shape, owner.last_updated))
    return collection
