"""Batches: up to 30 items one after another, each with its own answer or fault, always HTTP 200."""

from datetime import datetime
from typing import Any

from tieout_simulators.frame.provider import JsonObject
from tieout_simulators.qbo import refusals
from tieout_simulators.qbo.company import Company
from tieout_simulators.qbo.operations import UPDATE, VOID, WRITTEN, Operation, perform
from tieout_simulators.qbo.query import run_query
from tieout_simulators.qbo.request_ids import MAX_BATCH_ITEM_LENGTH

MAX_ITEMS = 30


def run_batch(company: Company, body: Any, now: datetime, *, has_request_id: bool) -> list[JsonObject]:
    """The ``BatchItemResponse`` list. Raises ``RefusedError`` for the batch as a whole: 1040, 2130, 2010."""
    items = body.get("BatchItemRequest") if isinstance(body, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise refusals.unsupported_property("BatchItemRequest must be a list of objects")
    if len(items) > MAX_ITEMS:
        raise refusals.batch_too_large(MAX_ITEMS)
    if has_request_id and any(len(str(item.get("bId", ""))) > MAX_BATCH_ITEM_LENGTH for item in items):
        raise refusals.malformed_request_id(f"with a requestid a bId has at most {MAX_BATCH_ITEM_LENGTH} characters")
    return [_answered(company, item, now) for item in items]


def _answered(company: Company, item: JsonObject, now: datetime) -> JsonObject:
    named = {"bId": item["bId"]} if "bId" in item else {}
    try:
        if "Query" in item:
            return {"QueryResponse": run_query(company, str(item["Query"])), **named}
        operation = _operation(item)
        return {operation.kind: perform(company, operation, now), **named}
    except refusals.RefusedError as refused:
        return {"Fault": refused.fault(), **named}


def _operation(item: JsonObject) -> Operation:
    kinds = [name for name in item if name in WRITTEN]
    if len(kinds) != 1:
        raise refusals.unsupported_operation(f"a batch item with {sorted(set(item) - {'bId'})}")
    name = str(item.get("operation", "")).lower()
    if str(item.get("optionsData", "")).lower() == VOID and name == UPDATE:
        name = VOID
    return Operation(kinds[0], name, item[kinds[0]])
