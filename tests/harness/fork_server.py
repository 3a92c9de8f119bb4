"""Forks processes from one that has imported everything: `python -m harness.fork_server`.

One JSON line in for each process to make: `{"arguments": [...], "environment": {...}, "stdout": ..., "stderr": ...}`,
the last two being files to append to. One out with its `pid`, and one with `pid` and `code` when it ended. When stdin
ends, so do all that are left.
"""

import json
import os
import selectors
import signal
import sys
from typing import Any

from tieout_chassis import failpoints
from tieout_standalone import compose
from tieout_standalone.cli import main

assert compose  # imported for those who are forked


def serve() -> None:
    children: set[int] = set()
    awake, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake)
    with selectors.DefaultSelector() as selector:
        selector.register(sys.stdin, selectors.EVENT_READ)
        selector.register(awake, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj == awake:
                    os.read(awake, 64)
                    for pid, code in ended(children):
                        say(pid=pid, code=code)
                elif line := sys.stdin.readline():
                    children.add(fork(json.loads(line)))
                else:
                    for pid in children:
                        os.kill(pid, signal.SIGKILL)
                    return


def fork(wanted: dict[str, Any]) -> int:
    pid = os.fork()
    if pid == 0:
        become(wanted)
    say(pid=pid)
    return pid


def become(wanted: dict[str, Any]) -> None:
    """The child: another environment and output, and then what the command line would do."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    told, complained = (
        os.open(wanted[name], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) for name in ("stdout", "stderr")
    )
    for stream, target in enumerate((nothing, told, complained)):
        os.dup2(target, stream)
    os.environ.clear()
    os.environ.update(wanted["environment"])
    failpoints.arm()
    sys.argv = wanted["arguments"]
    code: int | str | None = 1
    try:
        main()
        code = 0
    except SystemExit as end:
        code = end.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 0 if code is None else 1)


def ended(children: set[int]) -> list[tuple[int, int]]:
    found = []
    for pid in list(children):
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            children.discard(pid)
            found.append((pid, os.waitstatus_to_exitcode(status)))
    return found


def say(**told: int) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve()
