import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tieout_chassis.failpoints import arm, failpoint


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    yield
    arm({})


@pytest.fixture
def deaths(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    killed: list[int] = []
    monkeypatch.setattr(os, "kill", lambda _pid, number: killed.append(number))
    return killed


def test_nothing_happens_where_no_name_is_armed(deaths: list[int]) -> None:
    arm({})
    failpoint("ingest.after_capture")
    arm({"TIEOUT_CRASH_AT": "another"})
    failpoint("ingest.after_capture")
    assert deaths == []


def test_the_named_passage_kills_once(deaths: list[int]) -> None:
    arm({"TIEOUT_CRASH_AT": "a:3, b"})
    for _ in range(5):
        failpoint("a")
    assert deaths == [signal.SIGKILL]
    failpoint("b")
    assert len(deaths) == 2


@pytest.mark.parametrize("given", ["a:0", "a:-1", "a:x"])
def test_a_passage_that_never_comes_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match=r"first passage is 1|invalid literal"):
        arm({"TIEOUT_CRASH_AT": given})


def test_a_process_dies_by_sigkill_without_a_last_word() -> None:
    code = (
        "import atexit; atexit.register(print, 'bye')\nfrom tieout_chassis.failpoints import failpoint\nfailpoint('x')"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env={"TIEOUT_CRASH_AT": "x"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (-signal.SIGKILL, "")
