"""How two plans differ: nothing is missed, nothing is said twice, and one more line moves no other."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout_config_api.previews.difference import Change, difference, settings_difference
from tieout_contracts import examples
from tieout_contracts.documents import LedgerDocument, LedgerLine, TrackingAssignment
from tieout_contracts.posting import plan_hash
from tieout_contracts.settings import AccountRule, AdjustmentSettings, CompanySettings

DOCUMENT = examples.document()
CONTACT = DOCUMENT.contact


def line(source: int | None, amount: str = "10.00", **changes: Any) -> LedgerLine:
    facts: dict[str, Any] = {
        "kind": "source",
        "source_line": source,
        "description": "Patch cable",
        "quantity": "1",
        "unit_amount": amount,
        "amount": amount,
        "account_code": "200",
        "tax_code": "OUTPUT",
        "tax_amount": "1.00",
    }
    return LedgerLine(**facts | changes)


def of(*lines: LedgerLine, **changes: Any) -> LedgerDocument:
    return DOCUMENT.model_copy(update={"lines": lines, **changes})


def told(before: LedgerDocument, after: LedgerDocument) -> list[tuple[str, str | None, str | None]]:
    return [(each.field, each.before, each.after) for each in difference(before, after)]


def test_a_changed_field_is_named_with_both_values() -> None:
    changed = of(line(0), line(1, account_code="210"), reference="PO-8", due_date=None)
    assert told(of(line(0), line(1), reference="PO-7", due_date=DOCUMENT.document_date), changed) == [
        ("due_date", str(DOCUMENT.document_date), None),
        ("reference", "PO-7", "PO-8"),
        ("lines[1].account_code", "200", "210"),
    ]


def test_a_line_more_in_the_middle_moves_none_of_the_others() -> None:
    rounding = line(0, "-0.03", kind="rounding", description="Rounding")
    ((field, before, after),) = told(of(line(0), line(1)), of(line(0), rounding, line(1)))
    assert (field, before) == ("lines[0 rounding]", None)
    assert after is not None
    assert "amount -0.03" in after


def test_lines_of_another_order_are_a_difference() -> None:
    assert told(of(line(0), line(1)), of(line(1), line(0))) == [("lines (order)", "0, 1", "1, 0")]


def test_two_lines_of_one_name_are_told_apart() -> None:
    tax = [line(None, amount, kind="tax") for amount in ("1.00", "2.00")]
    changed = tax[1].model_copy(update={"tax_override": True})
    assert told(of(*tax), of(tax[0], changed)) == [("lines[tax #2].tax_override", "false", "true")]


def test_tracking_is_named_by_its_category() -> None:
    sydney, perth = (TrackingAssignment(category="Region", option=option) for option in ("Sydney", "Perth"))
    assert told(of(line(0, tracking=(sydney,))), of(line(0, tracking=(perth,)))) == [
        ("lines[0].tracking[Region].option", "Sydney", "Perth")
    ]


@pytest.mark.parametrize("when", [None, datetime(2026, 11, 2, tzinfo=UTC)])
def test_how_the_contact_is_kept_up_to_date_is_no_difference(when: datetime | None) -> None:
    assert difference(DOCUMENT, of(*DOCUMENT.lines, contact=CONTACT.model_copy(update={"changed_at": when}))) == []


amounts = st.decimals("-99", "99", places=2).map(Decimal)
lines = st.builds(
    line,
    st.integers(0, 3) | st.none(),
    amounts,
    kind=st.sampled_from(["source", "rounding", "tax"]),
    account_code=st.sampled_from(["200", "210"]),
    item_code=st.sampled_from(["A", None]),
)
documents = st.builds(
    lambda found, reference: of(*found, reference=reference),
    st.lists(lines, max_size=4),
    st.sampled_from(["PO-7", None]),
)


@given(documents, documents)
def test_there_is_a_difference_exactly_where_the_plan_is_another_one(
    one: LedgerDocument, other: LedgerDocument
) -> None:
    assert (difference(one, other) == []) == (plan_hash(one) == plan_hash(other))


@given(documents, documents)
def test_the_way_back_is_the_same_difference_turned_round(one: LedgerDocument, other: LedgerDocument) -> None:
    turned = {Change(each.field, each.after, each.before) for each in difference(other, one)}
    assert set(difference(one, other)) == turned


def test_two_snapshots_of_settings_differ_by_rules_that_are_named_by_their_conditions() -> None:
    def rule(account: str, **conditions: Any) -> AccountRule:
        return AccountRule(ledger_account=account, **conditions)

    laptop, labour, rest = rule("210", item_code="LAPTOP"), rule("200", gl_type="R"), rule("260")
    before = settings(accounts=(laptop, labour), connectwise_locations=(11, 12))
    after = settings(accounts=(rest, labour, rule("215", item_code="LAPTOP")), connectwise_locations=(12, 13))
    assert [(each.field, each.before, each.after) for each in settings_difference(before, after)] == [
        ("connectwise_locations[11]", "11", None),
        ("connectwise_locations[13]", None, "13"),
        ("accounts[item_code LAPTOP].ledger_account", "210", "215"),
        ("accounts[everything else]", None, "ledger_account 260"),
        ("accounts (order)", "item_code LAPTOP, gl_type R", "everything else, gl_type R, item_code LAPTOP"),
    ]
    assert settings_difference(before, before) == []


def settings(**changes: Any) -> CompanySettings:
    facts: dict[str, Any] = {
        "name": "Harbourline IT",
        "connectwise_connection": "connectwise",
        "ledger_connection": "xero",
        "organisation_id": "org",
        "adjustment": AdjustmentSettings(account="860"),
    }
    return CompanySettings(**facts | changes)
