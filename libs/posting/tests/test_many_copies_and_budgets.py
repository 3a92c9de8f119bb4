"""Leases share the organisations among copies; budgets hold whatever the number of copies."""

import asyncio

import pytest
import sqlalchemy as sa
from posting_kit.bench import Bench
from posting_kit.values import document

from tieout_posting.engine import Engine

pytestmark = pytest.mark.postgres

ORGANISATIONS = 6
RECORDS = 8


async def _serve_until_idle(engine: Engine) -> int:
    slices = idle = 0
    while idle < 5:
        if await engine.serve():
            slices, idle = slices + 1, 0
        else:
            idle += 1
    return slices


async def test_copies_share_the_organisations_and_double_nothing_I1(bench: Bench) -> None:
    plans = [
        bench.plan_of(
            document(f"{organisation}-{record}"),
            record_id=organisation * 100 + record,
            organisation=f"org-{organisation}",
            company=f"company-{organisation}",
        )
        for organisation in range(ORGANISATIONS)
        for record in range(RECORDS)
    ]
    await bench.deliver(*plans)
    copies = [bench.engine, bench.new_engine()]
    served = await asyncio.gather(*(_serve_until_idle(copy) for copy in copies))
    assert await bench.states() == ["posted"] * ORGANISATIONS * RECORDS
    assert all(len(bench.ledger.live(plan.number)) == 1 for plan in plans)
    assert len(bench.ledger.kept) == ORGANISATIONS * RECORDS
    assert min(served) >= sum(served) / 5


async def test_no_more_calls_than_the_budget_whatever_waits_I5(bench: Bench) -> None:
    bench.ledger.calls_a_minute = 3
    await bench.plan()
    for _ in range(4):
        await bench.serve()
        await bench.time_passes()
    assert len(bench.ledger.calls) == 3
    assert await bench.states() == ["ready"]


async def test_the_least_recently_served_organisation_is_next(bench: Bench) -> None:
    for organisation in ("org-1", "org-2"):
        about = {"record_id": int(organisation[-1]), "organisation": organisation, "company": organisation}
        await bench.plan(document(f"{organisation}-1"), **about)
    served = []
    for _ in range(6):
        await bench.engine.serve()
        async with bench.database.transaction() as tx:
            last = "SELECT name FROM lease WHERE kind = 'ledger' ORDER BY served_at DESC NULLS LAST LIMIT 1"
            served.append(await tx.scalar(sa.text(last)))
    assert served in (["acme/org-1", "acme/org-2"] * 3, ["acme/org-2", "acme/org-1"] * 3)
