"""What the fields of a contact may hold, and how sent fields change it."""

import re
from typing import Any

from tieout_simulators.xero import fields, messages
from tieout_simulators.xero.fields import Element

MAX_PERSONS = 5
_TEXT_LIMITS = {
    "ContactNumber": 50, "AccountNumber": 50, "FirstName": 255, "LastName": 255, "CompanyNumber": 50,
    "EmailAddress": 255, "TaxNumber": 50, "BankAccountDetails": 255,
}  # fmt: skip
_ADDRESS_LIMITS = {
    "AddressLine1": 500, "AddressLine2": 500, "AddressLine3": 500, "AddressLine4": 500,
    "City": 255, "Region": 255, "PostalCode": 50, "Country": 50, "AttentionTo": 255,
}  # fmt: skip
_PHONE_LIMITS = {"PhoneNumber": 50, "PhoneAreaCode": 10, "PhoneCountryCode": 20}
_ADDRESS_TYPES = ("STREET", "POBOX")
_PHONE_TYPES = ("DEFAULT", "DDI", "FAX", "MOBILE")
_STATUSES = ("ACTIVE", "ARCHIVED", "GDPRREQUEST")
_KEPT_AS_SENT = (
    "PaymentTerms", "DefaultCurrency", "SalesDefaultAccountCode", "PurchasesDefaultAccountCode",
    "SalesDefaultLineAmountType", "PurchasesDefaultLineAmountType", "BatchPayments", "TaxNumberType",
)  # fmt: skip
_EMAIL = re.compile(r"[!-~]+@[!-~]+\.[!-~]+")
_COUNTRY = re.compile(r"[A-Za-z ]*")
_ADDRESS_BLANKS = ("City", "Region", "PostalCode", "Country", "AttentionTo")


def _name_problems(name: str) -> list[str]:
    """Unconfirmed: spaces at the ends or in a row are refused rather than taken out."""
    problems = []
    if not name.strip():
        problems.append(messages.CONTACT_NAME_MISSING)
    elif name != " ".join(name.split(" ")).strip() or "  " in name:
        problems.append(messages.CONTACT_NAME_SPACES)
    if "<" in name or ">" in name:
        problems.append(messages.CONTACT_NAME_CHARACTERS)
    return problems


def blank_contact(contact_id: str) -> dict[str, Any]:
    """A new contact before anything was said about it."""
    return {
        "ContactID": contact_id,
        "ContactStatus": "ACTIVE",
        "Name": "",
        "EmailAddress": "",
        "BankAccountDetails": "",
        "Addresses": [{"AddressType": kind, **dict.fromkeys(_ADDRESS_BLANKS, "")} for kind in _ADDRESS_TYPES],
        "Phones": [{"PhoneType": kind, **dict.fromkeys(_PHONE_LIMITS, "")} for kind in _PHONE_TYPES],
        "ContactGroups": [],
        "IsSupplier": False,
        "IsCustomer": False,
        "SalesTrackingCategories": [],
        "PurchasesTrackingCategories": [],
        "ContactPersons": [],
        "HasAttachments": False,
        "HasValidationErrors": False,
    }


def take_fields(shape: dict[str, Any], sent: Element, problems: list[str]) -> None:
    """Lay the sent fields over the contact's shape."""
    _take_texts(shape, sent, problems)
    _take_status(shape, sent, problems)
    for name in ("Addresses", "Phones"):
        if name in sent:
            _take_typed(shape, name, sent[name], problems)
    if "ContactPersons" in sent:
        shape["ContactPersons"] = _persons(sent["ContactPersons"], problems)
    shape.update({name: sent[name] for name in _KEPT_AS_SENT if name in sent})


def _take_texts(shape: dict[str, Any], sent: Element, problems: list[str]) -> None:
    for name, limit in _TEXT_LIMITS.items():
        value = fields.text(sent, name, problems, limit)
        if value is not None:
            shape[name] = value
    full_name = fields.text(sent, "Name", problems, 255)
    if full_name is not None:
        shape["Name"] = full_name
    if full_name is not None or not shape["Name"]:
        problems.extend(_name_problems(shape["Name"]))
    if shape["EmailAddress"] and not _EMAIL.fullmatch(shape["EmailAddress"]):
        problems.append(messages.EMAIL_INVALID)


def _take_status(shape: dict[str, Any], sent: Element, problems: list[str]) -> None:
    status = sent.get("ContactStatus", shape["ContactStatus"])
    if status not in _STATUSES:
        problems.append(messages.unknown_value("ContactStatus", status))
        return
    shape["ContactStatus"] = status


def _take_typed(shape: dict[str, Any], name: str, entries: Any, problems: list[str]) -> None:
    """Lay the sent addresses or phones over those of the same type."""
    type_field = "AddressType" if name == "Addresses" else "PhoneType"
    limits = _ADDRESS_LIMITS if name == "Addresses" else _PHONE_LIMITS
    by_type = {entry[type_field]: dict(entry) for entry in shape[name]}
    for entry in entries if isinstance(entries, list) else [entries]:
        kind = entry.get(type_field) if isinstance(entry, dict) else None
        if kind not in (*_ADDRESS_TYPES, *_PHONE_TYPES, "OFFICE", "DELIVERY"):
            problems.append(messages.unknown_value(type_field, kind))
            continue
        texts = {each: fields.text(entry, each, problems, limit) for each, limit in limits.items()}
        by_type.setdefault(kind, {type_field: kind}).update(
            {each: value for each, value in texts.items() if value is not None}
        )
        if not _COUNTRY.fullmatch(texts.get("Country") or ""):
            problems.append(messages.COUNTRY_LETTERS)
    shape[name] = list(by_type.values())


def _persons(entries: Any, problems: list[str]) -> list[dict[str, Any]]:
    if not isinstance(entries, list) or any(not isinstance(entry, dict) for entry in entries):
        problems.append(messages.not_convertible("ContactPersons", entries))
        return []
    if len(entries) > MAX_PERSONS:
        problems.append(messages.TOO_MANY_PERSONS)
    return [
        {
            **{
                name: fields.text(entry, name, problems, 255) or ""
                for name in ("FirstName", "LastName", "EmailAddress")
            },
            "IncludeInEmails": bool(fields.flag(entry, "IncludeInEmails", problems)),
        }
        for entry in entries
    ]
