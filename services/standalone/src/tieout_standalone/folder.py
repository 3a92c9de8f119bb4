"""The data folder of a single-node installation: keys, the embedded database, the lock of the process that owns it."""

import fcntl
import os
import secrets
import shutil
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from tieout_chassis.sealing import create_sealing_key

LOCK = "lock"
ASKING = ("ingest", "transform", "xero-writer", "qbo-writer")
"""The services that authenticate to config-api."""
SERVICES = ("config-api", *ASKING)
"""All of them: each has a key, which also opens its own port for the people who run it."""


class FolderInUse(Exception):
    """Another Tieout runs on this data folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"Another Tieout is running on {folder}. Stop it first, or choose another folder with --data-dir."
        )


class DataFolder:
    """Creates what is missing (keys with mode 0600) and holds an exclusive lock while it is open."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().resolve()
        self._lock: IO[str] | None = None

    @property
    def postgres(self) -> Path:
        return self.path / "postgres"

    @property
    def sealing_key(self) -> Path:
        return self.path / "sealing.key"

    @property
    def api_key(self) -> Path:
        return self.path / "api.key"

    @property
    def service_keys(self) -> Path:
        """A folder with one key for each service."""
        return self.path / "services"

    def service_key(self, service: str) -> Path:
        return self.service_keys / f"{service}.key"

    def prepare(self) -> None:
        """Make the folder and its keys where they are missing. Where there is a database, a new sealing key would not
        open it: config-api refuses to start without the right one."""
        self.path.mkdir(parents=True, exist_ok=True)
        if not self.sealing_key.exists() and not self.postgres.exists():
            create_sealing_key(self.sealing_key)
        self.service_keys.mkdir(mode=0o700, exist_ok=True)
        for key in (self.api_key, *(self.service_key(service) for service in SERVICES)):
            if not key.exists():
                _write_private(key, secrets.token_urlsafe(32))

    def empty(self) -> None:
        """Throw everything away, keys included; only while the lock is held, so never under a running Tieout."""
        assert self._lock is not None
        for child in self.path.iterdir():
            if child.is_dir():
                shutil.rmtree(child)
            elif child.name != LOCK:
                child.unlink()
        self.prepare()

    def __enter__(self) -> Self:
        self.path.mkdir(parents=True, exist_ok=True)
        self._lock = (self.path / LOCK).open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            raise FolderInUse(self.path) from None
        self.prepare()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._lock is not None:
            self._lock.close()


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
