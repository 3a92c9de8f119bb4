"""What ingest reads from its environment, beside what every service reads."""

from typing import Annotated

from pydantic import Field

from tieout_chassis.settings import Seconds, ServiceSettings
from tieout_ingest.exporting import MAX_IDS_A_CALL


class IngestSettings(ServiceSettings):
    """Prefix `TIEOUT_`, as everywhere. Limits of calls are shared by all copies, through the database."""

    poll_interval_s: Seconds = 300
    """How often a connection's unposted list is read when nobody asks."""
    connections_at_once: Annotated[int, Field(ge=1, le=64)] = 4
    slice_s: Seconds = 5
    """How long a connection is worked on before the least recently served one has its turn."""
    export_group: Annotated[int, Field(ge=1, le=MAX_IDS_A_CALL)] = MAX_IDS_A_CALL
    export_retry_s: Seconds = 2
    """The first pause of a record whose export failed; the next ones are longer."""
    batch_linger_s: Annotated[float, Field(ge=0)] = 1.0
    """How long a posted record waits for others, so that they share a re-export."""
    batch_concurrency: Annotated[int, Field(ge=1, le=32)] = 4
    batch_retry_s: Seconds = 2
    provider_timeout_s: Seconds = 60
    """The whole of one call to ConnectWise."""
    connectwise_calls_a_minute: Annotated[int, Field(ge=1)] = 900
    """Of one site. ConnectWise throttles above 1,000 a minute, whoever makes them."""
    connectwise_calls_at_once: Annotated[int, Field(ge=1)] = 10
    backfill_ttl_s: Seconds = 600
    backfill_max_rows: Annotated[int, Field(ge=100)] = 10_000
    max_record_bytes: Annotated[int, Field(ge=1_000)] = 6 * 1024 * 1024
    """A canonical record's JSON; a message of the bus may have 8 MiB."""
    refused_pause_s: Seconds = 300
    """How long a connection rests after ConnectWise refused it; new settings or a run end the rest."""
    unreachable_pause_s: Seconds = 2
    """The first rest after ConnectWise could not be reached; doubles up to `refused_pause_s`."""
    announce_after_s: Seconds = 60
    announce_limit: Annotated[int, Field(ge=0, le=20)] = 6
    body_retention_days: Annotated[int, Field(ge=1)] = 30
    """How long the sealed body of a record that waits for a person is kept."""
