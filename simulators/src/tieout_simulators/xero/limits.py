"""Xero's call limits, by the simulator's clock. https://developer.xero.com oauth2/limits

For each organisation and app: 5 calls at once, 60 a minute, 1,000 or 5,000 a day; for each app 10,000 a minute over
all organisations. Windows are fixed and begin with the first call. Refused calls are not counted (unconfirmed).
"""

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta

MINUTE_S = 60
DAY_S = 86_400
APP_MINUTE_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What one app may do; each but the last for one organisation."""

    minute: int = 60
    day: int = 1_000
    concurrent: int = 5
    app_minute: int = APP_MINUTE_LIMIT


@dataclass(slots=True)
class _Window:
    length_s: int
    limit: int
    used: int = 0
    began: datetime | None = None

    def roll(self, now: datetime) -> None:
        """Begin anew when the window is over, or the clock was set back before it."""
        if self.began is None or not 0 <= (now - self.began).total_seconds() < self.length_s:
            self.began, self.used = now, 0

    @property
    def remaining(self) -> int:
        return max(self.limit - self.used, 0)

    def retry_after_s(self, now: datetime) -> int:
        assert self.began is not None, "a full window has begun"
        return max(math.ceil((self.began + timedelta(seconds=self.length_s) - now).total_seconds()), 1)


@dataclass(slots=True)
class Refusal:
    """Which limit was hit; only the minute and the day say when to come back."""

    problem: str
    retry_after_s: int | None


@dataclass(slots=True)
class _Usage:
    minute: _Window
    day: _Window
    in_flight: int = 0


@dataclass(slots=True)
class Meter:
    """Counts the calls of one app."""

    limits: Limits
    _app_minute: _Window = field(init=False)
    _by_tenant: dict[str, _Usage] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._app_minute = _Window(MINUTE_S, self.limits.app_minute)

    def enter(self, tenant_id: str, now: datetime) -> Refusal | None:
        """Count a call that begins, or refuse it. A call let in must ``leave``."""
        usage = self._usage(tenant_id)
        for window in (usage.minute, usage.day, self._app_minute):
            window.roll(now)
        if usage.in_flight >= self.limits.concurrent:
            return Refusal("concurrent", None)
        if not usage.day.remaining:
            return Refusal("day", usage.day.retry_after_s(now))
        if not usage.minute.remaining:
            return Refusal("minute", usage.minute.retry_after_s(now))
        if not self._app_minute.remaining:
            return Refusal("appminute", None)
        for window in (usage.minute, usage.day, self._app_minute):
            window.used += 1
        usage.in_flight += 1
        return None

    def leave(self, tenant_id: str) -> None:
        """A call ended."""
        self._by_tenant[tenant_id].in_flight -= 1

    def headers(self, tenant_id: str) -> dict[str, str]:
        """The remaining calls, as every answer carries them."""
        usage = self._usage(tenant_id)
        return {
            "X-DayLimit-Remaining": str(usage.day.remaining),
            "X-MinLimit-Remaining": str(usage.minute.remaining),
            "X-AppMinLimit-Remaining": str(self._app_minute.remaining),
        }

    def _usage(self, tenant_id: str) -> _Usage:
        if tenant_id not in self._by_tenant:
            self._by_tenant[tenant_id] = _Usage(_Window(MINUTE_S, self.limits.minute), _Window(DAY_S, self.limits.day))
        return self._by_tenant[tenant_id]
