"""The way in: tokens from config-api, and what is said when there are none."""

from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest
from qbo_writer_kit.config import KnownConfig
from qbo_writer_kit.values import BOOKS

from tieout_chassis.clock import FixedClock
from tieout_chassis.config_client import ConfigUnavailable
from tieout_posting.faults import NoAccess
from tieout_providers.call import OpenGate
from tieout_providers.errors import NotSent
from tieout_providers.testing import PretendedNetwork
from tieout_qbo_writer.qbo.ledger import QboBooks
from tieout_qbo_writer.settings import QboWriterSettings


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


@pytest.mark.parametrize(("day", "asked"), [(date(2025, 10, 31), "2025-10-31"), (date(2999, 1, 1), None)])
async def test_a_day_to_come_takes_the_rate_of_today(
    qbo: QboBooks, network: PretendedNetwork, day: date, asked: str | None
) -> None:
    network.answer(200, json={"ExchangeRate": {"SourceCurrencyCode": "USD", "Rate": 1.5142}})
    session = await qbo.open(BOOKS, OpenGate())
    assert await session.read_rate("USD", day) == Decimal("1.5142")
    (request,) = network.requests
    assert request.url.params["asofdate"] == (asked or FixedClock().now().date().isoformat())


def test_the_engines_options_have_their_settings(tmp_path: Any) -> None:
    settings = QboWriterSettings(database_url="postgresql+asyncpg:///x", sealing_key_file=tmp_path / "key")
    options = settings.options()
    assert options.ledger_timeout_s == settings.ledger_timeout_s == 125.0
    assert options.look_up_members == 100
