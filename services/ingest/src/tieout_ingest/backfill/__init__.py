"""Back-filling: what the GL export leaves out, read from ConnectWise's other tables in bulk.

`lookups`  one table, asked for by id, remembered for a while; a table that is refused leaves a gap and nothing else
`filling`  what a group of records needs, and who gets what
"""

from tieout_ingest.backfill.filling import Exported, Filling
from tieout_ingest.backfill.lookups import Lookups

__all__ = ["Exported", "Filling", "Lookups"]
