"""Every answer of 4xx and 5xx is problem+json with a code of the table."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.exc import DBAPIError

from tieout_chassis.database import DatabaseUnavailable
from tieout_config_api.app import public_app
from tieout_config_api.public.answers import MAX_BODY_BYTES, MEDIA_TYPE, DeclaredLength, install_errors
from tieout_config_api.public.door import Rooms
from tieout_contracts.problems import KINDS


class Refusal(Exception):
    """As a driver of the database raises it."""

    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate


BROKEN = {
    "away": DatabaseUnavailable("no connection"),
    "full": DBAPIError("SELECT 1", None, Refusal("53300")),
    "value": DBAPIError("SELECT 1", None, Refusal("22021")),
    "statement": DBAPIError("SELECT 1", None, Refusal("42601")),
    "fault": RuntimeError("a customer's name"),
}


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI(max_body_size=MAX_BODY_BYTES)
    install_errors(app)

    @app.get("/{cause}")
    async def breaks(cause: str) -> None:
        raise BROKEN[cause]

    @app.post("/take")
    async def take(body: dict[str, str]) -> None: ...

    transport = httpx.ASGITransport(app=DeclaredLength(app), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


@pytest.mark.parametrize(
    ("cause", "status", "code"),
    [
        ("away", 503, "api.database_away"),
        ("full", 503, "api.database_away"),
        ("value", 422, "api.unstorable"),
        ("statement", 500, "api.fault"),
        ("fault", 500, "api.fault"),
    ],
)
async def test_what_breaks_inside_is_told_without_its_words(
    http: httpx.AsyncClient, cause: str, status: int, code: str
) -> None:
    answer = await http.get(f"/{cause}")
    told = answer.json()
    assert (answer.status_code, told["code"], answer.headers["content-type"]) == (status, code, MEDIA_TYPE)
    assert told["page"] == KINDS[code].page
    assert "customer" not in answer.text
    assert ("Retry-After" in answer.headers) is (status == 503)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"text": "\xff"}', 400, "api.unreadable"),
        (b"[" * 100_000, 400, "api.unreadable"),
        (b'{"text": ', 422, "api.invalid"),
        (b'{"text": "' + b"a" * MAX_BODY_BYTES + b'"}', 413, "api.too_large"),
    ],
    ids=["no UTF-8", "too deep", "cut off", "too large"],
)
async def test_a_body_that_cannot_be_taken_is_told(
    http: httpx.AsyncClient, body: bytes, status: int, code: str
) -> None:
    answer = await http.post("/take", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == MEDIA_TYPE


async def test_a_body_that_grows_too_large_while_it_is_read_is_told(http: httpx.AsyncClient) -> None:
    async def grows() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b" " * (MAX_BODY_BYTES // 2)

    answer = await http.post("/take", content=grows(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "api.too_large")


def test_every_route_describes_its_problems() -> None:
    described = public_app(Rooms.__new__(Rooms), "key").openapi()
    answers = [route["responses"] for path in described["paths"].values() for route in path.values()]
    assert answers
    for each in answers:
        assert each.keys() >= {"4XX", "5XX"}
        assert MEDIA_TYPE in each["4XX"]["content"]
        assert "422" not in each
