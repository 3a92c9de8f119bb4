"""What a service says of itself for a support bundle: how it is set, how it does, and the last lines of its log.

Never a body, never a secret: settings are masked by their types and names, addresses lose their passwords, and lines of
the log are those that were written, masked once more.
"""

import os
import platform
import socket
from collections.abc import Callable, Mapping
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from fastapi import APIRouter, Depends
from prometheus_client import generate_latest
from pydantic import BaseModel, SecretStr
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from tieout_chassis import exact_json
from tieout_chassis.call_log import masked
from tieout_chassis.database import Database
from tieout_chassis.dead_letters import DeadLetters
from tieout_chassis.health import Problems
from tieout_chassis.telemetry import RECENT, REGISTRY, is_secret_name

LETTERS_MAX = 100
SET, NOT_SET = "set", "not set"

_FIGURES: Mapping[str, str] = {
    "schema": "SELECT version_num AS own, bus.revision() AS shared FROM alembic_version",
    "outbox": """
        SELECT count(*) AS waiting,
               coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::bigint AS oldest_s
        FROM outbox WHERE published_at IS NULL
    """,
    "leases": """
        SELECT kind, count(*) AS names, count(holder) AS held,
               count(*) FILTER (WHERE parked_until > clock_timestamp()) AS parked
        FROM lease GROUP BY kind ORDER BY kind
    """,
    "parked": """
        SELECT kind, name, extract(epoch FROM parked_until - clock_timestamp())::bigint AS parked_s
        FROM lease WHERE parked_until > clock_timestamp() ORDER BY parked_until DESC LIMIT 200
    """,
    "budgets": """
        SELECT scope, minute_limit, minute_used, day_limit, day_used, at_once, slots,
               round(parked_s)::bigint AS parked_s
        FROM limits.budgets(500)
    """,
    "bus_lag": "SELECT consumer_group, topic, messages FROM bus.lag()",
}


def support_router(
    service: str,
    settings: BaseModel,
    database: Database,
    not_live: Problems,
    not_ready: Problems,
    authenticated: Callable[..., None],
) -> APIRouter:
    """`GET /internal/support`, behind the service's key."""
    router = APIRouter(prefix="/internal", dependencies=[Depends(authenticated)])

    @router.get("/support")
    async def support() -> dict[str, Any]:
        figures = {name: await _figures(database, statement) for name, statement in _FIGURES.items()}
        letters = await DeadLetters(database).list_open(limit=LETTERS_MAX)
        told = {
            "service": service,
            "process": f"{socket.gethostname()}-{os.getpid()}",
            "version": _version(f"tieout-{service}"),
            "python": platform.python_version(),
            "platform": platform.platform(),
            "settings": shown_settings(settings),
            "not_live": list(await not_live()),
            "not_ready": list(await not_ready()),
            **figures,
            "dead_letters": [asdict(letter) for letter in letters],
            "log": [masked(line, ()) for line in RECENT.lines()],
            "metrics": generate_latest(REGISTRY).decode(),
        }
        shown: dict[str, Any] = exact_json.loads(exact_json.dumps(told))
        return shown

    return router


def shown_settings(settings: BaseModel) -> dict[str, Any]:
    """Every setting with its value; of a secret only whether it is set."""
    return {name: _shown(name, value) for name, value in settings}


def _shown(name: str, value: Any) -> Any:
    if isinstance(value, SecretStr):
        return SET if value.get_secret_value() else NOT_SET
    if isinstance(value, Mapping):
        return {str(key): _shown(str(key), each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_shown(name, each) for each in value]
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str) and is_secret_name(name):
        return SET if value else NOT_SET
    return _without_password(str(value))


def _without_password(value: str) -> str:
    if "://" not in value:
        return value
    try:
        return masked(make_url(value).render_as_string(hide_password=True), ())
    except (ValueError, ArgumentError):
        return SET


async def _figures(database: Database, statement: str) -> list[dict[str, Any]]:
    async with database.reading() as connection:
        return [dict(row) for row in (await connection.execute(text(statement))).mappings()]


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
