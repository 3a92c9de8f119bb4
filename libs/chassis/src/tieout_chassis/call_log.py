"""The detailed log of calls to ConnectWise, where a tenant switched it on (F215): masked here, kept by config-api.

A witness is told every call that leaves and its answer. What it keeps is told to config-api every few seconds; while
that is away, the newest calls wait, up to a limit. Nothing here may delay a call or make one fail.
"""

import base64
import json
import re
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from itertools import islice
from urllib.parse import quote, quote_plus

import structlog

from tieout_chassis.clock import Clock
from tieout_contracts.calls import BODY_MAX_CHARS, CALLS_AT_ONCE_MAX, LoggedCall, LoggedCalls
from tieout_contracts.connections import ConnectWiseAccess

TOLD_AT_ONCE_MAX_CHARS = 400_000
"""Below config-api's limit of a request's body, whatever the escapes of JSON make of it."""
WAITING_MAX = 1_000
TELL_EVERY_S = 2.0
MASK = "***"
_URL_MAX_CHARS = 4_000
_NAMED = re.compile(
    r"""("[^"]*(?:password|secret|token|authorization|api_?key|private_?key|public_?key|credential)[^"]*"\s*:\s*)"""
    r"""("(?:[^"\\]|\\.)*"|[^,}\]\s]+)""",
    re.IGNORECASE,
)
_IN_QUERY = re.compile(r"([?&][^=&]*(?:password|secret|token|key)[^=&]*=)[^&\s]+", re.IGNORECASE)
_DOOR = re.compile(r"(/callbacks/(?:connectwise|xero|qbo)/)[^/?&#\"\\\s]+")
"""Of an address that a provider is told to call: whoever knows it can call, too."""
_log = structlog.get_logger(__name__)

Witness = Callable[[str, str, bytes, int | None, bytes], None]
"""Told of a call: method, address, body; the answer's status (None: none came) and body."""


class CallLog:
    """Keeps what witnesses were told until `step` has told config-api."""

    def __init__(self, clock: Clock, tell: Callable[[LoggedCalls], Awaitable[None]]) -> None:
        self._clock = clock
        self._tell = tell
        self._waiting: deque[LoggedCall] = deque()
        self._dropped = 0

    def witness_of(self, access: ConnectWiseAccess) -> Witness | None:
        """Who is to be told of this connection's calls; none where the log is off."""
        if not access.log_calls:
            return None

        def witness(method: str, url: str, sent: bytes, status: int | None, received: bytes) -> None:
            self._keep(logged(access, self._clock, method, url, sent, status, received))

        return witness

    async def step(self) -> bool:
        """Tell what waits, oldest first; True when more waits. What cannot be told now waits on."""
        told = tuple(islice(self._waiting, _that_fit(self._waiting)))
        if not told:
            return False
        try:
            await self._tell(LoggedCalls(calls=told, dropped=self._dropped))
        except Exception as error:
            _log.warning("the call log cannot be told", error=f"{type(error).__name__}: {error}")
            return False
        for _ in told:
            self._waiting.popleft()
        self._dropped = 0
        return bool(self._waiting)

    def _keep(self, call: LoggedCall) -> None:
        self._waiting.append(call)
        if len(self._waiting) > WAITING_MAX:
            self._waiting.popleft()
            self._dropped += 1


def logged(
    access: ConnectWiseAccess, clock: Clock, method: str, url: str, sent: bytes, status: int | None, received: bytes
) -> LoggedCall:
    """A call as the log keeps it: no key, password or token, wherever it stood (F216)."""
    secrets = _secrets_of(access)
    return LoggedCall(
        connection_id=access.connection_id,
        at=clock.now(),
        method=method,
        url=masked(url, secrets)[:_URL_MAX_CHARS],
        status=status,
        request_body=_text(sent, secrets),
        answer_body=_text(received, secrets),
    )


def masked(text: str, secrets: Iterable[str]) -> str:
    """Without the given secrets, however they are written, and without values whose name says that they are one."""
    written = {each for secret in secrets if secret for each in _spellings(secret)}
    for each in sorted(written, key=len, reverse=True):
        text = text.replace(each, MASK)
    text = _DOOR.sub(rf"\1{MASK}", text)
    return _IN_QUERY.sub(rf"\1{MASK}", _NAMED.sub(rf'\1"{MASK}"', text))


def _spellings(secret: str) -> set[str]:
    """As it is, in JSON and in an address."""
    in_json = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    return {secret, *in_json, quote(secret, safe=""), quote(secret), quote_plus(secret)}


def _secrets_of(access: ConnectWiseAccess) -> list[str]:
    public, private = access.public_key.get_secret_value(), access.private_key.get_secret_value()
    sign_in = base64.b64encode(f"{access.login_company}+{public}:{private}".encode()).decode()
    return [sign_in, public, private, access.client_id]


def _text(body: bytes, secrets: Iterable[str]) -> str:
    """Masked before it is cut, so that no half of a secret is left at the end; NUL has no place in a table."""
    text = masked(body.decode("utf-8", errors="replace"), secrets).replace("\0", "\ufffd")
    if len(text) <= BODY_MAX_CHARS:
        return text
    note = f"\n[cut: {len(text)} characters in all]"
    return text[: BODY_MAX_CHARS - len(note)] + note


def _that_fit(waiting: Iterable[LoggedCall]) -> int:
    """How many of the first may be told at once; always one."""
    chars = 0
    for number, call in enumerate(waiting):
        chars += len(call.request_body) + len(call.answer_body) + len(call.url)
        if number and (chars > TOLD_AT_ONCE_MAX_CHARS or number == CALLS_AT_ONCE_MAX):
            return number
    return CALLS_AT_ONCE_MAX
