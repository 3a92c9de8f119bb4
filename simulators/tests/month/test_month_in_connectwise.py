"""The ConnectWise simulator takes the month in and plays its events."""

from typing import Any

import pytest

from tieout_simulators.connectwise.simulator import ConnectWise
from tieout_simulators.frame.clock import SimulatorClock
from tieout_simulators.frame.exact_json import dumps, loads


@pytest.fixture
def connectwise(books: Any) -> ConnectWise:
    simulator = ConnectWise(SimulatorClock())
    simulator.load(loads(dumps(books.month.connectwise)))
    return simulator


def test_every_closed_invoice_is_unposted(books: Any, connectwise: ConnectWise) -> None:
    assert connectwise.site.unposted.invoice_ids() == sorted(each["invoice_id"] for each in books.expected)
    copies = sum(count - 1 for count in books.month.connectwise["unposted_row_copies"].values())
    assert len(connectwise.site.unposted.rows) == len(books.expected) + copies


def test_the_events_of_the_fault_rules_can_happen(books: Any, connectwise: ConnectWise) -> None:
    for rule in books.month.expected["fault_rules"]["connectwise"]:
        connectwise.mutate(loads(dumps(rule["then"]["event"])))
    (by_hand,) = books.of_cause("batched_by_hand")
    (changed,) = books.of_cause("gl_entries_changed")
    assert by_hand["invoice_id"] not in connectwise.site.unposted
    assert changed["invoice_id"] in connectwise.site.unposted


def test_an_invoice_without_gl_entries_is_listed_but_cannot_be_exported(books: Any, connectwise: ConnectWise) -> None:
    (without,) = books.of_cause("no_gl_entries")
    assert without["invoice_id"] in connectwise.site.unposted
    assert connectwise.site.exportable(without["invoice_id"]) is None


def test_a_volume_is_taken_in_too(volume: Any) -> None:
    simulator = ConnectWise(SimulatorClock())
    counts = simulator.load(loads(dumps(volume.month.connectwise)))
    assert counts["gl_transactions"] == 90
