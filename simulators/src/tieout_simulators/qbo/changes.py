"""Change data capture: what was created, changed or deleted since a moment (reference 6)."""

from datetime import datetime, timedelta
from typing import Any

from tieout_simulators.frame.provider import JsonObject
from tieout_simulators.qbo import refusals
from tieout_simulators.qbo.assumptions import changed_since_too_old, default_order
from tieout_simulators.qbo.company import COLLECTIONS, Company
from tieout_simulators.qbo.dates import parse_moment
from tieout_simulators.qbo.views import shown

LOOK_BACK = timedelta(days=30)
MAX_OBJECTS = 1_000
NOT_CAPTURED = ("TaxAgency", "TaxCode", "TaxRate")


def changes_since(company: Company, entities: str, since_text: str, now: datetime) -> JsonObject:
    """The ``CDCResponse`` member: one element for each entity, 1,000 objects in all. There is no cursor: what does
    not fit is left out without a word. Raises ``RefusedError``."""
    since = _since(since_text, now)
    kinds = [_kind(name.strip()) for name in entities.split(",") if name.strip()]
    if not kinds:
        raise refusals.missing("entities")
    answers, room = [], MAX_OBJECTS
    for kind in kinds:
        changed = _changed(company, kind, since)[:room]
        room -= len(changed)
        found: JsonObject = {kind: changed, "startPosition": 1, "maxResults": len(changed)} if changed else {}
        answers.append(found)
    return {"CDCResponse": [{"QueryResponse": answers}]}


def _since(text: str, now: datetime) -> datetime:
    if not text:
        raise refusals.missing("changedSince")
    try:
        since = parse_moment(text.replace(" ", "+"))
    except ValueError:
        raise refusals.invalid_date("changedSince", text) from None
    if now - since > LOOK_BACK:
        raise changed_since_too_old(LOOK_BACK.days)
    return since


def _kind(name: str) -> str:
    known = {kind.casefold(): kind for kind in COLLECTIONS if kind not in NOT_CAPTURED}
    if name.casefold() not in known:
        raise refusals.unsupported_operation(f"Change data capture of {name}")
    return known[name.casefold()]


def _changed(company: Company, kind: str, since: datetime) -> list[JsonObject]:
    collection = company.collections[kind]
    live = sorted(collection, key=lambda record: default_order(kind, record))
    found = [shown(company, kind, record) for record in live if _updated(record) >= since]
    return found + [tomb for tomb in collection.deleted.values() if _updated(tomb) >= since]


def _updated(record: dict[str, Any]) -> datetime:
    return parse_moment(record["MetaData"]["LastUpdatedTime"])
