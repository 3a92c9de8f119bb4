"""QuickBooks Online: an amount must be quantity × price at two decimals, both at seven (code 6070), or it stands alone.

Outside the United States each line has a tax code, and each of its rates is rounded on what its lines add up to.
Inside, with sales tax by hand, lines are taxed or not (TAX, NON) and one code stands on the document, rounded once;
with Automated Sales Tax that code and its rates are QuickBooks' own, by the address (`rules/automated_tax.py`).
That tax is rounded on sums is not documented (docs/unverified.md); a company's first document proves it.
https://developer.intuit.com/app/developer/qbo/docs/api/accounting/all-entities/invoice
"""

from decimal import Decimal

from tieout_contracts.reference import LedgerAccount, LedgerReference, LedgerTaxRate
from tieout_transform.rules.ledgers.ledger import Ledger
from tieout_transform.rules.ledgers.taxes import BySum

_UNITED_STATES = frozenset({"US", "USA"})
_TYPES_OF_SALES = frozenset({"INCOME", "OTHER INCOME", "OTHER CURRENT LIABILITY"})
_AUTOMATED = LedgerTaxRate(code="TAX", name="Automated Sales Tax", rate="0")


def is_postable(account: LedgerAccount) -> bool:
    """A line posts to its item's account, and items sell to income, or to what is owed (code 6430)."""
    return account.account_type.upper() in _TYPES_OF_SALES


def _ledger(
    *, parts: bool, untaxed_code: str | None, automated_code: LedgerTaxRate | None = None, charset: str
) -> Ledger:
    return Ledger(
        name="QuickBooks Online",
        price_places=7,
        quantity_places=7,
        max_quantity=Decimal(99999999999),
        max_line_amount=Decimal("9999999999.99"),
        max_number_characters=21,
        tax=BySum(parts=parts),
        is_postable=is_postable,
        takes_amount_alone=True,
        untaxed_code=untaxed_code,
        automated_code=automated_code,
        books_by_item=True,
        fixes_customers_currency=True,
        has_drafts=False,
        knows_tax_by_name=True,
        not_in_item_codes=frozenset(':"'),
        charset=charset,
        max_lines=750,
    )


QBO = _ledger(parts=True, untaxed_code=None, charset="utf-8")
QBO_UNITED_STATES = _ledger(parts=False, untaxed_code="NON", automated_code=_AUTOMATED, charset="latin-1")


def ledger(reference: LedgerReference) -> Ledger:
    """By the country of the company's books."""
    return QBO_UNITED_STATES if reference.country.upper() in _UNITED_STATES else QBO
