"""What of a provider's message is believed: organisation, kind, id. The reference's own examples, and nonsense."""

import json
from typing import Any

import pytest

from tieout_config_api.callbacks.reading import NotReadable, Told, read_connectwise, read_qbo, read_xero

LEGACY = {
    "eventNotifications": [
        {
            "realmId": "1269959970",
            "dataChangeEvent": {
                "entities": [
                    {"name": "Vendor", "id": "40", "operation": "Update", "lastUpdated": "2016-10-05T03:09:04.000Z"},
                    {"name": "Customer", "id": "43", "operation": "Create", "lastUpdated": "2016-10-05T03:07:04.000Z"},
                    {"name": "Customer", "id": "43", "operation": "Update", "lastUpdated": "2016-10-05T03:08:04.000Z"},
                ]
            },
        },
        {"realmId": "2", "dataChangeEvent": {"entities": [{"name": "Invoice", "id": "7"}]}},
    ]
}
CLOUD_EVENT = {
    "specversion": "1.0",
    "id": "d1a3aedd-9670-41bf-a4f9-c148a1cc4e03",
    "type": "qbo.class.created.v1",
    "time": "2025-10-07T19:59:07.034359333Z",
    "intuitentityid": "1234",
    "intuitaccountid": "310687",
    "data": {},
}


def as_bytes(value: Any) -> bytes:
    return json.dumps(value).encode()


def test_a_notification_of_intuit_tells_of_several_companies_each_thing_once() -> None:
    told = read_qbo(as_bytes(LEGACY))
    vendor, customer = Told("1269959970", "vendor", "40"), Told("1269959970", "customer", "43")
    assert told == [vendor, customer, Told("2", "invoice", "7")]


def test_cloud_events_tell_the_same() -> None:
    assert read_qbo(as_bytes([CLOUD_EVENT])) == [Told("310687", "class", "1234")]


def test_an_event_of_xero_tells_of_one_thing_and_an_intent_to_receive_of_none() -> None:
    event = {"resourceId": "55d8", "tenantId": "aef8", "eventCategory": "CREDITNOTE", "eventType": "CREATE"}
    assert read_xero(as_bytes({"events": [event, {"resourceId": "x"}, 5]})) == [Told("aef8", "creditnote", "55d8")]
    assert read_xero(b'{"events":[],"firstEventSequence": 0}') == []


def test_a_callback_of_connectwise_tells_of_an_invoice_and_nothing_of_its_content() -> None:
    body = {"Type": "Invoice", "ID": 501, "Entity": '{"total": 1}', "Metadata": {"key_url": "https://k"}}
    assert read_connectwise(as_bytes(body)).told == Told("", "invoice", "501")
    assert read_connectwise(as_bytes(body | {"Type": "contact"})).told is None
    assert read_connectwise(as_bytes(body | {"ID": {"a": 1}})).told is None


@pytest.mark.parametrize(
    "body", [b"", b"nul", b"\xff\xfe", b"[" * 50_000, b"1e999", b'"text"', b"{}", b'{"events": {}}']
)
def test_nonsense_is_not_readable(body: bytes) -> None:
    for read in (read_connectwise, read_xero, read_qbo):
        with pytest.raises(NotReadable):
            read(body)
