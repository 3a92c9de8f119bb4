"""The canonical record of one GL transaction, or every reason why there is none."""

from decimal import Decimal

from pydantic import ValidationError

from tieout_contracts.records import CreditMemoRecord, InvoiceRecord
from tieout_ingest.canonical.applied import with_applied
from tieout_ingest.canonical.faults import Faults, NotCanonical
from tieout_ingest.canonical.lines import lines_of, segments
from tieout_ingest.canonical.parties import bill_to_of, ship_to_of
from tieout_ingest.canonical.signs import signs_of, turned
from tieout_ingest.canonical.sources import Backfill, Listed
from tieout_ingest.canonical.taxes import entries_of, levels_of, tax_of, with_rates
from tieout_ingest.canonical.texts import first_text
from tieout_providers.connectwise.models import Company, GLTransaction
from tieout_providers.connectwise.models.references import CurrencyReference
from tieout_providers.reading import problems_of

POSTED_TYPES = frozenset({"Agreement", "Standard", "Progress", "Miscellaneous", "CreditMemo", "DownPayment"})
"""Types not known today are refused by name rather than guessed."""

CONSOLIDATED = "Consolidated"
"""Holds other invoices. Until it is shown that these are not listed as well, posting it could post them twice."""

NO_CURRENCY = "XXX"
"""ISO 4217 for "no currency": stands in where only the export is compared with an earlier one."""

NOBODY = Backfill(bill_to=Company(name="-"))
"""Stands in for back-filling where only the export is compared; the export may name its company by id alone."""


def build(listed: Listed, transaction: GLTransaction, backfill: Backfill) -> InvoiceRecord | CreditMemoRecord:
    """The record. Raises `NotCanonical` with every reason: missing fields by name, sums that do not agree."""
    return _checked(listed, transaction, backfill, _currency(listed, transaction, backfill))


def bare(listed: Listed, transaction: GLTransaction) -> InvoiceRecord | CreditMemoRecord:
    """The record as the export alone tells it, whatever back-filling would add; never published."""
    return _checked(listed, transaction, NOBODY, _currency(listed, transaction, NOBODY) or NO_CURRENCY)


def gl_entry_ids_of(transaction: GLTransaction, faults: Faults) -> tuple[int, ...]:
    """Every GL entry id of the record: the receivable side's and each detail's, each once, in the export's order."""
    header = [part.strip() for part in (transaction.gl_entry_ids or "").split(",") if part.strip()]
    if not header:
        faults.malformed("glEntryIds is missing")
    if wrong := [part for part in header if not (part.isascii() and part.isdigit())]:
        faults.malformed(f"glEntryIds holds {wrong[0][:20]!r}, which is no id")
        return ()
    details = [detail.id for detail in transaction.detail if detail.id is not None]
    return tuple(dict.fromkeys([*map(int, header), *details]))


def _checked(
    listed: Listed, transaction: GLTransaction, backfill: Backfill, currency: str | None
) -> InvoiceRecord | CreditMemoRecord:
    """What the contract itself refuses (an amount beyond all reckoning) is a malformed record too."""
    try:
        return _build(listed, transaction, backfill, currency)
    except ValidationError as error:
        faults = Faults(listed.number)
        faults.malformed(problems_of(error))
        raise NotCanonical(listed.number, faults.found) from None


def _build(
    listed: Listed, transaction: GLTransaction, backfill: Backfill, currency: str | None
) -> InvoiceRecord | CreditMemoRecord:
    faults, gaps = Faults(listed.number), [str(gap) for gap in backfill.gaps]
    if listed.invoice_type == CONSOLIDATED:
        faults.add("capture.consolidated")
    elif listed.invoice_type not in POSTED_TYPES:
        faults.add("capture.unsupported_type", invoice_type=listed.invoice_type)
    if transaction.total is None:
        faults.malformed("total is missing")
    if transaction.document_date is None:
        faults.malformed("documentDate is missing")
    total = transaction.total or Decimal(0)
    signs = signs_of(listed.kind, total)
    entry_ids = gl_entry_ids_of(transaction, faults)
    lines = with_applied(lines_of(transaction, signs.detail, backfill, faults, gaps), backfill, gaps)
    tax = tax_of(transaction, signs, faults)
    levels = with_rates(levels_of(transaction, signs, tax, faults), backfill.tax_code)
    bill_to = bill_to_of(transaction, backfill, faults)
    subtotal = sum((line.amount for line in lines), Decimal(0))
    _check_sums(listed, transaction, backfill, faults)
    _check_tax_code(transaction, backfill, tax, faults)
    _check_currency(listed, transaction, backfill, faults)
    if currency is None:
        _refuse_without_currency(backfill, faults)
    faults.refuse()
    assert bill_to is not None
    assert currency is not None
    assert transaction.document_date is not None
    invoice = backfill.invoice
    return _class_of(listed)(
        record_id=listed.record_id,
        number=first_text(transaction.document_number) or listed.number,
        invoice_type=listed.invoice_type,
        document_date=transaction.document_date,
        due_date=transaction.due_date or (invoice.due_date if invoice else None),
        terms_name=first_text(transaction.billing_terms and transaction.billing_terms.name),
        terms_xref=first_text(transaction.billing_terms_xref),
        location_id=listed.location_id,
        currency=currency,
        bill_to=bill_to,
        ship_to=ship_to_of(transaction, backfill),
        reference=first_text(invoice and invoice.reference),
        customer_po=first_text(invoice and invoice.customer_po),
        tax_code=_tax_code(transaction, backfill),
        taxable=bool(transaction.taxable),
        tax_rate=transaction.tax_group_rate,
        lines=lines,
        tax_levels=levels,
        tax_entries=entries_of(transaction, signs),
        tax_on_tax=bool(transaction.piggy_back_flag),
        sales_rep_id=first_text(transaction.sales_rep_id),
        sales_rep_name=first_text(transaction.sales_rep_name),
        subtotal=subtotal,
        tax=tax,
        total=turned(total, signs.header),
        ar_account=segments(transaction.account_number),
        gl_entry_ids=entry_ids,
        uses_avalara=bool(transaction.use_avalara_flag or transaction.send_avalara_tax_flag),
        closed_at=listed.closed_at,
        missing=tuple(gaps),
    )


def _class_of(listed: Listed) -> type[InvoiceRecord] | type[CreditMemoRecord]:
    return CreditMemoRecord if listed.kind == "credit_memo" else InvoiceRecord


def _check_sums(listed: Listed, transaction: GLTransaction, backfill: Backfill, faults: Faults) -> None:
    """sum(details) = -total, and the invoice itself says the same total."""
    if transaction.total is None or any(detail.total is None for detail in transaction.detail):
        return
    details = sum((detail.total or Decimal(0) for detail in transaction.detail), Decimal(0))
    if details != -transaction.total:
        faults.add("capture.unbalanced", lines=f"{-details:f}", total=f"{transaction.total:f}")
    told = backfill.invoice.total if backfill.invoice else None
    if told is not None and abs(told) != abs(transaction.total):
        faults.add("capture.total_differs", exported=f"{transaction.total:f}", total=f"{told:f}")


def _tax_code(transaction: GLTransaction, backfill: Backfill) -> str | None:
    invoice = backfill.invoice
    return first_text(
        transaction.tax_code and transaction.tax_code.name,
        invoice and invoice.tax_code and invoice.tax_code.name,
    )


def _check_tax_code(transaction: GLTransaction, backfill: Backfill, tax: Decimal, faults: Faults) -> None:
    """A taxed record whose tax code only a denied table could tell is refused: guessing a tax is not for us (F28)."""
    denied = backfill.gap_of("invoice")
    levels_told = any(first_text(level.tax_code_xref) for level in transaction.tax_levels)
    if tax and denied and _tax_code(transaction, backfill) is None and not levels_told:
        faults.add("capture.undecidable", field="The tax code", decides="tax", reason=denied.reason)


def _currency(listed: Listed, transaction: GLTransaction, backfill: Backfill) -> str | None:
    """The record's ISO code: its own, wherever it is told, else its company's (reference 1B; F118).

    A location's currency reaches us on its records: what its billing setup says is what ConnectWise put there.
    """
    company = backfill.bill_to
    own = _own_currencies(listed, transaction, backfill)
    return own[0] if own else iso_code(company.currency if company else None)


def _own_currencies(listed: Listed, transaction: GLTransaction, backfill: Backfill) -> list[str]:
    """What the export, the unposted list and the invoice say, each code once."""
    invoice = backfill.invoice
    told = (iso_code(transaction.currency), listed.currency, iso_code(invoice.currency if invoice else None))
    return list(dict.fromkeys(code for code in told if code))


def _check_currency(listed: Listed, transaction: GLTransaction, backfill: Backfill, faults: Faults) -> None:
    """The same figures in another currency are another debt, so no source is believed more than another."""
    told = _own_currencies(listed, transaction, backfill)
    if len(told) > 1:
        faults.add("capture.currency_differs", currencies=" and ".join(told))


def iso_code(currency: CurrencyReference | None) -> str | None:
    """The ISO 4217 code of a reference, None where it names none."""
    if currency is None:
        return None
    codes = (currency.currency_code, currency.currency_identifier)
    found = (code.strip().upper() for code in codes if code)
    return next((code for code in found if isiso_code(code)), None)


def isiso_code(code: str) -> bool:
    """Three Latin letters, as ISO 4217 has them."""
    return len(code) == 3 and code.isascii() and code.isalpha()


def _refuse_without_currency(backfill: Backfill, faults: Faults) -> None:
    denied = backfill.gap_of("company", "invoice")
    if denied is None:
        faults.malformed("currency.currencyCode is missing")
    else:
        faults.add("capture.undecidable", field="The currency", decides="currency", reason=denied.reason)
