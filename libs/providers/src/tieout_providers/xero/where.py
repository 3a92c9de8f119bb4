"""Xero's `where` language, built so that a value can never end its own quotation."""

from collections.abc import Iterable
from uuid import UUID

from tieout_providers.errors import Unsendable
from tieout_providers.xero.errors import XERO


def text_equals(field: str, value: str) -> str:
    """`Field=="value"`."""
    return f"{field}=={quoted(value)}"


def text_among(field: str, values: Iterable[str]) -> str:
    """`(Field=="a" OR Field=="b")`. Raises Unsendable for none."""
    parts = [text_equals(field, value) for value in values]
    if not parts:
        raise Unsendable(XERO, "condition_bad", "A list of values to look for must not be empty.")
    return parts[0] if len(parts) == 1 else f"({' OR '.join(parts)})"


def guid_equals(field: str, value: UUID | str) -> str:
    """`Field==guid("...")`."""
    return f'{field}==guid("{checked_guid(value)}")'


def all_of(*conditions: str) -> str:
    """Every one of them holds."""
    return " AND ".join(conditions)


def quoted(text: str) -> str:
    """Text in double quotes; a quote or backslash in it gets a backslash. Unconfirmed: no page documents the escape."""
    if not text.isprintable():
        raise Unsendable(XERO, "condition_bad", "A value to look for must not contain control characters.")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def checked_guid(value: UUID | str) -> str:
    """The identifier in Xero's form (lower case with hyphens). Raises Unsendable if it is none."""
    try:
        return str(value if isinstance(value, UUID) else UUID(value))
    except ValueError:
        raise Unsendable(XERO, "identifier_bad", f"{str(value)[:40]!r} is no identifier of Xero.") from None
