"""Questions: only known fields, and a value never ends its quotation."""

import pytest

from tieout_providers.errors import Unsendable
from tieout_providers.qbo.queries import INACTIVE_TOO, among, equals, quoted, select


def test_a_page_of_a_list_is_asked_with_its_position() -> None:
    assert select("Invoice", start=1001) == "select * from Invoice startposition 1001 maxresults 1000"


def test_several_values_are_a_list_and_conditions_are_joined_by_and() -> None:
    asked = select("Customer", among("Id", ["5", "6"]), INACTIVE_TOO, most=2)
    assert asked == (
        "select * from Customer where Id in ('5', '6') and Active in (true, false) startposition 1 maxresults 2"
    )


def test_one_value_is_an_equation() -> None:
    assert "where DocNumber = '1037' start" in select("Invoice", among("DocNumber", ["1037"]))


def test_an_items_sku_is_asked_for_by_name() -> None:
    assert select("Item").startswith("select *, Sku from Item ")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Amy's Bird Sanctuary", r"'Amy\'s Bird Sanctuary'"),
        ("back\\slash", r"'back\\slash'"),
        ("\\' or DisplayName like '%", r"'\\\' or DisplayName like \'%'"),
        ("Zürich", "'Zürich'"),
    ],
)
def test_a_value_cannot_end_its_quotation(text: str, written: str) -> None:
    assert quoted(text) == written
    assert written in select("Customer", equals("DisplayName", text))


@pytest.mark.parametrize("text", ["a\nb", "a\x00", "a\u2028b"])
def test_a_value_with_a_control_character_is_refused(text: str) -> None:
    with pytest.raises(Unsendable):
        select("Customer", equals("DisplayName", text))


@pytest.mark.parametrize("field", ["PrivateNote", "Id = '1' or Id", "", "id"])
def test_a_field_that_is_not_known_is_refused(field: str) -> None:
    with pytest.raises(Unsendable) as refused:
        select("Invoice", equals(field, "1"))
    assert refused.value.code == "qbo.condition_bad"


def test_an_empty_list_of_values_and_a_page_that_cannot_be_are_refused() -> None:
    with pytest.raises(Unsendable):
        select("Invoice", among("Id", []))
    for page in ({"start": 0}, {"most": 0}, {"most": 1001}):
        with pytest.raises(Unsendable):
            select("Invoice", **page)
