"""The simulators' control routes, as the demo, the bench and the tests use them."""

from pathlib import Path

import pytest

from tieout_simulators.month import build_volume
from tieout_standalone.process import Simulator


@pytest.mark.http
async def test_a_simulator_is_told_amounts_as_numbers_and_tells_them_as_decimals(tmp_path: Path) -> None:
    month = build_volume(invoices=1, lines=1)
    month.write(tmp_path)
    (transaction,) = month.connectwise["gl_transactions"]
    with Simulator("connectwise", data=tmp_path / "connectwise.json") as starting:
        simulator = starting.ready()
        await simulator.tell("event", {"kind": "replace_gl_transaction", "transaction": transaction})

        (told,) = (await simulator.read("dump"))["gl_transactions"]
        assert told["total"] == transaction["total"]
