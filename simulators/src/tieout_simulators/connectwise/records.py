"""Records and the collections that hold them by id."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any

from tieout_simulators.connectwise.models import MODELS, JsonObject, Model
from tieout_simulators.frame import exact_json


class Record:
    """One record, never changed in place: its JSON is written once, however often it is served."""

    __slots__ = ("_encoded", "fields", "id", "last_updated")

    def __init__(self, fields: JsonObject, last_updated: datetime) -> None:
        self.id: int = fields.get("id", 0)
        self.fields = fields
        self.last_updated = last_updated
        self._encoded: bytes | None = None

    def encoded(self) -> bytes:
        """The record as JSON."""
        if self._encoded is None:
            self._encoded = exact_json.dumps(self.fields)
        return self._encoded

    def changed(self, changes: JsonObject, now: datetime) -> "Record":
        """A copy with top-level fields replaced; one that is None is removed."""
        fields = {name: value for name, value in {**self.fields, **changes}.items() if value is not None}
        if "_info" in fields:
            fields["_info"] = {**fields["_info"], "lastUpdated": printed(now)}
        return Record(fields, now)


class Collection:
    """Records of one model by id, listed in the order of their ids."""

    def __init__(self, model_name: str, singular: str) -> None:
        self.model: Model = MODELS[model_name]
        self.singular = singular
        self._records: dict[int, Record] = {}
        self._in_order: list[Record] | None = []
        self._highest_id = 0

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[Record]:
        return iter(self.in_order())

    def __contains__(self, record_id: int) -> bool:
        return record_id in self._records

    def get(self, record_id: int) -> Record | None:
        """The record, or None."""
        return self._records.get(record_id)

    def some(self, record_ids: Iterable[int]) -> list[Record]:
        """Those of the ids that are there, in the order of their ids."""
        return [self._records[each] for each in sorted(record_ids) if each in self._records]

    def put(self, record: Record) -> None:
        """Add it, or replace the one of the same id."""
        self._records[record.id] = record
        self._highest_id = max(self._highest_id, record.id)
        self._in_order = None

    def remove(self, record_id: int) -> None:
        """Take it out, if it is there."""
        if self._records.pop(record_id, None) is not None:
            self._in_order = None

    def in_order(self) -> list[Record]:
        """All records by id; not to be changed."""
        if self._in_order is None:
            self._in_order = [self._records[each] for each in sorted(self._records)]
        return self._in_order

    def next_id(self) -> int:
        """One above the highest id that there ever was."""
        return self._highest_id + 1

    def dumped(self) -> list[JsonObject]:
        """All records in the provider's shape."""
        return [record.fields for record in self.in_order()]


def printed(moment: datetime) -> str:
    """A moment as ConnectWise prints it: ``2025-05-06T09:39:56Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment_of(text: Any) -> datetime | None:
    """The moment a string stands for (UTC where it names no zone); None where it stands for none."""
    moment = _parsed(text)
    if moment is None or moment.tzinfo is None:
        return None if moment is None else moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return None


def date_of(text: Any) -> date | None:
    """The date a string prints, whatever its zone; None where it prints none."""
    moment = _parsed(text)
    return None if moment is None else moment.date()


def _parsed(text: Any) -> datetime | None:
    """ConnectWise prints three shapes: ``2011-06-20T00:00:00``, the same with ``Z``, ``5/1/2014 5:21:58 AM``."""
    if not isinstance(text, str):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    try:
        return datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=UTC)
    except ValueError:
        return None
