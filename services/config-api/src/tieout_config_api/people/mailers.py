"""Ways for a letter to leave: a mail server, or a folder of files (demo and single node). Each runs in a thread."""

import os
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Literal, Protocol

from pydantic import SecretStr

from tieout_config_api.people.letters import Letter
from tieout_config_api.store import Row

TIMEOUT_S = 30.0
"""Of each answer of the mail server."""
SmtpSecurity = Literal["starttls", "tls", "none"]


class Mailer(Protocol):
    def send(self, row: Row, letter: Letter) -> None:
        """Blocks until the letter is somebody else's to deliver; any exception: it is not."""


class MailNotSet(Exception):
    """Nobody said how mail leaves; letters wait until somebody does, or until they expire."""


@dataclass(frozen=True)
class SmtpMailer:
    """A mail server. TLS unless it is switched off, which only makes sense on this very machine."""

    host: str
    port: int
    security: SmtpSecurity
    sender: str
    username: str | None = None
    password: SecretStr | None = None
    timeout_s: float = TIMEOUT_S

    def send(self, row: Row, letter: Letter) -> None:
        with self._connected() as server:
            if self.security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if self.username is not None and self.password is not None:
                server.login(self.username, self.password.get_secret_value())
            server.send_message(message(row, letter, self.sender))

    def _connected(self) -> smtplib.SMTP:
        if self.security == "tls":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout_s, context=context)
        return smtplib.SMTP(self.host, self.port, timeout=self.timeout_s)


@dataclass(frozen=True)
class FolderMailer:
    """A file a letter, readable by its owner only; a letter that is sent twice is one file."""

    folder: Path
    sender: str

    def send(self, row: Row, letter: Letter) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{row['created_at']:%Y%m%dT%H%M%SZ}-{row['mail_id']}.eml"
        descriptor = os.open(self.folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(message(row, letter, self.sender).as_bytes())


class NoMailer:
    def send(self, row: Row, letter: Letter) -> None:
        raise MailNotSet("set TIEOUT_SMTP_HOST or TIEOUT_MAIL_FOLDER")


def message(row: Row, letter: Letter, sender: str) -> EmailMessage:
    """The letter as a mail. Sent twice it has one Message-ID, so that a reader may show it once."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, letter.to, letter.subject
    made["Date"] = format_datetime(row["created_at"])
    made["Message-ID"] = f"<{row['mail_id']}@{sender.rpartition('@')[2].strip('> ')}>"
    made.set_content(letter.text)
    return made
