"""The proof by tax code: amounts and tax stand under the code that the settings map, on both sides."""

from decimal import Decimal
from typing import Any

import pytest

from tieout_standalone.held import held_in
from tieout_standalone.tie_out import BilledCompany, TieOut, tie_out

D = Decimal
SETTINGS: dict[str, Any] = {"organisation_id": "org", "adjustment": {"account": "860"}}
BY_GROUP: dict[str, Any] = {
    "mode": "by_tax_group",
    "rules": [
        {"connectwise_tax_code": "VAT20", "ledger_tax_code": "OUTPUT2"},
        {"connectwise_tax_code": "VAT5", "ledger_tax_code": "RROUTPUT"},
        {"connectwise_tax_code": "RC20", "ledger_tax_code": "DRCHARGE20", "reason": "reverse_charge"},
    ],
    "zeros": [
        {"reason": "exempt", "ledger_tax_code": "EXEMPTOUTPUT"},
        {"reason": "zero_rated", "ledger_tax_code": "ZERORATEDOUTPUT", "gl_type": "RE"},
        {"reason": "out_of_scope", "ledger_tax_code": "NONE", "item_code": "Deposit"},
        {"reason": "export", "ledger_tax_code": "EXPORT", "connectwise_tax_code": "ABROAD", "customer_taxable": False},
    ],
    "out_of_scope": "NONE",
}
BY_LEVEL: dict[str, Any] = {
    "mode": "by_tax_level",
    "levels": [{"connectwise_levels": ["State", "City"], "ledger_tax_code": "BOTH"}],
    "rules": [{"connectwise_tax_code": "STATE", "ledger_tax_code": "STATEONLY"}],
    "levels_as_lines": ["FLAT"],
    "untaxed": "FREE",
    "out_of_scope": "NONE",
}


def sold(amount: str, code: str | None = "VAT20", *levels: int, **more: Any) -> dict[str, Any]:
    """A line of a sale; `levels` tax it, the first unless it has no code."""
    taxing = levels or ((1,) if code else ())
    named = {"taxCode": {"name": code}} if code else {}
    listed = [{"taxLevel": level, "taxableFlag": level in taxing} for level in (1, 2, 3)]
    return {"glTypeId": "RP", "accountNumber": "200", "total": -D(amount), "taxLevels": listed, **named, **more}


def tax(amount: str, code: str = "VAT20", level: int = 1) -> dict[str, Any]:
    of_level = {"description": f"Level {level} Sales Tax", "taxCodeXref": code}
    return {"glTypeId": "ST", "accountNumber": "820", "total": -D(amount), **of_level}


def held_line(amount: str, code: str, of_tax: str = "0.00", account: str = "200") -> dict[str, Any]:
    return {"AccountCode": account, "LineAmount": D(amount), "TaxType": code, "TaxAmount": D(of_tax)}


def compare(
    details: list[dict[str, Any]], ledger: list[dict[str, Any]], settings: dict[str, Any] = BY_GROUP, **header: Any
) -> TieOut:
    """One invoice on both sides, at the totals that their lines make."""
    total = -sum((each["total"] for each in details), D(0))
    of_tax = -sum((each["total"] for each in details if each["glTypeId"] == "ST"), D(0))
    exported = {"id": 1, "documentNumber": "7", "total": total, "salesTax": of_tax, "detail": details, **header}
    batched = {"id": 1, "invoiceNumber": "7", "total": total, "glBatch": {"name": "TIE-1"}}
    amounts, taxes = (sum((each[name] for each in ledger), D(0)) for name in ("LineAmount", "TaxAmount"))
    document = {"InvoiceID": "a", "InvoiceNumber": "7", "Status": "AUTHORISED", "LineItems": ledger}
    document |= {"Total": amounts + taxes, "TotalTax": taxes, "CurrencyCode": "GBP"}
    return tie_out(
        {"gl_transactions": [exported], "entities": {"/finance/invoices": [batched]}},
        held_in("xero", {"organisations": [{"tenantId": "org", "Invoices": [document]}]}),
        BilledCompany.of({**SETTINGS, "tax": settings}),
        foreign_ids=frozenset(),
        waiting={},
    )


def what_differs(result: TieOut) -> list[tuple[str, str, str]]:
    return [(one.what, one.connectwise, one.ledger) for one in result.differences]


def test_amounts_and_tax_are_summed_by_the_ledgers_tax_code() -> None:
    result = compare(
        [sold("100.00"), sold("50.00", "VAT5"), sold("10.00", None), tax("20.00"), tax("2.50", "VAT5")],
        [
            held_line("100.00", "OUTPUT2", "20.00"),
            held_line("50.00", "RROUTPUT", "2.50"),
            held_line("10", "EXEMPTOUTPUT"),
        ],
    )
    assert result.exact, result.differences
    both = {"EXEMPTOUTPUT": (D(10), D(10)), "OUTPUT2": (D(100), D(100)), "RROUTPUT": (D(50), D(50))}
    assert result.by_tax_code == both
    assert result.tax_by_code == {"OUTPUT2": (D(20), D(20)), "RROUTPUT": (D("2.5"), D("2.5"))}


def test_tax_under_another_code_is_named_though_document_and_accounts_agree() -> None:
    result = compare(
        [sold("100.00"), sold("100.00", "RC20"), tax("20.00")],
        [held_line("100.00", "OUTPUT2", "20.00"), held_line("100.00", "EXEMPTOUTPUT")],
    )
    assert what_differs(result) == [
        ("amount of tax code DRCHARGE20", "100.00", "0.00"),
        ("amount of tax code EXEMPTOUTPUT", "0.00", "100.00"),
    ]


def test_a_cent_of_one_codes_tax_on_another_is_named_though_the_sum_agrees() -> None:
    result = compare(
        [sold("100.00"), sold("50.00", "VAT5"), tax("20.00"), tax("2.50", "VAT5")],
        [held_line("100.00", "OUTPUT2", "20.01"), held_line("50.00", "RROUTPUT", "2.49")],
    )
    assert what_differs(result) == [
        ("tax of tax code OUTPUT2", "20.00", "20.01"),
        ("tax of tax code RROUTPUT", "2.50", "2.49"),
    ]


@pytest.mark.parametrize(
    ("line", "header", "code"),
    [
        (sold("10.00", None), {}, "EXEMPTOUTPUT"),
        (sold("10.00", None, glTypeId="RE"), {}, "ZERORATEDOUTPUT"),
        (sold("10.00", None, glTypeId="RE", item={"identifier": "DEPOSIT"}), {}, "NONE"),
        (sold("10.00"), {"taxable": False, "taxCode": {"name": "ABROAD"}}, "EXEMPTOUTPUT"),
        (sold("10.00", None), {"taxable": False, "taxCode": {"name": "Abroad"}}, "EXPORT"),
        (sold("10.00", "RC20"), {}, "DRCHARGE20"),
        (sold("10.00", "FORGOTTEN"), {}, "unmapped"),
    ],
)
def test_a_line_without_tax_stands_under_the_code_of_its_reason(
    line: dict[str, Any], header: dict[str, Any], code: str
) -> None:
    result = compare([line], [held_line("10.00", code)], **header)
    assert result.exact, result.differences
    assert set(result.by_tax_code) == {code}


def test_levels_that_tax_a_line_are_one_code_together_and_one_posted_as_a_line_is_none() -> None:
    levels = [{"taxLevel": level, "taxCodeXref": code} for level, code in enumerate(("STATE", "CITY", "FLAT"), start=1)]
    result = compare(
        [
            sold("100.00", "US", 1, 2, 3),
            sold("10.00", "US", 1),
            sold("5.00", "US", 3),
            tax("6.60", "STATE", 1),
            tax("1.00", "CITY", 2),
            tax("0.25", "FLAT", 3),
        ],
        [
            held_line("100.00", "BOTH", "7.00"),
            held_line("10.00", "STATEONLY", "0.60"),
            held_line("5.00", "NONE"),
            held_line("0.25", "NONE", account="820"),
        ],
        BY_LEVEL,
        taxLevels=levels,
    )
    assert result.exact, result.differences
    # The state's 6.60 is on lines of both codes: ConnectWise states no tax for each.
    assert result.tax_by_code == {"BOTH + STATEONLY": (D("7.60"), D("7.60"))}
    assert result.by_tax_code["NONE"] == (D("5.25"), D("5.25"))


def test_tax_by_flag_and_tax_that_is_all_lines() -> None:
    details = [sold("100.00"), tax("20.00")]
    by_flag = compare(details, [held_line("100.00", "S", "20.00")], {"mode": "by_tax_flag", "taxed": "S"})
    assert (by_flag.exact, set(by_flag.tax_by_code)) == (True, {"S"})
    as_lines = [held_line("100.00", "NONE"), held_line("20.00", "NONE", account="820")]
    lines = compare(details, as_lines, {"mode": "gl_entries", "out_of_scope": "NONE"})
    assert lines.exact, lines.differences
    assert (lines.by_tax_code, lines.tax_by_code) == ({"NONE": (D(120), D(120))}, {})


def test_a_stated_adjustment_counts_as_tax_of_the_taxed_codes_together() -> None:
    result = compare(
        [sold("100.00"), sold("50.00", "VAT5"), tax("20.00"), tax("2.50", "VAT5")],
        [
            held_line("100.00", "OUTPUT2", "20.00"),
            held_line("50.00", "RROUTPUT", "2.49"),
            held_line("0.01", "NONE", account="860"),
        ],
    )
    assert result.exact, result.differences
    assert result.tax_by_code == {"OUTPUT2 + RROUTPUT": (D("22.50"), D("22.50"))}


@pytest.mark.parametrize("choice", ["ledger_tax", "override"])
def test_where_automated_sales_tax_finds_the_tax_a_line_only_says_that_it_is_taxed(choice: str) -> None:
    settings = {"automated": choice, "untaxed": "NON", "rules": []}
    result = compare(
        [sold("10.00"), sold("5.00", None), tax("0.80")],
        [held_line("10.00", "TAX", "0.80"), held_line("5.00", "NON")],
        settings,
    )
    assert result.exact, result.differences
    assert result.tax_by_code == {"TAX": (D("0.80"), D("0.80"))}


def test_where_its_tax_is_posted_as_lines_none_is_the_ledgers() -> None:
    settings = {"automated": "tax_lines", "untaxed": "NON", "out_of_scope": "NON", "lines_account": "820"}
    lines = [held_line("10.00", "NON"), held_line("0.80", "NON", account="820")]
    result = compare([sold("10.00"), tax("0.80")], lines, settings)
    assert result.exact, result.differences


def test_amounts_of_several_currencies_are_not_added_up() -> None:
    entities, books, exported = [], [], []
    for index, currency in enumerate(("GBP", "USD"), start=1):
        batched = {"id": index, "invoiceNumber": str(index), "total": D(12), "glBatch": {"name": "TIE-1"}}
        entities.append({**batched, "currency": {"currencyCode": currency}})
        header = {"id": index, "documentNumber": str(index), "total": D(12), "salesTax": D(2)}
        exported.append({**header, "detail": [sold("10.00"), tax("2.00")]})
        document = {"InvoiceID": str(index), "InvoiceNumber": str(index), "Status": "AUTHORISED", "Total": D(12)}
        lines = [held_line("10.00", "OUTPUT2", "2.00")]
        books.append({**document, "TotalTax": D(2), "CurrencyCode": currency, "LineItems": lines})
    owed = [{"Code": "610", "SystemAccount": "DEBTORS"}]
    result = tie_out(
        {"gl_transactions": exported, "entities": {"/finance/invoices": entities}},
        held_in("xero", {"organisations": [{"tenantId": "org", "Accounts": owed, "Invoices": books}]}),
        BilledCompany.of({**SETTINGS, "tax": BY_GROUP}),
        foreign_ids=frozenset(),
        waiting={},
    )
    assert result.exact, result.differences
    assert result.by_account == {"200 GBP": (D(10), D(10)), "200 USD": (D(10), D(10))}
    assert result.tax_by_code == {"OUTPUT2 GBP": (D(2), D(2)), "OUTPUT2 USD": (D(2), D(2))}
    assert result.by_receivable == {"610 GBP": (D(12), D(12)), "610 USD": (D(12), D(12))}
    assert result.by_currency == {"GBP": (D(12), D(12)), "USD": (D(12), D(12))}
