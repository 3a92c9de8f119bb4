"""Whom a record is for: the export's references, back-filled from company, site and contacts (F25, F57-F62)."""

from collections.abc import Iterable
from datetime import datetime

from tieout_contracts.records import Address, Party, Person
from tieout_ingest.canonical.faults import Faults
from tieout_ingest.canonical.sources import Backfill
from tieout_ingest.canonical.texts import first_text, moment_of
from tieout_providers.connectwise.models import Company, Contact, GLTransaction, Invoice, Site
from tieout_providers.connectwise.models.references import Reference


def bill_to_reference(transaction: GLTransaction, invoice: Invoice | None) -> Reference | None:
    """The company that pays. The export's `company` is the one billed; the invoice names it where that is missing."""
    if transaction.company and transaction.company.id is not None:
        return transaction.company
    return (invoice.bill_to_company or invoice.company) if invoice else None


def ship_to_reference(transaction: GLTransaction, invoice: Invoice | None) -> Reference | None:
    """The company that was served, where it is named."""
    return transaction.ship_to_company or (invoice.ship_to_company if invoice else None)


def bill_to_of(transaction: GLTransaction, backfill: Backfill, faults: Faults) -> Party | None:
    """The party billed. Without an id there is nobody to post to."""
    reference = bill_to_reference(transaction, backfill.invoice)
    if reference is None or reference.id is None:
        faults.malformed("company.id is missing")
        return None
    company, site = backfill.bill_to, backfill.billing_site
    name = first_text(company and company.name, reference.name, reference.identifier)
    if name is None:
        faults.malformed("company.name is missing")
        return None
    return Party(
        company_id=reference.id,
        identifier=first_text(company and company.identifier, reference.identifier) or str(reference.id),
        name=name,
        account_number=first_text(transaction.company_account_number, company and company.account_number),
        phone=first_text(company and company.phone_number, site and site.phone_number),
        email=_email(company, backfill.company_contact or backfill.billing_contact),
        address=_address(backfill),
        billing_contact=_person(backfill.billing_contact),
        primary_contact=_person(backfill.primary_contact),
        changed_at=_changed_at(
            (company, backfill.company_contact, backfill.billing_contact, backfill.primary_contact, site)
        ),
    )


def ship_to_of(transaction: GLTransaction, backfill: Backfill) -> Party | None:
    """The party served, as far as references name it, at the address that the invoice prints; nothing is fetched."""
    reference, company = ship_to_reference(transaction, backfill.invoice), backfill.ship_to
    name = first_text(company and company.name, reference and reference.name, reference and reference.identifier)
    if reference is None or reference.id is None or name is None:
        return None
    return Party(
        company_id=reference.id,
        identifier=first_text(company and company.identifier, reference.identifier) or str(reference.id),
        name=name,
        account_number=first_text(transaction.ship_to_company_account_number),
        address=_shipping_address(backfill.invoice),
    )


def has_billing_address(invoice: Invoice | None) -> bool:
    """Whether the invoice itself prints its billing site's address, so that the site need not be fetched."""
    return invoice is not None and any((invoice.billing_site_address_line1, invoice.billing_site_city))


def _email(company: Company | None, contact: Contact | None) -> str | None:
    """The company's invoice address, else its billing contact's default one (F60): not the document's contact's, or
    the customer's address would be another with each document."""
    return first_text(company and company.invoice_to_email_address, contact and contact.email)


def _changed_at(rows: Iterable[Company | Contact | Site | None]) -> datetime | None:
    """When ConnectWise last changed any of them, by its own word."""
    return max(filter(None, (moment_of(row.last_updated) for row in rows if row is not None)), default=None)


def _person(contact: Contact | None) -> Person | None:
    if contact is None:
        return None
    return Person(
        first_name=first_text(contact.first_name), last_name=first_text(contact.last_name), email=contact.email
    )


def _address(backfill: Backfill) -> Address | None:
    """The billing site's as the invoice prints it, else the site's own, else the company's (F59)."""
    invoice, site, company = backfill.invoice, backfill.billing_site, backfill.bill_to
    if invoice is not None and has_billing_address(invoice):
        return Address(
            lines=_lines(invoice.billing_site_address_line1, invoice.billing_site_address_line2),
            city=first_text(invoice.billing_site_city),
            region=first_text(invoice.billing_site_state),
            postal_code=first_text(invoice.billing_site_zip),
            country=first_text(invoice.billing_site_country),
        )
    if site is not None:
        return _address_of_site(site)
    return _address_of_company(company) if company is not None else None


def _shipping_address(invoice: Invoice | None) -> Address | None:
    """The site served, as the invoice prints it."""
    if invoice is None or not any((invoice.shipping_site_address_line1, invoice.shipping_site_city)):
        return None
    return Address(
        lines=_lines(invoice.shipping_site_address_line1, invoice.shipping_site_address_line2),
        city=first_text(invoice.shipping_site_city),
        region=first_text(invoice.shipping_site_state),
        postal_code=first_text(invoice.shipping_site_zip),
        country=first_text(invoice.shipping_site_country),
    )


def _address_of_site(site: Site) -> Address:
    state = site.state_reference
    return Address(
        lines=_lines(site.address_line1, site.address_line2),
        city=first_text(site.city),
        region=first_text(state and state.identifier, state and state.name),
        postal_code=first_text(site.zip),
        country=first_text(site.country and site.country.name),
    )


def _address_of_company(company: Company) -> Address:
    return Address(
        lines=_lines(company.address_line1, company.address_line2),
        city=first_text(company.city),
        region=first_text(company.state),
        postal_code=first_text(company.zip),
        country=first_text(company.country and company.country.name),
    )


def _lines(*texts: str | None) -> tuple[str, ...]:
    return tuple(text.strip() for text in texts if text and text.strip())
