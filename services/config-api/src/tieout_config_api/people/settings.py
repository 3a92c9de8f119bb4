"""What can be set about people: their sessions, and how mail reaches them."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from tieout_chassis.settings import ServiceSettings, encrypted_or_loopback
from tieout_config_api.people.mailers import FolderMailer, Mailer, NoMailer, SmtpMailer, SmtpSecurity
from tieout_config_api.people.rules import AccessRules


class AccessSettings(ServiceSettings):
    public_url: str = "http://127.0.0.1:8700"
    """Where people reach the public port, without a path: for the links in mails, and to know our own pages."""
    session_idle_minutes: Annotated[int, Field(ge=5, le=24 * 60)] = 60
    session_hours: Annotated[int, Field(ge=1, le=24 * 7)] = 12
    """A session ends after so long, however busy it is."""
    invitation_days: Annotated[int, Field(ge=1, le=30)] = 7

    mail_from: str = "tieout@localhost"
    smtp_host: str | None = None
    smtp_port: Annotated[int, Field(ge=1, le=65_535)] = 587
    smtp_security: SmtpSecurity = "starttls"
    smtp_username: str | None = None
    smtp_password_file: Path | None = None
    mail_folder: Path | None = None
    """Without a mail server: letters become files here. With neither they wait."""

    @field_validator("public_url")
    @classmethod
    def _public_url_is_encrypted_or_loopback(cls, url: str) -> str:
        return encrypted_or_loopback(url)

    @model_validator(mode="after")
    def _mail_travels_encrypted(self) -> Self:
        """A letter holds a link that opens an account."""
        if self.smtp_host is not None and self.smtp_security == "none":
            encrypted_or_loopback(f"http://{self.smtp_host}")
        return self

    def access_rules(self) -> AccessRules:
        return AccessRules(
            public_url=self.public_url,
            session_idle=timedelta(minutes=self.session_idle_minutes),
            session_most=timedelta(hours=self.session_hours),
            invitation=timedelta(days=self.invitation_days),
        )

    def mailer(self) -> Mailer:
        """The way that letters leave: the mail server, else the folder, else none."""
        if self.smtp_host is not None:
            given = self.smtp_password_file
            password = SecretStr(given.read_text().strip()) if given is not None else None
            return SmtpMailer(
                self.smtp_host, self.smtp_port, self.smtp_security, self.mail_from, self.smtp_username, password
            )
        return FolderMailer(self.mail_folder, self.mail_from) if self.mail_folder is not None else NoMailer()
