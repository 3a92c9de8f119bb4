"""Sending signed messages: bounded, one at a time, tried again as the provider does, and remembered."""

import contextlib
import http.client
import queue
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tieout_simulators.frame.provider import JsonObject

MAX_WAITING = 10_000
MAX_REMEMBERED = 1_000


@dataclass(slots=True)
class Delivery:
    """One message; ``attempts`` are HTTP statuses, or what went wrong instead. ``ended`` hears whether it arrived."""

    url: str
    body: bytes
    signature: str
    retry_delays_s: tuple[float, ...]
    ended: Callable[["Delivery"], None] | None = None
    attempts: list[int | str] = field(default_factory=list)
    outcome: str = "waiting"

    def described(self) -> JsonObject:
        """For ``/_sim/dump``."""
        return {
            "url": self.url,
            "body": self.body.decode(),
            "attempts": list(self.attempts),
            "outcome": self.outcome,
        }


class WebhookSender:
    """Sends messages from a thread of its own, which begins with the first one. At most 10,000 wait; the newest
    beyond that are dropped and said so in their outcome. ``arrived`` are the statuses that end a message well,
    ``tried_again`` those after which it is sent again (none: after anything else)."""

    def __init__(
        self, signature_header: str, *, timeout_s: float, arrived: range, tried_again: Sequence[int] | None
    ) -> None:
        self._signature_header = signature_header
        self._timeout_s = timeout_s
        self._arrived = arrived
        self._tried_again = tried_again
        self._waiting: queue.Queue[Delivery] = queue.Queue(MAX_WAITING)
        self._remembered: deque[Delivery] = deque(maxlen=MAX_REMEMBERED)
        self._sender: threading.Thread | None = None
        self._never = threading.Event()

    def send(self, delivery: Delivery) -> None:
        """Queue one message."""
        self._remembered.append(delivery)
        if self._sender is None:
            self._sender = threading.Thread(target=self._send_for_ever, name="webhook-sender", daemon=True)
            self._sender.start()
        try:
            self._waiting.put_nowait(delivery)
        except queue.Full:
            delivery.outcome = "dropped"

    def described(self) -> list[JsonObject]:
        """The last 1,000 messages."""
        return [delivery.described() for delivery in list(self._remembered)]

    def _send_for_ever(self) -> None:
        while True:
            delivery = self._waiting.get()
            delivery.outcome = "delivered" if self._deliver(delivery) else "failed"
            if delivery.ended is not None:
                delivery.ended(delivery)

    def _deliver(self, delivery: Delivery) -> bool:
        for wait_s in (0, *delivery.retry_delays_s):
            self._never.wait(wait_s)
            result = self._send_once(delivery)
            delivery.attempts.append(result)
            if result in self._arrived:
                return True
            if self._tried_again is not None and result not in self._tried_again:
                return False
        return False

    def _send_once(self, delivery: Delivery) -> int | str:
        """The status of one POST, or the name of what broke it. Proxies and redirects are not followed."""
        parts = urlsplit(delivery.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        try:
            with contextlib.closing(kind(parts.hostname or "", parts.port, timeout=self._timeout_s)) as connection:
                target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
                headers = {"Content-Type": "application/json", self._signature_header: delivery.signature}
                connection.request("POST", target, delivery.body, headers)
                return connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            return type(error).__name__
