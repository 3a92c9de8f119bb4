"""Services agree on what travels between them: every event has a hearer, and every hearer reads what is published."""

from uuid import UUID

import pytest

from tieout_chassis.delivery import read_delivery
from tieout_chassis.outbox import seal_context
from tieout_chassis.sealing import Sealer
from tieout_chassis.service import Service
from tieout_chassis.subscriber import Subscriber
from tieout_contracts.envelope import CE_ID, CE_TYPE, KEY_ID, TENANT
from tieout_contracts.events import EVENT_TYPES, TOPICS, Event, PostingSettled
from tieout_contracts.examples import events
from tieout_standalone.compose import build_services
from tieout_standalone.folder import DataFolder

EVENT_ID = UUID("0d8f3a3c-1d5c-4f7e-9a44-9b5f9f0c1e11")


@pytest.fixture(scope="module")
def key_folder(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    folder = DataFolder(tmp_path_factory.mktemp("keys"))
    folder.prepare()
    return folder


@pytest.fixture(scope="module")
def services(key_folder: DataFolder) -> list[Service]:
    """Every service as the single node puts it together; nothing is connected."""
    common = {
        "database_url": "postgresql://nobody@127.0.0.1:1/nothing",
        "sealing_key_file": key_folder.sealing_key,
    }
    return build_services(common, public=1, internal=2, folder=key_folder)


def heard_by(service: Service) -> set[type[Event]]:
    subscribers = [loop for loop in service.loops if isinstance(loop, Subscriber)]
    return {event for subscriber in subscribers for event in subscriber._handling._handlers}


def test_every_event_is_heard(services: list[Service]) -> None:
    heard = {event for service in services for event in heard_by(service)}
    assert set(EVENT_TYPES) - heard == set()


def test_whoever_shows_records_hears_all_that_is_told_of_them(services: list[Service]) -> None:
    (shower,) = [service for service in services if service.name == "config-api"]
    told = {event for event in EVENT_TYPES if event.TOPIC not in {"commands", "hints", "settings.changed"}}
    assert told - heard_by(shower) == set()


def test_settlements_reach_the_service_that_batches(services: list[Service]) -> None:
    (batcher,) = [service for service in services if service.name == "ingest"]
    assert PostingSettled in heard_by(batcher)


def test_every_service_is_a_group_of_its_own_name_and_reads_known_topics(services: list[Service]) -> None:
    for service in services:
        subscribers = [loop for loop in service.loops if isinstance(loop, Subscriber)]
        assert [one.group for one in subscribers] == [service.name]
        assert {topic for one in subscribers for topic in one.topics} <= set(TOPICS)


@pytest.mark.parametrize("example", events(), ids=lambda example: example.TYPE)
def test_every_hearer_reads_the_published_example(
    example: Event, services: list[Service], key_folder: DataFolder
) -> None:
    """Sealed where it must be, in the envelope that the outbox writes (I-10)."""
    sealer = Sealer.from_file(key_folder.sealing_key)
    headers = {CE_ID: str(EVENT_ID), CE_TYPE: example.TYPE, TENANT: example.tenant_id}
    value = example.model_dump_json().encode()
    if example.SEALED:
        value = sealer.seal(value, seal_context(EVENT_ID, example.TYPE), example.tenant_id)
        headers[KEY_ID] = sealer.current
    hearers = [service for service in services if type(example) in heard_by(service)]
    assert hearers
    for service in hearers:
        handled = heard_by(service)
        delivery = read_delivery(example.TOPIC, example.key, value, headers, handled=handled, sealer=sealer)
        assert delivery.event == example
