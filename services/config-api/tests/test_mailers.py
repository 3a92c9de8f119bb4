"""A letter leaves over a mail server: encrypted, or not at all; on this very machine as one says."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from tieout_config_api.people.letters import Letter, joined
from tieout_config_api.people.mailers import FolderMailer, MailNotSet, NoMailer, SmtpMailer, message
from tieout_config_api.settings import ConfigApiSettings

LETTER = Letter("robin@example.com", "Your invitation", "marked link\n")
ROW = {"mail_id": UUID(int=7), "created_at": datetime(2026, 11, 2, 9, tzinfo=UTC)}


class Clerk(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as one mail needs; it has no STARTTLS."""

    def handle(self) -> None:
        taken: list[str] = self.server.taken  # type: ignore[attr-defined]
        self.wfile.write(b"220 clerk\r\n")
        while line := self.rfile.readline().decode().strip():
            taken.append(line)
            word = line.split()[0].upper()
            if word == "DATA":
                self.wfile.write(b"354 go on\r\n")
                while (text := self.rfile.readline().decode().rstrip("\r\n")) != ".":
                    taken.append(text)
            self.wfile.write(b"221 bye\r\n" if word == "QUIT" else b"250 good\r\n")
            if word == "QUIT":
                return


@contextmanager
def mail_server() -> Iterator[tuple[int, list[str]]]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Clerk) as server:
        server.daemon_threads = True
        taken: list[str] = []
        server.taken = taken  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.server_address[1], taken
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.http
def test_a_letter_is_handed_to_the_mail_server_whole() -> None:
    with mail_server() as (port, taken):
        SmtpMailer("127.0.0.1", port, "none", "Tieout <t@example.com>").send(ROW, LETTER)
    assert "mail FROM:<t@example.com>" in " ".join(taken).replace("MAIL", "mail")
    assert {"To: robin@example.com", "Subject: Your invitation", "marked link"} <= set(taken)
    assert f"Message-ID: <{UUID(int=7)}@example.com>" in taken


@pytest.mark.http
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_where_the_mail_server_cannot_encrypt_nothing_is_told_to_it_I8(security: Any) -> None:
    with mail_server() as (port, taken), pytest.raises(OSError):  # noqa: PT011  (smtplib's and ssl's errors are such)
        SmtpMailer("127.0.0.1", port, security, "t@example.com", timeout_s=10).send(ROW, LETTER)
    assert not any(word in line.lower() for line in taken for word in ("mail from", "robin", "marked"))


def test_a_letter_that_is_sent_twice_into_a_folder_is_one_file(tmp_path: Path) -> None:
    for _ in range(2):
        FolderMailer(tmp_path / "mail", "t@example.com").send(ROW, LETTER)
    (file,) = (tmp_path / "mail").iterdir()
    assert file.read_bytes() == message(ROW, LETTER, "t@example.com").as_bytes()


def test_without_a_way_to_send_letters_wait_and_it_is_said_what_to_set() -> None:
    with pytest.raises(MailNotSet, match="TIEOUT_SMTP_HOST"):
        NoMailer().send(ROW, LETTER)


def test_a_name_with_a_line_break_adds_no_header() -> None:
    told = message(ROW, joined("robin@example.com", "https://t", "Reef\r\nBcc: all@example.com", "by"), "t@example.com")
    assert told["Bcc"] is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"smtp_host": "mail.example.com", "smtp_security": "none"},
        {"public_url": "http://tieout.example.com"},
        {"smtp_host": "mail.example.com", "smtp_security": "perhaps"},
    ],
)
def test_links_travel_encrypted_or_the_service_does_not_start_F3(wrong: dict[str, Any], tmp_path: Path) -> None:
    good: dict[str, Any] = {
        "database_url": "postgresql://x",
        "sealing_key_file": tmp_path,
        "service_keys_dir": tmp_path,
        "api_key_file": tmp_path,
        "smtp_host": "127.0.0.1",
    }
    assert isinstance(ConfigApiSettings(**good, smtp_security="none").mailer(), SmtpMailer)
    with pytest.raises(ValidationError):
        ConfigApiSettings(**good | wrong)
