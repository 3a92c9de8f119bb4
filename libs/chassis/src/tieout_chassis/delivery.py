"""What a message turns out to be: an event to handle, one of a kind we do not know yet, or rubbish."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID, uuid5

from tieout_chassis.outbox import ANNOUNCEMENT, MessageContext, seal_context
from tieout_chassis.sealing import Sealer, Unsealable
from tieout_contracts.envelope import (
    CE_ID,
    CE_TYPE,
    KEY_ID,
    TENANT,
    TRACEPARENT,
    UndecodableEvent,
    UnknownEventType,
    decode,
    is_sealed,
)
from tieout_contracts.events import Event

_NAMELESS = UUID("3d2c6a3e-64b5-4d59-9c1c-7f7d9f1c3b56")


@dataclass(frozen=True, slots=True)
class Delivery:
    """`event` is none where `unknown` or `problem` say why, or where this group does not handle the type."""

    context: MessageContext
    headers: Mapping[str, str]
    value: bytes
    event: Event | None = None
    unknown: bool = False
    problem: str | None = None

    @property
    def event_id(self) -> UUID:
        return self.context.event_id

    @property
    def type_name(self) -> str:
        return self.headers.get(CE_TYPE, "")

    @property
    def announced_again(self) -> bool:
        return ANNOUNCEMENT in self.headers


def read_delivery(
    topic: str,
    key: str,
    value: bytes,
    headers: Mapping[str, str],
    *,
    handled: Collection[type[Event]],
    sealer: Sealer | None,
    attempt: int = 1,
) -> Delivery:
    """Never raises for what a message contains. A type that others handle is left unopened."""
    context = MessageContext(
        event_id=_event_id(headers, topic, key, value),
        topic=topic,
        key=key,
        tenant_id=headers.get(TENANT, ""),
        traceparent=headers.get(TRACEPARENT),
        attempt=attempt,
    )
    try:
        _uuid(headers)
        type_name = headers.get(CE_TYPE, "")
        sealed = is_sealed(type_name)
        gone = sealer is not None and sealer.is_deleted(context.tenant_id)  # nobody can open it, and nobody wants it
        if gone or all(type_name != event.TYPE for event in handled):
            return Delivery(context, headers, value)
        event = decode(type_name, _opened(value, headers, context.event_id, type_name, sealer) if sealed else value)
    except UnknownEventType:
        return Delivery(context, headers, value, unknown=True)
    except (UndecodableEvent, Unsealable, ValueError) as error:
        return Delivery(context, headers, value, problem=f"{type(error).__name__}: {error}")
    return Delivery(context, headers, value, event=event)


def _opened(value: bytes, headers: Mapping[str, str], event_id: UUID, type_name: str, sealer: Sealer | None) -> bytes:
    if KEY_ID not in headers:
        raise Unsealable(f"{type_name} must travel sealed")
    if sealer is None:
        raise Unsealable("this service has no sealing key")
    return sealer.open(value, seal_context(event_id, type_name))


def _uuid(headers: Mapping[str, str]) -> UUID:
    try:
        return UUID(headers[CE_ID])
    except (KeyError, ValueError):
        raise ValueError(f"{CE_ID} is missing or no UUID") from None


def _event_id(headers: Mapping[str, str], topic: str, key: str, value: bytes) -> UUID:
    """The event's own id, or one made from the message, so that the same rubbish becomes one dead letter only."""
    try:
        return _uuid(headers)
    except ValueError:
        return uuid5(_NAMELESS, f"{topic}\0{key}\0{value.hex()}")
