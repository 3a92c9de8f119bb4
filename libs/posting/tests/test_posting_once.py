"""A planned posting becomes the ledger's document exactly once, on real rows."""

from dataclasses import replace
from decimal import Decimal

import pytest
from posting_kit.bench import OPTIONS, Bench, documents
from posting_kit.values import document

pytestmark = pytest.mark.postgres

CENT = Decimal("0.01")


async def test_a_plan_becomes_an_approved_document_and_is_settled(bench: Bench) -> None:
    plan = await bench.plan()
    await bench.serve()
    row = await bench.row(plan)
    assert (row.state, row.outcome) == ("posted", "posted")
    assert [each.phase for each in bench.ledger.live("1001")] == ["approved"]
    (settled,) = await bench.settled()
    assert settled.settlement.document is not None
    assert settled.settlement.document.status == "APPROVED"
    assert settled.settlement.actual is not None
    assert settled.settlement.actual.total == document().expected.total
    assert settled.settlement.ledger_calls == 2


async def test_the_same_step_of_many_travels_in_one_call_after_the_canary(bench: Bench) -> None:
    await bench.deliver(*(bench.plan_of(each, record_id=index) for index, each in enumerate(documents(120))))
    await bench.serve()
    assert set(await bench.states()) == {"posted"}
    assert bench.ledger.count("/create") == 1 + 3
    assert bench.ledger.count("/promote") <= 4
    assert bench.ledger.count("/contacts") == bench.ledger.count("/items") == 1
    assert bench.ledger.count("/look_up") == 0
    assert max(bench.ledger.sizes) == 50


async def test_answers_in_another_order_are_matched_by_number_and_id(bench: Bench) -> None:
    bench.ledger.backwards = True
    bench.ledger.refusing["1003"] = "Account code '299' is not valid."
    await bench.deliver(*(bench.plan_of(each, record_id=index) for index, each in enumerate(documents(5))))
    await bench.serve()
    refused = [row.number for row in await bench.rows() if row.state == "refused"]
    assert refused == ["1003"]
    assert all(bench.ledger.live(str(number)) for number in (1001, 1002, 1004, 1005))


async def test_a_failed_record_does_not_hold_up_the_others_F54(bench: Bench) -> None:
    bench.ledger.refusing |= {str(number): "no" for number in (1010, 1020, 1030)}
    await bench.deliver(*(bench.plan_of(each, record_id=index) for index, each in enumerate(documents(60))))
    await bench.serve()
    assert sorted(await bench.outcomes()).count("posted") == 57
    assert (await bench.states()).count("refused") == 3


async def test_a_plan_delivered_twice_is_posted_once_I1(bench: Bench) -> None:
    plan = await bench.plan()
    await bench.deliver(plan)
    await bench.serve()
    await bench.deliver(plan)
    await bench.serve()
    assert len(bench.ledger.live("1001")) == bench.ledger.count("/create") == 1


async def test_a_preview_and_another_ledgers_plan_are_left_alone(bench: Bench) -> None:
    plan = bench.plan_of(document())
    await bench.deliver(plan.model_copy(update={"disposition": "preview"}), plan.model_copy(update={"ledger": "qbo"}))
    assert await bench.states() == []


async def test_a_document_that_is_to_be_submitted_or_stay_a_draft_stops_there_F48(bench: Bench) -> None:
    await bench.plan(document("1001", target_status="draft"), record_id=1)
    await bench.plan(document("1002", target_status="submitted"), record_id=2)
    await bench.serve()
    assert [bench.ledger.live(number)[0].phase for number in ("1001", "1002")] == ["draft", "submitted"]
    assert await bench.outcomes() == ["posted", "posted"]


async def test_the_canary_goes_alone_and_a_mismatch_keeps_bulk_closed(bench: Bench) -> None:
    bench.ledger.off_by["1001"] = CENT
    await bench.deliver(*(bench.plan_of(each, record_id=index) for index, each in enumerate(documents(4))))
    await bench.serve()
    creates = [size for target, size in zip(_writes(bench), bench.ledger.sizes, strict=True) if "/create" in target]
    assert creates == [1, 1, 2]
    assert await bench.states() == ["discarded", "posted", "posted", "posted"]
    assert bench.ledger.live("1001") == []


async def test_one_mismatch_closes_bulk_again(bench: Bench) -> None:
    await bench.plan(document("1001"), record_id=1)
    await bench.serve()
    bench.ledger.off_by["1002"] = CENT
    await bench.plan(document("1002"), record_id=2)
    await bench.serve()
    bench.ledger.sizes.clear()
    await bench.deliver(*(bench.plan_of(document(str(n)), record_id=n) for n in (1003, 1004, 1005)))
    await bench.serve()
    assert bench.ledger.sizes[0] == 1
    assert await bench.states() == ["posted", "discarded", "posted", "posted", "posted"]


async def test_each_company_kind_and_tax_mode_has_its_own_canary(bench: Bench) -> None:
    await bench.plan(document("1001"), record_id=1)
    await bench.plan(document("1002", kind="sales_credit"), record_id=2)
    await bench.plan(document("1003", tax_mode="no_tax"), record_id=3)
    await bench.plan(document("1004"), record_id=4, company="acme-nz")
    await bench.serve()
    assert bench.ledger.count("/create") == 4


async def test_a_mismatching_draft_is_discarded_with_its_arithmetic(bench: Bench) -> None:
    bench.ledger.off_by["1001"] = CENT
    await bench.plan()
    await bench.serve()
    (settled,) = await bench.settled()
    assert settled.settlement.outcome == "discarded"
    assert "total 110.01 for 1001, total 110.00 was expected" in settled.settlement.problems[0].sentence
    assert bench.ledger.live("1001") == []


async def test_an_unapprovable_draft_is_discarded_and_refused_with_the_ledgers_words(bench: Bench) -> None:
    bench.ledger.refusing["approve 1001"] = "You have reached the limit of invoices you can approve"
    await bench.plan()
    await bench.serve()
    assert bench.ledger.live("1001") == []
    (settled,) = await bench.settled()
    assert (settled.settlement.outcome, settled.settlement.problems[0].code) == ("refused", "ledger.rejected")


async def test_a_draft_that_lay_too_long_is_looked_at_before_it_is_approved(bench: Bench) -> None:
    await _drafted(bench)
    bench.ledger.calls.clear()
    await bench.time_passes(drafts_age=True)
    await bench.serve()
    assert bench.ledger.calls == ["/look_up", "/promote/sales_invoice"]


async def test_a_draft_that_a_person_touched_is_hers(bench: Bench) -> None:
    await _drafted(bench)
    bench.ledger.live("1001")[0].touched = True
    await bench.time_passes(drafts_age=True)
    await bench.serve()
    assert bench.ledger.live("1001")[0].phase == "draft"
    assert (await bench.settled())[-1].settlement.problems[0].code == "ledger.draft_touched"


async def test_a_mismatch_after_approval_stops_the_company_and_no_other(bench: Bench) -> None:
    await _drafted(bench)
    bench.ledger.live("1001")[0].off_by = CENT
    await bench.time_passes()
    await bench.serve()
    assert (await bench.company()).stopped_by == "1001"
    await bench.plan(document("1002"), record_id=2)
    await bench.plan(document("1003"), record_id=3, company="acme-nz")
    await bench.serve()
    assert bench.ledger.live("1002") == []
    assert bench.ledger.live("1003")[0].phase == "approved"
    waiting = next(each for each in await bench.settled() if each.number == "1002")
    assert (waiting.settlement.outcome, waiting.settlement.problems[0].code) == ("waiting", "ledger.stopped")


async def test_two_records_of_one_number_never_travel_in_one_call(bench: Bench) -> None:
    await bench.plan(document("1000"), record_id=1)
    await bench.serve()
    await bench.plan(document("1001"), record_id=2)
    await bench.plan(document("1001", reference="PO 7"), record_id=3)
    await bench.serve()
    assert sorted(await bench.states()) == ["held", "posted", "posted"]
    assert len(bench.ledger.live("1001")) == 1


async def test_a_call_lingers_for_more_and_goes_when_nothing_joins(bench: Bench) -> None:
    bench.options = replace(OPTIONS, bulk_linger_s=3600.0, bulk_wait_limit_s=3600.0)
    bench.new_engine()
    await bench.plan(document("1001"), record_id=1)
    await bench.serve()
    assert bench.ledger.count("/contacts") == 0
    bench.options = OPTIONS
    bench.new_engine()
    await bench.time_passes()
    await bench.serve()
    assert await bench.states() == ["posted"]


async def test_rows_hold_no_text_in_clear_F4(bench: Bench) -> None:
    bench.ledger.refusing["1001"] = "The contact Fabrikam Pty Ltd is archived (Onsite visit)"
    await bench.plan()
    await bench.serve()
    async with bench.database.transaction() as tx:
        for table in ("intent", "shared", "directory", "call", "attempt", "organisation", "company", "outbox"):
            dumped = (await tx.exec_driver_sql(f"SELECT row_to_json(t)::text FROM {table} t")).scalars().all()
            assert not any("Fabrikam" in each or "Onsite" in each for each in dumped), table


def _writes(bench: Bench) -> list[str]:
    reads = ("/look_up", "/reference", "/read_")
    return [each for each in bench.ledger.calls if not each.startswith(reads)]


async def _drafted(bench: Bench) -> None:
    """A draft that waits for its approval: the organisation rests before it."""
    bench.options = replace(OPTIONS, bulk_linger_s=0.0)
    await bench.plan()
    for _ in range(20):
        await bench.engine.serve()
        if bench.ledger.live("1001"):
            return
    raise AssertionError("no draft was made")
