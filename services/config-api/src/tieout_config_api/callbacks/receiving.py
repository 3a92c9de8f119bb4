"""Receiving: find whose it is, verify it, publish the hint. Nobody is called on the way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from tieout_chassis.clock import Clock
from tieout_config_api.callbacks.doors import Doors
from tieout_config_api.callbacks.hinting import RECEIVED, Hinting
from tieout_config_api.callbacks.keys import SigningKeys, Waiting
from tieout_config_api.callbacks.reading import NotReadable, Told, read_connectwise, read_qbo, read_xero
from tieout_config_api.callbacks.signing import is_signed
from tieout_config_api.pacing import TokenBuckets
from tieout_config_api.store.callbacks import Door, Provider

CALLBACKS_A_SECOND, CALLBACKS_BURST = 50, 500
"""Of one door."""
SIGNATURE_HEADERS: Final[Mapping[Provider, str]] = {
    "connectwise": "x-content-signature",
    "xero": "x-xero-signature",
    "qbo": "intuit-signature",
}
_READERS = {"xero": read_xero, "qbo": read_qbo}


class UnknownDoor(Exception):
    """Nobody gave this address out."""


class TooMany(Exception):
    """More than one door may send, or more than can wait for their keys."""


@dataclass(frozen=True)
class Receiver:
    """`base_url`: under which the world reaches Tieout; none where it was not told, and nothing is registered then."""

    doors: Doors
    hinting: Hinting
    keys: SigningKeys
    pace: TokenBuckets
    base_url: str | None = None
    apps: Mapping[Provider, Door] = field(default_factory=dict)
    """The installation's own apps, where their webhooks are told."""

    @classmethod
    def of(
        cls,
        doors: Doors,
        hinting: Hinting,
        keys: SigningKeys,
        clock: Clock,
        base_url: str | None,
        app_keys: Mapping[Provider, str],
    ) -> "Receiver":
        pace = TokenBuckets(clock, per_second=CALLBACKS_A_SECOND, burst=CALLBACKS_BURST)
        apps = {provider: Door(f"app:{provider}", None, provider, key.encode()) for provider, key in app_keys.items()}
        return cls(doors, hinting, keys, pace, base_url, apps)

    async def receive_for_app(self, provider: Provider, body: bytes, signature: str) -> bool:
        """The same behind the one address of the installation's own app."""
        door = self.apps.get(provider)
        if door is None:
            RECEIVED.labels(provider, "unknown").inc()
            raise UnknownDoor
        return bool(await self._receive(door, body, signature))

    async def receive(self, provider: Provider, token: str, body: bytes, signature: str) -> bool | None:
        """Whether it is signed; None where that is seen later. What is signed and makes no sense is taken all the same:
        to send it again would not help. Raises UnknownDoor and TooMany."""
        door = await self.doors.find(token)
        if door is None or door.provider != provider:
            RECEIVED.labels(provider, "unknown").inc()
            raise UnknownDoor
        return await self._receive(door, body, signature)

    async def _receive(self, door: Door, body: bytes, signature: str) -> bool | None:
        if self.pace.take(door.connection_id):
            raise _busy(door.provider)
        try:
            if door.provider == "connectwise":
                return await self._connectwise(door, body, signature)
            return await self._signed(door, body, signature)
        except NotReadable:
            RECEIVED.labels(door.provider, "unreadable").inc()
            return door.provider != "connectwise"

    async def _signed(self, door: Door, body: bytes, signature: str) -> bool:
        """Nothing of the body is read before its signature fits."""
        if door.webhook_key is None or not is_signed(body, signature, door.webhook_key):
            RECEIVED.labels(door.provider, "unsigned").inc()
            return False
        told = _READERS[door.provider](body)
        await self.hinting.hint(door, told, body)
        return True

    async def _connectwise(self, door: Door, body: bytes, signature: str) -> bool | None:
        message = read_connectwise(body)
        waiting = Waiting(door, message.key_url, message.told, body, signature)
        signed = self.keys.verdict(waiting)
        if signed:
            told: list[Told] = [message.told] if message.told else []
            await self.hinting.hint(door, told, body)
        elif signed is None:
            if not self.keys.wait(waiting):
                raise _busy(door.provider)
            RECEIVED.labels(door.provider, "waiting").inc()
        else:
            RECEIVED.labels(door.provider, "unsigned").inc()
        return signed


def _busy(provider: Provider) -> TooMany:
    RECEIVED.labels(provider, "busy").inc()
    return TooMany()
