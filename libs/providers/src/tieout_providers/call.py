"""A call as a value: built without a socket, stored before it is sent, the same bytes when it is sent again."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Protocol, Self

from tieout_providers import json_exact

READ_METHODS = frozenset({"GET", "HEAD"})
SECRET_HEADERS = frozenset({"authorization", "cookie", "clientid", "proxy-authorization", "x-api-key"})


@dataclass(frozen=True, slots=True)
class Call:
    """One request to one provider.

    `target` is the path with its query, below the provider's base address and exactly as it goes over the wire.
    `headers` never hold a secret: credentials are added at the moment of sending. `changes` tells whether the
    provider's data may differ afterwards; a POST that only computes (ConnectWise's export) says False.
    Raises ValueError for a target, header or key that could not be sent as it stands.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)
    idempotency_key: str | None = None
    changes: bool = True

    def __post_init__(self) -> None:
        if not self.target.startswith("/") or not _is_visible_ascii(self.target):
            raise ValueError("a call's target must begin with / and be percent-encoded ASCII")
        for name, value in self.headers:
            if name.lower() in SECRET_HEADERS:
                raise ValueError(f"the header {name} is a secret and must not be part of a storable call")
            check_header_value(name, value)
        if self.idempotency_key is not None:
            check_header_value("Idempotency-Key", self.idempotency_key)

    @classmethod
    def get(cls, target: str, headers: tuple[tuple[str, str], ...] = ()) -> Self:
        """A plain read."""
        return cls("GET", target, headers, changes=False)

    def header(self, name: str) -> str | None:
        """The value of one header, compared without case; None if it is not there."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def with_key(self, key: str) -> Self:
        """The same bytes under another idempotency key."""
        return replace(self, idempotency_key=key)

    def digest(self) -> str:
        """SHA-256 (hex) of what reaches the provider's books: method, target and body."""
        seed = f"{self.method} {self.target}\n".encode() + self.body
        return hashlib.sha256(seed).hexdigest()

    def as_row(self) -> dict[str, Any]:
        """Everything but the body, JSON-ready: the body is stored beside it, as bytes (perhaps sealed)."""
        return {
            "method": self.method,
            "target": self.target,
            "headers": [list(header) for header in self.headers],
            "idempotency_key": self.idempotency_key,
            "changes": self.changes,
        }

    @classmethod
    def from_row(cls, row: Mapping[str, Any], body: bytes) -> Self:
        """The call that `as_row` and its body came from."""
        headers = tuple((str(name), str(value)) for name, value in row["headers"])
        return cls(row["method"], row["target"], headers, bytes(body), row["idempotency_key"], row["changes"])


@dataclass(frozen=True)
class Answer:
    """What came back, whole. Header names are lower case; cookies are left out."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def header(self, name: str) -> str | None:
        """The value of one header, None if it is not there."""
        return self.headers.get(name.lower())

    def json(self) -> Any:
        """The body as JSON with exact numbers; parsed once. Raises json_exact.NotExactJson."""
        return self._json

    @cached_property
    def _json(self) -> Any:
        return json_exact.loads(self.body)


class Gate(Protocol):
    """Whoever calls takes from the budget first (I-5). A client passes each of its own calls through one.

    `before` may wait or raise; `after` is told the answer, or None if none came, to correct the budget downward.
    """

    async def before(self, call: Call) -> None: ...

    async def after(self, call: Call, answer: Answer | None) -> None: ...


class OpenGate:
    """A gate that counts nothing, for tools and tests."""

    async def before(self, call: Call) -> None:
        """Let the call through."""

    async def after(self, call: Call, answer: Answer | None) -> None:
        """Note nothing."""


def check_header_value(name: str, value: str) -> None:
    """Raise ValueError unless `value` may stand in a header (it is not repeated in the text: it may be secret)."""
    if not value or not _is_visible_ascii(value.replace(" ", "")) or value != value.strip():
        raise ValueError(f"the header {name} must be visible ASCII without a line break")


def _is_visible_ascii(text: str) -> bool:
    return all("!" <= character <= "~" for character in text)
