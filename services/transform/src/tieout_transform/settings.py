"""What transform can be told from outside (environment variables with the prefix TIEOUT_)."""

from typing import Annotated

from pydantic import Field

from tieout_chassis.settings import Seconds, ServiceSettings


class TransformSettings(ServiceSettings):
    plan_batch: Annotated[int, Field(ge=1, le=1_000)] = 100
    """How many records are planned in one transaction."""
    plan_idle_s: Seconds = 2
    """How long the planner sleeps when nothing wakes it; captures do."""
    announcer_idle_s: Seconds = 1
    """How often it is looked for events that nobody answered."""
    wait_retry_s: Seconds = 30
    """A record that waits looks again after this time, even if nothing wakes it."""
    announce_after_s: Seconds = 60
    """An unanswered event is announced again after this time, then after twice as long, and so on."""
    announce_limit: Annotated[int, Field(ge=0, le=20)] = 6
    """How often an unanswered plan is announced again."""
    refused_body_days: Annotated[int, Field(ge=1)] = 30
    """How long the sealed body of a refused record is kept."""
    preview_hours: Annotated[int, Field(ge=1, le=24 * 7)] = 24
    """How long the sealed plan of a preview is kept, to compare a newer one with."""
