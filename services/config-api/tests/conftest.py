"""The tests of config-api share the folder `api_kit`: the service, started for a module's tests."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
