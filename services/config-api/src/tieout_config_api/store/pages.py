"""One page of a list that has its newest first, in an order that nothing added meanwhile changes."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

Place = tuple[datetime, UUID]
"""Where the page before ended."""


def newest_first(
    query: sa.Select[Any],
    moment: sa.ColumnElement[datetime],
    key: sa.ColumnElement[UUID],
    after: Place | None,
    limit: int,
) -> sa.Select[Any]:
    """Two rows of the same moment are told apart by their key."""
    if after is not None:
        query = query.where(sa.tuple_(moment, key) < sa.tuple_(*after))
    return query.order_by(moment.desc(), key.desc()).limit(limit)
