"""Customers and items of QuickBooks Online as entries to match ours against."""

from collections.abc import Iterable

from tieout_posting.ledger import DirectoryEntry
from tieout_providers.qbo import reads
from tieout_qbo_writer.qbo.marks import customer_number
from tieout_qbo_writer.qbo.reading import item_name


def contact_entries(
    customers: Iterable[reads.Customer], vendors: Iterable[reads.Vendor], employees: Iterable[reads.Employee]
) -> tuple[DirectoryEntry, ...]:
    """All customers; and whoever else has a name, which no customer can have as well."""
    found = [
        DirectoryEntry(each.id, customer_number(each.notes), each.display_name, active=each.active is not False)
        for each in customers
        if each.id and each.display_name
    ]
    others: list[tuple[str, reads.Name]] = [("vendor", each) for each in vendors]
    others += [("employee", each) for each in employees]
    found += [
        DirectoryEntry(f"{kind} {each.id}", f"{kind} {each.id}", each.display_name, active=each.active is not False)
        for kind, each in others
        if each.id and each.display_name
    ]
    return tuple(found)


def item_entries(items: Iterable[reads.Item]) -> tuple[DirectoryEntry, ...]:
    """All active items that can be sold, by full name."""
    return tuple(
        DirectoryEntry(ledger_id=each.id, code=name, name=name)
        for each in items
        if each.id and (name := item_name(each)) is not None
    )
