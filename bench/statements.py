"""The statements that a service runs, how long each took, and the database's plans of the slowest."""

import time
from collections import Counter
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Engine, event
from sqlalchemy.ext.asyncio import create_async_engine

from tieout_chassis.database import driver_url, schema_of

_SENDER = "tieout_sender"
SHOWN = 3


@dataclass
class Watch:
    """Watches one service's statements while it is entered; of each text the slowest is kept, and the time of all."""

    service: str
    slowest: dict[str, tuple[float, Any]] = field(default_factory=dict)
    total_ms: Counter[str] = field(default_factory=Counter)

    def __enter__(self) -> Self:
        event.listen(Engine, "before_cursor_execute", self._begun)
        event.listen(Engine, "after_cursor_execute", self._ended)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        event.remove(Engine, "before_cursor_execute", self._begun)
        event.remove(Engine, "after_cursor_execute", self._ended)

    async def slowest_plans(self, database_url: str) -> list[str]:
        """Each run once more, and rolled back."""
        engine = create_async_engine(
            driver_url(database_url), connect_args={"server_settings": {"search_path": schema_of(self.service)}}
        )
        told = []
        worst = sorted(self.slowest.items(), key=lambda each: -each[1][0])[:SHOWN]
        for statement, (took_ms, parameters) in worst:
            async with engine.connect() as connection:
                explained = await connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS) {statement}", parameters)
                plan = "\n".join(f"    {line}" for (line,) in explained)
            told.append(f"{took_ms:.1f} ms at most: {' '.join(statement.split())[:400]}\n{plan}\n")
        await engine.dispose()
        return told

    def _begun(self, connection: Connection, cursor: Any, statement: str, *_: Any) -> None:
        connection.info["bench_begun"] = time.perf_counter()

    def _ended(self, connection: Connection, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        sender = connection.get_execution_options().get(_SENDER)
        begun = connection.info.pop("bench_begun", None)
        if begun is None or sender is None or sender.service != self.service:
            return
        took_ms = (time.perf_counter() - begun) * 1000
        self.total_ms[statement] += took_ms
        if took_ms > self.slowest.get(statement, (0.0, None))[0]:
            self.slowest[statement] = (took_ms, parameters)
