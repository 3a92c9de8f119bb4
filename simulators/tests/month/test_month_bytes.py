"""Months for Xero are these bytes, whatever else the generator learns; a wanted change changes the hash here."""

from collections.abc import Callable
from hashlib import sha256

import pytest

from tieout_simulators.frame.exact_json import dumps
from tieout_simulators.month import Month, build_month, build_volume
from tieout_simulators.month.volume import LEDGERS

DEMO = "7cfc5cbd8c91b4c45ca50923fd1d8685a1ae19c0d6b0c37e2c69bd9c61e6ad4a"
VOLUME = "3a31238bd4e6e5209a5987dbc84af49bf4cb50a614526c9f53446af28552ede8"


def digest(month: Month) -> str:
    return sha256(dumps([month.connectwise, month.xero, month.expected])).hexdigest()


@pytest.mark.parametrize(
    ("month", "known"), [(build_month, DEMO), (lambda: build_volume(60, 5, 2), VOLUME)], ids=["demo", "volume"]
)
def test_a_month_for_xero_keeps_its_bytes(month: object, known: str) -> None:
    assert callable(month)
    assert digest(month()) == known


def test_a_month_for_xero_has_nothing_for_quickbooks() -> None:
    assert build_volume(1, 1).qbo == {}


@pytest.mark.parametrize(
    "build",
    [
        build_month,
        lambda: build_volume(40, 3, 2),
        *(lambda kind=kind: build_volume(40, 3, 2, ledger=kind) for kind in LEDGERS),
    ],
)
def test_two_months_share_nothing_that_can_be_changed(build: Callable[[], Month]) -> None:
    """Who changes a month, as tests do with its secrets, changes no other."""
    one, other = build(), build()
    shared = changeable(one).keys() & changeable(other).keys()
    assert [changeable(one)[each] for each in shared] == []


def changeable(month: Month) -> dict[int, object]:
    """Every object and list of a month by its identity."""
    found: dict[int, object] = {}
    waiting: list[object] = [month.connectwise, month.xero, month.qbo, month.expected]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict | list) and id(each) not in found:
            found[id(each)] = each
            waiting += each.values() if isinstance(each, dict) else each
    return found
