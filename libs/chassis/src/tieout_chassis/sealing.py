"""Sealing: AES-256-GCM over the values of events and rows that carry accounting data.

    sealed = version (1 byte) | length of key id (1) | key id | nonce (12) | ciphertext and tag

The key id travels inside, so that keys can be rotated: old values open as long as their key is kept. `aad` binds a
sealed value to its place (an event's id, a row's table, column and key); moved elsewhere, it does not open.
"""

import base64
import binascii
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12
_VERSION = 1


class Unsealable(Exception):
    """The value was not sealed by us, was changed, belongs elsewhere, or its key is gone. It never says the value."""


class Sealer:
    """Seals with the `current` key, opens with any of `keys`."""

    def __init__(self, keys: Mapping[str, bytes], current: str) -> None:
        if current not in keys:
            raise ValueError("the current sealing key is not among the keys")
        for key_id, key in keys.items():
            if len(key) != KEY_BYTES or not 0 < len(key_id.encode()) < 256:
                raise ValueError(f"a sealing key has {KEY_BYTES} bytes and an id of 1 to 255")
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self.current = current

    @classmethod
    def from_file(cls, path: Path) -> "Sealer":
        """The keys of a file made by `create_sealing_key`; the first line is the current one, older ones follow."""
        keys: dict[str, bytes] = {}
        for line in path.read_text().split():
            try:
                key = base64.b64decode(line, validate=True)
            except binascii.Error:
                raise ValueError(f"{path}: a line is not base64") from None
            keys[_id_of(key)] = key
        if not keys:
            raise ValueError(f"{path}: there is no key")
        return cls(keys, next(iter(keys)))

    def seal(self, plain: bytes, aad: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        key_id = self.current.encode()
        head = bytes((_VERSION, len(key_id))) + key_id
        return head + nonce + self._ciphers[self.current].encrypt(nonce, plain, head + aad)

    def open(self, sealed: bytes, aad: bytes) -> bytes:
        """The value, or `Unsealable`."""
        key_id, start = _key_id(sealed)
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise Unsealable(f"the sealing key {key_id} is not here")
        nonce, body = sealed[start : start + NONCE_BYTES], sealed[start + NONCE_BYTES :]
        try:
            return cipher.decrypt(nonce, body, sealed[:start] + aad)
        except (InvalidTag, ValueError):
            raise Unsealable("the sealed value was changed or belongs elsewhere") from None


def create_sealing_key(path: Path) -> None:
    """Write a new key, readable by its owner only. `FileExistsError` rather than losing what the old one sealed."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(base64.b64encode(os.urandom(KEY_BYTES)).decode() + "\n")
        file.flush()
        os.fsync(file.fileno())


def _key_id(sealed: bytes) -> tuple[str, int]:
    if len(sealed) < 2 or sealed[0] != _VERSION or len(sealed) < 2 + sealed[1] + NONCE_BYTES:
        raise Unsealable("the value is not sealed")
    start = 2 + sealed[1]
    try:
        return sealed[2:start].decode(), start
    except UnicodeDecodeError:
        raise Unsealable("the value is not sealed") from None


def _id_of(key: bytes) -> str:
    """Short, and no help in finding the key."""
    return hashlib.sha256(b"tieout sealing key id\0" + key).hexdigest()[:12]
