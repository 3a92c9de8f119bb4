"""The simulator as a process of its own."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from tieout_simulators.__main__ import main
from tieout_simulators.frame import exact_json
from tieout_simulators.frame.server import serving_in_thread
from tieout_simulators.qbo.cli import build_gateway

pytestmark = pytest.mark.http


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    command = [sys.executable, "-m", "tieout_simulators", "qbo", "--port", "0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def test_it_says_where_it_listens_and_ends_within_a_second_of_sigterm(
    companies: dict[str, Callable[..., Any]], tmp_path: Path
) -> None:
    data = tmp_path / "qbo.json"
    data.write_bytes(exact_json.dumps(companies["state_of"](companies["us"]("77"))))
    with running("--data", str(data), "--realm-app-second-limit", "1", "--latency-ms", "1") as (process, said):
        assert said["simulator"] == "qbo"
        with httpx.Client(base_url=said["listening"], headers={"Authorization": "Bearer access-77"}) as client:
            assert client.get("/_sim/health").json() == {"simulator": "qbo", "status": "ok"}
            answers = [client.get("/v3/company/77/companyinfo/77") for _ in range(2)]
            assert answers[0].json()["CompanyInfo"]["CompanyName"] == "Harbour IT"
            assert answers[1].status_code == 429
            started = time.monotonic()
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=5)
            assert time.monotonic() - started < 1


def test_a_batch_of_thirty_invoices_of_sixty_lines_takes_well_under_200_ms(
    companies: dict[str, Callable[..., Any]],
) -> None:
    gateway = build_gateway()
    gateway.simulator.load(companies["state_of"](companies["us"]("77")))
    detail = {"ItemRef": {"value": "11"}, "Qty": 3, "UnitPrice": Decimal("12.3456"), "TaxCodeRef": {"value": "TAX"}}
    line = {"Amount": Decimal("37.04"), "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
    tax = {"TxnTaxDetail": {"TxnTaxCodeRef": {"value": "6"}}}
    invoice = {"CustomerRef": {"value": "1"}, "Line": [line] * 60, **tax}
    items = [{"bId": str(index), "operation": "create", "Invoice": invoice} for index in range(30)]
    body = exact_json.dumps({"BatchItemRequest": items})

    def post(client: httpx.Client) -> float:
        client.delete("/_sim/calls")
        assert b"Fault" not in client.post("/v3/company/77/batch", content=body).content
        duration_ms: float = client.get("/_sim/calls?detail=true").json()[0]["duration_ms"]
        return duration_ms

    with (
        serving_in_thread(gateway) as url,
        httpx.Client(base_url=url, headers={"Authorization": "Bearer access-77"}) as client,
    ):
        assert min(post(client) for _ in range(3)) < 150


def test_a_wrong_data_file_ends_it_with_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text('{"format": "other"}')
    assert main(["qbo", "--data", str(wrong)]) == 2
    assert "the format must be 'tieout-qbo/1'" in capsys.readouterr().err
