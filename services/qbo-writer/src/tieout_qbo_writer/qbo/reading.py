"""QuickBooks Online's reference data in the contracts' terms.

Codes: an account's number where the company numbers its accounts, else its full name; an item's full name; a tax code's
id, because its name may change.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from tieout_contracts.money import plain
from tieout_contracts.reference import (
    LedgerAccount,
    LedgerItemRef,
    LedgerReference,
    LedgerTaxRate,
    TaxComponent,
    TrackingCategory,
)
from tieout_posting.ledger import item_key
from tieout_providers.errors import Unreadable
from tieout_providers.qbo import reads
from tieout_providers.qbo.errors import QBO
from tieout_qbo_writer.qbo.capability import (
    capability_keys,
    class_place,
    home_currency,
    is_american,
    numbers_itself,
    sales_tax,
)
from tieout_qbo_writer.qbo.documents import CLASS, LOCATION
from tieout_qbo_writer.qbo.keys import account_key, class_key, item_account_key, location_key, percents_key, rates_key
from tieout_qbo_writer.qbo.rates import effective_rate, percent_on, rates_of
from tieout_qbo_writer.qbo.tax import TAXED, UNTAXED


@dataclass(frozen=True, slots=True)
class Answers:
    """What was read, list by list."""

    company: reads.CompanyInfo
    preferences: reads.Preferences
    accounts: Sequence[reads.Account]
    tax_codes: Sequence[reads.TaxCode]
    tax_rates: Sequence[reads.TaxRate]
    classes: Sequence[reads.Tracked]
    departments: Sequence[reads.Tracked]
    items: Sequence[reads.Item]
    currencies: Sequence[reads.CompanyCurrency] = ()


def reference_of(realm_id: str, read: Answers, read_at: datetime) -> LedgerReference:
    """The reference data, not yet numbered. Raises `Unreadable` for a company without a name or currency."""
    if not read.company.company_name:
        raise Unreadable(QBO, "the company lacks its name")
    home = home_currency(read.preferences)
    codes = account_codes(read)
    return LedgerReference(
        ledger="qbo",
        organisation_id=realm_id,
        organisation_name=read.company.company_name,
        country=read.company.country or "",
        base_currency=home,
        currencies=tuple(sorted({home, *(each.code for each in read.currencies if each.code and _on(each))})),
        multi_currency=read.preferences.currency_prefs.multi_currency_enabled is True,
        accounts=tuple(_account(each, codes[each.id]) for each in read.accounts if each.id in codes and each.id),
        tax_rates=tuple(_tax_code(each, each.id, read, read_at.date()) for each in _sales_codes(read) if each.id),
        tracking=_tracking(read),
        items=tuple(_item(each, name, codes) for each, name in _items(read)),
        period_lock_date=read.preferences.accounting_info_prefs.book_close_date,
        sales_tax=sales_tax(read.company, read.preferences),
        numbers_itself=numbers_itself(read.preferences),
        read_at=read_at,
        version=0,
    )


def keys_of(read: Answers, on: date) -> Mapping[str, str]:
    """The ids behind the codes, and what the builders must know of the company on that day."""
    codes = account_codes(read)
    keys = dict(capability_keys(read.company, read.preferences))
    keys |= {
        account_key(codes[each.id]): each.id for each in read.accounts if each.id in codes and each.id and _on(each)
    }
    keys |= {rates_key(each.id): " ".join(_rate_ids(each)) for each in _sales_codes(read) if each.id and _on(each)}
    split = [each for each in _sales_codes(read) if len(_rate_ids(each)) > 1]
    keys |= {percents_key(each.id): _percents(each, read, on) for each in split if each.id}
    keys |= {class_key(name): found for found, name in _named(read.classes)}
    keys |= {location_key(name): found for found, name in _named(read.departments)}
    for item, name in _items(read):
        keys[item_key(name)] = item.id or ""
        income = item.income_account_ref.value if item.income_account_ref else None
        if income in codes:
            keys[item_account_key(name)] = codes[income]
    return keys


def account_codes(read: Answers) -> dict[str, str]:
    """The code of each account, by id: its number if that is its own, else its full name."""
    numbered = read.preferences.accounting_info_prefs.use_account_numbers is not False
    times = Counter(each.acct_num for each in read.accounts if each.acct_num)
    return {
        each.id: each.acct_num if numbered and each.acct_num and times[each.acct_num] == 1 else name
        for each in read.accounts
        if each.id and (name := each.fully_qualified_name or each.name)
    }


def _account(account: reads.Account, code: str) -> LedgerAccount:
    return LedgerAccount(
        code=code,
        name=account.fully_qualified_name or account.name or code,
        account_class=(account.classification or _CLASSES.get(account.account_type or "") or "").upper(),
        account_type=(account.account_type or "").upper(),
        active=_on(account),
        bank_feed=account.online_banking_enabled,
    )


_CLASSES = {
    "Income": "Revenue",
    "Other Income": "Revenue",
    "Expense": "Expense",
    "Other Expense": "Expense",
    "Cost of Goods Sold": "Expense",
    "Bank": "Asset",
    "Accounts Receivable": "Asset",
    "Other Current Asset": "Asset",
    "Fixed Asset": "Asset",
    "Other Asset": "Asset",
    "Accounts Payable": "Liability",
    "Credit Card": "Liability",
    "Other Current Liability": "Liability",
    "Long Term Liability": "Liability",
    "Equity": "Equity",
}
"""Where an account does not tell its class."""


def _sales_codes(read: Answers) -> list[reads.TaxCode]:
    """Those that may stand on a sale. In the United States TAX only says that the document's code applies."""
    american = is_american(read.company)
    return [each for each in read.tax_codes if _on(each) and (each.id == UNTAXED or _is_sold(each, american))]


def _is_sold(code: reads.TaxCode, american: bool) -> bool:
    if american and code.id == TAXED:
        return False
    return bool(_rate_ids(code)) or (not american and code.taxable is False)


def _rate_ids(code: reads.TaxCode) -> list[str]:
    details = code.sales_tax_rate_list.tax_rate_detail if code.sales_tax_rate_list else ()
    return [each.tax_rate_ref.value for each in details if each.tax_rate_ref and each.tax_rate_ref.value]


def _percents(code: reads.TaxCode, read: Answers, on: date) -> str:
    rates = {each.id: each for each in read.tax_rates}
    percents = (percent_on(rates[each], on) if each in rates else None for each in _rate_ids(code))
    return " ".join(plain(percent or Decimal(0)) for percent in percents)


def _tax_code(code: reads.TaxCode, code_id: str, read: Answers, on: date) -> LedgerTaxRate:
    components: tuple[TaxComponent, ...] = rates_of(code, read.tax_rates, on)
    rate = effective_rate(components) if components else Decimal(0)
    return LedgerTaxRate(code=code_id, name=code.name or code_id, rate=rate, components=components, active=_on(code))


def _tracking(read: Answers) -> tuple[TrackingCategory, ...]:
    found = []
    if (place := class_place(read.preferences)) is not None:
        classes = tuple(name for _, name in _named(read.classes))
        found.append(TrackingCategory(name=CLASS, options=classes, per_document=place == "document"))
    if read.preferences.accounting_info_prefs.track_departments:
        locations = tuple(name for _, name in _named(read.departments))
        found.append(TrackingCategory(name=LOCATION, options=locations, per_document=True))
    return tuple(found)


def _named(rows: Iterable[reads.Tracked]) -> list[tuple[str, str]]:
    return [
        (each.id, name) for each in rows if each.id and _on(each) and (name := each.fully_qualified_name or each.name)
    ]


def _items(read: Answers) -> list[tuple[reads.Item, str]]:
    return [(each, name) for each in read.items if (name := item_name(each)) is not None]


def item_name(item: reads.Item) -> str | None:
    """The code of an item that can be sold; None for categories, bundles and what is inactive."""
    if not item.id or not _on(item) or item.type in ("Category", "Group"):
        return None
    return item.fully_qualified_name or item.name


def _item(item: reads.Item, name: str, codes: Mapping[str, str]) -> LedgerItemRef:
    income = item.income_account_ref.value if item.income_account_ref else None
    return LedgerItemRef(
        code=name,
        name=item.name or name,
        tracked_stock=item.type == "Inventory",
        account_code=codes.get(income) if income else None,
    )


def _on(row: reads.Named) -> bool:
    return row.active is not False
