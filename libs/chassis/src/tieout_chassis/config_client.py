"""Settings and credentials from config-api's internal port, kept in memory with an expiry.

A config-api that is away delays nobody who has what it needs: snapshots stay valid until a newer version can be read,
credentials until they expire. What is not known then is `ConfigUnavailable`, which pauses a handler's partition and
counts no attempt.
"""

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any, Self, TypeVar

import httpx
import structlog
from pydantic import SecretStr, TypeAdapter, ValidationError

from tieout_chassis.clock import Clock, SystemClock
from tieout_chassis.handling import NotNow
from tieout_chassis.settings import encrypted_or_loopback
from tieout_contracts.calls import LoggedCalls
from tieout_contracts.connections import ConnectionAccess, ConnectWiseAccess, LedgerAccess, QboAccess, XeroAccess
from tieout_contracts.keys import TenantKeys
from tieout_contracts.settings import SettingsSnapshot, SettingsSnapshots, SettingsVersions

REFRESH_S = 30.0
CREDENTIALS_TTL_S = 300.0
TOKEN_MARGIN = timedelta(seconds=60)
TIMEOUT_S = 15.0
MAX_ANSWER_BYTES = 64 * 1024 * 1024
MAX_CONNECTIONS = 10_000
SNAPSHOTS_AT_ONCE = 100
_log = structlog.get_logger(__name__)


class ConfigUnavailable(NotNow):
    """config-api could not be asked or cannot give it, and nothing that is still good is kept."""


_ACCESS: TypeAdapter[ConnectionAccess] = TypeAdapter(ConnectionAccess)
_VERSIONS = TypeAdapter(SettingsVersions)
_SNAPSHOTS = TypeAdapter(SettingsSnapshots)
_KEYS = TypeAdapter(TenantKeys)
Model = TypeVar("Model")
Access = TypeVar("Access", ConnectWiseAccess, XeroAccess, QboAccess)


class ConfigClient:
    """What a service asks of config-api. Safe for concurrent use in one event loop."""

    def __init__(
        self,
        url: str,
        key: str | None,
        *,
        clock: Clock | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = httpx.AsyncClient(
            base_url=encrypted_or_loopback(url), headers=headers, timeout=TIMEOUT_S, transport=transport
        )
        self._clock = clock or SystemClock()
        self._snapshots: Mapping[str, SettingsSnapshot] | None = None
        self._versions: Mapping[str, str] = {}
        self._etag: str | None = None
        self._read_again_at = monotonic()
        self._snapshots_lock = asyncio.Lock()
        self._access: dict[str, tuple[float, ConnectionAccess]] = {}
        self._access_locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @classmethod
    def from_key_file(cls, url: str, key_file: Path | None, *, clock: Clock | None = None) -> Self:
        """With the service's own key, read from a file."""
        return cls(url, key_file.read_text().strip() if key_file else None, clock=clock)

    async def snapshots(self) -> Mapping[str, SettingsSnapshot]:
        """The newest known snapshot of each company, by company id; asked again every 30 s and after `refresh`."""
        if self._snapshots is None or monotonic() >= self._read_again_at:
            async with self._snapshots_lock:
                if self._snapshots is None or monotonic() >= self._read_again_at:
                    self._snapshots = await self._read_snapshots(self._snapshots)
                    self._read_again_at = monotonic() + REFRESH_S
        return self._snapshots

    async def snapshot(self, tenant_id: str, company_id: str) -> SettingsSnapshot | None:
        """One company's, or none where there is none (yet)."""
        found = (await self.snapshots()).get(company_id)
        return found if found is not None and found.tenant_id == tenant_id else None

    def refresh(self) -> None:
        """Ask anew next time: a SettingsChanged came."""
        self._read_again_at = monotonic()

    async def connectwise(self, connection_id: str) -> ConnectWiseAccess:
        """The keys of a ConnectWise connection; `ConfigUnavailable` when they cannot be had."""
        return await self._of_kind(ConnectWiseAccess, "ConnectWise", connection_id)

    async def xero(self, connection_id: str, *, refused: SecretStr | None = None) -> XeroAccess:
        """An access token that lives for another minute at least; another one than that which met a 401."""
        return await self._of_kind(XeroAccess, "Xero", connection_id, refused)

    async def qbo(self, connection_id: str, *, refused: SecretStr | None = None) -> QboAccess:
        """The same for QuickBooks Online. `ConfigUnavailable`, too, while the company must be connected again."""
        return await self._of_kind(QboAccess, "QuickBooks Online", connection_id, refused)

    async def tenant_keys(self) -> TenantKeys:
        """Every tenant's data keys, read anew; `TenantSealer` keeps them. What is kept here of tenants deleted
        meanwhile, settings and credentials, is dropped."""
        found = _read(_KEYS, await self._get("/internal/keys", "the tenants' keys"), "the tenants' keys")
        self._forget(frozenset(found.deleted_tenants))
        return found

    async def log_calls(self, calls: LoggedCalls) -> None:
        """Have calls to ConnectWise kept in their tenant's log. `ConfigUnavailable` when they were not taken."""
        try:
            answer = await self._http.post("/internal/calls", json=calls.model_dump(mode="json"))
        except httpx.HTTPError as error:
            raise ConfigUnavailable(f"config-api takes no calls ({type(error).__name__})") from error
        if answer.is_error:
            raise ConfigUnavailable(f"config-api takes no calls: {_title(answer)}")

    async def close(self) -> None:
        self._access.clear()
        await self._http.aclose()

    def _forget(self, tenants: frozenset[str]) -> None:
        kept = self._snapshots or {}
        if any(each.tenant_id in tenants for each in kept.values()):
            self._snapshots = {name: each for name, each in kept.items() if each.tenant_id not in tenants}
            self._versions = {name: each for name, each in self._versions.items() if name in self._snapshots}
            self._etag = None
        self._access = {name: each for name, each in self._access.items() if each[1].tenant_id not in tenants}

    async def _read_snapshots(self, known: Mapping[str, SettingsSnapshot] | None) -> Mapping[str, SettingsSnapshot]:
        """Only those that changed are fetched: of a thousand companies one does."""
        headers = {"If-None-Match": self._etag} if known is not None and self._etag else {}
        try:
            answer = await self._get("/internal/settings/versions", "the settings", headers=headers)
            if known is not None and answer.status_code == httpx.codes.NOT_MODIFIED:
                return known
            versions = _read(_VERSIONS, answer, "the settings").versions
            same = {company for company, version in versions.items() if self._versions.get(company) == version}
            found, newer = await self._some_snapshots([company for company in versions if company not in same])
        except ConfigUnavailable as error:
            if known is None:
                raise
            _log.warning("settings not refreshed", error=str(error))
            return known
        told = versions | newer
        self._etag = answer.headers.get("ETag") if told == versions else None
        self._versions = {company: told[company] for company in versions if company in same or company in found}
        return {company: found[company] if company in found else (known or {})[company] for company in self._versions}

    async def _some_snapshots(self, companies: Sequence[str]) -> tuple[dict[str, SettingsSnapshot], dict[str, str]]:
        """These companies' snapshots, and their versions at that moment."""
        found: dict[str, SettingsSnapshot] = {}
        versions: dict[str, str] = {}
        for first in range(0, len(companies), SNAPSHOTS_AT_ONCE):
            query = {"company": companies[first : first + SNAPSHOTS_AT_ONCE]}
            answer = await self._get("/internal/settings", "the settings", params=query)
            told = _read(_SNAPSHOTS, answer, "the settings")
            found.update((each.company_id, each) for each in told.snapshots)
            versions |= told.versions
        return found, versions

    async def _of_kind(
        self, kind: type[Access], provider: str, connection_id: str, refused: SecretStr | None = None
    ) -> Access:
        access = await self._connection(connection_id, refused)
        if not isinstance(access, kind):
            raise ConfigUnavailable(f"the connection {connection_id} is not one to {provider}")
        return access

    async def _connection(self, connection_id: str, refused: SecretStr | None = None) -> ConnectionAccess:
        async with self._access_locks[connection_id]:
            kept = self._access.get(connection_id)
            if kept is not None and self._good(*kept) and not _bears(kept[1], refused):
                return kept[1]
            query = {} if refused is None else {"refused": token_digest(refused.get_secret_value())}
            what = f"the connection {connection_id}"
            answer = await self._get(f"/internal/connections/{connection_id}", what, params=query)
            access = _read(_ACCESS, answer, what)
            if len(self._access) >= MAX_CONNECTIONS:
                self._access.pop(next(iter(self._access)))
            self._access[connection_id] = (monotonic() + CREDENTIALS_TTL_S, access)
            return access

    def _good(self, until: float, access: ConnectionAccess) -> bool:
        if monotonic() >= until:
            return False
        return not isinstance(access, LedgerAccess) or access.expires_at - TOKEN_MARGIN > self._clock.now()

    async def _get(self, path: str, what: str, **options: Any) -> httpx.Response:
        try:
            answer = await self._http.get(path, **options)
        except httpx.HTTPError as error:
            raise ConfigUnavailable(f"config-api does not give {what} ({type(error).__name__})") from error
        if answer.status_code not in {httpx.codes.OK, httpx.codes.NOT_MODIFIED}:
            raise ConfigUnavailable(f"config-api does not give {what}: {_title(answer)}")
        if len(answer.content) > MAX_ANSWER_BYTES:
            raise ConfigUnavailable(f"config-api's answer for {what} is too large")
        return answer


def token_digest(token: str) -> str:
    """Names a token in an address or a log without telling it."""
    return hashlib.sha256(token.encode()).hexdigest()


def _bears(access: ConnectionAccess, token: SecretStr | None) -> bool:
    return token is not None and isinstance(access, LedgerAccess) and access.access_token == token


def _title(answer: httpx.Response) -> str:
    """config-api's own sentence where it gave one: it names the provider's refusal."""
    try:
        problem = answer.json()
    except ValueError:
        return str(answer.status_code)
    return str(problem.get("title") or answer.status_code) if isinstance(problem, dict) else str(answer.status_code)


def _read(adapter: TypeAdapter[Model], answer: httpx.Response, what: str) -> Model:
    """The answer as its model. It may hold secrets: when it cannot be read, nothing of it is told."""
    try:
        return adapter.validate_json(answer.content)
    except ValidationError:
        raise ConfigUnavailable(f"config-api's answer for {what} cannot be read") from None
