"""Sealing: AES-256-GCM over the values of events and rows that carry accounting data.

    sealed = version (1 byte) | length of key id (1) | key id | nonce (12) | ciphertext and tag

The key id travels inside, so that keys can be rotated: old values open as long as their key is kept. `aad` binds a
sealed value to its place (an event's id, a row's table, column and key); moved elsewhere, it does not open.

Which key seals is the tenant's business: `TenantSealer` (tenant_keys) has one for each. A plain `Sealer` has one for
all: what a service uses that is started without config-api, and what opened before tenants had keys of their own.
"""

import base64
import binascii
import hashlib
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12
_VERSION = 1


class Unsealable(Exception):
    """The value was not sealed by us, was changed, belongs elsewhere, or its key is gone. It never says the value."""


class Sealer:
    """Seals with the `current` key, whichever the tenant, and opens with any of `keys`."""

    def __init__(self, keys: Mapping[str, bytes], current: str) -> None:
        if current not in keys:
            raise ValueError("the current sealing key is not among the keys")
        self._ciphers = {key_id: cipher_of(key_id, key) for key_id, key in keys.items()}
        self.current = current

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """The keys of a file made by `create_sealing_key`; the first line is the current one, older ones follow."""
        keys = read_keys(path.read_text(), str(path))
        return cls(keys, next(iter(keys)))

    async def ready(self, tenant_ids: Collection[str] = (), key_ids: Collection[str] = ()) -> None:
        """Have the keys at hand that these tenants seal with, and those of these ids. Raises NotNow while they cannot
        be had; returns where they are gone for good."""

    def is_deleted(self, tenant_id: str) -> bool:
        """Whether the tenant and its keys were destroyed: what comes of it is dropped."""
        return False

    def keeps_evidence(self, tenant_id: str) -> bool:
        """Whether the tenant chose that evidence of its records is kept for a while."""
        return False

    def has(self, key_id: str) -> bool:
        return key_id in self._ciphers

    def seal(self, plain: bytes, aad: bytes, tenant_id: str) -> bytes:
        return seal_with(self._ciphers[self.current], self.current, plain, aad)

    def open(self, sealed: bytes, aad: bytes) -> bytes:
        """The value, or `Unsealable`."""
        key_id = key_id_of(sealed)
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise Unsealable(f"the sealing key {key_id} is not here")
        return open_with(cipher, sealed, aad)


def cipher_of(key_id: str, key: bytes) -> AESGCM:
    if len(key) != KEY_BYTES or not 0 < len(key_id.encode()) < 256:
        raise ValueError(f"a sealing key has {KEY_BYTES} bytes and an id of 1 to 255")
    return AESGCM(key)


def seal_with(cipher: AESGCM, key_id: str, plain: bytes, aad: bytes) -> bytes:
    nonce, name = os.urandom(NONCE_BYTES), key_id.encode()
    head = bytes((_VERSION, len(name))) + name
    return head + nonce + cipher.encrypt(nonce, plain, head + aad)


def open_with(cipher: AESGCM, sealed: bytes, aad: bytes) -> bytes:
    """The value; `Unsealable` where it was changed or moved."""
    start = 2 + sealed[1]
    nonce, body = sealed[start : start + NONCE_BYTES], sealed[start + NONCE_BYTES :]
    try:
        return cipher.decrypt(nonce, body, sealed[:start] + aad)
    except (InvalidTag, ValueError):
        raise Unsealable("the sealed value was changed or belongs elsewhere") from None


def key_id_of(sealed: bytes) -> str:
    """Which key sealed it; `Unsealable` where it is not sealed."""
    if len(sealed) < 2 or sealed[0] != _VERSION or len(sealed) < 2 + sealed[1] + NONCE_BYTES:
        raise Unsealable("the value is not sealed")
    try:
        return sealed[2 : 2 + sealed[1]].decode()
    except UnicodeDecodeError:
        raise Unsealable("the value is not sealed") from None


def new_key() -> tuple[str, bytes]:
    """A new key with its id."""
    key = os.urandom(KEY_BYTES)
    return id_of(key), key


def id_of(key: bytes) -> str:
    """Short, and no help in finding the key."""
    return hashlib.sha256(b"tieout sealing key id\0" + key).hexdigest()[:12]


def read_keys(text: str, where: str) -> dict[str, bytes]:
    """Keys in base64 with white space between them, by their ids; `ValueError` in a sentence that shows none."""
    keys: dict[str, bytes] = {}
    for word in text.split():
        try:
            key = base64.b64decode(word, validate=True)
        except binascii.Error:
            raise ValueError(f"{where}: a line is not base64") from None
        if len(key) != KEY_BYTES:
            raise ValueError(f"{where}: a sealing key has {KEY_BYTES} bytes, not {len(key)}")
        keys[id_of(key)] = key
    if not keys:
        raise ValueError(f"{where}: there is no key")
    return keys


def create_sealing_key(path: Path) -> None:
    """Write a new key, readable by its owner only. `FileExistsError` rather than losing what the old one sealed."""
    _write_private(path, _line())


def add_sealing_key(path: Path) -> None:
    """A new key in front of those that are in the file, which is replaced in one step."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    _write_private(beside, _line() + path.read_text())
    beside.replace(path)


def _line() -> str:
    return base64.b64encode(new_key()[1]).decode() + "\n"


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
