"""Where the Kafka of the tests comes from, and what happens where there is none."""

import os
import shutil
from pathlib import Path

import pytest

from tieout_chassis import testing_kafka
from tieout_chassis.testing_kafka import Broker, NoKafka, kafka_or_skip, start_kafka


@pytest.fixture
def none_to_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(testing_kafka, "_found", lambda: NoKafka("no Java (17 or newer) to run Kafka with"))


@pytest.mark.usefixtures("none_to_be_had")
def test_without_a_kafka_the_lane_is_left_out_with_a_line_that_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TIEOUT_REQUIRE_KAFKA", raising=False)
    with pytest.raises(pytest.skip.Exception, match="Kafka lane is left out: there is no Java"):
        kafka_or_skip()


@pytest.mark.usefixtures("none_to_be_had")
def test_a_kafka_that_is_required_and_not_there_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIEOUT_REQUIRE_KAFKA", "1")
    with pytest.raises(pytest.fail.Exception, match="a Kafka is required, and there is no Java"):
        kafka_or_skip()


def test_a_kafka_that_is_given_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "kafka:9092")
    assert testing_kafka._found.__wrapped__() == "kafka:9092"


@pytest.mark.usefixtures("none_to_be_had")
def test_whoever_asks_for_a_kafka_by_hand_is_told_why_there_is_none() -> None:
    with pytest.raises(NoKafka, match="no Java"):
        start_kafka()


def test_a_machine_without_java_is_told_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "bin"
    path.mkdir()
    for tool in ("bash", "cat", "cksum", "cut", "dirname", "mkdir"):
        (path / tool).symlink_to(str(shutil.which(tool)))
    monkeypatch.setenv("PATH", os.fspath(path))
    with pytest.raises(NoKafka, match=r"no (Java|Maven)"):
        a_broker()


def a_broker() -> None:
    broker = Broker()
    try:
        broker.start()
    finally:
        broker.stop_and_delete()
