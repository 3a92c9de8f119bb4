"""Items: what is sold, and the accounts it is booked to."""

from datetime import datetime

from tieout_simulators.frame.provider import JsonObject
from tieout_simulators.qbo import refusals
from tieout_simulators.qbo.assumptions import compared_text, duplicate_name_detail, freed_name, reactivated_name
from tieout_simulators.qbo.company import Company
from tieout_simulators.qbo.people import FORBIDDEN_IN_NAMES
from tieout_simulators.qbo.references import named_reference, new_record, next_head, referred, stands_under

DEFAULT_TYPE = "NonInventory"
TYPES = ("Service", "NonInventory", "Inventory", "Category")
READ_ONLY = frozenset(
    {"Id", "SyncToken", "MetaData", "domain", "sparse", "status", "FullyQualifiedName", "Level", "AvgCost"}
)
_INCOME = ("Income", "Other Income")
_OWED = ("Other Current Liability",)
"""A service may also sell to what is owed, as retainers do."""
_ACCOUNT_TYPES = {
    "IncomeAccountRef": _INCOME,
    "ExpenseAccountRef": ("Expense", "Other Expense", "Cost of Goods Sold"),
    "AssetAccountRef": ("Other Current Asset",),
}
_NEEDED = {
    "Service": ("IncomeAccountRef",),
    "NonInventory": ("IncomeAccountRef",),
    "Inventory": ("IncomeAccountRef", "ExpenseAccountRef", "AssetAccountRef", "QtyOnHand", "InvStartDate"),
}
_DELETED = freed_name("")


def save_item(company: Company, sent: JsonObject, old: JsonObject | None, now: datetime) -> JsonObject:
    """Create or update an item. Raises ``RefusedError`` (2020, 2040, 2170, 2500, 6240, 6430)."""
    merged = {**old, **sent} if old is not None and sent.get("sparse") is True else sent
    wanted = {each: value for each, value in merged.items() if value is not None}
    kind = str(wanted.get("Type") or (old or {}).get("Type") or DEFAULT_TYPE)
    if kind not in TYPES and not company.loading:
        raise refusals.invalid_enumeration("Type", kind)
    active = wanted.get("Active") is not False
    name = _name(wanted, was_inactive=old is not None and not old["Active"], active=active)
    own_id = old["Id"] if old is not None else sent.get("Id") if company.loading else None
    _refuse_used(company, name, own_id)
    if not company.loading:
        _check_needed(kind, wanted)
        _refuse_untracking(wanted, old)
    head = new_record(company, "Item", now, sent) if old is None else next_head(old, now)
    item: JsonObject = {
        "Taxable": False,
        "UnitPrice": 0,
        "PurchaseCost": 0,
        "TrackQtyOnHand": kind == "Inventory",
        **{each: value for each, value in wanted.items() if each not in READ_ONLY},
        **_accounts(company, kind, wanted),
        **head,
        "Name": name,
        "Active": active,
        "Type": kind,
        "FullyQualifiedName": _full_name(company, name, wanted),
    }
    company.save("Item", item, "Create" if old is None else "Update")
    return item


def _name(wanted: JsonObject, *, was_inactive: bool, active: bool) -> str:
    name = str(wanted.get("Name") or "").strip()
    if was_inactive and active:
        name = reactivated_name(name)
    if not name:
        raise refusals.missing("Name")
    if any(character in name for character in FORBIDDEN_IN_NAMES):
        raise refusals.unencodable("Name")
    return name if active or name.endswith(_DELETED) else freed_name(name)


def _refuse_used(company: Company, name: str, own_id: object) -> None:
    for item in company.collections["Item"]:
        if compared_text(item["Name"]) == compared_text(name) and item["Id"] != own_id:
            raise refusals.duplicate_name(duplicate_name_detail(item["Id"], same_kind=True))


def _check_needed(kind: str, wanted: JsonObject) -> None:
    for name in _NEEDED.get(kind, ()):
        if wanted.get(name) is None:
            raise refusals.missing(name)


def _refuse_untracking(wanted: JsonObject, old: JsonObject | None) -> None:
    if (old or {}).get("TrackQtyOnHand") and wanted.get("TrackQtyOnHand") is False:
        raise refusals.business("TrackQtyOnHand cannot go back to false.")


def _accounts(company: Company, kind: str, wanted: JsonObject) -> JsonObject:
    found: JsonObject = {}
    for name, types in _ACCOUNT_TYPES.items():
        if wanted.get(name) is not None:
            account = referred(company, "Account", wanted[name])
            owed = _OWED if name == "IncomeAccountRef" and kind == "Service" else ()
            if account.get("AccountType") not in (*types, *owed) and not company.loading:
                raise refusals.wrong_account_type(name)
            found[name] = named_reference(account)
    if wanted.get("SalesTaxCodeRef") is not None:
        code = referred(company, "TaxCode", wanted["SalesTaxCodeRef"])
        found["SalesTaxCodeRef"] = named_reference(code)
    return found


def _full_name(company: Company, name: str, wanted: JsonObject) -> str:
    if wanted.get("ParentRef") is None:
        return name
    parent = company.find("Item", wanted["ParentRef"].get("value"))
    if parent is None or stands_under(company, "Item", parent, wanted):
        raise refusals.bad_parent()
    return f"{parent['FullyQualifiedName']}:{name}"
