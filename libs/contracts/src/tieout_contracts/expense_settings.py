"""What a company keeps for expenses: options, mappings, and the links that pay what the company's own money bought.

Names are ConnectWise's: members by their identifier, types and taxes by their name, all compared without case and outer
spaces, and kept as they were given.
"""

from collections.abc import Callable, Iterable
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from tieout_contracts.base import Contract

LINKS_MAX = 2_000
RULES_MAX = 500
NAME_CHARACTERS_MAX = 100

Row = TypeVar("Row", bound=Contract)


def _told(name: str) -> str:
    if not name.strip():
        raise ValueError("it is blank: give it a name or leave it out")
    return name


Name = Annotated[str, Field(max_length=NAME_CHARACTERS_MAX), AfterValidator(_told)]
"""A name or code of ConnectWise or the ledger; never blank."""

RequiredApproval = Literal["any", "pending", "tier_one", "tier_one_and_two"]
"""How far ConnectWise's approval must have come. pending: handed in. tier_one_and_two: both approvers said yes."""
RequiredBilling = Literal["any", "ready_to_bill", "billed"]
"""How far the billing of an entry must have come: handed to billing, or on an invoice."""
BillStatus = Literal["draft", "approved"]
LinkAction = Literal["offset_account", "draft_bill", "approved_bill", "payment_account"]
"""offset_account: a bill, settled against the offset account (F178). draft_bill: a draft that nobody owes yet (F180).
approved_bill: an approved bill, open for payment (F182). payment_account: an approved bill, paid from the row's own
bank account or credit card (F183)."""


class ExpenseAccountRule(Contract):
    """Entries of one of ConnectWise's expense types post to a ledger account (F159)."""

    expense_type: Name
    ledger_account: Name


class ExpenseTaxRule(Contract):
    """The one rate of an expense tax type (K22): a tax that somebody typed and it does not make is refused later on."""

    expense_tax_type: Name
    ledger_tax_code: Name


class ExpenseLink(Contract):
    """What becomes of the expenses that one member, or whoever has none of his own, paid in one company payment type.

    A row without `member` is for all members (F177).
    """

    member: Name | None = None
    """ConnectWise's member, by identifier."""
    payment_type: Name
    action: LinkAction
    ledger_account: Name | None = Field(default=None, validate_default=True)
    """The bank account or credit card that pays; with `payment_account` only."""

    @field_validator("ledger_account")
    @classmethod
    def _pays(cls, account: str | None, known: ValidationInfo) -> str | None:
        """F184: required with `payment_account`, and refused with the other three."""
        action = known.data.get("action")
        if action == "payment_account" and account is None:
            raise ValueError("the action payment_account needs the bank account or credit card that pays")
        if action not in (None, "payment_account") and account is not None:
            raise ValueError(f"the action {action} takes no account of its own: leave it out")
        return account


def _each_once(rows: tuple[Row, ...], name_of: Callable[[Row], str]) -> tuple[Row, ...]:
    seen: dict[str, int] = {}
    for number, row in enumerate(rows, 1):
        if (first := seen.setdefault(_folded(name_of(row)), number)) != number:
            raise ValueError(f"rows {first} and {number} are both for {name_of(row)}: name each once")
    return rows


def _by_whom(link: ExpenseLink) -> str:
    whom = f"member {link.member.strip()}" if link.member else "all members"
    return f"{whom} and payment type {link.payment_type.strip()}"


def _folded(name: str) -> str:
    return name.strip().casefold()


AccountRules = Annotated[
    tuple[ExpenseAccountRule, ...],
    Field(max_length=RULES_MAX),
    AfterValidator(lambda rows: _each_once(rows, lambda row: f"expense type {row.expense_type.strip()}")),
]
TaxRules = Annotated[
    tuple[ExpenseTaxRule, ...],
    Field(max_length=RULES_MAX),
    AfterValidator(lambda rows: _each_once(rows, lambda row: f"expense tax type {row.expense_tax_type.strip()}")),
]
Links = Annotated[
    tuple[ExpenseLink, ...], Field(max_length=LINKS_MAX), AfterValidator(lambda rows: _each_once(rows, _by_whom))
]


class ExpenseSettings(Contract):
    """Everything of one company's expenses (K21). As it comes, nothing is set."""

    entered_inclusive_of_tax: bool = True
    """Whether members enter what they paid, tax in it, or the net amount."""
    bills: Literal["per_entry", "weekly_by_member"] = "per_entry"
    """One bill for each entry (F150), or one for all of a member's entries of a week (F151)."""
    required_approval: RequiredApproval = "tier_one"
    required_billing: RequiredBilling = "any"
    notify_about_approvals: bool = False
    """Whether whoever runs the sync is told of entries that wait for their approval."""
    reimbursable_status: BillStatus = "draft"
    company_paid_status: BillStatus = "draft"
    """How bills arrive in the ledger, where no link says otherwise."""
    accounts: AccountRules = ()
    offset_account: Name | None = None
    """The liability account that company-paid expenses without a payment account are settled against."""
    offset_item_code: Name = "OFFSET"
    """The Non-Product ID by which ConnectWise marks the offset (K23)."""
    taxes: TaxRules = ()
    untaxed: Name | None = None
    """The ledger tax code of entries that bear no tax."""
    links: Links = ()

    @field_validator("links")
    @classmethod
    def _offset_is_known(cls, links: tuple[ExpenseLink, ...], known: ValidationInfo) -> tuple[ExpenseLink, ...]:
        missing = "offset_account" in known.data and known.data["offset_account"] is None
        settled = next((number for number, link in enumerate(links, 1) if link.action == "offset_account"), None)
        if missing and settled is not None:
            raise ValueError(f"row {settled} settles against the offset account, and `offset_account` names none")
        return links

    @property
    def in_use(self) -> bool:
        """Whether the company has anything of expenses set."""
        return self != ExpenseSettings()

    @property
    def linked_members(self) -> frozenset[str]:
        """The members that links name, folded (F191)."""
        return frozenset(_folded(link.member) for link in self.links if link.member)

    def link_of(self, member: str, payment_type: str) -> ExpenseLink | None:
        """The row for what a member paid in a company payment type: his own before that for all (F176, F177).

        None: the payment type is not linked, for him at least (F187, F188). For company-paid expenses only: what a
        member is paid back never goes by a link.
        """
        fitting = [link for link in self.links if _folded(link.payment_type) == _folded(payment_type)]
        own = (link for link in fitting if link.member and _folded(link.member) == _folded(member))
        return next(own, None) or next((link for link in fitting if link.member is None), None)

    def account_of(self, expense_type: str) -> str | None:
        """The ledger account of an expense type; None where it is not mapped."""
        return _first(rule.ledger_account for rule in self.accounts if _is(rule.expense_type, expense_type))

    def tax_code_of(self, expense_tax_type: str) -> str | None:
        """The ledger tax code of an expense tax type; None where it is not mapped."""
        return _first(rule.ledger_tax_code for rule in self.taxes if _is(rule.expense_tax_type, expense_tax_type))


def _is(one: str, other: str) -> bool:
    return _folded(one) == _folded(other)


def _first(codes: Iterable[str]) -> str | None:
    return next((code.strip() for code in codes), None)
