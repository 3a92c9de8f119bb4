"""The frame around a toy provider, driven over real sockets."""

import json
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from starlette.responses import Response

from tieout_simulators.frame import exact_json
from tieout_simulators.frame.clock import SimulatorClock
from tieout_simulators.frame.gateway import Gateway
from tieout_simulators.frame.provider import Handler, JsonObject, Pause, ProviderCall, ProviderRoute, json_answer
from tieout_simulators.frame.server import serving_in_thread


class Till:
    """A provider that counts coins."""

    name = "till"
    api_prefixes: Sequence[str] = ("/v1",)

    def __init__(self) -> None:
        self.coins: list[Decimal] = []
        self.tokens_expired = False
        self.routes = [
            ProviderRoute("PUT", "/v1/coins", self._add),
            ProviderRoute("GET", "/v1/coins/{index}", self._get),
            ProviderRoute("GET", "/v1/broken", self._broken),
        ]

    def _add(self, call: ProviderCall) -> Response:
        self.coins.append(Decimal(exact_json.loads(call.body)["value"]))
        return json_answer({"coins": self.coins})

    def _get(self, call: ProviderCall) -> Response:
        return json_answer(self.coins[int(call.path_params["index"])])

    def _broken(self, call: ProviderCall) -> Response:
        raise RuntimeError(call.path)

    async def answer(self, call: ProviderCall, handler: Handler, pause: Pause) -> Response:
        if self.tokens_expired:
            return json_answer({"error": "token"}, 401)
        await pause()
        return handler(call)

    def unrouted(self, call: ProviderCall) -> Response:
        return json_answer({"error": call.path}, 404)

    def load(self, state: JsonObject) -> JsonObject:
        self.coins += state["coins"]
        return {"coins": len(self.coins)}

    def dump(self) -> JsonObject:
        return {"coins": self.coins}

    def mutate(self, event: JsonObject) -> JsonObject:
        if event["kind"] != "steal":
            msg = f"unknown event {event['kind']}"
            raise ValueError(msg)
        return {"stolen": self.coins.pop()}

    def expire_tokens(self) -> None:
        self.tokens_expired = True


@contextmanager
def till() -> Iterator[tuple[httpx.Client, Till]]:
    provider = Till()
    with (
        serving_in_thread(Gateway(provider, SimulatorClock())) as url,
        httpx.Client(base_url=url, timeout=5) as client,
    ):
        yield client, provider


def put(client: httpx.Client, value: str = "0.10") -> httpx.Response:
    return client.put("/v1/coins", content=f'{{"value": {value}}}')


def fault(client: httpx.Client, route: str, then: dict[str, Any], **rule: Any) -> None:
    client.post("/_sim/faults", json=[{"route": route, "then": then, **rule}]).raise_for_status()


def test_decimals_keep_their_digits_in_both_directions() -> None:
    text = b'{"a":0.10,"b":[1E+3,0.00001,-0.00],"c":7,"d":"1.0"}'
    assert exact_json.dumps(exact_json.loads(text)) == b'{"a":0.10,"b":[1000,0.00001,-0.00],"c":7,"d":"1.0"}'


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "{"])
def test_text_that_is_not_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        exact_json.loads(text)


def test_a_value_that_is_not_json_is_not_written() -> None:
    with pytest.raises(TypeError):
        exact_json.dumps({"a": Decimal("NaN")})


def test_the_clock_flows_and_jumps() -> None:
    clock = SimulatorClock()
    clock.set(datetime(2026, 2, 1))  # noqa: DTZ001 - a moment without a zone is taken as UTC
    clock.advance(3600)
    assert timedelta() <= clock.now() - datetime(2026, 2, 1, 1, tzinfo=UTC) < timedelta(seconds=5)


@pytest.mark.http
def test_calls_are_counted_by_short_route_and_status() -> None:
    with till() as (client, _):
        put(client)
        client.get("/v1/coins/0")
        client.get("/v1/nothing")
        assert client.get("/_sim/calls").json() == {
            "total": 3,
            "by_route": {"PUT /coins": 1, "GET /coins/{index}": 1, "GET (unrouted)": 1},
            "by_status": {"200": 2, "404": 1},
        }
        client.delete("/_sim/calls")
        assert client.get("/_sim/calls").json()["total"] == 0


@pytest.mark.http
def test_bodies_are_kept_as_sent_on_demand() -> None:
    with till() as (client, _):
        put(client)
        client.post("/_sim/calls", json={"keep_bodies": True})
        put(client, "0.20")
        first, second = client.get("/_sim/calls?detail=true&route=PUT /coins&limit=5").json()
        assert (first["request"], first["answer"]) == (None, None)
        assert (second["request"], second["answer"]) == ('{"value": 0.20}', '{"coins":[0.10,0.20]}')
        assert second["route"] == "PUT /v1/coins"
        assert client.get("/_sim/calls?detail=true&limit=0").json() == []


@pytest.mark.http
def test_a_status_fault_fires_from_the_nth_call_and_so_often() -> None:
    with till() as (client, provider):
        fault(client, "PUT /coins", {"status": 502, "body": "<html>bad gateway</html>"}, nth=2, times=2)
        answers = [put(client) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 502, 502, 200]
        assert answers[1].headers["content-type"].startswith("text/html")
        assert len(provider.coins) == 2
        assert [(rule["seen"], rule["fired"]) for rule in client.get("/_sim/faults").json()] == [(4, 2)]
        client.delete("/_sim/faults")
        assert client.get("/_sim/faults").json() == []


@pytest.mark.http
def test_a_fault_can_ask_for_a_text_in_the_request() -> None:
    with till() as (client, _):
        fault(
            client,
            "* /coins",
            {"status": 503, "body": {"a": 1}, "headers": {"Retry-After": "9"}},
            match="0.77",
            times=0,
        )
        assert put(client).status_code == 200
        refused = put(client, "0.77")
        assert (refused.status_code, refused.json(), refused.headers["retry-after"]) == (503, {"a": 1}, "9")


@pytest.mark.http
def test_a_500_after_handling_has_done_the_work() -> None:
    with till() as (client, provider):
        fault(client, "PUT /coins", {"status": 500, "after_handling": True})
        assert put(client).status_code == 500
        assert len(provider.coins) == 1


@pytest.mark.http
@pytest.mark.parametrize(("when", "coins"), [("before", 0), ("after", 1)])
def test_a_dropped_connection_gives_no_answer(when: str, coins: int) -> None:
    with till() as (client, provider):
        fault(client, "PUT /coins", {"drop": when})
        with pytest.raises(httpx.TransportError):
            put(client)
        assert len(provider.coins) == coins
        assert client.get("/_sim/calls").json()["by_status"] == {"dropped": 1}
        assert put(client).status_code == 200


@pytest.mark.http
def test_an_event_changes_the_state_after_the_call() -> None:
    with till() as (client, provider):
        fault(client, "PUT /coins", {"event": {"kind": "steal"}})
        assert put(client).json() == {"coins": [0.1]}
        assert provider.coins == []
        assert client.post("/_sim/event", json={"kind": "gift"}).status_code == 400


@pytest.mark.http
def test_an_event_that_cannot_happen_is_said_in_the_answer() -> None:
    with till() as (client, _):
        fault(client, "PUT /coins", {"event": {"kind": "gift"}})
        assert "simulator_fault" in put(client).json()


@pytest.mark.http
def test_expired_tokens_strike_the_call_itself() -> None:
    with till() as (client, _):
        fault(client, "PUT /coins", {"expire_tokens": True})
        assert put(client).status_code == 401


@pytest.mark.http
def test_latency_and_delays_lengthen_a_call() -> None:
    with till() as (client, _):
        client.post("/_sim/latency", json={"ms": 20})
        fault(client, "PUT /coins", {"delay_ms": 30}, nth=2)
        put(client)
        put(client)
        first, second = (call["duration_ms"] for call in client.get("/_sim/calls?detail=true").json())
        assert first >= 20
        assert second >= 50


@pytest.mark.http
@pytest.mark.parametrize(
    "rule",
    [
        {"route": "PUT", "then": {"status": 500}},
        {"route": "PUT /coins"},
        {"route": "PUT /coins", "then": {"explode": True}},
        {"route": "PUT /coins", "then": {"drop": "midway"}},
        {"route": "PUT /coins", "then": {"status": 500}, "often": 3},
    ],
)
def test_a_fault_rule_that_says_nothing_known_is_refused(rule: dict[str, Any]) -> None:
    with till() as (client, _):
        assert client.post("/_sim/faults", json=[rule]).status_code == 400


@pytest.mark.http
def test_the_state_is_loaded_and_dumped_exactly() -> None:
    with till() as (client, _):
        assert client.post("/_sim/load", content='{"coins": [0.30]}').json() == {"loaded": {"coins": 1}}
        assert client.get("/_sim/dump").content == b'{"coins":[0.30]}'
        assert client.post("/_sim/load", content="[]").status_code == 400
        assert client.post("/_sim/load", content="{}").status_code == 400


@pytest.mark.http
def test_the_control_routes_say_what_there_is() -> None:
    with till() as (client, _):
        assert client.get("/_sim/health").json() == {"simulator": "till", "status": "ok"}
        assert "GET /_sim/health" in client.get("/_sim/everything").json()["routes"]
        before = datetime.fromisoformat(client.get("/_sim/clock").json()["now"])
        after = datetime.fromisoformat(client.post("/_sim/clock", json={"advance_s": 120}).json()["now"])
        assert timedelta(seconds=120) <= after - before < timedelta(seconds=125)
        assert (
            client.post("/_sim/clock", json={"set": "2026-02-01T00:00:00"}).json()["now"].startswith("2026-02-01T00:00")
        )


@pytest.mark.http
def test_a_fault_of_the_simulator_itself_is_said(caplog: pytest.LogCaptureFixture) -> None:
    with till() as (client, _):
        answer = client.get("/v1/broken")
        assert answer.status_code == 500
        assert "simulator_fault" in answer.text
    assert json.dumps("/v1/broken")[1:-1] in caplog.text


@pytest.mark.http
def test_a_request_cut_off_in_its_body_is_no_request() -> None:
    with till() as (client, provider):
        address = (client.base_url.host, client.base_url.port)
        with socket.create_connection(address) as half:
            half.sendall(b'PUT /v1/coins HTTP/1.1\r\nHost: till\r\nContent-Length: 100\r\n\r\n{"value": 1')
        put(client)
        assert client.get("/_sim/calls").json()["total"] == 1
        assert provider.coins == [Decimal("0.10")]


@pytest.mark.http
def test_small_answers_do_not_wait_for_an_acknowledgement() -> None:
    with till() as (client, _):
        put(client)
        assert min(client.get("/v1/coins/0").elapsed for _ in range(20)) < timedelta(milliseconds=30)
