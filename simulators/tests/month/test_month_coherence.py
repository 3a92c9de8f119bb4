"""Every document agrees with itself, with its invoice record and with the records behind its lines."""

from decimal import ROUND_HALF_UP, Decimal
from itertools import chain
from typing import Any

CENT = Decimal("0.01")
HALF_CENT = Decimal("0.005")


def lines_of(transaction: dict[str, Any]) -> list[dict[str, Any]]:
    return [line for line in transaction["detail"] if line["glTypeId"] != "ST"]


def test_the_details_of_every_document_sum_to_the_negative_of_its_total(any_books: Any) -> None:
    for transaction in any_books.transactions.values():
        assert sum(line["total"] for line in transaction["detail"]) == -transaction["total"]


def test_the_st_lines_and_the_tax_levels_give_the_sales_tax(any_books: Any) -> None:
    for transaction in any_books.transactions.values():
        tax_lines = [line for line in transaction["detail"] if line["glTypeId"] == "ST"]
        assert sum(line["total"] for line in tax_lines) == -transaction["salesTax"]
        assert sum(level["taxAmount"] for level in transaction["taxLevels"]) == transaction["salesTax"]
        assert transaction["stateTax"] == transaction["salesTax"]


def test_the_taxable_base_is_the_sum_of_the_taxable_lines(any_books: Any) -> None:
    for transaction in any_books.transactions.values():
        taxable = -sum(line["total"] for line in lines_of(transaction) if line["taxableFlag"])
        assert transaction["taxableTotal"] == taxable
        assert transaction["taxLevels"][0]["taxableAmount"] == taxable


def test_tax_is_the_rate_on_the_taxable_base_rounded_once_but_for_the_wrong_one(books: Any) -> None:
    wrong = {each["invoice_id"] for each in books.of_cause("tax_mismatch")}
    for transaction in books.transactions.values():
        exact = transaction["taxableTotal"] * transaction["taxGroupRate"]
        reproduces = exact.quantize(CENT, ROUND_HALF_UP) == transaction["salesTax"]
        assert reproduces is (transaction["id"] not in wrong)


def test_the_invoice_record_says_what_its_transaction_says(any_books: Any) -> None:
    invoices = any_books.invoices
    for transaction in any_books.transactions.values():
        invoice = invoices[transaction["id"]]
        assert invoice["invoiceNumber"] == transaction["documentNumber"]
        assert (invoice["total"], invoice["salesTax"]) == (transaction["total"], transaction["salesTax"])
        assert invoice["subtotal"] + invoice["salesTax"] == invoice["total"] == invoice["balance"]
        parts = ("serviceTotal", "productTotal", "expenseTotal", "agreementAmount")
        assert sum(invoice[part] for part in parts) == invoice["subtotal"]
        assert invoice["date"] == transaction["documentDate"] + "Z"
        assert invoice["billToCompany"]["id"] == transaction["company"]["id"]


def test_the_expectation_says_what_connectwise_says(any_books: Any) -> None:
    invoices = any_books.invoices
    for each in any_books.expected:
        invoice = invoices[each["invoice_id"]]
        assert (each["number"], each["total"], each["tax"]) == (
            invoice["invoiceNumber"],
            invoice["total"],
            invoice["salesTax"],
        )
        assert invoice["date"].startswith(each["date"])
        assert (each["kind"] == "credit_memo") is (invoice["type"] == "CreditMemo")
        assert each["location_id"] == invoice["locationId"]


def test_every_closed_invoice_is_expected_exactly_once(any_books: Any) -> None:
    closed = [key for key, invoice in any_books.invoices.items() if invoice["status"]["isClosed"]]
    assert sorted(each["invoice_id"] for each in any_books.expected) == sorted(closed)


def test_invoice_numbers_ids_and_gl_entry_ids_are_given_once(any_books: Any) -> None:
    records = any_books.month.connectwise["entities"]["/finance/invoices"]
    assert len({each["id"] for each in records}) == len({each["invoiceNumber"] for each in records}) == len(records)
    entry_ids = [
        entry_id
        for transaction in any_books.transactions.values()
        for entry_id in chain(
            map(int, transaction["glEntryIds"].split(",")), (line["id"] for line in transaction["detail"])
        )
    ]
    assert len(set(entry_ids)) == len(entry_ids)


def test_every_product_line_is_quantity_times_the_full_price_of_its_record(any_books: Any) -> None:
    prices = any_books.full_prices()
    seen = set()
    for transaction in any_books.transactions.values():
        for line in lines_of(transaction):
            if "product" in line:
                exact = line["quantity"] * prices[line["product"]["id"]]
                assert line["total"] == exact.quantize(CENT, ROUND_HALF_UP)
                seen.add(line["product"]["id"])
    records = any_books.month.connectwise["entities"]["/procurement/products"]
    assert seen == {each["id"] for each in records if each["invoice"]["id"] in any_books.transactions}


def test_exported_prices_are_cents_and_never_further_than_half_a_cent_from_the_record(any_books: Any) -> None:
    prices = any_books.full_prices()
    for transaction in any_books.transactions.values():
        for line in lines_of(transaction):
            assert line["itemPrice"] == line["itemPrice"].quantize(CENT)
            if "product" in line:
                assert abs(line["itemPrice"] - prices[line["product"]["id"]]) <= HALF_CENT


def test_every_line_has_an_item_or_a_non_product_id_but_for_the_refused_one(any_books: Any) -> None:
    without = {
        transaction["id"]
        for transaction in any_books.transactions.values()
        for line in lines_of(transaction)
        if "item" not in line and "glItemId" not in line
    }
    assert without == {each["invoice_id"] for each in any_books.of_cause("item_missing")}


def test_every_reference_of_an_invoice_leads_to_a_record(any_books: Any) -> None:
    entities = any_books.month.connectwise["entities"]
    companies = {each["id"] for each in entities["/company/companies"]}
    agreements = {each["id"] for each in entities["/finance/agreements"]}
    terms = {each["id"] for each in entities["/finance/billingTerms"]}
    locations = {each["id"] for each in entities["/system/locations"]}
    statuses = {each["id"] for each in entities["/finance/billingStatuses"]}
    for invoice in any_books.invoices.values():
        assert {invoice["company"]["id"], invoice["billToCompany"]["id"]} <= companies
        assert invoice["billingTerms"]["id"] in terms
        assert invoice["locationId"] in locations
        assert invoice["status"]["id"] in statuses
        assert invoice.get("agreement", {"id": next(iter(agreements), None)})["id"] in (agreements or {None})
    customers = {each["company"]["id"] for each in any_books.month.connectwise["gl_customers"]}
    assert {invoice["billToCompany"]["id"] for invoice in any_books.invoices.values()} <= customers
