"""The sealed form of a secret: a data key of its own, wrapped by an installation key, and the secret under it.

    version 2 (1 byte) | length of key id (1) | key id
    nonce (12) | data key and tag (48)
    nonce (12) | secret and tag

Both parts are bound to the secret's place. Wrapping again touches the first only, so a rotation never sees a secret.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tieout_chassis.sealing import KEY_BYTES, NONCE_BYTES, Unsealable, open_with

VERSION = 2
_WRAPPED_BYTES = NONCE_BYTES + KEY_BYTES + 16


def is_envelope(sealed: bytes) -> bool:
    """Whether it is one; before there was a vault secrets were sealed with the installation key itself."""
    return len(sealed) > 1 and sealed[0] == VERSION


def sealed_by(sealed: bytes) -> str:
    """The id of the installation key that it needs, in either form."""
    try:
        return sealed[2 : 2 + sealed[1]].decode()
    except (IndexError, UnicodeDecodeError):
        raise Unsealable("the value is not sealed") from None


def seal(cipher: AESGCM, key_id: str, plain: bytes, place: bytes) -> bytes:
    data_key = AESGCM.generate_key(KEY_BYTES * 8)
    return _wrapped(cipher, key_id, data_key, place) + _encrypted(AESGCM(data_key), plain, _body(place))


def open_(cipher: AESGCM, sealed: bytes, place: bytes) -> bytes:
    """The secret; `Unsealable` where it was changed or moved."""
    if not is_envelope(sealed):
        return open_with(cipher, sealed, place)
    head, wrapped, body = _parts(sealed)
    data_key = _decrypted(cipher, wrapped, head + place)
    return _decrypted(AESGCM(data_key), body, _body(place))


def wrap_again(old: AESGCM, new: AESGCM, new_id: str, sealed: bytes, place: bytes) -> bytes:
    """The same secret under the same data key, and that under another installation key."""
    if not is_envelope(sealed):
        return seal(new, new_id, open_with(old, sealed, place), place)
    head, wrapped, body = _parts(sealed)
    return _wrapped(new, new_id, _decrypted(old, wrapped, head + place), place) + body


def _parts(sealed: bytes) -> tuple[bytes, bytes, bytes]:
    start = 2 + (sealed[1] if len(sealed) > 1 else 0)
    if not is_envelope(sealed) or len(sealed) < start + _WRAPPED_BYTES + NONCE_BYTES:
        raise Unsealable("the value is not a sealed secret")
    return sealed[:start], sealed[start : start + _WRAPPED_BYTES], sealed[start + _WRAPPED_BYTES :]


def _wrapped(cipher: AESGCM, key_id: str, data_key: bytes, place: bytes) -> bytes:
    name = key_id.encode()
    head = bytes((VERSION, len(name))) + name
    return head + _encrypted(cipher, data_key, head + place)


def _body(place: bytes) -> bytes:
    return b"secret|" + place


def _encrypted(cipher: AESGCM, plain: bytes, aad: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, plain, aad)


def _decrypted(cipher: AESGCM, sealed: bytes, aad: bytes) -> bytes:
    try:
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], aad)
    except (InvalidTag, ValueError):
        raise Unsealable("the sealed secret was changed or belongs elsewhere") from None
