"""Opaque tokens: sessions, mailed links, API keys. 256 random bits, of which only a hash is kept."""

import hashlib
import secrets

RANDOM_BYTES = 32
KEY_PREFIX = "tieout_"
"""Lets a key be recognised where it should not be: in code, in a log."""


def new_token() -> str:
    return secrets.token_urlsafe(RANDOM_BYTES)


def new_key() -> str:
    return KEY_PREFIX + new_token()


def digest(token: str) -> bytes:
    """What is kept. No salt and no slow hash: nobody finds 256 random bits by trying."""
    return hashlib.sha256(token.encode()).digest()
