"""Crash points for tests: places where a process may be killed, named in the code it would hurt.

`TIEOUT_CRASH_AT=ingest.after_capture` kills the process with SIGKILL at the first passage, `...:3` at the third;
several names are separated by commas. Without the variable a failpoint is one look at an empty dict.
"""

import os
import signal
from collections.abc import Mapping

_armed: dict[str, int] = {}


def arm(environment: Mapping[str, str] = os.environ) -> None:
    """Read `TIEOUT_CRASH_AT` again. `ValueError` for a passage that is not a positive number."""
    _armed.clear()
    for item in filter(None, environment.get("TIEOUT_CRASH_AT", "").split(",")):
        name, _, passage = item.strip().partition(":")
        count = int(passage or 1)
        if count < 1:
            raise ValueError(f"TIEOUT_CRASH_AT: {item}: the first passage is 1")
        _armed[name] = count


def failpoint(name: str) -> None:
    """Die here if the environment says so. Nothing is flushed, closed or told."""
    if not _armed or name not in _armed:
        return
    _armed[name] -= 1
    if _armed[name] == 0:
        os.kill(os.getpid(), signal.SIGKILL)


arm()
