"""Whether the parts of a data file fit each other and what is loaded already."""

from collections.abc import Iterator
from typing import Any

from tieout_simulators.connectwise.assumptions import comparable_text
from tieout_simulators.connectwise.coherence import contradictions, disagreements
from tieout_simulators.connectwise.entities import INVOICES
from tieout_simulators.connectwise.general_ledger import entry_ids
from tieout_simulators.connectwise.loading import Incoming
from tieout_simulators.connectwise.models import JsonObject, is_integer
from tieout_simulators.connectwise.site import Site


def inconsistencies(data: Incoming, site: Site) -> Iterator[str]:
    """What of a data file does not fit together, or not with what is loaded already, as sentences."""
    invoices = _invoices(data)
    on_purpose = data.incoherent_on_purpose | site.incoherent_on_purpose
    for transaction in data.transactions:
        invoice_id = transaction.get("id", 0)
        known = site.invoices.get(invoice_id)
        invoice = invoices.get(invoice_id) or (known.fields if known else None)
        if invoice is None:
            yield f"gl_transaction {invoice_id}: there is no invoice of this id"
        elif invoice_id not in on_purpose:
            yield from contradictions(transaction)
            yield from disagreements(transaction, invoice)
    yield from _entries_used_twice(data, site)


def _entries_used_twice(data: Incoming, site: Site) -> Iterator[str]:
    owner: dict[int, Any] = {}
    for transaction in data.transactions:
        invoice_id = transaction.get("id", 0)
        try:
            ids = entry_ids(transaction)
        except ValueError:
            yield f"gl_transaction {invoice_id}: glEntryIds is no comma-separated list of ids"
            continue
        for entry_id in ids:
            other = owner.setdefault(entry_id, site.ledger.invoice_of(entry_id) or invoice_id)
            if other != invoice_id:
                yield f"GL entry {entry_id} is in the gl_transactions {other} and {invoice_id}"
        if batched := site.batches.batched(site.ledger.ids_of(invoice_id)):
            yield f"gl_transaction {invoice_id}: its GL entries {sorted(batched)} are in a batch already"
    yield from _wrongly_batched(data, site, set(owner))
    yield from _wrong_references(data, site)


def _wrongly_batched(data: Incoming, site: Site, incoming_ids: set[int]) -> Iterator[str]:
    seen: set[int] = set()
    for batch in data.batches:
        name = f"batch {batch['batchIdentifier']!r}"
        same_id = batch["id"] in site.batches.records
        if same_id or site.batches.named(batch["batchIdentifier"]) or _of_one_name(batch, data.batches) > 1:
            yield f"{name}: there is one of this id or identifier already"
        for entry_id in batch.get("processedRecordIds", []):
            if entry_id not in incoming_ids and site.ledger.invoice_of(entry_id) is None:
                yield f"{name}: there is no GL entry {entry_id}"
            if entry_id in seen or site.batches.batched({entry_id}):
                yield f"{name}: GL entry {entry_id} is in another batch too"
            seen.add(entry_id)


def _wrong_references(data: Incoming, site: Site) -> Iterator[str]:
    """An invoice's ``glBatch`` must name a batch, by the same id and identifier as everything else does."""
    identifiers = {batch["id"]: batch["batchIdentifier"] for batch in data.batches}
    identifiers |= {batch.id: batch.fields["batchIdentifier"] for batch in site.batches.records}
    for invoice_id, invoice in _invoices(data).items():
        reference = invoice.get("glBatch")
        if reference is None:
            continue
        if not reference.get("name") or not is_integer(reference.get("id")):
            yield f"invoice {invoice_id}: its glBatch needs an id and a name"
        elif identifiers.setdefault(reference["id"], reference["name"]) != reference["name"]:
            yield f"invoice {invoice_id}: glBatch {reference['id']} is named {identifiers[reference['id']]!r}"
    names = [comparable_text(name) for name in identifiers.values()]
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        yield f"batch identifiers belong to several batches: {', '.join(doubled)}"


def _of_one_name(batch: JsonObject, batches: list[JsonObject]) -> int:
    name = comparable_text(batch["batchIdentifier"])
    return sum(each["id"] == batch["id"] or comparable_text(each["batchIdentifier"]) == name for each in batches)


def _invoices(data: Incoming) -> dict[int, JsonObject]:
    return {value["id"]: value for kind, _, value in data.records if kind.path == INVOICES}
