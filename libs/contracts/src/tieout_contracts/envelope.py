"""How an event is written on the bus: CloudEvents attributes and trace context in headers, the value as JSON.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md (binary mode)
"""

from pydantic import ValidationError

from tieout_contracts.events import EVENT_TYPES, Event

CE_ID = "ce_id"
CE_TYPE = "ce_type"
CE_SOURCE = "ce_source"
CE_TIME = "ce_time"
CE_SUBJECT = "ce_subject"
CE_SPECVERSION = "ce_specversion"
TENANT = "tieouttenant"
COMPANY = "tieoutcompany"
KEY_ID = "tieoutkeyid"
TRACEPARENT = "traceparent"
SPECVERSION = "1.0"

_BY_TYPE: dict[str, type[Event]] = {event.TYPE: event for event in EVENT_TYPES}


class UnknownEventType(Exception):
    """A newer producer's event: kept aside until this service is upgraded."""


class UndecodableEvent(Exception):
    """The value is not what its type promises: a dead letter."""


def event_type(event: type[Event] | Event) -> str:
    return event.TYPE


def topic_of(event: type[Event] | Event) -> str:
    return event.TOPIC


def key_of(event: Event) -> str:
    return event.key


def is_sealed(type_name: str) -> bool:
    """Whether values of this type travel sealed; `UnknownEventType` for a type that nobody declared."""
    return _class_of(type_name).SEALED


def encode(event: Event) -> bytes:
    """The value in clear; sealing is the chassis' business."""
    return event.model_dump_json().encode()


def decode(type_name: str, value: bytes) -> Event:
    """The event, or `UnknownEventType`, or `UndecodableEvent` with the reasons but never the value."""
    event = _class_of(type_name)
    try:
        return event.model_validate_json(value)
    except ValidationError as error:
        places = "; ".join(
            f"{'.'.join(map(str, e['loc']))}: {e['type']}" for e in error.errors(include_input=False)[:5]
        )
        raise UndecodableEvent(f"{type_name}: {places}") from None


def _class_of(type_name: str) -> type[Event]:
    try:
        return _BY_TYPE[type_name]
    except KeyError:
        raise UnknownEventType(type_name) from None
