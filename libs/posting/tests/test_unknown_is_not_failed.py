"""Lost answers, crashes, limits: an unknown outcome is looked up before anything is sent again (I-6)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from posting_kit.bench import OPTIONS, Bench, documents
from posting_kit.ledger import PROVIDER, Died, Fault, unavailable
from posting_kit.values import document

from tieout_chassis.tenant_keys import KeyAway
from tieout_posting.tables import call
from tieout_providers.errors import Problem, Rejected, Throttled, Unauthorised

pytestmark = pytest.mark.postgres

WRITES = ("/contacts", "/items", "/create/sales_invoice", "/promote/sales_invoice")


def at(write: str, fault: Fault) -> list[Fault | None]:
    """A fault for the first call of this kind, in the order in which a first document's calls are made."""
    return [None] * WRITES.index(write) + [fault]


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("fault", ["lost_before", "lost_after", "not_sent"])
async def test_whatever_call_loses_its_answer_there_is_one_document_at_the_end_I1(
    bench: Bench, write: str, fault: Fault
) -> None:
    bench.ledger.faults = at(write, fault)
    await bench.plan()
    await bench.serve_through()
    assert await bench.states() == ["posted"]
    assert [each.phase for each in bench.ledger.live("1001")] == ["approved"]
    assert len(bench.ledger.contacts) == len(bench.ledger.items) == 1


async def test_nothing_is_looked_up_or_sent_before_send_until(bench: Bench) -> None:
    bench.ledger.faults = at("/create/sales_invoice", "lost_after")
    await bench.plan()
    await bench.serve()
    assert await bench.states() == ["unknown"]
    assert bench.ledger.count("/look_up") == 0
    await bench.time_passes()
    await bench.serve()
    assert (bench.ledger.count("/look_up"), bench.ledger.count("/create")) == (1, 1)


async def test_a_call_without_an_answer_goes_again_with_its_bytes_and_key_while_that_is_young(bench: Bench) -> None:
    bench.ledger.faults = at("/create/sales_invoice", "late")
    await bench.plan()
    await bench.serve_through(2)
    assert (bench.ledger.count("/create"), len(bench.ledger.keys)) == (2, 4)
    bench.ledger.deliver_late()
    assert len(bench.ledger.live("1001")) == 1


async def test_an_old_key_is_not_used_again(bench: Bench) -> None:
    bench.ledger.faults = at("/create/sales_invoice", "late")
    await bench.plan()
    await bench.serve()
    await bench.keys_grow_old()
    await bench.time_passes()
    await bench.serve()
    assert await bench.states() == ["posted"]
    bench.ledger.deliver_late()
    assert len(bench.ledger.live("1001")) == 1


async def test_an_answered_error_is_not_asked_again_with_the_same_key(bench: Bench) -> None:
    """Keys remember errors too: the same key would bring the same 500 for six minutes."""
    bench.ledger.faults = at("/create/sales_invoice", "lost_before")
    await bench.plan()
    await bench.serve_through(2)
    async with bench.database.transaction() as tx:
        calls = (await tx.execute(sa.select(call).where(call.c.purpose == "draft"))).all()
    assert len({row.request["idempotency_key"] for row in calls}) == 2


@pytest.mark.parametrize("fault", ["lost_after", "late"])
async def test_a_lost_bulk_call_is_looked_up_with_one_question_for_all(bench: Bench, fault: Fault) -> None:
    await bench.plan(document("1000"), record_id=999)
    await bench.serve()
    bench.ledger.faults = [fault]
    bench.ledger.calls.clear()
    await bench.deliver(*(bench.plan_of(each, record_id=index) for index, each in enumerate(documents(40))))
    await bench.serve_through(2)
    bench.ledger.deliver_late()
    assert set(await bench.states()) == {"posted"}
    assert bench.ledger.count("/look_up") == 1
    assert all(len(bench.ledger.live(str(number))) == 1 for number in range(1000, 1041))


async def test_a_lost_call_of_more_members_than_one_question_holds_leaves_none_behind_I2(bench: Bench) -> None:
    bench.options = replace(OPTIONS, look_up_members=10)
    bench.new_engine()
    await bench.plan(document("1000"), record_id=999)
    await bench.serve()
    bench.ledger.faults = ["lost_after"]
    await bench.deliver(*(bench.plan_of(each, record_id=index) for index, each in enumerate(documents(50))))
    await bench.serve_through(2)
    assert set(await bench.states()) == {"posted"}
    assert all(len(bench.ledger.live(str(number))) == 1 for number in range(1000, 1051))


async def test_many_taken_numbers_are_asked_for_in_several_questions(bench: Bench) -> None:
    bench.options = replace(OPTIONS, look_up_members=10)
    bench.new_engine()
    await bench.plan(document("1000"), record_id=999)
    await bench.serve()
    for each in documents(25):
        bench.ledger.put_by_somebody(each, next(iter(bench.ledger.contacts)))
    await bench.deliver(*(bench.plan_of(each, record_id=index) for index, each in enumerate(documents(25))))
    await bench.serve()
    assert (await bench.outcomes()).count("adopt_proposed") == 25


@pytest.mark.parametrize("write", WRITES)
async def test_a_holder_that_died_with_a_call_under_way_is_followed_by_a_look_I9(bench: Bench, write: str) -> None:
    """The process is gone between the call's row and its answer: nobody knows what the ledger did."""
    bench.ledger.faults = at(write, Died())
    await bench.plan()
    with pytest.raises(Died):
        await bench.serve()
    bench.new_engine()
    bench.ledger.calls.clear()
    await bench.time_passes()
    await bench.serve_through(2)
    assert bench.ledger.calls[0] in ("/look_up", "/read_contacts", "/read_items")
    assert (await bench.states(), len(bench.ledger.live("1001"))) == (["posted"], 1)


async def test_a_late_call_after_a_new_revision_is_never_a_second_live_document_I1(bench: Bench) -> None:
    bench.ledger.faults = at("/create/sales_invoice", "late")
    await bench.plan(revision="r1")
    await bench.serve()
    await bench.plan(document("1001", reference="changed"), revision="r2")
    await bench.serve_through(3)
    bench.ledger.deliver_late()
    await bench.serve_through(3)
    assert len(bench.ledger.live("1001")) == 1


async def test_a_newer_revision_takes_the_draft_of_the_older_back(bench: Bench) -> None:
    bench.ledger.faults = at("/create/sales_invoice", "lost_after")
    await bench.plan(revision="r1")
    await bench.serve()
    newer = await bench.plan(document("1001", reference="changed"), revision="r2")
    await bench.serve_through(3)
    assert await bench.states() == ["superseded", "posted"]
    (live,) = bench.ledger.live("1001")
    assert live.document == newer.posting.document


async def test_a_newer_revision_of_a_posted_record_is_shown_and_not_posted(bench: Bench) -> None:
    await bench.plan(revision="r1")
    await bench.serve()
    await bench.plan(document("1001", reference="changed"), revision="r2")
    await bench.serve_through(2)
    assert await bench.states() == ["posted", "changed"]
    assert (await bench.settled())[-1].settlement.problems[0].code == "ledger.changed_after_posting"
    assert bench.ledger.count("/create") == 1


async def test_a_refused_bulk_call_is_halved_down_to_the_bad_element(bench: Bench) -> None:
    await bench.plan(document("1000"), record_id=999)
    await bench.serve()
    bad = Rejected(PROVIDER, (Problem("malformed"),), status=400)
    bench.ledger.faults = [bad, bad, bad, bad]
    await bench.deliver(*(bench.plan_of(each, record_id=index) for index, each in enumerate(documents(8))))
    await bench.serve_through(2)
    states = await bench.states()
    assert (states.count("posted"), states.count("refused")) == (8, 1)


async def test_a_document_that_breaks_every_call_is_isolated_and_the_rest_is_posted(bench: Bench) -> None:
    await bench.plan(document("1000"), record_id=999)
    await bench.serve()
    bench.ledger.poison = {"1003"}
    await bench.deliver(*(bench.plan_of(each, record_id=index) for index, each in enumerate(documents(8))))
    await bench.serve_through(14)
    states = await bench.states()
    assert states.count("posted") == 8
    waiting = [each for each in await bench.settled() if each.number == "1003"]
    assert [each.settlement.problems[0].code for each in waiting] == ["ledger.unanswered"]


async def test_a_day_limit_parks_the_organisation_and_tells_why(bench: Bench) -> None:
    bench.ledger.faults = at("/create/sales_invoice", Throttled(PROVIDER, "day", 73451))
    plan = await bench.plan()
    await bench.serve()
    row = await bench.row(plan)
    assert (row.state, row.told) == ("ready", "ledger.parked")
    organisation = await bench.organisation()
    async with bench.database.transaction() as tx:
        now = (await tx.execute(sa.select(sa.func.clock_timestamp()))).scalar_one()
        parked = await tx.scalar(sa.text("SELECT parked_until FROM lease WHERE kind = 'ledger'"))
    assert timedelta(hours=20) < parked - now < timedelta(hours=21)
    assert organisation.problem["code"] == "ledger.parked"
    await bench.time_passes()
    async with bench.database.transaction() as tx:
        await tx.execute(sa.text("SELECT limits.park(:scope, 0)"), {"scope": "fake:org:acme/org-1"})
    await bench.serve()
    assert await bench.states() == ["posted"]


async def test_a_minute_limit_waits_and_sends_the_same_call(bench: Bench) -> None:
    bench.ledger.faults = at("/create/sales_invoice", Throttled(PROVIDER, "minute", 30))
    await bench.plan()
    await bench.serve()
    async with bench.database.transaction() as tx:
        (row,) = (await tx.execute(sa.select(call).where(call.c.purpose == "draft"))).all()
        assert row.state == "again"
        await tx.execute(sa.text("SELECT limits.park(:scope, 0)"), {"scope": "fake:org:acme/org-1"})
    await bench.time_passes()
    await bench.serve()
    assert await bench.states() == ["posted"]
    assert bench.ledger.count("/look_up") == 0


async def test_a_refused_token_is_fetched_anew_once_then_a_person_is_called_F138_text_17(bench: Bench) -> None:
    refused = Unauthorised(PROVIDER, "TokenExpired")
    bench.ledger.faults = at("/create/sales_invoice", refused)
    await bench.plan(document("1001"), record_id=1)
    await bench.serve()
    assert await bench.states() == ["posted"]
    bench.ledger.faults = [refused, refused]
    await bench.plan(document("1002"), record_id=2)
    await bench.serve()
    assert (await bench.organisation()).problem["code"] == "ledger.disconnected"
    assert (await bench.settled())[-1].settlement.problems[0].code == "ledger.disconnected"
    await bench.time_passes()
    await bench.serve()
    assert await bench.states() == ["posted", "posted"]


async def test_reads_that_fail_are_tried_again_later(bench: Bench) -> None:
    bench.ledger.read_faults = [unavailable(), unavailable()]
    await bench.plan()
    await bench.serve()
    assert (await bench.organisation()).failures == 1
    await bench.serve_through(3)
    assert (await bench.organisation()).failures == 0
    assert await bench.states() == ["posted"]


async def test_an_organisation_at_which_something_of_ours_breaks_delays_no_other(bench: Bench) -> None:
    bench.ledger.broken.add("org-2")
    await bench.plan(document("1001"), record_id=1, organisation="org-2", company="acme-nz")
    await bench.plan(document("1002"), record_id=2)
    await bench.serve()
    assert await bench.states() == ["ready", "posted"]
    bench.ledger.broken.clear()
    await bench.time_passes()
    await bench.serve()
    assert await bench.states() == ["posted", "posted"]


async def test_where_a_tenants_key_is_on_its_way_an_organisation_waits_a_moment_only(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As right after a start, while config-api is asked for it; a slice that breaks waits for thirty seconds."""

    def away(*_: Any) -> bytes:
        raise KeyAway("the tenant acme")

    await bench.plan()
    with monkeypatch.context() as patched:
        patched.setattr(bench.sealer, "open", away)
        await bench.serve()
    rest_s = "SELECT extract(epoch FROM max(parked_until) - clock_timestamp()) FROM lease"
    async with bench.database.reading() as connection:
        assert await connection.scalar(sa.text(rest_s)) < 2
    await bench.time_passes()
    await bench.serve()
    assert await bench.states() == ["posted"]


async def test_members_that_an_answer_does_not_mention_are_looked_up(bench: Bench) -> None:
    bench.ledger.silent = {"1001"}
    await bench.plan()
    await bench.serve()
    assert (await bench.states(), bench.ledger.count("/look_up"), bench.ledger.count("/create")) == (["posted"], 2, 1)


async def test_a_contact_that_answers_never_mention_is_found_by_reading_the_list(bench: Bench) -> None:
    bench.ledger.silent = {"CW-19"}
    await bench.plan()
    await bench.serve()
    assert (await bench.states(), bench.ledger.count("/contacts")) == (["posted"], 1)


async def test_an_item_that_is_neither_made_nor_mentioned_is_refused_at_last(bench: Bench) -> None:
    bench.ledger.silent = {"WS"}
    bench.ledger.forgetful = True
    await bench.plan()
    await bench.serve()
    (settled,) = await bench.settled()
    assert (settled.settlement.outcome, settled.settlement.problems[0].code) == ("refused", "ledger.item_rejected")


async def test_refusals_that_do_not_say_whose_they_are_are_told_apart_in_smaller_calls(bench: Bench) -> None:
    await bench.plan(document("1000"), record_id=999)
    await bench.serve()
    bench.ledger.nameless = True
    bench.ledger.refusing |= {"1002": "archived account", "1005": "archived account"}
    await bench.deliver(*(bench.plan_of(each, record_id=index) for index, each in enumerate(documents(6))))
    await bench.serve()
    refused = [row.number for row in await bench.rows() if row.state == "refused"]
    assert refused == ["1002", "1005"]
    assert (await bench.states()).count("posted") == 5
