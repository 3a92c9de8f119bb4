"""What the writer can be told from outside (environment variables with the prefix TIEOUT_)."""

from dataclasses import fields
from typing import Annotated

from pydantic import Field

from tieout_chassis.settings import Seconds, ServiceSettings
from tieout_posting.options import Options

NonNegativeSeconds = Annotated[float, Field(ge=0)]


class QboWriterSettings(ServiceSettings):
    """The engine's options under their own names (`tieout_posting.options` explains each), and the loops' sizes."""

    organisations_at_once: Annotated[int, Field(ge=1, le=64)] = 4
    """How many organisations one copy serves side by side."""
    companies_every_s: Seconds = 15
    """How often the companies' settings are taken in when nothing announced a change."""
    announcer_idle_s: Seconds = 1
    sweep_every_s: Seconds = 600

    bulk_linger_s: NonNegativeSeconds = 1.0
    bulk_wait_limit_s: NonNegativeSeconds = 5.0
    ledger_timeout_s: Annotated[float, Field(gt=0, le=200)] = 125.0
    """Intuit ends what takes longer than 120 s, so that nothing of a call is under way any more when it is over. At
    most 200 s: a call must be over before its request id, of which five minutes are counted on, grows old."""
    send_margin_s: NonNegativeSeconds = 2.0
    lease_margin_s: Seconds = 5.0
    draft_trust_s: Seconds = 10.0
    """A document that does not tie out is looked at again before it is deleted, unless it was seen just now."""
    prepare_size: Annotated[int, Field(ge=1, le=1_000)] = 200
    look_up_members: Annotated[int, Field(ge=1, le=100)] = 100
    """As many as one question names: every read is metered."""
    max_body_bytes: Annotated[int, Field(ge=10_000, le=2_000_000)] = 1_000_000
    """No official number."""
    failure_wait_limit_s: Seconds = 60.0
    retry_wait_limit_s: Seconds = 600.0
    tries_told: Annotated[int, Field(ge=1, le=100)] = 4
    shared_tries: Annotated[int, Field(ge=1, le=20)] = 3
    reconnect_wait_s: Seconds = 300.0
    waits_told_s: Seconds = 120.0
    reference_refresh_s: Seconds = 6 * 3600.0
    reference_min_age_s: NonNegativeSeconds = 60.0
    idle_s: Seconds = 60.0
    announce_after_s: Seconds = 60.0
    announce_limit: Annotated[int, Field(ge=0, le=20)] = 6
    announce_size: Annotated[int, Field(ge=1, le=5_000)] = 500
    refused_body_days: Annotated[int, Field(ge=1)] = 30
    call_retention_days: Annotated[int, Field(ge=1)] = 90

    def options(self) -> Options:
        """As the engine takes them."""
        return Options(**{field.name: getattr(self, field.name) for field in fields(Options)})
