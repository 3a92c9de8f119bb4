"""Paging of ConnectWise's lists: by the Link header where there is one, else until a page is short."""

import re
from collections.abc import Sequence
from typing import Any

from tieout_providers.call import Answer

MAX_PAGE_SIZE = 1000
NEXT_LINK = re.compile(r";\s*rel=\"?next\"?\s*(?:[,;]|$)", re.IGNORECASE)


def has_next_page(answer: Answer, rows: Sequence[Any], page_size: int) -> bool:
    """Whether another page follows. Only the presence of a next link counts: its address names the user host."""
    if not rows:
        return False
    link = answer.header("link")
    return bool(NEXT_LINK.search(link)) if link else len(rows) >= page_size
