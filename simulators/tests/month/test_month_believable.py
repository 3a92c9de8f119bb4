"""The month looks like an MSP's: customers, codes, sizes and amounts within what one meets."""

from decimal import Decimal
from statistics import median
from typing import Any


def lines_of(transaction: dict[str, Any]) -> list[dict[str, Any]]:
    return [line for line in transaction["detail"] if line["glTypeId"] != "ST"]


def test_documents_have_two_to_sixty_lines(books: Any) -> None:
    counts = [len(lines_of(transaction)) for transaction in books.transactions.values()]
    assert min(counts) == 2
    assert max(counts) == 60


def test_amounts_are_those_of_a_small_business(books: Any) -> None:
    totals = [abs(transaction["total"]) for transaction in books.posted()]
    assert min(totals) > 10
    assert max(totals) < 100_000
    assert 800 < median(totals) < 8_000


def test_no_invoice_is_zero_or_negative(books: Any) -> None:
    assert all(each["total"] > 0 for each in books.expected if each["kind"] == "invoice")


def test_about_forty_five_payers_with_a_site_and_mail_at_nobodys_domain(books: Any) -> None:
    entities = books.month.connectwise["entities"]
    payers = {invoice["billToCompany"]["id"] for invoice in books.invoices.values()}
    assert 40 <= len(payers) <= 50
    assert all(len(sites) == 1 for sites in entities["/company/companies/{id}/sites"].values())
    mails = [
        item["value"]
        for contact in entities["/company/contacts"]
        for item in contact["communicationItems"]
        if item["communicationType"] == "Email"
    ]
    assert len(mails) == len(entities["/company/contacts"])
    assert all(mail.endswith(".example.com.au") for mail in mails)


def test_primary_and_billing_contacts_are_mostly_two_people(books: Any) -> None:
    contacts = {each["id"]: each for each in books.month.connectwise["entities"]["/company/contacts"]}
    same = 0
    for company in books.month.connectwise["entities"]["/company/companies"]:
        assert contacts[company["defaultContact"]["id"]]["company"]["id"] == company["id"]
        if "billingContact" in company:
            assert contacts[company["billingContact"]["id"]]["defaultBillingFlag"]
            same += company["billingContact"] == company["defaultContact"]
    assert 10 <= same <= 20


def test_names_identifiers_and_account_numbers_are_unique(any_books: Any) -> None:
    companies = any_books.month.connectwise["entities"]["/company/companies"]
    for field in ("id", "name", "identifier", "accountNumber"):
        assert len({company[field] for company in companies}) == len(companies)


def test_product_codes_are_unique_and_some_reach_28_characters(books: Any) -> None:
    codes = [each["identifier"] for each in books.month.connectwise["entities"]["/procurement/catalog"]]
    assert len(set(codes)) == len(codes)
    assert max(map(len, codes)) == 28
    descriptions = [each["description"] for each in books.month.connectwise["entities"]["/procurement/catalog"]]
    assert max(map(len, descriptions)) <= 60


def test_the_detailed_text_stands_in_the_records_and_not_in_the_export(books: Any) -> None:
    records = books.month.connectwise["entities"]["/procurement/products"]
    assert any("\n" in record["customerDescription"] for record in records)
    assert all("\n" not in line["memo"] for t in books.transactions.values() for line in t["detail"])


def test_every_class_names_a_tracking_option_of_both_categories(any_books: Any) -> None:
    options = {
        (category["Name"], option["Name"])
        for organisation in any_books.month.xero["organisations"]
        for category in organisation["TrackingCategories"]
        for option in category["Options"]
    }
    for transaction in any_books.transactions.values():
        for line in lines_of(transaction):
            location, practice = line["glClass"].split(":")
            assert {("Location", location), ("Practice", practice)} <= options
            assert ":" not in line["accountNumber"]


def test_few_agreements_need_their_additions_read_and_no_product_twice_in_one(books: Any) -> None:
    additions = books.month.connectwise["entities"]["/finance/agreements/{id}/additions"]
    assert 20 <= len(additions) <= 30
    for rows in additions.values():
        products = [row["product"]["id"] for row in rows]
        assert len(set(products)) == len(products)


def test_the_data_files_stay_small(books: Any, tmp_path: Any) -> None:
    written = books.month.write(tmp_path)
    assert sum(path.stat().st_size for path in written) < 16 * 1024 * 1024


def test_revenue_lands_on_the_five_accounts(books: Any) -> None:
    by_account: dict[str, Decimal] = {}
    for transaction in books.posted():
        for line in lines_of(transaction):
            by_account[line["accountNumber"]] = by_account.get(line["accountNumber"], Decimal(0)) - line["total"]
    assert set(by_account) == {"200", "210", "220", "230", "240"}
    assert all(amount > 1_000 for amount in by_account.values())
