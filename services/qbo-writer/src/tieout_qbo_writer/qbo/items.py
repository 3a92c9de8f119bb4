"""Items: each line has one, because the revenue account is the item's.

An item's name is its code. A line without an item gets the one that stands for its account: a service that Tieout makes
once for each account and names after it.
"""

import hashlib
from collections.abc import Iterable, Mapping

from tieout_contracts.documents import LedgerItem, LedgerLine
from tieout_posting.ledger import NeededItem
from tieout_providers.qbo.bodies import ItemBody, Ref
from tieout_qbo_writer.qbo.keys import account_key, item_account_key, item_id, looked_up
from tieout_qbo_writer.qbo.wording import Wording

MAX_NAME_CHARS = 100
MAX_DESCRIPTION_CHARS = 4000


def item_of_account(account_code: str) -> LedgerItem:
    """The item of an account; always the same for the same, and never the same for two."""
    plain = " ".join(account_code.replace(":", " - ").replace('"', "'").split())
    name = f"Sales {plain}"
    if plain != account_code or len(name) > MAX_NAME_CHARS:
        digest = hashlib.sha256(account_code.encode()).hexdigest()[:8]
        name = f"{name[: MAX_NAME_CHARS - 9].rstrip()} {digest}"
    return LedgerItem(code=name, name=name)


def item_body(item: NeededItem, keys: Mapping[str, str]) -> ItemBody:
    """A service that sells to the account. Raises pydantic's ValidationError, or `Unknown`."""
    described = item.description or (item.name if item.name != item.code else None)
    return ItemBody(
        name=item.code,
        description=Wording.of(keys).say(described, MAX_DESCRIPTION_CHARS) if described else None,
        income_account_ref=Ref(
            value=looked_up(keys, account_key(item.account_code), f"the account {item.account_code!r}")
        ),
        taxable=True,
    )


def line_item(line: LedgerLine, keys: Mapping[str, str]) -> Ref:
    """The item of a line. Raises ValueError where it sells to another account than the line posts to."""
    code = line.item_code or item_of_account(line.account_code).code
    sells_to = keys.get(item_account_key(code), line.account_code)
    if sells_to != line.account_code:
        raise ValueError(
            f"the item {code!r} sells to the account {sells_to!r}, the line posts to {line.account_code!r}"
        )
    return Ref(value=item_id(keys, code))


def one_of_each(items: Iterable[NeededItem]) -> list[NeededItem]:
    """One of those whose codes differ by case only: names are compared without case."""
    return list({item.code.casefold(): item for item in items}.values())
