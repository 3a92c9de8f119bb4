"""The simulator as a process of its own, and how fast it is."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tieout_simulators.__main__ import main

pytestmark = pytest.mark.http


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    command = [sys.executable, "-m", "tieout_simulators", "xero", "--port", "0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def test_it_says_where_it_listens_and_ends_within_a_second_of_sigterm(tmp_path: Path) -> None:
    data = tmp_path / "xero.json"
    organisation = {"tenantId": "t1", "Organisation": {"Name": "From the file"}}
    data.write_text(json.dumps({"format": "tieout-xero/1", "app": {"client_id": "a"}, "organisations": [organisation]}))
    with running("--data", str(data), "--minute-limit", "3", "--latency-ms", "1") as (process, line):
        assert line["simulator"] == "xero"
        with httpx.Client(base_url=line["listening"]) as client:
            assert client.get("/_sim/health").json() == {"simulator": "xero", "status": "ok"}
            credentials = ("a", "tieout-simulator-secret")
            token = client.post("/connect/token", data={"grant_type": "client_credentials"}, auth=credentials).json()
            headers = {"Authorization": f"Bearer {token['access_token']}", "Accept": "application/json"}
            answer = client.get("/api.xro/2.0/Organisation", headers=headers)
            assert answer.json()["Organisations"][0]["Name"] == "From the file"
            assert answer.headers["X-MinLimit-Remaining"] == "2"
            started = time.monotonic()
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=10)
            assert time.monotonic() - started < 4


def test_a_wrong_data_file_and_a_taken_port_end_it_with_a_sentence(
    xero: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text('{"format": "other"}')
    assert main(["xero", "--data", str(wrong)]) == 2
    assert "the format must be 'tieout-xero/1'" in capsys.readouterr().err
    assert main(["xero", "--port", xero.url.rpartition(":")[2]]) == 2
    assert "cannot start" in capsys.readouterr().err


def test_fifty_invoices_of_sixty_lines_take_well_under_200_ms(xero: Any) -> None:
    lines = [xero.line("12.3456", Quantity=3) for _ in range(60)]

    def put(run: int) -> float:
        sent = {"Invoices": [xero.invoice(f"INV-{run}-{index}", *lines) for index in range(50)]}
        xero.http.delete("/_sim/calls")
        assert xero.call("PUT", "Invoices", sent, summarizeErrors="false", unitdp=4).status_code == 200
        duration_ms: float = xero.http.get("/_sim/calls?detail=true").json()[0]["duration_ms"]
        return duration_ms

    assert min(put(run) for run in range(3)) < 150
