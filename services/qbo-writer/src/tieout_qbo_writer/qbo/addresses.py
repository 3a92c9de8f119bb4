"""A postal address as QuickBooks Online takes it."""

from tieout_contracts.records import Address
from tieout_providers.qbo.bodies import AddressBody
from tieout_qbo_writer.qbo.wording import Wording

MAX_ADDRESS_LINES = 5


def says_something(address: Address) -> bool:
    """Whether any of it is known."""
    return any((*address.lines, address.city, address.region, address.postal_code, address.country))


def postal_address(address: Address, wording: Wording, blank: str | None = None) -> AddressBody:
    """Its blanks are `blank`: not sent, or emptied. More lines than QuickBooks has share the last one."""
    lines = [wording.say(line, 500) for line in address.lines if line.strip()]
    fitting = lines if len(lines) <= MAX_ADDRESS_LINES else [*lines[:4], ", ".join(lines[4:])[:500]]
    fitting += [""] * (MAX_ADDRESS_LINES - len(fitting))
    return AddressBody(
        **{f"line{number}": line or blank for number, line in enumerate(fitting, start=1)},
        city=_short(wording, address.city, 255) or blank,
        country_sub_division_code=_short(wording, address.region, 255) or blank,
        postal_code=_short(wording, address.postal_code, 30) or blank,
        country=_short(wording, address.country, 255) or blank,
    )


def _short(wording: Wording, text: str | None, most: int) -> str | None:
    return wording.name(text or "", most) or None
