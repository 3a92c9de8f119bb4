"""What Xero refuses, in its own words where they are known."""

from decimal import Decimal
from typing import Any

import pytest

pytestmark = pytest.mark.http
D = Decimal


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"AccountCode": "999"}, "Account code '999' is not a valid code for this document."),
        ({"AccountCode": "090"}, "Account code '090' is not a valid code for this document."),
        ({"AccountCode": "610"}, "Account code '610' is not a valid code for this document."),
        ({"AccountCode": "260"}, "Account code '260' has been archived, or deleted."),
        ({"TaxType": "INPUT2"}, "The TaxType code 'INPUT2' cannot be used with account code '200'"),
        (
            {"TaxType": "GST9"},
            "The TaxType code 'GST9' does not exist or cannot be used for this type of transaction.",
        ),
        (
            {"TaxType": "TAX009"},
            "The TaxType code 'TAX009' does not exist or cannot be used for this type of transaction.",
        ),
        ({"ItemCode": "NOPE"}, "Item code 'NOPE' is not valid"),
        ({"Description": "x" * 4001}, "The description cannot exceed 4000 characters."),
        ({"LineAmount": D("25.05")}, "The line total 25.05 does not match the expected line total 25.06"),
        ({"Quantity": 0, "LineAmount": 1}, "The line total 1 does not match the expected line total 0.00"),
        (
            {"Quantity": 1, "UnitAmount": D("10000000000")},
            "The line amount must be between -9999999999.99 and 9999999999.99.",
        ),
        ({"Quantity": D("12345678.1234")}, None),
        ({"Quantity": D("123456789.1234")}, "The quantity cannot exceed 13 characters."),
        ({"Quantity": "two"}, "Error converting value 'two' to Quantity."),
        ({"Quantity": True}, "Error converting value True to Quantity."),
        ({"Quantity": "NaN"}, "Error converting value 'NaN' to Quantity."),
        ({"Quantity": "10"}, None),
        ({"Tracking": [{"Name": "Location", "Option": "North"}, {"Name": "Segment", "Option": "Managed"}]}, None),
        (
            {"Tracking": [{"Name": "Rooms", "Option": "1"}]},
            "There is no ACTIVE tracking category with the name 'Rooms'",
        ),
        (
            {"Tracking": [{"Name": "Closed", "Option": "X"}]},
            "There is no ACTIVE tracking category with the name 'Closed'",
        ),
        (
            {"Tracking": [{"Name": "Location", "Option": "South"}]},
            "There is no ACTIVE tracking option with the name 'South' in the tracking category 'Location'",
        ),
        (
            {"Tracking": [{"Name": "Location", "Option": "North"}, {"Name": "Location", "Option": "North"}]},
            "A tracking category can only be assigned once to a line item.",
        ),
        (
            {
                "Tracking": [
                    {"Name": "Location", "Option": "North"},
                    {"Name": "Segment", "Option": "Project"},
                    {"Name": "Team", "Option": "A"},
                ]
            },
            "A line item can have a maximum of 2 tracking categories.",
        ),
    ],
)
def test_a_line_is_checked(xero: Any, fields: dict[str, Any], message: str | None) -> None:
    bad = xero.line(**fields)
    if "Quantity" in fields and "UnitAmount" not in fields:
        bad["UnitAmount"] = 1
    assert xero.refusals(xero.invoice("INV-1", bad)) == ([] if message is None else [message])


@pytest.mark.parametrize("number", ["5e-05", "1E2", "0.00005", "1.234567"])
def test_numbers_with_an_exponent_or_more_than_four_places_are_refused(xero: Any, number: str) -> None:
    head = '"Type":"ACCREC","Contact":{"Name":"ABC Limited"}'
    body = f'{{"Invoices":[{{{head},"LineItems":[{{"Description":"a","UnitAmount":{number}}}]}}]}}'
    answer = xero.call("PUT", "Invoices", body.encode(), summarizeErrors="false")
    errors = answer.json()["Invoices"][0]["ValidationErrors"]
    assert [error["Message"] for error in errors] == ["Account must be valid.", "Tax rate must be valid."]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_are_not_finite_are_no_json(xero: Any, number: str) -> None:
    answer = xero.call("PUT", "Invoices", f'{{"Invoices":[{{"Total":{number}}}]}}'.encode(), summarizeErrors="false")
    assert (answer.status_code, answer.json()["ErrorNumber"]) == (400, 14)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"Type": "SALE"}, "Invoice not of valid type for creation"),
        ({"InvoiceNumber": "x" * 256}, "The field InvoiceNumber cannot exceed 255 characters."),
        ({"InvoiceNumber": "INV–1"}, "The document number may hold printable ASCII characters only."),
        ({"Reference": "x" * 256}, "The field Reference cannot exceed 255 characters."),
        ({"Reference": ["x"]}, "Error converting value ['x'] to Reference."),
        ({"Date": "31/01/2026"}, "Error converting value '31/01/2026' to Date."),
        ({"LineAmountTypes": "NO_TAX"}, "The LineAmountTypes 'NO_TAX' is not valid."),
        ({"CurrencyCode": "EUR"}, "Organisation is not subscribed to currency EUR"),
        ({"CurrencyRate": 0}, "The currency rate must be greater than zero."),
        ({"Url": "https://go.xero.com/x"}, "The Url must be valid and cannot contain the word xero."),
        ({"Url": "psa/invoice/1"}, "The Url must be valid and cannot contain the word xero."),
        ({"SentToContact": "maybe"}, "Error converting value 'maybe' to SentToContact."),
        ({"LineItems": {"Description": "a"}}, "Error converting value {'Description': 'a'} to LineItems."),
        ({"LineItems": ["a"]}, "Error converting value 'a' to LineItem."),
        (
            {"Contact": {}},
            "The Contact must contain at least 1 of the following elements to identify the contact: "
            "Name, ContactID, ContactNumber",
        ),
        (
            {"Contact": {"ContactID": "11111111-1111-4111-8111-111111111111"}},
            "An existing Contact with the specified ContactID could not be found",
        ),
        (
            {"Contact": {"ContactNumber": "CW-99"}},
            "An existing Contact with the specified ContactNumber could not be found",
        ),
        (
            {"Contact": {"ContactNumber": "CW-20"}},
            "The contact with the specified contact details has been archived. The contact must be un-archived before "
            "creating new invoices or credit notes",
        ),
    ],
)
def test_a_document_is_checked(xero: Any, fields: dict[str, Any], message: str) -> None:
    assert xero.refusals(xero.invoice("INV-1", **fields)) == [message]
    assert xero.get("Invoices") == []


def test_a_negative_total_is_refused_and_a_negative_line_is_not(xero: Any) -> None:
    (made,) = xero.put(xero.invoice("INV-1", xero.line("10.00"), xero.line("-4.00")))
    assert made["SubTotal"] == D("6.00")
    assert xero.refusals(xero.invoice("INV-2", xero.line("-0.01"))) == ["The document total cannot be negative."]


@pytest.mark.parametrize(
    ("lock", "message"),
    [
        ("period", "The document date cannot be before the period lock date, currently set at 31/01/2026"),
        ("end_of_year", "The document date cannot be before the end of year lock date, currently set at 31/01/2026"),
    ],
)
def test_nothing_is_approved_or_voided_in_a_locked_period(xero: Any, lock: str, message: str) -> None:
    before, draft = xero.put(xero.invoice("INV-1", Status="AUTHORISED"), xero.invoice("INV-2"))
    shown = xero.event("set_lock_date", **{lock: "2026-01-31"})
    assert "/Date(1769817600000+0000)/" in shown.values()
    voided, approved = xero.post(
        {"InvoiceID": before["InvoiceID"], "Status": "VOIDED"},
        {"InvoiceID": draft["InvoiceID"], "Status": "AUTHORISED"},
    )
    for refused in (voided, approved):
        assert refused["ValidationErrors"] == [{"Message": message}]
    assert xero.refusals(xero.invoice("INV-3", Status="AUTHORISED")) == [message]
    assert xero.refusals(xero.invoice("INV-4", Date="2026-02-01", Status="AUTHORISED")) == []
    xero.event("set_lock_date", **{lock: None})
    assert xero.post({"InvoiceID": draft["InvoiceID"], "Status": "AUTHORISED"})[0]["Status"] == "AUTHORISED"


def test_an_account_archived_after_the_draft_keeps_it_from_being_approved(xero: Any) -> None:
    (draft,) = xero.put(xero.invoice("INV-1"))
    xero.event("archive_account", code="200")
    approve, discard = ({"InvoiceID": draft["InvoiceID"], "Status": status} for status in ("AUTHORISED", "DELETED"))
    (refused,) = xero.post(approve)
    assert refused["ValidationErrors"] == [{"Message": "Account code '200' has been archived, or deleted."}]
    assert xero.post(discard)[0]["Status"] == "DELETED"


def test_a_contact_archived_after_the_draft_keeps_it_from_being_approved(xero: Any) -> None:
    (draft,) = xero.put(xero.invoice("INV-1"))
    xero.event("archive_contact", Name="ABC Limited")
    (refused,) = xero.post({"InvoiceID": draft["InvoiceID"], "Status": "AUTHORISED"})
    assert "has been archived" in refused["ValidationErrors"][0]["Message"]
    assert xero.post({"InvoiceID": draft["InvoiceID"], "Status": "DELETED"})[0]["Status"] == "DELETED"


def test_the_plans_limit_keeps_invoices_from_being_approved(xero: Any) -> None:
    xero.sim(
        "load",
        {
            "format": "tieout-xero/1",
            "organisations": [
                {"tenantId": xero.tenant_id, "Actions": [{"Name": "CreateApprovedInvoice", "Status": "NOT-ALLOWED"}]}
            ],
        },
    )
    actions = xero.call("GET", "Organisation/Actions").json()["Actions"]
    assert {"Name": "CreateApprovedInvoice", "Status": "NOT-ALLOWED"} in actions
    assert xero.refusals(xero.invoice("INV-1", Status="AUTHORISED")) == [
        "You have reached the limit of invoices you can approve"
    ]
    assert xero.refusals(xero.invoice("INV-1")) == []


def test_an_item_fills_in_price_account_tax_and_text(xero: Any) -> None:
    (made,) = xero.put(xero.invoice("INV-1", {"ItemCode": "LAB", "Quantity": 2}, Status="AUTHORISED"))
    (stored,) = made["LineItems"]
    assert (stored["UnitAmount"], stored["AccountCode"], stored["TaxType"]) == (D("95.00"), "200", "OUTPUT2")
    assert (stored["Description"], stored["Item"]["Code"]) == ("Labour, hourly", "LAB")
    assert xero.refusals(xero.invoice("INV-2", {"ItemCode": "PLAIN", "Quantity": 2})) == []


def test_tracked_stock_is_not_sold_beyond_what_is_there(xero: Any) -> None:
    short = xero.invoice("INV-1", xero.line("10", ItemCode="STOCK", Quantity=4), Status="AUTHORISED")
    assert xero.refusals(short) == ["Item code 'STOCK' does not have enough quantity on hand."]
    assert xero.refusals(short, allowBackorders="true") == []


def test_tracking_may_be_named_by_ids(xero: Any) -> None:
    (location,) = (each for each in xero.get("TrackingCategories") if each["Name"] == "Location")
    ids = {
        "TrackingCategoryID": location["TrackingCategoryID"],
        "TrackingOptionID": location["Options"][0]["TrackingOptionID"],
    }
    (made,) = xero.put(xero.invoice("INV-1", xero.line(Tracking=[ids])))
    assert made["LineItems"][0]["Tracking"] == [{"Name": "Location", "Option": "North", **ids}]
    assert xero.refusals(xero.invoice("INV-2", xero.line(Tracking={"Name": "Location"})))[0].endswith("to Tracking.")


def test_an_account_may_be_named_by_its_id(xero: Any) -> None:
    (sales,) = xero.get("Accounts", where='Code=="200"')
    bare = {name: value for name, value in xero.line().items() if name not in ("AccountCode", "TaxType")}
    (made,) = xero.put(xero.invoice("INV-1", {**bare, "AccountID": sales["AccountID"]}))
    assert (made["LineItems"][0]["AccountCode"], made["LineItems"][0]["TaxType"]) == ("200", "OUTPUT2")
    assert xero.refusals(xero.invoice("INV-2", {**bare, "AccountID": "nope"})) == [
        "Account code 'nope' is not a valid code for this document."
    ]


def test_null_fields_count_as_left_out(xero: Any) -> None:
    (made,) = xero.put(
        xero.invoice("INV-1", xero.line(ItemCode=None, Tracking=None, TaxAmount=None), Reference=None, Url=None)
    )
    assert made["StatusAttributeString"] == "OK"
    assert None not in made.values()
