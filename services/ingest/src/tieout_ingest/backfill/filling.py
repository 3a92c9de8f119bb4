"""Which rows of which tables a group of exported records needs, and which of them belong to which record."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tieout_ingest.backfill.billed_before import MAX_BILLED_BEFORE, billed_before
from tieout_ingest.backfill.lookups import Found, Lookups, by_id
from tieout_ingest.canonical import Backfill, Gap, Listed
from tieout_ingest.canonical.lines import is_sales_tax, price_gives_amount
from tieout_ingest.canonical.parties import bill_to_reference, has_billing_address, ship_to_reference
from tieout_ingest.canonical.sources import AppliedKind
from tieout_providers.connectwise.client import ConnectWise
from tieout_providers.connectwise.models import (
    Company,
    GLCustomer,
    GLDetail,
    GLTransaction,
    Invoice,
    ProductItem,
)
from tieout_providers.errors import ProviderError
from tieout_providers.reading import Rows

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Exported:
    """A record of the group: what the list said of it, and its GL transaction."""

    listed: Listed
    transaction: GLTransaction


@dataclass(frozen=True, slots=True)
class _Known:
    """Everything read for a group."""

    invoices: Found[Invoice]
    products: Found[ProductItem]
    lookups: Lookups
    named: Mapping[int, Mapping[int, str]]
    """The contacts that the export names for a customer, with their names, by company."""


class Filling:
    """Back-fills groups of records of one connection."""

    def __init__(self, connectwise: ConnectWise, lookups: Lookups) -> None:
        self._connectwise = connectwise
        self._lookups = lookups

    async def invoices(self, record_ids: Sequence[int]) -> Found[Invoice]:
        """The invoices themselves; never remembered, for they tell whether a record was batched meanwhile."""
        return await self._bulk("invoice", record_ids, self._connectwise.invoices)

    async def billed_before(self, kind: AppliedKind, invoice: Invoice) -> Sequence[Invoice]:
        """The documents of which this one takes something off; none where they cannot be told or may not be read."""
        condition = billed_before(kind, invoice)
        if condition is None:
            return ()
        tolerance = self._lookups.tolerance
        try:
            found = await self._connectwise.rows("/finance/invoices", Invoice, condition, page_size=MAX_BILLED_BEFORE)
        except ProviderError as error:
            if tolerance.gap("invoice", error) is None:
                raise
            return ()
        tolerance.worked("invoice")
        return () if found.unreadable or len(found) > MAX_BILLED_BEFORE else tuple(found)

    async def fill(
        self, group: Sequence[Exported], customers: Sequence[GLCustomer], invoices: Found[Invoice]
    ) -> dict[int, Backfill]:
        """What other tables say about each record of the group, by record id."""
        with_products = [each.listed.record_id for each in group if any(line.product for line in _lines(each))]
        products = await self._bulk("product", with_products, self._connectwise.products_of_invoices)
        known = _Known(invoices, products, self._lookups, _contacts_named(customers))
        await self._read_ahead(group, known)
        return {each.listed.record_id: await self._of_record(each, known) for each in group}

    async def _bulk(
        self, source: str, record_ids: Sequence[int], read: Callable[[Sequence[int]], Awaitable[Rows[Row]]]
    ) -> Found[Row]:
        if not record_ids:
            return Found({})
        tolerance = self._lookups.tolerance
        try:
            rows = await read(sorted(record_ids))
        except ProviderError as error:
            if (reason := tolerance.gap(source, error)) is None:
                raise
            return Found({}, reason)
        tolerance.worked(source)
        unreadable = {int(each.id): each.problem for each in rows.unreadable if each.id and each.id.isdecimal()}
        return Found(by_id(rows), unreadable=unreadable)

    async def expect(self, company_ids: Iterable[int]) -> None:
        """Records of these companies will be filled soon: read the companies and their contacts in bulk, once."""
        companies = await self._lookups.companies.of(company_ids)
        await self._lookups.contacts.of(_contacts_of(companies))

    async def _read_ahead(self, group: Sequence[Exported], known: _Known) -> None:
        """One call a table for the whole group; what follows finds its rows remembered."""
        company_ids = {company for each in group if (company := _company_of(each, known)) is not None}
        companies, *_ = await asyncio.gather(
            self._lookups.companies.of(company_ids),
            self._lookups.catalogue.of({item for each in group for item in _items_wanted(each, known)}),
            self._lookups.additions.of(each for each in (_agreement_wanted(one, known) for one in group) if each),
            self._lookups.sites.of(each for each in (_site_wanted(one, known) for one in group) if each),
            self._lookups.tax_codes.of(each for each in (_tax_code_wanted(one, known) for one in group) if each),
        )
        named = {contact for each in company_ids for contact in known.named.get(each, ())}
        await self._lookups.contacts.of(_contacts_of(companies) | named)

    async def _of_record(self, exported: Exported, known: _Known) -> Backfill:
        gaps: list[Gap] = []
        record_id, transaction = exported.listed.record_id, exported.transaction
        invoice = _take(gaps, "invoice", record_id, known.invoices)
        company_id, served = _company_of(exported, known), ship_to_reference(transaction, invoice)
        company = _take(gaps, "company", company_id, await self._lookups.companies.of(_some(company_id)))
        company_contact_id = company.billing_contact.id if company and company.billing_contact else None
        billing_id = _contact_named(transaction, known.named.get(company_id or 0, {})) or company_contact_id
        primary_id = company.default_contact.id if company and company.default_contact else None
        contacts = await self._lookups.contacts.of(_some(billing_id, company_contact_id, primary_id))
        site_of, agreement = _site_wanted(exported, known), _agreement_wanted(exported, known)
        sites = _take(gaps, "site", site_of, await self._lookups.sites.of(_some(site_of)))
        additions = _take(gaps, "addition", agreement, await self._lookups.additions.of(_some(agreement)))
        taxed_by = _tax_code_wanted(exported, known)
        # No gap where it may not be read: it only names what would be refused as a difference all the same.
        tax_codes = (await self._lookups.tax_codes.of(_some(taxed_by))).rows
        product_ids = [line.product.id for line in _lines(exported) if line.product and line.product.id is not None]
        item_ids = _items_wanted(exported, known)
        return Backfill(
            invoice=invoice,
            bill_to=company,
            ship_to=company if served and served.id == company_id else None,
            billing_contact=_take(gaps, "contact", billing_id, contacts),
            company_contact=_take(gaps, "contact", company_contact_id, contacts),
            primary_contact=_take(gaps, "contact", primary_id, contacts),
            billing_site=next(
                (each for each in sites or () if transaction.site and each.id == transaction.site.id), None
            ),
            products=_take_all(gaps, "product", product_ids, known.products),
            catalogue=_take_all(gaps, "catalogue", item_ids, await self._lookups.catalogue.of(item_ids)),
            additions=additions or (),
            tax_code=tax_codes.get(taxed_by) if taxed_by is not None else None,
            gaps=tuple(dict.fromkeys(gaps)),
        )


def _contacts_of(companies: Found[Company]) -> set[int]:
    references = (each for row in companies.rows.values() for each in (row.default_contact, row.billing_contact))
    return {each.id for each in references if each is not None and each.id is not None}


def _company_of(exported: Exported, known: _Known) -> int | None:
    reference = bill_to_reference(exported.transaction, known.invoices.rows.get(exported.listed.record_id))
    return reference.id if reference else None


def _site_wanted(exported: Exported, known: _Known) -> int | None:
    """The company whose sites are to be read: only where the invoice does not print its billing address."""
    if exported.transaction.site is None or has_billing_address(known.invoices.rows.get(exported.listed.record_id)):
        return None
    return _company_of(exported, known)


def _agreement_wanted(exported: Exported, known: _Known) -> int | None:
    """The agreement whose additions are to be read: only for a price that neither export nor product record gives."""
    invoice = known.invoices.rows.get(exported.listed.record_id)
    if invoice is None or invoice.agreement is None:
        return None
    wanted = any(_price_wanted(line, known.products.rows) for line in _lines(exported))
    return invoice.agreement.id if wanted else None


def _tax_code_wanted(exported: Exported, known: _Known) -> int | None:
    """The tax code that is to be read: only where there is tax, for its levels say which of it is no percentage."""
    invoice = known.invoices.rows.get(exported.listed.record_id)
    told = (exported.transaction.tax_code, invoice.tax_code if invoice else None)
    named = (each.id for each in told if each is not None and each.id is not None)
    has_tax = any(detail.total for detail in exported.transaction.detail if is_sales_tax(detail))
    return next(named, None) if has_tax else None


def _lines(exported: Exported) -> list[GLDetail]:
    return [detail for detail in exported.transaction.detail if not is_sales_tax(detail)]


def _price_wanted(line: GLDetail, products: Mapping[int, ProductItem]) -> bool:
    product = products.get(line.product.id or 0) if line.product else None
    has_own = product is not None and product.price is not None
    return line.item is not None and not has_own and not price_gives_amount(line)


def _items_wanted(exported: Exported, known: _Known) -> list[int]:
    """Catalogue items whose code the export leaves out, or whose text neither export nor product record gives."""
    return [
        line.item.id
        for line in _lines(exported)
        if line.item
        and line.item.id is not None
        and (not line.item.identifier or (not line.sales_description and not _has_product(line, known)))
    ]


def _has_product(line: GLDetail, known: _Known) -> bool:
    return line.product is not None and line.product.id in known.products.rows


def _contacts_named(customers: Sequence[GLCustomer]) -> dict[int, dict[int, str]]:
    named: dict[int, dict[int, str]] = {}
    for customer in customers:
        if (
            customer.company
            and customer.contact
            and customer.company.id is not None
            and customer.contact.id is not None
        ):
            named.setdefault(customer.company.id, {})[customer.contact.id] = customer.contact.name or ""
    return named


def _contact_named(transaction: GLTransaction, named: Mapping[int, str]) -> int | None:
    """The document's own billing contact (F62): whom the export names for its customer. Where it names several, for
    several documents, it is the one whose name stands in the document's attention line."""
    if len(named) == 1:
        return next(iter(named))
    attention = " ".join((transaction.attention or "").split()).casefold()
    meant = [contact for contact, name in named.items() if attention and " ".join(name.split()).casefold() == attention]
    return meant[0] if len(meant) == 1 else None


def _take(gaps: list[Gap], source: str, row_id: int | None, found: Found[Row]) -> Row | None:
    """The row, or a gap that says why there is none; nothing wanted is no gap."""
    if row_id is None:
        return None
    if row_id not in found.rows:
        gaps.append(Gap(source, found.why_missing(row_id)))
    return found.rows.get(row_id)


def _take_all(gaps: list[Gap], source: str, row_ids: Sequence[int], found: Found[Row]) -> dict[int, Row]:
    taken = ((row_id, _take(gaps, source, row_id, found)) for row_id in row_ids)
    return {row_id: row for row_id, row in taken if row is not None}


def _some(*ids: int | None) -> Iterable[int]:
    return [each for each in ids if each is not None]
