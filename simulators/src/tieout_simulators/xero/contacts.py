"""Contacts: their rules, and the indexes they are found by."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tieout_simulators.xero import fields, messages
from tieout_simulators.xero.chart import Chart
from tieout_simulators.xero.contact_fields import blank_contact, take_fields
from tieout_simulators.xero.dates import ms_moment, parse_moment
from tieout_simulators.xero.fields import Element
from tieout_simulators.xero.ids import IdSource

_KEYS_ONLY = {"ContactID", "ContactNumber", "HasAttachments", "HasValidationErrors"}


@dataclass(slots=True)
class Contact:
    """One contact; ``shape`` is what the API shows."""

    shape: dict[str, Any]
    updated: datetime

    @property
    def contact_id(self) -> str:
        return str(self.shape["ContactID"])

    @property
    def is_archived(self) -> bool:
        return bool(self.shape["ContactStatus"] != "ACTIVE")

    def as_json(self) -> dict[str, Any]:
        return {**self.shape, "UpdatedDateUTC": ms_moment(self.updated)}

    def brief(self) -> dict[str, Any]:
        """The contact as lists of documents carry it."""
        empty: dict[str, Any] = {"Addresses": [], "Phones": [], "ContactGroups": [], "ContactPersons": []}
        return {
            "ContactID": self.contact_id, "Name": self.shape["Name"], **empty, "HasValidationErrors": False,
        }  # fmt: skip


def folded_name(name: str) -> str:
    """What two contact names are compared by. Unconfirmed: case and runs of spaces do not count."""
    return " ".join(name.split()).casefold()


class ContactBook:
    """All contacts of one organisation."""

    def __init__(self, chart: Chart, ids: IdSource) -> None:
        self._chart = chart
        self._ids = ids
        self.by_id: dict[str, Contact] = {}
        self.changes: list[tuple[str, str]] = []
        """Id and ``CREATE`` or ``UPDATE``, since they were last taken; webhooks tell of them."""
        self.by_number: dict[str, Contact] = {}
        self._active_by_name: dict[str, Contact] = {}
        self._by_account_number: defaultdict[str, dict[str, Contact]] = defaultdict(dict)

    def find(self, id_or_number: str) -> Contact | None:
        """By ContactID, else by ContactNumber."""
        return self.by_id.get(id_or_number.lower()) or self.by_number.get(id_or_number)

    def named(self, name: str) -> Contact | None:
        """The active contact of this name."""
        return self._active_by_name.get(folded_name(name))

    def with_account_number(self, number: str) -> list[Contact]:
        """Contacts of this AccountNumber, in any case of letters."""
        return list(self._by_account_number[number.casefold()].values())

    def save(self, contact: Contact) -> None:
        """Put a contact in, replacing the one of the same id, and index it."""
        self.changes.append((contact.contact_id, "UPDATE" if contact.contact_id in self.by_id else "CREATE"))
        if old := self.by_id.get(contact.contact_id):
            self._unindex(old)
        shape = contact.shape
        self.by_id[contact.contact_id] = contact
        if number := shape.get("ContactNumber"):
            self.by_number[number] = contact
        if not contact.is_archived:
            self._active_by_name[folded_name(shape["Name"])] = contact
        if account_number := shape.get("AccountNumber"):
            self._by_account_number[account_number.casefold()][contact.contact_id] = contact

    def _unindex(self, old: Contact) -> None:
        shape = old.shape
        self.by_number.pop(shape.get("ContactNumber", ""), None)
        self._by_account_number[shape.get("AccountNumber", "").casefold()].pop(old.contact_id, None)
        if self._active_by_name.get(folded_name(shape["Name"])) is old:
            del self._active_by_name[folded_name(shape["Name"])]

    def plan(self, element: Element, known: Contact | None, now: datetime, problems: list[str]) -> Contact:
        """The contact as it will be: the known one with the sent fields over it, or a new one. Not saved yet."""
        sent = {name: value for name, value in element.items() if value is not None}
        new_id = str(sent.get("ContactID") or self._ids.next()).lower()
        shape = dict(known.shape) if known else blank_contact(new_id)
        take_fields(shape, sent, problems)
        for name in ("AccountsReceivableTaxType", "AccountsPayableTaxType"):
            if tax_type := fields.text(sent, name, problems):
                shape[name] = tax_type
                if tax_type not in self._chart.tax_rates:
                    problems.append(messages.tax_type_unknown(tax_type))
        problems.extend(self._uniqueness_problems(shape))
        return Contact(shape, now)

    def plan_for_document(self, element: Any, now: datetime, problems: list[str]) -> Contact | None:
        """The contact a document names: by id, number or name; an unknown name makes a new contact.

        Fields beside the key change the contact, and persons not named are dropped.
        """
        keys = (
            [element.get(name) for name in ("ContactID", "ContactNumber", "Name")] if isinstance(element, dict) else []
        )
        if not any(keys):
            problems.append(messages.NO_CONTACT)
            return None
        contact_id, number, name = (None if key is None else str(key) for key in keys)
        known = self.by_id.get((contact_id or "").lower())
        if contact_id and known is None:
            problems.append(messages.not_found("Contact", "ContactID"))
            return None
        known = known or self.by_number.get(number or "") or (self.named(name) if name else None)
        if known is None and not name:
            problems.append(messages.not_found("Contact", "ContactNumber"))
            return None
        if known is not None and known.is_archived:
            problems.append(messages.CONTACT_ARCHIVED)
        own = {field: value for field, value in element.items() if value not in (None, [], "")}
        if known is not None and _says_nothing_new(own, known):
            return known
        return self.plan({**own, "ContactPersons": own.get("ContactPersons", [])}, known, now, problems)

    def load(self, shape: Element, now: datetime) -> None:
        """Put in a contact of a data file as it stands. Raises ``ValueError`` when it breaks Xero's rules."""
        problems: list[str] = []
        known = self.by_id.get(str(shape.get("ContactID", "")).lower())
        contact = self.plan(shape, known, now, problems)
        if problems:
            msg = f"contact {shape.get('Name')!r}: {'; '.join(problems)}"
            raise ValueError(msg)
        if shape.get("UpdatedDateUTC"):
            contact.updated = parse_moment(shape["UpdatedDateUTC"])
        for name in ("IsCustomer", "IsSupplier", "MergedToContactID"):
            if name in shape:
                contact.shape[name] = shape[name]
        self.save(contact)

    def _uniqueness_problems(self, shape: dict[str, Any]) -> list[str]:
        problems = []
        same_name = self._active_by_name.get(folded_name(shape["Name"]))
        if shape["ContactStatus"] == "ACTIVE" and same_name and same_name.contact_id != shape["ContactID"]:
            problems.append(messages.contact_name_taken(shape["Name"]))
        same_number = self.by_number.get(shape.get("ContactNumber", ""))
        if same_number and same_number.contact_id != shape["ContactID"]:
            problems.append(messages.contact_number_taken(shape["ContactNumber"]))
        return problems


def _says_nothing_new(own: Element, known: Contact) -> bool:
    return all(name in _KEYS_ONLY or (name == "Name" and value == known.shape["Name"]) for name, value in own.items())
