"""Simulators as processes of their own, forked as installations are: most of their start is imports."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from harness.forks import Forked, fork_server
from tieout_standalone.process import STOP_TIMEOUT_S, Simulator

START_TIMEOUT_S = 60
LOOK_EVERY_S = 0.02


class ForkedSimulator(Simulator):
    """The same process as `tieout simulate NAME`, seconds earlier."""

    def __init__(self, name: str, *, data: Path, latency_ms: int = 0) -> None:
        super().__init__(name, data=data, latency_ms=latency_ms)
        self._log = data.with_suffix(".log")
        self._forked: Forked | None = None

    def __enter__(self) -> Self:
        self._forked = fork_server().fork(["tieout", "simulate", *self.arguments], os.environ, self._log)
        return self

    def ready(self) -> Self:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            for line in self._log.read_text().splitlines(keepends=True) if self._log.exists() else ():
                if '"listening"' in line and line.endswith("\n"):
                    self.url = json.loads(line)["listening"]
                    return self
            time.sleep(LOOK_EVERY_S)
        raise RuntimeError(f"the {self.name} simulator did not start:\n{self._log.read_text()}")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self._forked is not None
        self._forked.send_signal(signal.SIGTERM)
        try:
            self._forked.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._forked.send_signal(signal.SIGKILL)
            self._forked.wait(STOP_TIMEOUT_S)
