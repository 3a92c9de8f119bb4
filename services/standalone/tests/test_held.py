"""What each ledger holds is told in the same terms."""

from decimal import Decimal
from typing import Any

from tieout_standalone.held import Held, HeldLine, held_in, ids_in


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


def sold(item: str, amount: str) -> dict[str, Any]:
    return {
        "DetailType": "SalesItemLineDetail",
        "Amount": Decimal(amount),
        "SalesItemLineDetail": {"ItemRef": {"value": item}},
    }


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
        lines=(HeldLine("200", Decimal("10.00")), HeldLine("Unnumbered", Decimal("5.00"))),
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
