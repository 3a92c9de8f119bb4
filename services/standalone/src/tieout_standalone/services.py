"""The services of this edition and their schemas."""

from tieout_config_api.migrations import MIGRATIONS as CONFIG_API
from tieout_ingest.migrations import MIGRATIONS as INGEST
from tieout_qbo_writer.migrations import MIGRATIONS as QBO_WRITER
from tieout_transform.migrations import MIGRATIONS as TRANSFORM
from tieout_xero_writer.migrations import MIGRATIONS as XERO_WRITER

MIGRATIONS = (CONFIG_API, INGEST, TRANSFORM, XERO_WRITER, QBO_WRITER)
