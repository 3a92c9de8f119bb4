"""The socket's side of a call: one shared httpx client, limits on time and size, and what a failure means.

No retries here, nor in the transport: a create that is silently sent again is the fault this product exists to avoid.
"""

import asyncio
import ipaddress
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

import httpx

from tieout_providers.call import Answer, Call
from tieout_providers.errors import (
    NotSent,
    OutcomeUnknown,
    Provider,
    ProviderError,
    Unavailable,
    Unreadable,
    Unsendable,
)

DEFAULT_TOTAL_TIMEOUT_S = 60.0
CONNECT_TIMEOUT_S = 10.0
MAX_ANSWER_BYTES = 64 * 1024 * 1024
MAX_RETRY_AFTER_S = 7 * 24 * 3600.0
SAMPLE_CHARS = 300
HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")
LOOPBACK_PATTERNS = ("all://127.0.0.1", "all://localhost", "all://[::1]")

# What httpx raises before the first byte of the request has left.
BEFORE_SENDING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


def open_http(*, max_connections: int = 40) -> httpx.AsyncClient:
    """The HTTP client that a process shares among its providers. Close it with `aclose()`.

    Proxies of the environment are honoured, except for loopback. Redirects are not followed: they would carry
    credentials to another host. The total time of a call is bounded by `exchange`.
    """
    return httpx.AsyncClient(
        timeout=CONNECT_TIMEOUT_S,
        limits=httpx.Limits(max_connections=max_connections, max_keepalive_connections=20, keepalive_expiry=15.0),
        follow_redirects=False,
        mounts=dict.fromkeys(LOOPBACK_PATTERNS),
        headers={"User-Agent": "tieout"},
    )


def checked_base_url(provider: Provider, url: str, kind: str) -> str:
    """`url` without a trailing slash. Raises Unsendable unless it is https, or http on a loopback host (F3)."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, TypeError):
        raise Unsendable(provider, kind, f"{provider.name}'s address is no valid address.") from None
    if parsed.userinfo or parsed.query or not (HOST.fullmatch(parsed.host) or is_loopback(parsed.host)):
        raise Unsendable(provider, kind, f"{provider.name}'s address must be a host without a name or password in it.")
    if parsed.scheme != "https" and not (parsed.scheme == "http" and is_loopback(parsed.host)):
        raise Unsendable(provider, kind, f"{provider.name}'s address must begin with https://.")
    return url.rstrip("/")


def is_loopback(host: str) -> bool:
    """True for localhost and the loopback addresses, which never leave the machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


async def exchange(
    http: httpx.AsyncClient,
    provider: Provider,
    base_url: str,
    call: Call,
    secrets: Mapping[str, str],
    *,
    timeout_s: float = DEFAULT_TOTAL_TIMEOUT_S,
) -> Answer:
    """Send `call` once and return the answer, whatever its status.

    `timeout_s` bounds everything from the first connect to the last byte. Waiting for a free connection, connecting
    and TLS get a quarter of it each (10 s at most), so that when the whole time is over the bytes have left. Raises
    NotSent when nothing left the machine; otherwise, when no whole answer came, OutcomeUnknown for a change and
    Unavailable for a read.
    """
    headers = dict(call.headers) | dict(secrets)
    if call.idempotency_key is not None:
        headers["Idempotency-Key"] = call.idempotency_key
    patience_s = min(CONNECT_TIMEOUT_S, timeout_s / 4)
    request = http.build_request(
        call.method,
        base_url + call.target,
        content=call.body or None,
        headers=headers,
        timeout=httpx.Timeout(None, connect=patience_s, pool=patience_s),
    )
    try:
        async with asyncio.timeout(timeout_s):
            return await _send_and_read(http, request)
    except BEFORE_SENDING as error:
        raise NotSent(provider, _reason(error)) from error
    except TimeoutError as error:
        raise lost(provider, call, f"no whole answer within {timeout_s:g} s") from error
    except (httpx.TransportError, httpx.DecodingError) as error:
        raise lost(provider, call, _reason(error)) from error
    except _TooLarge as error:
        raise unreadable(provider, call, f"more than {MAX_ANSWER_BYTES} bytes") from error


def lost(provider: Provider, call: Call, reason: str, answer: Answer | None = None) -> ProviderError:
    """The error for a call that left and has no usable answer: none at all, or a server error."""
    status = answer.status if answer else None
    if call.changes:
        return OutcomeUnknown(provider, reason, status=status)
    return Unavailable(provider, reason, status=status, retry_after_s=retry_after_s(answer) if answer else None)


def unreadable(provider: Provider, call: Call, reason: str, answer: Answer | None = None) -> ProviderError:
    """The error for an answer that cannot be read: after a change its outcome is unknown."""
    if call.changes:
        return OutcomeUnknown(provider, reason, status=answer.status if answer else None)
    status, sample = (answer.status, sample_of(answer)) if answer else (None, "")
    return Unreadable(provider, reason, sample=sample, status=status)


def sample_of(answer: Answer) -> str:
    """The beginning of a body, fit for one line of a log or a message."""
    text = answer.body[: SAMPLE_CHARS * 4].decode("utf-8", errors="replace")
    return " ".join(text.split())[:SAMPLE_CHARS]


def retry_after_s(answer: Answer) -> float | None:
    """Seconds that `Retry-After` asks for, in either of its forms; None if it is missing or nonsense."""
    value = (answer.header("retry-after") or "").strip()
    if not value:
        return None
    try:
        seconds = float(value) if value.replace(".", "", 1).isdecimal() else _seconds_until(value, answer)
    except (ValueError, TypeError):
        return None
    return None if seconds is None else min(max(seconds, 0.0), MAX_RETRY_AFTER_S)


def _seconds_until(http_date: str, answer: Answer) -> float | None:
    sent = answer.header("date")
    if sent is None:
        return None
    return (parsedate_to_datetime(http_date) - parsedate_to_datetime(sent)).total_seconds()


class _TooLarge(Exception):
    pass


async def _send_and_read(http: httpx.AsyncClient, request: httpx.Request) -> Answer:
    response = await http.send(request, stream=True)
    try:
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > MAX_ANSWER_BYTES:
                raise _TooLarge
        kept = {name.lower(): value for name, value in response.headers.items() if name.lower() != "set-cookie"}
        return Answer(response.status_code, kept, bytes(body))
    finally:
        await response.aclose()


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"[:SAMPLE_CHARS] if text else type(error).__name__
