"""What the check of a set-up looks at, and what it says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from tieout_contracts.problems import Problem
from tieout_contracts.reference import LedgerReference
from tieout_contracts.settings import CompanySettings, SettingsSnapshot
from tieout_providers.connectwise.models import (
    BillingTerm,
    Currency,
    ExpenseType,
    Location,
    Member,
    PaymentType,
    TaxCode,
)

StepName = Literal[
    "connectwise",
    "ledger",
    "accounts",
    "taxes",
    "tracking",
    "items",
    "terms",
    "currencies",
    "locations",
    "payment_types",
    "callbacks",
    "numbers",
    "going_live",
    "expense_types",
    "expense_accounts",
    "expense_links",
    "expense_taxes",
]

UNUSABLE = "the connection is not usable just now."


@dataclass(frozen=True, slots=True)
class Site:
    """What ConnectWise shows of its set-up. `problems`: why it does not show something; that is empty then.
    `payment_types`: read only where the account names some; or why they could not be read. So are members and expense
    types, where the company has anything of expenses set."""

    tax_codes: Sequence[TaxCode] = ()
    locations: Sequence[Location] = ()
    currencies: Sequence[Currency] = ()
    terms: Sequence[BillingTerm] = ()
    payment_types: Sequence[PaymentType] | str = UNUSABLE
    members: Sequence[Member] | str = UNUSABLE
    expense_types: Sequence[ExpenseType] | str = UNUSABLE
    problems: Sequence[Problem] = ()

    def shows(self, what: Literal["tax_codes", "locations", "currencies", "terms"]) -> bool:
        """Whether there is something to compare with."""
        return bool(getattr(self, what))


@dataclass(frozen=True, slots=True)
class Connections:
    """The company's own, as they stand."""

    ledger_kind: str | None
    ledger_broken: bool
    callbacks: bool
    callback_problem: str | None


@dataclass(frozen=True, slots=True)
class Facts:
    """`waiting_accounts` and `waiting_taxes`: what records that were refused lack, with how many records do.
    `others`: the other companies of the tenant. `held`: why the tenant takes nothing new. `payment_types`: those that
    the account names, `payment_type_ids` their ids in ConnectWise by connection and name."""

    settings: CompanySettings
    reference: LedgerReference | None
    site: Site
    connections: Connections
    others: Sequence[SettingsSnapshot] = ()
    waiting_accounts: Mapping[str, int] = field(default_factory=dict)
    waiting_taxes: Mapping[str, int] = field(default_factory=dict)
    held: Problem | None = None
    payment_types: Sequence[str] = ()
    payment_type_ids: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of getting started. `looked`: whether it could be looked at; a step that could not is never good."""

    name: StepName
    looked: bool
    findings: Sequence[Problem] = ()

    @property
    def state(self) -> Literal["good", "to_do", "unknown"]:
        if self.findings:
            return "to_do"
        return "good" if self.looked else "unknown"


def folded(name: str) -> str:
    """Names are compared without case and outer spaces, as the rules compare them."""
    return name.strip().casefold()
