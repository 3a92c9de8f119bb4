"""What the writers sent, call by call, held against the providers' own descriptions."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from harness.reference import QuickBooksDescription, XeroDescription, reference_folder
from tieout_standalone.process import Simulator

MOST_CALLS = 20_000
WRITES = frozenset({"PUT", "POST"})
QUICKBOOKS_BATCH = "BatchItemRequest"
OF_A_BATCH_ITEM = frozenset({"bId", "operation", "optionsData", "Query"})
QUICKBOOKS_ENTITIES = {name.lower(): name for name in ("Invoice", "CreditMemo", "Customer", "Item")}
NUMBERS = ("InvoiceNumber", "CreditNoteNumber", "DocNumber")

Call = Mapping[str, Any]


async def keep_bodies(ledger: Simulator) -> None:
    """From now on what is sent is kept."""
    await ledger.tell("calls", {"keep_bodies": True})


async def written(ledger: Simulator) -> list[Call]:
    """Every call that wrote something of the books, with its body as it was sent."""
    calls: list[Call] = await ledger.read(f"calls?detail=true&limit={MOST_CALLS}")
    prefix = {"xero": "/api.xro/", "qbo": "/v3/company/"}[ledger.name]
    writes = [each for each in calls if each["path"].startswith(prefix) and _is_write(each)]
    assert all(each["request"] for each in writes), "a body is no longer kept"
    return writes


async def sent_numbers(ledger: Simulator) -> set[str]:
    """The numbers of the invoices and credit memos that the writes carried."""
    sent = [item for call in await written(ledger) for _, item in _items(ledger.name, call)]
    return {str(item[name]) for item in sent for name in NUMBERS if name in item}


async def undescribed(ledger: Simulator) -> list[str]:
    """What of the writes does not fit the provider's description; nothing where that is not at hand."""
    folder = reference_folder()
    if folder is None:
        return []
    calls = await written(ledger)
    if ledger.name == "xero":
        xero = XeroDescription(folder)
        return [
            fault
            for each in calls
            for fault in xero.faults(each["route"].partition(" ")[0], each["path"], each["request"])
        ]
    quickbooks = QuickBooksDescription(folder)
    return [
        fault
        for each in calls
        for entity, sent in _items(ledger.name, each)
        for fault in quickbooks.faults(entity, sent)
    ]


def _is_write(call: Call) -> bool:
    """QuickBooks takes queries by POST too."""
    return call["route"].partition(" ")[0] in WRITES and not call["path"].endswith("/query")


def _items(ledger: str, call: Call) -> Iterator[tuple[str, Any]]:
    """Each entity of a call, with the name that the ledger has for its kind."""
    body = json.loads(call["request"])
    if ledger == "xero":
        for name, elements in body.items():
            yield from ((name, each) for each in elements)
    elif QUICKBOOKS_BATCH in body:
        for item in body[QUICKBOOKS_BATCH]:
            yield from ((name, sent) for name, sent in item.items() if name not in OF_A_BATCH_ITEM)
    else:
        yield QUICKBOOKS_ENTITIES[call["path"].rpartition("/")[2]], body
