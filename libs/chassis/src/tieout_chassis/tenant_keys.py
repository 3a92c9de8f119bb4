"""Every tenant's data keys in a service's memory: asked of config-api, kept for a while, never written anywhere.

Whoever is about to read or write for a tenant says so (`ready`), and a key that is not here yet is fetched. Where code
cannot wait, sealing and opening raise `KeyAway`: nothing happened, the keys are asked for, and it is tried again.
"""

import asyncio
import base64
from collections.abc import Awaitable, Callable, Collection
from time import monotonic

import structlog
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tieout_chassis.handling import NotNow
from tieout_chassis.loops import Loop, worker_loop
from tieout_chassis.sealing import Sealer, Unsealable, cipher_of, key_id_of, open_with, seal_with
from tieout_contracts.keys import TenantKeys

KEPT_S = 900.0
"""config-api may be away for so long before nothing can be opened any more."""
GONE_S = 1.0
"""What was asked for and is not there is not asked for again before."""
RETRY_S = 0.5
MAX_GONE = 10_000
_log = structlog.get_logger(__name__)


class KeyAway(NotNow):
    """A tenant's key is not in memory; it has been asked for."""

    def __init__(self, what: str) -> None:
        super().__init__(f"the sealing key of {what} is not here yet", after_s=RETRY_S)


class TenantSealer(Sealer):
    """Seals with the tenant's own key. `before`: the keys that sealed before tenants had their own; they only open."""

    def __init__(
        self,
        source: Callable[[], Awaitable[TenantKeys]],
        *,
        before: Sealer | None = None,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._source = source
        self._before = before
        self._now = now
        self._ciphers: dict[str, AESGCM] = {}
        self._current_of: dict[str, str] = {}
        self._deleted: frozenset[str] = frozenset()
        self._evidence_of: frozenset[str] = frozenset()
        self._until = self._now()
        self._gone: dict[str, float] = {}
        self._missed: set[str] = set()
        self._asking = asyncio.Lock()
        self._wanted = asyncio.Event()

    async def ready(self, tenant_ids: Collection[str] = (), key_ids: Collection[str] = ()) -> None:
        if not self._missing(tenant_ids, key_ids):
            return
        async with self._asking:
            if missing := self._missing(tenant_ids, key_ids):
                await self._ask()
                self._note_gone(missing)

    @property
    def deleted(self) -> frozenset[str]:
        """Tenants whose keys were destroyed, as far as it is known here."""
        return self._deleted

    def is_deleted(self, tenant_id: str) -> bool:
        return tenant_id in self._deleted

    def keeps_evidence(self, tenant_id: str) -> bool:
        """As config-api said last: what a tenant chose is taken up within a minute."""
        return tenant_id in self._evidence_of

    def seal(self, plain: bytes, aad: bytes, tenant_id: str) -> bytes:
        """`KeyAway` where the tenant's key is not in memory."""
        key_id = self._current_of.get(tenant_id) if self._fresh else None
        if key_id is None:
            self._wanted.set()
            raise KeyAway(f"the tenant {tenant_id}")
        return seal_with(self._ciphers[key_id], key_id, plain, aad)

    def open(self, sealed: bytes, aad: bytes) -> bytes:
        """The value; `KeyAway`, or `Unsealable` where config-api says that there is no such key."""
        key_id = key_id_of(sealed)
        cipher = self._ciphers.get(key_id) if self._fresh else None
        if cipher is not None:
            return open_with(cipher, sealed, aad)
        if self._before is not None and self._before.has(key_id):
            return self._before.open(sealed, aad)
        if self._fresh and key_id in self._gone:
            raise Unsealable(f"the sealing key {key_id} is gone")
        if len(self._missed) < MAX_GONE:
            self._missed.add(key_id)
        self._wanted.set()
        raise KeyAway(f"the id {key_id}")

    def loop(self, refresh_s: float) -> Loop:
        """Keeps the keys as config-api has them; at once where one is missed."""

        async def step() -> bool:
            async with self._asking:
                missed = set(self._missed)
                try:
                    await self._ask()
                except NotNow as error:
                    _log.warning("tenants' keys not refreshed", error=str(error))
                else:
                    self._note_gone(missed)
            return False

        return worker_loop("tenants' keys", step, idle_wait_s=refresh_s, wake=self._wanted)

    def forget(self) -> None:
        """Nothing is left in memory."""
        self._ciphers.clear()
        self._current_of.clear()
        self._until = self._now()

    @property
    def _fresh(self) -> bool:
        return self._now() < self._until

    async def _ask(self) -> None:
        answer = await self._source()
        self._ciphers = {
            each.key_id: cipher_of(each.key_id, base64.b64decode(each.key.get_secret_value())) for each in answer.keys
        }
        self._current_of = {each.tenant_id: each.key_id for each in answer.keys if each.current}
        self._deleted = frozenset(answer.deleted_tenants)
        if self._evidence_of != frozenset(answer.evidence_of):
            self._evidence_of = frozenset(answer.evidence_of)
            _log.info("which tenants keep evidence has changed", tenants=len(self._evidence_of))
        self._until = self._now() + KEPT_S

    def _missing(self, tenant_ids: Collection[str], key_ids: Collection[str]) -> list[str]:
        wanted = [name for name in {*tenant_ids, *key_ids} if not self._fresh or not self._has(name)]
        return [name for name in wanted if not self._fresh or self._gone.get(name, 0.0) <= self._now()]

    def _has(self, name: str) -> bool:
        known = name in self._ciphers or name in self._current_of or name in self._deleted
        return known or (self._before is not None and self._before.has(name))

    def _note_gone(self, names: Collection[str]) -> None:
        """Of what was asked for, that which config-api does not have."""
        again_at = self._now() + GONE_S
        self._gone = {name: again_at for name in list(names)[:MAX_GONE] if not self._has(name)}
        self._missed.clear()
