"""The query language."""

from typing import Any

import pytest


async def names(qbo: Any, where: str) -> list[str]:
    found = await qbo.query(f"SELECT * FROM Customer {where}")
    return [each["DisplayName"] for each in found.get("Customer", [])]


async def test_lists_show_active_entities_only_unless_active_is_asked_for(qbo: Any) -> None:
    assert await names(qbo, "") == ["Amy's Bird Sanctuary", "Bolt & Co"]
    both = ["Amy's Bird Sanctuary", "Bolt & Co", "Gone (deleted)"]
    assert await names(qbo, "WHERE Active IN (true, false)") == both
    assert await names(qbo, "where Active = false") == ["Gone (deleted)"]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        (r"WHERE DisplayName = 'Amy\'s Bird Sanctuary'", ["Amy's Bird Sanctuary"]),
        ("WHERE DisplayName = 'amy\\'s bird sanctuary'", ["Amy's Bird Sanctuary"]),
        ("WHERE DisplayName LIKE '%bird%'", ["Amy's Bird Sanctuary"]),
        ("WHERE DisplayName LIKE 'Bolt%'", ["Bolt & Co"]),
        ("WHERE DisplayName LIKE 'bird'", []),
        ("WHERE Id = '3'", ["Bolt & Co"]),
        ("WHERE Id IN ('1', '3') AND Taxable = true", ["Amy's Bird Sanctuary"]),
        ("WHERE Balance > '50'", ["Amy's Bird Sanctuary"]),
        ("WHERE Balance <= 0", ["Bolt & Co"]),
        ("WHERE CompanyName = 'none'", []),
        ("ORDER BY Balance DESC", ["Amy's Bird Sanctuary", "Bolt & Co"]),
        ("ORDERBY Notes, DisplayName ASC", ["Amy's Bird Sanctuary", "Bolt & Co"]),
        ("WHERE MetaData.CreateTime > '2000-01-01T00:00:00-08:00' ORDERBY DisplayName DESC", None),
        ("WHERE MetaData.LastUpdatedTime < '2000-01-01T00:00:00Z'", []),
    ],
)
async def test_conditions(qbo: Any, where: str, found: list[str] | None) -> None:
    await qbo.invoice(qbo.line("60", "15"))
    expected = ["Bolt & Co", "Amy's Bird Sanctuary"] if found is None else found
    assert await names(qbo, where) == expected


async def test_pages_begin_at_one_and_past_the_end_is_nothing(qbo: Any) -> None:
    made = [(await qbo.invoice(DocNumber=f"N-{number:03}"))["Id"] for number in range(5)]
    page = await qbo.query("SELECT * FROM Invoice ORDERBY DocNumber STARTPOSITION 4 MAXRESULTS 3")
    assert [each["Id"] for each in page["Invoice"]] == made[3:]
    assert (page["startPosition"], page["maxResults"]) == (4, 2)
    assert await qbo.query("SELECT * FROM Invoice STARTPOSITION 6") == {}
    assert await qbo.query("SELECT COUNT(*) FROM Invoice") == {"totalCount": 5}
    newest = await qbo.query("SELECT * FROM Invoice MAXRESULTS 1")
    assert newest["Invoice"][0]["Id"] == made[-1]
    by_reference = await qbo.query("SELECT Id FROM Invoice WHERE CustomerRef = '1' AND TxnDate >= '2026-10-31'")
    assert by_reference["maxResults"] == 5


async def test_a_page_has_100_and_at_most_1000(qbo: Any) -> None:
    assert (await qbo.query_refused("SELECT * FROM Invoice MAXRESULTS 1001"))[0] == "4001"
    items = [{"bId": str(number), "operation": "create", "Invoice": qbo.form()} for number in range(30)]
    for _ in range(4):
        await qbo.call("POST", "batch", {"BatchItemRequest": items})
    assert (await qbo.query("SELECT * FROM Invoice"))["maxResults"] == 100
    assert (await qbo.query("SELECT * FROM Invoice MAXRESULTS 1000"))["maxResults"] == 120


async def test_named_columns_make_a_sparse_answer_and_sku_must_be_named(qbo: Any) -> None:
    found = await qbo.query("SELECT DisplayName, MetaData.CreateTime FROM Customer WHERE Id = '1'")
    assert set(found["Customer"][0]) == {"domain", "sparse", "Id", "DisplayName", "MetaData"}
    assert found["Customer"][0]["sparse"] is True
    (item,) = (await qbo.query("SELECT * FROM Item WHERE Name = 'Pump'"))["Item"]
    assert "Sku" not in item
    (item,) = (await qbo.query("SELECT *, Sku FROM Item WHERE Name = 'Pump'"))["Item"]
    assert item["Sku"] == "P-1"


async def test_a_query_may_be_posted_as_text(qbo: Any) -> None:
    answer = await qbo.call("POST", "query", b"select * from Term orderby Name")
    assert [each["Name"] for each in answer.json()["QueryResponse"]["Term"]] == ["20th", "Net 30"]


async def test_settings_and_reference_lists_are_queried_like_the_rest(qbo: Any) -> None:
    info = await qbo.query("SELECT * FROM CompanyInfo")
    assert info["CompanyInfo"][0]["Country"] == "US"
    assert (await qbo.query("SELECT * FROM Preferences"))["maxResults"] == 1
    codes = await qbo.query("SELECT * FROM TaxCode")
    assert {each["Id"] for each in codes["TaxCode"]} == {"TAX", "NON", "2", "6"}
    for kind in ("Account", "TaxRate", "TaxAgency", "Class", "Department", "Employee", "Vendor"):
        assert (await qbo.query(f"SELECT * FROM {kind}"))["maxResults"] >= 1
    assert (await qbo.read("TaxCode", "NON"))["Name"] == "NON"
    assert (await qbo.read("Account", "79"))["AccountType"] == "Income"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("SELECT * FROM Custmoer", "4001"),
        ("SELECT * FROM Customer WHERE Colour = 'red'", "4001"),
        ("SELECT * FROM Invoice WHERE PrivateNote = 'CW:1'", "4001"),
        ("SELECT * FROM Invoice STARTPOSITION 0", "4001"),
        ("SELECT * FROM Invoice WHERE Id > '5'", "4001"),
        ("SELECT * FROM Invoice WHERE TotalAmt > 'much'", "4001"),
        ("SELECT * FROM Invoice WHERE MetaData.CreateTime > 'soon'", "4001"),
        ("SELECT * FROM Invoice ORDERBY Colour", "4001"),
        ("SELECT * FROM Customer WHERE Id = '1' OR Id = '2'", "4000"),
        ("SELECT * FROM Customer WHERE DisplayName = 'O'Neill'", "4000"),
        ("SELECT * FROM Customer WHERE DisplayName != 'x'", "4000"),
        ("SELECT * FROM Customer WHERE DisplayName LIKE Bolt", "4000"),
        ("SELECT * FROM Customer WHERE DisplayName ~ 'x'", "4000"),
        ("SELECT * FROM Customer WHERE DisplayName 'x'", "4000"),
        ("SELECT COUNT(1) FROM Customer", "4000"),
        ("SELECT * Customer", "4000"),
        ("SELECT 'x' FROM Customer", "4000"),
        ("", "4000"),
        ("SELECT * FROM Customer WHERE Id IN ('1'", "4000"),
        ("SELECT * FROM Customer" + " " * 2 + "x" * 30_000, "4000"),
    ],
)
async def test_a_malformed_query_is_refused(qbo: Any, text: str, code: str) -> None:
    await qbo.invoice()
    assert (await qbo.query_refused(text))[0] == code
