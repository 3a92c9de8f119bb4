"""The tests of the engine share the folder `posting_kit`: documents, a ledger that can lose answers, a bench of rows."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
