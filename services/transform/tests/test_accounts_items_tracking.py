"""What a line maps to: accounts (F136, F137), items (F36, F136, F218-F222), tracking (F104, F107)."""

from typing import Any

import pytest
from transform_kit.records import invoice, line, reference, snapshot

from tieout_contracts.posting import Posting
from tieout_contracts.records import RecordLine
from tieout_contracts.settings import AccountRule, NonProductDefaults
from tieout_transform.rules.items import short_code
from tieout_transform.rules.plan import plan


def posted(*lines: RecordLine, **settings: Any) -> Posting:
    planned = plan(invoice(lines, taxable=False), snapshot(**settings), reference())
    assert isinstance(planned, Posting), planned
    return planned


def refused(each: RecordLine, **settings: Any) -> list[tuple[str, str]]:
    planned = plan(invoice([each]), snapshot(**settings), reference())
    assert isinstance(planned, tuple)
    return [(problem.code, problem.sentence) for problem in planned]


def untaxed(**changes: Any) -> RecordLine:
    return line("10.00", taxed=False, **changes)


def test_without_a_rule_the_account_number_itself_is_used() -> None:
    assert posted(untaxed(account=" 200: ")).document.lines[0].account_code == "200"


def test_a_rule_maps_the_number() -> None:
    rules = (AccountRule(connectwise_account="4001:", ledger_account="210"),)
    assert posted(untaxed(account="4001"), accounts=rules).document.lines[0].account_code == "210"


@pytest.mark.parametrize("account", [None, "", " : "])
def test_a_line_without_an_account_is_refused_F136(account: str | None) -> None:
    assert refused(untaxed(account=account)) == [
        ("rules.account_unmapped", "Line 1 (RP) has no GL account in ConnectWise.")
    ]


@pytest.mark.parametrize(
    ("account", "code", "words"),
    [
        ("777", "rules.account_missing", "which the ledger does not have"),
        ("299", "rules.account_archived", "archived"),
        ("090", "rules.account_not_postable", "a BANK account"),
        ("630", "rules.account_not_postable", "a INVENTORY account"),
        ("610", "rules.account_not_postable", "a DEBTORS account"),
    ],
)
def test_an_account_that_the_ledger_would_not_take_is_refused_with_its_code_and_line_F137(
    account: str, code: str, words: str
) -> None:
    [(found, sentence)] = refused(untaxed(account=account))
    assert found == code
    assert f"Line 1 posts to account {account}" in sentence
    assert words in sentence


def test_the_ledgers_rounding_account_is_its_own_and_may_be_used_all_the_same() -> None:
    assert posted(untaxed(account="860")).document.lines[0].account_code == "860"


def test_a_product_is_posted_by_its_code_and_created_once_F36() -> None:
    posting = posted(untaxed(), untaxed(item_name="Another name"), untaxed(item_code="SW-24", item_name=None))
    assert [each.item_code for each in posting.document.lines] == ["CABLE-2M", "CABLE-2M", "SW-24"]
    assert [(item.code, item.name) for item in posting.document.items] == [
        ("CABLE-2M", "Patch cable"),
        ("SW-24", "SW-24"),
    ]


def test_an_items_long_name_is_cut_and_kept_whole_in_its_description() -> None:
    name = "Managed endpoint detection and response, per device and month"
    [item] = posted(untaxed(item_name=name)).document.items
    assert (item.name, item.description) == (name[:50].rstrip(), name)


def test_a_code_over_30_characters_is_shortened_the_same_way_every_time_K20() -> None:
    code = "FIREWALL-ENTERPRISE-SUBSCRIPTION-36-MONTHS"
    posting = posted(untaxed(item_code=code))
    posted_code = posting.document.lines[0].item_code
    assert posted_code == short_code(code)
    assert posted_code is not None
    assert len(posted_code) == 30
    assert posted_code.startswith("FIREWALL-ENTERPRISE-SUB")
    assert short_code(code) != short_code(code + "-R")
    assert [warning.code for warning in posting.warnings] == ["rules.item_code_too_long"]
    assert short_code("X" * 30) == "X" * 30


def test_a_line_without_a_product_takes_its_non_product_id_which_wins_over_the_default_F222() -> None:
    service = untaxed(gl_type="R", item_code=None, non_product_id="SVC-LABOUR")
    defaults = NonProductDefaults(service="SERVICE")
    assert posted(service, non_product=defaults).document.lines[0].item_code == "SVC-LABOUR"


@pytest.mark.parametrize(
    ("gl_type", "field"),
    [("R", "service"), ("RE", "expense"), ("EE", "expense"), ("RA", "agreement"), ("RD", "deferred_revenue")],
)
def test_the_default_of_its_gl_type_serves_where_it_is_enabled_and_none_is_mapped_F218_F219_F220_F221(
    gl_type: str, field: str
) -> None:
    each = untaxed(gl_type=gl_type, item_code=" ", non_product_id=None)
    on = NonProductDefaults(**{field: "DEFAULT"})
    assert posted(each, non_product=on).document.lines[0].item_code == "DEFAULT"
    off = on.model_copy(update={f"{field}_enabled": False})
    assert [code for code, _ in refused(each, non_product=off)] == ["rules.item_missing"]
    assert [code for code, _ in refused(each)] == ["rules.item_missing"]


def test_deferred_revenue_on_a_revenue_account_is_warned_of_K29() -> None:
    deferred = untaxed(gl_type="RD")
    assert [warning.code for warning in posted(deferred).warnings] == ["rules.deferred_as_revenue"]
    liability = posted(untaxed(gl_type="RD", account="850"))
    assert (liability.document.lines[0].account_code, liability.warnings) == ("850", ())


def test_a_long_code_is_refused_where_the_company_says_so_K20() -> None:
    assert refused(untaxed(item_code="X" * 31), long_item_codes="refuse") == [
        ("rules.item_code_refused", f"Line 1: the product code '{'X' * 31}' is longer than 30.")
    ]


def test_a_ledger_without_items_gets_none_and_needs_none() -> None:
    posting = posted(untaxed(), untaxed(item_code=None), post_items=False)
    assert [each.item_code for each in posting.document.lines] == [None, None]
    assert posting.document.items == ()


def test_a_product_line_without_a_product_has_no_default_F136() -> None:
    defaults = NonProductDefaults(service="A", expense="B", agreement="C", deferred_revenue="D")
    assert refused(untaxed(item_code=None), non_product=defaults) == [
        ("rules.item_missing", "Line 1 (RP) has neither a product nor a Non-Product ID.")
    ]


CATEGORIES = ("Region", "Practice")


def tracked(gl_class: str | None, **settings: Any) -> Posting:
    return posted(untaxed(gl_class=gl_class), **{"tracking_categories": CATEGORIES} | settings)


def test_class_segments_become_options_of_the_named_categories_F104_F206() -> None:
    [each] = tracked("sydney: Support :SVC-LABOUR").document.lines
    assert [(assignment.category, assignment.option) for assignment in each.tracking] == [
        ("Region", "Sydney"),
        ("Practice", "Support"),
    ]


def test_lines_of_two_locations_carry_two_options_F106() -> None:
    lines = [untaxed(gl_class="Sydney:Support"), untaxed(gl_class="Perth:Support")]
    posting = posted(*lines, tracking_categories=CATEGORIES)
    assert [each.tracking[0].option for each in posting.document.lines] == ["Sydney", "Perth"]


@pytest.mark.parametrize(
    ("gl_class", "options"),
    [("Sydney:Cloud", ["Sydney"]), (":Support", ["Support"]), ("Sydney", ["Sydney"]), (None, [])],
)
def test_a_missing_class_is_warned_of_and_what_was_found_stays_F107_F214(
    gl_class: str | None, options: list[str]
) -> None:
    posting = tracked(gl_class)
    assert [assignment.option for assignment in posting.document.lines[0].tracking] == options
    assert [warning.code for warning in posting.warnings] == ["rules.tracking_mismatch"]


def test_a_missing_class_is_refused_where_the_company_says_so_F107_F214() -> None:
    [(code, sentence)] = refused(
        untaxed(gl_class="Sydney:Cloud"), tracking_categories=CATEGORIES, missing_tracking="refuse"
    )
    assert code == "rules.tracking_missing"
    assert "'Sydney:Cloud' is not an option of the tracking categories Region, Practice" in sentence


def test_a_category_that_the_ledger_lacks_matches_nothing() -> None:
    posting = tracked("Sydney", tracking_categories=("Office",))
    assert posting.document.lines[0].tracking == ()
    assert [warning.code for warning in posting.warnings] == ["rules.tracking_mismatch"]


def test_a_company_without_categories_has_no_tracking_and_no_warning() -> None:
    posting = tracked("Sydney:Support", tracking_categories=())
    assert posting.document.lines[0].tracking == ()
    assert posting.warnings == ()
