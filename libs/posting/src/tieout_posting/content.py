"""A mark of what a document says, so that a person's change is noticed when its texts are kept no longer (F53)."""

import hashlib
from collections.abc import Iterable
from dataclasses import fields
from decimal import Decimal
from typing import Any

from tieout_contracts.money import plain
from tieout_posting.ledger import SeenDocument, SeenLine

_NO_CONTENT = frozenset(
    {
        "phase",
        "status",
        "url",
        "obstacle",
        "currency_rate",
        "sent_rate",
        "lines",
        "line_id",
        "sync_token",
        "whole",
        "pay_link",
    }
)
"""How a document stands, what a ledger names its parts by, and the rate, which the ledger keeps as it likes. Nor
does the pay link, which marks that are kept already never knew."""


def content_mark(seen: SeenDocument) -> str:
    """A hash of head and lines, in their order, the ledger's own fields included; white space does not count."""
    told = [_told(seen), *(_told(line) for line in seen.lines)]
    return hashlib.sha256("\x1e".join(told).encode()).hexdigest()[:32]


def _told(part: SeenDocument | SeenLine) -> str:
    names = sorted(field.name for field in fields(part) if field.name not in _NO_CONTENT)
    return "\x1f".join(f"{name}={_word(getattr(part, name))}" for name in names)


def _word(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, Decimal):
        return plain(value.normalize())
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, Iterable):
        return ",".join(sorted(str(each) for each in value))
    return str(value)
