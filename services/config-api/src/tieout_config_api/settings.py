"""What config-api can be told from outside (environment variables with the prefix TIEOUT_)."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from tieout_chassis.settings import Seconds, ServiceSettings, encrypted_or_loopback


class ConfigApiSettings(ServiceSettings):
    public_host: str = "127.0.0.1"
    public_port: int = 8700
    internal_host: str = "127.0.0.1"
    internal_port: int = 8710
    api_key_file: Path
    """The installation's API key; people and keys of their own come with the issue that brings sign-in."""
    token_refresh_margin_s: float = 120
    """An access token with less left is replaced before it is handed out."""
    page_limit: int = 200
    callback_url: str | None = None
    """Under which address providers reach the public port, such as https://tieout.example.com. None: nobody calls back,
    and lists are read from time to time only."""
    callback_check_s: Seconds = 3600
    """How often the callbacks that are registered in a ConnectWise are looked at."""
    preview_hours: Annotated[int, Field(ge=1, le=24 * 7)] = 24
    """How long what a preview showed is kept, sealed."""

    @field_validator("callback_url")
    @classmethod
    def _callbacks_come_encrypted(cls, url: str | None) -> str | None:
        return None if url is None else encrypted_or_loopback(url)

    call_log_days: Annotated[int, Field(ge=1, le=90)] = 7
    """How long a logged call to ConnectWise is kept."""
    call_log_calls: Annotated[int, Field(ge=100, le=1_000_000)] = 10_000
    """How many of them are kept of one tenant."""

    def internal_key(self) -> str:
        """The key that other services authenticate with; `ValueError` in a sentence where none is given."""
        if self.service_key_file is None:
            raise ValueError("TIEOUT_SERVICE_KEY_FILE is not set: the internal port needs the services' key.")
        return self.service_key_file.read_text().strip()
