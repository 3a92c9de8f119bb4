"""A call to a provider, as the log of a tenant keeps it (F215). It passes the internal port only, and rests sealed."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from tieout_contracts.base import Contract

BODY_MAX_CHARS = 65_536
CALLS_AT_ONCE_MAX = 100


class LoggedCall(Contract):
    """Headers are no part of it: they bear the keys. Bodies are masked and cut to `BODY_MAX_CHARS`."""

    connection_id: str
    at: datetime
    """When the answer came, or was given up."""
    method: Annotated[str, StringConstraints(max_length=10)]
    url: Annotated[str, StringConstraints(max_length=4_000)]
    status: int | None
    """None: no whole answer came."""
    request_body: Annotated[str, StringConstraints(max_length=BODY_MAX_CHARS)] = ""
    answer_body: Annotated[str, StringConstraints(max_length=BODY_MAX_CHARS)] = ""


class LoggedCalls(Contract):
    """What one service tells at once. `dropped`: how many it could not keep since it told last."""

    calls: Annotated[tuple[LoggedCall, ...], Field(max_length=CALLS_AT_ONCE_MAX)]
    dropped: int = 0
