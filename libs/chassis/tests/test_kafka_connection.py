from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tieout_chassis.bus import Outgoing
from tieout_chassis.bus.kafka import KafkaConnection, KafkaTransport
from tieout_chassis.bus.kafka.producer import _filled, _Lane
from tieout_chassis.settings import ServiceSettings
from tieout_contracts.envelope import KEY_ID


def settings(**given: Any) -> ServiceSettings:
    needed = {"database_url": "postgresql://h/d", "sealing_key_file": Path("key"), "bus": "kafka"}
    return ServiceSettings.model_validate(needed | {"kafka_bootstrap_servers": "a:9092,b:9092"} | given)


def options(**given: Any) -> dict[str, Any]:
    return KafkaConnection.from_settings(settings(**given)).options(request_timeout_s=2.5)


def test_without_more_said_the_brokers_are_spoken_to_in_clear() -> None:
    plain = options()
    assert plain["bootstrap_servers"] == "a:9092,b:9092"
    assert (plain["security_protocol"], plain["ssl_context"]) == ("PLAINTEXT", None)
    assert plain["request_timeout_ms"] == 2500
    assert "sasl_plain_password" not in plain


def test_over_tls_certificates_and_host_names_are_checked() -> None:
    context = options(kafka_security_protocol="SSL")["ssl_context"]
    assert context.check_hostname
    assert context.verify_mode.name == "CERT_REQUIRED"


def test_a_user_and_a_password_are_passed_on_and_the_password_is_not_shown() -> None:
    given = {
        "kafka_security_protocol": "SASL_SSL",
        "kafka_sasl_mechanism": "SCRAM-SHA-256",
        "kafka_sasl_username": "tieout",
        "kafka_sasl_password": "geheim",
    }
    secured = options(**given)
    assert secured["sasl_mechanism"] == "SCRAM-SHA-256"
    assert (secured["sasl_plain_username"], secured["sasl_plain_password"]) == ("tieout", "geheim")
    assert "geheim" not in repr(KafkaConnection.from_settings(settings(**given)))


def test_sasl_without_a_user_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="SASL_PLAINTEXT needs a SASL username"):
        KafkaConnection("a:9092", security_protocol="SASL_PLAINTEXT", sasl_password=SecretStr("x"))


def test_without_servers_there_is_no_kafka_transport() -> None:
    with pytest.raises(ValueError, match="TIEOUT_KAFKA_BOOTSTRAP_SERVERS"):
        KafkaTransport.from_settings(settings(bus="postgres", kafka_bootstrap_servers=None))


@pytest.mark.parametrize(("headers", "codec"), [({}, 1), ({KEY_ID: "k1"}, 0)])
def test_what_is_sealed_is_not_compressed_since_it_would_not_shrink(headers: dict[str, str], codec: int) -> None:
    lane = _Lane("t", 0)
    lane.waiting.append((0, Outgoing("t", "k", b"x" * 1000, headers)))
    batch, count = _filled(lane)
    built = bytes(batch._build())
    assert count == 1
    assert int.from_bytes(built[21:23], "big") & 7 == codec  # attributes of a record batch, magic 2
    assert (len(built) < 1000) is (codec == 1)
