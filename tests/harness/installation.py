"""A Tieout installation in a process of its own, so that it can be killed like one."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 40


class InstallationProcess:
    """`tieout up` on one database; `kill` is kill -9, `start` after it is the restart."""

    def __init__(self, folder: Path, database_url: str, *, kafka: str | None = None, topic_prefix: str = "") -> None:
        self.folder = folder
        self.url = ""
        self._arguments = ["up", "--data-dir", str(folder), "--port", "0", "--database-url", database_url]
        if kafka is not None:
            self._arguments += ["--kafka", kafka]
        self._environment = {**os.environ, "TIEOUT_TOPIC_PREFIX": topic_prefix, **FAST}
        self._process: subprocess.Popen[str] | None = None

    @property
    def key(self) -> str:
        return (self.folder / "api.key").read_text().strip()

    def start(self, *, crash_at: str | None = None, **settings: str) -> None:
        """Start and wait until it answers; `crash_at` names the failpoint at which it kills itself."""
        environment = {**self._environment, **settings}
        if crash_at is not None:
            environment["TIEOUT_CRASH_AT"] = crash_at
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "tieout_standalone", *self._arguments]
        with (self.folder / "log").open("a") as log:
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment)
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith('{"listening"'):
                self.url = json.loads(line)["listening"]
                return
        raise AssertionError(f"the installation did not start (exit {self._process.wait()}):\n{self.log()[-4000:]}")

    def wait_for_death(self, timeout_s: float) -> int:
        """The exit code; negative is the signal's number."""
        assert self._process is not None
        code = self._process.wait(timeout_s)
        self._close()
        return code

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(STOP_TIMEOUT_S)
        self._close()

    def stop(self) -> int:
        """SIGTERM, and the exit code after draining."""
        if self._process is None or self._process.poll() is not None:
            return 0
        self._process.terminate()
        code = self._process.wait(STOP_TIMEOUT_S)
        self._close()
        return code

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def _close(self) -> None:
        assert self._process is not None
        if self._process.stdout is not None:
            self._process.stdout.close()


FAST: Mapping[str, str] = {
    # Deadlines of production shortened, so that what waits for them can be seen in a test.
    "TIEOUT_ANNOUNCE_AFTER_S": "3",
    "TIEOUT_LEASE_S": "4",
    "TIEOUT_PROVIDER_TIMEOUT_S": "3",
    "TIEOUT_BULK_LINGER_S": "0.3",
    "TIEOUT_BATCH_LINGER_S": "0.3",
    "TIEOUT_LOG_LEVEL": "warning",
}
