"""What is mailed: each letter in words, and kept until it was sent. Its links stand in no log."""

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis import exact_json
from tieout_chassis.sealing import Sealer
from tieout_config_api.store import Row, letters


@dataclass(frozen=True)
class Letter:
    to: str
    subject: str
    text: str


def invitation(to: str, url: str, token: str, by: str, until: datetime) -> Letter:
    text = (
        f"{by} invites you to Tieout, which posts what is billed in ConnectWise into the ledger.\n\n"
        f"Choose your password here, by {_moment(until)}:\n{_link(url, 'invitation', token)}\n\n"
        "You will be asked to set up an authenticator app as well.\n"
    )
    return Letter(to, "Your invitation to Tieout", text)


def joined(to: str, url: str, tenant_name: str, by: str) -> Letter:
    text = f"{by} gave you access to {tenant_name} in Tieout. Sign in as you are used to:\n{url}\n"
    return Letter(to, f"You have access to {tenant_name} in Tieout".replace("\n", " ").replace("\r", " "), text)


def password_reset(to: str, url: str, token: str, until: datetime) -> Letter:
    text = (
        "Somebody asked for a new password for you in Tieout. If it was you, choose it here, "
        f"by {_moment(until)}:\n{_link(url, 'password-reset', token)}\n\n"
        "If it was not you, nothing needs doing: your password stays as it is.\n"
    )
    return Letter(to, "A new password for Tieout", text)


async def post(tx: AsyncConnection, sealer: Sealer, letter: Letter, *, at: datetime, expires_at: datetime) -> None:
    """Sent once the transaction has committed, however long the mail server is away until `expires_at`."""
    mail_id = uuid4()
    sealed = sealer.seal(exact_json.dumps(asdict(letter)).encode(), _aad(mail_id))
    await letters.post(tx, mail_id, sealed, at=at, expires_at=expires_at)


def opened(sealer: Sealer, row: Row) -> Letter:
    return Letter(**exact_json.loads(sealer.open(row["letter"], _aad(row["mail_id"]))))


def _link(url: str, page: str, token: str) -> str:
    """What stands behind # is not sent to a server, so that no access log has it."""
    return f"{url}/{page}#{token}"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _aad(mail_id: UUID) -> bytes:
    return f"mail|{mail_id}|letter".encode()
