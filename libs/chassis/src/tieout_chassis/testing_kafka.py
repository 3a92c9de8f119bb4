"""A real Kafka for tests.

`KAFKA_BOOTSTRAP_SERVERS` if set; else a container where a Docker engine answers; else Apache Kafka on this machine's
Java, fetched once with Maven (`tests/kafka/broker.sh`). Where none of these can be had, the tests that need it are
skipped with a line that says so, or fail if `TIEOUT_REQUIRE_KAFKA` is set.
"""

import asyncio
import atexit
import contextlib
import functools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import warnings
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from time import monotonic, sleep
from typing import Any, NoReturn
from uuid import uuid4

import pytest

from tieout_chassis.bus import BusUnavailable
from tieout_chassis.bus.kafka import KafkaConnection, KafkaConsumer, KafkaTopics
from tieout_chassis.bus.kafka.consumer import tear_down
from tieout_chassis.testing_folders import scratch

__all__ = [
    "Broker",
    "NoKafka",
    "drop_kafka",
    "kafka_bootstrap",
    "kafka_prefix",
    "kill_kafka_consumer",
    "leave_out",
    "pytest_runtest_setup",
    "start_kafka",
    "wipe_kafka",
]

FETCH_TIMEOUT_S = 120
START_TIMEOUT_S = 45
STOP_TIMEOUT_S = 10
DOCKER_TIMEOUT_S = 2
LOOK_S = 0.1
FOLDER_PREFIX = "tieout-test-kafka-"


class NoKafka(RuntimeError):
    """No Kafka can be had on this machine; why."""


def start_kafka() -> str:
    """The bootstrap servers of the Kafka for tests; started at the first call, stopped when Python ends. `NoKafka`."""
    found = _found()
    if isinstance(found, NoKafka):
        raise NoKafka(str(found))
    return found


@functools.cache
def _found() -> str | NoKafka:
    given = os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
    try:
        return given or _in_a_container() or _on_java()
    except NoKafka as reason:
        return reason


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Left out from here, and not by a fixture, the whole lane makes one line of pytest's summary."""
    if item.get_closest_marker("kafka"):
        kafka_or_skip()


@pytest.fixture(scope="session")
def kafka_bootstrap() -> str:
    return kafka_or_skip()


@pytest.fixture
async def kafka_prefix(kafka_bootstrap: str) -> AsyncIterator[str]:
    """What this test's topics and groups begin with; they are cleared away afterwards."""
    prefix = f"t{uuid4().hex[:8]}."
    yield prefix
    await drop_kafka(kafka_bootstrap, prefix)


def kafka_or_skip() -> str:
    found = _found()
    if isinstance(found, NoKafka):
        leave_out(str(found))
    return found


def leave_out(reason: str) -> NoReturn:
    """Skip what needs a Kafka, or fail where one is required."""
    if os.environ.get("TIEOUT_REQUIRE_KAFKA"):
        pytest.fail(f"a Kafka is required, and there is {reason}", pytrace=False)
    pytest.skip(f"the Kafka lane is left out: there is {reason}")


async def wipe_kafka(bootstrap: str, prefix: str) -> None:
    """Lose the whole bus, as a disk would: messages and offsets of the topics that begin with `prefix`; they stand
    again, empty."""
    topics = KafkaTopics(KafkaConnection(bootstrap))
    names = await topics.named(prefix)
    await topics.delete(names)
    await topics.ensure(names)


async def drop_kafka(bootstrap: str, prefix: str) -> None:
    """Clear away what a test made."""
    topics = KafkaTopics(KafkaConnection(bootstrap))
    await topics.delete(await topics.named(prefix))


async def kill_kafka_consumer(consumer: KafkaConsumer) -> None:
    """Its process is gone: no heartbeat, no goodbye."""
    kafka, consumer._kafka = consumer._kafka, None
    await tear_down(kafka, leave=False)


class Broker:
    """An Apache Kafka of our own on a temporary folder. `kill` and `start` again: the same log, the same address."""

    def __init__(self) -> None:
        self._script = _script()
        _sweep_folders_of_the_dead()
        self._folder = Path(tempfile.mkdtemp(prefix=f"{FOLDER_PREFIX}{os.getpid()}-", dir=scratch()))
        self._process: subprocess.Popen[bytes] | None = None
        self.take_other_ports()

    def take_other_ports(self) -> None:
        self._ports = _free_port(), _free_port()
        self.bootstrap = f"127.0.0.1:{self._ports[0]}"

    def start(self) -> None:
        """Takes some three seconds. `NoKafka` if it ends, or does not answer in time."""
        arguments = [str(self._script), "run", str(self._folder), *map(str, self._ports)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603  (a script of this repository)
                arguments, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
            )
        deadline = monotonic() + START_TIMEOUT_S
        while not self._answers():
            if self._process.poll() is not None or monotonic() > deadline:
                said = self._log.read_text(errors="replace").strip().splitlines()
                self.kill()
                raise NoKafka(f"no Kafka: it did not start: {said[-1] if said else 'it said nothing'}")
            sleep(LOOK_S)

    def kill(self) -> None:
        """As the power would; what the log's files hold stays."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(STOP_TIMEOUT_S)
        assert process.stdin is not None
        process.stdin.close()

    def stop_and_delete(self) -> None:
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _log(self) -> Path:
        return self._folder / "broker.log"

    def _answers(self) -> bool:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", self._ports[0])):
                return False
        try:
            _run(KafkaTopics(KafkaConnection(self.bootstrap)).named(""))
        except BusUnavailable:
            return False
        return True


def _on_java() -> str:
    broker = Broker()
    atexit.register(broker.stop_and_delete)
    try:
        broker.start()
    except NoKafka:
        broker.take_other_ports()  # somebody may have been faster
        broker.start()
    return broker.bootstrap


def _script() -> Path:
    """The script that starts a broker, with its jars fetched."""
    script = next(
        (path for folder in Path(__file__).parents if (path := folder / "tests/kafka/broker.sh").is_file()), None
    )
    if script is None:
        raise NoKafka("no Kafka: this is not a checkout of the repository")
    try:
        fetched = subprocess.run(  # noqa: S603
            [str(script), "fetch"], capture_output=True, timeout=FETCH_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired as late:
        raise NoKafka(f"no Kafka: Maven did not fetch it within {FETCH_TIMEOUT_S} s") from late
    if fetched.returncode:
        said = fetched.stderr.decode(errors="replace").strip().splitlines()
        raise NoKafka(f"no Kafka: {said[0] if said else 'Maven could not fetch it'}")
    return script


def _sweep_folders_of_the_dead() -> None:
    """Of test runs that were killed: their brokers ended with them, their folders did not."""
    for folder in scratch().glob(f"{FOLDER_PREFIX}*"):
        try:
            os.kill(int(folder.name.removeprefix(FOLDER_PREFIX).split("-")[0]), 0)
        except ProcessLookupError:
            shutil.rmtree(folder, ignore_errors=True)
        except (ValueError, PermissionError):
            continue


def _in_a_container() -> str | None:
    """Where a Docker engine answers at once and has, or gets, the image."""
    if "DOCKER_HOST" not in os.environ and not Path("/var/run/docker.sock").exists():
        return None
    with warnings.catch_warnings(), contextlib.suppress(Exception):
        warnings.simplefilter("ignore")
        engine = import_module("docker").from_env(timeout=DOCKER_TIMEOUT_S)
        with contextlib.closing(engine):
            engine.ping()
        container = import_module("testcontainers.community.kafka").KafkaContainer().with_kraft()
        container.with_env("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false")
        container.with_env("KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS", "1000")
        container.start()
        atexit.register(container.stop)
        return str(container.get_bootstrap_server())
    return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _run(coroutine: Coroutine[Any, Any, object]) -> None:
    """In a thread: a fixture may be called while the test's own loop is running."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, coroutine).result()
