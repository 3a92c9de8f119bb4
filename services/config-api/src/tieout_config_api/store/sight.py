"""Leaving out what the caller does not see."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa


def seen(column: sa.ColumnElement[Any], chosen: Collection[str] | None) -> sa.ColumnElement[bool]:
    """Only rows whose column is among the chosen; None: every row."""
    return sa.true() if chosen is None else column.in_(chosen)
