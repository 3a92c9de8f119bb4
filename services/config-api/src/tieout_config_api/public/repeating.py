"""Idempotency-Key: a POST that is sent again is answered with the first answer, and done once.

A key belongs to its caller and tenant. The request is claimed before its route runs; its answer is kept, sealed, for a
day. What was refused (4xx), or could not begin because the database was away (503), was not done, so its key is free
again. Where no answer was kept, because the process died or a fault came, it is not known whether it was done: then the
key answers 409 and nothing is done again. So does the key of a route whose answer is shown once: it is never kept.
What people do about themselves (signing in, second factors) is not repeated at all: no trace of a password is kept.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tieout_chassis.clock import Clock
from tieout_chassis.database import Database, is_database_trouble
from tieout_config_api.access.callers import Caller
from tieout_config_api.access.permissions import TABLE
from tieout_config_api.public.door import Rooms, refused
from tieout_config_api.store import idempotency
from tieout_config_api.vault import Place, Vault
from tieout_config_api.vault.places import answer_place

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
KEPT_FOR = timedelta(hours=24)
IN_PROGRESS_S = 120.0
"""After this a request without an answer is not under way any more: nobody knows what became of it."""
MAX_KEYS = 10_000
"""Of one caller in one tenant, within a day."""
MAX_KEPT_BYTES = 2 * 1024 * 1024
AT_ONCE = 1_000
SHOWN_ONCE = frozenset({"create_api_key"})
"""Operations whose answer holds a secret of which only a hash is kept."""
_ABOUT_ONESELF = frozenset({"open", "signing_in", "self"})
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_KEPT_HEADERS = frozenset({"content-type", "etag", "location"})
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Claim:
    owner: str
    key: str
    keeps: bool = True

    @property
    def place(self) -> Place:
        """What its sealed answer is bound to."""
        return answer_place("", self.owner, self.key)


class Replayed(Exception):
    """The request was answered before; this is that answer."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        super().__init__(status)
        self.response = Response(body, status, {**headers, REPLAYED: "true"})


def takes_key(operation: str) -> bool:
    """Whether a POST of this name looks at the header at all."""
    return TABLE[operation].reach not in _ABOUT_ONESELF


async def once(request: Request) -> None:
    """A dependency of every route, after the caller was admitted."""
    key, caller = request.headers.get(HEADER), getattr(request.state, "caller", None)
    operation = request.scope["route"].name
    if request.method != "POST" or key is None or caller is None or not takes_key(operation):
        return
    if not _KEY.fullmatch(key):
        raise refused(422, "api.idempotency_key_invalid")
    rooms: Rooms = request.app.state.rooms
    keeps = operation not in SHOWN_ONCE
    claim = Claim(_owner(caller, request.path_params.get("tenant_id", "")), key, keeps)
    fingerprint = _fingerprint(request, await request.body())
    now = rooms.clock.now()
    async with rooms.database.transaction() as tx:
        if await idempotency.count(tx, claim.owner, MAX_KEYS) >= MAX_KEYS:
            raise refused(429, "api.idempotency_keys_used_up", most=MAX_KEYS)
        expiry = {"claimed_at": now, "expires_at": now + KEPT_FOR}
        claimed = await idempotency.claim(tx, claim.owner, key, fingerprint=fingerprint, **expiry)
        row = None if claimed else await idempotency.one(tx, claim.owner, key)
    if claimed:
        request.scope["state"]["claim"] = claim
        return
    if row is None:
        raise refused(409, "api.idempotency_in_progress")
    if row["fingerprint"] != fingerprint:
        raise refused(422, "api.idempotency_key_reused")
    if row["status"] is not None:
        raise Replayed(row["status"], row["headers"], rooms.vault.open(claim.place, row["body"]))
    under_way = (now - row["claimed_at"]).total_seconds() < IN_PROGRESS_S
    raise refused(409, "api.idempotency_in_progress" if under_way else "api.idempotency_unknown")


def install_replay(app: FastAPI) -> None:
    async def on_replayed(_: Request, error: Exception) -> Response:
        assert isinstance(error, Replayed)
        return error.response

    app.add_exception_handler(Replayed, on_replayed)


class KeptAnswers:
    """Around an application: keeps the answer of a claimed request before it is sent."""

    def __init__(self, app: ASGIApp, database: Database, vault: Vault) -> None:
        self._app = app
        self._database = database
        self._vault = vault

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        state: dict[str, Any] = scope.setdefault("state", {})
        start: Message = {}
        body = bytearray()

        async def sent(message: Message) -> None:
            nonlocal start
            claim: Claim | None = state.get("claim")
            if claim is None:
                await send(message)
            elif message["type"] == "http.response.start":
                start = message
            elif message["type"] == "http.response.body":
                body.extend(message.get("body", b""))
                if not message.get("more_body", False):
                    await self._settle(claim, start, bytes(body))
                    await send(start)
                    await send({"type": "http.response.body", "body": bytes(body)})

        await self._app(scope, receive, sent)

    async def _settle(self, claim: Claim, start: Message, body: bytes) -> None:
        status: int = start["status"]
        try:
            async with self._database.transaction() as tx:
                if 400 <= status < 500 or status == 503:
                    await idempotency.release(tx, claim.owner, claim.key)
                elif status < 400 and claim.keeps and len(body) <= MAX_KEPT_BYTES:
                    pairs = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"])
                    headers = {name: value for name, value in pairs if name in _KEPT_HEADERS}
                    sealed = await self._vault.seal(tx, claim.place, body)
                    await idempotency.keep(tx, claim.owner, claim.key, status=status, headers=headers, body=sealed)
        except Exception as error:
            if not is_database_trouble(error):
                raise
            _log.warning("an answer is not kept: its Idempotency-Key says that nothing is known", error=str(error))


class Forgetting:
    """`step` forgets expired answers, some at a time."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def step(self) -> bool:
        """Whether there may be more."""
        async with self._database.transaction() as tx:
            return await idempotency.purge(tx, self._clock.now(), AT_ONCE) == AT_ONCE


def _owner(caller: Caller, tenant_id: str) -> str:
    return f"{caller_id(caller)}|{tenant_id}"


def caller_id(caller: Caller) -> str:
    """The one thing of a caller that never changes and is nobody else's."""
    return str(caller.key_id or caller.person_id or caller.name)


def _fingerprint(request: Request, body: bytes) -> str:
    head = f"{request.method} {request.url.path}?{request.url.query}\n"
    return hashlib.sha256(head.encode("utf-8", "surrogateescape") + body).hexdigest()
