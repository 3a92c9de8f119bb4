"""What each ledger holds is told in the same terms."""

from decimal import Decimal
from typing import Any

from tieout_standalone.held import Held, HeldLine, TaxShare, held_in, ids_in


def qbo_company(**documents: Any) -> dict[str, Any]:
    return {
        "realmId": "77",
        "Account": [{"Id": "41", "Name": "Service revenue", "AcctNum": "200"}, {"Id": "42", "Name": "Unnumbered"}],
        "Item": [
            {"Id": "1", "Name": "Labour", "IncomeAccountRef": {"value": "41"}},
            {"Id": "2", "Name": "Parts", "IncomeAccountRef": {"value": "42"}},
            {"Id": "3", "Name": "A category"},
        ],
        **documents,
    }


def sold(item: str, amount: str, tax_code: str | None = None) -> dict[str, Any]:
    detail = {"ItemRef": {"value": item}} | ({"TaxCodeRef": {"value": tax_code}} if tax_code else {})
    return {"DetailType": "SalesItemLineDetail", "Amount": Decimal(amount), "SalesItemLineDetail": detail}


def taxed(rate: str, amount: str) -> dict[str, Any]:
    return {"Amount": Decimal(amount), "TaxLineDetail": {"TaxRateRef": {"value": rate}}}


def test_a_line_of_quickbooks_is_on_the_account_that_its_item_sells_to() -> None:
    subtotal = {"DetailType": "SubTotalLineDetail", "Amount": Decimal("15.00")}
    document = {
        "Id": "9",
        "DocNumber": "1001",
        "TotalAmt": Decimal("16.50"),
        "TxnTaxDetail": {"TotalTax": Decimal("1.50")},
        "CurrencyRef": {"value": "USD"},
        "Line": [sold("1", "10.00"), sold("2", "5.00"), subtotal],
    }
    (held,) = held_in("qbo", {"companies": [qbo_company(Invoice=[document])]})
    assert held == Held(
        id="77/Invoice/9",
        organisation="77",
        number="1001",
        is_credit=False,
        status="approved",
        total=Decimal("16.50"),
        tax=Decimal("1.50"),
        currency="USD",
        lines=(HeldLine("200", Decimal("10.00"), "none"), HeldLine("Unnumbered", Decimal("5.00"), "none")),
        taxes=(TaxShare(frozenset({"none"}), Decimal("1.50")),),
        receivable="of clients",
    )


def test_a_line_of_quickbooks_in_the_united_states_has_the_documents_tax_code_where_it_is_taxed() -> None:
    document = {
        "Id": "9",
        "DocNumber": "1001",
        "TotalAmt": Decimal("15.83"),
        "TxnTaxDetail": {
            "TxnTaxCodeRef": {"value": "21"},
            "TotalTax": Decimal("0.83"),
            "TaxLine": [taxed("31", "0.63"), taxed("32", "0.20")],
        },
        "ARAccountRef": {"value": "62"},
        "Line": [sold("1", "10.00", "TAX"), sold("1", "5.00", "NON")],
    }
    owed = [
        {"Id": str(index), "Name": "Owed", "AcctNum": f"61{index}", "AccountType": "Accounts Receivable"}
        for index in (61, 62)
    ]
    codes = [{"Id": "21", "SalesTaxRateList": {"TaxRateDetail": [{"TaxRateRef": {"value": "31"}}]}}]
    company = qbo_company(Invoice=[document], TaxCode=codes)
    (held,) = held_in("qbo", {"companies": [{**company, "Account": [*company["Account"], *owed]}]})
    assert [line.tax_code for line in held.lines] == ["21", "NON"]
    assert held.receivable == "6162"
    assert held.taxes == (
        TaxShare(frozenset({"21"}), Decimal("0.63")),
        TaxShare(frozenset({"21", "NON"}), Decimal("0.20")),  # no code says that it has this rate
    )
    automated = {"Preferences": {"TaxPrefs": {"UsingSalesTax": True, "PartnerTaxEnabled": True}}}
    (by_address,) = held_in("qbo", {"companies": [{**company, **automated}]})
    assert [line.tax_code for line in by_address.lines] == ["TAX", "NON"]  # nobody maps the code that it chose itself


def test_tax_of_a_rate_that_two_codes_have_is_that_of_both() -> None:
    document = {
        "Id": "9",
        "DocNumber": "1001",
        "TotalAmt": Decimal("33.00"),
        "TxnTaxDetail": {"TotalTax": Decimal("3.00"), "TaxLine": [taxed("7", "2.00"), taxed("8", "1.00")]},
        "Line": [sold("1", "10.00", "10"), sold("1", "10.00", "11"), sold("1", "10.00", "12")],
    }
    codes = [
        {"Id": code, "SalesTaxRateList": {"TaxRateDetail": [{"TaxRateRef": {"value": rate}}]}}
        for code, rate in (("10", "7"), ("11", "7"), ("12", "8"))
    ]
    (held,) = held_in("qbo", {"companies": [qbo_company(Invoice=[document], TaxCode=codes)]})
    assert held.taxes == (
        TaxShare(frozenset({"10", "11"}), Decimal("2.00")),
        TaxShare(frozenset({"12"}), Decimal("1.00")),
    )


def test_a_credit_memo_without_tax_has_none() -> None:
    document = {"Id": "9", "DocNumber": "1002", "TotalAmt": Decimal("10.00"), "Line": [sold("1", "10.00")]}
    (held,) = held_in("qbo", {"companies": [qbo_company(CreditMemo=[document])]})
    assert (held.id, held.is_credit, held.tax) == ("77/CreditMemo/9", True, Decimal(0))


def test_what_is_deleted_or_voided_in_xero_is_not_held_and_what_is_paid_was_approved() -> None:
    def invoice(number: str, status: str) -> dict[str, Any]:
        amounts = {"Total": Decimal("0.00"), "TotalTax": Decimal("0.00"), "LineItems": []}
        return {"InvoiceID": f"id-{number}", "InvoiceNumber": number, "Status": status, **amounts}

    statuses = ("AUTHORISED", "PAID", "DRAFT", "DELETED", "VOIDED")
    invoices = [invoice(str(index), status) for index, status in enumerate(statuses)]
    held = held_in("xero", {"organisations": [{"tenantId": "org", "Invoices": invoices}]})
    assert [(each.number, each.status) for each in held] == [("0", "approved"), ("1", "approved"), ("2", "DRAFT")]


def test_a_data_file_tells_which_documents_were_there_before_though_it_states_no_totals() -> None:
    books = {"tenantId": "org", "Invoices": [{"InvoiceID": "a", "Status": "AUTHORISED"}]}
    assert ids_in("xero", {"organisations": [books]}) == {"org/Invoices/a"}
    company = qbo_company(CreditMemo=[{"Id": "9", "DocNumber": "1002"}])
    assert ids_in("qbo", {"companies": [company]}) == {"77/CreditMemo/9"}
