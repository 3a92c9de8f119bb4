"""What a record says beside its amounts: tax entries, what the tax code says of levels, applied lines, flags."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tieout_contracts.records import AppliedPosting
from tieout_ingest.backfill.billed_before import billed_before
from tieout_ingest.canonical import Backfill, build
from tieout_ingest.canonical.applied import billed_lines
from tieout_ingest.canonical.sources import Earlier
from tieout_providers.connectwise.models import CatalogItem, Invoice, ProductItem, TaxCode

Make = Callable[..., Any]


def test_sales_tax_entries_are_kept_with_level_code_account_and_a_bookkeepers_sign(
    exported: Make, line: Make, unposted: Make
) -> None:
    entries = [
        {"id": 90 + n, "glTypeId": "ST", "description": f"Level {n} Sales Tax", "memo": "Sales Tax", "quantity": 0}
        | {"total": Decimal(amount), "accountNumber": f"220{n}:", "taxCodeXref": f"TX-{n}"}
        for n, amount in ((1, "-6.00"), (2, "-2.00"), (3, "0.00"))
    ]
    transaction = exported(lines=[line(1, "100.00"), *entries], taxLevels=[], salesTax=Decimal("8.00"))
    record = build(unposted(), transaction, Backfill())
    assert [(each.level, each.code, each.account, each.amount) for each in record.tax_entries] == [
        (1, "TX-1", "2201", Decimal("6.00")),
        (2, "TX-2", "2202", Decimal("2.00")),
    ]


def test_the_tax_code_says_which_levels_are_flat_or_have_a_ceiling(exported: Make, unposted: Make) -> None:
    percent = TaxCode.model_validate({"levelOneRate": 10, "levelOneRateType": "Percent", "levelOneTaxableMax": 50})
    flat = TaxCode.model_validate({"levelOneRate": 3, "levelOneRateType": "Amount", "levelOneTaxableMax": 0})
    (level,) = build(unposted(), exported(tax="1.00"), Backfill(tax_code=percent)).tax_levels
    assert (level.rate, level.flat, level.taxable_max) == (Decimal("0.1"), False, Decimal(50))
    (level,) = build(unposted(), exported(tax="3.00"), Backfill(tax_code=flat)).tax_levels
    assert (level.rate, level.flat, level.taxable_max) == (Decimal(3), True, None)
    (level,) = build(unposted(), exported(tax="1.00"), Backfill(tax_code=TaxCode())).tax_levels
    assert (level.rate, level.flat) == (None, False)


def test_tax_on_tax_and_the_sales_representative_are_the_headers(exported: Make, unposted: Make) -> None:
    record = build(unposted(), exported(piggyBackFlag=True, salesRepId="R7", salesRepName=" Robin Vale "), Backfill())
    assert (record.tax_on_tax, record.sales_rep_id, record.sales_rep_name) == (True, "R7", "Robin Vale")


@pytest.mark.parametrize(
    ("flag", "product", "item", "known"),
    [(False, True, True, False), (None, True, False, True), (None, None, False, False), (None, None, None, None)],
)
def test_whether_an_item_is_taxable_is_told_by_the_export_else_by_its_records_F22(
    exported: Make, line: Make, unposted: Make, flag: bool | None, product: bool | None, item: bool | None, known: Any
) -> None:
    sold = line(1, "10.00", gl_type="RP", item={"id": 4, "identifier": "P-1"}, product={"id": 5}, itemTaxableFlag=flag)
    backfill = Backfill(
        products={5: ProductItem.model_validate({"id": 5, "taxableFlag": product})},
        catalogue={4: CatalogItem.model_validate({"id": 4, "taxableFlag": item})},
    )
    (only,) = build(unposted(), exported(lines=[sold]), backfill).lines
    assert only.item_taxable is known


def test_a_line_knows_its_products_subcategory(exported: Make, line: Make, unposted: Make) -> None:
    (only,) = build(unposted(), exported(lines=[line(1, "10.00", subCategory={"name": "Cloud"})]), Backfill()).lines
    assert only.subcategory == "Cloud"


def test_an_applied_down_payment_is_found_by_its_amount_and_bears_the_posting_of_the_earlier_document(
    exported: Make, line: Make, unposted: Make
) -> None:
    earlier = build(
        unposted(7, invoice_type="DownPayment"),
        exported(7, lines=[line(1, "40.00", accountNumber="240:")], tax="4.00"),
        Backfill(),
    )
    lines = [line(1, "100.00"), line(2, "-40.00", quantity="-1"), line(3, "-10.00", quantity="-1")]
    backfill = Backfill(
        invoice=Invoice.model_validate({"id": 125, "downpaymentApplied": 40}),
        earlier={"down_payment": Earlier(earlier.number, billed_lines(earlier), (7,))},
    )
    record = build(unposted(), exported(lines=lines, tax="5.00"), backfill)
    assert [each.applied for each in record.lines] == [
        None,
        AppliedPosting(
            kind="down_payment",
            number="1007",
            account="240",
            gl_class="Sydney:Support",
            non_product_id="SVC-LABOUR",
            taxable_levels=(1,),
            record_ids=(7,),
        ),
        None,
    ]


def test_what_is_applied_without_a_document_that_is_known_has_no_number(
    exported: Make, line: Make, unposted: Make
) -> None:
    lines = [line(1, "100.00"), line(2, "-40.00", quantity="-1")]
    invoice = Invoice.model_validate({"id": 125, "previousProgressApplied": -40})
    record = build(unposted(), exported(lines=lines), Backfill(invoice=invoice))
    assert record.lines[1].applied == AppliedPosting(kind="progress")
    in_two_accounts = [line(1, "30.00"), line(2, "10.00", accountNumber="9")]
    for billed in (in_two_accounts, [line(1, "39.99")], []):
        before = build(unposted(7, invoice_type="Progress"), exported(7, lines=billed), Backfill())
        known = Backfill(invoice=invoice, earlier={"progress": Earlier("1007", billed_lines(before))})
        assert build(unposted(), exported(lines=lines), known).lines[1].applied == AppliedPosting(kind="progress")


def test_progress_that_took_off_progress_itself_counts_by_what_it_billed(
    exported: Make, line: Make, unposted: Make
) -> None:
    second = [line(1, "60.00"), line(2, "-30.00", quantity="-1", accountNumber="777")]
    before = build(unposted(7, invoice_type="Progress"), exported(7, lines=second), Backfill())
    invoice = Invoice.model_validate({"id": 125, "previousProgressApplied": 60})
    known = Backfill(invoice=invoice, earlier={"progress": Earlier("1003, 1007", billed_lines(before))})
    lines = [line(1, "100.00"), line(2, "-60.00", quantity="-1")]
    applied = build(unposted(), exported(lines=lines), known).lines[1].applied
    assert (applied.number, applied.account) == ("1003, 1007", "200")


def test_only_down_payments_and_progress_are_kept_to_be_taken_off(exported: Make, unposted: Make) -> None:
    assert billed_lines(build(unposted(), exported(), Backfill())) == ()


@pytest.mark.parametrize(
    ("kind", "invoice", "asked"),
    [
        (
            "down_payment",
            {"id": 9, "salesOrder": {"id": 7}},
            'type="DownPayment" and id<9 and applyToType="SalesOrder" and applyToId=7',
        ),
        (
            "down_payment",
            {"id": 9, "project": {"id": 3}, "phase": {"id": 4}},
            'type="DownPayment" and id<9 and '
            '((applyToType="Project" and applyToId=3) or (applyToType="ProjectPhase" and applyToId=4))',
        ),
        ("progress", {"id": 9, "project": {"id": 3}}, 'type="Progress" and id<9 and project/id=3'),
        ("progress", {"id": 9}, None),
        ("down_payment", {"salesOrder": {"id": 7}}, None),
        ("down_payment", {"id": 9, "ticket": {"name": "no id"}}, None),
    ],
)
def test_what_was_billed_before_is_asked_for_by_what_both_documents_are_for(
    kind: Any, invoice: dict[str, Any], asked: str | None
) -> None:
    condition = billed_before(kind, Invoice.model_validate(invoice))
    assert (condition and str(condition)) == asked


def test_what_is_applied_and_stands_on_no_line_is_said(exported: Make, line: Make, unposted: Make) -> None:
    invoice = Invoice.model_validate({"id": 125, "downpaymentApplied": 40})
    record = build(unposted(), exported(lines=[line(1, "100.00")]), Backfill(invoice=invoice))
    assert "down_payment: 40 of it is applied, and no line of the export is for just that" in record.missing


def test_a_down_payment_is_posted_like_any_invoice(exported: Make, unposted: Make) -> None:
    assert build(unposted(invoice_type="DownPayment"), exported(), Backfill()).invoice_type == "DownPayment"
