"""Months for Xero are these bytes, whatever else the generator learns; a wanted change changes the hash here."""

from hashlib import sha256

import pytest

from tieout_simulators.frame.exact_json import dumps
from tieout_simulators.month import Month, build_month, build_volume

DEMO = "cf24b1fb6801c226fc768079a2581ce8b7bfa2aa8cd4cf96ae9f65ae00b94182"
VOLUME = "29b1a5b3c3c3986354cc72180916440f9a2f550ead6b109965b74cd6b8532914"


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
