"""The documents of the month that are not ordinary: each with what must become of it and what a bookkeeper sees."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

from tieout_simulators.month.arithmetic import tax_on
from tieout_simulators.month.catalogue import Product, by_family
from tieout_simulators.month.companies import Clientele, Customer
from tieout_simulators.month.documents import Case, Disposition, Document
from tieout_simulators.month.invoices import Makers
from tieout_simulators.month.lines import Line, fixed_line, product_line
from tieout_simulators.month.places import PST_OLD
from tieout_simulators.month.xero_documents import ledger_tax

UNKNOWN_ACCOUNT = "299"
ADOPTED_COUNT = 5
STALE_COUNT = 14
LONGEST = 60
MAX_TRIES = 500

LISTED = Case(
    Disposition.LISTED,
    "before_go_live",
    "Closed years before go-live and never posted: it is listed with its age, neither posted nor batched.",
)
ADOPT = Case(
    Disposition.ADOPT,
    "already_in_ledger",
    "A former tool posted it but made no batch. Xero holds the same number, contact, date, total and tax: "
    "link it and batch it, never post it again.",
)
CONFLICT = Case(
    Disposition.CONFLICT,
    "number_taken",
    "Xero already has an invoice of this number for the same customer with another total (its last line is missing "
    "there): a person decides.",
)
BATCHED_ELSEWHERE = Case(
    Disposition.BATCHED_ELSEWHERE,
    "batched_by_hand",
    "Somebody made a batch for it in ConnectWise while the run was at work: no second batch is made, and it is shown.",
)
CHANGED = Case(
    Disposition.CHANGED_WHILE_POSTING,
    "gl_entries_changed",
    "It was opened and closed again during the run, which moved a line to another account and gave new GL entries: "
    "it is not batched until a person has seen the difference.",
)
NO_GL_ENTRIES = Case(
    Disposition.REFUSED,
    "no_gl_entries",
    "It was closed without GL entries, so ConnectWise lists it but never exports it: complete the GL account mapping, "
    "then reopen and close the invoice.",
)
ACCOUNT_MISSING = Case(
    Disposition.REFUSED,
    "account_missing",
    "One line posts to revenue account 299, which Xero does not have: create it, or map 299 to an account that exists.",
)
TAX_UNMAPPED = Case(
    Disposition.REFUSED,
    "tax_unmapped",
    "It carries the tax code PST-OLD, which is mapped to no Xero tax type: map it, or correct the code in ConnectWise.",
)
ITEM_MISSING = Case(
    Disposition.REFUSED,
    "item_missing",
    "A service line has neither a product nor a Non-Product ID: fill the product id of its GL account mapping.",
)
TAX_MISMATCH = Case(
    Disposition.REFUSED,
    "tax_mismatch",
    "ConnectWise's tax is 12.5 % of the taxable lines while GST is 10 %: no rounding explains that; correct the tax.",
)
NO_CONTACT = Case(
    Disposition.POST,
    "contact_missing",
    "Posts with a warning: the customer has no billing contact in ConnectWise, so Xero's contact gets no e-mail.",
)
FLAG_UNSET = Case(
    Disposition.POST,
    "untaxed_line",
    "Posts with a warning: one line is not taxed although the customer and the product are taxable.",
)


def exceptional_documents(makers: Makers, people: Clientele) -> tuple[Document, ...]:
    """Every promised case of October 2026, once each unless a count says otherwise."""
    customers = iter(makers.rolls.sample(people.regular, 20))
    adopted = tuple(
        replace(_that_ties_line_by_line(makers, next(customers)), case=ADOPT, dated=date(2026, 10, 2 + day))
        for day in range(ADOPTED_COUNT)
    )
    return (
        *adopted,
        replace(_that_ties_line_by_line(makers, next(customers)), case=CONFLICT),
        replace(makers.standard(next(customers), None), case=BATCHED_ELSEWHERE),
        replace(_with_hardware(makers, next(customers)), case=CHANGED),
        replace(makers.standard(next(customers), None), case=NO_GL_ENTRIES, has_gl_entries=False),
        _with_unknown_account(makers.progress(next(customers), 90)),
        replace(makers.standard(next(customers), None), case=TAX_UNMAPPED, tax_code=PST_OLD),
        _with_unmapped_service(makers.standard(next(customers), None)),
        _with_wrong_tax(makers.standard(next(customers), None, count=9)),
        _small_sale(makers, people.without_contact),
        _with_forgotten_flag(_with_hardware(makers, next(customers)), makers.products),
        makers.standard(next(customers), None, count=LONGEST),
        _metered(makers, next(customers)),
        *_held_for_finance(makers, customers),
    )


def stale_documents(makers: Makers, people: Clientele) -> tuple[Document, ...]:
    """Closed and forgotten between 2019 and 2022, oldest first."""
    documents = []
    for index in range(STALE_COUNT):
        on = date(2019 + index * 4 // STALE_COUNT, 1 + index * 7 % 12, 3 + index * 11 % 25)
        customer = makers.rolls.choice(people.regular)
        document = makers.miscellaneous(customer) if index % 3 else makers.standard(customer, None)
        documents.append(replace(document, case=LISTED, dated=on))
    return tuple(sorted(documents, key=lambda document: document.dated))


def with_changed_account(document: Document) -> Document:
    """What the changed invoice looks like after it was closed again: a hardware line now posts as software."""
    index = next(index for index, line in enumerate(document.lines) if line.account == "220")
    changed = replace(document.lines[index], account="230", department="Software")
    return replace(document, lines=_replaced(document.lines, index, changed))


def _that_ties_line_by_line(makers: Makers, customer: Customer) -> Document:
    """A document whose tax comes out the same by line and by document, so that both ledgers agree on it."""
    for _ in range(MAX_TRIES):
        document = makers.standard(customer, None)
        if ledger_tax(document) == document.tax:
            return document
    raise AssertionError("about one document in three ties; the makers must have changed")


def _with_hardware(makers: Makers, customer: Customer) -> Document:
    """A standard invoice that certainly sells a piece of hardware."""
    switch = _named(makers.products, "SW-24-POE-370W")
    document = makers.standard(customer, None)
    return replace(document, lines=(*document.lines, product_line(switch, Decimal(2), switch.price)))


def _with_unknown_account(document: Document) -> Document:
    changed = replace(document.lines[-1], account=UNKNOWN_ACCOUNT)
    return replace(document, lines=_replaced(document.lines, len(document.lines) - 1, changed), case=ACCOUNT_MISSING)


def _with_unmapped_service(document: Document) -> Document:
    consulting = fixed_line("Security assessment, fixed price", "Projects", Decimal("2650.00"))
    lines = (*document.lines, replace(consulting, non_product_id=None))
    return replace(document, lines=lines, case=ITEM_MISSING)


def _with_wrong_tax(document: Document) -> Document:
    wrong = tax_on(document.taxable_subtotal, Decimal("12.5"))
    return replace(document, wrong_tax=wrong, case=TAX_MISMATCH)


def _with_forgotten_flag(document: Document, products: tuple[Product, ...]) -> Document:
    """The last line is taxable by its product, but somebody cleared the flag."""
    dock = _named(products, "DOCK-USBC-130W")
    forgotten = replace(product_line(dock, Decimal(3), dock.price), taxable=False)
    return replace(document, lines=(*document.lines, forgotten), case=FLAG_UNSET)


def _small_sale(makers: Makers, customer: Customer) -> Document:
    """A keyboard set and some leads."""
    keyboard, lead = _named(makers.products, "KB-MS-SET"), _named(makers.products, "CBL-PATCH-CAT6-2M")
    lines = (product_line(keyboard, Decimal(1), keyboard.price), product_line(lead, Decimal(4), lead.price))
    return replace(makers.miscellaneous(customer), lines=lines, case=NO_CONTACT)


def _metered(makers: Makers, customer: Customer) -> Document:
    """A thousand hours at 0.061171, beside everything else that is metered."""
    first, *others = by_family(makers.products, "metered")
    usage: list[Line] = [product_line(first, Decimal(1_000), first.price)]
    usage += [product_line(product, Decimal(1_237 + 500 * step), product.price) for step, product in enumerate(others)]
    document = makers.miscellaneous(customer)
    return replace(document, lines=(*usage, *document.lines))


def _held_for_finance(makers: Makers, customers: Iterator[Customer]) -> tuple[Document, ...]:
    """Invoices in an open billing status: nobody may touch them."""
    return tuple(replace(makers.standard(next(customers), None), is_closed=False) for _ in range(3))


def _named(products: tuple[Product, ...], code: str) -> Product:
    return next(product for product in products if product.code == code)


def _replaced(lines: tuple[Line, ...], index: int, line: Line) -> tuple[Line, ...]:
    return (*lines[:index], line, *lines[index + 1 :])
