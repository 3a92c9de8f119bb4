"""Making a batch: the checks of ``POST /finance/accounting/batches``."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tieout_simulators.connectwise.batches import MAX_IDENTIFIER_CHARACTERS, REFUSED_CHARACTERS, Batches
from tieout_simulators.connectwise.errors import FieldError, invalid_field, invalid_object, missing_field
from tieout_simulators.connectwise.models import is_integer
from tieout_simulators.connectwise.site import Site

RESOURCE = "createAccountingBatchRequest"
FLAGS = ("exportInvoicesFlag", "exportExpensesFlag", "exportProductsFlag")
MAX_NAMED_IDS = 20


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """A checked CreateAccountingBatchRequest."""

    identifier: str
    flags: dict[str, bool]
    entry_ids: list[int]


def batch_request(body: Any, site: Site) -> BatchRequest:
    """Check a request body against the ledger. Raises ``RefusedError`` (400) with every field that is wrong."""
    if not isinstance(body, dict):
        raise invalid_object(RESOURCE, [invalid_field("body", "The body must be a JSON object.")])
    given = body.get("batchIdentifier")
    identifier = _unused_identifier(site) if given in (None, "") else str(given)
    flags = {flag: body.get(flag) is True for flag in FLAGS}
    errors = [error for error in (wrong_identifier(identifier, site.batches),) if error is not None]
    if not any(flags.values()):
        errors.append(invalid_field("exportInvoicesFlag", "Batch must export Invoices, Expenses or Products."))
    if error := _wrong_entries(body.get("processedRecordIds"), flags, site):
        errors.append(error)
    if errors:
        raise invalid_object(RESOURCE, errors)
    return BatchRequest(identifier, flags, body["processedRecordIds"])


def wrong_identifier(identifier: str, batches: Batches) -> FieldError | None:
    """What is wrong with the identifier of a new batch, if anything."""
    if not identifier:
        return missing_field("batchIdentifier")
    if len(identifier) > MAX_IDENTIFIER_CHARACTERS:
        return invalid_field("batchIdentifier", f"Max length: {MAX_IDENTIFIER_CHARACTERS}")
    if refused := [each for each in REFUSED_CHARACTERS if each in identifier]:
        return invalid_field("batchIdentifier", f"The batch identifier must not contain {' or '.join(refused)}")
    if batches.named(identifier) is not None:
        return FieldError("ObjectExists", f"The batch {identifier} already exists", "batchIdentifier")
    return None


def _wrong_entries(ids: Any, flags: dict[str, bool], site: Site) -> FieldError | None:
    name = "processedRecordIds"
    if ids is None:
        return missing_field(name)
    fault = next(_faults(ids, flags, site), None)
    return None if fault is None else invalid_field(name, fault)


def _faults(ids: Any, flags: dict[str, bool], site: Site) -> Iterator[str]:
    """Each check relies on those before it, so only the first fault counts."""
    if not isinstance(ids, list) or not all(is_integer(each) for each in ids):
        yield "processedRecordIds must be a list of GL entry rec ids"
    elif not ids:
        yield "Cannot find GLEntryRecIDList to update"
    elif doubled := {each for each, count in Counter(ids).items() if count > 1}:
        yield f"GL entries are named twice: {_some(doubled)}"
    elif unknown := {each for each in ids if not (flags["exportInvoicesFlag"] and site.is_live(each))}:
        yield f"There are no such GL entries to batch with these flags: {_some(unknown)}"
    elif batched := site.batches.batched(set(ids)):
        yield f"GL entries are in a batch already: {_some(batched)}"


def _some(ids: set[int]) -> str:
    named = ", ".join(str(each) for each in sorted(ids)[:MAX_NAMED_IDS])
    return named if len(ids) <= MAX_NAMED_IDS else f"{named} and {len(ids) - MAX_NAMED_IDS} more"


def _unused_identifier(site: Site) -> str:
    """A request without an identifier gets the moment as one, as seen on real batches: ``20191015172525``."""
    moment = site.clock.now()
    while site.batches.named(moment.strftime("%Y%m%d%H%M%S")) is not None:
        moment += timedelta(seconds=1)
    return moment.strftime("%Y%m%d%H%M%S")
