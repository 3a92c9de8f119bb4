"""One admitted API call: who calls, which organisation's books, and the common query parameters."""

from dataclasses import dataclass
from datetime import datetime

from tieout_simulators.frame.provider import ProviderCall
from tieout_simulators.xero.books import Books
from tieout_simulators.xero.dates import parse_moment
from tieout_simulators.xero.where import QueryError

DEFAULT_PAGE_SIZE = 100
MAX_PAGE_SIZE = 1000


class PreconditionError(ValueError):
    """A precondition header that cannot be read."""


@dataclass(frozen=True, slots=True)
class XeroRequest:
    """A call with its organisation."""

    call: ProviderCall
    books: Books
    client_id: str
    now: datetime

    def query_flag(self, name: str, *, default: bool = False) -> bool:
        """A boolean query parameter, in any case of letters."""
        value = self.call.query.get(name)
        return default if value is None else value.strip().lower() == "true"

    def query_list(self, name: str) -> list[str] | None:
        """A comma-separated query parameter; None when absent."""
        value = self.call.query.get(name)
        return None if value is None else [part.strip() for part in value.split(",") if part.strip()]

    @property
    def unit_places(self) -> int:
        """4 with ``unitdp=4``, else 2."""
        return 4 if self.call.query.get("unitdp") == "4" else 2

    @property
    def modified_since(self) -> datetime | None:
        """The If-Modified-Since header. Raises ``PreconditionError`` when it is no time."""
        value = self.call.headers.get("if-modified-since")
        try:
            return None if not value else parse_moment(value)
        except ValueError as error:
            raise PreconditionError(str(error)) from error

    def page(self) -> tuple[int, int] | None:
        """``(page, pageSize)``, the size clamped to 1-1000; None when neither is asked for. Raises ``QueryError``."""
        page, size = self.call.query.get("page"), self.call.query.get("pageSize")
        if page is None and size is None:
            return None
        number, wanted = _whole("page", page, 1), _whole("pageSize", size, DEFAULT_PAGE_SIZE)
        if number < 1:
            msg = f"page must be at least 1, not {page}"
            raise QueryError(msg)
        return number, min(max(wanted, 1), MAX_PAGE_SIZE)


def _whole(name: str, value: str | None, default: int) -> int:
    try:
        return default if not value else int(value)
    except ValueError as error:
        msg = f"{name} must be a whole number, not {value!r}"
        raise QueryError(msg) from error
