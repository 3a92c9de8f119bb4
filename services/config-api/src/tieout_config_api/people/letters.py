"""What is mailed: each letter in words, and kept until it was sent. Its links stand in no log."""

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis import exact_json
from tieout_config_api.store import Row, letters
from tieout_config_api.vault import Vault
from tieout_config_api.vault.places import letter_place


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
    return Letter(to, _one_line(f"You have access to {tenant_name} in Tieout"), text)


def password_reset(to: str, url: str, token: str, until: datetime) -> Letter:
    text = (
        "Somebody asked for a new password for you in Tieout. If it was you, choose it here, "
        f"by {_moment(until)}:\n{_link(url, 'password-reset', token)}\n\n"
        "If it was not you, nothing needs doing: your password stays as it is.\n"
    )
    return Letter(to, "A new password for Tieout", text)


def email_code(to: str, code: str, until: datetime) -> Letter:
    text = (
        f"{code} is your code to sign in to Tieout, once and by {_moment(until)}.\n\n"
        "If you are not signing in, somebody else has your password: choose another one now.\n"
    )
    return Letter(to, "Your code for Tieout", text)


def broken_connection(to: str, tenant_name: str, connections: str, provider: str, kind: str) -> Letter:
    """With the steps that mend it (K34)."""
    first = connections.partition(", ")[0]
    text = (
        f"{provider} takes Tieout's consent for {tenant_name} no more. Nothing is posted over {connections} until it "
        "is connected again; what waits is kept, and nothing will be posted twice.\n\n"
        f"1. Start it again by its name: tieout connect {kind} --connection {first}\n"
        f"2. Open the address that it prints, signed in at {provider} as somebody who may connect apps, and choose the "
        "same organisation as before.\n"
        "3. Nothing more: what waits goes on by itself within minutes.\n"
    )
    return Letter(to, _one_line(f"{connections}: connect to {provider} again"), text)


async def post(tx: AsyncConnection, vault: Vault, letter: Letter, *, at: datetime, expires_at: datetime) -> None:
    """Sent once the transaction has committed, however long the mail server is away until `expires_at`."""
    mail_id = uuid4()
    sealed = await vault.seal(tx, letter_place("", mail_id), exact_json.dumps(asdict(letter)).encode())
    await letters.post(tx, mail_id, sealed, at=at, expires_at=expires_at)


def opened(vault: Vault, row: Row) -> Letter:
    return Letter(**exact_json.loads(vault.open(letter_place("", row["mail_id"]), row["letter"])))


def _one_line(text: str) -> str:
    """A subject is a header: it must not begin another one."""
    return text.replace("\n", " ").replace("\r", " ")


def _link(url: str, page: str, token: str) -> str:
    """What stands behind # is not sent to a server, so that no access log has it."""
    return f"{url}/{page}#{token}"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
