import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tieout_chassis import config_client
from tieout_chassis.clock import FixedClock
from tieout_chassis.config_client import ConfigClient, ConfigUnavailable
from tieout_chassis.handling import NotNow
from tieout_contracts.settings import AdjustmentSettings, CompanySettings, SettingsSnapshot


def snapshot(version: int = 1, company: str = "north") -> SettingsSnapshot:
    settings = CompanySettings(
        name="North",
        connectwise_connection="cw",
        ledger_connection="xero-1",
        organisation_id="org-1",
        adjustment=AdjustmentSettings(account="860"),
    )
    return SettingsSnapshot(tenant_id="acme", company_id=company, version=version, settings=settings)


class ConfigApi:
    """What config-api answers, and what it was asked."""

    def __init__(self, clock: FixedClock) -> None:
        self.clock = clock
        self.versions = {"north": 1}
        self.gone_meanwhile: tuple[str, ...] = ()
        self.held_meanwhile = ""
        self.away = False
        self.tokens = 0
        self.asked: list[httpx.Request] = []
        self.other: httpx.Response | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if self.away:
            raise httpx.ConnectError("refused")
        if self.other is not None:
            return self.other
        if request.url.path == "/internal/settings/versions":
            etag = f'"{self.versions}"'
            if request.headers.get("If-None-Match") == etag:
                return httpx.Response(304)
            held = {company: str(version) for company, version in self.versions.items()}
            return httpx.Response(200, json={"versions": held}, headers={"ETag": etag})
        if request.url.path == "/internal/settings":
            asked = request.url.params.get_list("company")
            found = [snapshot(self.versions[each], each) for each in asked if each not in self.gone_meanwhile]
            versions = {each.company_id: f"{each.version}{self.held_meanwhile}" for each in found}
            snapshots = [each.model_dump(mode="json") for each in found]
            return httpx.Response(200, json={"snapshots": snapshots, "versions": versions})
        return self._connection(request)

    def _connection(self, request: httpx.Request) -> httpx.Response:
        name = request.url.path.rpartition("/")[2]
        common = {"connection_id": name, "tenant_id": "acme"}
        if name == "cw":
            keys = {"public_key": "p", "private_key": "geheim", "client_id": "c", "login_company": "acme"}
            return httpx.Response(200, json={**common, "kind": "connectwise", "site": "https://cw.example", **keys})
        if name == "xero-1":
            self.tokens += 1
            expires_at = (self.clock.now() + timedelta(minutes=30)).isoformat()
            token = {"api_url": "https://x.example", "access_token": f"token-{self.tokens}", "expires_at": expires_at}
            return httpx.Response(200, json={**common, "kind": "xero", **token})
        if name == "qbo-1":
            self.tokens += 1
            expires_at = (self.clock.now() + timedelta(hours=1)).isoformat()
            token = {"api_url": "https://q.example", "access_token": f"token-{self.tokens}", "expires_at": expires_at}
            return httpx.Response(200, json={**common, "kind": "qbo", **token, "batch_minute_limit": 20})
        return httpx.Response(404, json={"title": "There is no such connection."})


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def api(clock: FixedClock) -> ConfigApi:
    return ConfigApi(clock)


@pytest.fixture
def monotonic(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A monotonic clock that `pass_s` moves."""

    class Passing:
        now = 1000.0

        def pass_s(self, seconds: float) -> None:
            self.now += seconds

    passing = Passing()
    monkeypatch.setattr(config_client, "monotonic", lambda: passing.now)
    return passing


@pytest.fixture
async def client(api: ConfigApi, clock: FixedClock, monotonic: Any) -> AsyncIterator[ConfigClient]:
    client = ConfigClient("http://127.0.0.1:1", "key", clock=clock, transport=httpx.MockTransport(api))
    yield client
    await client.close()


async def test_snapshots_are_asked_for_with_the_service_key_and_kept(client: ConfigClient, api: ConfigApi) -> None:
    assert (await client.snapshots())["north"] == snapshot()
    assert await client.snapshots() is await client.snapshots()
    assert len(api.asked) == 2
    assert api.asked[0].headers["Authorization"] == "Bearer key"


async def test_after_their_time_snapshots_are_asked_for_by_their_etag(
    client: ConfigClient, api: ConfigApi, monotonic: Any
) -> None:
    before = await client.snapshots()
    monotonic.pass_s(31)
    assert await client.snapshots() is before
    assert api.asked[2].headers["If-None-Match"] == "\"{'north': 1}\""
    api.versions["north"] = 2
    assert (await client.snapshots())["north"].version == 1
    client.refresh()
    assert (await client.snapshots())["north"].version == 2


async def test_only_the_snapshots_that_changed_are_fetched_and_what_is_gone_is_gone(
    client: ConfigClient, api: ConfigApi
) -> None:
    api.versions = {f"c{n}": 1 for n in range(250)}
    assert len(await client.snapshots()) == 250
    assert [len(each.url.params.get_list("company")) for each in api.asked[1:]] == [100, 100, 50]
    api.versions |= {"c7": 2, "new": 1}
    del api.versions["c8"]
    client.refresh()
    found = await client.snapshots()
    assert api.asked[-1].url.params.get_list("company") == ["c7", "new"]
    assert (len(found), found["c7"].version, "c8" in found) == (250, 2, False)


async def test_a_company_that_goes_between_the_two_questions_is_left_out(client: ConfigClient, api: ConfigApi) -> None:
    await client.snapshots()
    api.versions["north"] = 2
    api.gone_meanwhile = ("north",)
    client.refresh()
    assert await client.snapshots() == {}
    api.gone_meanwhile = ()
    api.versions["north"] = 3
    client.refresh()
    assert (await client.snapshots())["north"].version == 3


async def test_settings_of_a_tenant_that_was_held_between_the_two_questions_only_are_fetched_anew_F252(
    client: ConfigClient, api: ConfigApi
) -> None:
    api.held_meanwhile = "-held"
    await client.snapshots()
    api.held_meanwhile = ""
    for _ in range(2):
        client.refresh()
        await client.snapshots()
    paths = [each.url.path.removeprefix("/internal/settings") for each in api.asked]
    assert paths == ["/versions", "", "/versions", "", "/versions"]


async def test_a_company_of_the_same_name_after_a_deleted_tenant_s_is_fetched_anew_F251(
    client: ConfigClient, api: ConfigApi
) -> None:
    await client.snapshots()
    api.other = httpx.Response(200, json={"keys": [], "deleted_tenants": ["acme"]})
    await client.tenant_keys()
    assert await client.snapshots() == {}
    api.other = None
    client.refresh()
    assert (await client.snapshots())["north"] == snapshot()
    assert api.asked[-1].url.params.get_list("company") == ["north"]


async def test_one_company_s_snapshot_is_given_to_its_own_tenant_only_I7(client: ConfigClient) -> None:
    assert await client.snapshot("acme", "north") == snapshot()
    assert await client.snapshot("other", "north") is None
    assert await client.snapshot("acme", "south") is None


async def test_while_config_api_is_away_known_snapshots_stay_good_and_it_is_not_asked_at_every_turn(
    client: ConfigClient, api: ConfigApi, monotonic: Any
) -> None:
    before = await client.snapshots()
    api.away = True
    client.refresh()
    assert await client.snapshots() is before
    assert await client.snapshots() is before
    assert len(api.asked) == 3
    api.away = False
    monotonic.pass_s(31)
    api.versions["north"] = 2
    assert (await client.snapshots())["north"].version == 2


async def test_what_cannot_be_had_pauses_a_handler_and_counts_no_attempt(client: ConfigClient, api: ConfigApi) -> None:
    api.away = True
    with pytest.raises(ConfigUnavailable, match="does not give the settings") as away:
        await client.snapshots()
    assert isinstance(away.value, NotNow)
    with pytest.raises(ConfigUnavailable, match="the connection cw"):
        await client.connectwise("cw")


async def test_connectwise_keys_are_kept_in_memory_for_a_while(
    client: ConfigClient, api: ConfigApi, monotonic: Any
) -> None:
    access = await client.connectwise("cw")
    assert access.private_key.get_secret_value() == "geheim"
    assert "geheim" not in repr(access)
    assert await client.connectwise("cw") is access
    monotonic.pass_s(301)
    assert await client.connectwise("cw") is not access
    assert len(api.asked) == 2


async def test_a_xero_token_is_kept_until_a_minute_before_it_expires(
    client: ConfigClient, api: ConfigApi, clock: FixedClock
) -> None:
    assert (await client.xero("xero-1")).access_token.get_secret_value() == "token-1"
    clock.advance(60 * 28)
    assert (await client.xero("xero-1")).access_token.get_secret_value() == "token-1"
    clock.advance(61)
    assert (await client.xero("xero-1")).access_token.get_secret_value() == "token-2"


async def test_another_token_is_asked_for_after_xero_refused_the_one_we_have_and_only_once(
    client: ConfigClient, api: ConfigApi
) -> None:
    """Several organisations may share a connection; the second to meet the 401 finds the new token here."""
    first = (await client.xero("xero-1")).access_token
    for _ in range(2):
        assert (await client.xero("xero-1", refused=first)).access_token.get_secret_value() == "token-2"
    assert len(api.asked) == 2
    assert api.asked[-1].url.params["refused"] == hashlib.sha256(b"token-1").hexdigest()


async def test_quickbooks_tokens_follow_the_same_rules_and_bring_the_connection_s_limits(
    client: ConfigClient, api: ConfigApi, clock: FixedClock
) -> None:
    first = await client.qbo("qbo-1")
    assert (first.minute_limit, first.second_limit, first.batch_minute_limit) == (500, 10, 20)
    clock.advance(60 * 58)
    assert await client.qbo("qbo-1") is first
    clock.advance(61)
    second = await client.qbo("qbo-1")
    assert second.access_token.get_secret_value() == "token-2"
    assert (await client.qbo("qbo-1", refused=first.access_token)) is second
    await client.qbo("qbo-1", refused=second.access_token)
    assert api.asked[-1].url.params["refused"] == hashlib.sha256(b"token-2").hexdigest()


async def test_a_connection_of_the_other_kind_or_of_nobody_is_said_by_name(client: ConfigClient) -> None:
    with pytest.raises(ConfigUnavailable, match="xero-1 is not one to ConnectWise"):
        await client.connectwise("xero-1")
    with pytest.raises(ConfigUnavailable, match="cw is not one to Xero"):
        await client.xero("cw")
    with pytest.raises(ConfigUnavailable, match="xero-1 is not one to QuickBooks Online"):
        await client.qbo("xero-1")
    with pytest.raises(ConfigUnavailable, match="There is no such connection"):
        await client.xero("nobody")


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>geheim</html>"),
        httpx.Response(200, json={"kind": "xero", "access_token": "geheim"}),
        httpx.Response(502, text="<html>geheim</html>"),
    ],
)
async def test_an_answer_that_cannot_be_read_is_unavailable_and_tells_nothing_of_it_I8(
    client: ConfigClient, api: ConfigApi, answer: httpx.Response
) -> None:
    api.other = answer
    for asking in (client.xero("xero-1"), client.snapshots()):
        with pytest.raises(ConfigUnavailable) as unreadable:
            await asking
        assert "geheim" not in str(unreadable.value)


def test_an_unencrypted_address_elsewhere_is_refused_F3() -> None:
    with pytest.raises(ValueError, match="only https"):
        ConfigClient("http://config.example", "key")


async def test_the_key_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("k\n")
    client = ConfigClient.from_key_file("https://config.example", tmp_path / "key")
    assert client._http.headers["Authorization"] == "Bearer k"
    await client.close()
