"""The simulator as a process of its own."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tieout_simulators.frame import exact_json

pytestmark = pytest.mark.http
COMMAND = [sys.executable, "-m", "tieout_simulators", "connectwise", "--port", "0"]
STOP_TIMEOUT_S = 10


def test_a_process_serves_a_data_file_and_ends_at_sigterm(tmp_path: Path, book: Any) -> None:
    data = tmp_path / "connectwise.json"
    data.write_bytes(exact_json.dumps(book.invoice(1).file))
    with subprocess.Popen([*COMMAND, "--data", str(data)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert ready["simulator"] == "connectwise"
        answer = httpx.get(f"{ready['listening']}/login/companyinfo/acme")
        assert answer.json()["CompanyID"] == "acme"
        assert len(httpx.get(f"{ready['listening']}/_sim/dump").json()["gl_transactions"]) == 1
        asked = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_TIMEOUT_S)
    assert time.monotonic() - asked < STOP_TIMEOUT_S


def test_a_process_with_a_wrong_data_file_says_why_and_ends_with_status_2(tmp_path: Path, book: Any) -> None:
    book.invoice(1).file["gl_transactions"][0]["total"] = 1
    data = tmp_path / "connectwise.json"
    data.write_bytes(exact_json.dumps(book.file))
    ended = subprocess.run([*COMMAND, "--data", str(data)], capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "its lines sum to -120.00, so its total must be 120.00, not 1" in ended.stderr
