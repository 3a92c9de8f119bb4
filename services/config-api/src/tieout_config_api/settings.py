"""What config-api can be told from outside (environment variables with the prefix TIEOUT_)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator

from tieout_chassis.service import CannotStart
from tieout_chassis.settings import Seconds, ServiceSettings, encrypted_or_loopback
from tieout_config_api.people.settings import AccessSettings
from tieout_config_api.vault import Ring
from tieout_contracts.problems import problem

CALLBACK = "/v1/connect/callback"


class LedgerAppSettings(ServiceSettings):
    """The apps that people consent to (docs/connections.md). Without them a start brings an app of its own."""

    connect_redirect_url: str | None = None
    """This installation's callback address, to the letter as the apps have it; none: made from `public_url`."""
    xero_client_id: str | None = None
    xero_client_secret_file: Path | None = None
    xero_webhook_key_file: Path | None = None
    """What signs the webhooks of the app (docs/callbacks.md); none: they are not taken."""
    qbo_verifier_token_file: Path | None = None
    xero_consent_url: str = "https://login.xero.com/identity/connect/authorize"
    xero_identity_url: str = "https://identity.xero.com"
    xero_api_url: str = "https://api.xero.com"
    qbo_client_id: str | None = None
    qbo_client_secret_file: Path | None = None
    qbo_consent_url: str = "https://appcenter.intuit.com/connect/oauth2"
    qbo_identity_url: str = "https://oauth.platform.intuit.com"
    qbo_revoke_url: str = "https://developer.api.intuit.com"
    qbo_api_url: str = "https://quickbooks.api.intuit.com"

    def webhook_keys(self) -> dict[Literal["connectwise", "xero", "qbo"], str]:
        """Of the apps whose webhooks are taken."""
        files: dict[Literal["connectwise", "xero", "qbo"], Path | None] = {
            "xero": self.xero_webhook_key_file,
            "qbo": self.qbo_verifier_token_file,
        }
        return {provider: file.read_text().strip() for provider, file in files.items() if file is not None}

    @field_validator(
        "connect_redirect_url",
        *("xero_consent_url", "xero_identity_url", "xero_api_url"),
        *("qbo_consent_url", "qbo_identity_url", "qbo_revoke_url", "qbo_api_url"),
    )
    @classmethod
    def _encrypted(cls, url: str | None) -> str | None:
        return None if url is None else encrypted_or_loopback(url)


class ConfigApiSettings(LedgerAppSettings, AccessSettings):
    public_host: str = "127.0.0.1"
    public_port: int = 8700
    internal_host: str = "127.0.0.1"
    internal_port: int = 8710
    api_key_file: Path
    """The installation's API key: its bearer is a super admin."""
    service_keys_dir: Path
    """One file a service, `<service>.key`: what each authenticates with at the internal port."""
    sealing_keys: SecretStr | None = None
    """The installation's keys in base64, the newest first, where they do not come from `sealing_key_file`."""
    token_refresh_margin_s: float = 120
    """An access token with less left is replaced before it is handed out."""
    idle_consent_days: Annotated[float, Field(gt=0, le=50)] = 7
    """A consent that nobody used for so long is renewed all the same: Xero ends one after 60 days, Intuit after 100."""
    internal_hosts: tuple[str, ...] = ()
    """Hosts inside this network that connections may lead to, as a JSON list: names, ends of names that begin with a
    dot, addresses, networks. Everything else in it is refused (docs/connections.md)."""
    page_limit: int = 200
    rate_limit_per_s: Annotated[float, Field(ge=0, le=10_000)] = 50
    """Requests a second of one person or key, counted by each copy for itself; 0: no limit."""
    rate_limit_burst: Annotated[int, Field(ge=1, le=100_000)] = 500
    """So many more of them at once."""
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

    service_urls: Annotated[dict[str, str], Field(default_factory=dict)]
    """The services' own ports, by name, where their dead letters are: {"ingest": "http://ingest:8080", ...}."""
    call_log_days: Annotated[int, Field(ge=1, le=90)] = 7
    """How long a logged call to ConnectWise is kept."""
    call_log_calls: Annotated[int, Field(ge=100, le=1_000_000)] = 10_000
    """How many of them are kept of one tenant."""

    def own_key(self) -> dict[str, str]:
        """What opens this service's own port, under its name; nothing where it has none."""
        return {} if self.service_key_file is None else {"config-api": self.service_key_file.read_text().strip()}

    def redirect_url(self) -> str:
        """Where consent pages send the browser back to."""
        here = self.public_url.replace("//127.0.0.1", "//localhost", 1)  # Xero takes http for the name only
        return self.connect_redirect_url or f"{here}{CALLBACK}"

    def _key_sources(self) -> Sequence[object]:
        return [source for source in (self.sealing_keys, self.sealing_key_file) if source is not None]

    def ring(self) -> Ring:
        """The installation's keys, from the one place that is named. Raises `CannotStart`."""
        if self.sealing_keys is not None:
            return Ring.of_text(self.sealing_keys.get_secret_value())
        if self.sealing_key_file is None:
            raise CannotStart(problem("vault.no_key", reason="none is named"))
        return Ring.of_file(self.sealing_key_file)
