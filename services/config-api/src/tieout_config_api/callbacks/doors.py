"""The address that a connection's provider calls: unguessable, kept sealed, looked up by its digest."""

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis import exact_json
from tieout_chassis.clock import Clock
from tieout_chassis.database import Database
from tieout_config_api.store import Row, callbacks
from tieout_config_api.store.callbacks import Door
from tieout_config_api.vault import Place, Vault
from tieout_config_api.vault.places import door_secret

TOKEN_BYTES = 24
KNOWN_FOR_S = 30.0
MAX_KNOWN = 1_000


class Doors:
    """Finds doors, and remembers for half a minute those that it found: a callback costs one transaction."""

    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._known: OrderedDict[str, tuple[Door, datetime]] = OrderedDict()

    async def find(self, token: str) -> Door | None:
        """None for an address that nobody gave out, or that is switched off."""
        digest, now = digest_of(token), self._clock.now()
        known = self._known.get(digest)
        if known is not None and known[1] > now:
            return known[0]
        async with self._database.transaction() as tx:
            row = await callbacks.by_digest(tx, digest)
        if row is None:
            return None
        key = opened(self._vault, row).get("webhook_key")
        door = Door(row["connection_id"], row["tenant_id"], row["provider"], key.encode() if key else None)
        self._known[digest] = (door, now + timedelta(seconds=KNOWN_FOR_S))
        self._known.move_to_end(digest)
        while len(self._known) > MAX_KNOWN:
            self._known.popitem(last=False)
        return door

    def forget(self, token: str) -> None:
        """It was changed here just now."""
        self._known.pop(digest_of(token), None)


async def new_door(vault: Vault, tx: AsyncConnection, connection: Row, provider: str, at: datetime) -> dict[str, Any]:
    """The columns of a door with an address of its own."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    place = {"connection_id": connection["connection_id"], "tenant_id": connection["tenant_id"]}
    secret = await sealed(vault, tx, place, {"token": token})
    return {**place, "provider": provider, "token_digest": digest_of(token), "secret": secret, "next_check_at": at}


def address_of(base_url: str, row: Row, vault: Vault) -> str:
    """ConnectWise appends the record's id to its own; it is in the body, too."""
    address = f"{base_url}/callbacks/{row['provider']}/{opened(vault, row)['token']}"
    return f"{address}?recordId=" if row["provider"] == "connectwise" else address


def opened(vault: Vault, row: Row) -> dict[str, str]:
    """The door's token and, once it is known, the key of its messages."""
    found: dict[str, str] = exact_json.loads(vault.open(_place(row), row["secret"]))
    return found


async def sealed(vault: Vault, tx: AsyncConnection, row: Mapping[Any, Any], secret: Mapping[str, str]) -> bytes:
    return await vault.seal(tx, _place(row), exact_json.dumps(dict(secret)).encode())


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _place(row: Mapping[Any, Any]) -> Place:
    return door_secret(row["tenant_id"], row["connection_id"])
