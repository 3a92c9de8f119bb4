"""The proof finds every way in which two sets of figures can disagree."""

from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest

from tieout_standalone.tie_out import TieOut, tie_out

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


def compare(ledger: list[dict[str, Any]], **changes: Any) -> TieOut:
    given: dict[str, Any] = {
        "foreign_ids": frozenset(),
        "batch_prefix": "TIE",
        "adjustment_account": "860",
        "account_map": {},
        "waiting": {},
    }
    return tie_out(CONNECTWISE, ledger, **{**given, **changes})


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
    assert compare([*LEDGER, orphan], foreign_ids=frozenset({"c"})).exact


def test_a_document_that_was_there_before_and_was_linked_and_batched_is_compared_like_any_other() -> None:
    result = compare(LEDGER, foreign_ids=frozenset({"a"}))
    assert (result.exact, result.documents) == (True, 1)
    other = {**LEDGER[0], "Total": Decimal("60.00")}
    assert [one.what for one in compare([other], foreign_ids=frozenset({"a"})).differences] == ["total"]


def test_cents_on_the_adjustment_account_count_as_the_stated_tax_difference() -> None:
    ledger = deepcopy(LEDGER)
    ledger[0]["TotalTax"] = Decimal("6.11")
    ledger[0]["LineItems"].append({"AccountCode": "860", "LineAmount": Decimal("0.01")})
    result = compare(ledger)
    assert result.exact
    assert result.adjustments == Decimal("0.01")
