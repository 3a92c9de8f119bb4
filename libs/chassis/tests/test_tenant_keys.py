"""Tenants' data keys in a service's memory."""

import base64

import pytest

from tieout_chassis.config_client import ConfigUnavailable
from tieout_chassis.sealing import Sealer, Unsealable
from tieout_chassis.tenant_keys import GONE_S, KEPT_S, KeyAway, TenantSealer
from tieout_contracts.keys import TenantKey, TenantKeys


class ConfigApi:
    """What config-api would answer, and a clock."""

    def __init__(self) -> None:
        self.keys: list[TenantKey] = []
        self.deleted: tuple[str, ...] = ()
        self.asked = 0
        self.away = False
        self.at = 100.0

    def give(self, tenant: str, key_id: str, *, current: bool = True) -> None:
        kept = [each.model_copy(update={"current": each.current and each.tenant_id != tenant}) for each in self.keys]
        key = base64.b64encode(key_id.encode().ljust(32)).decode()
        self.keys = [*kept, TenantKey(tenant_id=tenant, key_id=key_id, key=key, current=current)]

    async def __call__(self) -> TenantKeys:
        self.asked += 1
        if self.away:
            raise ConfigUnavailable("config-api is away")
        return TenantKeys(keys=tuple(self.keys), deleted_tenants=self.deleted)

    def now(self) -> float:
        return self.at


@pytest.fixture
def config() -> ConfigApi:
    config = ConfigApi()
    config.give("acme", "a1")
    return config


@pytest.fixture
def sealer(config: ConfigApi) -> TenantSealer:
    return TenantSealer(config, now=config.now)


async def test_each_tenant_seals_with_its_own_key(sealer: TenantSealer, config: ConfigApi) -> None:
    config.give("beta", "b1")
    await sealer.ready(["acme", "beta"])
    of_acme, of_beta = (sealer.seal(b"x", b"", tenant) for tenant in ("acme", "beta"))
    assert (of_acme[2:4], of_beta[2:4]) == (b"a1", b"b1")
    assert sealer.open(of_acme, b"") == sealer.open(of_beta, b"") == b"x"
    assert config.asked == 1


async def test_a_key_that_is_not_here_yet_is_no_failure_and_comes_when_it_is_asked_for(
    sealer: TenantSealer, config: ConfigApi
) -> None:
    with pytest.raises(KeyAway):
        sealer.seal(b"x", b"", "acme")
    await sealer.ready(["acme"])
    config.give("new", "n1")
    with pytest.raises(KeyAway):
        sealer.seal(b"x", b"", "new")
    await sealer.ready(["new"])
    assert sealer.open(sealer.seal(b"x", b"", "new"), b"") == b"x"


async def test_after_a_rotation_new_things_take_the_new_key_and_old_ones_open(
    sealer: TenantSealer, config: ConfigApi
) -> None:
    await sealer.ready(["acme"])
    old = sealer.seal(b"x", b"", "acme")
    config.give("acme", "a2")
    await sealer.ready(key_ids=["a2"])
    assert sealer.seal(b"x", b"", "acme")[2:4] == b"a2"
    assert sealer.open(old, b"") == b"x"


async def test_a_destroyed_key_leaves_memory_and_nothing_of_it_opens(sealer: TenantSealer, config: ConfigApi) -> None:
    await sealer.ready(["acme"])
    sealed = sealer.seal(b"x", b"", "acme")
    config.keys, config.deleted = [], ("acme",)
    await sealer.ready(["somebody else"])
    with pytest.raises(KeyAway):
        sealer.open(sealed, b"")
    await sealer.ready(key_ids=["a1"])
    with pytest.raises(Unsealable, match="a1 is gone"):
        sealer.open(sealed, b"")
    assert sealer.is_deleted("acme")
    assert not sealer.is_deleted("beta")


async def test_keys_are_kept_for_a_while_without_config_api_and_not_for_ever(
    sealer: TenantSealer, config: ConfigApi
) -> None:
    await sealer.ready(["acme"])
    sealed = sealer.seal(b"x", b"", "acme")
    config.away = True
    config.at += KEPT_S - 1
    assert sealer.open(sealed, b"") == b"x"
    config.at += 1
    for use in (lambda: sealer.open(sealed, b""), lambda: sealer.seal(b"x", b"", "acme")):
        with pytest.raises(KeyAway):
            use()
    with pytest.raises(ConfigUnavailable):
        await sealer.ready(["acme"])
    config.away = False
    await sealer.ready(["acme"])
    assert sealer.open(sealed, b"") == b"x"


async def test_what_is_not_there_is_not_asked_for_over_and_over(sealer: TenantSealer, config: ConfigApi) -> None:
    for _ in range(5):
        await sealer.ready(["acme"], ["nonsense"])
    assert config.asked == 1
    config.at += GONE_S
    await sealer.ready(["acme"], ["nonsense"])
    assert config.asked == 2


async def test_what_was_sealed_before_tenants_had_keys_still_opens(config: ConfigApi) -> None:
    before = Sealer({"installation": bytes(32)}, "installation")
    sealed = before.seal(b"x", b"here", "acme")
    sealer = TenantSealer(config, before=before, now=config.now)
    assert sealer.open(sealed, b"here") == b"x"
    await sealer.ready(["acme"])
    assert sealer.seal(b"x", b"here", "acme")[2:4] == b"a1"
