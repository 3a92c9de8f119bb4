"""From ConnectWise's words to ours: pure functions over what was exported and back-filled.

`build` makes the canonical record, or refuses with every reason. `fingerprint` tells whether two exports of one record
say the same, and in words what differs.
"""

from tieout_ingest.canonical.document import build, gl_entry_ids_of, iso_code
from tieout_ingest.canonical.faults import Faults, NotCanonical
from tieout_ingest.canonical.fingerprint import Fingerprint, differences, fingerprint_of
from tieout_ingest.canonical.signs import credit_memo_sign
from tieout_ingest.canonical.sources import Backfill, Gap, Listed

__all__ = [
    "Backfill",
    "Faults",
    "Fingerprint",
    "Gap",
    "Listed",
    "NotCanonical",
    "build",
    "credit_memo_sign",
    "differences",
    "fingerprint_of",
    "gl_entry_ids_of",
    "iso_code",
]
