"""Whom a document is for (F57-F63, F142), what its lines say (F37, F38), when it is due (F32, F141)."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from transform_kit.records import CUSTOMER, invoice, line, reference, snapshot

from tieout_contracts.documents import LedgerContact
from tieout_contracts.posting import Posting
from tieout_contracts.records import Address, Party, Person
from tieout_transform.rules.chart import chart_of
from tieout_transform.rules.customer_currency import in_currency
from tieout_transform.rules.plan import plan
from tieout_transform.rules.terms import due_by_terms

FIRST, SECOND = Person(first_name="Ada", email="ada@fox.example"), Person(first_name="Bo", email="bo@fox.example")


def posted(settings: dict[str, Any] | None = None, *, lines: Any = None, **record: Any) -> Posting:
    facts = {"taxable": False} | record
    planned = plan(invoice(lines or [line("10.00", taxed=False)], **facts), snapshot(**settings or {}), reference())
    assert isinstance(planned, Posting), planned
    return planned


def codes(posting: Posting) -> list[str]:
    return [warning.code for warning in posting.warnings]


def party(**changes: Any) -> Party:
    return CUSTOMER.model_copy(update=changes)


def test_the_contact_is_known_by_its_connectwise_id() -> None:
    contact = posted().document.contact
    assert (contact.contact_number, contact.connectwise_company_id, contact.name) == ("CW-8", 8, "Angry Fox")


def test_the_invoice_address_goes_before_the_billing_contacts_F60() -> None:
    people = {"primary_contact": FIRST, "billing_contact": SECOND}
    assert posted(bill_to=party(**people)).document.contact.email == "bo@fox.example"
    assert (
        posted(bill_to=party(**people, email="accounts@fox.example")).document.contact.email == "accounts@fox.example"
    )


def test_of_several_invoice_addresses_the_first_counts_F60() -> None:
    contact = posted(bill_to=party(email=" a@fox.example; b@fox.example")).document.contact
    assert contact.email == "a@fox.example"


def test_a_customer_without_an_email_address_is_warned_of_and_posts_F64() -> None:
    nameless = Person(first_name="Ada")
    posting = posted(bill_to=party(primary_contact=nameless, billing_contact=nameless))
    assert posting.document.contact.email is None
    assert codes(posting) == ["rules.contact_email_missing"]


def test_the_documents_billing_contact_travels_beside_the_primary_one_F62() -> None:
    contact = posted(bill_to=party(primary_contact=FIRST, billing_contact=SECOND)).document.contact
    assert (contact.person, contact.billing_contact) == (FIRST, SECOND)


@pytest.mark.parametrize(("choice", "number"), [("identifier", "FOX"), ("account_number", "FOX01"), ("off", None)])
def test_the_account_number_is_the_companys_choice_F63(choice: str, number: str | None) -> None:
    posting = posted({"contact_account_number": choice}, bill_to=party(account_number="FOX01"))
    assert posting.document.contact.account_number == number


def test_the_policies_and_the_age_of_the_details_travel_and_change_no_plan_F56() -> None:
    at = datetime(2026, 10, 1, tzinfo=UTC)
    first = posted(bill_to=party(changed_at=at))
    second = posted({"contact_fields": {"phone": "overwrite"}})
    assert first.document.contact.changed_at == at
    assert second.document.contact.policies.phone == "overwrite"
    assert first.posting_id == second.posting_id


def test_the_person_is_the_primary_contact_F61() -> None:
    contact = posted(bill_to=party(primary_contact=FIRST, billing_contact=SECOND)).document.contact
    assert contact.person == FIRST


def test_address_telephone_and_account_number_are_passed_on_F58_F59_F63() -> None:
    address = Address(lines=("1 Den Road",), city="Sydney", postal_code="2000")
    contact = posted(bill_to=party(address=address, phone="02 5550 0100", account_number="FOX01")).document.contact
    assert (contact.address, contact.phone, contact.account_number) == (address, "02 5550 0100", "FOX01")


def test_a_number_that_does_not_fit_is_left_out_rather_than_cut() -> None:
    contact = posted(bill_to=party(phone="0" * 51, account_number="9" * 51)).document.contact
    assert (contact.phone, contact.account_number) == (None, None)


def test_a_name_loses_what_the_ledger_refuses() -> None:
    assert posted(bill_to=party(name=" Fox  <Group> ")).document.contact.name == "Fox Group"
    assert posted(bill_to=party(name=" ")).document.contact.name == "FOX"


def test_a_name_over_255_characters_is_cut_with_a_warning() -> None:
    posting = posted(bill_to=party(name="F" * 256))
    assert len(posting.document.contact.name) == 255
    assert codes(posting) == ["rules.text_shortened"]


@pytest.mark.parametrize(
    ("people", "words"),
    [
        ({"billing_contact": None}, "FOX has no billing contact."),
        ({"primary_contact": None}, "FOX has no primary contact."),
        ({"primary_contact": None, "billing_contact": None}, "FOX has no primary contact and no billing contact."),
    ],
)
def test_a_missing_contact_is_warned_of_and_posts_F142(people: dict[str, None], words: str) -> None:
    posting = posted(bill_to=party(**people))
    assert posting.warnings[0].sentence == f"ConnectWise company {words}"


def test_a_missing_contact_is_refused_where_the_company_says_so_F142() -> None:
    record = invoice([line("10.00")], "1.00", bill_to=party(billing_contact=None))
    planned = plan(record, snapshot(missing_contact="refuse"), reference())
    assert isinstance(planned, tuple)
    assert [problem.code for problem in planned] == ["rules.contact_required"]


def test_a_line_says_its_detailed_description_F37_F43() -> None:
    posting = posted(lines=[line("10.00", taxed=False, description="  Cable,\r\nblue \x00\x1f\t2 m ")])
    assert posting.document.lines[0].description == "Cable,\nblue \t2 m"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"item_name": "Patch cable"}, "Patch cable"),
        ({"item_name": None, "gl_type": "R", "non_product_id": "SVC"}, "Service"),
        ({"item_name": " ", "gl_type": "RA"}, "Agreement"),
        ({"item_name": None, "gl_type": "XX"}, "XX"),
    ],
)
def test_an_empty_description_falls_back(changes: dict[str, Any], words: str) -> None:
    each = line("10.00", taxed=False, description=" ", **changes)
    assert posted(lines=[each]).document.lines[0].description == words


def test_the_unit_of_measure_is_appended_where_the_company_wants_it_F38_F44() -> None:
    each = line("10.00", taxed=False, unit_of_measure="Each ")
    assert posted(lines=[each]).document.lines[0].description == "Patch cable, 2 m"
    wanted = posted({"unit_of_measure_in_text": True}, lines=[each, line("1.00", taxed=False)])
    assert [each.description for each in wanted.document.lines] == ["Patch cable, 2 m (Each)", "Patch cable, 2 m"]


def test_a_description_over_4000_characters_is_cut_with_a_warning_that_names_no_text() -> None:
    posting = posted(lines=[line("10.00", taxed=False, description="x" * 4001)])
    assert len(posting.document.lines[0].description) == 4000
    assert [warning.sentence for warning in posting.warnings] == ["Line 1 was shortened from 4001 to 4000 characters."]
    assert posted(lines=[line("10.00", taxed=False, description="x" * 4000)]).warnings == ()


def test_the_reference_is_the_clients_po_number_else_connectwises_F31() -> None:
    assert posted(reference="SO-1").document.reference == "PO-7"
    assert posted(customer_po=None, reference="SO-1").document.reference == "SO-1"
    assert posted(customer_po=" ", reference=None).document.reference is None


def test_a_reference_over_255_characters_is_cut_with_a_warning() -> None:
    posting = posted(customer_po="P" * 256)
    assert len(posting.document.reference or "") == 255
    assert codes(posting) == ["rules.text_shortened"]


@pytest.mark.parametrize(
    ("xref", "due"),
    [
        ("30", date(2022, 2, 14)),
        ("+7", date(2022, 1, 22)),
        (" 0 ", date(2022, 1, 15)),
        ("M+1:D20", date(2022, 2, 20)),
        ("M0:D20", date(2022, 1, 20)),
        ("M+1:D-0", date(2022, 1, 31)),
        ("m+1:d-1", date(2022, 1, 30)),
        ("M+1:D30", date(2022, 2, 28)),
        ("M+12:D31", date(2023, 1, 31)),
        ("M+11:D+31", date(2022, 12, 31)),
    ],
)
def test_terms_count_days_or_name_a_day_of_a_later_month_clamped_to_its_end_K13_K14(xref: str, due: date) -> None:
    assert due_by_terms(date(2022, 1, 15), xref) == due


@pytest.mark.parametrize(
    ("xref", "due"),
    [
        ("M+1:D30", date(2022, 3, 2)),
        ("M+1:D20", date(2022, 2, 20)),
        ("M0:D20", date(2022, 1, 20)),
        ("M+1:D-0", date(2022, 1, 31)),
    ],
)
def test_a_company_may_keep_days_that_run_into_the_next_month_K14(xref: str, due: date) -> None:
    assert due_by_terms(date(2022, 1, 15), xref, "overflow") == due


@pytest.mark.parametrize("xref", ["", "Net 30", "-5", "3651", "99999", "M+1", "M+1:D", "M-1:D5", "30 days"])
def test_other_texts_are_no_terms(xref: str) -> None:
    assert due_by_terms(date(2022, 1, 15), xref) is None


@pytest.mark.parametrize("xref", ["30", "M+1:D1"])
def test_a_due_date_after_the_end_of_the_calendar_is_none(xref: str) -> None:
    assert due_by_terms(date(9999, 12, 31), xref) is None


def test_terms_that_agree_with_the_printed_date_give_no_warning() -> None:
    posting = posted(terms_xref="14")
    assert posting.document.due_date == date(2026, 11, 3)
    assert codes(posting) == []


def test_terms_that_say_another_day_govern_and_are_warned_of_F32() -> None:
    posting = posted(terms_xref="30")
    assert posting.document.due_date == date(2026, 11, 19)
    assert [warning.sentence for warning in posting.warnings] == [
        "The terms '30' make it due on 2026-11-19; ConnectWise prints 2026-11-03."
    ]


def test_unusable_terms_fall_back_to_the_printed_date_and_say_so_F141() -> None:
    for terms, shown in (({"terms_xref": None}, "'Net 14'"), ({"terms_xref": "soon", "terms_name": None}, "'soon'")):
        posting = posted(**terms)
        assert posting.document.due_date == date(2026, 11, 3)
        assert [warning.sentence for warning in posting.warnings] == [
            f"The terms {shown} have no usable cross-reference; the due date printed by ConnectWise is used."
        ]


def test_a_document_without_terms_simply_has_the_printed_date() -> None:
    assert codes(posted(terms_xref=None, terms_name=None)) == []


def test_a_document_without_terms_and_printed_date_is_due_on_its_own_date_and_says_so() -> None:
    posting = posted(terms_xref=None, terms_name=None, due_date=None)
    assert posting.document.due_date == posting.document.document_date
    assert codes(posting) == ["rules.due_date_missing"]


def test_terms_serve_where_no_date_is_printed() -> None:
    posting = posted(due_date=None)
    assert (posting.document.due_date, codes(posting)) == (date(2026, 11, 3), [])


def test_in_quickbooks_a_client_has_one_customer_for_each_currency_F120() -> None:
    """A customer's currency is fixed there for ever; the one in the company's own is the client's."""
    client = LedgerContact(connectwise_company_id=8, contact_number="CW-8", name="Angry Fox")
    qbo = reference(ledger="qbo")
    assert in_currency(client, "AUD", chart_of(qbo)) == client
    foreign = in_currency(client, "USD", chart_of(qbo))
    assert (foreign.contact_number, foreign.name, foreign.currency) == ("CW-8-USD", "Angry Fox (USD)", "USD")
    assert foreign.connectwise_company_id == 8
    assert in_currency(client, "USD", chart_of(reference())) == client
