"""Xero: `LineAmount = Quantity × UnitAmount`, always at two decimals, with quantities and (`unitdp=4`) prices at four.

Tax is computed for each line, rounded to two decimals and then summed.
https://central.xero.com/s/article/Rounding-in-Xero ; https://developer.xero.com/documentation/api/accounting/invoices
"""

from decimal import Decimal

from tieout_contracts.reference import LedgerAccount, LedgerReference
from tieout_transform.rules.ledgers.ledger import Ledger
from tieout_transform.rules.ledgers.taxes import ByLine

_SYSTEM_ACCOUNTS_FOR_LINES = frozenset({"ROUNDING"})
_TYPES_WITHOUT_LINES = frozenset({"BANK", "INVENTORY"})


def is_postable(account: LedgerAccount) -> bool:
    """Not the ledger's own accounts, no bank account, no counted stock."""
    own = account.system is not None and account.system.upper() not in _SYSTEM_ACCOUNTS_FOR_LINES
    return not own and account.account_type.upper() not in _TYPES_WITHOUT_LINES


XERO = Ledger(
    name="Xero",
    price_places=4,
    quantity_places=4,
    max_quantity=Decimal("99999999.9999"),  # 13 characters
    max_line_amount=Decimal("9999999999.99"),
    max_number_characters=255,
    tax=ByLine(),
    is_postable=is_postable,
    never_in_links="xero",
)


def ledger(reference: LedgerReference) -> Ledger:
    """All organisations compute alike."""
    return XERO
