"""The proof finds every way in which two sets of figures can disagree."""

from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest

from tieout_standalone.held import held_in
from tieout_standalone.tie_out import BilledCompany, TaxAsLines, TieOut, tie_out

CONNECTWISE: dict[str, Any] = {
    "entities": {
        "/finance/invoices": [
            {"id": 1, "invoiceNumber": "1001", "total": Decimal("67.29"), "glBatch": {"id": 9, "name": "TIE-I1-ab"}},
            {"id": 2, "invoiceNumber": "1002", "total": Decimal("10.00")},
        ]
    },
    "gl_transactions": [
        {
            "id": 1,
            "documentNumber": "1001",
            "total": Decimal("67.29"),
            "salesTax": Decimal("6.12"),
            "detail": [
                {"glTypeId": "RP", "accountNumber": "230", "total": Decimal("-61.17")},
                {"glTypeId": "ST", "accountNumber": "820", "total": Decimal("-6.12")},
            ],
        }
    ],
}
LEDGER: list[dict[str, Any]] = [
    {
        "InvoiceID": "a",
        "InvoiceNumber": "1001",
        "Status": "AUTHORISED",
        "Total": Decimal("67.29"),
        "TotalTax": Decimal("6.12"),
        "LineItems": [
            {"AccountCode": "230", "LineAmount": Decimal("61.20")},
            {"AccountCode": "230", "LineAmount": Decimal("-0.03")},
        ],
    }
]


def test_what_was_batched_without_posting_is_counted_and_missing_in_no_ledger_K24() -> None:
    connectwise = deepcopy(CONNECTWISE)
    connectwise["entities"]["/finance/invoices"][1]["glBatch"] = {"id": 10, "name": "TIE-I2-1f6c2a90-NP"}
    result = compare(LEDGER, connectwise=connectwise)
    assert (result.exact, result.batched_without_posting, result.documents) == (True, 1, 1)
    connectwise["entities"]["/finance/invoices"][1]["glBatch"]["name"] = "TIE-I2-1f6c2a90"
    assert not compare(LEDGER, connectwise=connectwise).exact


def compare(
    ledger: list[dict[str, Any]],
    *,
    connectwise: dict[str, Any] = CONNECTWISE,
    foreign_ids: frozenset[str] = frozenset(),
    waiting: dict[str, str] | None = None,
    **settings: Any,
) -> TieOut:
    """Xero's documents against ConnectWise's; `settings` as `BilledCompany` has them."""
    company = BilledCompany(**{**SETTINGS, **settings})
    kinds = {"Invoices": "InvoiceID", "CreditNotes": "CreditNoteID"}
    books = {kind: [one for one in ledger if id_field in one] for kind, id_field in kinds.items()}
    held = held_in("xero", {"organisations": [{"tenantId": "org", **books}]})
    return tie_out(connectwise, held, company, foreign_ids=foreign_ids, waiting=waiting or {})


SETTINGS = {"organisation_id": "org", "batch_prefix": "TIE", "adjustment_account": "860"}


def two_levels(**transaction: Any) -> dict[str, Any]:
    """The same invoice; its tax is of two levels."""
    connectwise = deepcopy(CONNECTWISE)
    entry = connectwise["gl_transactions"][0]
    of_tax = [
        {"glTypeId": "ST", "accountNumber": account, "description": f"Level {level} Sales Tax", "total": Decimal(total)}
        for level, account, total in ((1, "820", "-6.00"), (2, "821", "-0.12"))
    ]
    entry["detail"] = [entry["detail"][0], *of_tax]
    entry["taxLevels"] = [{"taxLevel": 1, "taxCodeXref": "STATE"}, {"taxLevel": 2, "taxCodeXref": "FLAT"}]
    entry.update(transaction)
    return connectwise


def ledger_with(tax: str, *of_tax: tuple[str, str]) -> list[dict[str, Any]]:
    """The same document; the ledger computed `tax`, the rest stands in lines."""
    ledger = deepcopy(LEDGER)
    ledger[0]["TotalTax"] = Decimal(tax)
    ledger[0]["LineItems"] += [{"AccountCode": code, "LineAmount": Decimal(amount)} for code, amount in of_tax]
    return ledger


def as_credit(invoice: dict[str, Any]) -> dict[str, Any]:
    """The same document as a credit note."""
    names = {"InvoiceID": "CreditNoteID", "InvoiceNumber": "CreditNoteNumber"}
    return {names.get(name, name): value for name, value in invoice.items()}


def test_equal_sides_are_exact_and_summed() -> None:
    result = compare(LEDGER)
    assert result.exact
    assert (result.documents, result.ledger_total, result.by_account) == (
        1,
        Decimal("67.29"),
        {"230": (Decimal("61.17"), Decimal("61.17"))},
    )


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("Total", Decimal("67.30"), "total"),
        ("TotalTax", Decimal("6.11"), "tax with the stated adjustment"),
        ("Status", "DRAFT", "status"),
        ("LineItems", [{"AccountCode": "200", "LineAmount": Decimal("61.17")}], "account 200"),
    ],
)
def test_one_cent_or_one_word_off_is_named(field: str, value: Any, what: str) -> None:
    ledger = deepcopy(LEDGER)
    ledger[0][field] = value
    assert what in [difference.what for difference in compare(ledger).differences]


def test_a_batched_document_that_the_ledger_does_not_hold_is_named() -> None:
    assert [one.what for one in compare([]).differences] == ["batched, not in the ledger"]


def test_two_live_documents_of_one_number_are_named_I1() -> None:
    twin = {**LEDGER[0], "InvoiceID": "b"}
    assert "more than one live document" in [one.what for one in compare([*LEDGER, twin]).differences]
    assert compare([*LEDGER, {**twin, "Status": "DELETED"}]).exact


def test_a_ledger_document_without_a_batch_is_named_unless_it_waits_for_a_person() -> None:
    orphan = {**LEDGER[0], "InvoiceID": "c", "InvoiceNumber": "1002"}
    assert [one.number for one in compare([*LEDGER, orphan]).differences] == ["1002"]
    assert compare([*LEDGER, orphan], waiting={"1002": "changed_while_posting"}).exact
    assert compare([*LEDGER, orphan], foreign_ids=frozenset({"org/Invoices/c"})).exact


def test_a_document_that_was_there_before_and_was_linked_and_batched_is_compared_like_any_other() -> None:
    result = compare(LEDGER, foreign_ids=frozenset({"org/Invoices/a"}))
    assert (result.exact, result.documents) == (True, 1)
    other = {**LEDGER[0], "Total": Decimal("60.00")}
    assert [one.what for one in compare([other], foreign_ids=frozenset({"org/Invoices/a"})).differences] == ["total"]


def test_cents_on_the_adjustment_account_count_as_the_stated_tax_difference() -> None:
    ledger = deepcopy(LEDGER)
    ledger[0]["TotalTax"] = Decimal("6.11")
    ledger[0]["LineItems"].append({"AccountCode": "860", "LineAmount": Decimal("0.01")})
    result = compare(ledger)
    assert result.exact
    assert result.adjustments == Decimal("0.01")


ALL_LINES = (("820", "6.00"), ("821", "0.12"))


@pytest.mark.parametrize(
    ("tax", "transaction", "ledger"),
    [
        ({"mode": "gl_entries"}, {}, ledger_with("0.00", *ALL_LINES)),
        ({"mode": "gl_entries", "lines_account": "825"}, {}, ledger_with("0.00", ("825", "6.12"))),
        ({"mode": "by_tax_level", "levels_as_lines": ["flat"]}, {}, ledger_with("6.00", ("821", "0.12"))),
        (
            {"mode": "by_tax_level", "levels_as_lines": ["COUNTY"]},
            {"taxLevels": [], "stateTaxXref": "STATE", "countyTaxXref": "County"},
            ledger_with("6.00", ("821", "0.12")),
        ),
        ({"mode": "by_tax_group", "avalara": "tax_lines"}, {"useAvalaraFlag": True}, ledger_with("0.00", *ALL_LINES)),
    ],
)
def test_tax_that_is_posted_as_lines_is_found_on_its_accounts_and_not_in_the_ledgers_tax(
    tax: dict[str, Any], transaction: dict[str, Any], ledger: list[dict[str, Any]]
) -> None:
    posted = TaxAsLines.of(tax)
    result = compare(ledger, connectwise=two_levels(**transaction), tax_as_lines=posted)
    assert result.exact, result.differences
    assert result.connectwise_tax == result.ledger_tax == Decimal("6.12") - result.tax_as_lines
    unlined = compare(LEDGER, connectwise=two_levels(**transaction), tax_as_lines=posted)
    assert "tax with the stated adjustment" in [one.what for one in unlined.differences]
    off = deepcopy(ledger)
    off[0]["LineItems"][-1]["LineAmount"] += Decimal("0.01")
    assert not compare(off, connectwise=two_levels(**transaction), tax_as_lines=posted).exact


@pytest.mark.parametrize(
    "tax",
    [
        {"mode": "by_tax_group", "levels_as_lines": ["FLAT"]},
        {"mode": "by_tax_level", "levels_as_lines": ["OTHER"]},
        {"mode": "by_tax_group", "avalara": "tax_lines"},
        {"mode": "by_tax_group", "avalara": "refuse"},
    ],
)
def test_tax_that_the_ledger_computes_is_expected_in_its_tax_whatever_else_the_settings_say(
    tax: dict[str, Any],
) -> None:
    result = compare(LEDGER, connectwise=two_levels(), tax_as_lines=TaxAsLines.of(tax))
    assert result.exact, result.differences
    assert (result.ledger_tax, result.tax_as_lines) == (Decimal("6.12"), Decimal(0))


def test_a_credit_memos_tax_lines_are_turned_round_like_its_other_lines() -> None:
    connectwise = two_levels()
    entry = connectwise["gl_transactions"][0]
    entry["total"], entry["salesTax"] = -entry["total"], -entry["salesTax"]
    for line in entry["detail"]:
        line["total"] = -line["total"]
    result = compare(
        [as_credit(ledger_with("0.00", *ALL_LINES)[0])], connectwise=connectwise, tax_as_lines=TaxAsLines(all=True)
    )
    assert result.exact, result.differences
    assert result.tax_as_lines == Decimal("-6.12")


def test_a_foreign_document_is_compared_in_its_own_currency() -> None:
    connectwise = deepcopy(CONNECTWISE)
    connectwise["gl_transactions"][0]["currency"] = {"currencyCode": "USD"}
    found = compare([{**LEDGER[0], "CurrencyCode": "USD", "CurrencyRate": Decimal("0.6604")}], connectwise=connectwise)
    assert found.exact
    assert found.by_currency == {"USD": (Decimal("67.29"), Decimal("67.29"))}
    (wrong,) = compare([{**LEDGER[0], "CurrencyCode": "AUD"}], connectwise=connectwise).differences
    assert (wrong.what, wrong.connectwise, wrong.ledger) == ("currency", "USD", "AUD")


def test_an_invoice_where_connectwise_has_a_credit_memo_is_named_though_its_amounts_agree() -> None:
    assert [one.what for one in compare([as_credit(LEDGER[0])]).differences] == ["kind"]


def test_another_companys_invoices_and_another_organisations_documents_are_not_compared_F108() -> None:
    connectwise = deepcopy(CONNECTWISE)
    connectwise["entities"]["/finance/invoices"][0]["locationId"] = 11
    assert compare(LEDGER, connectwise=connectwise, locations=frozenset({11})).documents == 1
    elsewhere = compare([], connectwise=connectwise, locations=frozenset({12}), organisation_id="other")
    assert (elsewhere.exact, elsewhere.documents) == (True, 0)
    assert not compare(LEDGER, connectwise=connectwise, locations=frozenset({11}), organisation_id="other").exact
