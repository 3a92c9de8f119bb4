"""A bulk answer is read element by element and matched by what each says of itself, never by its position."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout_providers.call import Answer
from tieout_providers.errors import OutcomeUnknown
from tieout_providers.json_exact import dumps
from tieout_providers.xero import match_by_id, match_by_name, match_by_number, parse_elements
from tieout_providers.xero.elements import ZERO_GUID, Element
from tieout_providers.xero.reads import Document

GUID = "5ceffde5-6786-4987-b03a-bf88d262c286"


def read(kind: str, *rows: Any, status: int = 200) -> list[Element]:
    return parse_elements(Answer(status, {}, dumps({kind: list(rows)})))


def test_ok_and_warning_are_saved_and_error_is_not() -> None:
    ok, warned, refused = read(
        "Invoices",
        {"InvoiceID": GUID, "InvoiceNumber": "A", "StatusAttributeString": "OK"},
        {"InvoiceID": GUID, "InvoiceNumber": "B", "StatusAttributeString": "WARNING",
         "Warnings": [{"Message": "Only AUTHORISED invoices may have SentToContact updated."}]},
        {"InvoiceID": ZERO_GUID, "InvoiceNumber": "C", "StatusAttributeString": "ERROR", "HasErrors": True,
         "ValidationErrors": [{"Message": "Invoice # must be unique."}]},
    )  # fmt: skip
    assert (ok.ok, warned.ok, refused.ok) == (True, True, False)
    assert warned.warnings == ("Only AUTHORISED invoices may have SentToContact updated.",)
    assert refused.errors == ("Invoice # must be unique.",)
    assert (ok.id, refused.id, refused.number) == (GUID, None, "C")


def test_an_errors_text_is_read_from_message_and_from_description() -> None:
    (element,) = read(
        "Invoices",
        {"InvoiceNumber": "A", "StatusAttributeString": "ERROR",
         "ValidationErrors": [{"Description": "Not of valid type"}, {"Message": "Second"}, {}, "x"]},
    )  # fmt: skip
    assert element.errors == ("Not of valid type", "Second")


def test_errors_inside_lines_and_addresses_are_found_and_told_once() -> None:
    (element,) = read(
        "Invoices",
        {
            "InvoiceNumber": "A",
            "StatusAttributeString": "ERROR",
            "ValidationErrors": [{"Message": "Account code '310' has been archived, or deleted."}],
            "LineItems": [
                {"ValidationErrors": [{"Message": "Account code '310' has been archived, or deleted."}]},
                {"ValidationErrors": [{"Message": "Item code 'X' is not valid"}]},
                {"ValidationErrors": None},
            ],
            "Contact": {"ValidationErrors": [{"Message": "The contact is archived"}]},
        },
    )
    assert element.errors == (
        "Account code '310' has been archived, or deleted.",
        "Item code 'X' is not valid",
        "The contact is archived",
    )


@pytest.mark.parametrize(
    ("row", "ok"),
    [
        ({"Code": "A", "ValidationErrors": [{"Message": "Price List Item with Code ''A'' already exists"}]}, False),
        ({"Code": "A", "ValidationErrors": []}, True),
        ({"Name": "A", "HasValidationErrors": True}, False),
        ({"Name": "A", "HasValidationErrors": False}, True),
        ({"InvoiceNumber": "A", "HasErrors": True}, False),
        ({"InvoiceNumber": "A", "StatusAttributeString": "PENDING"}, False),
        ({"InvoiceNumber": "A", "StatusAttributeString": ""}, True),
    ],
)
def test_without_a_status_the_flags_and_errors_decide(row: dict[str, Any], ok: bool) -> None:
    (element,) = read("Items", row)
    assert element.ok is ok


def test_a_400_with_elements_says_which_are_bad_and_nothing_about_the_rest() -> None:
    bad = {"InvoiceNumber": "B", "ValidationErrors": [{"Message": "Invoice # must be unique."}]}
    elements = read("Elements", bad, {"InvoiceNumber": "C"}, status=400)
    matched = match_by_number(elements, ["A", "B"])
    assert matched.missing == ("A",)
    assert not matched.found["B"].ok
    assert not elements[1].ok


@given(st.permutations(range(8)), st.sets(st.integers(0, 7), max_size=3))
def test_the_order_of_an_answer_does_not_matter(order: list[int], dropped: set[int]) -> None:
    rows = [{"InvoiceID": GUID, "InvoiceNumber": f"INV-{n}", "Total": n} for n in order if n not in dropped]
    numbers = [f"INV-{n}" for n in range(8)]
    matched = match_by_number(read("Invoices", *rows), numbers)
    assert {number: element.row["Total"] for number, element in matched.found.items()} == {
        f"INV-{n}": n for n in range(8) if n not in dropped
    }
    assert matched.missing == tuple(f"INV-{n}" for n in sorted(dropped))
    assert not matched.ambiguous
    assert not matched.unasked


def test_two_elements_of_one_number_are_no_answer() -> None:
    matched = match_by_number(read("Invoices", {"InvoiceNumber": "A"}, {"InvoiceNumber": "a"}), ["A", "B"])
    assert (dict(matched.found), matched.missing, matched.ambiguous) == ({}, ("B",), ("A",))


def test_an_element_that_nobody_asked_for_is_shown() -> None:
    matched = match_by_number(read("Invoices", {"InvoiceNumber": "Z"}, {"StatusAttributeString": "ERROR"}), ["A"])
    assert [element.number for element in matched.unasked] == ["Z", None]


def test_elements_are_matched_by_id_and_by_name_too() -> None:
    contacts = read("Contacts", {"ContactID": GUID.upper(), "Name": "Acme Ltd"})
    assert match_by_id(contacts, [GUID]).found[GUID].name == "Acme Ltd"
    assert match_by_name(contacts, ["acme ltd"]).found["acme ltd"].id == GUID.upper()
    assert read("Items", {"ItemID": GUID, "Code": 7})[0].name is None


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"Invoices": {}}', b'"x"'])
def test_an_answer_without_elements_leaves_the_outcome_unknown_I6(body: bytes) -> None:
    with pytest.raises(OutcomeUnknown, match="no elements"):
        parse_elements(Answer(200, {}, body))


def test_an_element_reads_as_a_document() -> None:
    row = {
        "Type": "ACCRECCREDIT", "CreditNoteID": GUID, "CreditNoteNumber": "CR-1", "Status": "AUTHORISED",
        "Date": "/Date(1546646400000+0000)/", "Total": 46, "LineItems": [{"LineAmount": 40, "TaxAmount": 6}],
        "UpdatedDateUTC": "/Date(1551812702713+0000)/", "NewField": 1, "CurrencyCode": "XXX", "Tracking": None,
    }  # fmt: skip
    document = Document.model_validate(read("CreditNotes", row)[0].row)
    assert (document.id, document.number, document.type, str(document.total)) == (GUID, "CR-1", "ACCRECCREDIT", "46")
    assert str(document.date) == "2019-01-05"
    assert document.updated is not None
    assert document.updated.isoformat() == "2019-03-05T19:05:02.713000+00:00"
    assert str(document.line_items[0].tax_amount) == "6"
