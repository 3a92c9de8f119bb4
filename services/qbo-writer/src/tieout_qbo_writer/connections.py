"""Config from config-api: snapshots through the chassis' client, access tokens of QuickBooks Online beside it."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta

import httpx
from pydantic import SecretStr, ValidationError

from tieout_chassis.clock import Clock, SystemClock
from tieout_chassis.config_client import ConfigClient, ConfigUnavailable, token_digest
from tieout_chassis.settings import encrypted_or_loopback
from tieout_contracts.settings import SettingsSnapshot
from tieout_qbo_writer.config import QboAccess

TIMEOUT_S = 15.0
TOKEN_MARGIN = timedelta(seconds=60)
MAX_KEPT = 10_000


class ConfigApi:
    """The writer's `Config`. A token is kept until a minute before it runs out, or until it was refused."""

    def __init__(
        self,
        client: ConfigClient,
        url: str,
        key: str | None,
        *,
        clock: Clock | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = client
        self._http = httpx.AsyncClient(
            base_url=encrypted_or_loopback(url), headers=headers, timeout=TIMEOUT_S, transport=transport
        )
        self._clock = clock or SystemClock()
        self._kept: dict[str, QboAccess] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def snapshots(self) -> Mapping[str, SettingsSnapshot]:
        """The newest settings of each company."""
        return await self._client.snapshots()

    def refresh(self) -> None:
        """Ask for the settings anew next time."""
        self._client.refresh()

    async def qbo(self, connection_id: str, *, refused: SecretStr | None = None) -> QboAccess:
        """A token that lives for another minute at least, another one than that which met a 401."""
        async with self._locks[connection_id]:
            kept = self._kept.get(connection_id)
            if kept is not None and self._good(kept) and kept.access_token != refused:
                return kept
            access = await self._ask(connection_id, refused)
            if len(self._kept) >= MAX_KEPT:
                self._kept.pop(next(iter(self._kept)))
            self._kept[connection_id] = access
            return access

    async def close(self) -> None:
        """Forget every token."""
        self._kept.clear()
        await self._http.aclose()

    def _good(self, access: QboAccess) -> bool:
        return access.expires_at - TOKEN_MARGIN > self._clock.now()

    async def _ask(self, connection_id: str, refused: SecretStr | None) -> QboAccess:
        what = f"the connection {connection_id}"
        query = {} if refused is None else {"refused": token_digest(refused.get_secret_value())}
        try:
            answer = await self._http.get(f"/internal/connections/{connection_id}", params=query)
        except httpx.HTTPError as error:
            raise ConfigUnavailable(f"config-api does not give {what} ({type(error).__name__})") from error
        if answer.status_code != httpx.codes.OK:
            raise ConfigUnavailable(f"config-api does not give {what}: {answer.status_code}")
        try:
            return QboAccess.model_validate_json(answer.content)
        except ValidationError:  # it may hold secrets: nothing of it is told
            raise ConfigUnavailable(f"{what} is not one to QuickBooks Online") from None
