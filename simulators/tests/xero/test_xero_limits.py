"""Call limits by the simulator's clock, and what the headers say."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.http


def remaining(answer: httpx.Response) -> tuple[int, int, int]:
    headers = answer.headers
    day, minute = int(headers["X-DayLimit-Remaining"]), int(headers["X-MinLimit-Remaining"])
    return day, minute, int(headers["X-AppMinLimit-Remaining"])


def test_every_answer_says_what_is_left(open_books: Any) -> None:
    xero = open_books(day_limit=5000, minute_limit=60)
    assert remaining(xero.call("GET", "Organisation")) == (4999, 59, 9999)
    assert remaining(xero.call("GET", "Invoices/none")) == (4998, 58, 9998)
    assert remaining(xero.call("PUT", "Invoices", b"{")) == (4997, 57, 9997)


def test_the_minute_is_a_fixed_window_with_a_retry_after(open_books: Any) -> None:
    xero = open_books(minute_limit=2)
    for _ in range(2):
        assert xero.call("GET", "Organisation").status_code == 200
    refused = xero.call("GET", "Organisation")
    assert (refused.status_code, refused.headers["X-Rate-Limit-Problem"]) == (429, "minute")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert remaining(refused)[1] == 0
    xero.advance(int(refused.headers["Retry-After"]))
    assert remaining(xero.call("GET", "Organisation"))[1] == 1


def test_the_day_parks_the_organisation_for_hours(open_books: Any) -> None:
    xero = open_books(day_limit=1)
    xero.call("GET", "Organisation")
    xero.advance(3600)
    xero.log_in()
    refused = xero.call("GET", "Organisation")
    assert (refused.status_code, refused.headers["X-Rate-Limit-Problem"]) == (429, "day")
    assert 22 * 3600 < int(refused.headers["Retry-After"]) <= 23 * 3600
    assert remaining(refused)[0] == 0
    xero.advance(23 * 3600)
    xero.log_in()
    assert xero.call("GET", "Organisation").status_code == 200


def test_each_organisation_has_its_own_minute_and_all_share_the_apps(open_books: Any) -> None:
    first = open_books(client_id="shared-minute", minute_limit=2, app_minute_limit=3)
    second = open_books(client_id="shared-minute", minute_limit=2, app_minute_limit=3)
    first.call("GET", "Organisation")
    first.call("GET", "Organisation")
    assert second.call("GET", "Organisation").status_code == 200
    refused = second.call("GET", "Organisation")
    assert (refused.status_code, refused.headers["X-Rate-Limit-Problem"]) == (429, "appminute")
    assert "Retry-After" not in refused.headers


def test_a_sixth_call_at_once_is_refused_without_a_retry_after(xero: Any) -> None:
    xero.sim("latency", {"ms": 300})
    together = threading.Barrier(6)

    def call(_: int) -> httpx.Response:
        with httpx.Client(base_url=xero.url) as client:
            together.wait()
            return client.get("/api.xro/2.0/Organisation", headers=xero.headers)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(call, range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [429]
    (refused,) = (answer for answer in answers if answer.status_code == 429)
    assert refused.headers["X-Rate-Limit-Problem"] == "concurrent"
    assert "Retry-After" not in refused.headers
    xero.sim("latency", {"ms": 0})
    assert xero.call("GET", "Organisation").status_code == 200


def test_a_clock_set_back_begins_new_windows(open_books: Any) -> None:
    xero = open_books(minute_limit=1)
    xero.call("GET", "Organisation")
    xero.advance(-120)
    xero.log_in()
    assert xero.call("GET", "Organisation").status_code == 200
