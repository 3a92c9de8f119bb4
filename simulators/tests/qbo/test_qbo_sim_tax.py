"""Sales tax: outside the US by line, in the US by hand, and Automated Sales Tax in its three behaviours."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

D = Decimal
TAX, NON = {"TaxCodeRef": {"value": "TAX"}}, {"TaxCodeRef": {"value": "NON"}}
GST, FREE, WINE, COMPOUND = ({"TaxCodeRef": {"value": code}} for code in ("10", "11", "12", "13"))
AUTOMATED = {"TaxPrefs": {"UsingSalesTax": True, "PartnerTaxEnabled": True}}
PLACES = [
    {"CountrySubDivisionCode": "CA", "TaxCodeRef": {"value": "2"}},
    {"CountrySubDivisionCode": "CA", "PostalCode": "943", "TaxCodeRef": {"value": "6"}},
]
DISCOUNT = {
    "DetailType": "DiscountLineDetail",
    "Amount": 1,
    "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 10},
}


def tax_line(rate: str, amount: str) -> dict[str, Any]:
    detail = {"TaxRateRef": {"value": rate}, "PercentBased": True}
    return {"DetailType": "TaxLineDetail", "Amount": D(amount), "TaxLineDetail": detail}


def taxes(form: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """Rate, amount and base of each tax line."""
    return [
        (each["TaxLineDetail"]["TaxRateRef"]["value"], each["Amount"], each["TaxLineDetail"]["NetAmountTaxable"])
        for each in form["TxnTaxDetail"].get("TaxLine", [])
    ]


async def test_us_tax_by_hand_is_rounded_once_on_the_summed_base(qbo: Any) -> None:
    lines = [qbo.line("0.06", **TAX), qbo.line("0.06", **TAX), qbo.line("0.07", **TAX), qbo.line("100", **NON)]
    made = await qbo.invoice(*lines, TxnTaxDetail={"TxnTaxCodeRef": {"value": "2"}})
    assert (made["TxnTaxDetail"]["TotalTax"], made["TotalAmt"]) == (D("0.02"), D("100.21"))
    assert made["TxnTaxDetail"]["TxnTaxCodeRef"] == {"value": "2"}
    assert taxes(made) == [("3", D("0.02"), D("0.19"))]


async def test_us_tax_of_several_rates_is_prorated_to_the_rounded_total(qbo: Any) -> None:
    made = await qbo.invoice(qbo.line("335.25", **TAX), TxnTaxDetail={"TxnTaxCodeRef": {"value": "6"}})
    assert made["TxnTaxDetail"]["TotalTax"] == D("29.75")
    assert [amount for _, amount, _ in taxes(made)] == [D("26.82"), D("2.51"), D("0.42")]


async def test_us_tax_without_a_code_is_nothing_and_a_total_alone_is_computed_anew(qbo: Any) -> None:
    assert (await qbo.invoice(qbo.line("100", **TAX)))["TotalAmt"] == 100
    assert (await qbo.invoice(qbo.line("100", **TAX), TxnTaxDetail={"TotalTax": 8}))["TotalAmt"] == 100
    sent = {"TxnTaxCodeRef": {"value": "2"}, "TotalTax": D("8.01")}
    assert (await qbo.invoice(qbo.line("100", **TAX), TxnTaxDetail=sent))["TotalAmt"] == 108


async def test_a_complete_tax_detail_is_kept_with_its_difference(qbo: Any) -> None:
    sent = {"TxnTaxCodeRef": {"value": "2"}, "TotalTax": D("8.01"), "TaxLine": [tax_line("3", "8.01")]}
    made = await qbo.invoice(qbo.line("100", **TAX), TxnTaxDetail=sent)
    assert (made["TotalAmt"], made["TxnTaxDetail"]["TotalTax"]) == (D("108.01"), D("8.01"))
    assert made["TxnTaxDetail"]["TaxLine"][0]["TaxLineDetail"]["OverrideDeltaAmount"] == D("0.01")
    mirrored = await qbo.credit(qbo.line("100", **TAX), TxnTaxDetail=sent)
    assert mirrored["TotalAmt"] == made["TotalAmt"]


async def test_an_incomplete_tax_detail_is_computed_anew_and_a_foreign_rate_refused(au: Any) -> None:
    lines = [au.line("100", **GST), au.line("50", **FREE)]
    incomplete = {"TotalTax": D("10.01"), "TaxLine": [tax_line("20", "10.01")]}
    assert (await au.invoice(*lines, TxnTaxDetail=incomplete))["TotalAmt"] == 160
    unsummed = {"TotalTax": D("10.02"), "TaxLine": [tax_line("20", "10.01"), tax_line("21", "0")]}
    assert (await au.invoice(*lines, TxnTaxDetail=unsummed))["TotalAmt"] == 160
    foreign = {"TotalTax": 7, "TaxLine": [tax_line("23", "7")]}
    assert (await au.refused("Invoice", au.form(*lines, TxnTaxDetail=foreign)))[0] == "6000"
    twice = {"TotalTax": 10, "TaxLine": [tax_line("20", "5"), tax_line("20", "5")]}
    assert (await au.refused("Invoice", au.form(*lines, TxnTaxDetail=twice)))[0] == "6000"


async def test_a_us_line_without_a_code_is_taxed_where_item_and_customer_are(qbo: Any) -> None:
    tax = {"TxnTaxDetail": {"TxnTaxCodeRef": {"value": "2"}}}
    assert (await qbo.invoice(qbo.line("100", "11"), **tax))["TotalAmt"] == 108
    assert (await qbo.invoice(qbo.line("100", "15"), **tax))["TotalAmt"] == 100
    assert (await qbo.invoice(qbo.line("100", "11"), CustomerRef={"value": "3"}, **tax))["TotalAmt"] == 100


async def test_a_company_without_sales_tax_ignores_the_tax_detail(open_company: Callable[..., Any]) -> None:
    qbo = open_company(Preferences={"TaxPrefs": {"UsingSalesTax": False}})
    made = await qbo.invoice(qbo.line("100", **TAX), TxnTaxDetail={"TxnTaxCodeRef": {"value": "2"}, "TotalTax": 8})
    assert made["TotalAmt"] == 100
    assert "TxnTaxDetail" not in made


async def test_outside_the_us_a_company_may_be_without_sales_tax_too(
    open_company: Callable[..., Any], companies: dict[str, Callable[..., Any]]
) -> None:
    au = open_company(companies["au"], Preferences={"TaxPrefs": {"UsingSalesTax": False}})
    made = await au.invoice(au.line("100"), TxnTaxDetail={"TotalTax": 10})
    assert made["TotalAmt"] == 100
    assert "TxnTaxDetail" not in made


async def test_tax_after_a_discount_is_tax_on_less(qbo: Any) -> None:
    tax = {"TxnTaxDetail": {"TxnTaxCodeRef": {"value": "2"}}}
    lines = [qbo.line("100", **TAX), qbo.line("100", **NON), DISCOUNT]
    assert (await qbo.invoice(*lines, **tax))["TotalAmt"] == D("188")
    assert (await qbo.invoice(*lines, ApplyTaxAfterDiscount=True, **tax))["TotalAmt"] == D("187.2")


async def test_gst_is_rounded_per_rate_on_the_summed_base(au: Any) -> None:
    made = await au.invoice(*[au.line("0.04", **GST) for _ in range(3)], au.line("10", **FREE))
    assert (made["TxnTaxDetail"]["TotalTax"], made["TotalAmt"]) == (D("0.01"), D("10.13"))
    assert taxes(made) == [("20", D("0.01"), D("0.12")), ("21", 0, 10)]
    assert made["GlobalTaxCalculation"] == "TaxExcluded"


async def test_gst_is_rounded_line_by_line_where_the_company_is_set_so(
    open_company: Callable[..., Any], companies: dict[str, Callable[..., Any]]
) -> None:
    au = open_company(companies["au"], tax_rounding="per_line")
    made = await au.invoice(*[au.line("0.05", **GST) for _ in range(3)])
    assert (made["TxnTaxDetail"]["TotalTax"], made["TotalAmt"]) == (D("0.03"), D("0.18"))


async def test_codes_of_several_rates_and_tax_on_tax(au: Any) -> None:
    made = await au.invoice(au.line("100", **WINE), au.line("50", **GST))
    assert taxes(made) == [("20", 15, 150), ("22", 29, 100)]
    compound = await au.invoice(au.line("100", **COMPOUND))
    assert taxes(compound) == [("20", 10, 100), ("23", D("7.7"), 110)]


async def test_rates_that_changed_count_by_the_documents_date(
    open_company: Callable[..., Any], companies: dict[str, Callable[..., Any]]
) -> None:
    given = companies["au"]("1")
    given["TaxRate"][0]["EffectiveTaxRate"] = [
        {"RateValue": 15, "EffectiveDate": "2026-11-01T00:00:00-08:00"},
        {"RateValue": 10, "EffectiveDate": "2000-01-01", "EndDate": "2026-10-31"},
    ]
    au = open_company(lambda realm_id: {**given, "realmId": realm_id})
    assert (await au.invoice(au.line("100", **GST)))["TotalAmt"] == 110
    assert (await au.invoice(au.line("100", **GST), TxnDate="2026-11-01"))["TotalAmt"] == 115


async def test_outside_the_us_every_line_needs_an_active_tax_code(au: Any) -> None:
    assert (await au.refused("Invoice", au.form(au.line("100"))))[0] == "6000"
    for code, refusal in (("999", "2500"), ("14", "610")):
        sent = au.form(au.line("100", TaxCodeRef={"value": code}))
        assert (await au.refused("Invoice", sent))[0] == refusal


async def test_a_line_without_a_code_takes_its_items(au: Any) -> None:
    item = {
        "Name": "GST item",
        "Type": "Service",
        "IncomeAccountRef": {"value": "79"},
        "SalesTaxCodeRef": {"value": "10"},
    }
    made = await au.post("Item", item)
    assert made["SalesTaxCodeRef"] == {"value": "10", "name": "GST"}
    assert (await au.invoice(au.line("100", made["Id"])))["TotalAmt"] == 110


async def test_where_tax_is_not_applicable_a_tax_detail_is_refused_with_6170(au: Any) -> None:
    none = {"GlobalTaxCalculation": "NotApplicable"}
    made = await au.invoice(au.line("100"), **none)
    assert (made["TotalAmt"], made["GlobalTaxCalculation"]) == (100, "NotApplicable")
    assert "TxnTaxDetail" not in made
    assert (await au.refused("Invoice", au.form(au.line("100"), TxnTaxDetail={"TotalTax": 0}, **none)))[0] == "6170"
    assert (await au.refused("Invoice", au.form(au.line("100"), GlobalTaxCalculation="Sometimes")))[0] == "2170"


async def test_a_tax_inclusive_line_is_net_and_its_gross_is_kept(au: Any) -> None:
    sent = au.line("90.91", TaxInclusiveAmt=100, **GST)
    made = await au.invoice(sent, GlobalTaxCalculation="TaxInclusive")
    assert made["Line"][0]["SalesItemLineDetail"]["TaxInclusiveAmt"] == 100
    assert (made["TxnTaxDetail"]["TotalTax"], made["TotalAmt"]) == (D("9.09"), 100)


async def test_a_sparse_change_keeps_the_tax_and_new_lines_are_taxed_anew(au: Any, qbo: Any) -> None:
    kept = {"TotalTax": D("10.01"), "TaxLine": [tax_line("20", "10.01")]}
    made = await au.invoice(au.line("100", **GST), TxnTaxDetail=kept)
    ids = {"Id": made["Id"], "sparse": True}
    noted = await au.post("Invoice", {**ids, "SyncToken": "0", "PrivateNote": "x"})
    assert noted["TotalAmt"] == made["TotalAmt"] == D("110.01")
    relined = await au.post("Invoice", {**ids, "SyncToken": "1", "Line": [au.line("200", **GST)]})
    assert relined["TotalAmt"] == 220
    stale = {**ids, "SyncToken": "2", "Line": [au.line("300", **GST)], "TxnTaxDetail": relined["TxnTaxDetail"]}
    assert (await au.post("Invoice", stale))["TotalAmt"] == 320
    by_hand = await qbo.invoice(qbo.line("100", **TAX), TxnTaxDetail={"TxnTaxCodeRef": {"value": "2"}})
    again = {"Id": by_hand["Id"], "SyncToken": "0", "sparse": True, "Line": [qbo.line("200", **TAX)]}
    assert (await qbo.post("Invoice", again))["TotalAmt"] == 216


@pytest.mark.parametrize(
    ("behaviour", "detail", "tax"),
    [
        ("honoured", {"TotalTax": D("8.80")}, "8.80"),
        ("honoured", None, "8.88"),
        ("honoured", {"TxnTaxCodeRef": {"value": "2"}}, "8.88"),
        ("recomputed", {"TotalTax": D("8.80")}, "8.88"),
        ("recomputed", {"TotalTax": 5, "TaxLine": [tax_line("3", "5")]}, "8.88"),
        ("ignored", {"TotalTax": D("8.80")}, "0"),
        ("ignored", {"TotalTax": 5, "TaxLine": [tax_line("3", "5")]}, "8.00"),
        ("ignored", None, "8.88"),
    ],
)
async def test_automated_sales_tax_behaves_in_one_of_three_ways(
    open_company: Callable[..., Any], behaviour: str, detail: dict[str, Any] | None, tax: str
) -> None:
    qbo = open_company(Preferences=AUTOMATED, sales_tax_behaviour=behaviour, automated_rates=PLACES)
    sent = {} if detail is None else {"TxnTaxDetail": detail}
    made = await qbo.invoice(qbo.line("100", **TAX), qbo.line("50", **NON), **sent)
    assert (made["TxnTaxDetail"]["TotalTax"], made["TotalAmt"]) == (D(tax), 150 + D(tax))
    assert sum((amount for _, amount, _ in taxes(made)), D(0)) == D(tax)


async def test_automated_sales_tax_goes_by_the_ship_to_address(open_company: Callable[..., Any]) -> None:
    qbo = open_company(Preferences=AUTOMATED, sales_tax_behaviour="recomputed", automated_rates=PLACES)
    elsewhere = {"Line1": "1 Main St", "CountrySubDivisionCode": "CA", "PostalCode": "90001"}
    made = await qbo.invoice(qbo.line("100", **TAX), ShipAddr=elsewhere)
    assert (made["TotalAmt"], made["TxnTaxDetail"]["TxnTaxCodeRef"]) == (108, {"value": "2"})
    nowhere = await qbo.invoice(qbo.line("100", **TAX), ShipAddr={"CountrySubDivisionCode": "OR"})
    assert nowhere["TotalAmt"] == 100
    assert (await qbo.invoice(qbo.line("100", **TAX), CustomerRef={"value": "3"}, ShipAddr=elsewhere))[
        "TotalAmt"
    ] == 100


async def test_a_rate_that_is_not_there_is_refused(open_company: Callable[..., Any]) -> None:
    qbo = open_company(Preferences=AUTOMATED, sales_tax_behaviour="ignored")
    sent = {"TotalTax": 5, "TaxLine": [tax_line("99", "5")]}
    assert (await qbo.refused("Invoice", qbo.form(TxnTaxDetail=sent)))[0] == "2500"


async def test_a_total_tax_honoured_where_no_rate_is_known_stands_without_tax_lines(
    open_company: Callable[..., Any],
) -> None:
    qbo = open_company(Preferences=AUTOMATED)
    made = await qbo.invoice(qbo.line("100", **TAX), TxnTaxDetail={"TotalTax": D("8.8")})
    assert (made["TotalAmt"], made["TxnTaxDetail"]) == (D("108.8"), {"TotalTax": D("8.8")})
