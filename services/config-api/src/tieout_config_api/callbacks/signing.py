"""Signatures over the raw bytes of a body, compared in constant time."""

import base64
import hashlib
import hmac

MAX_SIGNATURE_CHARACTERS = 200


def is_signed(body: bytes, signature: str, key: bytes) -> bool:
    """base64(HMAC-SHA256) as Xero (`x-xero-signature`) and Intuit (`intuit-signature`) send it."""
    expected = base64.b64encode(hmac.new(key, body, hashlib.sha256).digest())
    return hmac.compare_digest(expected, signature[:MAX_SIGNATURE_CHARACTERS].encode("utf-8", "replace"))


def is_signed_by_connectwise(body: bytes, signature: str, signing_key: str) -> bool:
    """`x-content-signature`: the HMAC's key is the SHA-256 of the signing key (developer guide, "Callbacks")."""
    return is_signed(body, signature, hashlib.sha256(signing_key.encode()).digest())
