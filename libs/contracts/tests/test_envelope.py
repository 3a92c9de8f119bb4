"""What travels decodes for ever."""

import json
from pathlib import Path

import pytest

from tieout_contracts import envelope, examples
from tieout_contracts.events import EVENT_TYPES, Event

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.mark.parametrize("event", examples.events(), ids=lambda event: event.TYPE)
def test_an_event_survives_the_bus_I10(event: Event) -> None:
    assert envelope.decode(event.TYPE, envelope.encode(event)) == event


@pytest.mark.parametrize("event_type", EVENT_TYPES, ids=lambda event: event.TYPE)
def test_the_published_golden_message_still_decodes_I10(event_type: type[Event]) -> None:
    golden = (GOLDEN / f"{event_type.TYPE}.json").read_bytes()
    assert isinstance(envelope.decode(event_type.TYPE, golden), event_type)


def test_a_field_of_a_newer_producer_is_ignored() -> None:
    value = {**json.loads((GOLDEN / "settings.changed.v1.json").read_bytes()), "invented_later": {"deep": 1}}
    assert envelope.decode("settings.changed.v1", json.dumps(value).encode()).company_id == "harbourline-au"


def test_an_unknown_type_is_told_from_an_undecodable_value() -> None:
    with pytest.raises(envelope.UnknownEventType):
        envelope.decode("record.captured.v9", b"{}")
    with pytest.raises(envelope.UndecodableEvent):
        envelope.decode("record.captured.v1", b"not json")


def test_an_undecodable_value_is_never_quoted_in_the_error() -> None:
    with pytest.raises(envelope.UndecodableEvent) as caught:
        envelope.decode("settings.changed.v1", b'{"tenant_id": {"secret": "hunter2"}}')
    assert "hunter2" not in str(caught.value)


def test_events_of_one_record_share_a_key_and_events_of_two_do_not() -> None:
    keys = {event.TYPE: envelope.key_of(event) for event in examples.events()}
    assert keys["record.captured.v1"] == keys["posting.settled.v1"] == "harbourline-au/invoice:39005"
    assert keys["run.listed.v1"] == "harbourline-au"


def test_every_event_with_accounting_texts_travels_sealed_F4() -> None:
    sealed = {event.TYPE for event in EVENT_TYPES if event.SEALED}
    with_texts = {
        "record.captured.v1",
        "posting.planned.v1",
        "record.previewed.v1",
        "ledger.compared.v1",
        "ledger.called.v1",
    }
    assert sealed == with_texts | {"preview.requested.v1"}, "settings name people, who represent the company in sales"
