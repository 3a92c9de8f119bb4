"""Tests between services take what they share from where it is made: the kits of transform and of the writers."""

import sys
from pathlib import Path

SERVICES = Path(__file__).parents[2] / "services"
sys.path[:0] = [str(SERVICES / name / "tests") for name in ("transform", "xero-writer", "qbo-writer")]
