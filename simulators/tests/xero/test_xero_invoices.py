"""Invoices: what they come to, how they change, and where they cannot."""

from decimal import Decimal
from typing import Any

import pytest

pytestmark = pytest.mark.http
D = Decimal


def test_an_invoice_comes_back_with_xeros_own_totals(xero: Any) -> None:
    lines = [xero.line(amount) for amount in ("25.06", "25.61", "25.63")]
    (made,) = xero.put(xero.invoice("INV-1", *lines, Total=1, Reference="PO 7781", Status="AUTHORISED"))
    assert (made["SubTotal"], made["TotalTax"], made["Total"]) == (D("76.30"), D("11.44"), D("87.74"))
    assert (made["AmountDue"], made["AmountPaid"], made["Reference"]) == (D("87.74"), 0, "PO 7781")
    assert [each["TaxAmount"] for each in made["LineItems"]] == [D("3.76"), D("3.84"), D("3.84")]
    assert (made["StatusAttributeString"], made["HasErrors"], made["Status"]) == ("OK", False, "AUTHORISED")
    assert made["Contact"]["Name"] == "ABC Limited"
    assert (made["Date"], made["DateString"]) == ("/Date(1769817600000+0000)/", "2026-01-31T00:00:00")
    assert (made["CurrencyCode"], made["CurrencyRate"]) == ("NZD", 1)
    assert xero.get("Invoices/INV-1") == [{name: made[name] for name in made if name != "StatusAttributeString"}]


def test_the_adjustment_line_brings_the_guides_case_to_the_other_total(xero: Any) -> None:
    lines = [xero.line(amount) for amount in ("25.06", "25.61", "25.63")]
    adjustment = xero.line("0.01", AccountCode="860", TaxType="NONE", Description="Rounding adjustment")
    (made,) = xero.put(xero.invoice("INV-1", *lines, adjustment))
    assert (made["TotalTax"], made["Total"]) == (D("11.44"), D("87.75"))


@pytest.mark.parametrize(("unitdp", "unit", "amount"), [(None, "0.06", "60.00"), (4, "0.0612", "61.20")])
def test_unit_amounts_are_rounded_to_two_places_unless_four_are_asked_for(
    xero: Any, unitdp: int | None, unit: str, amount: str
) -> None:
    query = {} if unitdp is None else {"unitdp": unitdp}
    (made,) = xero.put(xero.invoice("INV-1", xero.line("0.0612", Quantity=1000)), **query)
    (stored,) = made["LineItems"]
    assert (str(stored["UnitAmount"]), str(stored["LineAmount"]), str(stored["Quantity"])) == (
        unit,
        amount,
        "1000.0000",
    )


def test_four_place_prices_are_read_back_with_two_unless_asked(xero: Any) -> None:
    xero.put(xero.invoice("INV-1", xero.line("12.3456", Quantity=2)), unitdp=4)
    two, four = (xero.get("Invoices/INV-1", **query)[0]["LineItems"][0] for query in ({}, {"unitdp": 4}))
    assert (two["UnitAmount"], four["UnitAmount"]) == (D("12.35"), D("12.3456"))
    assert two["LineAmount"] == four["LineAmount"] == D("24.69")


def test_inclusive_and_no_tax_documents(xero: Any) -> None:
    inclusive, without = xero.put(
        xero.invoice("INV-1", xero.line("115.00"), LineAmountTypes="Inclusive"),
        xero.invoice("INV-2", xero.line("115.00"), LineAmountTypes="NoTax"),
    )
    assert [inclusive[name] for name in ("SubTotal", "TotalTax", "Total")] == [D("100.00"), D("15.00"), D("115.00")]
    assert [without[name] for name in ("SubTotal", "TotalTax", "Total")] == [D("115.00"), 0, D("115.00")]


def test_multi_part_and_compound_rates_are_rounded_once_for_a_line(xero: Any) -> None:
    two_parts, compound = xero.put(
        xero.invoice("INV-1", xero.line("33.33", TaxType="TAX002")),
        xero.invoice("INV-2", xero.line("33.33", TaxType="TAX001")),
    )
    assert two_parts["TotalTax"] == compound["TotalTax"] == D("4.99")


def test_a_tax_override_is_taken_up_to_the_line_amount(xero: Any) -> None:
    (made,) = xero.put(xero.invoice("INV-1", xero.line("25.06", TaxAmount=D("3.77")), xero.line("25.61")))
    assert (made["TotalTax"], made["Total"]) == (D("7.61"), D("58.28"))
    (approved,) = xero.post({"InvoiceID": made["InvoiceID"], "Status": "AUTHORISED"})
    assert approved["TotalTax"] == D("7.61")
    for tax in (D("25.07"), D("-0.01")):
        assert xero.refusals(xero.invoice("INV-2", xero.line("25.06", TaxAmount=tax))) == [
            "The tax amount cannot be greater than the line amount"
        ]


def test_a_line_amount_fills_in_what_is_left_out(xero: Any) -> None:
    lines = [
        {"Description": "no price", "Quantity": 3, "LineAmount": D("100.00"), "AccountCode": "200"},
        {"Description": "no quantity", "UnitAmount": D("12.50"), "LineAmount": D("100.00"), "AccountCode": "200"},
        {"Description": "amount only", "LineAmount": D("61.17"), "AccountCode": "200"},
        {"Description": "text only"},
    ]
    (made,) = xero.put(xero.invoice("INV-1", *lines, Status="AUTHORISED"), unitdp=4)
    stored = [(each.get("Quantity"), each.get("UnitAmount"), each["LineAmount"]) for each in made["LineItems"]]
    assert stored == [
        (3, D("33.3333"), D("100.00")), (8, D("12.50"), D("100.00")), (1, D("61.17"), D("61.17")), (None, None, 0),
    ]  # fmt: skip


def test_discounts_are_for_sales_invoices_only(xero: Any) -> None:
    rate = xero.line("100.00", Quantity=2, DiscountRate=D("12.5"))
    amount = xero.line("100.00", Quantity=2, DiscountAmount=D("25"))
    (made,) = xero.put(xero.invoice("INV-1", rate, amount))
    assert [each["LineAmount"] for each in made["LineItems"]] == [D("175.00"), D("175.00")]
    assert (made["TotalDiscount"], made["IsDiscounted"]) == (D("50.00"), True)
    bill = xero.invoice(None, xero.line("9", AccountCode="400", TaxType="INPUT2", DiscountRate=1), Type="ACCPAY")
    assert xero.refusals(bill) == ["Discounts are only supported on ACCREC invoices."]
    for discount in ({"DiscountRate": 101}, {"DiscountAmount": D("100.01")}):
        (said,) = xero.refusals(xero.invoice("INV-2", xero.line("100.00", **discount)))
        assert said.endswith("is invalid. Discount must not be greater than the line total.")
    assert xero.refusals(xero.invoice("INV-3", xero.line("5"), xero.line("-1", DiscountRate=0))) == []
    assert xero.refusals(xero.invoice("INV-4", xero.line("5"), xero.line("-1", DiscountAmount=0))) == [
        "The discount rate '0.00' is invalid. Discount must not be greater than the line total."
    ]


def test_a_second_put_with_the_same_number_is_refused(xero: Any) -> None:
    xero.put(xero.invoice("INV-1"))
    again, twin, twins_twin = xero.put(xero.invoice("INV-1"), xero.invoice("INV-2"), xero.invoice("INV-2"))
    assert again["ValidationErrors"] == [{"Message": "Invoice # must be unique."}]
    assert (again["InvoiceID"], again["HasErrors"]) == ("00000000-0000-0000-0000-000000000000", True)
    assert (twin["StatusAttributeString"], twins_twin["StatusAttributeString"]) == ("OK", "ERROR")


def test_a_post_with_an_existing_number_silently_changes_that_invoice(xero: Any) -> None:
    (made,) = xero.put(xero.invoice("INV-1"))
    (changed,) = xero.post(xero.invoice("INV-1", xero.line("99.00")))
    assert (changed["InvoiceID"], changed["SubTotal"]) == (made["InvoiceID"], D("99.00"))


def test_bills_may_share_a_number_and_sales_invoices_are_numbered_when_they_have_none(xero: Any) -> None:
    bill = xero.invoice("B-1", xero.line("5", AccountCode="400", TaxType="INPUT2"), Type="ACCPAY", Reference="R")
    first, second = xero.put(bill, bill)
    assert first["InvoiceID"] != second["InvoiceID"]
    assert first["Reference"] == ""
    assert [made["InvoiceNumber"] for made in xero.put(xero.invoice(None), xero.invoice(None))] == [
        "INV-0001",
        "INV-0002",
    ]


def test_a_draft_may_be_incomplete_and_an_approved_invoice_not(xero: Any) -> None:
    bare = {"Type": "ACCREC", "Contact": {"ContactID": xero.contact_id}, "InvoiceNumber": "INV-1"}
    (draft,) = xero.put(bare)
    assert (draft["Status"], draft["LineItems"], draft["Total"]) == ("DRAFT", [], 0)
    (refused,) = xero.post({"InvoiceID": draft["InvoiceID"], "Status": "AUTHORISED"})
    assert [error["Message"] for error in refused["ValidationErrors"]] == [
        "One or more line items must be specified",
        "The document DueDate field must be specified.",
    ]
    unfinished = xero.invoice("INV-2", {"Quantity": 1, "UnitAmount": 5})
    assert xero.refusals(unfinished) == []
    assert xero.refusals(xero.invoice("INV-3", {"Quantity": 1, "UnitAmount": 5}, Status="SUBMITTED")) == [
        "Description must be specified.",
        "Account code must be specified.",
    ]


def test_approving_with_id_and_status_only_keeps_the_lines(xero: Any) -> None:
    (draft,) = xero.put(xero.invoice("INV-1", xero.line("12.3456", Quantity=2), xero.line()), unitdp=4)
    (approved,) = xero.post({"InvoiceID": draft["InvoiceID"], "Status": "AUTHORISED"}, unitdp=4)
    assert approved["LineItems"] == draft["LineItems"]
    assert (approved["Status"], approved["Total"]) == ("AUTHORISED", draft["Total"])


def test_lines_are_kept_by_their_id_made_without_one_and_dropped_when_not_sent(xero: Any) -> None:
    (draft,) = xero.put(xero.invoice("INV-1", xero.line("1.00"), xero.line("2.00")))
    kept = draft["LineItems"][1]
    changed = {"LineItemID": kept["LineItemID"], **xero.line("5.00")}
    (updated,) = xero.post({"InvoiceID": draft["InvoiceID"], "LineItems": [changed, xero.line("7.00")]})
    assert [each["LineAmount"] for each in updated["LineItems"]] == [D("5.00"), D("7.00")]
    assert updated["LineItems"][0]["LineItemID"] == kept["LineItemID"]
    assert updated["LineItems"][1]["LineItemID"] != draft["LineItems"][0]["LineItemID"]


def test_a_change_of_the_tax_mode_alone_computes_the_tax_anew(xero: Any) -> None:
    (draft,) = xero.put(xero.invoice("INV-1", xero.line("115.00")))
    (inclusive,) = xero.post({"InvoiceID": draft["InvoiceID"], "LineAmountTypes": "Inclusive"})
    assert (inclusive["TotalTax"], inclusive["Total"]) == (D("15.00"), D("115.00"))


@pytest.mark.parametrize(
    ("before", "wanted", "allowed"),
    [
        ("DRAFT", "SUBMITTED", True),
        ("DRAFT", "DELETED", True),
        ("DRAFT", "VOIDED", False),
        ("DRAFT", "PAID", False),
        ("SUBMITTED", "DRAFT", True),
        ("SUBMITTED", "AUTHORISED", True),
        ("SUBMITTED", "DELETED", True),
        ("AUTHORISED", "VOIDED", True),
        ("AUTHORISED", "DRAFT", False),
        ("AUTHORISED", "DELETED", False),
        ("AUTHORISED", "SUBMITTED", False),
    ],
)
def test_the_status_machine(xero: Any, before: str, wanted: str, allowed: bool) -> None:
    (made,) = xero.put(xero.invoice("INV-1", Status=before))
    (changed,) = xero.post({"InvoiceID": made["InvoiceID"], "Status": wanted})
    if allowed:
        assert (changed["StatusAttributeString"], changed["Status"]) == ("OK", wanted)
    else:
        assert changed["ValidationErrors"] == [{"Message": "Invoice not of valid status for modification"}]
        assert changed["InvoiceID"] == made["InvoiceID"]


@pytest.mark.parametrize("status", ["PAID", "VOIDED", "DELETED", "OPEN"])
def test_only_the_first_three_statuses_can_be_created(xero: Any, status: str) -> None:
    assert xero.refusals(xero.invoice("INV-1", Status=status)) == ["Invoice not of valid status for creation"]


def test_a_voided_invoice_keeps_its_number_and_a_deleted_draft_frees_it(xero: Any) -> None:
    (voided, deleted) = xero.put(xero.invoice("INV-1", Status="AUTHORISED"), xero.invoice("INV-2"))
    xero.post(
        {"InvoiceID": voided["InvoiceID"], "Status": "VOIDED"}, {"InvoiceID": deleted["InvoiceID"], "Status": "DELETED"}
    )
    assert xero.refusals(xero.invoice("INV-1")) == ["Invoice # must be unique."]
    (posted,) = xero.post(xero.invoice("INV-1"))
    assert posted["ValidationErrors"] == [{"Message": "Invoice not of valid status for modification"}]
    assert xero.refusals(xero.invoice("INV-2")) == []
    both = xero.get("Invoices", InvoiceNumbers="INV-2")
    assert [each["Status"] for each in both] == ["DELETED", "DRAFT"]
    assert xero.get("Invoices/INV-2")[0]["Status"] == "DRAFT"
    assert xero.get(f"Invoices/{voided['InvoiceID']}")[0]["AmountDue"] == 0


def test_an_invoice_can_be_renamed_before_it_is_voided(xero: Any) -> None:
    (made,) = xero.put(xero.invoice("INV-1", Status="AUTHORISED"))
    xero.post({"InvoiceID": made["InvoiceID"], "InvoiceNumber": "INV-1x"})
    xero.post({"InvoiceID": made["InvoiceID"], "Status": "VOIDED"})
    assert xero.refusals(xero.invoice("INV-1")) == []


def test_an_approved_invoice_of_nothing_is_paid_at_once_and_cannot_be_changed(xero: Any) -> None:
    tiny = xero.line("0.004", TaxType="ZERORATED")
    (made,) = xero.put(xero.invoice("INV-1", tiny, Status="AUTHORISED"), unitdp=4)
    assert (made["Status"], made["Total"], made["FullyPaidOnDate"]) == ("PAID", 0, "/Date(1769817600000+0000)/")
    for change in ({"Status": "VOIDED"}, {"Reference": "x"}):
        (changed,) = xero.post({"InvoiceID": made["InvoiceID"], **change})
        assert changed["ValidationErrors"] == [{"Message": "Invoice not of valid status for modification"}]


def test_an_unknown_id_is_an_error_of_the_element_or_not_found(xero: Any) -> None:
    unknown = "11111111-1111-4111-8111-111111111111"
    (refused,) = xero.post({"InvoiceID": unknown, "Status": "VOIDED"})
    assert refused["ValidationErrors"] == [
        {"Message": "An existing Invoice with the specified InvoiceID could not be found"}
    ]
    assert refused["InvoiceID"] == unknown
    for method in ("GET", "POST"):
        assert xero.call(method, f"Invoices/{unknown}", {"Status": "VOIDED"}).status_code == 404


def test_one_invoice_can_be_changed_by_its_path(xero: Any) -> None:
    (made,) = xero.put(xero.invoice("INV-1"))
    answer = xero.call("POST", f"Invoices/{made['InvoiceID']}", {"Status": "AUTHORISED"})
    assert answer.json()["Invoices"][0]["Status"] == "AUTHORISED"
    refused = xero.call("POST", "Invoices/INV-1", {"Status": "DRAFT"}, summarizeErrors="false")
    assert (refused.status_code, refused.json()["ErrorNumber"]) == (400, 10)
    assert xero.call("POST", "Invoices/INV-1", [{"Reference": "a"}, {"Reference": "b"}]).status_code == 400


def test_sent_to_contact_on_a_draft_is_only_a_warning(xero: Any) -> None:
    draft, approved = xero.put(
        xero.invoice("INV-1", SentToContact=True), xero.invoice("INV-2", SentToContact=True, Status="AUTHORISED")
    )
    assert draft["StatusAttributeString"] == "WARNING"
    assert draft["Warnings"] == [{"Message": "Only AUTHORISED invoices may have SentToContact updated."}]
    assert approved["SentToContact"] is True
    assert len(xero.get("Invoices")) == 2


def test_an_invoice_marks_its_contact_as_a_customer_and_a_bill_as_a_supplier(xero: Any) -> None:
    xero.put(xero.invoice("INV-1"))
    (contact,) = xero.get(f"Contacts/{xero.contact_id}")
    assert (contact["IsCustomer"], contact["IsSupplier"]) == (True, False)


def test_a_foreign_invoice_takes_the_day_rate_or_the_one_it_brings(xero: Any) -> None:
    daily, own = xero.put(
        xero.invoice("INV-1", CurrencyCode="USD"), xero.invoice("INV-2", CurrencyCode="USD", CurrencyRate=D("0.612345"))
    )
    assert (daily["CurrencyCode"], daily["CurrencyRate"]) == ("USD", D("0.598700"))
    assert own["CurrencyRate"] == D("0.612345")


def test_dates_come_in_three_ways_and_are_taken_as_written(xero: Any) -> None:
    for date in ("2026-01-31", "2026-01-31T23:59:00", "/Date(1769817600000+1300)/"):
        (made,) = xero.put(xero.invoice(None, Date=date))
        assert made["DateString"] == "2026-01-31T00:00:00"
    today = xero.http.get("/_sim/clock").json()["now"][:10]
    undated = {name: value for name, value in xero.invoice("INV-9").items() if name != "Date"}
    assert xero.put(undated)[0]["DateString"] == f"{today}T00:00:00"


def test_history_takes_notes_of_2500_characters_for_good(xero: Any) -> None:
    xero.put(xero.invoice("INV-1"))
    for text in ("first", "x" * 2500):
        answer = xero.call("PUT", "Invoices/INV-1/History", {"HistoryRecords": [{"Details": text}]})
        assert (answer.status_code, answer.json()["HistoryRecords"][0]["Details"]) == (200, text)
    for text in ("x" * 2501, ""):
        answer = xero.call("PUT", "Invoices/INV-1/History", {"HistoryRecords": [{"Details": text}]})
        assert (answer.status_code, answer.json()["Type"]) == (400, "ValidationException")
    notes = xero.call("GET", "Invoices/INV-1/History").json()["HistoryRecords"]
    assert [note["Details"][:5] for note in notes] == ["xxxxx", "first"]
    assert xero.call("PUT", "Invoices/NONE/History", {"HistoryRecords": [{"Details": "a"}]}).status_code == 404
    assert xero.call("GET", "Invoices/NONE/History").status_code == 404
    assert xero.call("PUT", "Invoices/INV-1/History", b"{").status_code == 400
