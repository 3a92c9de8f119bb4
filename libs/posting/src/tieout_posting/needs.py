"""Which items a document needs in its ledger (pure).

Where lines name their account, those that the plan names. Where the account is the item's, also one for each account
that a line without an item posts to.
"""

from tieout_contracts.documents import LedgerDocument, LedgerItem
from tieout_posting.ledger import KeyedLedger, Ledger, NeededItem


def needed_items(ledger: Ledger, document: LedgerDocument) -> tuple[LedgerItem, ...]:
    """Each once, by code; with the account that its first line posts to, where the ledger takes it from the item."""
    if not isinstance(ledger, KeyedLedger):
        return document.items
    accounts: dict[str, str] = {}
    standing: dict[str, LedgerItem] = {}
    for line in document.lines:
        if line.item_code is not None:
            accounts.setdefault(line.item_code, line.account_code)
        elif line.account_code not in standing:
            standing[line.account_code] = ledger.item_of_account(line.account_code)
    named = [_needed(item, accounts[item.code]) for item in document.items if item.code in accounts]
    needed = [*named, *(_needed(item, account_code) for account_code, item in standing.items())]
    return tuple({item.code: item for item in needed}.values())


def _needed(item: LedgerItem, account_code: str) -> NeededItem:
    return NeededItem(code=item.code, name=item.name, description=item.description, account_code=account_code)
