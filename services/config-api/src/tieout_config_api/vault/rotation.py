"""Another installation key, while everything runs.

    known ─► current (from here on nobody seals with the one of before) ─► every secret wrapped again, a slice at a
    time ─► the old key retired, once nothing needs it

Each slice is a transaction: killed anywhere, it goes on where it was. No secret is opened; only its data key is wrapped
again (one of before there were data keys is sealed anew).
"""

from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from tieout_chassis.database import Database
from tieout_config_api.store import keys
from tieout_config_api.vault import envelope
from tieout_config_api.vault.places import VAULTED, Vaulted
from tieout_config_api.vault.vault import Vault

SLICE_ROWS = 100


@dataclass(frozen=True, slots=True)
class KeyStanding:
    """One installation key: whether it seals, whether it is in the ring, and how many secrets of which kind need it."""

    key_id: str
    current: bool
    retired: bool
    in_ring: bool
    needed_by: Mapping[str, int]


class Rotation:
    """Goes to the ring's first key."""

    def __init__(self, database: Database, vault: Vault, *, slice_rows: int = SLICE_ROWS) -> None:
        self._database = database
        self._vault = vault
        self._slice_rows = slice_rows

    async def standing(self) -> list[KeyStanding]:
        """Every key that the database knows, oldest first."""
        needed: dict[str, dict[str, int]] = {}
        async with self._database.transaction() as tx:
            for vaulted in VAULTED:
                for key_id, secrets in (await keys.in_use(tx, vaulted.column)).items():
                    needed.setdefault(key_id, {})[vaulted.table.name] = secrets
            known = await keys.installation_keys(tx)
        return [
            KeyStanding(
                row["key_id"],
                row["current"],
                row["retired_at"] is not None,
                row["key_id"] in self._vault.ring.ids,
                needed.get(row["key_id"], {}),
            )
            for row in known
        ]

    async def is_under_way(self) -> bool:
        """Whether the ring's first key is not yet the one that everything needs."""
        standing = await self.standing()
        return any(each.needed_by for each in standing if not each.current) or not any(
            each.current and each.key_id == self._vault.ring.first for each in standing
        )

    async def run(self) -> AsyncIterator[int]:
        """Yields after each slice how many secrets were wrapped again so far."""
        target, done = self._vault.ring.first, 0
        async with self._database.transaction() as tx:
            await keys.note_key(tx, target, self._vault.proof(target), current=False)
            await keys.make_current(tx, target)
        for vaulted in VAULTED:
            while wrapped := await self._slice(vaulted, target):
                done += wrapped
                yield done

    async def retire(self, needed_elsewhere: Collection[str]) -> list[str]:
        """Which keys nothing needs from now on. `needed_elsewhere`: keys that bodies in other tables still need."""
        idle = [
            each.key_id
            for each in await self.standing()
            if not (each.current or each.needed_by or each.retired or each.key_id in needed_elsewhere)
        ]
        async with self._database.transaction() as tx:
            for key_id in idle:
                await keys.retire(tx, key_id)
        return idle

    async def _slice(self, vaulted: Vaulted, target: str) -> int:
        column = vaulted.column
        old = sa.and_(column.is_not(None), keys.sealed_by(column) != target)
        chosen = sa.select(vaulted.tenant.label("tenant"), column, *vaulted.row).where(old).order_by(*vaulted.row)
        async with self._database.transaction() as tx:
            locked = chosen.limit(self._slice_rows).with_for_update(of=vaulted.table, key_share=True)
            rows = (await tx.execute(locked)).all()
            for tenant_id, sealed, *row in rows:
                again = self._again(vaulted.place(tenant_id, *row).aad, bytes(sealed), target)
                mine = (key == value for key, value in zip(vaulted.row, row, strict=True))
                await tx.execute(sa.update(vaulted.table).where(*mine).values({column.name: again}))
        return len(rows)

    def _again(self, place: bytes, sealed: bytes, target: str) -> bytes:
        ring = self._vault.ring
        old, new = ring.cipher(envelope.sealed_by(sealed)), ring.cipher(target)
        return envelope.wrap_again(old, new, target, sealed, place)
