"""Which rule is for a line: the most specific, an account's and a tracking category's each for itself (K1, K3, K4)."""

from typing import Any

import pytest
from transform_kit.records import TRACKING, invoice, line, reference, snapshot

from tieout_contracts.documents import LedgerLine
from tieout_contracts.posting import Posting
from tieout_contracts.records import RecordLine
from tieout_contracts.reference import TrackingCategory
from tieout_contracts.settings import AccountRule, NonProductDefaults, SalesRepresentativeRule, TrackingRule
from tieout_transform.rules.plan import plan
from tieout_transform.rules.segments import read_segments

CATEGORIES = ("Region", "Practice")


def planned(each: RecordLine, record: dict[str, Any] | None = None, **settings: Any) -> Any:
    return plan(invoice([each], taxable=False, **record or {}), snapshot(**settings), reference())


def posted(each: RecordLine, record: dict[str, Any] | None = None, **settings: Any) -> tuple[LedgerLine, list[str]]:
    posting = planned(each, record, **settings)
    assert isinstance(posting, Posting), posting
    return posting.document.lines[0], [warning.code for warning in posting.warnings]


def untaxed(**changes: Any) -> RecordLine:
    return line("10.00", taxed=False, **changes)


def options(each: LedgerLine) -> list[str]:
    return [f"{assignment.category}={assignment.option}" for assignment in each.tracking]


RULES = (
    AccountRule(ledger_account="777"),
    AccountRule(connectwise_account="4000", ledger_account="778"),
    AccountRule(connectwise_location=11, ledger_account="779"),
    AccountRule(gl_type="RP", ledger_account="780"),
    AccountRule(gl_class="Sydney", ledger_account="781"),
    AccountRule(gl_class="Sydney:Support", ledger_account="782"),
    AccountRule(subcategory="Cables", ledger_account="783"),
    AccountRule(item_code="CABLE-2M", ledger_account="200"),
)


@pytest.mark.parametrize("narrowest", range(1, len(RULES) + 1))
def test_the_narrowest_condition_wins_whatever_the_order_of_the_rules_K3(narrowest: int) -> None:
    expected = RULES[narrowest - 1].ledger_account
    each = untaxed(account="4000:", gl_class="Sydney:Support", subcategory="cables ")
    for rules in (RULES[:narrowest], RULES[:narrowest][::-1]):
        found = planned(each, accounts=rules)
        codes = {problem.sentence for problem in found} if isinstance(found, tuple) else set()
        posted_to = found.document.lines[0].account_code if isinstance(found, Posting) else None
        assert posted_to == expected or f"Line 1 posts to account {expected}, which the ledger does not have." in codes


@pytest.mark.parametrize(
    "rule",
    [
        {"connectwise_account": "4001"},
        {"connectwise_location": 12},
        {"gl_type": "R"},
        {"gl_class": "Perth"},
        {"gl_class": "Sydney:Support:More"},
        {"subcategory": "Switches"},
        {"item_code": "SW-24"},
        {"item_code": "CABLE-2M", "gl_type": "RA"},
    ],
)
def test_a_rule_is_for_lines_that_meet_all_its_conditions(rule: dict[str, Any]) -> None:
    each = untaxed(account="200", gl_class="Sydney:Support", subcategory="Cables")
    found, _ = posted(each, accounts=(AccountRule(**rule, ledger_account="210"),))
    assert found.account_code == "200"


def test_of_rules_that_are_equally_specific_the_first_wins() -> None:
    rules = [AccountRule(gl_type="RP", ledger_account=account) for account in ("210", "200")]
    assert posted(untaxed(), accounts=tuple(rules))[0].account_code == "210"
    by_number = [AccountRule(connectwise_account="200", ledger_account=account) for account in ("210", "777")]
    assert posted(untaxed(), accounts=tuple(by_number))[0].account_code == "210"
    for_all = [AccountRule(ledger_account=account) for account in ("210", "777")]
    assert posted(untaxed(), accounts=tuple(for_all))[0].account_code == "210"


def test_an_account_number_makes_a_rule_narrower_too() -> None:
    wide = AccountRule(gl_type="RP", ledger_account="777")
    narrow = AccountRule(gl_type="RP", connectwise_account="200", ledger_account="210")
    for rules in ((wide, narrow), (narrow, wide)):
        assert posted(untaxed(), accounts=rules)[0].account_code == "210"


def test_a_finer_class_combines_with_a_coarser_account_K3() -> None:
    found, warned = posted(
        untaxed(account="4000", gl_class="Sydney:Support"),
        accounts=(AccountRule(connectwise_account="4000", ledger_account="210"),),
        tracking_categories=CATEGORIES,
        tracking_rules=(
            TrackingRule(category="practice", option="Support"),
            TrackingRule(category="Practice", option="Projects", item_code="cable-2m"),
        ),
    )
    assert (found.account_code, options(found), warned) == ("210", ["Region=Sydney", "Practice=Projects"], [])


def test_a_category_that_only_rules_name_is_tracked_where_one_fits() -> None:
    rules = (TrackingRule(category="Practice", option="Projects", gl_type="RA"),)
    found, warned = posted(untaxed(gl_type="RP"), tracking_rules=rules)
    assert (options(found), warned) == ([], [])
    found, warned = posted(untaxed(gl_type="RA"), tracking_rules=rules)
    assert (options(found), warned) == (["Practice=Projects"], [])


def test_a_rule_whose_option_the_ledger_lacks_is_named() -> None:
    rules = (TrackingRule(category="Region", option="Hobart"),)
    refused = planned(untaxed(gl_class="Sydney"), tracking_rules=rules, missing_tracking="refuse")
    assert isinstance(refused, tuple)
    assert [(problem.code, "'Hobart'" in problem.sentence) for problem in refused] == [("rules.tracking_missing", True)]


def test_a_line_of_more_categories_than_the_ledger_has_is_refused() -> None:
    three = (*TRACKING, TrackingCategory(name="Team", options=("Blue",)))
    rules = (TrackingRule(category="Team", option="Blue"),)
    record = invoice([untaxed(gl_class="Sydney:Support")], taxable=False)
    settings = snapshot(tracking_categories=CATEGORIES, tracking_rules=rules)
    refused = plan(record, settings, reference(tracking=three))
    assert isinstance(refused, tuple)
    assert [problem.sentence for problem in refused] == [
        "Line 1 has options of more than 2 tracking categories: Region, Practice, Team."
    ]


def lookup(record: dict[str, Any], **settings: Any) -> tuple[list[str], list[str]]:
    each = untaxed(gl_class="Sydney:[lookup]")
    found, warned = posted(each, record, tracking_categories=CATEGORIES, **settings)
    return options(found), warned


TABLE = (SalesRepresentativeRule(sales_representative="R7", option="projects"),)


@pytest.mark.parametrize(
    ("record", "table"),
    [
        ({"sales_rep_id": "r7", "sales_rep_name": "Robin"}, TABLE),
        ({"sales_rep_name": "r7 "}, TABLE),
        ({"sales_rep_id": "R7", "sales_rep_name": "Projects"}, ()),
        ({"sales_rep_id": "Projects", "sales_rep_name": "Robin"}, ()),
    ],
)
def test_lookup_stands_for_the_sales_representative_by_table_name_or_id_K4(record: dict[str, Any], table: Any) -> None:
    assert lookup(record, sales_representatives=table) == (["Region=Sydney", "Practice=Projects"], [])


def test_a_sales_representative_without_an_option_is_warned_of_or_refused_K4() -> None:
    robin = {"sales_rep_name": "Robin"}
    assert lookup(robin) == (["Region=Sydney"], ["rules.sales_representative_unmapped"])
    refused = planned(untaxed(gl_class="Sydney:[Lookup]"), tracking_categories=CATEGORIES, missing_tracking="refuse")
    assert isinstance(refused, tuple)
    assert [problem.sentence for problem in refused] == [
        "Line 1: the sales representative nobody is no option of the tracking category Practice."
    ]


def test_the_sales_representative_is_content_only_where_a_class_looks_him_up() -> None:
    def revision(gl_class: str, name: str) -> str:
        return invoice([untaxed(gl_class=gl_class)], sales_rep_name=name).content_hash()

    assert revision("Sydney:[Lookup]", "Robin") != revision("Sydney:[Lookup]", "Ash")
    assert revision("Sydney:Support", "Robin") == revision("Sydney:Support", "Ash")


def test_segments_are_read_as_the_company_laid_them_out_K1() -> None:
    standard = read_segments(" Sydney : Support : SVC-LABOUR : more", ("tracking", "tracking", "non_product_id"))
    assert (standard.tracking, standard.non_product_id) == (("Sydney", "Support"), "SVC-LABOUR")
    other = read_segments("SVC:Sydney:x:Support", ("non_product_id", "tracking", "ignored", "tracking"))
    assert (other.tracking, other.non_product_id) == (("Sydney", "Support"), "SVC")
    assert read_segments(None, ("tracking",)).tracking == ("",)


def test_the_last_class_segment_names_the_item_of_a_line_without_a_product_K1() -> None:
    service = {"gl_class": "Sydney:Support:SVC-LABOUR", "item_code": None}
    defaults = NonProductDefaults(service="SERVICE")
    assert posted(untaxed(gl_type="R", **service), non_product=defaults)[0].item_code == "SVC-LABOUR"
    mapped = untaxed(gl_type="R", non_product_id="MAPPED", **service)
    assert posted(mapped, non_product=defaults)[0].item_code == "MAPPED"
    refused = planned(untaxed(gl_type="RP", **service), non_product=defaults)
    assert isinstance(refused, tuple)
    assert [problem.code for problem in refused] == ["rules.item_missing"]
