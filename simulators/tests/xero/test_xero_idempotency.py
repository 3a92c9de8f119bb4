"""Idempotency-Key: six minutes from the first call, errors too, per app."""

import threading
from typing import Any

import httpx
import pytest

from tieout_simulators.frame import exact_json

pytestmark = pytest.mark.http


def put(xero: Any, number: str, key: str, **query: Any) -> httpx.Response:
    answer: httpx.Response = xero.call("PUT", "Invoices", {"Invoices": [xero.invoice(number)]}, key, **query)
    return answer


def test_the_same_request_gets_the_kept_answer_and_counts_as_a_call(open_books: Any) -> None:
    xero = open_books(minute_limit=60)
    first, again = put(xero, "INV-1", "k1"), put(xero, "INV-1", "k1")
    assert again.content == first.content
    assert int(again.headers["X-MinLimit-Remaining"]) == int(first.headers["X-MinLimit-Remaining"]) - 1
    assert len(xero.get("Invoices")) == 1


def test_another_request_with_the_key_is_refused(xero: Any) -> None:
    put(xero, "INV-1", "k1")
    for answer in (put(xero, "INV-2", "k1"), put(xero, "INV-1", "k1", unitdp=4)):
        assert answer.status_code == 400
        assert answer.json()["Message"] == "Idempotency Key: k1 is used with a different request."
    assert len(xero.get("Invoices")) == 1


def test_after_six_minutes_from_the_first_call_the_request_runs_again(xero: Any) -> None:
    put(xero, "INV-1", "k1")
    xero.advance(300)
    assert put(xero, "INV-1", "k1").status_code == 200
    xero.advance(61)
    again = put(xero, "INV-1", "k1", summarizeErrors="false")
    assert again.json()["Invoices"][0]["ValidationErrors"] == [{"Message": "Invoice # must be unique."}]


def test_errors_are_kept_too(xero: Any) -> None:
    xero.event("archive_contact", ContactID=xero.contact_id)
    refused = put(xero, "INV-1", "k1")
    assert refused.status_code == 400
    xero.write("POST", "Contacts", {"ContactID": xero.contact_id, "ContactStatus": "ACTIVE"})
    assert put(xero, "INV-1", "k1").content == refused.content
    assert put(xero, "INV-1", "k2").status_code == 200


def test_a_500_that_had_saved_can_be_kept_and_is_repeated(xero: Any) -> None:
    then = {"event": {"kind": "cache_internal_error", "tenantId": xero.tenant_id}, "drop": "after"}
    put(xero, "INV-0", "k0")
    xero.sim("faults", [{"route": "PUT /Invoices", "match": "INV-1", "then": then}])
    with pytest.raises(httpx.TransportError):
        put(xero, "INV-1", "k1")
    assert put(xero, "INV-1", "k1").status_code == 500
    assert put(xero, "INV-0", "k0").status_code == 200
    assert len(xero.get("Invoices", InvoiceNumbers="INV-1")) == 1


def test_keys_belong_to_the_app_and_not_to_the_organisation(open_books: Any) -> None:
    first, second, other = open_books(client_id="keys"), open_books(client_id="keys"), open_books()
    made = put(first, "INV-1", "k1")
    assert put(second, "INV-1", "k1").content == made.content
    assert second.get("Invoices") == []
    assert put(other, "INV-1", "k1").content != made.content


def test_a_key_has_at_most_128_characters(xero: Any) -> None:
    assert put(xero, "INV-1", "k" * 129).status_code == 400
    assert put(xero, "INV-1", "k" * 128).status_code == 200


def test_reads_ignore_the_key(xero: Any) -> None:
    assert xero.call("GET", "Invoices", key="k1").json()["Invoices"] == []
    put(xero, "INV-1", "k1")
    assert len(xero.call("GET", "Invoices", key="k1").json()["Invoices"]) == 1


def test_a_throttled_request_leaves_its_key_free(open_books: Any) -> None:
    xero = open_books(minute_limit=1)
    xero.call("GET", "Organisation")
    assert put(xero, "INV-1", "k1").status_code == 429
    xero.advance(60)
    assert put(xero, "INV-1", "k1").status_code == 200


def test_a_key_whose_request_still_runs_is_a_conflict(xero: Any) -> None:
    xero.sim("latency", {"ms": 300})
    body = exact_json.dumps({"Invoices": [xero.invoice("INV-1")]})
    headers = {**xero.headers, "Idempotency-Key": "k1"}
    statuses: list[int] = []
    together = threading.Barrier(2)

    def send() -> None:
        with httpx.Client(base_url=xero.url) as client:
            together.wait()
            statuses.append(client.put("/api.xro/2.0/Invoices", content=body, headers=headers).status_code)

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 409]
    assert len(xero.get("Invoices")) == 1
