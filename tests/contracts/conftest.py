"""Tests between services take their documents from where they are made: transform's kit."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "services" / "transform" / "tests"))
