"""F246: the address at which a customer pays, as a template that is safe to keep and a link that is safe to show."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from tieout_contracts import examples
from tieout_contracts.pay_links import LINK_CHARACTERS_MAX, pay_link
from tieout_contracts.posting import plan_hash
from tieout_contracts.settings import CompanySettings

SETTINGS: dict[str, Any] = {
    "name": "Harbourline IT",
    "connectwise_connection": "connectwise",
    "ledger_connection": "xero",
    "organisation_id": "org",
    "adjustment": {"account": "860"},
}


def refused(template: str, **settings: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        CompanySettings.model_validate(SETTINGS | settings | {"pay_link": template})
    (told,) = caught.value.errors()
    assert told["loc"] == ("pay_link",)
    return str(told["msg"]).removeprefix("Value error, ")


@pytest.mark.parametrize(
    "template",
    [
        "https://pay.example.com",
        "https://pay.example.com/{number}",
        "https://pay.example.com?n={number}",
        "https://pay.example.com/i/{number}?amount={total}&currency={currency}#now",
    ],
)
def test_an_https_address_with_placeholders_after_its_host_is_kept_as_given_F246(template: str) -> None:
    assert CompanySettings.model_validate(SETTINGS | {"pay_link": template}).pay_link == template


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("http://pay.example.com/{number}", "an address that begins with https:// and has no spaces is needed"),
        ("javascript:alert({number})", "an address that begins with https:// and has no spaces is needed"),
        ("", "an address that begins with https:// and has no spaces is needed"),
        ("https://pay.example.com/a b", "an address that begins with https:// and has no spaces is needed"),
        ("https://pay.example.com/\n{number}", "an address that begins with https:// and has no spaces is needed"),
        ("https://pay.example.com/zürich", "an address that begins with https:// and has no spaces is needed"),
        (
            "https://pay.example.com/{customer}",
            "{customer} is no placeholder: there are {number}, {total} and {currency}",
        ),
        ("https://pay.example.com/{}", "{} is no placeholder: there are {number}, {total} and {currency}"),
        ("https://pay.example.com/{number", "a brace without its other half, or another character that no address has"),
        ("https://pay.example.com/<b>", "a brace without its other half, or another character that no address has"),
        ("https://{number}.example.com/", "the host is a name such as pay.example.com; placeholders come after it"),
        ("https://me:secret@example.com/", "the host is a name such as pay.example.com; placeholders come after it"),
        ("https:///{number}", "the host is a name such as pay.example.com; placeholders come after it"),
        ("https://pay", "the host is a name such as pay.example.com; placeholders come after it"),
        ("https://pay.example.com/xErO/{number}", "Xero takes no address with the word xero in it"),
    ],
)
def test_anything_else_is_refused_at_its_field_in_words_F246(template: str, words: str) -> None:
    assert refused(template) == words


def test_quickbooks_takes_any_word_and_nobody_takes_an_address_that_is_too_long_F246() -> None:
    settings = SETTINGS | {"ledger": "qbo", "pay_link": "https://pay.example.com/xero/{number}"}
    assert CompanySettings.model_validate(settings).pay_link is not None
    assert "at most 255 characters" in refused(f"https://pay.example.com/{'a' * LINK_CHARACTERS_MAX}")


@pytest.mark.parametrize(
    ("number", "total", "currency", "link"),
    [
        ("40125", "1234.50", "AUD", "https://p.example/40125?t=1234.50&c=AUD"),
        ("A 1/2&t=0", "10", "AUD", "https://p.example/A%201%2F2%26t%3D0?t=10.00&c=AUD"),
        ("40125", "1200.00", "JPY", "https://p.example/40125?t=1200&c=JPY"),
        ("{total}", "1", "KWD", "https://p.example/%7Btotal%7D?t=1.000&c=KWD"),
    ],
)
def test_a_link_bears_the_invoice_s_own_values_escaped_F246(number: str, total: str, currency: str, link: str) -> None:
    template = "https://p.example/{number}?t={total}&c={currency}"
    assert pay_link(template, number=number, total=Decimal(total), currency=currency) == link


def test_a_plan_without_a_pay_link_has_the_hash_that_it_had_before_there_were_any_F246() -> None:
    """A golden value, from the release before: approvals and postings that were planned then are still the same."""
    without = examples.document()
    assert plan_hash(without) == "3999b9778c2f01cd2cd5a184d4cb1156"
    linked = without.model_copy(update={"pay_link": "https://pay.example.com/40005"})
    assert plan_hash(linked) not in (plan_hash(without), plan_hash(linked.model_copy(update={"pay_link": "https://x"})))
