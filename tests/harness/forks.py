"""Whole processes without the seconds that imports take: each is forked from one that has imported everything.

The child has its process id, environment, output and end like any other; `kill -9` finds the same process that
`tieout up` would be.
"""

import atexit
import functools
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from queue import Queue
from threading import Event, Lock, Thread
from typing import Protocol

TESTS = Path(__file__).resolve().parents[1]
FORK_TIMEOUT_S = 60
WIDE: Mapping[str, str] = {"COLUMNS": "240", "NO_COLOR": "1", "TERM": "dumb"}
"""A wide terminal without colours; consoles that are made on import take it from the server's own environment."""


class Running(Protocol):
    """What is asked of a process, however it was made."""

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def send_signal(self, sig: int, /) -> None: ...


class Forked:
    """A running `tieout`, its output appended to files."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.code: int | None = None
        self.over = Event()

    def poll(self) -> int | None:
        return self.code

    def wait(self, timeout: float | None = None) -> int:
        if not self.over.wait(timeout):
            raise subprocess.TimeoutExpired("tieout", timeout or 0)
        assert self.code is not None
        return self.code

    def send_signal(self, sig: int, /) -> None:
        if self.code is None:
            os.kill(self.pid, sig)


class ForkServer:
    """The process that imported everything, and those made from it."""

    def __init__(self) -> None:
        environment = {**os.environ, **WIDE, "PYTHONPATH": os.pathsep.join(filter(None, (str(TESTS), *_python_path())))}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "harness.fork_server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self._made: Queue[Forked] = Queue()
        self._running: dict[int, Forked] = {}
        self._one_at_a_time = Lock()
        self._listener = Thread(target=self._listen, daemon=True, name="fork server")
        self._listener.start()

    def fork(self, arguments: Sequence[str], environment: Mapping[str, str], stdout: Path, stderr: Path) -> Forked:
        files = {"stdout": str(stdout), "stderr": str(stderr)}
        wanted = {"arguments": ["tieout", *arguments], "environment": dict(environment), **files}
        assert self._process.stdin is not None
        with self._one_at_a_time:
            self._process.stdin.write(json.dumps(wanted) + "\n")
            self._process.stdin.flush()
            return self._made.get(timeout=FORK_TIMEOUT_S)

    def close(self) -> None:
        """Everything that is left is killed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(FORK_TIMEOUT_S)
        self._listener.join(FORK_TIMEOUT_S)
        self._process.stdout.close()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told = json.loads(line)
            if "code" not in told:
                made = self._running[told["pid"]] = Forked(told["pid"])
                self._made.put(made)
            else:
                ended = self._running.pop(told["pid"])
                ended.code = told["code"]
                ended.over.set()


def _python_path() -> list[str]:
    return os.environ.get("PYTHONPATH", "").split(os.pathsep)


@functools.cache
def fork_server() -> ForkServer:
    """Started at the first call, ended with Python."""
    server = ForkServer()
    atexit.register(server.close)
    return server
