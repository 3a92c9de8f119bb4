"""One pure function makes a text fit for ISO-8859-1 and says what it changed."""

import pytest

from tieout_providers.qbo import to_latin1


@pytest.mark.parametrize("text", ["", "Support, 2 h @ 75.00", "Zürich façade £ § ½ ÿ", "two\nlines\tand a tab"])
def test_a_text_that_fits_is_left_as_it_is(text: str) -> None:
    assert to_latin1(text).text == text
    assert to_latin1(text).changes == ()


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("\u201cQuoted\u201d \u2013 it\u2019s", '"Quoted" - it\'s'),
        ("more\u2026", "more..."),
        ("5 \u20ac", "5 EUR"),
        ("Łódź Győr", "Lódz Gyor"),
        ("A\u200dB\ufeff", "AB"),
        ("bell\x07 and C1 \x85", "bell and C1 "),
        ("ﬁne Ⅳ", "fine IV"),
        ("thin\u2009space", "thin space"),
        ("soft\xadhyphen", "softhyphen"),
        ("rocket \U0001f680", "rocket ?"),
        ("株式会社", "????"),
        ("e\u0301", "é"),
    ],
)
def test_a_text_that_does_not_fit_gets_its_plain_form(text: str, plain: str) -> None:
    assert to_latin1(text).text == plain
    to_latin1(text).text.encode("latin-1")


def test_what_was_changed_is_said_once_each_in_order() -> None:
    changed = to_latin1("\u2019a\u2014b\u2019 \U0001f680")
    assert changed.changes == (("\u2019", "'"), ("\u2014", "-"), ("\U0001f680", "?"))


def test_every_character_of_the_basic_plane_comes_out_as_iso_8859_1() -> None:
    for start in range(0, 0x10000, 0x1000):
        text = "".join(chr(point) for point in range(start, start + 0x1000))
        to_latin1(text).text.encode("latin-1")


def test_doing_it_twice_changes_nothing_more() -> None:
    once = to_latin1("\u201cŁ\u2026 株 \U0001f680")
    assert to_latin1(once.text).changes == ()
