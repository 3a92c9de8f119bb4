from dataclasses import replace
from decimal import Decimal

from posting_kit.values import CONTACT_ID, document, seen

from tieout_posting.compare import actual_totals, differences, same_business, told
from tieout_posting.content import content_mark


def test_a_document_as_expected_has_no_difference_I3() -> None:
    planned = document()
    assert differences(planned, seen(planned)) == ()


def test_equal_amounts_of_other_scale_are_equal() -> None:
    planned = document()
    assert differences(planned, seen(planned, total=Decimal("110"))) == ()


def test_every_differing_figure_is_told_with_both_sides_I3() -> None:
    planned = document()
    shown = seen(planned)
    line = replace(shown.lines[1], amount=Decimal("20.01"), tax=Decimal("2.01"))
    shown = replace(shown, lines=(shown.lines[0], line), total=Decimal("110.02"), tax=Decimal("10.01"))
    found = differences(planned, shown)
    assert [each.what for each in found] == ["total", "tax", "line 2", "tax of line 2"]
    assert told(found, "actual") == "total 110.02, tax 10.01, line 2 20.01, tax of line 2 2.01"
    assert told(found, "expected") == "total 110.00, tax 10.00, line 2 20.00, tax of line 2 2.00"


def test_cents_that_moved_from_one_line_to_another_are_seen_although_the_totals_agree_I3() -> None:
    planned = document()
    shown = seen(planned)
    lines = (
        replace(shown.lines[0], tax=Decimal("8.01")),
        replace(shown.lines[1], tax=Decimal("1.99")),
    )
    assert [each.what for each in differences(planned, replace(shown, lines=lines))] == [
        "tax of line 1",
        "tax of line 2",
    ]


def test_a_ledger_that_shows_its_lines_in_another_order_still_ties_out() -> None:
    planned = document()
    shown = seen(planned)
    assert differences(planned, replace(shown, lines=tuple(reversed(shown.lines)))) == ()


def test_a_missing_line_is_a_difference() -> None:
    planned = document()
    shown = seen(planned)
    assert [str(each) for each in differences(planned, replace(shown, lines=shown.lines[:1]))] == [
        "lines 1 instead of 2"
    ]


def test_another_pay_link_is_a_difference_and_none_is_not_F246() -> None:
    """Where customers pay must not be wrong; a ledger that does not show it says nothing of it."""
    planned = document().model_copy(update={"pay_link": "https://pay.example.com/1"})
    (other,) = differences(planned, seen(planned, pay_link="https://pay.example.com/2"))
    assert str(other) == "pay link https://pay.example.com/2 instead of https://pay.example.com/1"
    assert differences(planned, seen(planned, pay_link=planned.pay_link)) == differences(planned, seen(planned)) == ()
    assert differences(document(), seen(document(), pay_link="https://old.example.com/1")) == ()


def test_a_pay_link_is_neither_another_business_nor_a_person_s_change_F246() -> None:
    planned = document().model_copy(update={"pay_link": "https://pay.example.com/1"})
    bare, linked = seen(planned), seen(planned, pay_link="https://elsewhere.example.com/1")
    assert same_business(planned, CONTACT_ID, linked) == same_business(planned, CONTACT_ID, bare) == ()
    assert content_mark(linked) == content_mark(bare)


def test_another_currency_is_a_difference() -> None:
    planned = document()
    assert [each.what for each in differences(planned, seen(planned, currency="NZD"))] == ["currency"]


def test_another_rate_than_was_sent_is_a_difference() -> None:
    planned = document()
    sent = {"sent_rate": Decimal("1.5142")}
    assert differences(planned, seen(planned, **sent, currency_rate=Decimal("1.51420"))) == ()
    for kept, told_as in ((Decimal(1), "1"), (None, "none")):
        (found,) = differences(planned, seen(planned, **sent, currency_rate=kept))
        assert str(found) == f"rate of exchange {told_as} instead of 1.5142"
    assert differences(planned, seen(planned, currency_rate=Decimal("0.66"))) == ()


def test_only_a_few_differences_are_told_and_the_rest_counted() -> None:
    planned = document(lines=tuple(document().lines) * 4)
    shown = seen(planned)
    wrong = tuple(replace(line, amount=line.amount + 1) for line in shown.lines)
    assert told(differences(planned, replace(shown, lines=wrong)), "actual").endswith("and 3 more")


def test_actual_totals_are_summed_by_tax_code() -> None:
    planned = document()
    actual = actual_totals(seen(planned))
    assert (actual.total, [(each.tax_code, each.amount) for each in actual.tax_by_code]) == (
        Decimal("110.00"),
        [("OUTPUT", Decimal("10.00"))],
    )


def test_the_same_business_is_bill_to_date_currency_tax_and_total() -> None:
    planned = document()
    assert same_business(planned, CONTACT_ID, seen(planned, lines=())) == ()
    other = seen(planned, contact_id="contact-20", total=Decimal("99.00"))
    assert [each.what for each in same_business(planned, CONTACT_ID, other)] == ["customer", "total"]
