"""Who may call: Basic keys, the clientId header, the security role and the rate limit."""

import base64
import binascii
import math
from collections import deque
from datetime import datetime, timedelta

from tieout_simulators.connectwise.errors import client_unknown, forbidden, too_many_requests, unauthorized
from tieout_simulators.connectwise.settings import ServerSettings
from tieout_simulators.frame.provider import ProviderCall

WINDOW = timedelta(seconds=60)


def authenticate(call: ProviderCall, settings: ServerSettings) -> None:
    """Raises ``RefusedError`` (401) unless the keys and the clientId are the server's."""
    company, _, rest = _basic_credentials(call.headers.get("authorization", "")).partition("+")
    keys = f"{settings.public_key}:{settings.private_key}"
    if company.lower() != settings.company_id.lower() or rest != keys:
        raise unauthorized()
    if call.headers.get("clientid", "").lower() != settings.client_id.lower():
        raise client_unknown()


def authorize(method: str, path: str, settings: ServerSettings) -> None:
    """Raises ``RefusedError`` (403) for what the security role forbids; ``path`` begins after ``/apis/3.0``."""
    for rule in settings.denied:
        denied_method, _, denied_path = rule.partition(" ")
        covered = path == denied_path or path.startswith(denied_path.rstrip("/") + "/")
        if denied_method in ("*", method) and covered:
            raise forbidden(f"{method} {path}")


class RateLimit:
    """No more than so many calls in any 60 seconds of the simulator's clock."""

    def __init__(self) -> None:
        self._taken: deque[datetime] = deque()

    def take(self, now: datetime, per_minute: int) -> None:
        """Count one call. Raises ``RefusedError`` (429 with Retry-After) when the minute is full; 0 is no limit."""
        if self._taken and self._taken[-1] > now:
            self._taken.clear()
        while self._taken and self._taken[0] <= now - WINDOW:
            self._taken.popleft()
        if not per_minute:
            return
        if len(self._taken) >= per_minute:
            free_at = self._taken[len(self._taken) - per_minute] + WINDOW
            raise too_many_requests(max(1, math.ceil((free_at - now).total_seconds())))
        self._taken.append(now)


def _basic_credentials(header: str) -> str:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
