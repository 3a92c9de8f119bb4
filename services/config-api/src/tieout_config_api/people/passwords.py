"""Passwords: argon2id, in threads, so many at once and no more."""

import asyncio
import os
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

MIN_LENGTH = 12
MAX_LENGTH = 200
"""Longer ones would let a caller choose how long hashing takes."""
AT_ONCE = 2
"""Each takes 64 MiB and a core; more at once would only slow one another, and everything else."""
MAX_WAITING = 64
Result = TypeVar("Result")


class TooManyWaiting(Exception):
    """So many passwords wait to be looked at that another one would wait too long."""


def _hasher() -> PasswordHasher:
    """RFC 9106's second recommendation, for where memory is scarce: 64 MiB, three passes; on one lane, as threads here
    are bounded by `AT_ONCE`."""
    return PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1, type=Type.ID)


def _of_nobody(hasher: PasswordHasher) -> str:
    """A hash that no password is known for; to look at it costs what everybody's costs."""
    cost = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    salt, hashed = (b64encode(os.urandom(size)).decode().rstrip("=") for size in (hasher.salt_len, hasher.hash_len))
    return f"$argon2id$v=19${cost}${salt}${hashed}"


@dataclass
class Passwords:
    """`verify` takes as long for somebody unknown as for a wrong password."""

    hasher: PasswordHasher = field(default_factory=_hasher)
    _turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _waiting: int = 0
    _nobodys: str = field(init=False)

    def __post_init__(self) -> None:
        self._nobodys = _of_nobody(self.hasher)

    async def hash(self, password: str) -> str:
        """Raises TooManyWaiting."""
        return await self._in_thread(self.hasher.hash, password)

    async def verify(self, password: str, password_hash: str | None) -> bool:
        """None: nobody has it, which is found out as slowly. Raises TooManyWaiting."""
        return await self._in_thread(self._is_right, password, password_hash)

    def is_outdated(self, password_hash: str) -> bool:
        """Hashed with less than is asked for today."""
        return self.hasher.check_needs_rehash(password_hash)

    def _is_right(self, password: str, password_hash: str | None) -> bool:
        try:
            self.hasher.verify(password_hash or self._nobodys, password)
        except (VerificationError, InvalidHashError):
            return False
        return password_hash is not None

    async def _in_thread(self, work: Callable[..., Result], *given: object) -> Result:
        if self._waiting >= MAX_WAITING:
            raise TooManyWaiting
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(work, *given)
        finally:
            self._waiting -= 1
