"""The Intuit apps that may call, and what each used of its limits."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tieout_simulators.qbo.company import REALM_MINUTE_LIMIT, Company
from tieout_simulators.qbo.limits import Window, take
from tieout_simulators.qbo.tokens import ACCESS_TOKEN_S

DEFAULT_CLIENT_ID = "tieout-simulator"
DEFAULT_CLIENT_SECRET = "tieout-simulator-secret"  # noqa: S105 - a simulator's
DEFAULT_VERIFIER_TOKEN = "tieout-simulator-verifier"  # noqa: S105 - a simulator's
WEBHOOK_FORMATS = ("legacy", "cloudevents")
SETTINGS = frozenset(
    {
        "client_id", "client_secret", "verifier_token", "realm_minute_limit", "realm_app_second_limit",
        "batch_minute_limit", "retry_after_s", "refresh_rotates_after_s", "webhook_url", "webhook_format",
        "webhook_retry_delays_s", "redirect_uris", "access_token_s",
    }
)  # fmt: skip


@dataclass(slots=True)
class App:
    """One app; limits are calls for each company (its minute is shared by all apps)."""

    client_id: str = DEFAULT_CLIENT_ID
    client_secret: str = DEFAULT_CLIENT_SECRET
    verifier_token: str = DEFAULT_VERIFIER_TOKEN
    realm_minute_limit: int = REALM_MINUTE_LIMIT
    realm_app_second_limit: int = 10
    batch_minute_limit: int = 40
    retry_after_s: int | None = None
    refresh_rotates_after_s: float = 0
    webhook_url: str | None = None
    webhook_format: str = "legacy"
    webhook_retry_delays_s: tuple[float, ...] = (2, 4)
    redirect_uris: tuple[str, ...] = ()
    """Where a consent may lead back to, to the letter; none: anywhere."""
    access_token_s: int = ACCESS_TOKEN_S
    realms: list[str] = field(default_factory=list)
    """The companies whose administrator may connect this app; the first one is offered first."""
    _seconds: dict[str, Window] = field(default_factory=dict)
    _batches: dict[str, Window] = field(default_factory=dict)

    def admit(self, company: Company, now: datetime, *, batch: bool) -> bool:
        """Count a call against all limits it falls under; False when one of them is used up."""
        second = self._seconds.setdefault(company.realm_id, Window(1, self.realm_app_second_limit))
        windows = [company.minute, second]
        if batch:
            of_app = self._batches.setdefault(company.realm_id, Window(60, self.batch_minute_limit))
            windows += [of_app, company.batches]
        return take(windows, now)

    def carry_over(self, known: "App") -> None:
        """Take over the companies of an app of the same id."""
        self.realms = known.realms


def app_from(settings: dict[str, Any], overrides: dict[str, int]) -> App:
    """An app of a data file; the command line's overrides win. Raises ``ValueError`` for what is not known."""
    unknown = set(settings) - SETTINGS
    if unknown:
        msg = f"an app has {sorted(SETTINGS)}; not known: {sorted(unknown)}"
        raise ValueError(msg)
    given = {**settings, **overrides}
    if given.get("webhook_format", "legacy") not in WEBHOOK_FORMATS:
        msg = f"webhook_format is one of {WEBHOOK_FORMATS}"
        raise ValueError(msg)
    if "webhook_retry_delays_s" in given:
        given["webhook_retry_delays_s"] = tuple(float(each) for each in given["webhook_retry_delays_s"])
    return App(**{**given, "redirect_uris": tuple(given.get("redirect_uris", ()))})
