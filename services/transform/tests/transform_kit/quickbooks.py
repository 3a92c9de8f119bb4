"""Companies of QuickBooks Online as its writer reads them: one in Australia, one in the United States."""

from typing import Any

from tieout_contracts.reference import (
    LedgerAccount,
    LedgerItemRef,
    LedgerReference,
    LedgerTaxRate,
    TaxComponent,
    TrackingCategory,
)
from tieout_contracts.settings import SettingsSnapshot, TaxRule, TaxSettings
from transform_kit.records import reference, snapshot

ACCOUNTS = tuple(
    LedgerAccount(code=code, name=name, account_class=account_class, account_type=account_type)
    for code, name, account_class, account_type in (
        ("200", "Sales", "REVENUE", "INCOME"),
        ("210", "Hardware", "REVENUE", "INCOME"),
        ("090", "Bank", "ASSET", "BANK"),
        ("610", "Debtors", "ASSET", "ACCOUNTS RECEIVABLE"),
        ("820", "Tax collected", "LIABILITY", "OTHER CURRENT LIABILITY"),
        ("860", "Rounding", "REVENUE", "OTHER INCOME"),
    )
)
TRACKING = (
    TrackingCategory(name="Class", options=("Managed", "Projects")),
    TrackingCategory(name="Location", options=("Sydney", "Perth"), per_document=True),
)


def code(code_id: str, *parts: tuple[str, str], compound: bool = False) -> LedgerTaxRate:
    """A tax code of named rates, `("STATE", "6")`; with `compound` the last taxes the tax before it."""
    components = [TaxComponent(name=name, rate=percent) for name, percent in parts]
    if compound:
        components[-1] = components[-1].model_copy(update={"compound": True})
    rate = sum((part.rate for part in components if not part.compound), start=components[0].rate * 0) if parts else 0
    rate += sum(part.rate * (1 + rate / 100) for part in components if part.compound)
    name = " and ".join(part.name for part in components) or f"no tax {code_id}"
    return LedgerTaxRate(code=code_id, name=name, rate=rate, components=tuple(components))


AUSTRALIAN_CODES = (
    code("10", ("GST", "10")),
    code("11", ("GST free", "0")),
    code("12"),
    code("15", ("GST on services", "15")),
    code("20", ("STATE", "6"), ("CITY", "4")),
)
AMERICAN_CODES = (
    code("2", ("California", "8")),
    code("6", ("Texas", "6.25")),
    code("7", ("A", "6"), ("B", "2")),
    code("NON"),
)


def australian(**changes: Any) -> LedgerReference:
    facts: dict[str, Any] = {
        "ledger": "qbo",
        "country": "AU",
        "currencies": ("AUD",),
        "accounts": ACCOUNTS,
        "tax_rates": AUSTRALIAN_CODES,
        "tracking": TRACKING,
        "items": (LedgerItemRef(code="SW-24", name="Switch", tracked_stock=True, account_code="200"),),
        "sales_tax": "manual",
    }
    return reference(**facts | changes)


def american(**changes: Any) -> LedgerReference:
    facts = {"country": "US", "base_currency": "USD", "currencies": ("USD",), "tax_rates": AMERICAN_CODES}
    return australian(**facts | changes)


def tax_settings(reference: LedgerReference, **changes: Any) -> TaxSettings:
    """GST by the document's code; nothing is taxed by mistake."""
    abroad = reference.country == "US"
    taxed, untaxed, out = ("2", "NON", "NON") if abroad else ("10", "11", "12")
    facts: dict[str, Any] = {
        "rules": (TaxRule(connectwise_tax_code="GST", ledger_tax_code=taxed),),
        "untaxed": untaxed,
        "out_of_scope": out,
    }
    return TaxSettings(**facts | changes)


def settings_for(reference: LedgerReference, *, tax: dict[str, Any] | None = None, **changes: Any) -> SettingsSnapshot:
    return snapshot(tax=tax_settings(reference, **tax or {}), ledger="qbo", ledger_connection="qbo", **changes)
