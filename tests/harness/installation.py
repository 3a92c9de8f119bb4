"""A Tieout installation in a process of its own, so that it can be killed like one."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from harness.forks import WIDE, Running, fork_server

START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 40
COMMAND_TIMEOUT_S = 90
LOOK_EVERY_S = 0.02
LOG_TAIL_CHARACTERS = 6_000

FAST: Mapping[str, str] = {
    # Deadlines of production shortened, so that what waits for them can be seen in a test.
    "TIEOUT_ANNOUNCE_AFTER_S": "3",
    "TIEOUT_LEASE_S": "4",
    "TIEOUT_PROVIDER_TIMEOUT_S": "4",
    "TIEOUT_LEDGER_TIMEOUT_S": "4",
    "TIEOUT_SEND_MARGIN_S": "0.3",
    "TIEOUT_LEASE_MARGIN_S": "0.3",
    "TIEOUT_FAILURE_WAIT_LIMIT_S": "2",
    "TIEOUT_BULK_LINGER_S": "0.3",
    "TIEOUT_BATCH_LINGER_S": "0.3",
    "TIEOUT_EXPORT_RETRY_S": "0.5",
    "TIEOUT_BATCH_RETRY_S": "0.5",
    "TIEOUT_UNREACHABLE_PAUSE_S": "0.5",
    "TIEOUT_KEYS_REFRESH_S": "2",
    "TIEOUT_LOG_LEVEL": "warning",
}
_TIEOUT = (sys.executable, "-m", "tieout_standalone")
FOLDER_KEYS = ("sealing.key", "api.key")
SERVICE_KEYS = "services"


class InstallationProcess:
    """`tieout up` on one database; `kill` is kill -9, `start` after it is the restart.

    `by_hand`: started by the command line itself, as a person would; else forked, which is seconds faster.
    """

    def __init__(
        self,
        folder: Path,
        database_url: str,
        *,
        kafka: str | None = None,
        topic_prefix: str = "",
        by_hand: bool = False,
    ) -> None:
        self.folder = folder
        self.url = ""
        self._place = ["--data-dir", str(folder), "--database-url", database_url]
        self._arguments = ["up", "--port", "0", *self._place]
        if kafka is not None:
            self._arguments += ["--kafka", kafka]
        self._environment = {**os.environ, **FAST, **WIDE, "TIEOUT_TOPIC_PREFIX": topic_prefix}
        self._by_hand = by_hand
        self._process: Running | None = None

    @property
    def key(self) -> str:
        return (self.folder / "api.key").read_text().strip()

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def take_keys_of(self, other: "InstallationProcess") -> None:
        """Become another copy of the same installation: a folder of its own with the same keys."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in FOLDER_KEYS:
            shutil.copy2(other.folder / name, self.folder / name)
        shutil.copytree(other.folder / SERVICE_KEYS, self.folder / SERVICE_KEYS, dirs_exist_ok=True)

    def listen_on(self, port: int) -> None:
        """From the next start on, for whoever must know the address before."""
        self._arguments[self._arguments.index("--port") + 1] = str(port)

    def start(self, *, crash_at: str | None = None, **settings: str) -> None:
        """Start and wait until it answers; `crash_at` names the failpoint at which it kills itself."""
        if not self.launch(crash_at=crash_at, **settings):
            raise AssertionError(f"the installation did not start, exit {self.wait_for_death(1)}:\n{self.log()}")

    def launch(self, *, crash_at: str | None = None, **settings: str) -> bool:
        """Start; whether it came to say where it listens."""
        environment = {**self._environment, **settings}
        if crash_at is not None:
            environment["TIEOUT_CRASH_AT"] = crash_at
        self.folder.mkdir(parents=True, exist_ok=True)
        begin = self._log.stat().st_size if self._log.exists() else 0
        self._process = self._started(environment)
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            ended = not self.running
            with self._log.open() as log:
                log.seek(begin)
                for line in log:
                    if line.startswith('{"listening"') and line.endswith("\n"):
                        self.url = json.loads(line)["listening"]
                        return True
            if ended:
                return False
            time.sleep(LOOK_EVERY_S)
        self.kill()
        return False

    def wait_for_death(self, timeout_s: float) -> int:
        """The exit code; negative is the signal's number."""
        assert self._process is not None
        try:
            return self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still alive after {timeout_s} s") from None

    def kill(self) -> None:
        self._signal(signal.SIGKILL)
        self.wait_for_death(STOP_TIMEOUT_S)

    def stop(self) -> int:
        """SIGTERM, and the exit code after draining; 0 when nothing runs."""
        if not self.running:
            return 0
        self._signal(signal.SIGTERM)
        return self.wait_for_death(STOP_TIMEOUT_S)

    def end(self) -> None:
        """However the test went: nothing of it is left."""
        try:
            self.stop()
        except AssertionError:
            self.kill()

    def run(self, *arguments: str, timeout_s: float = COMMAND_TIMEOUT_S) -> subprocess.CompletedProcess[str]:
        """`tieout ARGUMENTS` against this installation, in a wide terminal without colours."""
        return self._command(*arguments, "--data-dir", str(self.folder), "--url", self.url, timeout_s=timeout_s)

    def maintain(self, *arguments: str, timeout_s: float = COMMAND_TIMEOUT_S) -> subprocess.CompletedProcess[str]:
        """`tieout ARGUMENTS` on this installation's database."""
        return self._command(*arguments, *self._place, timeout_s=timeout_s)

    def log(self) -> str:
        """The end of what it said."""
        return self.whole_log()[-LOG_TAIL_CHARACTERS:] if self._log.exists() else "(no log)"

    def whole_log(self) -> str:
        return self._log.read_text(errors="replace")

    @property
    def _log(self) -> Path:
        return self.folder / "log"

    def _started(self, environment: Mapping[str, str]) -> Running:
        self._log.touch()
        if not self._by_hand:
            return fork_server().fork(self._arguments, environment, self._log, self._log)
        with self._log.open("a") as log:
            return subprocess.Popen([*_TIEOUT, *self._arguments], stdout=log, stderr=log, env=environment)

    def _command(self, *arguments: str, timeout_s: float) -> subprocess.CompletedProcess[str]:
        with tempfile.TemporaryDirectory(prefix="tieout-told-") as place:
            told, complained = Path(place, "stdout"), Path(place, "stderr")
            process = fork_server().fork(arguments, self._environment, told, complained)
            try:
                code = process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                raise
            return subprocess.CompletedProcess(arguments, code, told.read_text(), complained.read_text())

    def _signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)
