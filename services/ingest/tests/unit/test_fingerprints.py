"""Whether two exports say the same, and in words what differs."""

from collections.abc import Callable
from typing import Any

from tieout_ingest.canonical import Fingerprint, differences, fingerprint_of

Make = Callable[..., Any]


def test_the_same_export_has_the_same_fingerprint_however_it_prints_its_numbers(
    exported: Make, line: Make, unposted: Make
) -> None:
    one = fingerprint_of(unposted(), exported(lines=[line(1, "10.00", quantity="2")]))
    other = fingerprint_of(unposted(), exported(lines=[line(1, "10.0", quantity="2.000")]))
    assert one == other
    assert one.content == other.content
    assert differences(one, other) is None


def test_gl_entries_made_anew_are_a_difference_but_no_other_content(exported: Make, line: Make, unposted: Make) -> None:
    one = fingerprint_of(unposted(), exported(lines=[line(1, "10.00")]))
    other = fingerprint_of(unposted(), exported(lines=[line(2, "10.00", memo="Work 1")]))
    assert one.content == other.content
    assert differences(one, other) == "its GL entries were made anew: 1 are gone, 2 are new"
    assert differences(one, other, ids_count=False) is None


def test_what_later_documents_take_off_is_kept_and_never_compared(exported: Make, line: Make, unposted: Make) -> None:
    found = fingerprint_of(unposted(), exported(lines=[line(1, "10.00")]))
    billed = {"amount": "10.00", "account": "200", "gl_class": None, "item_code": None, "tax_code": None}
    kept = Fingerprint.model_validate(
        found.model_dump() | {"billed": [billed | {"non_product_id": "SVC", "taxable_levels": [1]}]}
    )
    assert (kept.content, differences(kept, found)) == (found.content, None)
    assert Fingerprint.model_validate_json(kept.model_dump_json()) == kept


def test_changed_amounts_accounts_and_texts_are_named_without_the_texts(
    exported: Make, line: Make, unposted: Make
) -> None:
    one = fingerprint_of(unposted(), exported(lines=[line(1, "10.00"), line(2, "5.00")]))
    changed = [line(1, "12.50", accountNumber="201", memo="Work 1"), line(2, "5.00", memo="Secret")]
    other = fingerprint_of(unposted(), exported(lines=changed))
    assert differences(one, other) == (
        "the subtotal was 15, is 17.5; the total was 15, is 17.5; "
        "line 1: amount was 10, is 12.5, account was 200, is 201; line 2: its text changed"
    )


def test_another_number_of_lines_and_another_date_are_told(exported: Make, line: Make, unposted: Make) -> None:
    one = fingerprint_of(unposted(), exported(lines=[line(1, "10.00")]))
    other = fingerprint_of(
        unposted(), exported(lines=[line(1, "10.00"), line(2, "0.00")], documentDate="2026-10-21T00:00:00")
    )
    told = differences(one, other, ids_count=False)
    assert told == "the date was 2026-10-20, is 2026-10-21; it had 1 lines, has 2"


def test_a_long_list_of_differences_is_cut_and_says_so(exported: Make, line: Make, unposted: Make) -> None:
    one = fingerprint_of(unposted(), exported(lines=[line(number, "1.00") for number in range(1, 21)]))
    other = fingerprint_of(unposted(), exported(lines=[line(number, "2.00") for number in range(1, 21)]))
    told = differences(one, other)
    assert told is not None
    assert told.endswith("and 16 more")


def test_a_fingerprint_needs_no_back_filling(exported: Make, unposted: Make) -> None:
    found = fingerprint_of(unposted(currency=None), exported(currency=None, company={"id": 8}))
    assert (found.number, found.customer_id) == ("1125", 8)
