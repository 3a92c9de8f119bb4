"""The Xero simulator takes the month in, and its own arithmetic agrees with what the month says is there."""

from typing import Any

from tieout_simulators.frame.clock import SimulatorClock
from tieout_simulators.frame.exact_json import dumps, loads
from tieout_simulators.xero.simulator import XeroSimulator


def loaded(books: Any) -> XeroSimulator:
    simulator = XeroSimulator(SimulatorClock())
    simulator.load(loads(dumps(books.month.xero)))
    return simulator


def test_adopted_documents_have_connectwise_s_total_and_tax_there(books: Any) -> None:
    (organisation,) = loaded(books).dump()["organisations"]
    held = {each["InvoiceNumber"]: each for each in organisation["Invoices"]}
    for each in books.of_cause("already_in_ledger"):
        invoice = held[each["number"]]
        assert (invoice["Total"], invoice["TotalTax"], invoice["Status"]) == (each["total"], each["tax"], "AUTHORISED")
    (conflict,) = books.of_cause("number_taken")
    assert held[conflict["number"]]["Total"] != conflict["total"]


def test_a_volume_s_organisations_are_all_connected_to_the_app(volume: Any) -> None:
    simulator = loaded(volume)
    (app,) = simulator.apps.values()
    assert set(app.connections) == {each["tenantId"] for each in volume.month.xero["organisations"]}
