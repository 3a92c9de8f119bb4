"""Who the simulated ConnectWise is, and what it lets its callers do."""

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from tieout_simulators.connectwise.models import JsonObject, is_integer

GENERIC_CODEBASE = "v4_6_release"
"""The code base that on-premise servers have and cloud servers answer to as well."""


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """The ``server`` section of a data file.

    ``denied`` lists what the API member's security role forbids, such as ``POST /finance/accounting/batches`` or
    ``* /finance/accounting``, each with all below it. ``requests_per_minute`` 0 means no limit.
    ``callback_retry_delays_s`` are the waits before the second, third... try of a callback.
    """

    company_id: str = "acme"
    public_key: str = "public"
    private_key: str = "private"
    client_id: str = "00000000-0000-0000-0000-000000000000"
    codebase: str = "v2025_1/"
    version: str = "v2025.1.10333"
    company_name: str = ""
    member: str = "TieoutAPI"
    requests_per_minute: int = 1000
    denied: tuple[str, ...] = ()
    callback_retry_delays_s: tuple[int, ...] = (2, 4)

    @property
    def api_version(self) -> str:
        """``2025.1`` of version ``v2025.1.10333``: what ``api-current-version`` says."""
        return ".".join(self.version.removeprefix("v").split(".")[:2])

    @property
    def codebase_segment(self) -> str:
        """The code base as it stands in a path, without its slash."""
        return self.codebase.strip("/")

    def with_changes(self, section: Any) -> "ServerSettings":
        """The settings with those of a ``server`` section. Raises ``ValueError`` naming what it cannot take."""
        if not isinstance(section, dict):
            raise ValueError("server must be a JSON object")
        changes = {name: _settled(name, value) for name, value in section.items()}
        return replace(self, **changes)

    def dumped(self) -> JsonObject:
        """As a ``server`` section."""
        return asdict(self)


_KNOWN = {field.name for field in fields(ServerSettings)}


def _settled(name: str, value: Any) -> Any:
    if name not in _KNOWN:
        raise ValueError(f"server.{name} is not known; known are {', '.join(sorted(_KNOWN))}")
    if name == "requests_per_minute":
        fits = is_integer(value) and value >= 0
    elif name == "denied":
        fits = isinstance(value, list | tuple) and all(isinstance(each, str) and " /" in each for each in value)
        value = tuple(value) if fits else value
    elif name == "callback_retry_delays_s":
        fits = isinstance(value, list | tuple) and all(is_integer(each) and 0 <= each <= 60 for each in value)
        value = tuple(value) if fits else value
    else:
        fits = isinstance(value, str)
    if not fits:
        raise ValueError(f"server.{name} cannot be {value!r}")
    return value
