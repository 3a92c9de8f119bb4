"""Customers and vendors: one name over customers, vendors and employees."""

from datetime import datetime
from decimal import Decimal

from tieout_simulators.frame.provider import JsonObject
from tieout_simulators.qbo import refusals
from tieout_simulators.qbo.arithmetic import ZERO, printed_amount
from tieout_simulators.qbo.assumptions import duplicate_name_detail, freed_name, reactivated_name
from tieout_simulators.qbo.company import Company
from tieout_simulators.qbo.currencies import currency_reference, is_used
from tieout_simulators.qbo.references import named_reference, new_record, next_head, referred, stands_under

MAX_LEVELS = 5
FORBIDDEN_IN_NAMES = (":", "\t", "\n")
READ_ONLY = frozenset(
    {
        "Id", "SyncToken", "MetaData", "domain", "sparse", "status", "Balance", "BalanceWithJobs", "FullyQualifiedName",
        "Level", "IsProject",
    }
)  # fmt: skip
_NAME_PARTS = ("Title", "GivenName", "MiddleName", "FamilyName", "Suffix")
_REFERENCES = {
    "SalesTermRef": "Term", "TermRef": "Term", "PaymentMethodRef": "PaymentMethod", "DefaultTaxCodeRef": "TaxCode",
    "ARAccountRef": "Account", "APAccountRef": "Account",
}  # fmt: skip
_DELETED = freed_name("")


def save_person(company: Company, kind: str, sent: JsonObject, old: JsonObject | None, now: datetime) -> JsonObject:
    """Create or update a customer, vendor or employee. Raises ``RefusedError`` (2020, 2040, 2500, 6150, 6180, 6240)."""
    wanted = _wanted(sent, old)
    name = _display_name(wanted, was_inactive=old is not None and not old["Active"])
    active = wanted.get("Active") is not False
    if not active and not name.endswith(_DELETED):
        name = freed_name(name)
    own_id = old["Id"] if old is not None else sent.get("Id") if company.loading else None
    _refuse_used(company, kind, name, own_id)
    head = new_record(company, kind, now, sent) if old is None else next_head(old, now)
    person: JsonObject = {
        **_defaults(kind),
        **{each: value for each, value in wanted.items() if each not in READ_ONLY},
        **_followed(company, wanted),
        **head,
        "DisplayName": name,
        "PrintOnCheckName": wanted.get("PrintOnCheckName") or wanted.get("CompanyName") or name,
        "Active": active,
        **_place(company, kind, name, wanted),
        "CurrencyRef": _currency(company, wanted, old),
    }
    company.save(kind, person, "Create" if old is None else "Update")
    return person


def _wanted(sent: JsonObject, old: JsonObject | None) -> JsonObject:
    merged = {**old, **sent} if old is not None and sent.get("sparse") is True else sent
    kept: JsonObject = {} if old is None else {each: old[each] for each in ("DisplayName", "Active") if each in old}
    return {**kept, **{each: value for each, value in merged.items() if value is not None}}


def _display_name(wanted: JsonObject, *, was_inactive: bool) -> str:
    """DisplayName, else the name's parts. Being active again takes the suffix off."""
    name = str(wanted.get("DisplayName") or " ".join(str(wanted[part]) for part in _NAME_PARTS if wanted.get(part)))
    name = name.strip()
    if was_inactive and wanted.get("Active") is not False:
        name = reactivated_name(name)
    if not name:
        raise refusals.missing("DisplayName")
    if any(character in name for character in FORBIDDEN_IN_NAMES):
        raise refusals.unencodable("DisplayName")
    return name


def _refuse_used(company: Company, kind: str, name: str, own_id: object) -> None:
    holder = company.holder(name)
    if holder is not None and holder != (kind, own_id):
        holder_kind, holder_id = holder
        raise refusals.duplicate_name(duplicate_name_detail(holder_id, same_kind=holder_kind == kind))


def _defaults(kind: str) -> JsonObject:
    if kind == "Customer":
        return {"Taxable": True, "Job": False, "BillWithParent": False, "PreferredDeliveryMethod": "Print"}
    return {"Balance": 0, "Vendor1099": False} if kind == "Vendor" else {}


def _followed(company: Company, wanted: JsonObject) -> JsonObject:
    """References that must lead somewhere, with their names."""
    found = {each: kind for each, kind in _REFERENCES.items() if wanted.get(each) is not None}
    return {each: named_reference(referred(company, kind, wanted[each])) for each, kind in found.items()}


def _place(company: Company, kind: str, name: str, wanted: JsonObject) -> JsonObject:
    """Where a customer stands under its parents: at most 5 levels."""
    if kind != "Customer" or wanted.get("ParentRef") is None:
        return {"FullyQualifiedName": name} if kind == "Customer" else {}
    parent = company.find("Customer", wanted["ParentRef"].get("value"))
    if parent is None or not (parent["Active"] or company.loading) or stands_under(company, "Customer", parent, wanted):
        raise refusals.bad_parent()
    level = int(parent.get("Level", 0)) + 1
    if level >= MAX_LEVELS:
        raise refusals.too_deep(MAX_LEVELS)
    full_name = f"{parent['FullyQualifiedName']}:{name}"
    return {"FullyQualifiedName": full_name, "Level": level, "ParentRef": named_reference(parent)}


def _currency(company: Company, wanted: JsonObject, old: JsonObject | None) -> JsonObject:
    """Fixed once it is set."""
    sent = (wanted.get("CurrencyRef") or {}).get("value")
    if old is not None:
        if sent not in (None, old["CurrencyRef"]["value"]):
            raise refusals.business("The currency of a name cannot be changed once it is set.")
        kept: JsonObject = old["CurrencyRef"]
        return kept
    code = str(sent or company.home_currency)
    if not is_used(company, code):
        raise refusals.invalid_currency(code)
    return currency_reference(company, code)


def with_balance(company: Company, customer: JsonObject) -> JsonObject:
    """A customer as answers show it: open invoices less open credits, and the same with its sub-customers."""
    own = _balance(company, [customer["Id"]])
    return {**customer, "Balance": own, "BalanceWithJobs": _balance(company, _family(company, customer["Id"]))}


def _balance(company: Company, customer_ids: list[str]) -> Decimal | int:
    total = ZERO
    for kind, record in company.transactions_of(customer_ids):
        if kind == "Invoice":
            total += record["Balance"]
        else:
            total -= record["Balance"] if kind == "CreditMemo" else record["UnappliedAmt"]
    return printed_amount(total)


def _family(company: Company, customer_id: str) -> list[str]:
    found = [customer_id]
    for parent_id in found:
        children = company.collections["Customer"]
        found.extend(each["Id"] for each in children if (each.get("ParentRef") or {}).get("value") == parent_id)
    return found
