"""What of a body may be believed once it is verified: which organisation, which kind of thing, which id. No more."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Provider = Literal["connectwise", "xero", "qbo"]
MAX_TEXT = 100
HINTED_TYPES = frozenset({"invoice"})
"""The types of ConnectWise's records that somebody looks at."""


class NotReadable(Exception):
    """The body is not what the provider sends."""


@dataclass(frozen=True, slots=True)
class Told:
    """Something that was changed. `organisation` is the ledger's id of it; ConnectWise's is known by the door."""

    organisation: str
    resource: str
    resource_id: str


@dataclass(frozen=True, slots=True)
class ConnectWiseMessage:
    """A callback that is not verified yet. `key_url` is only where its sender says that his key is."""

    told: Told | None
    key_url: str


def read_connectwise(body: bytes) -> ConnectWiseMessage:
    """None is told by what no one looks at. Raises NotReadable."""
    found = _json(body)
    metadata = found.get("Metadata") if isinstance(found, Mapping) else None
    key_url = metadata.get("key_url") if isinstance(metadata, Mapping) else None
    if not isinstance(found, Mapping) or not isinstance(key_url, str):
        raise NotReadable
    resource, resource_id = _text(found.get("Type")).lower(), _text(found.get("ID"))
    told = Told("", resource, resource_id) if resource in HINTED_TYPES and resource_id else None
    return ConnectWiseMessage(told, key_url)


def read_xero(body: bytes) -> list[Told]:
    """An empty list is an intent to receive. Raises NotReadable."""
    found = _json(body)
    events = found.get("events") if isinstance(found, Mapping) else None
    if not isinstance(events, list):
        raise NotReadable
    told = [
        Told(_text(each.get("tenantId")), _text(each.get("eventCategory")).lower(), _text(each.get("resourceId")))
        for each in events
        if isinstance(each, Mapping)
    ]
    return _whole(told)


def read_qbo(body: bytes) -> list[Told]:
    """Both forms: notifications by company, and an array of CloudEvents. Raises NotReadable."""
    found = _json(body)
    if isinstance(found, list):
        return _whole([_cloud_event(each) for each in found if isinstance(each, Mapping)])
    notifications = found.get("eventNotifications") if isinstance(found, Mapping) else None
    if not isinstance(notifications, list):
        raise NotReadable
    return _whole(list(_notified(notifications)))


def _cloud_event(event: Mapping[str, Any]) -> Told:
    """`qbo.invoice.updated.v1` is about an invoice."""
    _, _, rest = _text(event.get("type")).partition(".")
    resource, _, _ = rest.partition(".")
    return Told(_text(event.get("intuitaccountid")), resource.lower(), _text(event.get("intuitentityid")))


def _notified(notifications: Sequence[Any]) -> Iterator[Told]:
    for notification in notifications:
        changed = notification.get("dataChangeEvent") if isinstance(notification, Mapping) else None
        entities = changed.get("entities") if isinstance(changed, Mapping) else None
        for entity in entities if isinstance(entities, list) else ():
            if isinstance(entity, Mapping):
                realm = _text(notification.get("realmId"))
                yield Told(realm, _text(entity.get("name")).lower(), _text(entity.get("id")))


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise NotReadable from None


def _text(value: Any) -> str:
    """A short text or a whole number as text; anything else is nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    if isinstance(value, int) and abs(value) >= 10**18:
        return ""
    text = str(value)
    return text if len(text) <= MAX_TEXT and text.isprintable() else ""


def _whole(told: Sequence[Told]) -> list[Told]:
    """Each once, and only where all of it is there."""
    return list(dict.fromkeys(one for one in told if one.organisation and one.resource and one.resource_id))
