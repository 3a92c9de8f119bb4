"""What Xero has already is found in few calls, linked on a person's word, and adopted with nothing made (K24)."""

from typing import Any

import pytest
from xero_writer_kit.values import COMPANY, TENANT, contact, document, planned
from xero_writer_kit.world import World

from tieout_contracts.events import PostingPlanned
from tieout_posting.testing.cut_over import CutOver

pytestmark = [pytest.mark.postgres, pytest.mark.http]
RECORDS = 60
LOOK = "GET /Invoices"


def plans(world: World, of: Any, count: int) -> list[PostingPlanned]:
    return [
        planned(document(str(20501 + each), contact=of), record_id=each, organisation=world.organisation)
        for each in range(count)
    ]


async def test_what_a_former_tool_posted_is_found_linked_and_adopted_K24_I1(world: World) -> None:
    cut_over, mine = CutOver(world, TENANT, COMPANY), plans(world, contact(), RECORDS)
    async with world.running():
        await cut_over.leave(plans(world, contact(contact_number="OLD-219"), 3))
        before, looks = await world.books(), await world.calls(LOOK)

        first = await cut_over.compared(mine)
        (customer,) = first.contacts
        assert (customer.contact_number, customer.finding, customer.records) == ("CW-219", "other_number", RECORDS)
        assert [each.finding for each in first.documents] == ["conflict"] * 3 + ["free"] * 57
        assert {each.problems[0].code for each in first.documents[:3]} == {"cutover.customer_not_linked"}
        assert await world.calls(LOOK) - looks <= 2

        await cut_over.link("CW-219", customer.candidates[0].ledger_id)
        second = await cut_over.compared(mine)
        assert [each.finding for each in second.contacts] == ["linked"]
        assert [each.finding for each in second.documents[:4]] == ["adopt", "adopt", "adopt", "free"]

        await cut_over.adopt(mine[:3])
        adopted = [each.settlement for each in (await world.settled(6))[3:]]
        after = await world.books()
    assert {each.outcome for each in adopted} == {"posted"}
    proposed = {each.document.document_id for each in second.documents if each.document}
    assert {each.document.document_id for each in adopted if each.document} == proposed
    for kind in ("Invoices", "Contacts", "Items"):
        assert after[kind] == before[kind], kind
