"""The way in: tokens from config-api, and what is said when there are none."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from qbo_writer_kit.config import KnownConfig
from qbo_writer_kit.values import BOOKS, TENANT

from tieout_chassis.clock import FixedClock
from tieout_chassis.config_client import ConfigClient, ConfigUnavailable, token_digest
from tieout_posting.faults import NoAccess
from tieout_providers.call import OpenGate
from tieout_providers.errors import NotSent
from tieout_qbo_writer.connections import ConfigApi
from tieout_qbo_writer.qbo.ledger import QboBooks
from tieout_qbo_writer.settings import QboWriterSettings

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


class Owner:
    """config-api's internal port."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []
        self.tokens = ["first", "second"]
        self.answer: httpx.Response | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if self.answer is not None:
            return self.answer
        if request.url.path == "/internal/settings":
            return httpx.Response(200, json={"snapshots": []})
        access: dict[str, Any] = {
            "kind": "qbo",
            "connection_id": request.url.path.rpartition("/")[2],
            "tenant_id": TENANT,
            "api_url": "https://quickbooks.api.intuit.com",
            "access_token": self.tokens.pop(0),
            "expires_at": (NOW + timedelta(hours=1)).isoformat(),
        }
        return httpx.Response(200, json=access)


def config_api(owner: Owner, clock: FixedClock) -> ConfigApi:
    url, transport = "http://127.0.0.1:8710", httpx.MockTransport(owner)
    client = ConfigClient(url, "key", transport=transport)
    return ConfigApi(client, url, "key", clock=clock, transport=transport)


async def test_a_token_is_kept_until_it_runs_out_or_was_refused() -> None:
    owner, clock = Owner(), FixedClock(NOW)
    config = config_api(owner, clock)
    first = await config.qbo("qbo-101")
    assert first.access_token.get_secret_value() == "first"
    assert await config.qbo("qbo-101") is first
    second = await config.qbo("qbo-101", refused=SecretStr("first"))
    assert second.access_token.get_secret_value() == "second"
    assert owner.asked[-1].url.params["refused"] == token_digest("first")
    assert owner.asked[-1].headers["authorization"] == "Bearer key"
    assert len(owner.asked) == 2
    owner.tokens.append("third")
    clock.advance(3600 - 59)
    assert (await config.qbo("qbo-101")).access_token.get_secret_value() == "third"
    assert await config.snapshots() == {}
    config.refresh()
    await config.close()


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(503),
        httpx.Response(200, json={"kind": "xero", "access_token": "secret"}),
        httpx.Response(200, text="<html>"),
    ],
)
async def test_what_is_no_access_is_told_without_its_secrets_I8(answer: httpx.Response) -> None:
    owner = Owner()
    owner.answer = answer
    config = config_api(owner, FixedClock(NOW))
    with pytest.raises(ConfigUnavailable) as told:
        await config.qbo("qbo-101")
    assert "secret" not in f"{told.value!r}{told.value.__cause__!r}"
    await config.close()


async def test_a_connection_of_another_tenant_is_no_way_in_I7(qbo: QboBooks, config: KnownConfig) -> None:
    config.tenant_id = "somebody"
    with pytest.raises(NoAccess, match="another tenant"):
        await qbo.open(BOOKS, OpenGate())


async def test_while_config_api_is_away_nothing_was_sent(qbo: QboBooks, config: KnownConfig) -> None:
    config.away = ConfigUnavailable("away")
    config.away.__cause__ = httpx.ConnectError("refused")
    with pytest.raises(NotSent):
        await qbo.open(BOOKS, OpenGate())
    config.away = ConfigUnavailable("no such connection")
    with pytest.raises(NoAccess, match="no such connection"):
        await qbo.open(BOOKS, OpenGate())


async def test_a_refused_token_is_named_when_another_is_asked_for(qbo: QboBooks, config: KnownConfig) -> None:
    config.tokens = ["first", "second"]
    await qbo.open(BOOKS, OpenGate())
    session = await qbo.open(BOOKS, OpenGate(), fresh=True)
    assert config.asked == [None, "first"]
    (budget,) = session.budgets
    assert (budget.minute, budget.day) == (40, None)


def test_the_engines_options_have_their_settings(tmp_path: Any) -> None:
    settings = QboWriterSettings(database_url="postgresql+asyncpg:///x", sealing_key_file=tmp_path / "key")
    options = settings.options()
    assert options.ledger_timeout_s == settings.ledger_timeout_s == 125.0
    assert options.look_up_members == 100
