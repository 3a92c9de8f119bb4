"""Which contact of the ledger could be a customer's, and which document a record's (K24)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from posting_kit.values import CONTACT_ID, document, seen

from tieout_contracts.documents import LedgerContact
from tieout_posting.cutover.proposing import Customer, Directory, Said, compare, contacts_by_number, propose
from tieout_posting.ledger import DirectoryEntry
from tieout_posting.matching import Held, Wanted, Word, match
from tieout_posting.store import name_hash

FABRIKAM = LedgerContact(
    connectwise_company_id=19, contact_number="CW-19", name="Fabrikam Pty Ltd", account_number="FAB01"
)


def entry(ledger_id: str = "c1", code: str | None = None, name: str = "Somebody", **more: Any) -> DirectoryEntry:
    return DirectoryEntry(ledger_id, code, name, **more)


def found(*entries: DirectoryEntry, said: Said | None = None) -> tuple[str, list[str]]:
    told = propose(Customer(FABRIKAM), Directory(entries), said or Said())
    return told.finding, [each.ledger_id for each in told.candidates]


@pytest.mark.parametrize(
    ("held", "finding"),
    [
        (entry(code="cw-19"), "number"),
        (entry(account_number=" fab01 "), "account_number"),
        (entry(name="  FABRIKAM  pty ltd"), "name"),
        (entry(name="Fabrikam Pty Ltd", code="WS-7"), "other_number"),
        (entry(account_number="FAB01", code="WS-7"), "other_number"),
        (entry(code="CW-19", active=False), "archived"),
    ],
)
def test_a_contact_is_proposed_by_number_account_number_or_exact_name_K24(held: DirectoryEntry, finding: str) -> None:
    assert found(held) == (finding, ["c1"])


@pytest.mark.parametrize("name", ["Fabrikam Pty. Ltd", "Fabrikam", "Fabrikam Pty Ltd (old)", "Fábrikam Pty Ltd"])
def test_names_are_compared_without_case_and_extra_spaces_and_nothing_else_is_guessed_K24(name: str) -> None:
    assert found(entry(name=name)) == ("none", [])


def test_of_several_contacts_that_could_be_it_none_is_chosen_K24() -> None:
    named, of_account = entry("c1", name="Fabrikam Pty Ltd"), entry("c2", account_number="FAB01")
    assert found(named, of_account)[0] == "several"
    assert found(named, entry("c2", name="fabrikam pty ltd"))[0] == "several"


def test_our_number_leaves_no_doubt_whatever_else_is_alike_K24() -> None:
    assert found(entry("c1", "CW-19"), entry("c2", name="Fabrikam Pty Ltd")) == ("number", ["c1"])


def test_an_archived_contact_is_not_proposed_by_name_K24() -> None:
    assert found(entry(name="Fabrikam Pty Ltd", active=False)) == ("none", [])


def test_a_vendor_takes_the_name_and_is_no_candidate_K24() -> None:
    vendor = entry("vendor 5", "vendor 5", "Fabrikam Pty Ltd", is_customer=False)
    assert found(vendor) == ("taken", [])
    assert found(vendor, entry("c2", account_number="FAB01")) == ("account_number", ["c2"])


def test_what_is_linked_is_told_so_and_an_archived_one_too_K24() -> None:
    said = Said(linked={"CW-19": "c9"})
    assert found(entry("c9", name="Elsewhere"), said=said) == ("linked", ["c9"])
    assert found(entry("c9", name="Elsewhere", active=False), said=said) == ("archived", ["c9"])
    assert found(entry("c1", "CW-19"), said=said) == ("number", ["c1"])


def test_what_a_person_refused_is_not_proposed_again_K24() -> None:
    said, named = Said(refused={"CW-19": {"c1"}}), entry("c1", name="Fabrikam Pty Ltd")
    assert found(named, said=said) == ("refused", ["c1"])
    assert found(named, entry("c2", account_number="FAB01"), said=said) == ("account_number", ["c2"])


def test_only_a_contact_without_doubt_is_a_documents_bill_to_K24() -> None:
    holds = (entry("c1", name="Fabrikam Pty Ltd"), entry("c1", account_number="FAB01"), entry("c1", "CW-19"))
    told = [propose(Customer(FABRIKAM), Directory([each]), Said()) for each in holds]
    assert [contacts_by_number([each]) for each in told] == [{"CW-19": "c1"}, {}, {"CW-19": "c1"}]


HELD = Held("c1", None, name_hash("Elsewhere"), True)
WANTED = Wanted("contact", "CW-19", name_hash("Fabrikam Pty Ltd"))


def test_the_contact_that_a_person_linked_is_used_whatever_its_name_and_no_other_is_made_K24() -> None:
    approved = Word("c1")
    numbered = Held("c1", "WS-7", name_hash("Elsewhere"), True)
    archived = Held("c1", None, name_hash("Elsewhere"), False)
    assert (match(WANTED, [HELD], approved).state, match(WANTED, [HELD], approved).ledger_id) == ("link", "c1")
    assert match(WANTED, [numbered], approved).state == "known"
    assert match(WANTED, [archived], approved).state == "archived"
    gone = match(WANTED, [], approved)
    assert (gone.state, gone.code) == ("refused", "cutover.contact_gone")


def test_a_name_is_no_proof_where_the_account_number_leads_to_another_contact_K24() -> None:
    wanted = Wanted("contact", "CW-19", name_hash("Fabrikam Pty Ltd"), "fab01")
    named = Held("c1", None, name_hash("Fabrikam Pty Ltd"), True)
    other = Held("c2", None, name_hash("Elsewhere"), True, account_number="fab01")
    both = Held("c1", None, name_hash("Fabrikam Pty Ltd"), True, account_number="fab01")
    archived = Held("c2", None, name_hash("Elsewhere"), False, account_number="fab01")
    refused = match(wanted, [named, other])
    assert (refused.state, refused.code) == ("refused", "cutover.several_contacts")
    assert match(wanted, [both, other]).state == "refused"
    assert match(wanted, [both]).state == match(wanted, [named, archived]).state == "link"
    assert match(wanted, [named, other], Word(refused=frozenset({"c2"}))).ledger_id == "c1"
    assert match(wanted, [named, other], Word("c2")).ledger_id == "c2"
    assert match(WANTED, [named, other]).state == "link"  # ConnectWise has no account number for it


def test_a_contact_that_a_person_refused_is_never_linked_by_its_name_K24() -> None:
    named = Held("c1", None, name_hash("Fabrikam Pty Ltd"), True)
    refused = match(WANTED, [named], Word(refused=frozenset({"c1"})))
    assert (refused.state, refused.code) == ("refused", "cutover.link_refused")
    other = Held("c2", None, name_hash("Fabrikam Pty Ltd"), True)
    assert match(WANTED, [named, other], Word(refused=frozenset({"c1"}))).ledger_id == "c2"


def test_the_same_number_bill_to_date_tax_and_total_is_proposed_for_adoption_K24() -> None:
    planned = document()
    assert compare(planned, CONTACT_ID, [seen(planned, "approved")], taken=False).finding == "adopt"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"contact_id": "another"}, "customer another contact instead of this customer"),
        ({"document_date": date(2026, 10, 30)}, "date 2026-10-30 instead of 2026-10-31"),
        ({"tax": Decimal("9.99")}, "tax 9.99 instead of 10.00"),
        ({"total": Decimal("110.01")}, "total 110.01 instead of 110.00"),
        ({"currency": "USD"}, "currency USD instead of AUD"),
    ],
)
def test_anything_else_is_a_conflict_with_its_difference_in_words_K24(change: dict[str, Any], words: str) -> None:
    planned = document()
    told = compare(planned, CONTACT_ID, [seen(planned, "approved", **change)], taken=False)
    assert (told.finding, words in told.problems[0].sentence) == ("conflict", True)


def test_what_cannot_be_told_is_a_conflict_that_says_why_K24() -> None:
    planned = document()
    one, other = seen(planned, "approved"), seen(planned, "approved", document_id="doc-2")
    codes = [
        compare(planned, None, [one], taken=False).problems[0].code,
        compare(planned, CONTACT_ID, [one, other], taken=False).problems[0].code,
        compare(planned, CONTACT_ID, [one], taken=True).problems[0].code,
    ]
    assert codes == ["cutover.customer_not_linked", "cutover.several_documents", "ledger.conflict"]


def test_a_number_that_is_not_there_or_only_on_a_voided_document_is_free_K24() -> None:
    planned = document()
    assert compare(planned, CONTACT_ID, [], taken=False).finding == "free"
    assert compare(planned, CONTACT_ID, [seen(planned, "gone")], taken=False).finding == "free"
