"""The way in: tokens from config-api, and what is said when there are none."""

from typing import Any

import httpx
import pytest
from qbo_writer_kit.config import KnownConfig
from qbo_writer_kit.values import BOOKS

from tieout_chassis.config_client import ConfigUnavailable
from tieout_posting.faults import NoAccess
from tieout_providers.call import OpenGate
from tieout_providers.errors import NotSent
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


def test_the_engines_options_have_their_settings(tmp_path: Any) -> None:
    settings = QboWriterSettings(database_url="postgresql+asyncpg:///x", sealing_key_file=tmp_path / "key")
    options = settings.options()
    assert options.ledger_timeout_s == settings.ledger_timeout_s == 125.0
    assert options.look_up_members == 100
