"""Following references: what a ``...Ref`` points to must be there and active."""

from datetime import datetime
from typing import Any

from tieout_simulators.frame.provider import JsonObject
from tieout_simulators.qbo import refusals
from tieout_simulators.qbo.assumptions import UNTRACKED_REFERENCES_ARE_DROPPED, absent_or_inactive
from tieout_simulators.qbo.company import Company
from tieout_simulators.qbo.dates import printed_moment

_LABELS = {"Customer": "Names", "Vendor": "Names", "Account": "Accounts"}


def referred(company: Company, kind: str, reference: Any) -> JsonObject:
    """What a reference points to. Raises ``RefusedError``: absent, or inactive (which a data file may refer to)."""
    value = reference.get("value") if isinstance(reference, dict) else None
    record = company.find(kind, value)
    if record is not None and (record.get("Active", True) or company.loading):
        return record
    raise absent_or_inactive(_LABELS.get(kind, kind), value, exists=record is not None)


def named_reference(record: JsonObject) -> JsonObject:
    """``{value, name}`` as answers carry it."""
    name = record.get("FullyQualifiedName") or record.get("DisplayName") or record.get("Name")
    return {"value": record["Id"], **({} if name is None else {"name": name})}


def tracked(company: Company, kind: str, reference: Any, preference: str) -> JsonObject | None:
    """A class or department; None where it is not sent, or its tracking is off."""
    if reference is None:
        return None
    if company.group("AccountingInfoPrefs").get(preference) is not True and UNTRACKED_REFERENCES_ARE_DROPPED:
        return None
    return named_reference(referred(company, kind, reference))


def stands_under(company: Company, kind: str, record: JsonObject, ancestor: JsonObject) -> bool:
    """Whether an entity of a list is this one, or below it."""
    above: JsonObject | None = record
    while above is not None:
        if above["Id"] == ancestor.get("Id"):
            return True
        above = company.find(kind, (above.get("ParentRef") or {}).get("value"))
    return False


def new_record(company: Company, kind: str, now: datetime, given: JsonObject) -> JsonObject:
    """The head of a new entity; a data file may say its id, token and times."""
    moment = printed_moment(now)
    times = given.get("MetaData") or {} if company.loading else {}
    chosen = given.get("Id") if company.loading else None
    return {
        "domain": "QBO",
        "sparse": False,
        "Id": str(chosen) if chosen is not None else company.next_id(kind),
        "SyncToken": str(given.get("SyncToken") or "0") if company.loading else "0",
        "MetaData": {
            "CreateTime": times.get("CreateTime", moment),
            "LastUpdatedTime": times.get("LastUpdatedTime", times.get("CreateTime", moment)),
        },
    }


def next_head(old: JsonObject, now: datetime) -> JsonObject:
    """The head of a changed entity."""
    return {
        "domain": "QBO",
        "sparse": False,
        "Id": old["Id"],
        "SyncToken": str(int(old["SyncToken"]) + 1),
        "MetaData": {**old["MetaData"], "LastUpdatedTime": printed_moment(now)},
    }


def touch(record: JsonObject, now: datetime) -> None:
    """A change from elsewhere: the SyncToken rises, as when a payment comes in."""
    record.update(next_head(record, now))


def existing(company: Company, kind: str, sent: JsonObject) -> JsonObject:
    """The entity that an update, delete or void means; its SyncToken must be the current one."""
    entity_id = sent.get("Id")
    if entity_id is None:
        raise refusals.missing("Id")
    found = by_id(company, kind, entity_id)
    if sent.get("SyncToken") is None:
        raise refusals.missing("SyncToken")
    if str(sent["SyncToken"]) != found["SyncToken"]:
        raise refusals.stale()
    return found


def by_id(company: Company, kind: str, entity_id: Any) -> JsonObject:
    """An entity by its id. Raises ``RefusedError`` (2030, 610)."""
    if not str(entity_id).isdecimal() and kind not in ("TaxCode",):
        raise refusals.invalid_id(entity_id)
    found = company.find(kind, entity_id)
    if found is None:
        raise refusals.not_found()
    return found
