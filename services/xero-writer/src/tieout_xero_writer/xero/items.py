"""An item as Xero takes it: untracked, because ConnectWise owns the stock, and without a price."""

from collections.abc import Iterable

from tieout_contracts.documents import LedgerItem
from tieout_providers.xero.bodies import ItemBody

MAX_NAME_CHARS = 50
MAX_DESCRIPTION_CHARS = 4000


def item_body(item: LedgerItem) -> ItemBody:
    """An item that is sold. Its account, price and tax stand on the lines. Raises pydantic's ValidationError."""
    description = (item.description or "")[:MAX_DESCRIPTION_CHARS]
    return ItemBody(
        code=item.code,
        name=item.name[:MAX_NAME_CHARS].rstrip() or item.code,
        description=description or None,
        is_sold=True,
        is_purchased=False,
    )


def one_of_each(items: Iterable[LedgerItem]) -> list[LedgerItem]:
    """One of those whose codes differ by case only: Xero answers by code, and that answer is all of theirs."""
    return list({item.code.casefold(): item for item in items}.values())
