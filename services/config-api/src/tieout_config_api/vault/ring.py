"""The installation's keys: several, each with an id; which one seals is written in the database.

A key that is missed is looked for again in the source, so that a rotation reaches a service that runs.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tieout_chassis.sealing import Sealer, cipher_of, read_keys
from tieout_chassis.service import CannotStart
from tieout_contracts.problems import problem


class KeyMissing(CannotStart):
    """A key that is needed is not in the ring."""


class Ring:
    """The keys that `read` gives, by their ids; the first is the one a rotation goes to. `where` names the source."""

    def __init__(self, where: str, read: Callable[[], Mapping[str, bytes]]) -> None:
        self.where = where
        self._read = read
        self._keys: Mapping[str, bytes] = {}
        self.read_again()

    @classmethod
    def of_file(cls, path: Path) -> "Ring":
        """Keys in base64, one a line, as `create_sealing_key` makes them."""

        def read() -> Mapping[str, bytes]:
            try:
                return read_keys(path.read_text(), str(path))
            except OSError as error:
                raise CannotStart(problem("vault.no_key", reason=f"{path}: {error.strerror}")) from None
            except ValueError as error:
                raise CannotStart(problem("vault.no_key", reason=error)) from None

        return cls(str(path), read)

    @classmethod
    def of_text(cls, text: str) -> "Ring":
        """The same from the environment, with white space between them."""
        where = "TIEOUT_SEALING_KEYS"
        try:
            keys = read_keys(text, where)
        except ValueError as error:
            raise CannotStart(problem("vault.no_key", reason=error)) from None
        return cls(where, lambda: keys)

    @property
    def first(self) -> str:
        return next(iter(self._keys))

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(self._keys)

    def sealer(self) -> Sealer:
        """Opens what these keys sealed themselves, before tenants had keys of their own."""
        return Sealer(self._keys, self.first)

    def read_again(self) -> None:
        self._keys = dict(self._read())

    def cipher(self, key_id: str) -> AESGCM:
        """`KeyMissing` where the source does not have it either."""
        if key_id not in self._keys:
            self.read_again()
        if key_id not in self._keys:
            told = problem("vault.key_missing", wanted=key_id, where=self.where, held=", ".join(self.ids))
            raise KeyMissing(told)
        return cipher_of(key_id, self._keys[key_id])
