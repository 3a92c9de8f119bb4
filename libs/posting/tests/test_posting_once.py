"""A planned posting becomes the ledger's document exactly once, on real rows."""

import pytest
from posting_kit.bench import Bench, documents
from posting_kit.values import document

pytestmark = pytest.mark.postgres


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


async def test_the_same_step_of_many_travels_in_one_call_after_the_canary(bench: Bench) -> None:
    for index, planned in enumerate(documents(30)):
        await bench.plan(planned, record_id=index)
    await bench.serve()
    assert set(await bench.states()) == {"posted"}
    assert bench.ledger.count("/create") == 2
    assert bench.ledger.count("/promote") <= 2
    assert bench.ledger.count("/contacts") == bench.ledger.count("/items") == 1
    assert bench.ledger.count("/look_up") == 0
