"""Whom a document is for."""

import re

from tieout_contracts.documents import LedgerContact
from tieout_contracts.records import Party, Person
from tieout_contracts.settings import CompanySettings
from tieout_transform.rules.findings import Findings
from tieout_transform.rules.texts import shortened

MAX_NAME_CHARACTERS = 255
MAX_NUMBER_CHARACTERS = 50
_BETWEEN_ADDRESSES = re.compile(r"[;,\s]+")


def contact_number(company_id: int) -> str:
    """The ledger's external key for a ConnectWise company: its id, which no rename changes."""
    return f"CW-{company_id}"


def ledger_contact(party: Party, settings: CompanySettings, findings: Findings) -> LedgerContact:
    """The bill-to company as a ledger contact; a missing primary or billing contact is warned of or refused (F142),
    a missing e-mail address warned of (F64).

    The e-mail address is the invoice address, else the billing contact's (F60); the person is the primary contact
    (F61), else the billing contact.
    """
    absent = [name for name, person in _persons(party) if person is None]
    if absent:
        code = "rules.contact_required" if settings.missing_contact == "refuse" else "rules.contact_missing"
        findings.add(code, company=party.identifier, which=" and no ".join(absent))
    email = _email(party)
    if email is None:
        findings.add("rules.contact_email_missing", company=party.identifier)
    return LedgerContact(
        connectwise_company_id=party.company_id,
        contact_number=contact_number(party.company_id),
        name=shortened("The customer's name", _name(party), MAX_NAME_CHARACTERS, None, findings),
        account_number=_fitting(_account_number(party, settings)),
        email=email,
        phone=_fitting(party.phone),
        person=party.primary_contact or party.billing_contact,
        billing_contact=party.billing_contact,
        address=party.address,
        policies=settings.contact_fields,
        changed_at=party.changed_at,
    )


def _persons(party: Party) -> tuple[tuple[str, Person | None], ...]:
    return ("primary contact", party.primary_contact), ("billing contact", party.billing_contact)


def _name(party: Party) -> str:
    """Xero takes no angle brackets and no double or outer spaces in a contact's name."""
    return " ".join(party.name.replace("<", " ").replace(">", " ").split()) or party.identifier


def _email(party: Party) -> str | None:
    """A contact of a ledger has one address; ConnectWise's field may hold several, of which the first counts."""
    billing = party.billing_contact.email if party.billing_contact else None
    told = (each for text in (party.email, billing) for each in _BETWEEN_ADDRESSES.split(text or ""))
    return next(filter(None, told), None)


def _account_number(party: Party, settings: CompanySettings) -> str | None:
    if settings.contact_account_number == "off":
        return None
    return party.identifier if settings.contact_account_number == "identifier" else party.account_number


def _fitting(number: str | None) -> str | None:
    """A cut account or telephone number would be a wrong one: one that does not fit is left out."""
    return number if number and len(number) <= MAX_NUMBER_CHARACTERS else None
