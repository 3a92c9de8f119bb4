"""What every writer can be told from outside (environment variables with the prefix TIEOUT_)."""

from dataclasses import fields
from typing import Annotated

from pydantic import Field

from tieout_chassis.settings import Seconds, ServiceSettings
from tieout_posting.options import Options

NonNegativeSeconds = Annotated[float, Field(ge=0)]


class WriterSettings(ServiceSettings):
    """The engine's options under their own names (`tieout_posting.options` explains each), and the loops' sizes.

    Those that hang on the ledger (`ledger_timeout_s`, `draft_trust_s`, `look_up_members`, `max_body_bytes`) are in each
    writer's own settings.
    """

    organisations_at_once: Annotated[int, Field(ge=1, le=64)] = 4
    """How many organisations one copy serves side by side."""
    companies_every_s: Seconds = 15
    """How often the companies' settings are taken in when nothing announced a change."""
    announcer_idle_s: Seconds = 1
    sweep_every_s: Seconds = 600

    bulk_linger_s: NonNegativeSeconds = 1.0
    bulk_wait_limit_s: NonNegativeSeconds = 5.0
    send_margin_s: NonNegativeSeconds = 2.0
    lease_margin_s: Seconds = 5.0
    prepare_size: Annotated[int, Field(ge=1, le=1_000)] = 200
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
