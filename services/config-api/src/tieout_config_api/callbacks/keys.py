"""ConnectWise's signing keys. Nothing is fetched while a callback waits for its answer: one whose key is not known yet
is acknowledged, kept in memory, and verified when the key has come. What is lost with the process costs a wait: the
list is read from time to time anyway."""

import asyncio
from collections import OrderedDict, defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from tieout_chassis.clock import Clock
from tieout_config_api.callbacks.hinting import RECEIVED, Hinting
from tieout_config_api.callbacks.reading import Told
from tieout_config_api.callbacks.signing import is_signed_by_connectwise
from tieout_config_api.pacing import TokenBuckets
from tieout_config_api.store.callbacks import Door
from tieout_providers.errors import ProviderError

KEY_LASTS_S = 3600.0
NO_KEY_LASTS_S = 30.0
NEW_KEY_AFTER_S = 60.0
"""A signature that does not fit is tried with a new key, unless the known one is younger than this."""
MAX_KEYS = 1_000
MAX_WAITING = 200
KEYS_AT_ONCE = 8
KEYS_A_SECOND, KEYS_BURST = 0.2, 5
"""Of one connection: whoever knows its address cannot have us call its site more often."""
_log = structlog.get_logger(__name__)

FetchKey = Callable[[Door, str], Awaitable[str | None]]
"""The key at an address that a callback named; None where that is not the site's own. Raises ProviderError."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A callback whose key is not known."""

    door: Door
    key_url: str
    told: Told | None
    body: bytes
    signature: str


@dataclass(frozen=True, slots=True)
class _Key:
    text: str | None
    fetched_at: datetime
    until: datetime


class SigningKeys:
    """Known keys by connection and address, each for an hour; `step` fetches what callbacks wait for."""

    def __init__(self, fetch: FetchKey, hinting: Hinting, clock: Clock) -> None:
        self._fetch = fetch
        self._hinting = hinting
        self._clock = clock
        self._keys: OrderedDict[tuple[str, str], _Key] = OrderedDict()
        self._waiting: deque[Waiting] = deque()
        self._pace = TokenBuckets(clock, per_second=KEYS_A_SECOND, burst=KEYS_BURST)
        self.woken = asyncio.Event()

    def verdict(self, message: Waiting) -> bool | None:
        """Whether it is signed; None where only a key that is to be fetched can tell."""
        key = self._known(message)
        if key is None:
            return None
        if key.text is None:
            return False
        if is_signed_by_connectwise(message.body, message.signature, key.text):
            return True
        age_s = (self._clock.now() - key.fetched_at).total_seconds()
        return None if age_s > NEW_KEY_AFTER_S else False

    def wait(self, message: Waiting) -> bool:
        """Keep it until its key has come; False where too many wait."""
        if len(self._waiting) >= MAX_WAITING:
            return False
        self._waiting.append(message)
        self.woken.set()
        return True

    async def step(self) -> bool:
        """Fetch the keys of some of those that wait, and verify all that wait for them; whether more wait."""
        of_key: defaultdict[tuple[str, str], list[Waiting]] = defaultdict(list)
        for message in self._waiting:
            place = (message.door.connection_id, message.key_url)
            if place in of_key or len(of_key) < KEYS_AT_ONCE:
                of_key[place].append(message)
        taken = {id(message) for messages in of_key.values() for message in messages}
        self._waiting = deque(message for message in self._waiting if id(message) not in taken)
        await asyncio.gather(*(self._settle(messages) for messages in of_key.values()))
        return bool(self._waiting)

    async def _settle(self, messages: list[Waiting]) -> None:
        first = messages[0]
        if self.verdict(first) is None:
            await self._learn(first)
        for message in messages:
            key = self._known(message)
            if key is None or key.text is None:
                RECEIVED.labels("connectwise", "unverified").inc()
            elif is_signed_by_connectwise(message.body, message.signature, key.text):
                await self._hinting.hint(message.door, [message.told] if message.told else [], message.body)
            else:
                RECEIVED.labels("connectwise", "unsigned").inc()

    async def _learn(self, message: Waiting) -> None:
        """Ask for the key; that there is none is remembered, too, for a while."""
        if self._pace.take(message.door.connection_id):
            return
        text: str | None = None
        try:
            text = await self._fetch(message.door, message.key_url)
        except ProviderError as error:
            _log.warning("no signing key", connection=message.door.connection_id, error=error.sentence)
        now = self._clock.now()
        lasts = timedelta(seconds=NO_KEY_LASTS_S if text is None else KEY_LASTS_S)
        place = (message.door.connection_id, message.key_url)
        self._keys[place] = _Key(text, now, now + lasts)
        self._keys.move_to_end(place)
        while len(self._keys) > MAX_KEYS:
            self._keys.popitem(last=False)

    def _known(self, message: Waiting) -> _Key | None:
        place = (message.door.connection_id, message.key_url)
        key = self._keys.get(place)
        return key if key is not None and key.until > self._clock.now() else None
