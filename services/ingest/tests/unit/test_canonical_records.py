"""The canonical record of an export: signs, sums, dates, ids, and what is refused by name."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout_contracts.records import Address, CreditMemoRecord, InvoiceRecord
from tieout_ingest.canonical import Backfill, Gap, Listed, NotCanonical, build
from tieout_providers.connectwise.models import (
    Addition,
    CatalogItem,
    Company,
    Contact,
    GLTransaction,
    Invoice,
    ProductItem,
)

Make = Callable[..., Any]
CENTS = st.decimals("-99999.99", "99999.99", places=2, allow_nan=False)
QUANTITIES = st.decimals("-999.9999", "999.9999", places=4, allow_nan=False)


def refusals(listed: Listed, transaction: GLTransaction, backfill: Backfill | None = None) -> list[str]:
    with pytest.raises(NotCanonical) as caught:
        build(listed, transaction, backfill or Backfill())
    return [f"{found.code}: {found.sentence}" for found in caught.value.problems]


def test_a_sale_is_positive_and_sales_tax_is_no_line(exported: Make, line: Make, unposted: Make) -> None:
    lines = [line(1, "35.00", quantity="2", price="17.50"), line(2, "-5.00", quantity="-1", price="5.00")]
    record = build(unposted(), exported(lines=lines, tax="3.00"), Backfill())
    assert isinstance(record, InvoiceRecord)
    assert [(each.quantity, each.exported_price, each.amount) for each in record.lines] == [
        (Decimal(2), Decimal("17.50"), Decimal("35.00")),
        (Decimal(-1), Decimal("5.00"), Decimal("-5.00")),
    ]
    assert (record.subtotal, record.tax, record.total) == (Decimal("30.00"), Decimal("3.00"), Decimal("33.00"))
    assert [(level.level, level.code, level.tax_amount) for level in record.tax_levels] == [
        (1, "GSTX", Decimal("3.00"))
    ]


def test_gl_entry_ids_are_those_of_the_header_and_of_every_detail(exported: Make, line: Make, unposted: Make) -> None:
    record = build(unposted(), exported(lines=[line(7, "10.00")], tax="1.00"), Backfill())
    assert record.gl_entry_ids == (12550, 12551, 7, 12599)


@given(
    amounts=st.lists(st.tuples(QUANTITIES, CENTS), min_size=1, max_size=20),
    tax=CENTS,
    mirrored=st.booleans(),
)
def test_a_credit_memo_says_the_same_whichever_way_it_is_exported(
    exported: Make,
    line: Make,
    unposted: Make,
    amounts: list[tuple[Decimal, Decimal]],
    tax: Decimal,
    mirrored: bool,
) -> None:
    lines = [line(number, amount, quantity=quantity) for number, (quantity, amount) in enumerate(amounts, start=1)]
    total = sum((amount for _, amount in amounts), Decimal(0)) + tax
    memo = unposted(invoice_type="CreditMemo")
    record = build(memo, exported(lines=lines, tax=tax, mirrored=mirrored, invoiceType="CreditMemo"), Backfill())
    assert isinstance(record, CreditMemoRecord)
    assert record.total == abs(total)
    assert record.subtotal + record.tax == record.total
    assert sum(each.amount for each in record.lines) == record.subtotal


@given(amounts=st.lists(st.tuples(QUANTITIES, CENTS), min_size=1, max_size=60), tax=CENTS)
def test_an_invoice_keeps_each_amount_and_its_sum_exactly(
    exported: Make, line: Make, unposted: Make, amounts: list[tuple[Decimal, Decimal]], tax: Decimal
) -> None:
    lines = [line(number, amount, quantity=quantity) for number, (quantity, amount) in enumerate(amounts, start=1)]
    record = build(unposted(), exported(lines=lines, tax=tax), Backfill())
    assert [each.amount for each in record.lines] == [amount for _, amount in amounts]
    assert record.total == sum((amount for _, amount in amounts), Decimal(0)) + tax
    assert not any(each.amount.is_signed() and each.amount.is_zero() for each in record.lines)


@given(amounts=st.lists(CENTS, min_size=1, max_size=8), wrong_by=CENTS.filter(lambda cents: cents != 0))
def test_details_that_do_not_add_up_to_the_total_are_refused(
    exported_json: Make, line: Make, unposted: Make, amounts: list[Decimal], wrong_by: Decimal
) -> None:
    transaction = exported_json(lines=[line(number, amount) for number, amount in enumerate(amounts, start=1)])
    transaction["total"] += wrong_by
    found = refusals(unposted(), GLTransaction.model_validate(transaction))
    assert any(each.startswith("capture.unbalanced") for each in found)


def test_a_header_tax_other_than_its_entries_is_refused(exported: Make, unposted: Make) -> None:
    assert refusals(unposted(), exported(tax="1.00", salesTax=Decimal("1.01"))) == [
        "capture.tax_unbalanced: The sales tax entries of 1125 add up to 1.00, its sales tax is 1.01."
    ]


def test_tax_levels_that_do_not_account_for_the_tax_are_refused(exported: Make, unposted: Make) -> None:
    levels = [{"taxLevel": 1, "taxAmount": Decimal("0.90"), "taxCodeXref": "A"}]
    (found,) = refusals(unposted(), exported(tax="1.00", taxLevels=levels))
    assert found.startswith("capture.tax_levels_unbalanced")


def test_tax_levels_come_from_the_fixed_fields_and_at_last_from_the_entries(exported: Make, unposted: Make) -> None:
    fixed = {"stateTax": Decimal("0.70"), "countyTax": Decimal("0.30"), "stateTaxXref": "S", "countyTaxXref": "C"}
    record = build(unposted(), exported(tax="1.00", taxLevels=None, **fixed), Backfill())
    assert [(each.level, each.code) for each in record.tax_levels] == [(1, "S"), (2, "C")]
    bare = build(unposted(), exported(tax="1.00", without=["taxLevels"]), Backfill())
    assert [(each.level, each.code, each.tax_amount) for each in bare.tax_levels] == [(1, "GSTX", Decimal("1.00"))]


@pytest.mark.parametrize(
    ("printed", "meant"),
    [
        ("2026-10-20T00:00:00", "2026-10-20"),
        ("2026-10-20T00:00:00Z", "2026-10-20"),
        ("2026-10-20T23:30:00-11:00", "2026-10-20"),
        ("10/2/2026 5:21:58 AM", "2026-10-02"),
        ("2026-10-20", "2026-10-20"),
    ],
)
def test_a_document_date_is_taken_as_printed_F30(exported: Make, unposted: Make, printed: str, meant: str) -> None:
    record = build(unposted(), exported(documentDate=printed), Backfill())
    assert record.document_date.isoformat() == meant


def test_every_missing_field_is_named_at_once_F8(exported: Make, line: Make, unposted: Make) -> None:
    broken = line(1, "10.00") | {"glTypeId": None}
    transaction = exported(lines=[broken, line(2, "5.00")], without=["documentDate", "glEntryIds", "company"])
    found = " ".join(refusals(unposted(), transaction))
    for field in ("documentDate", "glEntryIds", "company.id", "detail[0].glTypeId"):
        assert f"{field} is missing" in found


def test_a_gl_entry_id_that_is_no_number_is_refused(exported: Make, unposted: Make) -> None:
    (found,) = refusals(unposted(), exported(glEntryIds="12,x1"))
    assert "glEntryIds holds 'x1', which is no id" in found


def test_a_type_that_nobody_knows_is_refused_by_name(exported: Make, unposted: Make) -> None:
    (found,) = refusals(unposted(invoice_type="Subscription"), exported())
    assert found.startswith("capture.unsupported_type")
    assert "Subscription" in found


def test_a_consolidated_invoice_is_refused_because_its_invoices_may_post_too(exported: Make, unposted: Make) -> None:
    (found,) = refusals(unposted(invoice_type="Consolidated"), exported())
    assert found.startswith("capture.consolidated")


def test_unknown_gl_types_are_kept_and_missing_fields_left_out(exported: Make, line: Make, unposted: Make) -> None:
    plain = {"id": 1, "glTypeId": "ZZ", "total": Decimal("-10.00")}
    record = build(unposted(), exported(lines=[plain], without=["salesTax", "dueDate", "taxCode"]), Backfill())
    (only,) = record.lines
    assert (only.gl_type, only.quantity, only.exported_price, only.account) == ("ZZ", Decimal(1), None, None)
    assert "detail[0].quantity" in " ".join(record.missing)
    assert record.due_date is None


@pytest.mark.parametrize(("taxable", "tax", "levels"), [(True, "1.00", (1,)), (False, "0", ()), (False, "1.00", (1,))])
def test_a_product_s_tax_flag_counts_only_on_a_document_that_is_taxed(
    exported: Make, line: Make, unposted: Make, taxable: bool, tax: str, levels: tuple[int, ...]
) -> None:
    record = build(unposted(), exported(lines=[line(7, "10.00", taxed=True)], taxable=taxable, tax=tax), Backfill())
    assert record.lines[0].taxable_levels == levels


def test_a_party_is_filled_from_company_invoice_and_contacts_F25(exported: Make, unposted: Make) -> None:
    invoice = Invoice.model_validate(
        {"id": 125, "billingSiteAddressLine1": "1 Street", "billingSiteCity": "Town", "customerPO": "PO-7"}
    )
    company = Company.model_validate({"id": 8, "name": "Fox Ltd", "phoneNumber": "02 5550 0001", "accountNumber": "F1"})
    contact = Contact.model_validate(
        {
            "id": 20,
            "firstName": "Robert",
            "communicationItems": [{"communicationType": "Email", "value": "r@fox.example"}],
        }
    )
    backfill = Backfill(invoice=invoice, bill_to=company, billing_contact=contact)
    record = build(unposted(), exported(), backfill)
    party = record.bill_to
    assert (party.name, party.account_number, party.email, party.phone) == (
        "Fox Ltd",
        "F1",
        "r@fox.example",
        "02 5550 0001",
    )
    assert party.address is not None
    assert party.address.lines == ("1 Street",)
    assert party.billing_contact is not None
    assert party.billing_contact.first_name == "Robert"
    assert record.customer_po == "PO-7"


def test_the_served_party_is_at_the_address_that_the_invoice_prints(exported: Make, unposted: Make) -> None:
    printed = {"shippingSiteCity": "Bayshore", "shippingSiteState": "CA", "shippingSiteZip": "94326"}
    served = {"shipToCompany": {"id": 9, "identifier": "BRANCH", "name": "Fox Branch"}}
    invoice = Invoice.model_validate({"id": 125} | served | printed)
    party = build(unposted(), exported(), Backfill(invoice=invoice)).ship_to
    assert party is not None
    assert party.address == Address(city="Bayshore", region="CA", postal_code="94326")
    unprinted = build(unposted(), exported(), Backfill(invoice=Invoice.model_validate({"id": 125} | served))).ship_to
    assert (unprinted is not None, unprinted and unprinted.address) == (True, None)


def test_the_customers_address_is_the_companys_whoever_the_document_names_F60_F62(
    exported: Make, unposted: Make
) -> None:
    def person(name: str, day: int) -> Contact:
        mail = {"communicationType": "Email", "value": f"{name}@fox.example"}
        info = {"lastUpdated": f"2026-10-{day:02}T08:00:00Z"}
        return Contact.model_validate({"firstName": name, "communicationItems": [mail], "_info": info})

    company = Company.model_validate({"id": 8, "name": "Fox", "_info": {"lastUpdated": "2026-10-02T08:00:00Z"}})
    backfill = Backfill(bill_to=company, billing_contact=person("bo", 7), company_contact=person("ann", 3))
    party = build(unposted(), exported(), backfill).bill_to
    assert (party.email, party.billing_contact and party.billing_contact.email) == ("ann@fox.example", "bo@fox.example")
    assert party.changed_at == datetime(2026, 10, 7, 8, tzinfo=UTC)


def test_a_denied_table_leaves_a_gap_that_is_said_F28(exported: Make, unposted: Make) -> None:
    gap = Gap("contact", "ConnectWise refuses it; allow Companies > Contacts (Inquire All)")
    record = build(unposted(), exported(), Backfill(gaps=(gap,)))
    assert record.missing == ("contact: ConnectWise refuses it; allow Companies > Contacts (Inquire All)",)


def test_a_denied_table_that_decides_the_currency_refuses_F28(exported: Make, unposted: Make) -> None:
    backfill = Backfill(gaps=(Gap("company", "denied"),))
    (found,) = refusals(unposted(currency=None), exported(currency=None), backfill)
    assert found.startswith("capture.undecidable: The currency decides the currency of 1125")


def test_a_record_is_in_the_currency_of_its_location_as_connectwise_exports_it_F118_F122(
    exported: Make, unposted: Make
) -> None:
    nzd = {"currencyCode": "NZD"}
    backfill = Backfill(
        invoice=Invoice.model_validate({"id": 125, "currency": nzd}),
        bill_to=Company.model_validate({"id": 8, "name": "Fox", "currency": {"currencyCode": "AUD"}}),
    )
    told = [(nzd, None), (None, "NZD"), (None, None)]
    for in_export, in_list in told:
        record = build(unposted(currency=in_list), exported(currency=in_export), backfill)
        assert record.currency == "NZD"
    without = Backfill(bill_to=backfill.bill_to)
    assert build(unposted(currency=None), exported(currency=None), without).currency == "AUD"


def test_a_record_of_which_connectwise_names_two_currencies_is_refused(exported: Make, unposted: Make) -> None:
    backfill = Backfill(invoice=Invoice.model_validate({"id": 125, "currency": {"currencyCode": "USD"}}))
    for found in (
        refusals(unposted(currency="AUD"), exported(currency={"currencyCode": "USD"}), Backfill()),
        refusals(unposted(currency=None), exported(currency={"currencyCode": "AUD"}), backfill),
    ):
        assert found[0].startswith("capture.currency_differs: ConnectWise says of 1125 that it is in")
        assert ("AUD" in found[0], "USD" in found[0]) == (True, True)


def test_a_denied_table_that_decides_the_tax_refuses_F28(exported: Make, unposted: Make) -> None:
    backfill = Backfill(gaps=(Gap("invoice", "denied"),))
    (found,) = refusals(unposted(), exported(tax="1.00", taxCode=None, taxLevels=None), backfill)
    assert found.startswith("capture.undecidable: The tax code decides the tax")


def test_an_invoice_that_totals_something_else_is_refused(exported: Make, unposted: Make) -> None:
    backfill = Backfill(invoice=Invoice.model_validate({"id": 125, "total": Decimal("11.00")}))
    (found,) = refusals(unposted(), exported(), backfill)
    assert found == "capture.total_differs: The GL export of 1125 totals 10.00, the invoice itself 11.00."


def test_a_product_gives_its_own_price_text_and_unit_F24_F37(exported: Make, line: Make, unposted: Make) -> None:
    sold = line(
        1, "31.40", quantity="10", price="3.14", gl_type="RP", product={"id": 4}, item={"id": 5, "identifier": "CAB"}
    )
    product = ProductItem.model_validate(
        {
            "id": 4,
            "price": Decimal("3.1396"),
            "customerDescription": "Cable, 2 m, blue",
            "unitOfMeasure": {"name": "Each"},
        }
    )
    record = build(unposted(), exported(lines=[sold]), Backfill(products={4: product}))
    (only,) = record.lines
    assert (only.item_code, only.own_price, only.description, only.unit_of_measure, only.non_product_id) == (
        "CAB",
        Decimal("3.1396"),
        "Cable, 2 m, blue",
        "Each",
        None,
    )


def test_an_addition_is_recognised_by_the_amount_that_its_price_gives_F45_F46(
    exported: Make, line: Make, unposted: Make
) -> None:
    billed = line(1, "109.68", quantity="20", price="5.48", item={"id": 5, "identifier": "BKP"})
    additions = tuple(
        Addition.model_validate(each)
        for each in (
            {"id": 1, "product": {"identifier": "BKP"}, "unitPrice": Decimal("10"), "proratePrice": Decimal("5.4839")},
            {"id": 2, "product": {"identifier": "OTHER"}, "unitPrice": Decimal("5.484")},
        )
    )
    record = build(unposted(), exported(lines=[billed]), Backfill(additions=additions))
    assert record.lines[0].own_price == Decimal("5.4839")


def test_additions_that_disagree_about_the_price_are_not_believed(exported: Make, line: Make, unposted: Make) -> None:
    billed = line(1, "109.68", quantity="20", price="5.48", item={"id": 5, "identifier": "BKP"})
    prices = (Decimal("5.4839"), Decimal("5.4841"))
    additions = tuple(Addition.model_validate({"product": {"identifier": "BKP"}, "unitPrice": each}) for each in prices)
    record = build(unposted(), exported(lines=[billed]), Backfill(additions=additions))
    assert record.lines[0].own_price is None


def test_the_catalogue_fills_a_code_that_the_export_lacks_F26(exported: Make, line: Make, unposted: Make) -> None:
    sold = line(1, "10.00", gl_type="RP", item={"id": 5}, memo=None)
    item = CatalogItem.model_validate(
        {"id": 5, "identifier": "CAB", "customerDescription": "Cable", "description": "C"}
    )
    record = build(unposted(), exported(lines=[sold]), Backfill(catalogue={5: item}))
    assert (record.lines[0].item_code, record.lines[0].description, record.lines[0].item_name) == ("CAB", "Cable", "C")


def test_taxable_levels_come_from_the_flags_or_from_the_list(exported: Make, line: Make, unposted: Make) -> None:
    flags = line(1, "10.00") | {"taxable3Flag": True}
    listed_levels = line(2, "5.00") | {"taxLevels": [{"taxLevel": 2, "taxableFlag": True}, {"taxLevel": 3}]}
    record = build(unposted(), exported(lines=[flags, listed_levels], tax="1.00"), Backfill())
    assert [each.taxable_levels for each in record.lines] == [(1, 3), (2,)]


def test_an_amount_beyond_all_reckoning_is_malformed(exported: Make, line: Make, unposted: Make) -> None:
    (found,) = refusals(unposted(), exported(lines=[line(1, "1e15", price="1e30")]))
    assert found.startswith("capture.malformed")
    assert "below ten trillion" in found
