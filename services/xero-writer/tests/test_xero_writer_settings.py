"""The settings are the engine's options under their own names."""

from dataclasses import fields
from pathlib import Path

import pytest
from pydantic import ValidationError

from tieout_posting.options import Options
from tieout_xero_writer.settings import XeroWriterSettings
from tieout_xero_writer.xero.limits import CALLS_A_MINUTE, LIMITS

NEEDED = {"database_url": "postgresql+asyncpg://localhost/tieout", "sealing_key_file": Path("key")}


def test_every_option_of_the_engine_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in fields(Options):
        assert field.name in XeroWriterSettings.model_fields, field.name
    monkeypatch.setenv("TIEOUT_BULK_LINGER_S", "0.25")
    assert XeroWriterSettings(**NEEDED).options().bulk_linger_s == 0.25


def test_what_is_not_set_is_the_engines_own_except_for_look_ups() -> None:
    options, own = XeroWriterSettings(**NEEDED).options(), Options()
    differing = {field.name for field in fields(Options) if getattr(options, field.name) != getattr(own, field.name)}
    assert differing == {"look_up_members"}
    assert options.look_up_members < CALLS_A_MINUTE


def test_a_call_is_over_before_its_key_grows_old() -> None:
    with pytest.raises(ValidationError):
        XeroWriterSettings(**NEEDED, ledger_timeout_s=201)
    assert XeroWriterSettings(**NEEDED, ledger_timeout_s=200).options().call_lease_s < LIMITS.key_lifetime_s
