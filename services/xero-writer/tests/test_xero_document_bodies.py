"""A planned document as the bytes that Xero gets."""

from dataclasses import replace
from decimal import Decimal

import pytest
from xero_writer_kit.values import (
    BOOKS,
    CATEGORY_ID,
    CONTACT_ID,
    KEYS,
    OPTION_ID,
    ORGANISATION,
    SYDNEY,
    document,
    draft,
    line,
)

from tieout_contracts.documents import TrackingAssignment
from tieout_posting.ledger import BodyRefused, Draft, Promotion
from tieout_providers import json_exact
from tieout_xero_writer.xero.documents import descriptions
from tieout_xero_writer.xero.ledger import XeroBooks

IDS = ["aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002"]


def test_an_invoice_is_sent_as_a_draft_with_exact_decimals_and_no_totals_behaviour_2(xero: XeroBooks) -> None:
    call = xero.create(BOOKS, "sales_invoice", [draft()], KEYS, "key-1")
    assert (call.method, call.target) == ("PUT", "/api.xro/2.0/Invoices?summarizeErrors=false&unitdp=4")
    assert (call.idempotency_key, call.header("xero-tenant-id")) == ("key-1", ORGANISATION)
    assert json_exact.loads(call.body) == {
        "Invoices": [
            {
                "Contact": {"ContactID": CONTACT_ID},
                "Date": "2026-10-31",
                "DueDate": "2026-11-14",
                "Status": "DRAFT",
                "LineAmountTypes": "Exclusive",
                "CurrencyCode": "AUD",
                "Reference": "PO-7",
                "LineItems": [
                    {
                        "Description": "Managed workstation",
                        "Quantity": Decimal(4),
                        "UnitAmount": Decimal("20.1234"),
                        "ItemCode": "WS",
                        "AccountCode": "200",
                        "TaxType": "OUTPUT",
                    },
                    {
                        "Description": "Onsite visit",
                        "Quantity": Decimal(1),
                        "UnitAmount": Decimal("20.0000"),
                        "AccountCode": "200",
                        "TaxType": "OUTPUT",
                    },
                ],
                "Type": "ACCREC",
                "InvoiceNumber": "20418",
            }
        ]
    }


def test_figures_are_plain_digits_however_small_I3(xero: XeroBooks) -> None:
    small = document(lines=(line("0.05", "0.01", quantity="0.5", unit_amount="0.1000"),))
    body = xero.create(BOOKS, "sales_invoice", [draft(small)], KEYS, "k").body
    assert b'"Quantity":0.5,' in body
    assert b'"UnitAmount":0.1000,' in body


def test_a_credit_is_a_positive_credit_note_that_is_never_due(xero: XeroBooks) -> None:
    call = xero.create(BOOKS, "sales_credit", [draft(document("20419", kind="sales_credit"))], KEYS, "k")
    (sent,) = json_exact.loads(call.body)["CreditNotes"]
    assert call.target.startswith("/api.xro/2.0/CreditNotes?")
    assert (sent["Type"], sent["CreditNoteNumber"]) == ("ACCRECCREDIT", "20419")
    assert sent["LineItems"][0]["UnitAmount"] == Decimal("20.1234")
    assert "DueDate" not in sent


def test_tax_is_sent_only_where_the_plan_moved_a_cent(xero: XeroBooks) -> None:
    lines = (line("80.49", "8.06", tax_override=True), line("20.00", "2.00"))
    (sent,) = json_exact.loads(xero.create(BOOKS, "sales_invoice", [draft(document(lines=lines))], KEYS, "k").body)[
        "Invoices"
    ]
    assert [each.get("TaxAmount") for each in sent["LineItems"]] == [Decimal("8.06"), None]


def test_tracking_is_sent_by_the_ids_that_were_read(xero: XeroBooks) -> None:
    tracked = document(lines=(line("1.00", "0.10", tracking=(SYDNEY,)),))
    (sent,) = json_exact.loads(xero.create(BOOKS, "sales_invoice", [draft(tracked)], KEYS, "k").body)["Invoices"]
    assert sent["LineItems"][0]["Tracking"] == [{"TrackingCategoryID": CATEGORY_ID, "TrackingOptionID": OPTION_ID}]


def test_a_tracking_option_that_is_gone_refuses_its_own_document_alone(xero: XeroBooks) -> None:
    gone = TrackingAssignment(category="Location", option="Hobart")
    drafts = [draft(), draft(document("20420", lines=(line("1.00", "0.10", tracking=(gone,)),)))]
    with pytest.raises(BodyRefused, match="'Hobart' of 'Location' is not active") as refused:
        xero.create(BOOKS, "sales_invoice", drafts, KEYS, "k")
    assert refused.value.index == 1


def test_what_breaks_a_limit_of_xero_is_refused_before_it_is_sent_without_its_text(xero: XeroBooks) -> None:
    long = document(lines=(line("1.00", "0.10", description="private " * 600),))
    with pytest.raises(BodyRefused, match="description") as refused:
        xero.create(BOOKS, "sales_invoice", [draft(long)], KEYS, "k")
    assert "private" not in str(refused.value)


def test_an_amount_of_more_places_than_xero_keeps_is_never_rounded(xero: XeroBooks) -> None:
    with pytest.raises(BodyRefused, match="4 decimal places"):
        xero.create(
            BOOKS, "sales_invoice", [draft(document(lines=(line("1.00", "0.10", unit_amount="1.00001"),)))], {}, "k"
        )


def test_line_amount_types_follow_the_tax_mode(xero: XeroBooks) -> None:
    for mode, told in (("exclusive", "Exclusive"), ("inclusive", "Inclusive"), ("no_tax", "NoTax")):
        call = xero.create(BOOKS, "sales_invoice", [draft(document(tax_mode=mode))], KEYS, "k")
        assert json_exact.loads(call.body)["Invoices"][0]["LineAmountTypes"] == told


def test_the_note_stands_on_the_adjustment_line_F17() -> None:
    said = "ConnectWise's total is 1.01, Xero makes 1.00: adjustment line +0.01"
    lines = (line("1.00", "0.00"), line("0.01", "0.00", kind="adjustment", description=said))
    assert descriptions(document(lines=lines))[1] == said
    noted = document(lines=lines, note=f"Line 1: +0.01 on its tax. {said}.")
    assert descriptions(noted) == ("Managed workstation", f"Line 1: +0.01 on its tax. {said}.")
    other = document(lines=lines, note="Line 1: +0.01 on its tax.")
    assert descriptions(other)[1] == f"{said}\nLine 1: +0.01 on its tax."


def test_without_an_adjustment_the_note_stands_on_the_last_rounding_line_F17() -> None:
    rounding = line("0.01", "0.00", kind="rounding", description="Rounding")
    noted = document(lines=(rounding, line("1.00", "0.10"), rounding, line("2.00", "0.20")), note="Why.")
    assert descriptions(noted) == ("Rounding", "Managed workstation", "Rounding\nWhy.", "Managed workstation")


def test_a_note_without_such_a_line_changes_no_text_F17() -> None:
    assert descriptions(document(note="Why.")) == ("Managed workstation", "Onsite visit")


def test_a_long_note_is_cut_to_what_a_line_holds_F17(xero: XeroBooks) -> None:
    lines = (line("0.01", "0.00", kind="adjustment", description="a" * 3000),)
    noted = document(lines=lines, note="b" * 2500)
    assert len(descriptions(noted)[0]) == 4000
    assert xero.create(BOOKS, "sales_invoice", [draft(noted)], KEYS, "k").body


def test_drafts_are_approved_and_submitted_by_id_and_status_alone_behaviour_1_behaviour_2(xero: XeroBooks) -> None:
    promotions = [Promotion(IDS[0], "approved"), Promotion(IDS[1], "submitted")]
    call = xero.promote(BOOKS, "sales_invoice", promotions, "k")
    assert call.method == "POST"
    assert json_exact.loads(call.body) == {
        "Invoices": [
            {"InvoiceID": IDS[0], "Status": "AUTHORISED"},
            {"InvoiceID": IDS[1], "Status": "SUBMITTED"},
        ]
    }


def test_drafts_are_discarded_by_deleting_them(xero: XeroBooks) -> None:
    call = xero.discard(BOOKS, "sales_credit", IDS[:1], "k")
    assert json_exact.loads(call.body) == {"CreditNotes": [{"CreditNoteID": IDS[0], "Status": "DELETED"}]}


def test_a_call_that_is_too_large_is_built_whole_for_the_engine_to_halve(xero: XeroBooks) -> None:
    large = document(lines=tuple(line("1.00", "0.10", description="x" * 4000) for _ in range(600)))
    drafts = [replace(draft(), document=large.model_copy(update={"number": str(each)})) for each in (1, 2)]
    call = xero.create(BOOKS, "sales_invoice", drafts, KEYS, "k")
    assert len(call.body) > 3_500_000
    assert [each["InvoiceNumber"] for each in json_exact.loads(call.body)["Invoices"]] == ["1", "2"]


def test_a_document_that_is_too_large_alone_is_refused(xero: XeroBooks) -> None:
    huge = document(lines=tuple(line("1.00", "0.10", description="x" * 4000) for _ in range(900)))
    with pytest.raises(BodyRefused, match="more than Xero takes"):
        xero.create(BOOKS, "sales_invoice", [Draft(huge, CONTACT_ID, "m")], KEYS, "k")


@pytest.mark.parametrize("kind", ["sales_invoice", "sales_credit"])
def test_a_foreign_document_names_its_currency_and_leaves_the_rate_to_xero_F118_F119(
    xero: XeroBooks, kind: str
) -> None:
    foreign = document(kind=kind, currency="USD")
    body = xero.create(BOOKS, foreign.kind, [draft(foreign)], KEYS, "key-1").body
    assert b'"CurrencyCode":"USD"' in body.replace(b" ", b"")
    assert b"CurrencyRate" not in body


def test_an_invoice_bears_its_pay_link_as_its_url_and_a_credit_note_never_does_F246(xero: XeroBooks) -> None:
    link = "https://pay.example.com/20418"
    (invoice,) = json_exact.loads(
        xero.create(BOOKS, "sales_invoice", [draft(document(pay_link=link))], KEYS, "k").body
    )["Invoices"]
    credit = document(kind="sales_credit", pay_link=link)
    (note,) = json_exact.loads(xero.create(BOOKS, "sales_credit", [draft(credit)], KEYS, "k").body)["CreditNotes"]
    assert (invoice["Url"], "Url" in note) == (link, False)


def test_a_url_that_xero_takes_from_nobody_is_refused_before_it_is_sent_F246(xero: XeroBooks) -> None:
    with pytest.raises(BodyRefused):
        xero.create(BOOKS, "sales_invoice", [draft(document(pay_link="https://xero.example.com/1"))], KEYS, "k")
