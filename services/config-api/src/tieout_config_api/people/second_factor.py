"""The second factor: codes of an authenticator (TOTP, RFC 6238), and recovery codes for when it is lost."""

import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import pyotp
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.people.opaque import digest
from tieout_config_api.vault import Vault
from tieout_config_api.vault.places import factor_place

ISSUER = "Tieout"
STEP_S = 30
STEPS_OFF = 1
"""A clock may be so many steps off, either way."""
RECOVERY_CODES = 10
_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""Without those that are taken for one another."""
_GROUPS, _GROUP = 4, 4


def new_secret() -> str:
    return pyotp.random_base32()


def address(secret: str, email: str) -> str:
    """What an authenticator reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The time step whose code this is; None: of none that counts now. Whether it was taken before, the row knows."""
    totp = pyotp.TOTP(secret)
    current = int(now.timestamp()) // STEP_S
    found = None
    for step in range(current - STEPS_OFF, current + STEPS_OFF + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode()):
            found = step
    return found


async def sealed(vault: Vault, tx: AsyncConnection, person_id: UUID, secret: str) -> bytes:
    return await vault.seal(tx, factor_place("", person_id), secret.encode())


def opened(vault: Vault, person_id: UUID, sealed_secret: bytes) -> str:
    return vault.open(factor_place("", person_id), sealed_secret).decode()


def new_recovery_codes() -> Sequence[str]:
    """Each good for once, and shown once; 78 bits, so that a plain hash of it is enough."""
    return ["-".join(_group() for _ in range(_GROUPS)) for _ in range(RECOVERY_CODES)]


def recovery_hash(code: str) -> bytes:
    """However it was typed: small letters, without hyphens, with blanks."""
    return digest("".join(code.upper().replace("-", " ").split()))


def _group() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_GROUP))
