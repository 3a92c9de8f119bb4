"""An organisation's reference data: accounts, tax rates, tracking categories, currencies; looked up by dict."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from tieout_simulators.xero.arithmetic import TaxComponent, effective_rate, rounded
from tieout_simulators.xero.dates import ms_moment, parse_moment
from tieout_simulators.xero.ids import IdSource

_CLASS_OF_TYPE = {
    "BANK": "ASSET", "CURRENT": "ASSET", "FIXED": "ASSET", "INVENTORY": "ASSET", "NONCURRENT": "ASSET",
    "PREPAYMENT": "ASSET", "CURRLIAB": "LIABILITY", "LIABILITY": "LIABILITY", "TERMLIAB": "LIABILITY",
    "PAYG": "LIABILITY", "DEPRECIATN": "EXPENSE", "DIRECTCOSTS": "EXPENSE", "EXPENSE": "EXPENSE",
    "OVERHEADS": "EXPENSE", "EQUITY": "EQUITY", "REVENUE": "REVENUE", "SALES": "REVENUE", "OTHERINCOME": "REVENUE",
}  # fmt: skip
_CAN_APPLY_TO = {
    "ASSET": "CanApplyToAssets", "EQUITY": "CanApplyToEquity", "EXPENSE": "CanApplyToExpenses",
    "LIABILITY": "CanApplyToLiabilities", "REVENUE": "CanApplyToRevenue",
}  # fmt: skip
_CLOSED_SYSTEM_ACCOUNTS = {
    "DEBTORS", "CREDITORS", "RETAINEDEARNINGS", "UNPAIDEXPCLM", "WAGEPAYABLES",
    "BANKCURRENCYGAIN", "REALISEDCURRENCYGAIN", "UNREALISEDCURRENCYGAIN",
}  # fmt: skip
NO_TAX_TYPE = "NONE"


@dataclass(slots=True)
class Account:
    """One account; ``shape`` is what the API shows."""

    shape: dict[str, Any]
    updated: datetime

    @property
    def account_id(self) -> str:
        return str(self.shape["AccountID"])

    @property
    def code(self) -> str:
        return str(self.shape.get("Code", ""))

    @property
    def is_active(self) -> bool:
        return bool(self.shape["Status"] == "ACTIVE")

    @property
    def takes_document_lines(self) -> bool:
        """Unconfirmed: bank accounts and the control accounts that Xero keeps itself take no lines."""
        system_account = self.shape.get("SystemAccount", "")
        return self.shape["Type"] != "BANK" and system_account not in _CLOSED_SYSTEM_ACCOUNTS

    def as_json(self) -> dict[str, Any]:
        return {**self.shape, "UpdatedDateUTC": ms_moment(self.updated)}


@dataclass(slots=True)
class TaxRate:
    """One tax rate; ``rate`` is exact where the API shows 4 decimals."""

    shape: dict[str, Any]
    rate: Decimal

    @property
    def tax_type(self) -> str:
        return str(self.shape["TaxType"])

    @property
    def is_active(self) -> bool:
        return bool(self.shape["Status"] == "ACTIVE")

    def can_apply_to(self, account: Account) -> bool:
        """Whether the account's class may bear this tax."""
        return bool(self.shape[_CAN_APPLY_TO[account.shape["Class"]]])


@dataclass(slots=True)
class TrackingCategory:
    """One tracking category with its options by name and id."""

    shape: dict[str, Any]
    options: dict[str, dict[str, Any]] = field(default_factory=dict)


class Chart:
    """The reference data of one organisation. Loading raises ``ValueError`` or ``KeyError`` for alien records."""

    def __init__(self, ids: IdSource) -> None:
        self._ids = ids
        self.accounts: dict[str, Account] = {}
        self.accounts_by_code: dict[str, Account] = {}
        self.tax_rates: dict[str, TaxRate] = {}
        self.tracking: dict[str, TrackingCategory] = {}
        self.currencies: dict[str, dict[str, Any]] = {}
        self.add_tax_rate({"Name": "Tax Exempt", "TaxType": NO_TAX_TYPE, "EffectiveRate": 0, "TaxComponents": []})

    def add_account(self, shape: dict[str, Any], now: datetime) -> None:
        """Add or replace an account (by AccountID, then Code)."""
        known = self.accounts_by_code.get(str(shape.get("Code", "")))
        account_id = str(shape.get("AccountID") or (known.account_id if known else self._ids.next()))
        account_type = shape["Type"]
        full = {
            "AccountID": account_id,
            "Status": "ACTIVE",
            "Class": _CLASS_OF_TYPE[account_type],
            "SystemAccount": "",
            "EnablePaymentsToAccount": False,
            "BankAccountType": "",
            "HasAttachments": False,
            **{name: value for name, value in shape.items() if value is not None},
        }
        updated = full.pop("UpdatedDateUTC", None)
        account = Account(full, now if updated is None else parse_moment(updated))
        self.accounts[account_id] = account
        if account.code:
            self.accounts_by_code[account.code] = account

    def add_tax_rate(self, shape: dict[str, Any]) -> None:
        """Add or replace a tax rate; without components its EffectiveRate counts. Missing CanApplyTo flags are true."""
        components = [
            TaxComponent(_decimal(part["Rate"]), bool(part.get("IsCompound", False)))
            for part in shape.get("TaxComponents") or []
        ]
        rate = effective_rate(components) if components else _decimal(shape.get("EffectiveRate", 0))
        shown = rounded(rate, 4)
        full = {
            "Status": "ACTIVE",
            **dict.fromkeys(_CAN_APPLY_TO.values(), True),
            "TaxComponents": [],
            **{name: value for name, value in shape.items() if value is not None},
            "DisplayTaxRate": shown,
            "EffectiveRate": shown,
        }
        self.tax_rates[str(full["TaxType"])] = TaxRate(full, rate)

    def add_tracking_category(self, shape: dict[str, Any]) -> None:
        """Add or replace a tracking category with its options."""
        full = {"TrackingCategoryID": self._ids.next(), "Status": "ACTIVE", **shape}
        full["Options"] = [
            {"TrackingOptionID": self._ids.next(), "Status": "ACTIVE", **option}
            for option in shape.get("Options") or []
        ]
        category = TrackingCategory(full)
        for option in full["Options"]:
            category.options[_folded(option["Name"])] = option
            category.options[option["TrackingOptionID"]] = option
        self.tracking[_folded(full["Name"])] = category
        self.tracking[full["TrackingCategoryID"]] = category

    def add_currency(self, shape: dict[str, Any]) -> None:
        """Subscribe to a currency."""
        self.currencies[shape["Code"]] = {"Description": shape["Code"], **shape}

    def tracking_category(self, id_or_name: str) -> TrackingCategory | None:
        """An active or archived category by id or name."""
        return self.tracking.get(id_or_name) or self.tracking.get(_folded(id_or_name))

    def tracking_categories(self) -> list[TrackingCategory]:
        """Each category once."""
        return [category for key, category in self.tracking.items() if key == category.shape["TrackingCategoryID"]]

    @staticmethod
    def tracking_option(category: TrackingCategory, id_or_name: str) -> dict[str, Any] | None:
        """An option of the category by id or name."""
        return category.options.get(id_or_name) or category.options.get(_folded(id_or_name))


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def _decimal(value: Any) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))
