"""Ids that look like Xero's and come out the same in every run."""

import hashlib

NOTHING = "00000000-0000-0000-0000-000000000000"
_STRIDE = 0x9E3779B97F4B | 1
_RANGE = 1 << 48


class IdSource:
    """Numbered version-4-shaped UUIDs of one organisation; the numbering is scattered so that order tells nothing."""

    def __init__(self, seed: str) -> None:
        digest = hashlib.sha256(seed.encode()).hexdigest()
        self._head = f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-"
        self._count = 0

    def next(self) -> str:
        """A new id."""
        self._count += 1
        return f"{self._head}{self._count * _STRIDE % _RANGE:012x}"
