"""The whole description of the REST API, tried by schemathesis: no 5xx, and no answer that is not described.

`TIEOUT_API_FUZZ_CASES` says how many cases each operation gets, `TIEOUT_API_FUZZ_SEED` which: `make fuzz` asks for
many. (schemathesis' coverage phase makes thousands of cases, whatever the number: it is for long runs.)
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.rest_api import COMPANY, TENANT, serving_rest_api

pytestmark = [pytest.mark.postgres, pytest.mark.http]
CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")
CASES = int(os.environ.get("TIEOUT_API_FUZZ_CASES", "2"))
SEED = os.environ.get("TIEOUT_API_FUZZ_SEED", "4711")
PHASES = "examples,fuzzing" if CASES < 20 else "examples,coverage,fuzzing"
SECONDS_A_CASE = 60
"""The most that one case of every operation may take on a busy machine."""
TAIL_CHARACTERS = 12_000


@pytest.mark.timeout(120 + CASES * SECONDS_A_CASE)
def test_every_operation_answers_whatever_is_asked_as_its_description_says(
    postgres_admin_url: str, tmp_path: Path
) -> None:
    configuration = tmp_path / "schemathesis.toml"
    known = f'"path.tenant_id" = "{TENANT}"\n"path.company_id" = "{COMPANY}"\n'
    configuration.write_text(f"[parameters]\n{known}")
    with serving_rest_api(postgres_admin_url, tmp_path) as api:
        command = [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(configuration)),
            *("run", f"{api.url}/openapi.json", "-H", f"Authorization: Bearer {api.key}"),
            *("--phases", PHASES, "-n", str(CASES), "--seed", SEED, "--no-shrink", "--continue-on-failure"),
            *("-c", ",".join(CHECKS), "--suppress-health-check", "all", "--warnings", "off", "-w", "2"),
        ]
        ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert ran.returncode == 0, ran.stdout[-TAIL_CHARACTERS:] + ran.stderr[-TAIL_CHARACTERS:]
    assert "No issues found" in ran.stdout
