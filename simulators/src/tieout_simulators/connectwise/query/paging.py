"""The two ways of paging: numbered pages with a Link header, and forward-only by id."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from tieout_simulators.connectwise.query.selection import refused_parameter
from tieout_simulators.connectwise.records import Record

DEFAULT_PAGE_SIZE = 25
MAX_PAGE_SIZE = 1000


@dataclass(frozen=True, slots=True)
class PageWanted:
    """Which page of a list is asked for; ``after_id`` is set for forward-only paging."""

    page: int
    page_size: int
    after_id: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """The records of one page and the value of its Link header, if it has one."""

    records: Sequence[Record]
    link: str | None


def page_wanted(query: Mapping[str, str], pagination_type: str | None) -> PageWanted:
    """Raises ``RefusedError`` (400) for a number that is none, or out of range."""
    size = _number(query, "pageSize", DEFAULT_PAGE_SIZE, 1)
    if size > MAX_PAGE_SIZE:
        raise refused_parameter("pageSize", f"The page size must not exceed {MAX_PAGE_SIZE}.")
    if "pageId" in query or (pagination_type or "").lower() == "forward-only":
        return PageWanted(1, size, _number(query, "pageId", 0, 0))
    return PageWanted(_number(query, "page", 1, 1), size)


def page_of(records: Sequence[Record], wanted: PageWanted, url: str, query: Mapping[str, str]) -> Page:
    """Cut one page out of all selected records; ``url`` is the address without its query."""
    others = {name: value for name, value in query.items() if name not in ("page", "pageSize", "pageId")}
    if wanted.after_id is not None:
        return _forward_page(records, wanted, wanted.after_id, url, others)
    first = (wanted.page - 1) * wanted.page_size
    last_page = max(1, -(-len(records) // wanted.page_size))
    pages = {"first": 1, "prev": wanted.page - 1, "next": wanted.page + 1, "last": last_page}
    if wanted.page >= last_page:
        del pages["next"]
    if wanted.page == 1:
        del pages["prev"]
    links = [
        f'<{url}?{urlencode({**others, "pageSize": wanted.page_size, "page": page})}>; rel="{rel}"'
        for rel, page in pages.items()
    ]
    return Page(records[first : first + wanted.page_size], ", ".join(links) if last_page > 1 else None)


def _forward_page(
    records: Sequence[Record], wanted: PageWanted, after_id: int, url: str, others: Mapping[str, str]
) -> Page:
    """Ids above ``after_id``; the link to the next page is always there, also at the end."""
    cut = [record for record in records if record.id > after_id][: wanted.page_size]
    next_id = cut[-1].id if cut else after_id
    query = urlencode({**others, "pageSize": wanted.page_size, "pageId": next_id})
    return Page(cut, f'<{url}?{query}>; rel="next"')


def _number(query: Mapping[str, str], name: str, default: int, least: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 11 and int(text) >= least):
        raise refused_parameter(name, f"{name} must be a whole number from {least}, not {text!r}.")
    return int(text)
