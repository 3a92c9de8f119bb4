"""Where tests keep what a power cut may take."""

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108  (the folders in it are made by mkdtemp)
ROOM_BYTES = 4 * 1024**3


def scratch() -> Path:
    """A folder in memory where there is room for a test run, else the usual temporary one.

    Every test with a database makes and drops some three hundred small files: on a disk that costs more time than
    the test itself.
    """
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM_BYTES:
        return MEMORY
    return Path(tempfile.gettempdir())
