"""What the engine counts."""

from prometheus_client import Counter, Histogram

from tieout_chassis.telemetry import REGISTRY

CALLS = Counter(
    "tieout_ledger_calls",
    "Writes to a ledger by purpose and finding.",
    ["ledger", "purpose", "finding"],
    registry=REGISTRY,
)
SECONDS = Histogram(
    "tieout_ledger_call_seconds", "Time of a write to a ledger.", ["ledger", "purpose"], registry=REGISTRY
)
SETTLED = Counter("tieout_postings_settled", "Settlements published.", ["ledger", "outcome"], registry=REGISTRY)
BROKEN = Counter("tieout_slices_broken", "Slices that ended in an error of our own.", ["ledger"], registry=REGISTRY)
