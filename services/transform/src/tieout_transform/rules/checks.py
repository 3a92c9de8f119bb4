"""What a document must be, whatever its lines: cheap checks before anything is computed."""

from decimal import Decimal

from tieout_contracts.documents import DocumentKind
from tieout_contracts.money import minor_unit_places, plain
from tieout_contracts.records import CanonicalRecord
from tieout_contracts.reference import LedgerReference
from tieout_contracts.settings import CompanySettings
from tieout_transform.rules.chart import Chart
from tieout_transform.rules.findings import Findings
from tieout_transform.rules.ledger_arithmetic import AMOUNT_PLACES
from tieout_transform.rules.ledgers import Ledger
from tieout_transform.rules.words import money

_APPROVING_ACTION: dict[DocumentKind, str] = {"sales_invoice": "CreateApprovedInvoice"}


def check_document(
    record: CanonicalRecord,
    kind: DocumentKind,
    settings: CompanySettings,
    chart: Chart,
    findings: Findings,
) -> None:
    """Every refusal that the document's head alone gives reason for."""
    ledger, reference = chart.ledger, chart.reference
    _check_choices(record, settings, chart, findings)
    _check_number(record, ledger, findings)
    _check_currency(record, reference, findings)
    _check_totals(record, findings)
    _check_period(record, reference, findings)
    _check_plan(kind, settings, reference, findings)
    _tell_gaps(record, findings)
    if not record.lines:
        findings.add("rules.empty_document", number=record.number)


def _check_choices(record: CanonicalRecord, settings: CompanySettings, chart: Chart, findings: Findings) -> None:
    """What the company, or the ledger's own settings, make impossible."""
    ledger = chart.ledger.name
    if chart.reference.numbers_itself:
        findings.add("rules.ledger_numbers_itself", ledger=ledger, number=record.number)
    if settings.invoice_status != "approved" and not chart.ledger.has_drafts:
        findings.add("rules.no_drafts", status=settings.invoice_status, ledger=ledger)
    if record.uses_avalara and settings.tax.avalara == "refuse":
        findings.add("rules.avalara", number=record.number)


def _check_number(record: CanonicalRecord, ledger: Ledger, findings: Findings) -> None:
    """The number is posted character for character (F29), so one that the ledger would change is refused."""
    number = record.number
    if not number.strip():
        findings.add("rules.number_unusable", reason="it is empty")
    elif number != number.strip() or not number.isascii() or not number.isprintable():
        findings.add("rules.number_unusable", reason="it has characters outside printable ASCII, or outer spaces")
    elif len(number) > ledger.max_number_characters:
        limit = ledger.max_number_characters
        findings.add("rules.field_too_long", field="The number", length=len(number), limit=limit)


def _check_currency(record: CanonicalRecord, reference: LedgerReference, findings: Findings) -> None:
    places = minor_unit_places(record.currency)
    if places != AMOUNT_PLACES:
        findings.add("rules.currency_places", currency=record.currency, places=places)
    available = {reference.base_currency, *reference.currencies}
    if record.currency not in available and reference.multi_currency is False:
        name, base = reference.organisation_name, reference.base_currency
        findings.add("rules.multicurrency_off", currency=record.currency, organisation=name, base=base)
    elif record.currency not in available:
        names = ", ".join(sorted(available))
        findings.add("rules.currency_unavailable", currency=record.currency, currencies=names)


def _check_totals(record: CanonicalRecord, findings: Findings) -> None:
    for name, amount in (("total", record.total), ("tax", record.tax)):
        if not has_cents_only(amount):
            findings.add("rules.amount_places", field=name, amount=plain(amount), places=AMOUNT_PLACES)
    if record.total < 0:
        total = money(record.total)
        findings.add("rules.negative_total", number=record.number, total=total, kind="credit memo", other="an invoice")


def has_cents_only(amount: Decimal) -> bool:
    return amount == round(amount, AMOUNT_PLACES)


def _check_period(record: CanonicalRecord, reference: LedgerReference, findings: Findings) -> None:
    locks = [day for day in (reference.period_lock_date, reference.year_lock_date) if day is not None]
    if locks and record.document_date <= max(locks):
        findings.add("rules.locked_period", document_date=record.document_date, lock_date=max(locks))


def _check_plan(kind: DocumentKind, settings: CompanySettings, reference: LedgerReference, findings: Findings) -> None:
    """Small ledger plans cannot approve invoices; a ledger that names no actions is believed to allow all."""
    action = _APPROVING_ACTION.get(kind)
    if settings.invoice_status == "approved" and reference.actions and action and action not in reference.actions:
        findings.add("rules.plan_limit", action=action)


def _tell_gaps(record: CanonicalRecord, findings: Findings) -> None:
    """What back-filling could not read is said (F28); capture has refused what decides an amount, tax or currency."""
    for gap in record.missing:
        field, _, reason = gap.partition(": ")
        findings.add("rules.incomplete", field=field, reason=reason or "it could not be read")
