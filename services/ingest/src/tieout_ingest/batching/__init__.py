"""Batching: one ConnectWise batch for each posted record, after its export was found to be what was posted.

`identifiers`  the deterministic name of a batch, the guard against making it twice
`checking`     the re-export in bulk, compared with what was captured
`making`       the calls that make batches, and the look-up after an unknown outcome
`step`         one group, from the claim to the proof that its records left the unposted list
"""

from tieout_ingest.batching.step import Batching

__all__ = ["Batching"]
