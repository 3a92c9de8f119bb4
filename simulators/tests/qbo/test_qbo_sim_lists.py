"""Customers, vendors and items."""

from typing import Any

import pytest

INCOME, COSTS, ASSET = ({"value": account} for account in ("79", "80", "81"))


async def test_a_smallest_customer_comes_back_with_its_defaults(qbo: Any) -> None:
    made = await qbo.post("Customer", {"DisplayName": " Doe5, Jane "})
    assert made.pop("MetaData")["CreateTime"].endswith("-08:00")
    assert made == {
        "Taxable": True,
        "Job": False,
        "BillWithParent": False,
        "Balance": 0,
        "BalanceWithJobs": 0,
        "CurrencyRef": {"value": "USD", "name": "United States Dollar"},
        "PreferredDeliveryMethod": "Print",
        "domain": "QBO",
        "sparse": False,
        "Id": "10",
        "SyncToken": "0",
        "FullyQualifiedName": "Doe5, Jane",
        "DisplayName": "Doe5, Jane",
        "PrintOnCheckName": "Doe5, Jane",
        "Active": True,
    }


async def test_a_name_is_unique_over_customers_vendors_and_employees_whatever_its_case(qbo: Any) -> None:
    await qbo.post("Vendor", {"DisplayName": "Weiskopf Consulting"})
    code, detail = await qbo.refused("Customer", {"DisplayName": "weiskopf consulting"})
    assert (code, detail) == ("6240", "The name supplied already exists. : null")
    assert (await qbo.refused("Customer", {"DisplayName": "EMILY PLATT"}))[0] == "6240"
    code, detail = await qbo.refused("Customer", {"DisplayName": "BOLT & CO"})
    assert (code, detail) == ("6240", "The name supplied already exists. : Id=3")
    assert (await qbo.refused("Customer", {"DisplayName": "Gone (deleted)"}))[0] == "6240"


async def test_an_inactive_name_gains_a_suffix_and_frees_itself(qbo: Any) -> None:
    gone = await qbo.post("Customer", {"Id": "3", "SyncToken": "0", "sparse": True, "Active": False})
    assert (gone["DisplayName"], gone["FullyQualifiedName"], gone["Active"]) == ("Bolt & Co (deleted)",) * 2 + (False,)
    again = await qbo.post("Customer", {"Id": "3", "SyncToken": "1", "sparse": True, "Active": False})
    assert again["DisplayName"] == "Bolt & Co (deleted)"
    new = await qbo.post("Customer", {"DisplayName": "Bolt & Co"})
    back = {"Id": "3", "SyncToken": "2", "sparse": True, "Active": True}
    assert (await qbo.refused("Customer", back))[0] == "6240"
    await qbo.post("Customer", {"Id": new["Id"], "SyncToken": "0", "sparse": True, "DisplayName": "Bolt 2"})
    assert (await qbo.post("Customer", back))["DisplayName"] == "Bolt & Co"


async def test_a_full_update_clears_and_keeps_the_name(qbo: Any) -> None:
    changed = await qbo.post("Customer", {"Id": "1", "SyncToken": "0", "Notes": "x"})
    assert (changed["DisplayName"], changed["SyncToken"], changed["Notes"]) == ("Amy's Bird Sanctuary", "1", "x")
    assert "BillAddr" not in changed
    assert (await qbo.read("Customer", "1"))["Active"] is True


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "2020"),
        ({"DisplayName": "a:b"}, "2040"),
        ({"DisplayName": "a\tb"}, "2040"),
        ({"DisplayName": "☕"}, "2040"),
        ({"DisplayName": "x" * 501}, "2050"),
        ({"DisplayName": "x", "CompanyName": "y" * 101}, "2050"),
        ({"DisplayName": "x", "PrimaryPhone": {"FreeFormNumber": "1" * 31}}, "2050"),
        ({"DisplayName": "x", "PrimaryEmailAddr": {"Address": "nobody at example"}}, "2210"),
        ({"DisplayName": "x", "SalesTermRef": {"value": "77"}}, "2500"),
        ({"DisplayName": "x", "ParentRef": {"value": "77"}, "Job": True}, "6150"),
        ({"DisplayName": "x", "ParentRef": {"value": "2"}, "Job": True}, "6150"),
        ({"DisplayName": "x", "CurrencyRef": {"value": "EUR"}}, "2220"),
        ({"DisplayName": "x", "Active": "maybe"}, "2010"),
    ],
)
async def test_a_customer_that_quickbooks_would_not_take(qbo: Any, fields: dict[str, Any], code: str) -> None:
    assert (await qbo.refused("Customer", fields))[0] == code


async def test_names_are_made_of_their_parts_and_sub_customers_stand_under_their_parent(qbo: Any) -> None:
    made = await qbo.post("Customer", {"GivenName": "Jane", "FamilyName": "Doe"})
    assert made["DisplayName"] == "Jane Doe"
    parent = "1"
    for level in range(1, 5):
        sub = {"DisplayName": f"Site {level}", "Job": True, "ParentRef": {"value": parent}}
        made = await qbo.post("Customer", sub)
        parent = made["Id"]
        assert made["Level"] == level
    assert made["FullyQualifiedName"] == "Amy's Bird Sanctuary:Site 1:Site 2:Site 3:Site 4"
    assert (await qbo.refused("Customer", {"DisplayName": "5", "ParentRef": {"value": parent}}))[0] == "6180"
    await qbo.post("Invoice", {**qbo.form(qbo.line("10", "15")), "CustomerRef": {"value": parent}})
    amy = await qbo.read("Customer", "1")
    assert (amy["Balance"], amy["BalanceWithJobs"]) == (0, 10)


async def test_a_service_may_sell_to_what_is_owed_and_goods_may_not(qbo: Any) -> None:
    owed = {"IncomeAccountRef": {"value": "82"}}
    made = await qbo.post("Item", {"Name": "Retainer", "Type": "Service", **owed})
    assert made["IncomeAccountRef"] == {"value": "82", "name": "Retainers"}
    assert (await qbo.refused("Item", {"Name": "No", "Type": "NonInventory", **owed}))[0] == "6430"


async def test_a_vendor_is_read_updated_and_never_deleted(qbo: Any) -> None:
    made = await qbo.post("Vendor", {"DisplayName": "Acme Supplies", "TermRef": {"value": "3"}})
    assert made["TermRef"] == {"value": "3", "name": "Net 30"}
    ids = {"Id": made["Id"], "SyncToken": "0"}
    assert (await qbo.refused("Vendor", ids, operation="delete"))[0] == "500"
    assert (await qbo.refused("Vendor", ids, operation="void"))[0] == "500"
    assert (await qbo.post("Vendor", {**ids, "sparse": True, "AcctNum": "7"}))["AcctNum"] == "7"


async def test_a_service_item_needs_an_income_account_of_that_type(qbo: Any) -> None:
    made = await qbo.post("Item", {"Name": "Onsite", "Type": "Service", "IncomeAccountRef": INCOME, "UnitPrice": 95.5})
    assert made["IncomeAccountRef"] == {"value": "79", "name": "Sales of Product Income"}
    assert (made["FullyQualifiedName"], made["UnitPrice"], made["Taxable"]) == ("Onsite", 95.5, False)
    assert (await qbo.invoice(qbo.line("5", made["Id"])))["TotalAmt"] == 5
    assert (await qbo.refused("Item", {"Name": "No", "Type": "Service"}))[0] == "2020"
    assert (await qbo.refused("Item", {"Name": "No", "Type": "Service", "IncomeAccountRef": COSTS}))[0] == "6430"
    assert (await qbo.refused("Item", {"Name": "No", "Type": "Group", "IncomeAccountRef": INCOME}))[0] == "2170"
    assert (await qbo.refused("Item", {"Name": "ONSITE", "IncomeAccountRef": INCOME}))[0] == "6240"
    assert (await qbo.refused("Item", {"Name": "a:b", "IncomeAccountRef": INCOME}))[0] == "2040"
    assert (await qbo.refused("Item", {"Name": "x" * 101, "IncomeAccountRef": INCOME}))[0] == "2050"
    assert (await qbo.refused("Item", {"Type": "Service", "IncomeAccountRef": INCOME}))[0] == "2020"


async def test_an_inventory_item_needs_three_accounts_and_stays_tracked(qbo: Any) -> None:
    accounts = {"IncomeAccountRef": INCOME, "ExpenseAccountRef": COSTS, "AssetAccountRef": ASSET}
    tracked = {"Name": "Switch", "Type": "Inventory", "QtyOnHand": 5, "InvStartDate": "2026-01-01", **accounts}
    made = await qbo.post("Item", tracked)
    assert made["TrackQtyOnHand"] is True
    del tracked["AssetAccountRef"]
    assert (await qbo.refused("Item", {**tracked, "Name": "Other"}))[0] == "2020"
    untracked = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "TrackQtyOnHand": False}
    assert (await qbo.refused("Item", untracked))[0] == "6000"


async def test_an_item_made_inactive_is_not_sold_any_more(qbo: Any) -> None:
    gone = await qbo.post("Item", {"Id": "15", "SyncToken": "0", "sparse": True, "Active": False})
    assert gone["Name"] == "Labour (deleted)"
    assert (await qbo.refused("Invoice", qbo.form(qbo.line("5", "15"))))[0] == "610"
    back = await qbo.post("Item", {"Id": "15", "SyncToken": "1", "sparse": True, "Active": True})
    assert back["Name"] == "Labour"


async def test_a_sub_item_has_its_parents_name_in_front(qbo: Any) -> None:
    sub = {"Name": "Night", "SubItem": True, "ParentRef": {"value": "15"}, "IncomeAccountRef": INCOME}
    assert (await qbo.post("Item", sub))["FullyQualifiedName"] == "Labour:Night"
    assert (await qbo.refused("Item", {**sub, "Name": "Day", "ParentRef": {"value": "99"}}))[0] == "6150"
    circle = {"Id": "15", "SyncToken": "0", "sparse": True, "ParentRef": {"value": "16"}}
    assert (await qbo.refused("Item", circle))[0] == "6150"
