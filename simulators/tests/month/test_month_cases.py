"""Every promised case is in the month, as often as promised, and is what it says."""

from collections import Counter
from decimal import Decimal
from typing import Any


def lines_of(transaction: dict[str, Any]) -> list[dict[str, Any]]:
    return [line for line in transaction["detail"] if line["glTypeId"] != "ST"]


def test_the_cases_come_in_the_promised_numbers(books: Any) -> None:
    counts = Counter((each["disposition"], each["cause"]) for each in books.expected)
    ordinary = counts.pop(("post", None))
    assert ordinary >= 320
    assert counts == {
        ("listed", "before_go_live"): 14,
        ("adopt", "already_in_ledger"): 5,
        ("conflict", "number_taken"): 1,
        ("batched_elsewhere", "batched_by_hand"): 1,
        ("changed_while_posting", "gl_entries_changed"): 1,
        ("refused", "no_gl_entries"): 1,
        ("refused", "account_missing"): 1,
        ("refused", "tax_unmapped"): 1,
        ("refused", "item_missing"): 1,
        ("refused", "tax_mismatch"): 1,
        ("post", "contact_missing"): 1,
        ("post", "untaxed_line"): 1,
    }


def test_every_case_is_told_in_words(books: Any) -> None:
    assert all(each["why_in_words"].endswith(".") for each in books.expected)


def test_all_five_types_post_and_there_are_at_least_twelve_credit_memos(books: Any) -> None:
    types = Counter(books.invoices[transaction["id"]]["type"] for transaction in books.posted())
    assert set(types) == {"Agreement", "Standard", "Progress", "Miscellaneous", "CreditMemo"}
    assert types["CreditMemo"] >= 12


def test_the_lines_are_of_the_four_revenue_types(books: Any) -> None:
    types = {line["glTypeId"] for transaction in books.posted() for line in lines_of(transaction)}
    assert types == {"R", "RP", "RA", "RE"}


def test_a_credit_memo_mirrors_every_sign_of_an_invoice(books: Any) -> None:
    for transaction in books.posted():
        credit = transaction["documentType"] == "CREDIT MEMO"
        assert credit is (books.invoices[transaction["id"]]["type"] == "CreditMemo")
        assert (transaction["total"] < 0) is credit
        for line in lines_of(transaction):
            covered = line["memo"].startswith("Covered by")
            assert (line["total"] > 0) is (credit or covered)
            assert (line["quantity"] > 0) is (credit or covered)
            assert line["itemPrice"] >= 0


def test_stale_invoices_are_closed_without_a_batch_and_years_before_go_live(books: Any) -> None:
    for each in books.of_cause("before_go_live"):
        assert "2019-01-01" <= each["date"] <= "2022-12-31"
        assert "glBatch" not in books.invoices[each["invoice_id"]]
        assert each["invoice_id"] in books.transactions


def test_everything_else_is_dated_in_october_2026(books: Any) -> None:
    dates = {each["date"] for each in books.expected if each["disposition"] != "listed"}
    assert min(dates) >= "2026-10-01"
    assert max(dates) <= "2026-10-31"


def test_adopted_documents_are_in_xero_with_number_contact_date_total_and_tax(books: Any) -> None:
    (organisation,) = books.month.xero["organisations"]
    contacts = {each["ContactID"]: each["Name"] for each in organisation["Contacts"]}
    held = {each["InvoiceNumber"]: each for each in organisation["Invoices"]}
    for each in books.of_cause("already_in_ledger"):
        invoice = held[each["number"]]
        assert invoice["Status"] == "AUTHORISED"
        assert contacts[invoice["Contact"]["ContactID"]] == books.invoices[each["invoice_id"]]["billToCompany"]["name"]
        assert invoice["Date"] == each["date"]
        assert xero_totals(invoice) == (each["total"], each["tax"])


def test_the_conflicting_number_is_in_xero_with_another_total(books: Any) -> None:
    (expected,) = books.of_cause("number_taken")
    (organisation,) = books.month.xero["organisations"]
    (held,) = [each for each in organisation["Invoices"] if each["InvoiceNumber"] == expected["number"]]
    assert xero_totals(held)[0] != expected["total"]


def test_xero_holds_nothing_else_of_the_month(books: Any) -> None:
    (organisation,) = books.month.xero["organisations"]
    numbers = {each["InvoiceNumber"] for each in organisation["Invoices"]}
    assert numbers == {each["number"] for each in books.expected if each["disposition"] in ("adopt", "conflict")}
    assert organisation["CreditNotes"] == []


def test_the_document_without_gl_entries_has_none_and_all_others_have(books: Any) -> None:
    (without,) = books.of_cause("no_gl_entries")
    assert set(books.invoices) - set(books.transactions) == {without["invoice_id"]}


def test_the_unknown_account_is_299_and_only_one_document_uses_it(books: Any) -> None:
    (expected,) = books.of_cause("account_missing")
    (organisation,) = books.month.xero["organisations"]
    known = {account["Code"] for account in organisation["Accounts"] if account["Status"] == "ACTIVE"}
    unknown = {
        (transaction["id"], line["accountNumber"])
        for transaction in books.transactions.values()
        for line in lines_of(transaction)
        if line["accountNumber"] not in known
    }
    assert unknown == {(expected["invoice_id"], "299")}


def test_one_document_carries_a_tax_code_that_is_not_mapped(books: Any) -> None:
    (expected,) = books.of_cause("tax_unmapped")
    others = {key for key, transaction in books.transactions.items() if transaction["taxCode"]["name"] != "GST"}
    assert others == {expected["invoice_id"]}
    (company,) = books.month.expected["settings"]["companies"]
    assert [rule["connectwise_tax_code"] for rule in company["tax"]["rules"]] == ["GST"]


def test_the_forgotten_flag_stands_on_a_taxable_product(books: Any) -> None:
    (expected,) = books.of_cause("untaxed_line")
    forgotten = [
        transaction["id"]
        for transaction in books.transactions.values()
        for line in lines_of(transaction)
        if line["itemTaxableFlag"] and not line["taxableFlag"]
    ]
    assert forgotten == [expected["invoice_id"]]


def test_one_payer_has_no_billing_contact_and_gets_one_document(books: Any) -> None:
    (expected,) = books.of_cause("contact_missing")
    companies = books.month.connectwise["entities"]["/company/companies"]
    (without,) = [company for company in companies if "billingContact" not in company]
    billed = [key for key, each in books.invoices.items() if each["billToCompany"]["id"] == without["id"]]
    assert billed == [expected["invoice_id"]]


def test_a_parent_company_pays_for_its_four_homes(books: Any) -> None:
    paid_by: dict[int, set[int]] = {}
    for invoice in books.invoices.values():
        if invoice["billToCompany"]["id"] != invoice["company"]["id"]:
            paid_by.setdefault(invoice["billToCompany"]["id"], set()).add(invoice["company"]["id"])
    ((parent, homes),) = paid_by.items()
    assert len(homes) == 4
    for company in books.month.connectwise["entities"]["/company/companies"]:
        if company["id"] in homes:
            assert company["parentCompany"]["id"] == company["billToCompany"]["id"] == parent


def test_the_fault_rules_strike_the_first_export_of_their_invoice(books: Any) -> None:
    by_hand, changed = books.month.expected["fault_rules"]["connectwise"]
    for rule, cause in ((by_hand, "batched_by_hand"), (changed, "gl_entries_changed")):
        (expected,) = books.of_cause(cause)
        assert rule["route"] == "POST /finance/accounting/export"
        assert (rule["match"], rule["nth"], rule["times"]) == (str(expected["invoice_id"]), 1, 1)
    assert by_hand["then"]["event"]["invoice_ids"] == [int(by_hand["match"])]


def test_the_changed_transaction_has_new_entries_another_account_and_the_same_total(books: Any) -> None:
    event = books.month.expected["fault_rules"]["connectwise"][1]["then"]["event"]
    after = event["transaction"]
    before = books.transactions[after["id"]]
    assert (after["total"], after["salesTax"]) == (before["total"], before["salesTax"])
    assert {line["id"] for line in after["detail"]}.isdisjoint(line["id"] for line in before["detail"])
    accounts = [
        (old["accountNumber"], new["accountNumber"])
        for old, new in zip(before["detail"], after["detail"], strict=True)
        if old["accountNumber"] != new["accountNumber"]
    ]
    assert accounts == [("220", "230")]


def test_invoices_held_by_an_open_status_are_expected_nowhere(books: Any) -> None:
    held = {key for key, invoice in books.invoices.items() if not invoice["status"]["isClosed"]}
    assert len(held) == 3
    assert held.isdisjoint(each["invoice_id"] for each in books.expected)


def test_some_invoices_are_listed_twice(books: Any) -> None:
    copies = books.month.connectwise["unposted_row_copies"]
    assert copies
    assert all(int(key) in books.invoices and count == 2 for key, count in copies.items())


def xero_totals(invoice: dict[str, Any]) -> tuple[Decimal, Decimal]:
    """Total and tax as Xero makes them: each line and its tax rounded to cents."""
    cent = Decimal("0.01")
    amounts = [(line["Quantity"] * line["UnitAmount"], line["TaxType"]) for line in invoice["LineItems"]]
    rounded = [(amount.quantize(cent, "ROUND_HALF_UP"), tax_type) for amount, tax_type in amounts]
    tax = sum(
        ((amount / 10).quantize(cent, "ROUND_HALF_UP") for amount, kind in rounded if kind == "OUTPUT"), Decimal(0)
    )
    return sum((amount for amount, _ in rounded), tax), tax
