"""What is in the ledger already is proposed, linked on a person's word, and used from then on (K24)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from posting_kit.bench import Bench, documents
from posting_kit.ledger import unavailable
from posting_kit.values import document

from tieout_chassis.outbox import seal_context
from tieout_contracts.documents import LedgerContact, LedgerDocument
from tieout_contracts.events import LedgerCompared, LinksDecided, PostingPlanned, PreviewFinished, RecordPreviewed
from tieout_contracts.previews import RecordPreview
from tieout_contracts.problems import problem
from tieout_contracts.proposals import ContactProposal, DocumentProposal, LinkDecision
from tieout_posting.cutover.comparisons import MAX_TRIES
from tieout_posting.ledger import DirectoryEntry, LedgerLimits
from tieout_posting.organisations import make_known
from tieout_posting.tables import candidate, comparison

pytestmark = pytest.mark.postgres


def customer(company_id: int, **more: Any) -> LedgerContact:
    values = {"contact_number": f"CW-{company_id}", "name": f"Customer {company_id}"}
    return LedgerContact(connectwise_company_id=company_id, **(values | more))


async def ask(bench: Bench, plans: Sequence[PostingPlanned], **told: Any) -> UUID:
    """A preview of these plans, heard by the writer in an order that nobody promised."""
    async with bench.database.transaction() as tx:
        for plan in plans:
            await make_known(tx, bench.books_of(plan), plan.company_id)
    preview_id = uuid4()
    head = {"tenant_id": bench.tenant, "company_id": "acme-au", "preview_id": preview_id, "compare": True}
    finished = PreviewFinished(**head, records=len(plans), finished_at=bench.now())
    values: dict[str, Any] = {"outcome": "create"} | told
    previewed = [
        RecordPreviewed(
            **head,
            record_ref=each.record_ref,
            number=each.number,
            revision=each.revision,
            preview=RecordPreview(**({"posting": each.posting} | values)),
            previewed_at=bench.now(),
        )
        for each in plans
    ]
    await bench.deliver(finished, *previewed)
    return preview_id


async def told(bench: Bench) -> list[LedgerCompared]:
    async with bench.database.transaction() as tx:
        found = sa.text("SELECT event_id, value FROM outbox WHERE topic = 'ledger.compared' ORDER BY id")
        rows = (await tx.execute(found)).all()
    plain = [bench.sealer.open(bytes(row.value), seal_context(row.event_id, LedgerCompared.TYPE)) for row in rows]
    return [LedgerCompared.model_validate_json(each) for each in plain]


async def compared(bench: Bench, plans: Sequence[PostingPlanned]) -> LedgerCompared:
    await ask(bench, plans)
    await bench.serve()
    return (await told(bench))[-1]


def by_number(found: Sequence[DocumentProposal]) -> dict[str, str]:
    return {each.number: each.finding for each in found}


def findings(found: Sequence[ContactProposal]) -> dict[str, str]:
    return {each.contact_number: each.finding for each in found}


async def decide(bench: Bench, number: str, ledger_id: str, *, approved: bool = True) -> None:
    said = LinkDecision(contact_number=number, ledger_id=ledger_id, approved=approved)
    head = {"tenant_id": bench.tenant, "company_id": "acme-au", "person": "pat", "decided_at": bench.now()}
    await bench.deliver(LinksDecided(**head, decisions=(said,)))


def previewed_plans(bench: Bench, planned: Sequence[LedgerDocument]) -> list[PostingPlanned]:
    return [bench.plan_of(each, record_id=int(each.number)) for each in planned]


async def test_customers_and_documents_of_a_preview_are_compared_in_few_calls_and_nothing_is_written_K24(
    bench: Bench,
) -> None:
    bench.ledger.contacts = {
        "c1": DirectoryEntry("c1", "CW-1", "One"),
        "c2": DirectoryEntry("c2", None, "Two", account_number="ACC-2"),
        "c3": DirectoryEntry("c3", None, "CUSTOMER  3"),
    }
    planned = [document(str(1000 + each), contact=customer(each % 4 + 1, account_number=f"ACC-{each % 4 + 1}"))
               for each in range(150)]  # fmt: skip
    bench.ledger.put_by_somebody(planned[0], "c1")
    bench.ledger.put_by_somebody(planned[2], "c3").off_by = Decimal("1")
    bench.ledger.put_by_somebody(planned[1], "c2")
    found = await compared(bench, previewed_plans(bench, planned))

    assert findings(found.contacts) == {
        "CW-1": "number", "CW-2": "account_number", "CW-3": "name", "CW-4": "none"
    }  # fmt: skip
    assert sum(each.records for each in found.contacts) == 150
    numbers = by_number(found.documents)
    assert (numbers["1000"], numbers["1002"], numbers["1001"], numbers["1003"]) == (
        "adopt", "conflict", "conflict", "free"
    )  # fmt: skip
    assert found.proposals == 154
    assert bench.ledger.calls == ["/reference", "/read_contacts", "/look_up", "/look_up"]


async def test_more_proposals_than_one_message_takes_are_told_in_parts_K24(bench: Bench) -> None:
    await ask(bench, previewed_plans(bench, documents(201, contact=customer(7))))
    await bench.serve()
    parts = await told(bench)
    assert [(len(each.contacts), len(each.documents), each.proposals) for each in parts] == [
        (1, 200, 202), (0, 1, 202)
    ]  # fmt: skip


async def test_records_that_the_rules_refuse_are_told_as_such_and_posted_ones_are_left_out_K24(bench: Bench) -> None:
    why = (problem("rules.account_missing", line=0, account="230"),)
    bench.ledger.contacts["c2"] = DirectoryEntry("c2", "CW-2", "Two")
    refuse = {"outcome": "refuse", "posting": None, "problems": why, "bill_to": customer(2)}
    await ask(bench, previewed_plans(bench, [document()]), **refuse)
    await ask(bench, previewed_plans(bench, [document("1002")]), outcome="unchanged")
    await bench.serve()
    refused, posted = await told(bench)
    assert findings(refused.contacts) == {"CW-2": "number"}
    assert (by_number(refused.documents), refused.documents[0].problems) == ({"1001": "unplanned"}, why)
    assert (posted.contacts, posted.documents, posted.proposals) == ((), (), 0)


async def test_a_record_that_cannot_be_planned_yet_says_what_it_waits_for_K24(bench: Bench) -> None:
    waits = {"outcome": "wait", "posting": None, "waits_for": "the ledger was not read yet"}
    await ask(bench, previewed_plans(bench, [document()]), **waits)
    await bench.serve()
    ((found,),) = [each.documents for each in await told(bench)]
    assert (found.finding, found.problems[0].code) == ("unplanned", "cutover.not_planned_yet")
    assert "the ledger was not read yet" in found.problems[0].sentence


async def test_a_look_that_fails_is_done_again_and_given_up_before_it_could_hold_up_posting_K24(bench: Bench) -> None:
    await ask(bench, previewed_plans(bench, [document()]))
    bench.ledger.read_faults = []
    await bench.engine.serve()  # the reference data
    bench.ledger.read_faults = [unavailable()]
    for _ in range(3):
        await bench.serve()
        await bench.time_passes()
    assert len(await told(bench)) == 1

    await ask(bench, previewed_plans(bench, [document("1002")]))
    bench.ledger.read_faults = [unavailable() for _ in range(50)]
    for _ in range(MAX_TRIES + 2):
        await bench.serve()
        await bench.time_passes()
    assert len(bench.ledger.read_faults) == 50 - MAX_TRIES
    assert len(await told(bench)) == 1


async def test_an_approved_contact_is_used_by_the_next_posting_and_none_is_made_K24(bench: Bench) -> None:
    bench.ledger.contacts["c2"] = DirectoryEntry("c2", None, "Two Brothers", account_number="ACC-2")
    planned = document(contact=customer(2, account_number="ACC-2"))
    found = await compared(bench, previewed_plans(bench, [planned]))
    assert findings(found.contacts) == {"CW-2": "account_number"}
    await decide(bench, "CW-2", "c2")
    again = await compared(bench, previewed_plans(bench, [planned]))
    assert findings(again.contacts) == {"CW-2": "linked"}

    bench.new_engine()
    plan = await bench.plan(planned)
    await bench.serve()
    (posted,) = bench.ledger.live("1001")
    assert (await bench.states(), posted.contact_id, bench.ledger.count("/contacts")) == (["posted"], "c2", 0)
    assert bench.ledger.contacts["c2"].code == "CW-2"

    await bench.deliver(bench.again(plan.model_copy(update={"revision": "r2"})))
    await bench.serve()
    assert bench.ledger.count("/contacts") == 0


async def test_where_the_ledger_keeps_no_numbers_the_link_stands_in_our_rows_through_every_retry_K24(
    bench: Bench,
) -> None:
    bench.ledger.limits = LedgerLimits(keeps_contact_numbers=False)
    bench.ledger.contacts["c2"] = DirectoryEntry("c2", None, "Two Brothers")
    bench.ledger.refusing["1001"] = "locked"
    planned = document(contact=customer(2))
    await ask(bench, previewed_plans(bench, [planned]))
    await decide(bench, "CW-2", "c2")
    plan = await bench.plan(planned)
    await bench.serve()
    bench.ledger.refusing.clear()
    await bench.deliver(bench.again(plan))  # its contact is matched anew
    await bench.serve()
    assert (bench.ledger.live("1001")[0].contact_id, list(bench.ledger.contacts)) == ("c2", ["c2"])


async def test_a_refused_contact_is_never_linked_by_its_name_until_another_word_K24(bench: Bench) -> None:
    bench.ledger.contacts["c2"] = DirectoryEntry("c2", None, "Customer 2")
    planned = document(contact=customer(2))
    await ask(bench, previewed_plans(bench, [planned]))
    await decide(bench, "CW-2", "c2", approved=False)
    plan = await bench.plan(planned)
    await bench.serve()
    assert (await bench.settled())[-1].settlement.problems[0].code == "cutover.link_refused"
    await decide(bench, "CW-2", "c2")
    await bench.deliver(bench.again(plan))
    await bench.serve()
    assert (await bench.states(), bench.ledger.live("1001")[0].contact_id) == (["posted"], "c2")


async def test_of_several_contacts_the_posting_chooses_none_until_a_person_did_K24(bench: Bench) -> None:
    bench.ledger.contacts = {
        "c1": DirectoryEntry("c1", None, "Customer 2"),
        "c2": DirectoryEntry("c2", None, "Two Brothers", account_number="acc-2 "),
    }
    planned = document(contact=customer(2, account_number="ACC-2"))
    found = await compared(bench, previewed_plans(bench, [planned]))
    assert findings(found.contacts) == {"CW-2": "several"}
    plan = await bench.plan(planned)
    await bench.serve()
    assert (await bench.settled())[-1].settlement.problems[0].code == "cutover.several_contacts"
    await decide(bench, "CW-2", "c2")
    await bench.deliver(bench.again(plan))
    await bench.serve()
    assert (bench.ledger.live("1001")[0].contact_id, list(bench.ledger.contacts)) == ("c2", ["c1", "c2"])


async def test_a_linked_contact_that_is_gone_is_said_and_no_other_is_made_K24(bench: Bench) -> None:
    bench.ledger.contacts["c2"] = DirectoryEntry("c2", None, "Two Brothers")
    planned = document(contact=customer(2))
    await ask(bench, previewed_plans(bench, [planned]))
    await decide(bench, "CW-2", "c2")
    bench.ledger.contacts.clear()
    await bench.plan(planned)
    await bench.serve()
    assert (await bench.settled())[-1].settlement.problems[0].code == "cutover.contact_gone"
    assert bench.ledger.contacts == {}


async def test_adopting_links_the_document_with_no_document_contact_or_item_made_K24_I1(bench: Bench) -> None:
    bench.ledger.contacts["c19"] = DirectoryEntry("c19", None, "Fabrikam Pty Ltd")
    theirs = bench.ledger.put_by_somebody(document(), "c19")
    (plan,) = previewed_plans(bench, [document()])
    await compared(bench, [plan])
    await bench.deliver(bench.commanded(plan, "adopt"))
    await bench.serve()
    settled = (await bench.settled())[-1].settlement
    assert settled.outcome == "posted"
    assert settled.document is not None
    assert (settled.document.document_id, settled.revision) == (theirs.document_id, plan.revision)
    for made in ("/create", "/contacts", "/items", "/promote"):
        assert bench.ledger.count(made) == 0, made

    await bench.deliver(bench.staged(plan, "batched"))
    await bench.deliver(bench.again(plan), bench.commanded(plan, "adopt"))
    await bench.serve()
    assert (await bench.states(), len(bench.ledger.live("1001"))) == (["posted"], 1)


async def test_what_changed_in_the_ledger_since_it_was_proposed_is_a_conflict_and_not_linked_K24(bench: Bench) -> None:
    bench.ledger.contacts["c19"] = DirectoryEntry("c19", "CW-19", "Fabrikam Pty Ltd")
    bench.ledger.put_by_somebody(document(), "c19")
    (plan,) = previewed_plans(bench, [document()])
    await compared(bench, [plan])
    bench.ledger.live("1001")[0].off_by = Decimal("5")
    await bench.deliver(bench.commanded(plan, "adopt"))
    await bench.serve()
    assert (await bench.outcomes(), await bench.states()) == (["conflict"], ["held"])
    bench.ledger.kept.clear()
    await bench.deliver(bench.commanded(plan, "adopt"))
    await bench.serve()
    assert (await bench.outcomes(), bench.ledger.live("1001")) == (["conflict", "refused"], [])


async def test_a_document_becomes_one_record_s_only_K24_I1(bench: Bench) -> None:
    bench.ledger.contacts["c19"] = DirectoryEntry("c19", "CW-19", "Fabrikam Pty Ltd")
    bench.ledger.put_by_somebody(document(), "c19")
    one, other = (bench.plan_of(document(), record_id=number) for number in (5, 6))
    found = await compared(bench, [one, other])
    assert [each.finding for each in found.documents] == ["adopt", "adopt"]
    await bench.deliver(bench.commanded(one, "adopt"), bench.commanded(other, "adopt"))
    await bench.serve()
    assert sorted(await bench.outcomes()) == ["conflict", "posted"]
    later = await compared(bench, [other])
    assert [each.finding for each in later.documents] == ["conflict"]


async def test_what_was_not_proposed_is_not_adopted_K24(bench: Bench) -> None:
    (plan,) = previewed_plans(bench, [document()])
    await compared(bench, [plan])
    await bench.deliver(bench.commanded(plan, "adopt"))
    await bench.serve()
    assert await bench.states() == []


async def test_texts_of_a_comparison_go_with_the_record_and_after_its_days_F4(bench: Bench) -> None:
    bench.ledger.contacts["c19"] = DirectoryEntry("c19", "CW-19", "Fabrikam Pty Ltd")
    bench.ledger.put_by_somebody(document(), "c19")
    adopted, free = previewed_plans(bench, [document(), document("1002")])
    await compared(bench, [adopted, free])

    async def bodies() -> list[bool]:
        async with bench.database.transaction() as tx:
            found = sa.select(candidate.c.body.is_not(None)).order_by(candidate.c.record_id)
            return list((await tx.execute(found)).scalars())

    assert await bodies() == [True, False]
    await bench.deliver(bench.staged(adopted, "gone"))
    assert await bodies() == [False, False]
    async with bench.database.transaction() as tx:
        await tx.execute(sa.update(comparison).values(asked_at=sa.text("now() - interval '3 days'")))
    await bench.engine.sweep()
    assert await bodies() == []
