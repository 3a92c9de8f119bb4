"""Taking in a data file: everything is checked first, then all of it goes in, or nothing does."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tieout_simulators.connectwise.entities import KIND_BY_DATA_KEY, SYSTEM_INFO, EntityKind
from tieout_simulators.connectwise.models import JsonObject, is_integer, misfits, without_nulls
from tieout_simulators.connectwise.settings import ServerSettings

FORMAT = "tieout-connectwise/1"
MAX_REPORTED_ERRORS = 100
_SECTIONS: dict[str, type] = {
    "format": str,
    "server": dict,
    "entities": dict,
    "gl_transactions": list,
    "gl_customers": list,
    "batches": list,
    "unposted_row_copies": dict,
    "incoherent_on_purpose": list,
    "tolerate_unknown_fields": bool,
    "callbacks": list,
    "callback_deliveries": list,
}
_KEPT_CALLBACK_FIELDS = ("id", "url", "objectId", "type", "level", "connectWiseID")


class DataFileRefusedError(ValueError):
    """The data file does not fit; ``errors`` says all that is wrong with it, one sentence each."""

    def __init__(self, errors: list[str]) -> None:
        more = len(errors) - MAX_REPORTED_ERRORS
        shown = errors[:MAX_REPORTED_ERRORS] + ([f"... and {more} more"] if more > 0 else [])
        super().__init__("\n".join(shown))
        self.errors = errors


@dataclass(slots=True)
class Incoming:
    """A data file's contents, without nulls, sorted into what they are; ``errors`` collects what is wrong."""

    settings: ServerSettings
    records: list[tuple[EntityKind, int | None, JsonObject]] = field(default_factory=list)
    system_info: JsonObject | None = None
    transactions: list[JsonObject] = field(default_factory=list)
    customers: list[JsonObject] = field(default_factory=list)
    batches: list[JsonObject] = field(default_factory=list)
    callbacks: list[JsonObject] = field(default_factory=list)
    row_copies: dict[int, int] = field(default_factory=dict)
    incoherent_on_purpose: set[int] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)


def incoming(state: JsonObject, settings: ServerSettings) -> Incoming:
    """Read a data file and check it against the models; what is wrong is in its ``errors``."""
    data = Incoming(settings)
    if state.get("format") != FORMAT:
        data.errors.append(f"format must be {FORMAT!r}, not {state.get('format')!r}")
    data.errors += [f"{name} is no section of a data file" for name in state if name not in _SECTIONS]
    wrong = [name for name, kind in _SECTIONS.items() if not isinstance(state.get(name, kind()), kind)]
    if wrong:
        data.errors += [f"{name} must be a JSON {_SECTIONS[name].__name__}" for name in wrong]
        return data
    _read_small_sections(state, data)
    _read_entities(state, data)
    tolerate = bool(state.get("tolerate_unknown_fields", False))
    for section, model in (("gl_transactions", "GLExportTransaction"), ("gl_customers", "GLExportCustomer")):
        for position, value in enumerate(without_nulls(state.get(section, []))):
            data.errors += misfits(value, model, f"{section}[{position}]", tolerate)
            (data.transactions if section == "gl_transactions" else data.customers).append(value)
    return data


def _read_small_sections(state: JsonObject, data: Incoming) -> None:
    try:
        data.settings = data.settings.with_changes(state.get("server", {}))
    except ValueError as error:
        data.errors.append(str(error))
    data.batches = without_nulls(state.get("batches", []))
    data.errors += [f"batches[{at}]: {wrong}" for at, each in enumerate(data.batches) for wrong in _wrong_batch(each)]
    data.callbacks = without_nulls(state.get("callbacks", []))
    for position, value in enumerate(data.callbacks):
        data.errors += misfits(value, "CallbackEntry", f"callbacks[{position}]")
        if missing := [name for name in _KEPT_CALLBACK_FIELDS if name not in value]:
            data.errors.append(f"callbacks[{position}] lacks {', '.join(missing)}")
    for invoice_id, copies in (state.get("unposted_row_copies", {})).items():
        if not str(invoice_id).isdigit() or not is_integer(copies) or not 1 <= copies <= 4:
            data.errors.append(f"unposted_row_copies.{invoice_id}: copies of an invoice id are 1 to 4, not {copies!r}")
        else:
            data.row_copies[int(invoice_id)] = copies
    on_purpose = state.get("incoherent_on_purpose", [])
    data.errors += [f"incoherent_on_purpose: {each!r} is no invoice id" for each in on_purpose if not is_integer(each)]
    data.incoherent_on_purpose = {each for each in on_purpose if is_integer(each)}


def _wrong_batch(batch: Any) -> Iterator[str]:
    if not isinstance(batch, dict) or not is_integer(batch.get("id")) or not _is_name(batch.get("batchIdentifier")):
        yield "a batch has an id and a batchIdentifier"
    elif not all(is_integer(each) for each in batch.get("processedRecordIds", [])):
        yield "processedRecordIds are whole numbers"


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _read_entities(state: JsonObject, data: Incoming) -> None:
    tolerate = bool(state.get("tolerate_unknown_fields", False))
    for key, value in without_nulls(state.get("entities", {})).items():
        kind = KIND_BY_DATA_KEY.get(key)
        if key == SYSTEM_INFO:
            data.system_info = value
            data.errors += misfits(value, "Info", key, tolerate)
        elif kind is None:
            data.errors.append(f"entities: {key} is not simulated; there are {', '.join(sorted(KIND_BY_DATA_KEY))}")
        elif kind.parent_path is None:
            _read_records(value, kind, None, key, tolerate, data)
        elif isinstance(value, dict) and all(str(parent_id).isdigit() for parent_id in value):
            for parent_id, records in value.items():
                _read_records(records, kind, int(parent_id), f"{key}[{parent_id}]", tolerate, data)
        else:
            data.errors.append(f"{key} must be an object of lists by parent id")


def _read_records(
    records: Any, kind: EntityKind, parent_id: int | None, place: str, tolerate: bool, data: Incoming
) -> None:
    if not isinstance(records, list):
        data.errors.append(f"{place} must be a list")
        return
    seen: set[int] = set()
    for position, value in enumerate(records):
        where = f"{place}[{position}]"
        data.errors += misfits(value, kind.model, where, tolerate)
        record_id = value.get("id") if isinstance(value, dict) else None
        if not is_integer(record_id):
            data.errors.append(f"{where} has no id")
        elif record_id in seen:
            data.errors.append(f"{where}: id {record_id} occurs twice")
        else:
            seen.add(record_id)
            data.records.append((kind, parent_id, value))
