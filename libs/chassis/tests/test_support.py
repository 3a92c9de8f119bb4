from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr

from tieout_chassis.settings import ServiceSettings
from tieout_chassis.support import shown_settings


class Settings(ServiceSettings):
    smtp_password: str = "marked-smtp"
    nothing_secret: str | None = None
    service_urls: Annotated[dict[str, str], Field(default_factory=dict)]


def test_of_secrets_a_bundle_tells_only_whether_they_are_set_I8_F257() -> None:
    shown = shown_settings(
        Settings(
            database_url="postgresql://tieout:marked-database@db.example.com/tieout?password=marked-query",
            sealing_key_file=Path("/keys/sealing.key"),
            service_urls={"ingest": "https://key:marked-url@ingest.example.com", "odd": "no-url://key:marked-odd@"},
            kafka_sasl_password=SecretStr("marked-sasl"),
        )
    )
    assert "marked" not in str(shown)
    assert (shown["smtp_password"], shown["kafka_sasl_password"], shown["nothing_secret"]) == ("set", "set", None)
    assert shown["database_url"].startswith("postgresql://tieout:***@db.example.com/tieout")
    assert shown["service_urls"] == {"ingest": "https://key:***@ingest.example.com", "odd": "set"}
    assert (shown["sealing_key_file"], shown["lease_s"], shown["bus"]) == ("/keys/sealing.key", "30.0", "postgres")
