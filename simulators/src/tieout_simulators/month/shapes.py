"""JSON as the providers speak it."""

from typing import Any

JsonObject = dict[str, Any]
"""A JSON object in a provider's shape; numbers are int or Decimal, never binary floating point."""


def present(**members: Any) -> JsonObject:
    """An object without its null members: ConnectWise leaves nulls out of its answers."""
    return {name: member for name, member in members.items() if member is not None}
