"""What is no part of Tieout, because nothing is sold with it: plans to pay, cards to keep, hours to buy."""

import re

from harness import house
from tieout_config_api.app import public_app
from tieout_config_api.public.door import Rooms
from tieout_config_api.store.tables import metadata

PAYING = re.compile(
    r"card_?number|\bcards?\b|cvc|cvv|iban|bank_?account|payment_?method|subscription|invoice_?date_?next"
)
"""`company_card` and the like are names of accounts in a ledger, and no card is told by them."""


def test_no_card_or_bank_account_is_ever_held_because_nothing_is_charged_F253_F254() -> None:
    columns = [f"{table.name}.{column.name}" for table in metadata.tables.values() for column in table.columns]
    paths = public_app(Rooms.__new__(Rooms), "key").openapi()["paths"]
    assert [each for each in (*columns, *paths) if PAYING.search(each.replace(".", " "))] == []


def test_help_is_pages_the_setup_check_and_the_issue_tracker_instead_of_hours_F248_F249_F250_F257() -> None:
    page = (house.ROOT / "docs" / "support.md").read_text()
    for each in ("getting-started.md", "tieout check-setup", "errors/", "issue tracker", "tieout support-bundle"):
        assert each in page, each
