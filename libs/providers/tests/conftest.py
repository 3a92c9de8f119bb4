"""What the provider tests share: clients on a pretended network, built from plain functions."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tieout_providers import json_exact
from tieout_providers.connectwise import ConnectWise
from tieout_providers.testing import PretendedNetwork, network
from tieout_providers.xero import Xero, XeroIdentity

# Published API descriptions and recorded payloads are reference material outside the project: their tests exist only
# where it is at hand.
WITH_REFERENCE_ONLY = ["test_openapi_subset.py", "test_qbo_recorded_payloads.py"]
__all__ = ["network"]
collect_ignore = [] if os.environ.get("TIEOUT_REFERENCE_DIR") else WITH_REFERENCE_ONLY


@pytest.fixture
def connectwise(network: PretendedNetwork) -> ConnectWise:
    return ConnectWise(
        "na.myconnectwise.net",
        "acme",
        public_key="public",
        private_key="private",
        client_id="client-guid",
        http=network.http,
    )


@pytest.fixture
def xero(network: PretendedNetwork) -> Xero:
    return Xero(http=network.http)


@pytest.fixture
def identity(network: PretendedNetwork) -> XeroIdentity:
    return XeroIdentity(http=network.http)


@pytest.fixture(scope="session")
def month_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A believable month as data files; the Xero app's limits are lifted out of the tests' way."""
    folder = tmp_path_factory.mktemp("month")
    command = [sys.executable, "-m", "tieout_simulators", "month", "--seed", "7", "--out", str(folder)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    books = json_exact.loads((folder / "xero.json").read_bytes())
    books["app"] |= {"day_limit": 1_000_000, "minute_limit": 1_000_000}
    (folder / "xero.json").write_bytes(json_exact.dumps(books))
    return folder


@pytest.fixture(scope="session")
def month(month_folder: Path) -> dict[str, Any]:
    return {name: json_exact.loads((month_folder / f"{name}.json").read_bytes()) for name in ("connectwise", "xero")}


@pytest.fixture(scope="session")
def simulator(month_folder: Path) -> Callable[[str], AbstractContextManager[str]]:
    """Start a simulator with the month in a process of its own; the value is its address."""

    @contextmanager
    def running(name: str) -> Iterator[str]:
        data = str(month_folder / f"{name}.json")
        command = [sys.executable, "-m", "tieout_simulators", name, "--port", "0", "--data", data]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                yield json.loads(process.stdout.readline())["listening"]
            finally:
                process.terminate()

    return running
