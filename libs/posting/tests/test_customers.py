"""Contacts are brought up to date when a record of their customer syncs: by policy, in bulk, never against a person or
a newer document (F55, F56, F62)."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from posting_kit.bench import Bench
from posting_kit.ledger import Died
from posting_kit.values import document

from tieout_contracts.documents import ContactPolicies, LedgerContact, LedgerDocument
from tieout_contracts.records import Person
from tieout_posting.ledger import DirectoryEntry, LedgerLimits
from tieout_posting.restored import mark_restored
from tieout_posting.tables import customer

pytestmark = pytest.mark.postgres

OCTOBER, NOVEMBER = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
ANN = Person(first_name="Ann", last_name="Lee", email="ann@fabrikam.example")
BO = Person(first_name="Bo", last_name="Ray", email="bo@fabrikam.example")
EVERYTHING = dict.fromkeys(ContactPolicies.model_fields, "overwrite")


def billed(
    number: str, policies: dict[str, Any] | None = None, day: int = 31, company_id: int = 19, **contact: Any
) -> LedgerDocument:
    """An invoice that tells this of its customer."""
    values: dict[str, Any] = {
        "connectwise_company_id": company_id,
        "contact_number": f"CW-{company_id}",
        "name": "Fabrikam Pty Ltd" if company_id == 19 else f"Customer {company_id}",
        "policies": ContactPolicies(**policies or {}),
        "changed_at": OCTOBER,
    }
    return document(number, contact=LedgerContact(**(values | contact)), document_date=date(2026, 10, day), items=())


@pytest.fixture
def known(bench: Bench) -> Bench:
    """The customer is in the ledger, with an address that a person wrote."""
    bench.ledger.limits = LedgerLimits(contact_persons=5)
    bench.ledger.contacts["c1"] = DirectoryEntry("c1", "CW-19", "Fabrikam Pty Ltd")
    bench.ledger.details["c1"] = {"email": "theirs@fabrikam.example"}
    return bench


async def post(bench: Bench, *documents: LedgerDocument) -> None:
    for each in documents:
        await bench.plan(each, record_id=int(each.number))
    await bench.serve()


def held(bench: Bench) -> dict[str, Any]:
    return bench.ledger.details["c1"]


def calls(bench: Bench) -> tuple[int, int]:
    """Contacts read, contacts changed."""
    return bench.ledger.count("/seen"), bench.ledger.count("/changed")


async def row(bench: Bench) -> Any:
    async with bench.database.transaction() as tx:
        return (await tx.execute(sa.select(customer))).one()


async def warnings(bench: Bench) -> list[list[str]]:
    return [[each.code for each in one.settlement.problems] for one in await bench.settled()]


async def test_a_new_customer_is_created_whole_and_nothing_is_read_or_changed_for_its_next_documents_F56(
    bench: Bench,
) -> None:
    await post(bench, billed("1001", email="a@x.example", billing_contact=ANN))
    await post(bench, billed("1002", email="a@x.example", billing_contact=ANN))
    assert (bench.ledger.count("/contacts"), *calls(bench)) == (1, 0, 0)
    assert await bench.states() == ["posted", "posted"]
    assert ((await row(bench)).state, (await row(bench)).body) == ("known", None)


async def test_blanks_are_filled_and_what_a_person_wrote_stays_F56(known: Bench) -> None:
    await post(known, billed("1001", email="ours@fabrikam.example", phone="02 5550 0100"))
    assert held(known) == {"email": "theirs@fabrikam.example", "phone": "02 5550 0100"}
    await post(known, billed("1002", email="ours@fabrikam.example", phone="02 5550 0100"))
    assert calls(known) == (1, 1)


async def test_a_contact_that_has_it_all_is_read_once_and_never_written_F56(known: Bench) -> None:
    for number in ("1001", "1002", "1003"):
        await post(known, billed(number, email="theirs@fabrikam.example"))
    assert calls(known) == (1, 0)


async def test_overwriting_makes_fields_equal_and_never_empties_one_F56(known: Bench) -> None:
    held(known)["phone"] = "02 5550 0100"
    await post(known, billed("1001", EVERYTHING, email="ours@fabrikam.example", name="Fabrikam Group"))
    assert held(known) == {"email": "ours@fabrikam.example", "phone": "02 5550 0100", "name": "Fabrikam Group"}


async def test_a_field_that_is_never_updated_is_left_blank_F56(known: Bench) -> None:
    await post(known, billed("1001", {"phone": "never"}, phone="02 5550 0100"))
    assert calls(known) == (1, 0)


async def test_another_policy_counts_from_the_next_newer_document_on_F56(known: Bench) -> None:
    await post(known, billed("1001", day=30, email="ours@fabrikam.example"))
    await post(known, billed("1002", {"email": "overwrite"}, day=31, email="ours@fabrikam.example"))
    assert held(known)["email"] == "ours@fabrikam.example"


async def test_older_documents_never_overwrite_newer_details_F56(known: Bench) -> None:
    newer = billed("1002", EVERYTHING, email="new@fabrikam.example", changed_at=NOVEMBER)
    await post(known, newer)
    await post(known, billed("1001", EVERYTHING, email="old@fabrikam.example"))
    await post(known, billed("1000", EVERYTHING, email="unknown@fabrikam.example", changed_at=None))
    assert held(known)["email"] == "new@fabrikam.example"
    assert calls(known) == (1, 1)


async def test_of_details_that_changed_together_the_later_documents_count_F56(known: Bench) -> None:
    first, second = (billed(str(1000 + day), EVERYTHING, day=day, phone=f"0{day}") for day in (10, 20))
    await post(known, second, first)
    assert (held(known)["phone"], calls(known)) == ("020", (1, 1))


async def test_many_customers_are_read_and_changed_in_bulk(bench: Bench) -> None:
    for each in range(30):
        bench.ledger.contacts[f"c{each}"] = DirectoryEntry(f"c{each}", f"CW-{each}", f"Customer {each}")
    await post(bench, *(billed(str(1001 + each), company_id=each, email=f"{each}@x.example") for each in range(30)))
    assert calls(bench) == (1, 1)
    assert {bench.ledger.details[f"c{each}"]["email"] for each in range(30)} == {f"{n}@x.example" for n in range(30)}


@pytest.mark.parametrize("fault", ["lost_before", "lost_after", "not_sent"])
async def test_a_change_whose_answer_is_lost_is_looked_at_again_I6(known: Bench, fault: Any) -> None:
    known.ledger.faults = [fault]
    await post(known, billed("1001", phone="02 5550 0100"))
    for _ in range(3):
        await known.time_passes()
        await known.serve()
    assert held(known)["phone"] == "02 5550 0100"
    assert (calls(known)[1], await known.states()) == ({"lost_after": 1}.get(fault, 2), ["posted"])


async def test_a_process_that_dies_after_sending_a_change_leaves_it_to_be_looked_at_I9(known: Bench) -> None:
    known.ledger.faults = [Died()]
    with pytest.raises(Died):
        await post(known, billed("1001", phone="02 5550 0100"))
    held(known)["phone"] = "a person's"
    known.new_engine()
    await known.time_passes()
    await known.serve()
    assert (held(known)["phone"], calls(known)) == ("a person's", (2, 1))
    assert ((await row(known)).state, await known.states()) == ("known", ["posted"])


async def test_after_a_restored_backup_what_was_under_way_is_looked_at_again(known: Bench) -> None:
    known.ledger.faults = ["lost_after"]
    await post(known, billed("1001", phone="02 5550 0100"))
    async with known.database.transaction() as tx:
        await mark_restored(tx)
    await known.time_passes()
    await known.serve()
    assert ((await row(known)).state, calls(known)) == ("known", (2, 1))


async def test_details_that_come_while_a_change_is_unknown_are_told_afterwards(known: Bench) -> None:
    known.ledger.faults = ["lost_after"]
    await post(known, billed("1001", EVERYTHING, day=1, phone="01"))
    await post(known, billed("1002", EVERYTHING, day=2, phone="02"))
    await known.time_passes()
    await known.serve()
    assert held(known)["phone"] == "02"


async def test_a_contact_that_somebody_changed_meanwhile_is_read_again_behaviour_6_text_17(known: Bench) -> None:
    known.ledger.refusing["c1"] = "stale"
    await post(known, billed("1001", phone="02 5550 0100"))
    assert (await known.states(), (await row(known)).state) == (["posted"], "known")
    assert calls(known)[0] == 6
    assert (await row(known)).problem["code"] == "ledger.contact_not_updated"


async def test_a_change_that_is_refused_stops_no_document_and_is_a_warning_once_details_differ_F56(
    known: Bench,
) -> None:
    known.ledger.refusing["c1"] = "Fabrikam Pty Ltd is odd"
    await post(known, billed("1001", phone="02 5550 0100"))
    await post(known, billed("1002", phone="02 5550 0100"))
    assert calls(known) == (1, 1)
    last = (await known.settled())[-1].settlement
    assert (last.outcome, last.problems[0].code) == ("posted", "ledger.contact_not_updated")
    assert "… is odd" in last.problems[0].sentence
    known.ledger.refusing.clear()
    await post(known, billed("1003", phone="02 5550 0101", changed_at=NOVEMBER))
    assert (held(known)["phone"], (await row(known)).problem) == ("02 5550 0101", None)


async def test_each_documents_billing_contact_joins_the_contacts_persons_F62(known: Bench) -> None:
    await post(known, billed("1002", person=ANN, billing_contact=BO, email=ANN.email, changed_at=NOVEMBER))
    cy = Person(first_name="Cy", email="cy@fabrikam.example")
    await post(known, billed("1001", person=ANN, billing_contact=cy, email=ANN.email, phone="an older document's"))
    await post(known, billed("1003", person=ANN, billing_contact=BO, email=ANN.email, changed_at=NOVEMBER))
    assert [each["email"] for each in held(known)["persons"]] == [BO.email, cy.email]
    assert "phone" not in held(known)
    assert calls(known) == (2, 2)


async def test_the_sixth_person_is_a_warning_and_the_document_posts_F62(known: Bench) -> None:
    held(known)["persons"] = [{"first_name": f"P{each}"} for each in range(5)]
    await post(known, billed("1001", billing_contact=BO))
    await post(known, billed("1002", billing_contact=BO))
    assert len(held(known)["persons"]) == 5
    assert (await warnings(known))[-1] == ["ledger.contact_persons_full"]
    assert (await known.outcomes(), calls(known)) == (["posted", "posted"], (1, 0))


async def test_a_contact_on_the_list_just_read_is_linked_without_reading_it_once_more(bench: Bench) -> None:
    bench.ledger.contacts["c1"] = DirectoryEntry("c1", None, "Fabrikam Pty Ltd", filled=frozenset({"name", "email"}))
    await post(bench, billed("1001", email="ours@fabrikam.example", phone="01"))
    assert (bench.ledger.count("/link"), *calls(bench)) == (1, 0, 0)
    assert held(bench) == {"phone": "01"}


async def test_what_an_old_list_says_is_blank_is_looked_at_before_it_is_filled(bench: Bench) -> None:
    bench.ledger.contacts["c1"] = DirectoryEntry("c1", None, "Fabrikam Pty Ltd", filled=frozenset({"name"}))
    await post(bench, billed("1000", company_id=7))
    async with bench.database.transaction() as tx:
        await tx.execute(sa.text("UPDATE organisation SET reference_read_at = now() - interval '1 hour'"))
    bench.ledger.details["c1"] = {"phone": "a person's"}
    await post(bench, billed("1001", email="ours@fabrikam.example", phone="01"))
    assert (bench.ledger.count("/link"), *calls(bench)) == (1, 1, 0)
    assert held(bench) == {"phone": "a person's", "email": "ours@fabrikam.example"}


async def test_linking_by_the_exact_name_tells_the_customer_in_the_same_change(bench: Bench) -> None:
    bench.ledger.limits = LedgerLimits(contact_persons=5)
    bench.ledger.contacts["c1"] = DirectoryEntry("c1", None, "Fabrikam Pty Ltd", filled=frozenset({"persons"}))
    bench.ledger.details["c1"] = {"email": "theirs@fabrikam.example"}
    await post(bench, billed("1001", email="ours@fabrikam.example", phone="01", billing_contact=BO))
    await post(bench, billed("1002", email="ours@fabrikam.example", phone="01", billing_contact=BO))
    assert (bench.ledger.count("/link"), *calls(bench)) == (1, 1, 0)
    assert (held(bench)["email"], held(bench)["phone"]) == ("theirs@fabrikam.example", "01")
    assert [each["email"] for each in held(bench)["persons"]] == [BO.email]
    assert (await row(bench)).state == "known"


async def test_a_link_whose_answer_is_lost_is_found_by_its_number_and_looked_at_again_I6(bench: Bench) -> None:
    bench.ledger.contacts["c1"] = DirectoryEntry("c1", None, "Fabrikam Pty Ltd")
    bench.ledger.faults = ["lost_after"]
    await post(bench, billed("1001", phone="01"))
    await bench.time_passes()
    await bench.serve()
    assert (bench.ledger.count("/link"), *calls(bench)) == (1, 1, 0)
    assert ((await row(bench)).state, await bench.states()) == ("known", ["posted"])


async def test_a_contact_that_went_before_it_was_linked_is_matched_again(bench: Bench) -> None:
    bench.ledger.contacts["c1"] = DirectoryEntry("c1", None, "Fabrikam Pty Ltd")
    await bench.plan(billed("1001", {"email": "overwrite"}), record_id=1001)
    await bench.engine.serve()  # the list is read
    bench.ledger.contacts["c2"] = DirectoryEntry("c2", "CW-19", "Fabrikam Group")
    bench.ledger.heirs["c1"] = "c2"
    await bench.serve()
    assert (bench.ledger.count("/link"), bench.ledger.live("1001")[0].contact_id) == (0, "c2")


async def test_a_contact_that_was_merged_is_followed(known: Bench) -> None:
    known.ledger.contacts["c2"] = DirectoryEntry("c2", None, "Fabrikam Group")
    known.ledger.heirs["c1"] = "c2"
    await post(known, billed("1001", phone="02 5550 0100"))
    assert known.ledger.details["c2"]["phone"] == "02 5550 0100"
    await post(known, billed("1002", phone="02 5550 0100"))
    assert known.ledger.live("1002")[0].contact_id == "c2"


async def test_a_contact_that_the_ledger_does_not_show_any_more_is_a_warning(known: Bench) -> None:
    await post(known, billed("1001", phone="01"))
    del known.ledger.contacts["c1"]
    await post(known, billed("1002", phone="02", changed_at=NOVEMBER))
    assert (await row(known)).problem["facts"] == {"reason": "the ledger shows no such contact"}


async def test_what_waits_for_a_contact_that_was_never_made_is_emptied_in_time_and_told_later_all_the_same_F4(
    bench: Bench,
) -> None:
    bench.ledger.contacts["c1"] = DirectoryEntry("c1", "CW-20", "Fabrikam Pty Ltd")
    plan = await bench.plan(billed("1001", phone="01"), record_id=1001)
    await bench.serve()
    assert (await bench.states(), (await row(bench)).state) == (["refused"], "due")
    async with bench.database.transaction() as tx:
        await tx.execute(sa.text("UPDATE customer SET ready_at = now() - interval '31 days'"))
    await bench.engine.sweep()
    assert ((await row(bench)).state, (await row(bench)).body) == ("known", None)
    bench.ledger.contacts["c1"] = DirectoryEntry("c1", "CW-19", "Fabrikam Pty Ltd")
    await bench.deliver(bench.again(plan))
    await post(bench, billed("1002", phone="02", changed_at=NOVEMBER))
    assert held(bench)["phone"] == "02"


async def test_a_company_without_a_document_causes_no_contact_call_F55(known: Bench) -> None:
    await known.serve()
    assert known.ledger.calls == []
