"""A person deletes a record's batch in ConnectWise, opens the record, bills more on it, and closes it again (K28)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from harness.world import World

MORE, TAX = Decimal("10.00"), Decimal("1.00")
"""What is billed, or credited, besides on a taxable line, and its tax at 10 %."""
HEADER = {"total": MORE + TAX, "taxableTotal": MORE, "taxableAmount1": MORE, "salesTax": TAX, "stateTax": TAX}


async def correct(world: World, document: Mapping[str, Any], batch: str) -> None:
    """Whoever reads the unposted list meanwhile could batch it again: keep it closed until this is done."""
    tell = world.scene.connectwise.tell
    dump = await world.scene.connectwise.read("dump")
    record_id = document["invoice_id"]
    (transaction,) = [each for each in dump["gl_transactions"] if each["id"] == record_id]
    sign = -1 if document["kind"] == "credit_memo" else 1
    await tell("event", {"kind": "delete_batch", "batchIdentifier": batch})
    await tell("event", {"kind": "replace_gl_transaction", "transaction": more_of(transaction, sign)})
    totals = {"total": document["total"] + sign * (MORE + TAX), "salesTax": document["tax"] + sign * TAX}
    place = {"path": "/finance/invoices", "id": record_id}
    await tell("event", {"kind": "patch_entity", **place, "set": totals})


def more_of(transaction: Mapping[str, Any], sign: int) -> dict[str, Any]:
    """The transaction with more on its first taxable line; a revenue line is negative on an invoice."""
    lines = [dict(line) for line in transaction["detail"]]
    line = next(each for each in lines if each["glTypeId"] != "ST" and each["taxableFlag"])
    amount = Decimal(line["total"]) - sign * MORE
    line |= {"total": amount, "quantity": -sign, "itemPrice": abs(amount)}
    tax = next(each for each in lines if each["glTypeId"] == "ST")
    tax["total"] = Decimal(tax["total"]) - sign * TAX
    header = {name: Decimal(transaction[name]) + sign * more for name, more in HEADER.items()}
    levels = [dict(each) for each in transaction.get("taxLevels", [])]
    if levels:
        levels[0]["taxAmount"] = Decimal(levels[0]["taxAmount"]) + sign * TAX
        levels[0]["taxableAmount"] = Decimal(levels[0]["taxableAmount"]) + sign * MORE
    return {**transaction, **header, **({"taxLevels": levels} if levels else {}), "detail": lines}
