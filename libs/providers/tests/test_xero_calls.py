"""Xero's calls are values: method, address, headers and bytes, fixed before a socket exists."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest

from tieout_providers.call import Call
from tieout_providers.errors import Unsendable
from tieout_providers.json_exact import loads
from tieout_providers.xero.bodies import ContactBody, ContactRef, CreditNoteBody, InvoiceBody, ItemBody, LineBody
from tieout_providers.xero.calls import XeroCalls

TENANT = "fe79f7dd-b6d4-4a92-ba7b-538af6289c58"
GUID = "5ceffde5-6786-4987-b03a-bf88d262c286"
CALLS = XeroCalls(TENANT)
PATH = "/api.xro/2.0"
COMMON: dict[str, Any] = {
    "contact": ContactRef(contact_id=UUID(GUID)),
    "date": date(2026, 1, 31),
    "currency_code": "NZD",
    "line_items": (LineBody(description="Support", quantity=Decimal(1), unit_amount=Decimal("25.06")),),
}


def invoices(*numbers: str) -> list[InvoiceBody]:
    return [InvoiceBody(invoice_number=number, **COMMON) for number in numbers]


def query(call: Call) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(call.target).query).items()}


def test_invoices_are_created_by_put_with_each_error_told_and_four_places_behaviour_1_behaviour_5() -> None:
    call = CALLS.put_invoices(invoices("INV-1", "INV-2"), key="k1")
    assert (call.method, call.target) == ("PUT", f"{PATH}/Invoices?summarizeErrors=false&unitdp=4")
    assert call.idempotency_key == "k1"
    assert call.changes
    assert dict(call.headers) == {
        "Accept": "application/json",
        "xero-tenant-id": TENANT,
        "Content-Type": "application/json",
    }
    assert [body["InvoiceNumber"] for body in loads(call.body)["Invoices"]] == ["INV-1", "INV-2"]


def test_the_same_documents_give_the_same_bytes() -> None:
    first, second = (CALLS.put_invoices(invoices("INV-1"), key=key) for key in ("k1", "k2"))
    assert first.body == second.body
    assert first.with_key("k2") == second
    assert Call.from_row(first.as_row(), first.body) == first


def test_credit_notes_contacts_and_items_are_created_alike() -> None:
    notes = CALLS.put_credit_notes([CreditNoteBody(credit_note_number="CR-1", **COMMON)], key="k")
    assert (notes.method, notes.target) == ("PUT", f"{PATH}/CreditNotes?summarizeErrors=false&unitdp=4")
    contacts = CALLS.put_contacts([ContactBody(name="Acme", contact_number="CW-19")], key="k")
    assert (contacts.method, contacts.target) == ("PUT", f"{PATH}/Contacts?summarizeErrors=false")
    assert loads(contacts.body) == {"Contacts": [{"Name": "Acme", "ContactNumber": "CW-19"}]}
    changed = CALLS.update_contacts([ContactBody(name="Acme", contact_id=UUID(GUID))], key="k")
    assert (changed.method, loads(changed.body)["Contacts"][0]["ContactID"]) == ("POST", GUID)
    items = CALLS.put_items([ItemBody(code="ROUTER", name="Router")], key="k")
    assert (items.method, items.target) == ("PUT", f"{PATH}/Items?summarizeErrors=false&unitdp=4")


@pytest.mark.parametrize(
    ("build", "status"), [(CALLS.approve, "AUTHORISED"), (CALLS.delete_drafts, "DELETED"), (CALLS.void, "VOIDED")]
)
def test_a_status_is_set_in_bulk_by_id_and_nothing_else(build: Callable[..., Call], status: str) -> None:
    call = build("Invoices", [GUID.upper()], key="k")
    assert (call.method, call.target) == ("POST", f"{PATH}/Invoices?summarizeErrors=false&unitdp=4")
    assert loads(call.body) == {"Invoices": [{"InvoiceID": GUID, "Status": status}]}
    notes = build("CreditNotes", [UUID(GUID)], key="k")
    assert loads(notes.body) == {"CreditNotes": [{"CreditNoteID": GUID, "Status": status}]}


def test_a_note_in_the_history_is_cut_to_what_xero_keeps() -> None:
    call = CALLS.put_history("Invoices", GUID, "é" * 3000, key="k")
    assert (call.method, call.target) == ("PUT", f"{PATH}/Invoices/{GUID}/History")
    assert len(loads(call.body)["HistoryRecords"][0]["Details"]) == 2500


@pytest.mark.parametrize(
    ("build", "code"),
    [
        (lambda: CALLS.put_invoices([], key="k"), "too_many_elements"),
        (lambda: CALLS.put_invoices(invoices(*(f"I{n}" for n in range(51))), key="k"), "too_many_elements"),
        (lambda: CALLS.put_invoices(invoices("INV-1", "inv-1"), key="k"), "number_repeated"),
        (lambda: CALLS.put_contacts([ContactBody(name="A"), ContactBody(name="a")], key="k"), "number_repeated"),
        (lambda: CALLS.put_items([ItemBody(code="A"), ItemBody(code="A")], key="k"), "number_repeated"),
        (lambda: CALLS.approve("Invoices", [GUID, GUID.upper()], key="k"), "number_repeated"),
        (lambda: CALLS.approve("Invoices", ["x"], key="k"), "identifier_bad"),
        (lambda: CALLS.put_history("Invoices", "../x", "d", key="k"), "identifier_bad"),
        (lambda: CALLS.update_contacts([ContactBody(name="A")], key="k"), "identifier_bad"),
        (lambda: CALLS.put_invoices(invoices("A"), key=""), "identifier_bad"),
        (lambda: CALLS.put_invoices(invoices("A"), key="k" * 129), "identifier_bad"),
        (lambda: CALLS.invoices_by_number([]), "too_many_elements"),
        (lambda: CALLS.invoices_by_number([str(n) for n in range(41)]), "too_many_elements"),
        (lambda: CALLS.invoices_by_id(["x"]), "identifier_bad"),
        (lambda: CALLS.credit_note("x/../y"), "identifier_bad"),
        (lambda: CALLS.contacts_where("Name", ["a\nb"]), "condition_bad"),
    ],
)
def test_what_xero_would_refuse_or_answer_ambiguously_is_not_built(build: Callable[[], Call], code: str) -> None:
    with pytest.raises(Unsendable) as refused:
        build()
    assert refused.value.code == f"xero.{code}"


def test_a_body_beyond_xeros_limit_is_not_built() -> None:
    lines = (LineBody(description="x" * 4000),) * 900
    large = InvoiceBody(invoice_number="A", **{**COMMON, "line_items": lines})
    with pytest.raises(Unsendable) as refused:
        CALLS.put_invoices([large], key="k")
    assert refused.value.code == "xero.request_too_large"


def test_invoices_are_looked_up_by_number_with_their_lines() -> None:
    call = CALLS.invoices_by_number(["INV-1", "INV 2&3"])
    assert query(call) == {"InvoiceNumbers": "INV-1,INV 2&3", "unitdp": "4", "page": "1", "pageSize": "1000"}
    assert not call.changes
    assert call.header("xero-tenant-id") == TENANT


def test_a_number_with_a_comma_is_looked_up_by_where() -> None:
    asked = query(CALLS.invoices_by_number(["A,1", "B"]))
    assert asked["where"] == 'Type=="ACCREC" AND (InvoiceNumber=="A,1" OR InvoiceNumber=="B")'
    assert "InvoiceNumbers" not in asked


@pytest.mark.parametrize(
    ("call", "path", "asked"),
    [
        (CALLS.organisation(), "/Organisation", {}),
        (CALLS.organisation_actions(), "/Organisation/Actions", {}),
        (CALLS.accounts(), "/Accounts", {}),
        (CALLS.tax_rates(), "/TaxRates", {}),
        (CALLS.currencies(), "/Currencies", {}),
        (CALLS.tracking_categories(), "/TrackingCategories", {"includeArchived": "true"}),
        (CALLS.items(), "/Items", {"unitdp": "4"}),
        (CALLS.items(codes=["A", "B"]), "/Items", {"where": '(Code=="A" OR Code=="B")', "unitdp": "4"}),
        (CALLS.contacts(page=3), "/Contacts", {"includeArchived": "true", "page": "3", "pageSize": "1000"}),
        (CALLS.contacts_by_id([GUID]), "/Contacts", {"IDs": GUID, "includeArchived": "true", "page": "1"}),
        (CALLS.contacts_where("ContactNumber", ["CW-1"]), "/Contacts",
         {"where": 'ContactNumber=="CW-1"', "includeArchived": "true", "page": "1"}),
        (CALLS.invoices_by_id([GUID]), "/Invoices", {"IDs": GUID, "unitdp": "4", "page": "1", "pageSize": "1000"}),
        (CALLS.credit_notes_by_number(["CR-1"]), "/CreditNotes",
         {"where": 'Type=="ACCRECCREDIT" AND CreditNoteNumber=="CR-1"', "unitdp": "4", "page": "1",
          "pageSize": "1000"}),
        (CALLS.credit_note(GUID), f"/CreditNotes/{GUID}", {"unitdp": "4"}),
    ],
)  # fmt: skip
def test_each_read_is_asked_at_its_place(call: Call, path: str, asked: dict[str, str]) -> None:
    assert call.method == "GET"
    assert urlsplit(call.target).path == f"{PATH}{path}"
    assert query(call) == asked


def test_changes_since_a_moment_are_asked_in_utc_and_whole_seconds() -> None:
    moment = datetime(2026, 1, 31, 13, 0, 5, 999, tzinfo=timezone(timedelta(hours=13)))
    for call in (
        CALLS.contacts(modified_since=moment),
        CALLS.items(modified_since=moment),
        CALLS.accounts(modified_since=moment),
    ):
        assert call.header("If-Modified-Since") == "2026-01-31T00:00:05"
    assert CALLS.accounts(modified_since=datetime(2026, 1, 1, tzinfo=UTC)).header("If-Modified-Since")


def test_a_call_for_one_organisation_names_it_even_when_stored() -> None:
    other = XeroCalls(str(uuid4())).approve("Invoices", [GUID], key="k")
    assert other.header("xero-tenant-id") != TENANT
    assert Call.from_row(other.as_row(), other.body).header("xero-tenant-id") == other.header("xero-tenant-id")
