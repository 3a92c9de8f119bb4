"""Several elements in one request: who is saved, who is listed, and in which order."""

from typing import Any

import pytest

pytestmark = pytest.mark.http


def numbers(elements: list[dict[str, Any]]) -> list[str]:
    return [element["InvoiceNumber"] for element in elements]


def test_with_summarize_errors_false_the_answer_is_200_with_a_status_for_each(xero: Any) -> None:
    good, bad = xero.invoice("INV-1"), xero.invoice("INV-2", xero.line(AccountCode="999"))
    answer = xero.call("PUT", "Invoices", {"Invoices": [good, bad]}, summarizeErrors="false")
    assert answer.status_code == 200
    by_number = {each["InvoiceNumber"]: each for each in answer.json()["Invoices"]}
    assert by_number["INV-1"]["StatusAttributeString"] == "OK"
    assert by_number["INV-2"]["StatusAttributeString"] == "ERROR"
    assert by_number["INV-2"]["HasErrors"] is True
    assert by_number["INV-2"]["LineItems"][0]["AccountCode"] == "999"


@pytest.mark.parametrize("query", [{}, {"summarizeErrors": "true"}])
def test_summarised_the_answer_is_a_400_of_the_bad_ones_while_the_good_ones_are_saved(
    xero: Any, query: dict[str, str]
) -> None:
    elements = [xero.invoice("INV-1"), xero.invoice("INV-2", xero.line(AccountCode="999")), xero.invoice("INV-3")]
    answer = xero.call("PUT", "Invoices", {"Invoices": elements}, **query)
    assert answer.status_code == 400
    error = answer.json()
    assert (error["ErrorNumber"], error["Type"]) == (10, "ValidationException")
    assert error["Message"] == "A validation exception occurred"
    assert numbers(error["Elements"]) == ["INV-2"]
    assert sorted(numbers(xero.get("Invoices"))) == ["INV-1", "INV-3"]


def test_without_a_bad_one_both_ways_answer_200(xero: Any) -> None:
    answer = xero.call("PUT", "Invoices", {"Invoices": [xero.invoice("INV-1"), xero.invoice("INV-2")]})
    assert answer.status_code == 200
    head = answer.json()
    assert (head["Status"], head["ProviderName"]) == ("OK", "Tieout Xero simulator")
    assert head["DateTimeUTC"].startswith("/Date(")
    assert len(head["Id"]) == 36


def test_the_answer_is_not_in_the_requests_order(xero: Any) -> None:
    for count in (2, 3, 10):
        sent = [xero.invoice(f"INV-{count}-{index}") for index in range(count)]
        answer = xero.call("PUT", "Invoices", {"Invoices": sent}, summarizeErrors="false")
        got = numbers(answer.json()["Invoices"])
        assert got != numbers(sent)
        assert sorted(got) == sorted(numbers(sent))


def test_one_bare_object_and_a_bare_list_are_taken_too(xero: Any) -> None:
    for body in (xero.invoice("INV-1"), [xero.invoice("INV-2")]):
        assert xero.call("PUT", "Invoices", body).status_code == 200


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "PostDataInvalidException"),
        (b"{", "PostDataInvalidException"),
        (b"\xff\xfe", "PostDataInvalidException"),
        (b'{"Invoices":["INV-1"]}', "PostDataInvalidException"),
        (b'{"Invoices":[]}', "NoDataProcessedException"),
        (b'{"Invoices":[{}]}', "NoDataProcessedException"),
        (b"{}", "NoDataProcessedException"),
        (b"null", "NoDataProcessedException"),
    ],
)
def test_a_body_that_cannot_be_read_is_a_400_even_with_summarize_errors_false(
    xero: Any, body: bytes, kind: str
) -> None:
    answer = xero.call("PUT", "Invoices", body, summarizeErrors="false")
    assert (answer.status_code, answer.json()["Type"]) == (400, kind)


def test_a_body_over_three_and_a_half_megabytes_is_refused(xero: Any) -> None:
    answer = xero.call("PUT", "Invoices", b" " * 3_500_001)
    assert (answer.status_code, answer.json()["Title"]) == (413, "Request Entity Too Large")


def test_contacts_and_items_follow_the_same_two_ways(xero: Any) -> None:
    contacts = [{"Name": "New Limited"}, {"Name": "ABC Limited"}]
    bad = xero.call("PUT", "Contacts", {"Contacts": contacts}).json()
    assert [each["Name"] for each in bad["Elements"]] == ["ABC Limited"]
    assert bad["Elements"][0]["HasValidationErrors"] is True
    (refused,) = xero.write("PUT", "Items", {"Code": "LAB"})
    assert refused["StatusAttributeString"] == "ERROR"
    assert refused["ValidationErrors"] == [{"Message": "Price List Item with Code 'LAB' already exists"}]
    assert "HasErrors" not in refused
