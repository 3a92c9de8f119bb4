"""What the writer can be told from outside (environment variables with the prefix TIEOUT_)."""

from typing import Annotated

from pydantic import Field

from tieout_chassis.settings import Seconds
from tieout_posting.writer.settings import WriterSettings


class QboWriterSettings(WriterSettings):
    """Every writer's settings, and what hangs on QuickBooks Online."""

    ledger_timeout_s: Annotated[float, Field(gt=0, le=200)] = 125.0
    """Intuit ends what takes longer than 120 s, so that nothing of a call is under way any more when it is over. At
    most 200 s: a call must be over before its request id, of which five minutes are counted on, grows old."""
    draft_trust_s: Seconds = 10.0
    """A document that does not tie out is looked at again before it is deleted, unless it was seen just now."""
    look_up_members: Annotated[int, Field(ge=1, le=100)] = 100
    """As many as one question names: every read is metered."""
    max_body_bytes: Annotated[int, Field(ge=10_000, le=2_000_000)] = 1_000_000
    """No official number."""
