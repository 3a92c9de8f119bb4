"""Reading: filters, pages, orders, If-Modified-Since, reference data."""

from decimal import Decimal
from typing import Any

import pytest

from tieout_simulators.xero.where import QueryError, parse_where

D = Decimal


def numbers(records: list[dict[str, Any]]) -> list[str]:
    return [record["InvoiceNumber"] for record in records]


@pytest.mark.http
def test_invoices_are_found_by_every_filter(xero: Any) -> None:
    first, second, _ = xero.put(
        xero.invoice("INV-1", Reference="PO 7", Status="AUTHORISED"),
        xero.invoice("INV-2", Date="2026-02-01"),
        xero.invoice("B-1", xero.line("5", AccountCode="400", TaxType="INPUT2"), Type="ACCPAY", CurrencyCode="USD"),
    )
    for query, expected in [
        ({"where": 'Type=="ACCREC" AND InvoiceNumber=="INV-1"'}, ["INV-1"]),
        ({"where": 'Type=="ACCPAY" AND InvoiceNumber=="INV-1"'}, []),
        ({"where": 'Type == "ACCPAY" && Status == "DRAFT"'}, ["B-1"]),
        ({"where": 'Status!="DRAFT"'}, ["INV-1"]),
        ({"where": "Date>=DateTime(2026,2,1)"}, ["INV-2"]),
        ({"where": "Total>28 and Total<=28.82"}, ["INV-1", "INV-2"]),
        ({"where": f'Contact.ContactID==guid("{xero.contact_id}") AND CurrencyCode="USD"'}, ["B-1"]),
        ({"where": "UpdatedDateUTC<DateTime(2000,1,1)"}, []),
        ({"where": 'DueDate=="soon"'}, []),
        ({"where": 'InvoiceNumber=="B-1" OR Type=="ACCREC" AND Status=="AUTHORISED"'}, ["B-1", "INV-1"]),
        ({"InvoiceNumbers": "INV-2,INV-1,INV-9"}, ["INV-1", "INV-2"]),
        ({"IDs": f"{first['InvoiceID']},{second['InvoiceID']}", "Statuses": "DRAFT,VOIDED"}, ["INV-2"]),
        ({"IDs": second["InvoiceID"], "InvoiceNumbers": "INV-1"}, []),
        ({"Statuses": "AUTHORISED"}, ["INV-1"]),
        ({"ContactIDs": xero.contact_id}, ["INV-1", "INV-2", "B-1"]),
        ({"ContactIDs": xero.archived_contact_id}, []),
        ({"searchTerm": "po 7"}, ["INV-1"]),
        ({"createdByMyApp": "true"}, ["INV-1", "INV-2", "B-1"]),
    ]:
        assert sorted(numbers(xero.get("Invoices", **query))) == sorted(expected), query


@pytest.mark.http
def test_lines_come_only_with_a_page_or_alone(xero: Any) -> None:
    (made,) = xero.put(xero.invoice("INV-1"))
    assert xero.get("Invoices")[0]["LineItems"] == []
    assert len(xero.get("Invoices", page=1)[0]["LineItems"]) == 1
    assert len(xero.get(f"Invoices/{made['InvoiceID']}")[0]["LineItems"]) == 1
    summary = xero.get("Invoices", page=1, summaryOnly="true")[0]
    assert "LineItems" not in summary
    assert summary["Total"] == made["Total"]


@pytest.mark.http
def test_pages_are_clamped_and_counted(xero: Any) -> None:
    xero.put(*[xero.invoice(f"INV-{index}") for index in range(5)])
    answer = xero.call("GET", "Invoices", page=2, pageSize=2).json()
    assert answer["pagination"] == {"page": 2, "pageSize": 2, "pageCount": 3, "itemCount": 5}
    assert len(answer["Invoices"]) == 2
    assert xero.call("GET", "Invoices", page=4, pageSize=2).json()["Invoices"] == []
    for asked, given in (("0", 1), ("5000", 1000), (None, 100)):
        size = {} if asked is None else {"pageSize": asked}
        assert xero.call("GET", "Invoices", page=1, **size).json()["pagination"]["pageSize"] == given
    assert "pagination" not in xero.call("GET", "Invoices").json()
    everything = [each for page in (1, 2, 3) for each in numbers(xero.get("Invoices", page=page, pageSize=2))]
    assert sorted(everything) == sorted(f"INV-{index}" for index in range(5))


@pytest.mark.http
def test_the_default_order_is_by_update_and_others_can_be_asked_for(xero: Any) -> None:
    first, _ = xero.put(xero.invoice("INV-1", Date="2026-01-02"), xero.invoice("INV-2", Date="2026-01-01"))
    xero.advance(60)
    xero.post({"InvoiceID": first["InvoiceID"], "Reference": "changed"})
    assert numbers(xero.get("Invoices")) == ["INV-2", "INV-1"]
    assert numbers(xero.get("Invoices", order="InvoiceNumber DESC")) == ["INV-2", "INV-1"]
    assert numbers(xero.get("Invoices", order="Date")) == ["INV-2", "INV-1"]
    assert numbers(xero.get("Invoices", order="Date DESC")) == ["INV-1", "INV-2"]


@pytest.mark.http
@pytest.mark.parametrize(
    "query",
    [
        {"where": "Type"},
        {"where": '(Type=="ACCREC")'},
        {"where": 'Type=="ACCREC" XOR Type=="ACCPAY"'},
        {"where": 'InvoiceNumber.Contains("1")'},
        {"where": 'Colour=="red"'},
        {"order": "Date SIDEWAYS"},
        {"order": "Date ASC NOW"},
        {"order": "Colour"},
        {"page": "0"},
        {"page": "one"},
        {"pageSize": "many"},
    ],
)
def test_a_query_that_is_not_understood_is_refused(xero: Any, query: dict[str, str]) -> None:
    xero.put(xero.invoice("INV-1"))
    answer = xero.call("GET", "Invoices", **query)
    assert (answer.status_code, answer.json()["ErrorNumber"]) == (400, 16)


@pytest.mark.http
def test_if_modified_since_gives_what_changed_then_or_later(xero: Any) -> None:
    xero.put(xero.invoice("INV-1"))
    xero.advance(3600)
    xero.log_in()
    now = xero.http.get("/_sim/clock").json()["now"][:19]
    xero.put(xero.invoice("INV-2"))
    xero.headers["If-Modified-Since"] = now
    assert numbers(xero.get("Invoices")) == ["INV-2"]
    assert (xero.get("Contacts"), xero.get("Items"), xero.get("Accounts")) == ([], [], [])
    xero.headers["If-Modified-Since"] = "Sat, 01 Jan 2000 00:00:00 GMT"
    assert len(xero.get("Invoices")) == 2
    xero.headers["If-Modified-Since"] = "yesterday"
    assert xero.call("GET", "Invoices").status_code == 412


@pytest.mark.http
def test_updates_are_stamped_in_both_ways(xero: Any) -> None:
    xero.sim("clock", {"set": "2026-03-01T10:00:00"})
    xero.log_in()
    (made,) = xero.put(xero.invoice("INV-1"))
    assert made["UpdatedDateUTCString"].startswith("2026-03-01T10:00:")
    assert made["UpdatedDateUTCString"].endswith("+00:00")
    assert made["UpdatedDateUTC"].startswith("/Date(17723592")


@pytest.mark.http
def test_the_organisation_and_its_reference_data(xero: Any) -> None:
    (organisation,) = xero.get("Organisation")
    assert (organisation["Name"], organisation["BaseCurrency"]) == ("Demo Company (NZ)", "NZD")
    assert "PeriodLockDate" not in organisation
    accounts = {each["Code"]: each for each in xero.get("Accounts")}
    assert (accounts["200"]["Class"], accounts["860"]["SystemAccount"]) == ("REVENUE", "ROUNDING")
    assert (accounts["260"]["Status"], accounts["200"]["Status"]) == ("ARCHIVED", "ACTIVE")
    assert [each["Code"] for each in xero.get("Accounts", where='Status=="ARCHIVED"')] == ["260"]
    assert xero.get("Accounts", order="Code DESC")[0]["Code"] == "860"
    assert xero.get(f"Accounts/{accounts['200']['AccountID']}")[0]["Name"] == "Sales"
    assert xero.call("GET", "Accounts/nope").status_code == 404
    rates = {each["TaxType"]: each for each in xero.get("TaxRates")}
    assert (rates["TAX001"]["EffectiveRate"], rates["TAX002"]["DisplayTaxRate"]) == (D("14.9750"), D("14.9750"))
    assert (rates["OUTPUT2"]["CanApplyToRevenue"], rates["OUTPUT2"]["CanApplyToExpenses"]) == (True, False)
    assert "NONE" in rates
    assert [each["TaxType"] for each in xero.get("TaxRates", TaxType="OUTPUT2")] == ["OUTPUT2"]
    assert xero.get("TaxRates/OUTPUT2")[0]["EffectiveRate"] == 15
    assert xero.call("GET", "TaxRates/nope").status_code == 404
    assert {each["Code"] for each in xero.get("Currencies")} == {"NZD", "USD"}
    categories = {each["Name"]: each for each in xero.get("TrackingCategories")}
    assert [option["Name"] for option in categories["Location"]["Options"]] == ["North"]
    assert "Closed" not in categories
    everything = {each["Name"]: each for each in xero.get("TrackingCategories", includeArchived="true")}
    assert [option["Name"] for option in everything["Location"]["Options"]] == ["North", "South"]
    assert everything["Closed"]["Status"] == "ARCHIVED"


def test_the_where_language_knows_its_constants() -> None:
    text = r'A=="x \"y\"" AND B==true and C==-1.5 && D==guid("0C0A0000-0000-4000-8000-0000000000AB")'
    (conditions,) = parse_where(text).groups
    assert [condition.value for condition in conditions] == [
        'x "y"', True, D("-1.5"), "0c0a0000-0000-4000-8000-0000000000ab",
    ]  # fmt: skip


def test_a_filter_has_at_most_a_hundred_conditions() -> None:
    with pytest.raises(QueryError):
        parse_where(" AND ".join(["A==1"] * 101))
