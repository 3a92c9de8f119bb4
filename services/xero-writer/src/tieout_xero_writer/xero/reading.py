"""Xero's reference data in the contracts' terms."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tieout_contracts.reference import (
    LedgerAccount,
    LedgerItemRef,
    LedgerReference,
    LedgerTaxRate,
    TaxComponent,
    TrackingCategory,
)
from tieout_providers.errors import Unreadable
from tieout_providers.xero import reads
from tieout_providers.xero.errors import XERO

ACTIVE = "ACTIVE"


@dataclass(frozen=True, slots=True)
class Answers:
    """What was read, list by list."""

    organisation: reads.Organisation
    actions: Sequence[reads.Action]
    accounts: Sequence[reads.Account]
    tax_rates: Sequence[reads.TaxRate]
    tracking: Sequence[reads.TrackingCategory]
    currencies: Sequence[reads.Currency]
    items: Sequence[reads.Item]


def reference_of(organisation_id: str, read: Answers, read_at: datetime) -> LedgerReference:
    """The reference data, not yet numbered. Raises `Unreadable` for an organisation without a name or currency."""
    organisation = read.organisation
    if not (organisation.name and organisation.base_currency):
        raise Unreadable(XERO, "the organisation lacks its name or its currency")
    codes = [each.code for each in read.currencies if each.code]
    return LedgerReference(
        ledger="xero",
        organisation_id=organisation_id,
        organisation_name=organisation.name,
        country=organisation.country_code or "",
        base_currency=organisation.base_currency,
        currencies=tuple(sorted({organisation.base_currency, *codes})),
        accounts=tuple(_account(each, each.code) for each in read.accounts if each.code),
        tax_rates=tuple(_tax_rate(each, each.tax_type) for each in read.tax_rates if each.tax_type),
        tracking=tuple(_category(each) for each in read.tracking if each.status == ACTIVE),
        items=tuple(
            LedgerItemRef(code=each.code, name=each.name or each.code, tracked_stock=bool(each.is_tracked_as_inventory))
            for each in read.items
            if each.code
        ),
        period_lock_date=organisation.period_lock_date,
        year_lock_date=organisation.end_of_year_lock_date,
        actions=tuple(sorted(each.name for each in read.actions if each.allowed and each.name)),
        read_at=read_at,
        version=0,
    )


def _account(account: reads.Account, code: str) -> LedgerAccount:
    return LedgerAccount(
        code=code,
        name=account.name or code,
        account_class=(account.account_class or "").upper(),
        account_type=(account.type or "").upper(),
        active=account.status in (None, ACTIVE),
        system=account.system_account or None,
    )


def _tax_rate(rate: reads.TaxRate, code: str) -> LedgerTaxRate:
    components = tuple(
        TaxComponent(name=each.name or "", rate=each.rate, compound=bool(each.is_compound))
        for each in rate.tax_components
        if each.rate is not None
    )
    return LedgerTaxRate(
        code=code,
        name=rate.name or code,
        rate=_effective(rate, components),
        components=components,
        applies_to=_applies_to(rate),
        active=rate.status in (None, ACTIVE),
    )


def _effective(rate: reads.TaxRate, components: Sequence[TaxComponent]) -> Decimal:
    for told in (rate.effective_rate, rate.display_tax_rate):
        if told is not None:
            return told
    return sum((each.rate for each in components), Decimal(0))


def _applies_to(rate: reads.TaxRate) -> tuple[str, ...]:
    """In the words of the accounts' classes."""
    classes = {
        "ASSET": rate.can_apply_to_assets,
        "EQUITY": rate.can_apply_to_equity,
        "EXPENSE": rate.can_apply_to_expenses,
        "LIABILITY": rate.can_apply_to_liabilities,
        "REVENUE": rate.can_apply_to_revenue,
    }
    return tuple(name for name, may in classes.items() if may)


def _category(category: reads.TrackingCategory) -> TrackingCategory:
    options = (option.name for option in category.options if option.status == ACTIVE and option.name)
    return TrackingCategory(name=category.name or "", options=tuple(options))
