"""Over a real socket: the month's fault rules fire after the first export of their invoice, and only then."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tieout_simulators.connectwise.cli import new_gateway
from tieout_simulators.frame.exact_json import dumps, loads
from tieout_simulators.frame.server import serving_in_thread

pytestmark = pytest.mark.http
EXPORT = "/v4_6_release/apis/3.0/finance/accounting/export"


@pytest.fixture
def connectwise(books: Any) -> Iterator[httpx.Client]:
    server = books.month.connectwise["server"]
    with (
        serving_in_thread(new_gateway()) as base_url,
        httpx.Client(
            base_url=base_url,
            auth=(f"{server['company_id']}+{server['public_key']}", server["private_key"]),
            headers={"clientId": server["client_id"]},
            timeout=20,
        ) as client,
    ):
        assert client.post("/_sim/load", content=dumps(books.month.connectwise)).status_code == 200
        rules = books.month.expected["fault_rules"]["connectwise"]
        assert client.post("/_sim/faults", content=dumps(rules)).status_code == 200
        yield client


def export(client: httpx.Client, *invoice_ids: int) -> dict[int, Any]:
    body = {
        "batchIdentifier": "TRY",
        "thruDate": "2026-11-02T00:00:00Z",
        "locationId": 11,
        "exportInvoicesFlag": True,
        "includedInvoiceIds": list(invoice_ids),
    }
    answer = client.post(EXPORT, content=dumps(body))
    assert answer.status_code == 200, answer.text
    return {each["id"]: each for each in loads(answer.content).get("transactions", [])}


def test_a_batch_by_hand_takes_the_invoice_off_after_its_first_export(books: Any, connectwise: httpx.Client) -> None:
    (by_hand,) = books.of_cause("batched_by_hand")
    others = [each["invoice_id"] for each in books.expected if each["cause"] is None][:3]
    assert set(export(connectwise, *others)) == set(others)
    assert set(export(connectwise, by_hand["invoice_id"], *others)) == {by_hand["invoice_id"], *others}
    assert set(export(connectwise, by_hand["invoice_id"], *others)) == set(others)


def test_the_changed_invoice_comes_with_other_entries_the_second_time(books: Any, connectwise: httpx.Client) -> None:
    (changed,) = books.of_cause("gl_entries_changed")
    invoice_id = changed["invoice_id"]
    first, second, third = (export(connectwise, invoice_id)[invoice_id] for _ in range(3))
    assert first["glEntryIds"] != second["glEntryIds"]
    assert first["total"] == second["total"] == changed["total"]
    assert second == third
