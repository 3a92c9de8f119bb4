"""Sealing and opening secrets, the check at the start, and the data key of each tenant."""

import base64
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.database import Database
from tieout_chassis.sealing import Unsealable, new_key, open_with, seal_with
from tieout_chassis.service import CannotStart
from tieout_config_api.store import evidence, keys
from tieout_config_api.vault import envelope
from tieout_config_api.vault.places import VAULTED, Place, tenant_key_place
from tieout_config_api.vault.ring import Ring
from tieout_contracts.keys import TenantKey, TenantKeys
from tieout_contracts.problems import problem

PROOF = b"tieout installation key"
TENANTS_AT_ONCE = 200


class Vault:
    """Secrets in, sealed bytes out. Which key seals is read in the caller's transaction and stays until it ends, so
    that a rotation never misses what is sealed meanwhile."""

    def __init__(self, ring: Ring) -> None:
        self.ring = ring

    @classmethod
    def from_file(cls, path: Path) -> "Vault":
        return cls(Ring.of_file(path))

    async def seal(self, tx: AsyncConnection, place: Place, plain: bytes) -> bytes:
        key_id = await self._current(tx)
        return envelope.seal(self.ring.cipher(key_id), key_id, plain, place.aad)

    def open(self, place: Place, sealed: bytes) -> bytes:
        """The secret. `Unsealable` where it was changed or moved, `KeyMissing` where its key is not in the ring."""
        return envelope.open_(self.ring.cipher(envelope.sealed_by(sealed)), sealed, place.aad)

    async def check(self, database: Database) -> None:
        """Before anything is served: every key that is needed is here, and is the right one. Raises `CannotStart`.
        Afterwards each tenant has a data key."""
        async with database.transaction() as tx:
            for vaulted in VAULTED:
                for key_id in await keys.in_use(tx, vaulted.column):
                    self.ring.cipher(key_id)
            await self._current(tx)
            for row in await keys.installation_keys(tx):
                if row["retired_at"] is None:
                    self._prove(row["key_id"], bytes(row["proof"]))
        while await self._give_keys(database):
            pass

    def proof(self, key_id: str) -> bytes:
        return seal_with(self.ring.cipher(key_id), key_id, PROOF, _proof_of(key_id))

    async def make_tenant_key(self, tx: AsyncConnection, tenant_id: str) -> str:
        """A new data key, which seals for the tenant from now on; its id."""
        key_id, key = new_key()
        wrapped = await self.seal(tx, tenant_key_place(tenant_id, key_id), key)
        await keys.add_tenant_key(tx, tenant_id, key_id, wrapped)
        return key_id

    async def tenant_keys(self, tx: AsyncConnection) -> TenantKeys:
        """Every tenant's, in clear: for the memory of an authenticated service."""
        rows = await keys.tenant_keys(tx)
        return TenantKeys(
            keys=tuple(
                TenantKey(
                    tenant_id=row["tenant_id"],
                    key_id=row["key_id"],
                    key=base64.b64encode(self.open(tenant_key_place(row["tenant_id"], row["key_id"]), row["wrapped"])),
                    current=row["current"],
                )
                for row in rows
            ),
            deleted_tenants=tuple(await keys.deleted_tenants(tx)),
            evidence_of=tuple(await evidence.keeping(tx)),
        )

    async def _current(self, tx: AsyncConnection) -> str:
        """The first start writes down which one it is."""
        key_id = await keys.current_key(tx)
        if key_id is None:
            await keys.note_key(tx, self.ring.first, self.proof(self.ring.first), current=True)
            key_id = await keys.current_key(tx)
        assert key_id is not None
        return key_id

    def _prove(self, key_id: str, proof: bytes) -> None:
        try:
            proved = open_with(self.ring.cipher(key_id), proof, _proof_of(key_id)) == PROOF
        except Unsealable:
            proved = False
        if not proved:
            raise CannotStart(problem("vault.key_wrong", wanted=key_id, where=self.ring.where))

    async def _give_keys(self, database: Database) -> bool:
        async with database.transaction() as tx:
            keyless = await keys.keyless_tenants(tx, TENANTS_AT_ONCE)
            for tenant_id in keyless:
                await self.make_tenant_key(tx, tenant_id)
        return len(keyless) == TENANTS_AT_ONCE


def _proof_of(key_id: str) -> bytes:
    return f"installation_key|{key_id}|proof".encode()
