"""The tests of this service share the folder `transform_kit`: records, an independent ledger, a record generator."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
