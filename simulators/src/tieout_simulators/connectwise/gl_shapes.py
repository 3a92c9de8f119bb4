"""GL entries as ConnectWise shows them: on an invoice, and in a batch."""

from collections.abc import Set
from decimal import Decimal

from tieout_simulators.connectwise.assumptions import account_type_named
from tieout_simulators.connectwise.general_ledger import ar_entry_ids
from tieout_simulators.connectwise.models import JsonObject, without_nulls

MAX_DESCRIPTION_CHARACTERS = 100


def gl_entries(transaction: JsonObject, batched_ids: Set[int]) -> list[JsonObject]:
    """GLEntry of ``/invoices/{id}/glEntries/``: the receivables side, then the lines."""
    entries = _receivables(transaction) + [_line(each) for each in transaction.get("detail", []) if "id" in each]
    return [without_nulls({**entry, "isBatched": entry["id"] in batched_ids}) for entry in entries]


def batch_entries(transaction: JsonObject, invoice: JsonObject, wanted: Set[int]) -> list[JsonObject]:
    """BatchEntry of ``/batches/{id}/entries``: an invoice's GL entries that are in the batch, as debit and credit."""
    reference = {"id": invoice["id"], "identifier": invoice.get("invoiceNumber"), "billingType": invoice.get("type")}
    items = {line.get("id"): line.get("item", {}).get("identifier") for line in transaction.get("detail", [])}
    return [
        without_nulls({**_debit_or_credit(entry), "item": items.get(entry["id"]), "invoice": reference})
        for entry in gl_entries(transaction, wanted)
        if entry["isBatched"]
    ]


def _receivables(transaction: JsonObject) -> list[JsonObject]:
    """The total stands on the first entry, as there is nothing to say how it is split over several."""
    return [
        {
            "id": entry_id,
            "type": account_type_named("AR"),
            "amount": transaction.get("total", 0) if position == 0 else 0,
            "description": transaction.get("description"),
            "segment1": transaction.get("accountNumber"),
        }
        for position, entry_id in enumerate(ar_entry_ids(transaction))
    ]


def _line(line: JsonObject) -> JsonObject:
    return {
        "id": line["id"],
        "type": account_type_named(line.get("glTypeId", "")),
        "amount": line.get("total", 0),
        "description": (line.get("memo") or line.get("description") or "")[:MAX_DESCRIPTION_CHARACTERS],
        "segment1": line.get("accountNumber"),
        "productId": line.get("glItemId"),
        "cost": line.get("cost"),
        "salesCode": line.get("salesCode"),
        "inventory": line.get("inventoryAccountNumber"),
        "cogs1": line.get("costAccountNumber"),
    }


def _debit_or_credit(entry: JsonObject) -> JsonObject:
    amount = Decimal(entry["amount"])
    return {
        "id": entry["id"],
        "accountType": entry["type"],
        "name": entry.get("description"),
        "accountNumber": entry.get("segment1"),
        "debit": max(amount, Decimal(0)),
        "credit": max(-amount, Decimal(0)),
        "cost": entry.get("cost"),
        "salesCode": entry.get("salesCode"),
        "costOfGoodsSoldAccountNumber": entry.get("cogs1"),
    }
