"""The one way in: a record, a settings snapshot and the ledger's reference data make a posting, or all refusals."""

from decimal import Decimal

from tieout_contracts.documents import ExpectedTotals, LedgerContact, LedgerDocument, LedgerItem, TaxTotal
from tieout_contracts.posting import Posting, plan_hash, posting_id
from tieout_contracts.problems import Problem
from tieout_contracts.records import CanonicalRecord
from tieout_contracts.reference import LedgerReference
from tieout_contracts.settings import CompanySettings, SettingsSnapshot
from tieout_transform.rules.adjustment import adjustment_item, adjustment_line, goods_tie
from tieout_transform.rules.automated_tax import delivery_address, lay_tax
from tieout_transform.rules.chart import Chart, chart_of
from tieout_transform.rules.checks import check_document, has_cents_only
from tieout_transform.rules.company import maps_of
from tieout_transform.rules.contact import ledger_contact
from tieout_transform.rules.customer_currency import in_currency
from tieout_transform.rules.direction import document_kind, facing, taken_off
from tieout_transform.rules.draft import DraftLine
from tieout_transform.rules.drafting import draft_lines
from tieout_transform.rules.findings import Findings
from tieout_transform.rules.levels import levels_by_rate
from tieout_transform.rules.mapping import MappedLine, map_lines
from tieout_transform.rules.note import note
from tieout_transform.rules.paying import link_to_pay
from tieout_transform.rules.tax import TaxMap, tax_map, tax_mode
from tieout_transform.rules.tax_lines import tax_lines
from tieout_transform.rules.tax_tie import tie_tax
from tieout_transform.rules.terms import due_date
from tieout_transform.rules.texts import clean, shortened
from tieout_transform.rules.whole import check_whole
from tieout_transform.rules.words import money

MAX_REFERENCE_CHARACTERS = 255
_ZERO = Decimal("0.00")


def plan(
    record: CanonicalRecord, snapshot: SettingsSnapshot, reference: LedgerReference
) -> Posting | tuple[Problem, ...]:
    """What shall be posted for `record`, with every cent explained; or every reason why nothing may be.

    Pure and deterministic: the same three always give the same plan, and the same posting id.
    """
    assert reference.organisation_id == snapshot.settings.organisation_id, "the reference of another organisation"
    assert reference.ledger == snapshot.settings.ledger, "the reference of another kind of ledger"
    findings = Findings()
    document = _document(record, snapshot.settings, chart_of(reference), findings)
    if document is None:
        return findings.refusals
    revision, hashed = record.content_hash(), plan_hash(document)
    return Posting(
        posting_id=posting_id(snapshot.company_id, record.ref, revision, hashed),
        company_id=snapshot.company_id,
        record=record.ref,
        revision=revision,
        plan_hash=hashed,
        number=record.number,
        settings_version=snapshot.version,
        reference_version=reference.version,
        document=document,
        warnings=findings.warnings,
        explanation=findings.explanation,
    )


def customer_of(record: CanonicalRecord, snapshot: SettingsSnapshot, reference: LedgerReference) -> LedgerContact:
    """Whom the record is billed to, whether it may be posted or not."""
    return _customer(record, snapshot.settings, chart_of(reference), Findings())


def _customer(record: CanonicalRecord, settings: CompanySettings, chart: Chart, findings: Findings) -> LedgerContact:
    return in_currency(ledger_contact(record.bill_to, settings, findings), record.currency, chart)


def _document(
    captured: CanonicalRecord, settings: CompanySettings, chart: Chart, findings: Findings
) -> LedgerDocument | None:
    kind = document_kind(captured)
    record = taken_off(facing(captured, findings), findings)
    check_document(record, kind, settings, chart, findings)
    contact = _customer(record, settings, chart, findings)
    due = due_date(record, settings.terms_past_month_end, findings) if kind == "sales_invoice" else None
    po_number = shortened("The reference", _reference(record), MAX_REFERENCE_CHARACTERS, None, findings)
    taxes = tax_map(record, settings.tax, maps_of(settings), chart)
    mapped = map_lines(record, settings, taxes, chart, findings)
    lines = draft_lines(record, mapped, settings, taxes, chart, findings)
    of_tax = tax_lines(record, settings, taxes, chart, findings)
    lines = None if lines is None or of_tax is None else [*lines, *of_tax]
    if has_cents_only(record.total) and has_cents_only(record.tax) and record.lines:
        _tie(record, lines, settings, taxes, chart, findings)
    ship_to = delivery_address(record, lines or (), taxes, chart, findings)
    check_whole(record, mapped, lines, settings, chart, findings)
    if lines is None or findings.refusals:
        return None
    expected = _expected_totals(lines)
    assert expected.total == record.total, "a document that misses ConnectWise's total must not leave the rules"
    findings.explain(
        f"lines {money(expected.subtotal)} + tax {money(expected.tax)} = {money(expected.total)}, ConnectWise's total"
    )
    return LedgerDocument(
        kind=kind,
        number=record.number,
        document_date=record.document_date,
        due_date=due,
        reference=po_number or None,
        currency=record.currency,
        contact=contact,
        ship_to=ship_to,
        tax_mode=tax_mode(settings.tax, chart) if any(line.rate == taxes.automated for line in lines) else "exclusive",
        target_status=settings.invoice_status,
        lines=tuple(line.ledger_line() for line in lines),
        items=_items(mapped, lines, settings, chart),
        expected=expected,
        note=note(findings.noted),
        pay_link=link_to_pay(record, kind, settings, chart.ledger, findings),
    )


def _tie(
    record: CanonicalRecord,
    lines: list[DraftLine] | None,
    settings: CompanySettings,
    taxes: TaxMap,
    chart: Chart,
    findings: Findings,
) -> None:
    """Make tax and total ConnectWise's, or refuse; the adjustment line, where there is one, comes last."""
    goods = goods_tie(record, findings)
    automated = taxes.automated is not None
    levels = levels_by_rate(record, taxes, findings) if not automated else ()
    if lines is None:
        return
    if automated:
        tax_left = lay_tax(record, lines, taxes, chart.ledger, findings)
    else:
        tax_left = tie_tax(record, lines, levels, chart.ledger, taxes, findings) if levels is not None else None
    if not goods or tax_left is None:
        return
    adjustment = adjustment_line(record, lines, tax_left, settings, chart, findings)
    if adjustment is not None:
        lines.append(adjustment)


def _reference(record: CanonicalRecord) -> str:
    """The client's PO number (F31), else ConnectWise's own reference."""
    return clean(record.customer_po or "") or clean(record.reference or "")


def _items(
    mapped: list[MappedLine], lines: list[DraftLine], settings: CompanySettings, chart: Chart
) -> tuple[LedgerItem, ...]:
    """Each item that a line names, once."""
    items = {target.item.code: target.item for target in reversed(mapped) if target.item is not None}
    adjusting = adjustment_item(settings, chart.ledger)
    if adjusting is not None and any(line.kind == "adjustment" for line in lines):
        items.setdefault(adjusting.code, adjusting)
    return tuple(items[code] for code in sorted(items))


def _expected_totals(lines: list[DraftLine]) -> ExpectedTotals:
    by_code: dict[str, Decimal] = {}
    for line in lines:
        by_code[line.rate.code] = by_code.get(line.rate.code, _ZERO) + line.tax_amount
    subtotal = sum((line.amount for line in lines), _ZERO)
    tax = sum(by_code.values(), _ZERO)
    return ExpectedTotals(
        subtotal=subtotal,
        tax=tax,
        total=subtotal + tax,
        tax_by_code=tuple(TaxTotal(tax_code=code, amount=by_code[code]) for code in sorted(by_code)),
    )
