"""The log of ConnectWise calls before it is kept: masked, bounded, and never in the way of a call."""

import base64
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from tieout_chassis.call_log import WAITING_MAX, CallLog, masked
from tieout_chassis.clock import FixedClock
from tieout_contracts.calls import BODY_MAX_CHARS, LoggedCalls
from tieout_contracts.connections import ConnectWiseAccess

ACCESS = ConnectWiseAccess(
    connection_id="connectwise",
    tenant_id="harbourline",
    site="https://api-au.example.com",
    login_company="harbourline",
    public_key=SecretStr("marked-public-key"),
    private_key=SecretStr("marked-private-key"),
    client_id="marked-client-id",
    log_calls=True,
)


class Told:
    """Takes what is told, unless it is away."""

    def __init__(self) -> None:
        self.batches: list[LoggedCalls] = []
        self.away = False

    async def __call__(self, calls: LoggedCalls) -> None:
        if self.away:
            raise ConnectionError
        self.batches.append(calls)


def told_by(log: CallLog, **changes: Any) -> None:
    witness = log.witness_of(ACCESS)
    assert witness is not None
    call = {"method": "POST", "url": "https://x/y", "sent": b"", "status": 200, "received": b""} | changes
    witness(*call.values())


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def log(told: Told) -> CallLog:
    return CallLog(FixedClock(datetime(2026, 11, 2, 9, tzinfo=UTC)), told)


def test_a_connection_whose_log_is_off_has_no_witness_F215(log: CallLog) -> None:
    assert log.witness_of(ACCESS.model_copy(update={"log_calls": False})) is None


async def test_every_call_is_told_with_its_time_url_status_and_bodies_F215(log: CallLog, told: Told) -> None:
    told_by(log, sent=b'{"a":1}', received='{"name":"Müller"}'.encode())
    told_by(log, method="GET", url="https://x/z", status=None)
    assert not await log.step()
    ((first, second),) = [batch.calls for batch in told.batches]
    assert (first.at.hour, first.method, first.url, first.status) == (9, "POST", "https://x/y", 200)
    assert (first.request_body, first.answer_body) == ('{"a":1}', '{"name":"Müller"}')
    assert (second.method, second.status, second.answer_body) == ("GET", None, "")


@pytest.mark.parametrize(
    "text",
    [
        '{"x": "a marked-private-key b"}',
        '{"refresh_token": "marked", "n": 1}',
        '{"userPassword":"mar\\"ked"}',
        '{"clientSecret" : "marked"}',
        '{"publicKey":"marked","privateKey":"marked"}',
        '{"apiKey": marked}',
        "https://x/y?conditions=a&token=marked&key=marked",
        "marked-client-id",
    ],
)
def test_no_key_password_or_token_is_kept_wherever_it_stands_F216(text: str) -> None:
    left = masked(text, ["marked-public-key", "marked-private-key", "marked-client-id"])
    assert "mar" not in left
    assert "ked" not in left


def test_what_is_no_secret_stays_readable_F216() -> None:
    text = '{"id":7,"name":"Key West Tokenism","billToCompany":{"identifier":"KEY"}}'
    assert masked(text, ["marked"]) == text
    assert masked('{"token": "x", "total": "12.50"}', []) == '{"token": "***", "total": "12.50"}'


async def test_the_sign_in_is_no_part_of_what_is_told_F216(log: CallLog, told: Told) -> None:
    sign_in = base64.b64encode(b"harbourline+marked-public-key:marked-private-key").decode()
    told_by(log, received=f'{{"echo": "Basic {sign_in}"}}'.encode())
    await log.step()
    assert sign_in not in told.batches[0].calls[0].answer_body


async def test_bodies_have_a_limit_and_say_how_long_they_were_F215(log: CallLog, told: Told) -> None:
    told_by(log, received=b"x" * 200_000)
    told_by(log, received=b"x\0\xff")
    await log.step()
    long, odd = told.batches[0].calls
    assert len(long.answer_body) == BODY_MAX_CHARS
    assert long.answer_body.endswith("[cut: 200000 characters in all]")
    assert odd.answer_body == "x\ufffd\ufffd"


async def test_what_cannot_be_told_waits_and_beyond_the_limit_the_oldest_is_dropped_and_counted(
    log: CallLog, told: Told
) -> None:
    told.away = True
    for number in range(WAITING_MAX + 3):
        told_by(log, url=f"https://x/{number}")
    assert not await log.step()
    told.away = False
    while await log.step():
        pass
    calls = [call for batch in told.batches for call in batch.calls]
    assert len(calls) == WAITING_MAX
    assert (calls[0].url, calls[-1].url) == ("https://x/3", f"https://x/{WAITING_MAX + 2}")
    assert [batch.dropped for batch in told.batches][:2] == [3, 0]
    assert max(len(batch.calls) for batch in told.batches) == 100


async def test_large_bodies_are_told_in_several_pieces(log: CallLog, told: Told) -> None:
    for _ in range(9):
        told_by(log, received=b"x" * BODY_MAX_CHARS)
    while await log.step():
        pass
    assert [len(batch.calls) for batch in told.batches] == [6, 3]


@pytest.mark.parametrize(
    "form", ['a"b/+ ü', 'a\\"b/+ ü', 'a\\"b/+ \\u00fc', "a%22b%2F%2B%20%C3%BC", "a%22b%2F%2B+%C3%BC"]
)
def test_a_secret_is_masked_however_it_is_written_I8_F216(form: str) -> None:
    assert masked(f"it was {form}, yes", ['a"b/+ ü']) == "it was ***, yes"


def test_the_address_that_a_provider_is_to_call_is_masked_I8_F216() -> None:
    told = '{"url":"https://t.example.com/callbacks/connectwise/rrS-g_YK?recordId=","objectId":1}'
    assert masked(told, []) == '{"url":"https://t.example.com/callbacks/connectwise/***?recordId=","objectId":1}'
