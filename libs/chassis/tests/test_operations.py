import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.bus.postgres import PostgresTransport
from tieout_chassis.database import Database
from tieout_chassis.dead_letters import DeadLetters, store_dead_letter
from tieout_chassis.handling import Handling, describe
from tieout_chassis.operations import operations_router
from tieout_chassis.subscriber import Subscriber
from tieout_contracts.events import RecordStaged

pytestmark = pytest.mark.postgres


class Room:
    """A service with one subscriber, seen through its internal routes."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.broken = True
        self.subscriber = Subscriber(database, PostgresTransport(database), "alpha", {RecordStaged: self.on_staged})
        app = FastAPI()
        app.include_router(operations_router(DeadLetters(database), [self.subscriber], "key"))
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://x", headers={"Authorization": "Bearer key"}
        )

    async def on_staged(self, tx: AsyncConnection, event: Any, context: Any) -> None:
        if self.broken:
            raise RuntimeError("still broken")
        await tx.execute(text("INSERT INTO note (text) VALUES (:text)"), {"text": event.number})

    async def bury(self, value: bytes, **changes: Any) -> int:
        """A dead letter; its id."""
        event_id = uuid4()
        letter: dict[str, Any] = {
            "consumer_group": "alpha",
            "event_id": event_id,
            "topic": "record.staged",
            "key": "k",
            "headers": {"ce_id": str(event_id), "ce_type": "record.staged.v1"},
            "value": value,
            "reason": "r",
            "attempts": 5,
        } | changes
        async with self.database.transaction() as tx:
            await store_dead_letter(tx, **letter)
            return int(await tx.scalar(text("SELECT max(id) FROM dead_letter")) or 0)

    async def post(self, path: str) -> int:
        return (await self.http.post(f"/internal/{path}")).status_code


@pytest.fixture
async def room(database: Database) -> AsyncIterator[Room]:
    room = Room(database)
    yield room
    await room.http.aclose()


async def test_a_dead_letter_is_redriven_when_its_cause_is_gone(
    room: Room, staged: Callable[..., RecordStaged]
) -> None:
    letter = await room.bury(staged(1, "A").model_dump_json().encode())
    answer = await room.http.post(f"/internal/dead-letters/{letter}/redrive")
    assert (answer.status_code, answer.json()) == (409, {"detail": "RuntimeError: still broken"})
    (listed,) = (await room.http.get("/internal/dead-letters")).json()["dead_letters"]
    assert (listed["id"], listed["reason"], "value" in listed) == (letter, "r", False)
    room.broken = False
    assert await room.post(f"dead-letters/{letter}/redrive") == 204
    assert await room.post(f"dead-letters/{letter}/redrive") == 404
    async with room.database.transaction() as tx:
        assert (await tx.scalars(text("SELECT text FROM note"))).all() == ["A"]


async def test_two_people_redriving_one_letter_have_one_effect(room: Room, staged: Callable[..., RecordStaged]) -> None:
    room.broken = False
    letter = await room.bury(staged(1, "A").model_dump_json().encode())
    answers = await asyncio.gather(*(room.post(f"dead-letters/{letter}/redrive") for _ in range(2)))
    assert sorted(answers) == [204, 404]


async def test_what_can_never_be_read_is_discarded(room: Room) -> None:
    letter = await room.bury(b"rubbish")
    assert await room.post(f"dead-letters/{letter}/redrive") == 409
    assert await room.post(f"dead-letters/{letter}/discard") == 204
    assert await room.post(f"dead-letters/{letter}/discard") == 404
    assert (await room.http.get("/internal/dead-letters")).json() == {"dead_letters": []}


async def test_an_event_that_the_bus_refused_is_published_again(room: Room) -> None:
    letter = await room.bury(b"{}", consumer_group=None)
    assert await room.post(f"dead-letters/{letter}/redrive") == 204
    async with room.database.transaction() as tx:
        assert await tx.scalar(text("SELECT count(*) FROM outbox WHERE published_at IS NULL")) == 1


async def test_a_person_releases_the_brake(room: Room) -> None:
    for _ in range(10):
        room.subscriber.brake.dead_letter()
    assert "stopped consuming" in str(room.subscriber.problem())
    assert await room.post("brakes/release") == 204
    assert room.subscriber.problem() is None


async def test_without_the_service_key_nothing_is_answered(room: Room) -> None:
    room.http.headers["Authorization"] = "Bearer other"
    assert (await room.http.get("/internal/dead-letters")).status_code == 401
    assert await room.post("brakes/release") == 401


async def test_what_is_set_aside_and_cannot_be_handled_after_the_upgrade_becomes_a_dead_letter(
    room: Room, staged: Callable[..., RecordStaged]
) -> None:
    aside = """
        INSERT INTO set_aside (consumer_group, event_id, type, topic, key, headers, value)
        VALUES ('alpha', :id, 'record.staged.v1', 'record.staged', 'k', CAST(:headers AS jsonb), :value)
    """
    for value in (b"rubbish", staged(1, "A").model_dump_json().encode()):
        event_id = uuid4()
        headers = f'{{"ce_id": "{event_id}", "ce_type": "record.staged.v1"}}'
        async with room.database.transaction() as tx:
            await tx.execute(text(aside), {"id": event_id, "headers": headers, "value": value})
    handling = Handling(room.database, "alpha", {RecordStaged: room.on_staged})
    assert await handling.redrive_set_aside() == 0
    reasons = [letter.reason for letter in await DeadLetters(room.database).list_open()]
    assert [reason.split(":")[0] for reason in reasons] == ["UndecodableEvent", "RuntimeError"]


def test_an_error_is_described_without_the_values_it_is_about_I8() -> None:
    with pytest.raises(ValueError, match="tenant_id") as wrong:
        RecordStaged.model_validate({"tenant_id": "acme", "number": {"geheim": 1}})
    described = describe(wrong.value)
    assert "number: string_type" in described
    assert "geheim" not in described
    assert describe(RuntimeError("one\ntwo")) == "RuntimeError: one"
