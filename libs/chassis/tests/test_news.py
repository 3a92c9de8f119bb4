"""Outbox, relay, subscriber and inbox together, on every transport."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.brake import Brake
from tieout_chassis.bus import Outgoing, Transport
from tieout_chassis.database import Database
from tieout_chassis.dead_letters import DeadLetters
from tieout_chassis.handling import NotNow
from tieout_chassis.leases import Leases
from tieout_chassis.loops import worker_loop
from tieout_chassis.outbox import MessageContext, publish, publish_all
from tieout_chassis.relay import Relay
from tieout_chassis.subscriber import Subscriber
from tieout_chassis.wakes import wait_for
from tieout_contracts.events import Event, RecordStaged, SettingsChanged

Staged = Callable[..., RecordStaged]


class World:
    """`alpha` publishes, `beta-two` hears; as many copies of each as a test starts."""

    def __init__(self, bus: Any, alpha: Database, beta: Database) -> None:
        self.bus, self.alpha, self.beta = bus, alpha, beta
        self.heard: list[str] = []
        self.changed = asyncio.Event()
        self.stop = asyncio.Event()
        self.running: list[asyncio.Task[None]] = []
        self.transports: list[Transport] = []

    def transport(self, database: Database) -> Transport:
        self.transports.append(self.bus.transport(database))
        return self.transports[-1]

    async def start_relay(self, holder: str = "one", lease_s: float = 10, batch: int = 500) -> Relay:
        transport = self.transport(self.alpha)
        await transport.ensure_topics(["record.staged", "settings.changed"])
        relay = Relay(self.alpha, transport, Leases(self.alpha), holder=holder, batch=batch, lease_s=lease_s)
        wake = self.alpha.wakes.subscribe(*relay.channels)
        loop = worker_loop("relay", relay.step, idle_wait_s=0.1, wake=wake, start=relay.start, close=relay.close)
        self.running.append(asyncio.create_task(loop.run(self.stop)))
        return relay

    def start_hearing(self, **options: Any) -> Subscriber:
        options = {"poll_wait_s": 0.1, "retry_first_s": 0.05, "max_poll": 50} | options
        handlers = {RecordStaged: self.on_staged, SettingsChanged: self.on_staged} | options.pop("handlers", {})
        subscriber = Subscriber(self.beta, self.transport(self.beta), "beta-two", handlers, **options)
        self.running.append(asyncio.create_task(subscriber.run(self.stop)))
        return subscriber

    async def on_staged(self, tx: AsyncConnection, event: Any, context: MessageContext) -> None:
        """The effect: a row. What was heard is noted only in the row, so a rollback unhears it."""
        number = getattr(event, "number", "settings")
        await tx.execute(text("INSERT INTO note (text) VALUES (:text)"), {"text": f"{context.key} {number}"})
        self.changed.set()

    async def say(self, *events: Event, **options: Any) -> UUID:
        async with self.alpha.transaction() as tx:
            ids = [await publish(tx, event, **options) for event in events]
        return ids[-1]

    async def notes(self) -> list[str]:
        async with self.beta.reading() as connection:
            rows = await connection.scalars(text("SELECT text FROM note ORDER BY id"))
            return [row.removeprefix("north/").removeprefix("invoice:") for row in rows]

    async def until(self, condition: Callable[[], Any], timeout_s: float = 40) -> Any:
        """Wait for the effects; looks again whenever a handler ran, and now and then."""
        async with asyncio.timeout(timeout_s):
            while not (found := await condition()):
                await wait_for(self.changed, 0.1)
        return found

    async def heard_all(self, wanted: int) -> list[str]:
        async def enough() -> list[str] | None:
            notes = await self.notes()
            return notes if len(notes) >= wanted else None

        found: list[str] = await self.until(enough)
        return found

    async def close(self) -> None:
        self.stop.set()
        await asyncio.gather(*self.running)
        for transport in self.transports:
            await transport.close()


@pytest.fixture
async def world(bus: Any, database: Database, other_database: Database) -> AsyncIterator[World]:
    world = World(bus, database, other_database)
    yield world
    await world.close()


async def scalar(database: Database, statement: str) -> Any:
    async with database.reading() as connection:
        return await connection.scalar(text(statement))


async def test_what_is_committed_is_heard_once_and_what_is_rolled_back_never(world: World, staged: Staged) -> None:
    async def fail() -> None:
        async with world.alpha.transaction() as tx:
            await publish(tx, staged(1, "rolled back"))
            raise RuntimeError

    await world.start_relay()
    world.start_hearing()
    with pytest.raises(RuntimeError):
        await fail()
    await world.say(staged(1, "A"), staged(1, "B"))
    assert [note.split()[-1] for note in await world.heard_all(2)] == ["A", "B"]


async def test_order_within_a_key_is_commit_order_also_when_transactions_commit_late(
    world: World, staged: Staged
) -> None:
    """Writers of one record wait for its row lock; writers of others overtake them and commit late."""
    await world.start_relay(batch=3)
    world.start_hearing()
    async with world.alpha.transaction() as tx:
        await tx.execute(text("INSERT INTO counter VALUES ('1', 0), ('2', 0), ('3', 0)"))
    late_may_commit = asyncio.Event()

    async def say_in_turn(record: int, hold: asyncio.Event | None = None) -> None:
        async with world.alpha.transaction() as tx:
            lock = "UPDATE counter SET n = n + 1 WHERE name = :name RETURNING n"
            turn = await tx.scalar(text(lock), {"name": str(record)})
            await publish(tx, staged(record, str(turn)))
            if hold is not None:
                await hold.wait()

    late = asyncio.create_task(say_in_turn(1, late_may_commit))
    await asyncio.gather(*(say_in_turn(2 + n % 2) for n in range(20)))
    await world.heard_all(20)
    followers = [asyncio.create_task(say_in_turn(1)) for _ in range(3)]
    late_may_commit.set()
    await asyncio.gather(late, *followers)
    notes = await world.heard_all(24)
    for record, turns in ((1, 4), (2, 10), (3, 10)):
        heard = [int(note.split()[-1]) for note in notes if note.split()[0].endswith(str(record))]
        assert heard == list(range(1, turns + 1))


async def test_two_copies_of_the_relay_bring_everything_over_once_and_in_order(world: World, staged: Staged) -> None:
    await world.start_relay("one", lease_s=60)
    await world.start_relay("two", lease_s=60)
    world.start_hearing()
    for n in range(30):
        await world.say(staged(1, f"{n:02}"), staged(2, f"{n:02}"))
    notes = await world.heard_all(60)
    for record in "12":
        assert [n.split()[-1] for n in notes if n.split()[0].endswith(record)] == [f"{n:02}" for n in range(30)]
    assert await scalar(world.alpha, "SELECT count(*) FROM outbox WHERE announcements <> 1") == 0


async def test_a_relay_that_died_is_replaced_when_its_lease_has_run_out(world: World, staged: Staged) -> None:
    dead = await world.start_relay("dead", lease_s=1)
    await world.say(staged(1, "A"))
    world.start_hearing()
    await world.heard_all(1)
    killed = world.running.pop(0)
    dead._leases = None  # type: ignore[assignment]  # it cannot say goodbye
    killed.cancel()
    await asyncio.gather(killed, return_exceptions=True)
    await world.start_relay("heir", lease_s=1)
    await world.say(staged(1, "B"))
    assert (await world.heard_all(2))[-1].endswith("B")


async def test_a_crash_between_publishing_and_marking_publishes_again_and_is_heard_once(
    world: World, staged: Staged
) -> None:
    await world.start_relay()
    world.start_hearing()
    await world.say(staged(1, "A"), staged(1, "B"))
    await world.heard_all(2)
    async with world.alpha.transaction() as tx:
        await tx.execute(text("UPDATE outbox SET published_at = NULL, announcements = 0"))
    await world.say(staged(1, "C"))
    assert [note.split()[-1] for note in await world.heard_all(3)] == ["A", "B", "C"]


async def test_a_crash_between_effect_and_commit_delivers_again_and_has_one_effect(
    world: World, staged: Staged
) -> None:
    """The transport forgets the commit, as after kill -9 right after the transaction."""

    class Forgetful:
        def __init__(self, consumer: Any) -> None:
            self._consumer = consumer

        def __getattr__(self, name: str) -> Any:
            return getattr(self._consumer, name)

        async def commit(self, messages: Any) -> None:
            raise RuntimeError("killed")

    await world.start_relay()
    transport = world.transport(world.beta)
    consumer_of = transport.consumer
    transport.consumer = lambda *a, **k: Forgetful(consumer_of(*a, **k))  # type: ignore[method-assign]
    crashing = Subscriber(world.beta, transport, "beta-two", {RecordStaged: world.on_staged}, poll_wait_s=0.1)
    await world.say(staged(1, "A"), staged(1, "B"))
    with pytest.raises(RuntimeError, match="killed"):
        await crashing.run(world.stop)
    assert len(await world.notes()) == 2
    world.start_hearing()
    await world.say(staged(1, "C"))
    assert [note.split()[-1] for note in await world.heard_all(3)] == ["A", "B", "C"]


async def test_two_members_hear_everything_once_between_them(world: World, staged: Staged) -> None:
    await world.start_relay()
    world.start_hearing()
    world.start_hearing()
    for n in range(10):
        await world.say(*(staged(record, str(n)) for record in range(20)))
    notes = await world.heard_all(200)
    assert len(set(notes)) == len(notes) == 200
    for record in range(20):
        mine = [note.split()[-1] for note in notes if note.split()[0] == str(record)]
        assert mine == [str(n) for n in range(10)]


async def test_a_poison_message_becomes_a_dead_letter_and_delays_only_its_own_partition(
    world: World, staged: Staged
) -> None:
    attempts: list[int] = []

    async def touchy(tx: AsyncConnection, event: RecordStaged, context: MessageContext) -> None:
        await world.on_staged(tx, event, context)
        if event.number == "poison":
            attempts.append(context.attempt)
            raise RuntimeError("cannot")

    await world.start_relay()
    world.start_hearing(handlers={RecordStaged: touchy}, max_deliveries=3)
    poison = await world.say(staged(1, "poison"))
    await world.say(*(staged(record, "fine") for record in range(1, 8)))
    notes = await world.heard_all(7)
    assert not [note for note in notes if "poison" in note]
    assert sorted(set(attempts)) == [1, 2, 3]
    letters = DeadLetters(world.beta)
    (letter,) = await letters.list_open()
    assert (letter.event_id, letter.reason, letter.attempts) == (poison, "RuntimeError: cannot", 3)
    assert (letter.type, letter.consumer_group, await letters.count_open()) == ("record.staged.v1", "beta-two", 1)


async def test_within_a_partition_nothing_overtakes_what_is_tried_again(world: World, staged: Staged) -> None:
    failures = iter([True, True, False])

    async def shaky(tx: AsyncConnection, event: RecordStaged, context: MessageContext) -> None:
        await world.on_staged(tx, event, context)
        if event.number == "B" and next(failures, False):
            raise RuntimeError("not yet")

    await world.start_relay()
    world.start_hearing(handlers={RecordStaged: shaky})
    await world.say(*(staged(1, number) for number in "ABCD"))
    assert [note.split()[-1] for note in await world.heard_all(4)] == ["A", "B", "C", "D"]


async def test_what_is_not_now_possible_waits_without_counting_attempts(world: World, staged: Staged) -> None:
    away = iter([True] * 12)
    attempts: set[int] = set()

    async def needs_config(tx: AsyncConnection, event: RecordStaged, context: MessageContext) -> None:
        attempts.add(context.attempt)
        if next(away, False):
            raise NotNow("config-api is away", after_s=0.01)
        await world.on_staged(tx, event, context)

    await world.start_relay()
    world.start_hearing(handlers={RecordStaged: needs_config}, max_deliveries=2)
    await world.say(staged(1, "A"), staged(1, "B"))
    assert [note.split()[-1] for note in await world.heard_all(2)] == ["A", "B"]
    assert attempts == {1}


async def test_the_brake_stops_a_bad_release_from_emptying_a_topic_and_is_released_by_a_redrive(
    world: World, staged: Staged
) -> None:
    broken = True

    async def bad_release(tx: AsyncConnection, event: RecordStaged, context: MessageContext) -> None:
        if broken:
            raise RuntimeError("bad release")
        await world.on_staged(tx, event, context)

    await world.start_relay()
    subscriber = world.start_hearing(
        handlers={RecordStaged: bad_release}, max_deliveries=1, brake=Brake(max_in_a_row=3)
    )
    await world.say(*(staged(n, str(n)) for n in range(20)))

    async def braked() -> str | None:
        return subscriber.problem()

    assert "3 dead letters in a row" in await world.until(braked)
    await wait_for(world.changed, 0.5)
    letters = DeadLetters(world.beta)
    found = await letters.list_open()
    assert len(found) == 3
    with pytest.raises(RuntimeError, match="bad release"):
        await subscriber.redrive(found[0].id)
    broken = False
    assert await subscriber.redrive(found[0].id)
    assert not await subscriber.redrive(found[0].id)
    assert subscriber.problem() is None
    await world.heard_all(18)
    assert await letters.discard(found[1].id)
    assert not await letters.discard(found[1].id)
    assert await subscriber.redrive(found[2].id)
    assert len(await world.notes()) == 19
    assert await letters.list_open() == []


@pytest.mark.parametrize(
    ("headers", "value"),
    [
        ({}, b"{}"),
        ({"ce_id": "no uuid", "ce_type": "record.staged.v1"}, b"{}"),
        ({"ce_id": str(uuid4()), "ce_type": "record.staged.v1"}, b"\xff not JSON"),
        ({"ce_id": str(uuid4()), "ce_type": "record.staged.v1"}, b'{"tenant_id": 5}'),
        ({"ce_id": str(uuid4()), "ce_type": "record.captured.v1"}, b'{"in": "clear"}'),
    ],
)
async def test_an_unreadable_message_is_a_dead_letter_once_and_blocks_nothing(
    world: World, staged: Staged, headers: dict[str, str], value: bytes
) -> None:
    from tieout_contracts.events import RecordCaptured

    await world.start_relay()
    world.start_hearing(handlers={RecordCaptured: world.on_staged})
    key = "north/invoice:1"
    rubbish = Outgoing("record.staged", key, value, headers)
    assert await world.transports[0].publish([rubbish, rubbish])
    await world.say(staged(1, "A"))
    assert [note.split()[-1] for note in await world.heard_all(1)] == ["A"]
    assert await scalar(world.beta, "SELECT count(*) FROM dead_letter") == 1


async def test_an_event_of_an_unknown_type_is_set_aside_and_handled_after_the_upgrade(
    world: World, staged: Staged
) -> None:
    newer = {"ce_id": str(uuid4()), "ce_type": "record.staged.v9", "tieouttenant": "acme"}
    await world.start_relay()
    world.start_hearing()
    message = Outgoing("record.staged", "north/invoice:1", staged(1, "newer").model_dump_json().encode(), newer)
    await world.transports[0].publish([message, message])
    await world.say(staged(1, "A"))
    await world.heard_all(1)
    assert await scalar(world.beta, "SELECT string_agg(type, ',') FROM set_aside") == "record.staged.v9"
    async with world.beta.transaction() as tx:  # the upgrade: the type is known now
        known = json.dumps(newer | {"ce_type": "record.staged.v1"})
        await tx.execute(text("UPDATE set_aside SET headers = CAST(:headers AS jsonb)"), {"headers": known})
    world.start_hearing()
    assert [note.split()[-1] for note in await world.heard_all(2)] == ["A", "newer"]
    assert await scalar(world.beta, "SELECT count(*) FROM set_aside") == 0


async def test_a_row_that_the_bus_refuses_becomes_a_dead_letter_and_blocks_nothing(
    world: World, staged: Staged, database: Database
) -> None:
    transport_of = world.bus.transport
    world.bus.transport = lambda one: transport_of(one, max_message_bytes=2000)
    await world.start_relay()
    world.start_hearing()
    await world.say(staged(1, "A"), staged(1, "x" * 3000), staged(1, "B"))
    assert [note.split()[-1] for note in await world.heard_all(2)] == ["A", "B"]
    letters = DeadLetters(world.alpha)
    (letter,) = await world.until(letters.list_open)  # B may be heard before the relay has marked its rows
    assert letter.consumer_group is None
    assert "bytes" in letter.reason
    async with world.alpha.transaction() as tx:
        await tx.execute(text("UPDATE dead_letter SET value = (SELECT value FROM outbox ORDER BY id LIMIT 1)"))
        await tx.execute(text("DELETE FROM outbox WHERE event_id = (SELECT event_id FROM dead_letter)"))
    assert await letters.publish_again(letter.id)
    assert not await letters.publish_again(letter.id)
    assert len(await world.heard_all(3)) == 3


async def test_the_loss_of_the_whole_bus_loses_nothing_when_it_is_announced_again_I9(
    world: World, staged: Staged
) -> None:
    """Some events were handled, some lost; the owner announces all again with their ids."""
    relay_of = world.transport(world.alpha)
    await relay_of.ensure_topics(["record.staged"])
    await world.start_relay()
    world.start_hearing()
    ids = [uuid4() for _ in range(6)]
    for n, event_id in enumerate(ids[:3]):
        await world.say(staged(n, "1"), event_id=event_id)
    await world.heard_all(3)
    await world.bus.wipe()
    async with world.alpha.transaction() as tx:  # these were on the bus when it was lost
        for n, event_id in enumerate(ids[3:], 3):
            await publish(tx, staged(n, "1"), event_id=event_id)
        await tx.execute(text("UPDATE outbox SET published_at = now(), announcements = 1"))
    await relay_of.ensure_topics(["record.staged", "settings.changed"])
    deadline = asyncio.get_running_loop().time() + 40
    while len(await world.notes()) < 6:
        assert asyncio.get_running_loop().time() < deadline
        for n, event_id in enumerate(ids):
            await world.say(staged(n, "1"), event_id=event_id)
        await wait_for(world.changed, 1.0)
    assert sorted(note.split()[0] for note in await world.notes()) == ["0", "1", "2", "3", "4", "5"]


async def test_an_answer_that_was_lost_is_given_again_when_the_question_is(world: World, staged: Staged) -> None:
    """beta answered; the answer got lost with the bus. Asked again, it does not work again, it answers again."""
    answers: list[UUID] = []

    async def answering(tx: AsyncConnection, event: RecordStaged, context: MessageContext) -> None:
        await world.on_staged(tx, event, context)
        answers.append(
            await publish(tx, SettingsChanged(tenant_id="acme", company_id="n", version=1), caused_by=context)
        )

    await world.start_relay()
    world.start_hearing(handlers={RecordStaged: answering})
    question = await world.say(staged(1, "A"))
    await world.heard_all(1)
    async with world.beta.transaction() as tx:
        await tx.execute(text("UPDATE outbox SET published_at = now(), announcements = 1"))
    await world.say(staged(1, "A"), event_id=question)

    async def announced() -> bool:
        return bool(await scalar(world.beta, "SELECT count(*) FROM outbox WHERE published_at IS NULL"))

    await world.until(announced)
    assert len(answers) == 1
    assert len(await world.notes()) == 1


async def test_a_slow_handler_holds_no_more_than_one_poll(world: World, staged: Staged) -> None:
    sizes: list[int] = []
    transport = world.transport(world.beta)
    consumer_of = transport.consumer

    def watched(*arguments: Any, **options: Any) -> Any:
        consumer = consumer_of(*arguments, **options)
        poll = consumer.poll

        async def counting(wait_s: float) -> Any:
            polled = await poll(wait_s)
            sizes.append(len(polled))
            return polled

        consumer.poll = counting  # type: ignore[method-assign]
        return consumer

    transport.consumer = watched  # type: ignore[method-assign]
    await world.start_relay()
    async with world.alpha.transaction() as tx:
        await publish_all(tx, [staged(n, "1") for n in range(60)])
    hearing = Subscriber(
        world.beta, transport, "beta-two", {RecordStaged: world.on_staged}, max_poll=7, poll_wait_s=0.1
    )
    world.running.append(asyncio.create_task(hearing.run(world.stop)))
    await world.heard_all(60)
    assert max(sizes) <= 7
