"""Entering a checked data file into the site's state."""

from tieout_simulators.connectwise.entities import INVOICES
from tieout_simulators.connectwise.loading import Incoming
from tieout_simulators.connectwise.models import JsonObject
from tieout_simulators.connectwise.records import Record, moment_of
from tieout_simulators.connectwise.site import Site


def take_in(data: Incoming, site: Site) -> JsonObject:
    """Add all records, then bring batches and the unposted list in line; returns how many of each."""
    site.settings = data.settings
    site.incoherent_on_purpose |= data.incoherent_on_purpose
    site.row_copies |= data.row_copies
    if data.system_info is not None:
        site.entities.system_info = data.system_info
    for kind, parent_id, fields in data.records:
        site.entities.collection(kind, parent_id).put(_record(fields, site))
    for fields in data.transactions:
        site.ledger.put(_record(fields, site))
    for fields in data.customers:
        _put_customer(fields, site)
    for fields in data.callbacks:
        site.callbacks.restore(fields)
    _enter_batches(data, site)
    touched = {fields["id"] for kind, _, fields in data.records if kind.path == INVOICES}
    touched |= {fields["id"] for fields in data.transactions} | set(data.row_copies)
    for invoice_id in sorted(touched):
        site.refresh(invoice_id)
    return {
        "records": len(data.records),
        "gl_transactions": len(data.transactions),
        "gl_customers": len(data.customers),
        "batches": len(data.batches),
        "callbacks": len(data.callbacks),
    }


def _record(fields: JsonObject, site: Site) -> Record:
    stated = moment_of(fields.get("_info", {}).get("lastUpdated"))
    return Record(fields, stated or site.clock.now())


def _put_customer(fields: JsonObject, site: Site) -> None:
    """A customer replaces the one of the same company and site."""
    company_id = fields.get("company", {}).get("id", 0)
    site_id = fields.get("site", {}).get("id")
    others = [each for each in site.customers.get(company_id, []) if each.fields.get("site", {}).get("id") != site_id]
    site.customers[company_id] = [*others, _record(fields, site)]


def _enter_batches(data: Incoming, site: Site) -> None:
    """The batches of the file, then those that are only known from an invoice's ``glBatch``."""
    for fields in data.batches:
        flags = {"exportInvoicesFlag": True, **{name: value for name, value in fields.items() if name.endswith("Flag")}}
        batch = site.new_batch(fields["batchIdentifier"], flags, fields["id"])
        site.post(batch, fields.get("processedRecordIds", []))
    for kind, _, fields in data.records:
        if kind.path == INVOICES and "glBatch" in fields:
            _keep_in_its_batch(fields, site)


def _keep_in_its_batch(invoice: JsonObject, site: Site) -> None:
    reference, ids = invoice["glBatch"], site.ledger.ids_of(invoice["id"])
    batch = site.batches.records.get(reference["id"])
    if batch is None:
        batch = site.new_batch(reference["name"], {"exportInvoicesFlag": True}, reference["id"])
    free = sorted(ids - site.batches.batched(ids))
    if not ids:
        site.batches.put(batch, (), ())
        site.batches.hold_invoice(batch.id, invoice["id"])
    elif free:
        site.post(batch, free)
