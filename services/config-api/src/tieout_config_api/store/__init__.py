"""config-api's rows: `tables`, then one module per resource."""

from collections.abc import Mapping
from typing import Any

Row = Mapping[Any, Any]
"""A row by its columns' names (SQLAlchemy's row mappings admit columns as keys, too)."""
