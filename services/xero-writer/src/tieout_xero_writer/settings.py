"""What the writer can be told from outside (environment variables with the prefix TIEOUT_)."""

from typing import Annotated

from pydantic import Field

from tieout_chassis.settings import Seconds
from tieout_posting.writer.settings import WriterSettings


class XeroWriterSettings(WriterSettings):
    """Every writer's settings, and what hangs on Xero."""

    ledger_timeout_s: Annotated[float, Field(gt=0, le=200)] = 40.0
    """At most 200 s: a call must be over before its key, which Xero remembers for six minutes, grows old."""
    draft_trust_s: Seconds = 120.0
    look_up_members: Annotated[int, Field(ge=1, le=50)] = 40
    """Fewer than Xero's calls a minute: credit notes are looked up by id one at a time."""
    max_body_bytes: Annotated[int, Field(ge=10_000, le=3_400_000)] = 3_000_000
    """Xero takes 3.5 MB."""
