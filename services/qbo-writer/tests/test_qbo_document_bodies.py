"""What is sent for a document, and what is refused before anything is sent."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from qbo_writer_kit.values import AU_KEYS, BOOKS, POSTING_ID, US_KEYS, document, draft, line

from tieout_contracts.documents import ExpectedTotals, LedgerDocument, TaxMode, TrackingAssignment
from tieout_contracts.records import Address
from tieout_posting.ledger import BodyRefused, KeyedLedger, Ledger, RatesNeeded
from tieout_providers.json_exact import loads
from tieout_providers.qbo import reads, request_id_of
from tieout_qbo_writer.qbo.batches import sent_by_bid
from tieout_qbo_writer.qbo.exchange import usable_rate
from tieout_qbo_writer.qbo.ledger import QboBooks
from tieout_qbo_writer.qbo.marks import pay_link_in

CALL_ID = "0b5eb1f2-5f1c-4f0e-8a3f-1c3f5c1a2b3c"
KEY = f"{BOOKS.organisation_id}-{CALL_ID}"


def sent(qbo: QboBooks, planned: LedgerDocument, keys: dict[str, str] = US_KEYS) -> dict[str, Any]:
    call = qbo.create(BOOKS, planned.kind, [draft(planned)], keys, KEY)
    (member,) = loads(call.body)["BatchItemRequest"]
    assert member["operation"] == "create"
    body: dict[str, Any] = member["Invoice" if planned.kind == "sales_invoice" else "CreditMemo"]
    return body


def refused(qbo: QboBooks, planned: LedgerDocument, keys: dict[str, str] = US_KEYS) -> str:
    with pytest.raises(BodyRefused) as error:
        qbo.create(BOOKS, planned.kind, [draft(), draft(planned)], keys | {"currency": planned.currency}, KEY)
    assert error.value.index == 1
    return str(error.value)


def australian(*lines: Any, **changes: Any) -> LedgerDocument:
    return document(currency="AUD", lines=lines or (line("100.00", "10.00", tax_code="10"),), **changes)


def test_the_ledger_is_one_of_the_engines(qbo: QboBooks) -> None:
    ledger: Ledger = qbo
    assert isinstance(ledger, KeyedLedger)
    assert (ledger.limits.bulk_size, ledger.limits.refuses_taken_numbers) == (30, False)


def test_an_invoice_in_the_united_states_is_sent_whole(qbo: QboBooks) -> None:
    body = sent(qbo, document())
    assert {name: body[name] for name in ("DocNumber", "TxnDate", "DueDate", "CustomerRef", "TxnTaxDetail")} == {
        "DocNumber": "20418",
        "TxnDate": "2026-10-31",
        "DueDate": "2026-11-14",
        "CustomerRef": {"value": "1"},
        "TxnTaxDetail": {"TxnTaxCodeRef": {"value": "2"}},
    }
    first, second = body["Line"]
    assert (first["Amount"], first["Description"]) == (Decimal("80.49"), "Managed workstation")
    assert first["SalesItemLineDetail"] == {
        "ItemRef": {"value": "11"},
        "Qty": 4,
        "UnitPrice": Decimal("20.1234"),
        "TaxCodeRef": {"value": "TAX"},
    }
    assert second["SalesItemLineDetail"]["ItemRef"] == {"value": "12"}
    assert not {"TotalAmt", "CurrencyRef", "ExchangeRate", "GlobalTaxCalculation", "BillEmail"} & set(body)


def test_the_private_note_bears_the_mark_beside_a_sentence(qbo: QboBooks) -> None:
    note = sent(qbo, document(note="A line was rounded by 0.01."))["PrivateNote"]
    assert note == (
        f"A line was rounded by 0.01.\nReference: PO-7\nPosted from ConnectWise 20418 by Tieout. [tieout {POSTING_ID}]"
    )
    long = sent(qbo, document(note="x" * 5000))["PrivateNote"]
    assert len(long) <= 4000
    assert long.endswith(f"[tieout {POSTING_ID}]")


def test_a_credit_is_a_credit_memo_without_a_due_date(qbo: QboBooks) -> None:
    body = sent(qbo, document(kind="sales_credit"))
    assert "DueDate" not in body
    assert body["Line"][0]["Amount"] == Decimal("80.49")


def test_where_the_product_is_not_the_amount_the_amount_goes_alone(qbo: QboBooks) -> None:
    odd = (line("970.88", "0", quantity="12.95", unit_amount="75"), line("1.00", "0", unit_amount="1.00000001"))
    for each in sent(qbo, document(lines=odd))["Line"]:
        assert not {"Qty", "UnitPrice"} & set(each["SalesItemLineDetail"])


def test_an_untaxed_line_in_the_united_states_says_so(qbo: QboBooks) -> None:
    body = sent(qbo, document(lines=(line("10.00", "0", tax_code="NON"),)))
    assert body["Line"][0]["SalesItemLineDetail"]["TaxCodeRef"] == {"value": "NON"}
    assert "TxnTaxDetail" not in body
    untaxed = sent(qbo, document(tax_mode="no_tax"))
    assert {each["SalesItemLineDetail"]["TaxCodeRef"]["value"] for each in untaxed["Line"]} == {"NON"}


def test_outside_the_united_states_lines_have_their_codes_and_amounts_are_net(qbo: QboBooks) -> None:
    body = sent(qbo, australian(), AU_KEYS)
    assert body["GlobalTaxCalculation"] == "TaxExcluded"
    assert body["Line"][0]["SalesItemLineDetail"]["TaxCodeRef"] == {"value": "10"}
    assert "TxnTaxDetail" not in body
    free = sent(qbo, australian(tax_mode="no_tax"), AU_KEYS)
    assert free["GlobalTaxCalculation"] == "NotApplicable"
    assert "TaxCodeRef" not in free["Line"][0]["SalesItemLineDetail"]


def test_a_moved_cent_stands_in_the_rates_own_tax_line(qbo: QboBooks) -> None:
    lines = (
        line("100.00", "10.01", tax_code="10", tax_override=True),
        line("50.00", "5.00", tax_code="10"),
        line("7.00", "0.00", tax_code="11"),
    )
    detail = sent(qbo, australian(*lines), AU_KEYS)["TxnTaxDetail"]
    assert detail["TotalTax"] == Decimal("15.01")
    assert [
        (each["TaxLineDetail"]["TaxRateRef"]["value"], each["Amount"], each["TaxLineDetail"]["NetAmountTaxable"])
        for each in detail["TaxLine"]
    ] == [("20", Decimal("15.01"), Decimal("150.00")), ("21", Decimal("0.00"), Decimal("7.00"))]


def test_a_moved_cent_in_the_united_states_stands_in_the_documents_whole_tax(qbo: QboBooks) -> None:
    lines = (line("100.00", "8.01", tax_override=True), line("5.00", "0.00", tax_code="NON"))
    assert sent(qbo, document(lines=lines))["TxnTaxDetail"] == {
        "TxnTaxCodeRef": {"value": "2"},
        "TotalTax": Decimal("8.01"),
        "TaxLine": [tax_line("3", "8.01", "100.00")],
    }
    parted = US_KEYS | {"rates:2": "3 4 5", "percents:2": "6 0.25 1.75"}
    detail = sent(qbo, document(lines=lines), parted)["TxnTaxDetail"]
    assert detail["TaxLine"] == [
        tax_line("3", "6.01", "100.00"),
        tax_line("4", "0.25", "100.00"),
        tax_line("5", "1.75", "100.00"),
    ]


def tax_line(rate: str, amount: str, base: str) -> dict[str, Any]:
    detail = {"TaxRateRef": {"value": rate}, "PercentBased": True, "NetAmountTaxable": Decimal(base)}
    return {"Amount": Decimal(amount), "DetailType": "TaxLineDetail", "TaxLineDetail": detail}


def test_a_code_without_rates_has_no_tax_line_of_its_own(qbo: QboBooks) -> None:
    lines = (line("100.00", "10.01", tax_code="10", tax_override=True), line("7.00", "0.00", tax_code="14"))
    detail = sent(qbo, australian(*lines), AU_KEYS | {"rates:14": ""})["TxnTaxDetail"]
    assert [each["TaxLineDetail"]["TaxRateRef"]["value"] for each in detail["TaxLine"]] == ["20"]


def test_with_many_currencies_the_companys_own_is_said(qbo: QboBooks) -> None:
    assert sent(qbo, document(), US_KEYS | {"currencies": "yes"})["CurrencyRef"] == {"value": "USD"}


def test_classes_stand_on_lines_or_once_and_the_location_once(qbo: QboBooks) -> None:
    tracked = (
        TrackingAssignment(category="Class", option="Managed"),
        TrackingAssignment(category="Location", option="North"),
    )
    planned = document(lines=(line("10.00", "0.80", tracking=tracked), line("1.00", "0.08")))
    body = sent(qbo, planned)
    assert body["DepartmentRef"] == {"value": "600"}
    assert body["Line"][0]["SalesItemLineDetail"]["ClassRef"] == {"value": "500"}
    assert "ClassRef" not in body
    once = sent(qbo, planned, US_KEYS | {"class place": "document"})
    assert once["ClassRef"] == {"value": "500"}
    assert "ClassRef" not in once["Line"][0]["SalesItemLineDetail"]


def test_texts_in_the_united_states_fit_the_character_set(qbo: QboBooks) -> None:
    curly = document(lines=(line("1.00", "0.08", description="\u201cSetup\u201d \u2013 done \U0001f680"),))
    assert sent(qbo, curly)["Line"][0]["Description"] == '"Setup" - done ?'
    abroad = australian(line("1.00", "0.10", tax_code="10", description="\u201cSetup\u201d"))
    assert sent(qbo, abroad, AU_KEYS)["Line"][0]["Description"] == "\u201cSetup\u201d"


@pytest.mark.parametrize(
    ("changes", "keys", "words"),
    [
        ({"number": "X" * 22}, {}, "at most 21 characters"),
        ({"currency": "AUD"}, {"currency": "USD"}, "the company's preference Multicurrency is off"),
        (
            {"currency": "AUD"},
            {"currency": "USD", "currencies": "yes", "exchange:AUD:2026-10-31": ""},
            "no rate of exchange for AUD on 2026-10-31",
        ),
        ({}, {"obstacle": "the company uses Automated Sales Tax"}, "Automated Sales Tax"),
        ({"tax_mode": "inclusive"}, {}, "tax-inclusive amounts"),
        ({}, {"tax": "none"}, "sales tax is not switched on"),
        ({}, {"tax": "automated"}, "Automated Sales Tax, which would replace its tax"),
        ({"expected": ExpectedTotals(subtotal="-1.00", tax="0", total="-1.00")}, {}, "negative total"),
        ({"lines": (line("1.00", "0.08", item_code="GONE"),)}, {}, "the item 'GONE' is not active"),
        ({"lines": (line("1.00", "0.08", account_code="4100"),)}, {}, "the item 'WS' sells to the account '4000'"),
        ({"lines": (line("1.00", "0.08"), line("1.00", "0.08", tax_code="6"))}, {}, "has one tax code, not 2"),
        (
            {"lines": (line("1.00", "0", tracking=(TrackingAssignment(category="Region", option="East"),)),)},
            {},
            "not by 'Region'",
        ),
        (
            {"lines": (line("1.00", "0", tracking=(TrackingAssignment(category="Class", option="Old"),)),)},
            {},
            "the class 'Old' is not active",
        ),
    ],
)
def test_what_quickbooks_would_refuse_or_change_is_refused_before(
    qbo: QboBooks, changes: dict[str, Any], keys: dict[str, str], words: str
) -> None:
    planned = document(**changes)
    with pytest.raises(BodyRefused) as error:
        qbo.create(BOOKS, planned.kind, [draft(planned)], US_KEYS | keys, KEY)
    assert words in str(error.value)


BY_ADDRESS = US_KEYS | {"tax": "automated"}
PLACE = Address(lines=("1 Main St",), city="Bayshore", region="CA", postal_code="94326")


def by_address(**changes: Any) -> LedgerDocument:
    lines = (line("100.00", "8.01", tax_code="TAX"), line("5.00", "0", tax_code="NON"))
    return document(lines=lines, ship_to=PLACE, **changes)


def test_quickbooks_own_tax_is_left_to_it_by_the_address_of_delivery(qbo: QboBooks) -> None:
    body = sent(qbo, by_address(tax_mode="computed"), BY_ADDRESS)
    assert "TxnTaxDetail" not in body
    codes = [each["SalesItemLineDetail"]["TaxCodeRef"]["value"] for each in body["Line"]]
    assert codes == ["TAX", "NON"]
    assert body["ShipAddr"] == {
        "Line1": "1 Main St",
        "City": "Bayshore",
        "CountrySubDivisionCode": "CA",
        "PostalCode": "94326",
    }


def test_an_override_sends_the_whole_tax_and_nothing_of_its_rates(qbo: QboBooks) -> None:
    assert sent(qbo, by_address(tax_mode="override"), BY_ADDRESS)["TxnTaxDetail"] == {"TotalTax": Decimal("8.01")}
    untaxed = document(lines=(line("5.00", "0", tax_code="NON"),), tax_mode="override")
    assert "TxnTaxDetail" not in sent(qbo, untaxed, BY_ADDRESS)


@pytest.mark.parametrize("mode", ["computed", "override"])
def test_tax_left_to_automated_sales_tax_is_refused_once_the_company_does_without_it(
    qbo: QboBooks, mode: TaxMode
) -> None:
    assert "which the company does not use" in refused_with(qbo, by_address(tax_mode=mode), US_KEYS)


def test_a_cent_cannot_be_moved_on_a_code_of_two_rates(qbo: QboBooks) -> None:
    two = australian(line("1.00", "0.40", tax_code="12", tax_override=True))
    with pytest.raises(BodyRefused, match="which has 2 rates"):
        qbo.create(BOOKS, two.kind, [draft(two)], AU_KEYS, KEY)


def test_a_class_where_none_are_used_and_two_locations_are_refused(qbo: QboBooks) -> None:
    classed = line("1.00", "0", tracking=(TrackingAssignment(category="Class", option="Managed"),))
    without = {name: value for name, value in US_KEYS.items() if name != "class place"}
    assert "classes are not switched on" in refused_with(qbo, document(lines=(classed,)), without)
    places = [TrackingAssignment(category="Location", option=name) for name in ("North", "South")]
    two = document(lines=tuple(line("1.00", "0", tracking=(place,)) for place in places))
    assert "has one location, not 2" in refused_with(qbo, two, US_KEYS)


def refused_with(qbo: QboBooks, planned: LedgerDocument, keys: dict[str, str]) -> str:
    with pytest.raises(BodyRefused) as error:
        qbo.create(BOOKS, planned.kind, [draft(planned)], keys, KEY)
    return str(error.value)


def test_the_bad_one_of_a_batch_is_named(qbo: QboBooks) -> None:
    assert "21 characters" in refused(qbo, document("X" * 22))


def test_thirty_travel_under_the_calls_own_uuid_with_short_keys(qbo: QboBooks) -> None:
    call = qbo.create(BOOKS, "sales_invoice", [draft(document(str(n))) for n in range(30)], US_KEYS, KEY)
    assert request_id_of(call) == CALL_ID
    assert call.target.startswith(f"/v3/company/{BOOKS.organisation_id}/batch?")
    assert len(sent_by_bid(call)) == 30
    assert all(len(bid) <= 10 for bid in sent_by_bid(call))


def test_a_batch_that_is_too_large_is_built_for_the_engine_to_halve(qbo: QboBooks) -> None:
    long = line("1.00", "0.08", description="x" * 4000)
    drafts = [draft(document(str(number), lines=(long,) * 200)) for number in range(4)]
    call = qbo.create(BOOKS, "sales_invoice", drafts, US_KEYS, KEY)
    assert len(call.body) > 2_000_000
    assert len(sent_by_bid(call)) == 4


def test_a_document_is_taken_back_as_it_was_created(qbo: QboBooks) -> None:
    call = qbo.discard(BOOKS, "sales_credit", ["7", "8"], KEY)
    assert [each["CreditMemo"] for each in sent_by_bid(call).values()] == [
        {"Id": "7", "SyncToken": "0"},
        {"Id": "8", "SyncToken": "0"},
    ]
    assert {each["operation"] for each in sent_by_bid(call).values()} == {"delete"}


def test_a_person_finds_the_document(qbo: QboBooks) -> None:
    assert qbo.link(BOOKS, "sales_invoice", "7") == "https://app.qbo.intuit.com/app/invoice?txnId=7"


def test_a_foreign_document_bears_its_currency_and_the_companys_own_rate_F120_F122(qbo: QboBooks) -> None:
    keys = AU_KEYS | {"currencies": "yes", "exchange:USD:2026-10-31": "1.5142"}
    planned = australian(line("100.00", "10.00", tax_code="10")).model_copy(update={"currency": "USD"})
    for of in (planned, planned.model_copy(update={"kind": "sales_credit"})):
        body = sent(qbo, of, keys)
        assert (body["CurrencyRef"], body["ExchangeRate"]) == ({"value": "USD"}, Decimal("1.5142"))
    home = sent(qbo, australian(), keys)
    assert (home["CurrencyRef"], "ExchangeRate" in home) == ({"value": "AUD"}, False)


def test_a_rate_that_is_not_known_yet_is_asked_for_and_never_left_at_1(qbo: QboBooks) -> None:
    keys = AU_KEYS | {"currencies": "yes", "exchange:USD:2026-10-31": "1.5142"}
    later = australian().model_copy(update={"currency": "USD", "document_date": date(2026, 11, 2)})
    known = australian().model_copy(update={"currency": "USD"})
    with pytest.raises(RatesNeeded) as needed:
        qbo.create(BOOKS, known.kind, [draft(australian()), draft(known), draft(later)], keys, KEY)
    assert needed.value.wanted == {("USD", date(2026, 11, 2))}
    assert str(needed.value) == "USD on 2026-11-02"


@pytest.mark.parametrize(
    ("shown", "rate"),
    [
        ({"SourceCurrencyCode": "USD", "AsOfDate": "2026-10-31", "Rate": Decimal("1.5142")}, Decimal("1.5142")),
        ({"SourceCurrencyCode": "USD", "Rate": 1}, None),
        ({"SourceCurrencyCode": "USD", "Rate": 0}, None),
        ({"SourceCurrencyCode": "USD"}, None),
        ({"SourceCurrencyCode": "EUR", "Rate": Decimal("1.5142")}, None),
    ],
)
def test_a_rate_of_1_is_no_rate(shown: dict[str, Any], rate: Decimal | None) -> None:
    assert usable_rate("USD", reads.ExchangeRate.model_validate(shown)) == rate
    assert usable_rate("USD", None) is None


def test_an_invoice_s_message_bears_its_pay_link_and_a_credit_memo_has_none_F246(qbo: QboBooks) -> None:
    link = "https://pay.example.com/20418"
    assert sent(qbo, document(pay_link=link))["CustomerMemo"] == {"value": f"Pay online: {link}"}
    assert "CustomerMemo" not in sent(qbo, document())
    assert "CustomerMemo" not in sent(qbo, document(kind="sales_credit", due_date=None, pay_link=link))


@pytest.mark.parametrize(
    ("message", "link"),
    [
        ("Pay online: https://pay.example.com/1", "https://pay.example.com/1"),
        (None, None),
        ("Thank you", None),
        ("Thank you! Pay online: https://pay.example.com/1", None),
        ("Pay online: https://pay.example.com/1 before Friday", None),
        ("Pay online: at the desk", None),
    ],
)
def test_only_a_message_that_says_nothing_else_is_a_pay_link_of_ours_F246(
    message: str | None, link: str | None
) -> None:
    assert pay_link_in(message) == link
