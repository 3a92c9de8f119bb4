"""Closing a client's connection without an answer, which ASGI itself cannot ask for."""

import asyncio
from typing import Any

from starlette.types import Receive, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol


class ConnectionDroppedError(ConnectionResetError):
    """Raised instead of a drop when no real connection is there (an in-process ASGI client)."""


class OpenConnections:
    """The server's sockets by client address."""

    def __init__(self) -> None:
        self._transports: dict[tuple[str, int], asyncio.Transport] = {}

    def protocol(self) -> type[H11Protocol]:
        """A uvicorn protocol class that enters its connections here."""
        transports = self._transports

        class TrackedH11Protocol(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                if self.client is not None:
                    transports[self.client] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                super().connection_lost(exc)
                if self.client is not None:
                    transports.pop(self.client, None)

        return TrackedH11Protocol

    async def abort(self, scope: Scope, receive: Receive) -> None:
        """Reset the connection of this request and wait until the server knows."""
        client: Any = scope.get("client")
        transport = self._transports.get(tuple(client)) if client else None
        if transport is None:
            raise ConnectionDroppedError
        transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass
