"""A ledger as the rules see it: what it computes, keeps and takes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from tieout_contracts.reference import LedgerAccount, LedgerTaxRate
from tieout_transform.rules.draft import DraftLine
from tieout_transform.rules.ledger_arithmetic import at_places, ledger_amount


class TaxArithmetic(Protocol):
    """How a ledger rounds tax, and where a cent of it may be sent otherwise."""

    @property
    def words(self) -> str:
        """How it rounds, as the end of a sentence: `line by line`."""

    def compute(self, lines: Iterable[DraftLine]) -> None:
        """Give each line the tax that the ledger makes of it. What it states only in a sum is laid on its lines."""

    def move(self, taxed: Sequence[DraftLine], difference: Decimal, document: Sequence[DraftLine]) -> str:
        """Move as much of `difference` onto the tax of `taxed` as the ledger keeps; where to, in words, or empty.

        `document` has all of the document's lines: some ledgers keep moved cents only if all others allow it.
        """


@dataclass(frozen=True, slots=True)
class Ledger:
    """One kind of ledger, immutable; all that the rules know of it by its kind."""

    name: str
    price_places: int
    quantity_places: int
    max_quantity: Decimal
    max_line_amount: Decimal
    """Of amounts and of prices."""
    max_number_characters: int
    tax: TaxArithmetic
    is_postable: "PostableAccount"
    """Whether a document's line may use an account of that kind."""
    takes_amount_alone: bool = False
    """Whether a line may have an amount without quantity and price."""
    untaxed_code: str | None = None
    """Where a document has one tax code for all lines that are taxed: the code of those that are not."""
    automated_code: LedgerTaxRate | None = None
    """Where the ledger can find the tax itself: the code of lines that it taxes, at a rate that is its own."""
    books_by_item: bool = False
    """Whether a line posts to its item's account, whatever it says itself."""
    fixes_customers_currency: bool = False
    """Whether a customer has one currency for ever, so that documents in another are another customer's."""
    has_drafts: bool = True
    """Whether a document can wait in the ledger to be approved."""
    knows_tax_by_name: bool = False
    """Whether people know a tax code by its name, because the code is an id."""
    not_in_item_codes: frozenset[str] = frozenset()
    """Characters that no item's code may have; empty where all may stand in one."""
    never_in_links: str = ""
    """A word that the ledger takes in no address."""
    charset: str = "utf-8"
    """The set that item codes are kept in, as Python names it."""
    max_lines: int | None = None

    def quantity(self, quantity: Decimal) -> Decimal:
        return at_places(quantity, self.quantity_places)

    def price(self, price: Decimal) -> Decimal:
        return at_places(price, self.price_places)

    def tax_name(self, rate: LedgerTaxRate) -> str:
        """The tax code in words."""
        return rate.name if self.knows_tax_by_name else rate.code

    def line_amount(self, quantity: Decimal, price: Decimal) -> Decimal:
        """What the ledger makes of a line; both factors are first brought to the places that it keeps."""
        return ledger_amount(self.quantity(quantity) * self.price(price))


class PostableAccount(Protocol):
    """Whether a line of a document may post to the account."""

    def __call__(self, account: LedgerAccount, /) -> bool: ...
