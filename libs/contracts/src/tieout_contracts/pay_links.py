"""Where customers pay: the template of an address that a company keeps, and the link of one invoice (F246)."""

import re
from decimal import Decimal
from typing import Annotated
from urllib.parse import quote

from pydantic import AfterValidator, Field

from tieout_contracts.money import minor_unit_places, plain

LINK_CHARACTERS_MAX = 255
"""No ledger says how many it takes at least; every one takes so many."""
PLACEHOLDERS = ("number", "total", "currency")
_PLACE = re.compile(r"\{([^{}]*)\}")
_END_OF_HOST = re.compile(r"[/?#]")
_HOST = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def _template(text: str) -> str:
    if not (text.startswith("https://") and text.isascii() and text.isprintable() and " " not in text):
        raise ValueError("an address that begins with https:// and has no spaces is needed")
    bare = _PLACE.sub("0", text)
    if unknown := [name for name in _PLACE.findall(text) if name not in PLACEHOLDERS]:
        raise ValueError(f"{{{unknown[0]}}} is no placeholder: there are {{number}}, {{total}} and {{currency}}")
    if set('{}<>"\\^`|') & set(bare):
        raise ValueError("a brace without its other half, or another character that no address has")
    if not _HOST.fullmatch(_END_OF_HOST.split(text.removeprefix("https://"), maxsplit=1)[0]):
        raise ValueError("the host is a name such as pay.example.com; placeholders come after it")
    return text


PayLinkTemplate = Annotated[str, Field(max_length=LINK_CHARACTERS_MAX), AfterValidator(_template)]
"""An https address, in which `{number}`, `{total}` and `{currency}` stand for the invoice's own.

Its host has none of them: no record can lead customers elsewhere.
"""


def pay_link(template: str, *, number: str, total: Decimal, currency: str) -> str:
    """The link of one invoice; the total has the currency's decimals, and each value is escaped."""
    exact = plain(total.quantize(Decimal(1).scaleb(-minor_unit_places(currency))))
    values = {"number": number, "total": exact, "currency": currency}
    return _PLACE.sub(lambda place: quote(values[place[1]], safe=""), template)
