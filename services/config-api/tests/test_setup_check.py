"""Every step of getting started, judged from what is known; and proposals for what is not mapped."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tieout_config_api.setup.check import is_ready, steps_of
from tieout_config_api.setup.facts import Connections, Facts, Site
from tieout_config_api.setup.suggesting import account_suggestions, tax_suggestions
from tieout_config_api.setup.waiting import ACCOUNT_MISSING, TAX_UNMAPPED, waiting_for
from tieout_contracts.problems import problem
from tieout_contracts.reference import (
    LedgerAccount,
    LedgerItemRef,
    LedgerReference,
    LedgerTaxRate,
    TrackingCategory,
)
from tieout_contracts.settings import CompanySettings, SettingsSnapshot
from tieout_providers.connectwise.models import BillingTerm, Currency, Location, PaymentType, TaxCode

SETTINGS: dict[str, Any] = {
    "name": "Harbourline IT",
    "connectwise_connection": "connectwise",
    "ledger_connection": "xero",
    "organisation_id": "org",
    "connectwise_locations": [11],
    "accounts": [{"connectwise_account": "4000", "ledger_account": "200"}],
    "tax": {
        "rules": [{"connectwise_tax_code": "GST", "ledger_tax_code": "OUTPUT"}],
        "untaxed": "EXEMPTOUTPUT",
        "out_of_scope": "BASEXCLUDED",
    },
    "adjustment": {"account": "860", "item_code": "ADJ"},
    "tracking_categories": ["Region"],
    "arming": {"armed": True, "go_live": "2026-10-01"},
}


def account(code: str, name: str, **more: Any) -> LedgerAccount:
    return LedgerAccount(code=code, name=name, account_class="REVENUE", account_type="SALES", **more)


def rate(code: str, name: str, per_cent: str, **more: Any) -> LedgerTaxRate:
    return LedgerTaxRate(code=code, name=name, rate=Decimal(per_cent), **more)


REFERENCE = LedgerReference(
    ledger="xero",
    organisation_id="org",
    organisation_name="Harbourline IT",
    country="AU",
    base_currency="AUD",
    currencies=("AUD", "NZD"),
    accounts=(
        account("200", "Managed services"),
        account("0410", "Hardware sales"),
        account("860", "Rounding"),
        account("999", "Old sales", active=False),
    ),
    tax_rates=(
        rate("OUTPUT", "GST on Income", "10", applies_to=("REVENUE",)),
        rate("EXEMPTOUTPUT", "GST Free Income", "0"),
        rate("BASEXCLUDED", "BAS Excluded", "0"),
        rate("INPUT", "GST on Expenses", "10", applies_to=("EXPENSE",)),
        rate("NZGST", "GST New Zealand", "15"),
    ),
    tracking=(TrackingCategory(name="Region", options=("Sydney", "Perth")),),
    items=(
        LedgerItemRef(code="ADJ", name="Adjustment"),
        LedgerItemRef(code="SWITCH", name="Switch", tracked_stock=True),
    ),
    read_at=datetime(2026, 11, 2, 9, tzinfo=UTC),
    version=1,
)
SITE = Site(
    tax_codes=[TaxCode.model_validate({"identifier": "GST", "levelOneRate": Decimal(10)})],
    locations=[Location.model_validate({"id": 11, "name": "Sydney"})],
    currencies=[Currency.model_validate({"id": 1, "currencyCode": "AUD"})],
    terms=[BillingTerm.model_validate({"id": 1, "name": "Net 30", "termsXref": "30"})],
)
GOOD = Facts(
    settings=CompanySettings.model_validate(SETTINGS),
    reference=REFERENCE,
    site=SITE,
    connections=Connections(ledger_kind="xero", ledger_broken=False, callbacks=True, callback_problem=None),
)


def with_settings(**changes: Any) -> Facts:
    return replace(GOOD, settings=CompanySettings.model_validate(SETTINGS | changes))


def with_tax(**changes: Any) -> Facts:
    return with_settings(tax=SETTINGS["tax"] | changes)


def with_reference(**changes: Any) -> Facts:
    return replace(GOOD, reference=REFERENCE.model_copy(update=changes))


def with_site(**changes: Any) -> Facts:
    return replace(GOOD, site=replace(SITE, **changes))


def other(**changes: Any) -> SettingsSnapshot:
    settings = CompanySettings.model_validate(SETTINGS | {"name": "Harbourline NZ"} | changes)
    return SettingsSnapshot(tenant_id="harbourline", company_id="nz", version=1, settings=settings)


def found(facts: Facts) -> dict[str, list[tuple[str, str]]]:
    """The code and the sentence of all findings, by step."""
    steps = steps_of(facts, (), finished=True)
    return {step.name: [(each.code, each.sentence) for each in step.findings] for step in steps if step.findings}


def test_a_set_up_without_a_fault_is_ready() -> None:
    steps = steps_of(GOOD, (), finished=True)
    assert [step.state for step in steps] == ["good"] * 13
    assert is_ready(steps)


@pytest.mark.parametrize(
    ("facts", "step", "code", "sentence"),
    [
        (
            replace(GOOD, connections=replace(GOOD.connections, ledger_kind=None)),
            "ledger",
            "setup.connection_missing",
            "The connection xero does not exist, or is not one to Xero.",
        ),
        (
            replace(GOOD, connections=replace(GOOD.connections, ledger_broken=True)),
            "ledger",
            "setup.connection_broken",
            "The connection xero has lost its consent.",
        ),
        (
            with_settings(organisation_id="else"),
            "ledger",
            "setup.organisation_differs",
            "The settings name the organisation else; the ledger's data are of org.",
        ),
        (
            with_settings(adjustment={"account": "861", "item_code": "ADJ"}),
            "accounts",
            "setup.account_missing",
            "The adjustment names account 861, which the ledger does not have.",
        ),
        (
            with_settings(accounts=[{"ledger_account": "999"}]),
            "accounts",
            "setup.account_archived",
            "Account rule 1 names account 999, which is archived in the ledger.",
        ),
        (
            replace(GOOD, waiting_accounts={"4200": 3, "4000": 1, "200": 1}),
            "accounts",
            "setup.account_unmapped",
            "3 records wait because ConnectWise posts them to account 4200, which the ledger has not.",
        ),
        (
            with_tax(rules=[{"connectwise_tax_code": "gst", "ledger_tax_code": "GONE"}]),
            "taxes",
            "setup.tax_code_missing",
            "The rule for gst names the tax code GONE, which the ledger does not have or has switched off.",
        ),
        (
            with_tax(untaxed="OUTPUT"),
            "taxes",
            "setup.tax_code_not_zero",
            "Untaxed lines names the tax code OUTPUT, which makes 10 %; it must make none.",
        ),
        (with_tax(rules=[]), "taxes", "setup.tax_unmapped", "ConnectWise's tax code GST is not mapped."),
        (
            with_tax(untaxed=None),
            "taxes",
            "setup.tax_not_chosen",
            "No tax code is chosen for lines that ConnectWise does not tax: such records are refused.",
        ),
        (
            with_reference(sales_tax="automated"),
            "taxes",
            "setup.automated_tax",
            "The ledger finds its sales tax itself, and the company refuses taxed documents for that.",
        ),
        (
            with_settings(tracking_categories=["region", "Team"]),
            "tracking",
            "setup.tracking_missing",
            "The ledger has no tracking category Team.",
        ),
        (
            with_settings(tracking_rules=[{"category": "Region", "option": "Hobart"}]),
            "tracking",
            "setup.tracking_option_missing",
            "Tracking rule 1 names the option Hobart, which the tracking category Region does not have.",
        ),
        (
            with_settings(non_product={"service": "LABOUR", "expense": "TRAVEL", "expense_enabled": False}),
            "items",
            "setup.item_missing",
            "The default for service names the item LABOUR, which the ledger does not have yet.",
        ),
        (
            with_settings(adjustment={"account": "860", "item_code": "switch"}),
            "items",
            "setup.item_tracked",
            "The adjustment names the item SWITCH, whose stock the ledger counts.",
        ),
        (
            with_site(terms=[BillingTerm.model_validate({"id": 2, "name": "Net 14"})]),
            "terms",
            "setup.terms_without_reference",
            "The billing terms 'Net 14' have no cross-reference.",
        ),
        (
            with_site(currencies=[Currency.model_validate({"currencyCode": {"identifier": "USD"}})]),
            "currencies",
            "setup.currency_missing",
            "ConnectWise knows the currency USD, and the ledger does not.",
        ),
        (
            with_settings(connectwise_locations=[11, 77]),
            "locations",
            "setup.location_unknown",
            "ConnectWise has no location 77.",
        ),
        (
            with_site(locations=[*SITE.locations, Location.model_validate({"id": 12, "name": "Perth"})]),
            "locations",
            "setup.location_unclaimed",
            "No company takes the location Perth (12): its records are listed as unrouted.",
        ),
        (
            replace(GOOD, connections=replace(GOOD.connections, callbacks=False)),
            "callbacks",
            "setup.callbacks_off",
            "ConnectWise does not call back over connectwise.",
        ),
        (
            replace(GOOD, connections=replace(GOOD.connections, callback_problem="It may not.")),
            "callbacks",
            "setup.callbacks_off",
            "ConnectWise does not call back over connectwise: It may not.",
        ),
        (
            with_reference(numbers_itself=True),
            "numbers",
            "setup.numbers_replaced",
            "Harbourline IT replaces the numbers of documents by its own.",
        ),
        (
            with_settings(arming={"armed": False}),
            "going_live",
            "setup.not_armed",
            "The company is not armed: it captures and previews, and posts nothing.",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and value.startswith("setup.") else "",
)
def test_each_step_names_what_is_wrong_in_a_sentence(facts: Facts, step: str, code: str, sentence: str) -> None:
    assert found(facts) == {step: [(code, sentence)]}


def test_what_could_not_be_looked_at_is_unknown_and_never_good() -> None:
    steps = {step.name: step.state for step in steps_of(replace(GOOD, reference=None, site=Site()), (), finished=False)}
    assert steps["ledger"] == "to_do"
    unknown = {"connectwise", "accounts", "taxes", "tracking", "items", "terms", "currencies", "locations", "numbers"}
    assert {name for name, state in steps.items() if state == "unknown"} == unknown


def test_warnings_do_not_stand_in_the_way_and_refusals_do() -> None:
    assert is_ready(steps_of(with_settings(arming={"armed": False}), (), finished=True))
    assert not is_ready(steps_of(with_reference(numbers_itself=True), (), finished=True))
    assert not is_ready(steps_of(GOOD, (problem("setup.reference_missing"),), finished=True))


def test_a_location_that_another_company_takes_is_claimed_F109() -> None:
    both = replace(SITE, locations=[*SITE.locations, Location.model_validate({"id": 12, "name": "Perth"})])
    assert found(replace(GOOD, site=both, others=[other(connectwise_locations=[12])])) == {}
    assert found(replace(GOOD, site=both, others=[other(connectwise_locations=[])])) == {}
    assert "locations" in found(
        replace(GOOD, site=both, others=[other(connectwise_locations=[12], takes_records=False)])
    )


def test_where_one_currency_is_kept_the_others_of_the_list_are_no_help() -> None:
    dollars = [Currency.model_validate({"currencyCode": "NZD"})]
    assert found(with_site(currencies=dollars)) == {}
    alone = REFERENCE.model_copy(update={"multi_currency": False})
    assert "currencies" in found(replace(GOOD, reference=alone, site=replace(SITE, currencies=dollars)))


def refused(code: str, **facts: Any) -> Mapping[str, Any]:
    return problem(code, line=0, **facts).model_dump(mode="json")


def test_what_refused_records_lack_is_read_from_their_own_sentences() -> None:
    records = [
        [refused(ACCOUNT_MISSING, account="4200"), refused(ACCOUNT_MISSING, account="4200")],
        [refused(ACCOUNT_MISSING, account="4200"), refused(TAX_UNMAPPED, tax_code="GST {x} 'odd'")],
        [refused(ACCOUNT_MISSING, account="4300"), {"code": ACCOUNT_MISSING, "sentence": "of another release"}],
    ]
    assert waiting_for(ACCOUNT_MISSING, "account", records) == {"4200": 2, "4300": 1}
    assert waiting_for(TAX_UNMAPPED, "tax_code", records) == {"GST {x} 'odd'": 1}


def proposed(facts: Facts, *, taxes: bool = False) -> dict[str, list[tuple[str, int, str]]]:
    made = tax_suggestions(facts) if taxes else account_suggestions(facts)
    return {each.unmapped: [(one.code, one.score, one.reason) for one in each.candidates] for each in made}


def test_an_account_is_proposed_for_its_digits_its_name_and_what_another_company_maps() -> None:
    elsewhere = other(accounts=[{"connectwise_account": "SVC", "ledger_account": "200"}])
    waiting = {"4-10": 1, "4100": 1, "Hardware": 1, "Sale of hardware": 1, "SVC": 1, "Zebra": 1}
    made = proposed(replace(GOOD, waiting_accounts=waiting, others=[elsewhere]))
    assert made["4-10"] == [("0410", 85, "both codes are 410 without leading zeros and signs")]
    assert made["4100"] == []
    assert made["SVC"][0] == ("200", 98, "Harbourline NZ maps SVC to 200")
    (code, score, reason), *_ = made["Hardware"]
    assert (code, score >= 60, "alike" in reason) == ("0410", True, True)
    assert made["Zebra"] == []


def test_an_account_that_is_archived_or_the_ledger_s_own_is_never_proposed() -> None:
    system = REFERENCE.model_copy(
        update={"accounts": (account("800", "Debtors", system="DEBTORS"), REFERENCE.accounts[3])}
    )
    assert proposed(replace(GOOD, reference=system, waiting_accounts={"Debtors": 1, "Old sales": 1})) == {
        "Debtors": [],
        "Old sales": [],
    }


def test_a_tax_code_is_proposed_for_its_rate_and_its_name_and_never_one_of_purchases() -> None:
    shown = [
        TaxCode.model_validate({"identifier": "SALES10", "description": "GST on Income", "levelOneRate": Decimal(10)}),
        TaxCode.model_validate(
            {"identifier": "GST-NZ", "levelOneRate": Decimal("12.5"), "levelTwoRate": Decimal("2.5")}
        ),
        TaxCode.model_validate({"identifier": "ECO", "levelOneRate": Decimal(3), "levelOneRateType": "Amount"}),
    ]
    made = proposed(with_site(tax_codes=[*SITE.tax_codes, *shown]), taxes=True)
    assert [one[:2] for one in made["SALES10"]] == [("OUTPUT", 95)]
    assert made["SALES10"][0][2] == "both make 10 %; SALES10 and GST on Income are 100 % alike"
    assert made["GST-NZ"][0][0] == "NZGST"
    assert made["ECO"] == []
    assert "GST" not in made


def test_what_another_company_maps_a_tax_code_to_comes_first() -> None:
    shown = [TaxCode.model_validate({"identifier": "VAT", "levelOneRate": Decimal(10)})]
    elsewhere = other(tax={"rules": [{"connectwise_tax_code": "vat", "ledger_tax_code": "NZGST"}]})
    made = proposed(replace(with_site(tax_codes=shown), others=[elsewhere]), taxes=True)
    assert made["VAT"][0] == ("NZGST", 98, "Harbourline NZ maps VAT to NZGST")
    assert made["VAT"][1][0] == "OUTPUT"
    in_another_ledger = other(
        ledger="qbo", tax={"rules": [{"connectwise_tax_code": "vat", "ledger_tax_code": "NZGST"}]}
    )
    assert (
        proposed(replace(with_site(tax_codes=shown), others=[in_another_ledger]), taxes=True)["VAT"][0][0] == "OUTPUT"
    )


def test_of_many_that_are_alike_three_are_shown_and_always_the_same() -> None:
    many = REFERENCE.model_copy(update={"accounts": tuple(account(f"{n}", "Hardware sales") for n in range(410, 420))})
    made = proposed(replace(GOOD, reference=many, waiting_accounts={"Hardware sales": 1}))
    assert [one[0] for one in made["Hardware sales"]] == ["410", "411", "412"]


def with_types(names: list[str], now: dict[int, str] | str, **kept: dict[str, int]) -> Facts:
    types = now if isinstance(now, str) else [PaymentType(id=number, name=name) for number, name in now.items()]
    return replace(GOOD, site=replace(SITE, payment_types=types), payment_types=names, payment_type_ids=kept)


def test_a_payment_type_that_was_deleted_or_renamed_in_connectwise_is_told_from_one_that_it_never_had_F164() -> None:
    names = ["Visa", "Amex", "Fuel", "Cash"]
    told = found(with_types(names, {1: " visa ", 2: "Amex Gold"}, connectwise={"visa": 1, "amex": 2, "fuel": 3}))
    assert [code for code, _ in told["payment_types"]] == [
        "setup.payment_type_renamed",
        "setup.payment_type_gone",
        "setup.payment_type_unknown",
    ]


def test_a_payment_type_of_another_connectwise_is_left_to_that_one_F164() -> None:
    assert found(with_types(["Visa"], {}, elsewhere={"visa": 1})) == {}


def test_payment_types_that_cannot_be_read_do_not_stand_in_the_way_of_invoices() -> None:
    facts = with_types(["Visa"], "no right.")
    assert [code for code, _ in found(facts)["payment_types"]] == ["setup.payment_types_unread"]
    assert is_ready(steps_of(facts, (), finished=True))
