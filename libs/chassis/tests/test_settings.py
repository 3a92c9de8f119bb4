from pathlib import Path

import pytest
from pydantic import ValidationError

from tieout_chassis.settings import ServiceSettings, encrypted_or_loopback


def settings(**changes: object) -> ServiceSettings:
    values: dict[str, object] = {"database_url": "postgresql://u:geheim@h/d", "sealing_key_file": Path("/k")}
    return ServiceSettings.model_validate(values | changes)


def test_settings_come_from_the_environment_under_the_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIEOUT_DATABASE_URL", "postgresql://x")
    monkeypatch.setenv("TIEOUT_SEALING_KEY_FILE", "/key")
    monkeypatch.setenv("TIEOUT_DRAIN_TIMEOUT_S", "3")
    read = ServiceSettings()
    assert (read.database_url, read.sealing_key_file, read.drain_timeout_s) == ("postgresql://x", Path("/key"), 3)


def test_a_password_is_not_in_the_repr_I8() -> None:
    assert "geheim" not in repr(settings())
    assert "geheim" not in repr(settings(kafka_sasl_password="geheim"))


@pytest.mark.parametrize(
    "url", ["https://config.example", "http://127.0.0.1:8710", "http://[::1]:1", "http://localhost/"]
)
def test_config_api_is_reached_by_https_or_on_this_machine_F3(url: str) -> None:
    assert settings(config_api_url=url).config_api_url == url.rstrip("/")


@pytest.mark.parametrize("url", ["http://config.example", "http://10.0.0.1", "ftp://localhost", "nonsense", "https://"])
def test_an_unencrypted_address_elsewhere_is_refused_F3(url: str) -> None:
    with pytest.raises(ValidationError):
        settings(config_api_url=url)
    with pytest.raises(ValueError, match="only https"):
        encrypted_or_loopback(url)


def test_marks_of_what_was_handled_outlive_the_news_I9() -> None:
    with pytest.raises(ValidationError, match="inbox_retention_days must be longer"):
        settings(inbox_retention_days=3, outbox_retention_hours=72)
    with pytest.raises(ValidationError, match="inbox_retention_days must be longer"):
        settings(inbox_retention_days=5, bus_retention_hours=24 * 14)


def test_kafka_needs_servers() -> None:
    with pytest.raises(ValidationError, match="TIEOUT_KAFKA_BOOTSTRAP_SERVERS"):
        settings(bus="kafka")
    assert settings(bus="kafka", kafka_bootstrap_servers="h:1").bus == "kafka"


def test_a_service_without_any_key_is_refused_in_a_sentence() -> None:
    with pytest.raises(ValidationError, match="TIEOUT_SERVICE_KEY_FILE is not set"):
        settings(sealing_key_file=None)
    assert settings(sealing_key_file=None, service_key_file=Path("/own")).sealing_key_file is None
