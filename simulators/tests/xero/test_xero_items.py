"""Items: their rules and how they are found."""

from decimal import Decimal
from typing import Any

import pytest

pytestmark = pytest.mark.http


def write(xero: Any, item: dict[str, Any], method: str = "PUT", **query: Any) -> dict[str, Any]:
    shape: dict[str, Any] = xero.write(method, "Items", item, **query)[0]
    return shape


def test_an_item_is_made_with_a_price_of_two_or_four_places(xero: Any) -> None:
    sales = {"UnitPrice": Decimal("12.3456"), "AccountCode": "200", "TaxType": "OUTPUT2"}
    two = write(xero, {"Code": "A", "Name": "Adaptor", "SalesDetails": sales})
    four = write(xero, {"Code": "B", "Name": "Bracket", "SalesDetails": sales}, unitdp=4)
    assert (two["SalesDetails"]["UnitPrice"], four["SalesDetails"]["UnitPrice"]) == (
        Decimal("12.35"),
        Decimal("12.3456"),
    )
    assert (two["IsSold"], two["IsPurchased"], two["IsTrackedAsInventory"]) == (True, True, False)
    for key in (two["ItemID"], "A"):
        assert xero.get(f"Items/{key}")[0]["Code"] == "A"
    assert xero.get("Items/B")[0]["SalesDetails"]["UnitPrice"] == Decimal("12.35")
    assert xero.call("GET", "Items/NONE").status_code == 404


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"Code": None}, "Item code must be specified."),
        ({"Code": "x" * 31}, "The field Code cannot exceed 30 characters."),
        ({"Code": "LAB"}, "Price List Item with Code 'LAB' already exists"),
        ({"Name": "x" * 51}, "The field Name cannot exceed 50 characters."),
        ({"Description": "x" * 4001}, "The field Description cannot exceed 4000 characters."),
        ({"SalesDetails": {"AccountCode": "999"}}, "Account code '999' is not a valid code for this document."),
        ({"SalesDetails": {"AccountCode": "260"}}, "Account code '260' has been archived, or deleted."),
        ({"SalesDetails": "200"}, "Error converting value '200' to SalesDetails."),
        (
            {"SalesDetails": {"TaxType": "GST9"}},
            "The TaxType code 'GST9' does not exist or cannot be used for this type of transaction.",
        ),
    ],
)
def test_an_item_is_checked(xero: Any, fields: dict[str, Any], message: str) -> None:
    refused = write(xero, {"Code": "NEW", **fields})
    assert refused["ValidationErrors"] == [{"Message": message}]
    assert refused["ItemID"] == "00000000-0000-0000-0000-000000000000"


def test_post_changes_by_id_or_code_and_put_never(xero: Any) -> None:
    (item,) = xero.get("Items/PLAIN")
    by_code = write(xero, {"Code": "PLAIN", "Name": "Plainer"}, "POST")
    by_id = write(xero, {"ItemID": item["ItemID"], "Code": "PLAIN2"}, "POST")
    assert (by_code["ItemID"], by_id["ItemID"], by_id["Name"]) == (item["ItemID"], item["ItemID"], "Plainer")
    assert xero.call("GET", "Items/PLAIN").status_code == 404
    unknown = write(xero, {"ItemID": "11111111-1111-4111-8111-111111111111", "Code": "Q"}, "POST")
    assert unknown["ValidationErrors"] == [{"Message": "An existing Item with the specified ItemID could not be found"}]
    by_path = xero.call("POST", "Items/PLAIN2", {"Description": "d"})
    assert by_path.json()["Items"][0]["Description"] == "d"
    assert xero.call("POST", "Items/NONE", {"Description": "d"}).status_code == 404


def test_an_item_that_is_not_sold_loses_its_sales_side(xero: Any) -> None:
    changed = write(xero, {"Code": "LAB", "IsSold": False}, "POST")
    assert changed["SalesDetails"] == {}
    assert "Description" not in changed


def test_items_are_not_paged_and_are_found_by_code(xero: Any) -> None:
    assert {each["Code"] for each in xero.get("Items", page=1, pageSize=1)} == {"LAB", "PLAIN", "STOCK"}
    assert [each["Code"] for each in xero.get("Items", where='Code=="LAB"')] == ["LAB"]
    assert xero.get("Items", where='Code=="NONE"') == []
    assert xero.get("Items/STOCK")[0]["IsTrackedAsInventory"] is True


def test_more_than_500_items_in_one_request_are_refused(xero: Any) -> None:
    for method in ("PUT", "POST"):
        answer = xero.call(method, "Items", {"Items": [{"Code": f"I{index}"} for index in range(501)]})
        assert (answer.status_code, answer.json()["Type"]) == (400, "PostDataInvalidException")
