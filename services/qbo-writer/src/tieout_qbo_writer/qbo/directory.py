"""Customers and items of QuickBooks Online as entries to match ours against."""

from collections.abc import Iterable

from tieout_contracts.documents import LedgerContact
from tieout_contracts.records import Address, Person
from tieout_posting.ledger import DirectoryEntry, SeenContact
from tieout_providers.qbo import reads
from tieout_qbo_writer.qbo.contacts import contact_fields
from tieout_qbo_writer.qbo.marks import account_number_in, customer_number
from tieout_qbo_writer.qbo.reading import item_name


def contact_entries(
    customers: Iterable[reads.Customer],
    vendors: Iterable[reads.Vendor],
    employees: Iterable[reads.Employee],
    *,
    home: str,
) -> tuple[DirectoryEntry, ...]:
    """All customers; and whoever else has a name, which no customer can have as well.

    A customer's currency is fixed, so one in another currency than `home` is matched under its name with the currency,
    as the rules name it, and its plain name is taken.
    """
    found, others = [], list[tuple[str, reads.Name]]()
    for each in customers:
        if each.id and each.display_name:
            name = in_its_currency(each, each.display_name, home)
            found.append(_customer(each, name))
            others += [] if name == each.display_name else [("foreign customer", each)]
    others += [("vendor", each) for each in vendors]
    others += [("employee", each) for each in employees]
    found += [
        DirectoryEntry(
            f"{kind} {each.id}",
            f"{kind} {each.id}",
            each.display_name,
            active=each.active is not False,
            is_customer=False,
        )
        for kind, each in others
        if each.id and each.display_name
    ]
    return tuple(found)


def _customer(customer: reads.Customer, name: str) -> DirectoryEntry:
    assert customer.id is not None
    return DirectoryEntry(
        customer.id,
        customer_number(customer.notes),
        name,
        active=customer.active is not False,
        account_number=account_number_in(customer.notes),
    )


def in_its_currency(customer: reads.Customer, name: str, home: str) -> str:
    """The name, with the currency where it is a foreign one and the name does not say so already."""
    currency = customer.currency_ref.value if customer.currency_ref else None
    if currency in (None, home) or name.endswith(f"({currency})"):
        return name
    return f"{name} ({currency})"


def item_entries(items: Iterable[reads.Item]) -> tuple[DirectoryEntry, ...]:
    """All active items that can be sold, by full name."""
    return tuple(
        DirectoryEntry(ledger_id=each.id, code=name, name=name)
        for each in items
        if each.id and (name := item_name(each)) is not None
    )


def seen_contact(customer: reads.Customer) -> SeenContact:
    """A customer with all that it holds, in the form in which ours would stand there."""
    assert customer.id is not None
    held = LedgerContact(
        connectwise_company_id=0,
        contact_number=customer_number(customer.notes) or "-",
        name=customer.display_name or "",
        account_number=account_number_in(customer.notes),
        email=customer.primary_email_addr and customer.primary_email_addr.address,
        phone=customer.primary_phone and customer.primary_phone.free_form_number,
        person=Person(first_name=customer.given_name, last_name=customer.family_name),
        address=_address(customer.bill_addr) if customer.bill_addr else None,
    )
    fields = contact_fields(held, {})
    return SeenContact(customer.id, fields, version=customer.sync_token or "0", notes=customer.notes or "")


def _address(address: reads.Address) -> Address:
    lines = (address.line1, address.line2, address.line3, address.line4, address.line5)
    return Address(
        lines=tuple(line for line in lines if line),
        city=address.city,
        region=address.country_sub_division_code,
        postal_code=address.postal_code,
        country=address.country,
    )
