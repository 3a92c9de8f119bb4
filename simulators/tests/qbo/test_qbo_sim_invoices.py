"""Invoices: what is stored, what is computed, what is refused."""

from decimal import Decimal
from typing import Any

import pytest

D = Decimal


async def test_a_smallest_invoice_comes_back_whole_with_a_subtotal_that_nobody_sent(qbo: Any) -> None:
    made = await qbo.post("Invoice", {"CustomerRef": {"value": "1"}, "Line": [qbo.line("100.00", "15")]})
    assert made["Line"] == [
        {
            "Id": "1",
            "LineNum": 1,
            "Amount": D("100.0"),
            "DetailType": "SalesItemLineDetail",
            "SalesItemLineDetail": {
                "ItemRef": {"value": "15", "name": "Labour"},
                "TaxCodeRef": {"value": "NON"},
            },
        },
        {"Amount": D("100.0"), "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}},
    ]
    assert (made["TotalAmt"], made["Balance"], made["SyncToken"], made["sparse"]) == (100, 100, "0", False)
    assert made["CustomerRef"] == {"value": "1", "name": "Amy's Bird Sanctuary"}
    assert made["TxnTaxDetail"] == {"TotalTax": 0}
    assert made["BillAddr"]["PostalCode"] == "94326"
    assert "DocNumber" not in made
    assert await qbo.read("Invoice", made["Id"]) == made


@pytest.mark.parametrize(
    ("quantity", "price", "amount"),
    [
        ("128.350", "14.50", "1861.08"),
        ("3", "33.3333333", "100.00"),
        ("12.95", "74.9714286", "970.88"),
        ("-1.5", "0.01", "-0.02"),
        ("1", "0.00499999", "0"),
        ("2", "1.00000009", "2.00"),
    ],
)
async def test_a_line_is_quantity_times_price_rounded_half_up(qbo: Any, quantity: str, price: str, amount: str) -> None:
    lines = [qbo.line("1"), qbo.line(amount, Qty=quantity, UnitPrice=price)]
    made = await qbo.invoice(*lines)
    assert made["TotalAmt"] == 1 + D(amount)


@pytest.mark.parametrize(
    ("quantity", "price", "amount", "supplied"),
    [
        ("128.350", "14.50", "1861.07", "1,861.07"),
        ("3", "33.33", "100.00", "100.00"),
        ("12.95", "75", "970.88", "970.88"),
        ("7", "225", "1000", "1,000"),
        ("1000", "0.0612", "61.17", "61.17"),
    ],
)
async def test_a_line_that_says_another_amount_is_refused_with_6070(
    qbo: Any, quantity: str, price: str, amount: str, supplied: str
) -> None:
    code, detail = await qbo.refused("Invoice", qbo.form(qbo.line(amount, Qty=quantity, UnitPrice=price)))
    assert (code, detail.partition(" : ")[2]) == (
        "6070",
        f"Amount is not equal to UnitPrice * Qty. Supplied value:{supplied}",
    )


async def test_an_amount_alone_is_taken_and_prices_keep_seven_places(qbo: Any) -> None:
    made = await qbo.invoice(qbo.line("61.17"), qbo.line("100", Qty="3", UnitPrice="33.33333339"))
    assert made["TotalAmt"] == D("161.17")
    assert made["Line"][1]["SalesItemLineDetail"]["UnitPrice"] == D("33.3333333")


async def test_a_line_without_an_item_is_documentation_and_its_amount_ignored(qbo: Any) -> None:
    text = {"Description": "as agreed", "Amount": 50, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {}}
    described = {"Description": "a note", "DetailType": "DescriptionOnly", "DescriptionLineDetail": {}}
    made = await qbo.invoice(qbo.line("10"), text, described)
    assert made["TotalAmt"] == 10
    assert [each["DetailType"] for each in made["Line"]] == [
        "SalesItemLineDetail",
        "DescriptionOnly",
        "DescriptionOnly",
        "SubTotalLineDetail",
    ]
    assert "Amount" not in made["Line"][1]


async def test_a_discount_by_percent_and_by_amount(qbo: Any) -> None:
    by_percent = {
        "DetailType": "DiscountLineDetail",
        "Amount": 1,
        "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 10, "DiscountAccountRef": {"value": "86"}},
    }
    by_amount = {"DetailType": "DiscountLineDetail", "Amount": 5, "DiscountLineDetail": {"PercentBased": False}}
    made = await qbo.invoice(qbo.line("50", "15"), by_percent)
    assert (made["TotalAmt"], made["Line"][-1]["Amount"]) == (45, 5)
    assert made["Line"][-1]["DiscountLineDetail"]["DiscountAccountRef"]["name"] == "Discounts given"
    assert (await qbo.invoice(qbo.line("50", "15"), by_amount))["TotalAmt"] == 45
    assert (await qbo.refused("Invoice", qbo.form(qbo.line(), by_amount, by_amount)))[0] == "6000"


async def test_a_total_below_zero_is_refused_and_a_negative_line_is_not(qbo: Any) -> None:
    made = await qbo.invoice(qbo.line("100"), qbo.line("-30.5"))
    assert made["TotalAmt"] == D("69.5")
    assert (await qbo.invoice(qbo.line("10"), qbo.line("-10")))["TotalAmt"] == 0
    code, detail = await qbo.refused("Invoice", qbo.form(qbo.line("10"), qbo.line("-10.01")))
    assert (code, "0 or greater" in detail) == ("6000", True)


async def test_a_tracked_item_needs_a_quantity(qbo: Any) -> None:
    assert (await qbo.refused("Invoice", qbo.form(qbo.line("10", "13"))))[0] == "6520"
    assert (await qbo.invoice(qbo.line("10", "13", Qty="1", UnitPrice="10")))["TotalAmt"] == 10


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"Line": [{}]}, "2020"),
        ({"CustomerRef": {"value": "1"}}, "2020"),
        ({"CustomerRef": {"value": "1"}, "Line": []}, "2250"),
        ({"CustomerRef": {"value": "999"}, "Line": [{}]}, "2500"),
        ({"CustomerRef": {"value": "2"}, "Line": [{}]}, "610"),
        ({"CustomerRef": {"value": "1"}, "Line": [{"Amount": 1}]}, "2020"),
        ({"CustomerRef": {"value": "1"}, "Line": [{"DetailType": "Other"}]}, "2170"),
        ({"CustomerRef": {"value": "1"}, "BadJson": True}, "2010"),
        ({"CustomerRef": {"value": "1", "colour": "red"}}, "2010"),
        ({"CustomerRef": "1"}, "2010"),
        ({"CustomerRef": {"value": "1"}, "Line": {}}, "2010"),
        ({"CustomerRef": {"value": "1"}, "Line": [{"Amount": "abc"}]}, "2090"),
        ({"CustomerRef": {"value": "1"}, "Line": [{"Amount": True}]}, "2090"),
        ({"CustomerRef": {"value": "1"}, "Line": [{"Amount": "NaN"}]}, "2090"),
        ({"CustomerRef": {"value": "1"}, "Line": [{"DetailType": "DiscountLineDetail"}]}, "2020"),
        ({"CustomerRef": {"value": "1"}, "Line": [{"Amount": 10_000_000_000}]}, "2140"),
        ({"CustomerRef": {"value": "1"}, "TxnDate": "31.10.2026"}, "2060"),
        ({"CustomerRef": {"value": "1"}, "TxnDate": "today"}, "2060"),
        ({"CustomerRef": {"value": "1"}, "DocNumber": "1" * 22}, "2050"),
        ({"CustomerRef": {"value": "1"}, "BillEmail": {"Address": "nobody"}}, "2210"),
        ([], "2010"),
        (b"{", "2010"),
    ],
)
async def test_a_malformed_invoice_is_refused(qbo: Any, body: Any, code: str) -> None:
    assert (await qbo.refused("Invoice", body))[0] == code


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"ItemRef": {"value": "999"}}, "2500"),
        ({"ItemRef": {"value": "14"}}, "610"),
        ({"ClassRef": {"value": "999"}}, "2500"),
        ({"ClassRef": {"value": "501"}}, "610"),
        ({"TaxCodeRef": {"value": "2"}}, "6100"),
    ],
)
async def test_what_a_line_refers_to_must_be_there(qbo: Any, changed: dict[str, Any], code: str) -> None:
    sent = qbo.line()
    sent["SalesItemLineDetail"].update(changed)
    assert (await qbo.refused("Invoice", qbo.form(sent)))[0] == code


async def test_a_line_without_an_amount_and_a_written_group_line_are_refused(qbo: Any) -> None:
    sent = qbo.line()
    del sent["Amount"]
    assert (await qbo.refused("Invoice", qbo.form(sent)))[0] == "2020"
    group = {"Amount": 1, "DetailType": "GroupLineDetail", "GroupLineDetail": {"Quantity": 1}}
    assert (await qbo.refused("Invoice", qbo.form(group)))[0] == "500"


async def test_a_us_company_takes_latin_characters_only(qbo: Any, au: Any) -> None:
    code, _ = await qbo.refused("Invoice", qbo.form(qbo.line(text="a “curly” quote")))
    assert code == "2040"
    assert (await qbo.invoice(qbo.line(text="crème brûlée")))["Line"][0]["Description"] == "crème brûlée"
    made = await au.invoice(au.line(text="“☕”", TaxCodeRef={"value": "10"}))
    assert made["Line"][0]["Description"] == "“☕”"


async def test_addresses_together_and_memos_have_their_limits(qbo: Any) -> None:
    address = {f"Line{number}": "x" * 500 for number in range(1, 6)}
    code, detail = await qbo.refused("Invoice", qbo.form(BillAddr=address))
    assert (code, detail.rpartition(":")[2]) == ("2050", "2500")
    assert (await qbo.refused("Invoice", qbo.form(CustomerMemo={"value": "x" * 1001})))[0] == "2050"
    assert (await qbo.refused("Invoice", qbo.form(EmailStatus="NeedToSend")))[0] == "2020"


async def test_classes_and_departments_are_kept_where_tracking_is_on_else_dropped(qbo: Any) -> None:
    sent = qbo.form(
        qbo.line(ClassRef={"value": "500"}), ClassRef={"value": "500"}, DepartmentRef={"value": "600", "name": ""}
    )
    made = await qbo.post("Invoice", sent)
    assert made["Line"][0]["SalesItemLineDetail"]["ClassRef"] == {"value": "500", "name": "Managed"}
    assert made["DepartmentRef"] == {"value": "600", "name": "North"}
    assert "ClassRef" not in made


async def test_numbers_and_flags_may_stand_in_quotes_and_a_service_date_is_kept(qbo: Any) -> None:
    sent = qbo.line("10", ServiceDate="2026-10-30T00:00:00-08:00")
    sent["Amount"] = "10.50"
    made = await qbo.invoice(sent, ApplyTaxAfterDiscount="true")
    assert (made["TotalAmt"], made["ApplyTaxAfterDiscount"]) == (D("10.5"), True)
    assert made["Line"][0]["SalesItemLineDetail"]["ServiceDate"] == "2026-10-30"


async def test_due_dates_come_from_the_term(qbo: Any) -> None:
    assert (await qbo.invoice())["DueDate"] == "2026-10-31"
    made = await qbo.invoice(SalesTermRef={"value": "3"})
    assert (made["DueDate"], made["SalesTermRef"]) == ("2026-11-30", {"value": "3", "name": "Net 30"})
    by_day = {"SalesTermRef": {"value": "5"}}
    assert (await qbo.invoice(TxnDate="2026-10-14", **by_day))["DueDate"] == "2026-10-20"
    assert (await qbo.invoice(TxnDate="2026-10-16", **by_day))["DueDate"] == "2026-11-20"
    assert (await qbo.invoice(TxnDate="2026-12-31", **by_day))["DueDate"] == "2027-01-20"
    assert (await qbo.invoice(DueDate="2026-11-05", **by_day))["DueDate"] == "2026-11-05"


async def test_more_than_750_taxable_lines_are_refused(qbo: Any) -> None:
    lines = [qbo.line("1", TaxCodeRef={"value": "TAX"}) for _ in range(751)]
    assert (await qbo.refused("Invoice", qbo.form(*lines)))[0] == "6000"
    assert (await qbo.invoice(*lines[1:]))["TotalAmt"] == 750
    assert (await qbo.refused("Invoice", qbo.form(*[{}] * 10_001)))[0] == "6000"


async def test_a_deposit_lowers_the_balance(qbo: Any) -> None:
    made = await qbo.invoice(qbo.line("100", "15"), Deposit=30)
    assert (made["TotalAmt"], made["Balance"], made["Deposit"]) == (100, 70, 30)
