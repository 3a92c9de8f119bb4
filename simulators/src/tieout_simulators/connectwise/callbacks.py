"""Callback entries: who is told of which records' changes, checked as ConnectWise checks them."""

import threading
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

from tieout_simulators.connectwise.assumptions import is_same_subscription
from tieout_simulators.connectwise.errors import FieldError, invalid_field, invalid_object, missing_field
from tieout_simulators.connectwise.models import MODELS, JsonObject, is_integer, misfits, without_nulls
from tieout_simulators.connectwise.records import Collection, Record, printed
from tieout_simulators.frame.clock import SimulatorClock

RESOURCE = "callbackEntry"
DAYS_UNTIL_DISABLED = 3
MAX_DESCRIPTION_CHARACTERS = 100
FIRST_CALLBACK_ID = 26559
MEMBER_ID = 243
_ONLY_OWNER = ("owner",)
LEVELS_OF_TYPE = {
    "activity": ("owner", "status", "type", "company", "activity"),
    "agreement": ("owner", "type", "company", "agreement"),
    "company": ("owner", "status", "type", "territory", "company", "integratortag"),
    "configuration": _ONLY_OWNER,
    "contact": _ONLY_OWNER,
    "expense": _ONLY_OWNER,
    "invoice": _ONLY_OWNER,
    "member": _ONLY_OWNER,
    "opportunity": _ONLY_OWNER,
    "productcatalog": _ONLY_OWNER,
    "project": _ONLY_OWNER,
    "purchaseorder": _ONLY_OWNER,
    "schedule": _ONLY_OWNER,
    "site": _ONLY_OWNER,
    "ticket": _ONLY_OWNER,
    "time": _ONLY_OWNER,
}
"""For most types only the level ``owner`` is confirmed, so only that is taken."""


class Callbacks:
    """The registered entries. Safe to call from the threads that deliver."""

    def __init__(self, clock: SimulatorClock) -> None:
        self.records = Collection("CallbackEntry", "CallbackEntry")
        self._clock = clock
        self._failed_on: dict[int, set[date]] = {}
        self._lock = threading.Lock()

    def register(self, body: Any, member: str) -> Record:
        """Add an entry. Raises ``RefusedError`` (400) for a wrong or a doubled one."""
        fields = self._checked(body, own_id=None)
        guid = str(uuid.uuid4())
        record_id = max(FIRST_CALLBACK_ID, self.records.next_id())
        return self._put({**fields, "id": record_id, "connectWiseID": guid}, member)

    def replace(self, record: Record, body: Any, member: str) -> Record:
        """Change an entry to what ``body`` says. Raises ``RefusedError`` (400)."""
        fields = self._checked(body, own_id=record.id)
        kept = {"id": record.id, "connectWiseID": record.fields["connectWiseID"]}
        with self._lock:
            self._failed_on.pop(record.id, None)
        return self._put({**fields, **kept}, member)

    def remove(self, record_id: int) -> None:
        """Delete an entry."""
        with self._lock:
            self.records.remove(record_id)
            self._failed_on.pop(record_id, None)

    def restore(self, fields: JsonObject) -> None:
        """Enter one from a data file as it stands."""
        self.records.put(Record(fields, self._clock.now()))

    def wanting(self, callback_type: str, entity: JsonObject) -> list[Record]:
        """The active entries that are told of a change of this record."""
        return [entry for entry in self.records.in_order() if _wants(entry.fields, callback_type, entity)]

    def note_outcome(self, record_id: int, delivered: bool) -> None:
        """After failures on three consecutive days ConnectWise switches the entry off."""
        with self._lock:
            record = self.records.get(record_id)
            if record is None:
                return
            if delivered:
                self._failed_on.pop(record_id, None)
                return
            today = self._clock.now().date()
            days = self._failed_on.setdefault(record_id, set())
            days.add(today)
            if all(today - timedelta(days=ago) in days for ago in range(DAYS_UNTIL_DISABLED)):
                self.records.put(record.changed({"inactiveFlag": True}, self._clock.now()))

    def _put(self, fields: JsonObject, member: str) -> Record:
        now = self._clock.now()
        record = Record({**fields, "_info": {"lastUpdated": printed(now), "updatedBy": member}}, now)
        with self._lock:
            self.records.put(record)
        return record

    def _checked(self, body: Any, own_id: int | None) -> JsonObject:
        body = without_nulls(body)
        errors = list(_errors(body))
        if errors:
            raise invalid_object(RESOURCE, errors)
        fields = _completed(body)
        if any(entry.id != own_id and is_same_subscription(entry.fields, fields) for entry in self.records):
            exists = FieldError("ObjectExists", "A matching callback entry already exists", "objectId")
            raise invalid_object(RESOURCE, [exists])
        return fields


def _errors(body: Any) -> Iterator[FieldError]:
    for sentence in misfits(body, "CallbackEntry", RESOURCE, tolerate_unknown=True):
        yield invalid_field(RESOURCE, sentence)
        return
    for name in ("url", "objectId", "type", "level"):
        if name not in body:
            yield missing_field(name)
    if len(body.get("description", "")) > MAX_DESCRIPTION_CHARACTERS:
        yield invalid_field("description", f"Max length: {MAX_DESCRIPTION_CHARACTERS}")
    if "url" in body and not _is_web_address(body["url"]):
        yield invalid_field("url", "Invalid URL")
    levels = LEVELS_OF_TYPE.get(body.get("type", "").lower())
    if "type" in body and levels is None:
        yield invalid_field("type", f"Unrecognized type {body['type']}")
    elif "level" in body and levels is not None and body["level"].lower() not in levels:
        message = "Unrecognized level for type, see documentation for supported levels for each type"
        yield FieldError("InvalidObject", message, "level")


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


def _completed(body: JsonObject) -> JsonObject:
    """What ConnectWise makes of a request: known fields only, defaults filled in, no empty description."""
    fields = {name: value for name, value in body.items() if name in MODELS["CallbackEntry"] and name != "_info"}
    if not fields.get("description"):
        fields.pop("description", None)
    level = body["level"].lower()
    return {
        **fields,
        "objectId": 1 if level == "owner" and body["objectId"] == 0 else body["objectId"],
        "type": body["type"].lower(),
        "level": level,
        "memberId": MEMBER_ID,
        "payloadVersion": body.get("payloadVersion") or "3.0.0",
        "inactiveFlag": body.get("inactiveFlag", False),
        "isSoapCallbackFlag": body.get("isSoapCallbackFlag", False),
        "isSelfSuppressedFlag": body.get("isSelfSuppressedFlag", False),
    }


def _wants(entry: JsonObject, callback_type: str, entity: JsonObject) -> bool:
    if entry["type"] != callback_type or entry.get("inactiveFlag"):
        return False
    level = entry["level"]
    if level == "owner":
        return True
    subject = entity if level == callback_type else entity.get(level, {})
    subject_id = subject.get("id") if isinstance(subject, dict) else None
    return is_integer(subject_id) and subject_id == entry["objectId"]
