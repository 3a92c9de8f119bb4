"""Records, settings and reference data as tests want them: complete, and different in one thing."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from tieout_contracts.records import CreditMemoRecord, InvoiceRecord, Party, Person, RecordLine, TaxEntry, TaxLevel
from tieout_contracts.reference import (
    LedgerAccount,
    LedgerItemRef,
    LedgerReference,
    LedgerTaxRate,
    TaxComponent,
    TrackingCategory,
)
from tieout_contracts.settings import (
    AdjustmentSettings,
    Arming,
    CompanySettings,
    SettingsSnapshot,
    TaxRule,
    TaxSettings,
)
from tieout_transform.rules.draft import DraftLine

ORGANISATION = "3f1d2f0e-9a86-4a0e-9d63-0d6a2f9d7c11"
TENANT = "acme-msp"
COMPANY = "acme-sydney"
ARMED = Arming(armed=True, go_live=date(2026, 10, 1))
SOMEBODY = Person(first_name="Robin", last_name="Vale", email="robin@fox.example")
CUSTOMER = Party(company_id=8, identifier="FOX", name="Angry Fox", primary_contact=SOMEBODY, billing_contact=SOMEBODY)


def rate(code: str, percent: str, *, parts: tuple[str, ...] = (), compound: bool = False, **more: Any) -> LedgerTaxRate:
    components = tuple(TaxComponent(name=f"part {n}", rate=part, compound=compound) for n, part in enumerate(parts))
    return LedgerTaxRate(code=code, name=code.title(), rate=percent, components=components, **more)


RATES = (
    rate("OUTPUT", "10", parts=("10",), applies_to=("REVENUE", "ASSET")),
    rate("OUTPUT15", "15", parts=("15",)),
    rate("CITY", "8.875", parts=("4.5", "4.375")),
    rate("COMPOUND", "14.975", parts=("5", "9.5"), compound=True),
    rate("ZERO", "0", parts=("0",)),
    rate("EXEMPT", "0"),
    rate("NONE", "0"),
    rate("DELETED", "10", active=False),
    rate("INPUT", "10", parts=("10",), applies_to=("EXPENSE",)),
)

ACCOUNTS = (
    LedgerAccount(code="200", name="Sales", account_class="REVENUE", account_type="REVENUE"),
    LedgerAccount(code="210", name="Hardware", account_class="REVENUE", account_type="SALES"),
    LedgerAccount(code="299", name="Old sales", account_class="REVENUE", account_type="REVENUE", active=False),
    LedgerAccount(code="090", name="Bank", account_class="ASSET", account_type="BANK"),
    LedgerAccount(code="630", name="Stock", account_class="ASSET", account_type="INVENTORY"),
    LedgerAccount(code="610", name="Debtors", account_class="ASSET", account_type="CURRENT", system="DEBTORS"),
    LedgerAccount(code="850", name="Deferred", account_class="LIABILITY", account_type="CURRLIAB"),
    LedgerAccount(code="820", name="Tax collected", account_class="LIABILITY", account_type="CURRLIAB"),
    LedgerAccount(code="825", name="GST", account_class="LIABILITY", account_type="CURRLIAB", system="GST"),
    LedgerAccount(code="860", name="Rounding", account_class="EXPENSE", account_type="EXPENSE", system="ROUNDING"),
)

TRACKING = (
    TrackingCategory(name="Region", options=("Sydney", "Perth")),
    TrackingCategory(name="Practice", options=("Support", "Projects")),
)


def reference(**changes: Any) -> LedgerReference:
    facts: dict[str, Any] = {
        "ledger": "xero",
        "organisation_id": ORGANISATION,
        "organisation_name": "Acme",
        "country": "AU",
        "base_currency": "AUD",
        "currencies": ("AUD", "NZD"),
        "accounts": ACCOUNTS,
        "tax_rates": RATES,
        "tracking": TRACKING,
        "items": (LedgerItemRef(code="SW-24", name="Switch", tracked_stock=True),),
        "read_at": datetime(2026, 10, 1, tzinfo=UTC),
        "version": 3,
    }
    return LedgerReference(**facts | changes)


def tax_settings(**changes: Any) -> TaxSettings:
    facts: dict[str, Any] = {
        "rules": (
            TaxRule(connectwise_tax_code="GST", ledger_tax_code="OUTPUT"),
            TaxRule(connectwise_tax_code="GST15", ledger_tax_code="OUTPUT15"),
            TaxRule(connectwise_tax_code="CITY", ledger_tax_code="CITY"),
            TaxRule(connectwise_tax_code="EXPORT", ledger_tax_code="ZERO"),
        ),
        "untaxed": "EXEMPT",
        "out_of_scope": "NONE",
    }
    return TaxSettings(**facts | changes)


def snapshot(*, tax: TaxSettings | None = None, version: int = 7, **changes: Any) -> SettingsSnapshot:
    facts: dict[str, Any] = {
        "name": "Acme Sydney",
        "connectwise_connection": "connectwise",
        "ledger_connection": "xero",
        "organisation_id": ORGANISATION,
        "tax": tax or tax_settings(),
        "adjustment": AdjustmentSettings(account="860", item_code="ROUNDING"),
    }
    settings = CompanySettings(**facts | changes)
    return SettingsSnapshot(tenant_id=TENANT, company_id=COMPANY, version=version, settings=settings)


def line(amount: str | Decimal, *, quantity: str | Decimal = "1", taxed: bool = True, **changes: Any) -> RecordLine:
    facts: dict[str, Any] = {
        "gl_entry_id": 1,
        "gl_type": "RP",
        "description": "Patch cable, 2 m",
        "quantity": quantity,
        "amount": amount,
        "account": "200",
        "item_code": "CABLE-2M",
        "item_name": "Patch cable",
        "taxable_levels": (1,) if taxed else (),
    }
    return RecordLine(**facts | changes)


def _content(lines: Iterable[RecordLine], tax: str | Decimal, changes: dict[str, Any]) -> dict[str, Any]:
    lines = tuple(lines)
    subtotal = sum((each.amount for each in lines), Decimal("0.00"))
    facts: dict[str, Any] = {
        "record_id": 125,
        "number": "40125",
        "invoice_type": "Standard",
        "document_date": date(2026, 10, 20),
        "due_date": date(2026, 11, 3),
        "terms_name": "Net 14",
        "terms_xref": "14",
        "location_id": 11,
        "currency": "AUD",
        "bill_to": CUSTOMER,
        "customer_po": "PO-7",
        "tax_code": "GST",
        "taxable": True,
        "lines": lines,
        "subtotal": subtotal,
        "tax": tax,
        "total": subtotal + Decimal(tax),
        "gl_entry_ids": (1, 2),
    }
    return facts | changes


def invoice(lines: Iterable[RecordLine], tax: str | Decimal = "0.00", **changes: Any) -> InvoiceRecord:
    """An invoice whose total is its lines and `tax`, unless changed."""
    return InvoiceRecord(**_content(lines, tax, changes))


def entries(levels: Iterable[TaxLevel], account: str = "820") -> tuple[TaxEntry, ...]:
    """The sales tax entries that a record with these levels has."""
    return tuple(
        TaxEntry(
            gl_entry_id=9000 + level.level,
            level=level.level,
            code=level.code,
            account=account,
            description="Sales Tax",
            amount=level.tax_amount,
        )
        for level in levels
        if level.tax_amount
    )


def drafted(amount: str, rate: LedgerTaxRate, *, source_line: int = 0) -> DraftLine:
    """A planned line, before the document's tax is known."""
    return DraftLine(
        kind="source",
        source_line=source_line,
        method="exported_price",
        description="Patch cable",
        quantity=Decimal(1),
        unit_amount=Decimal(amount),
        amount=Decimal(amount),
        account_code="200",
        item_code=None,
        tracking=(),
        rate=rate,
        levels=(1,),
    )


def credit(lines: Iterable[RecordLine], tax: str | Decimal = "0.00", **changes: Any) -> CreditMemoRecord:
    return CreditMemoRecord(**_content(lines, tax, {"invoice_type": "CreditMemo"} | changes))


def mirrored(record: InvoiceRecord) -> CreditMemoRecord:
    """The credit memo of the same content; its figures are positive too."""
    return CreditMemoRecord(**record.model_dump(exclude={"kind"}))


def negated(record: InvoiceRecord) -> InvoiceRecord:
    """Everything sold is taken back: quantities and amounts turn, prices stay."""
    lines = [each.model_copy(update={"quantity": -each.quantity, "amount": -each.amount}) for each in record.lines]
    levels = [
        level.model_copy(
            update={
                "tax_amount": -level.tax_amount,
                "taxable_amount": None if level.taxable_amount is None else -level.taxable_amount,
            }
        )
        for level in record.tax_levels
    ]
    entries = [entry.model_copy(update={"amount": -entry.amount}) for entry in record.tax_entries]
    turned = {"lines": tuple(lines), "tax_levels": tuple(levels), "tax_entries": tuple(entries)}
    sums = {"subtotal": -record.subtotal, "tax": -record.tax, "total": -record.total}
    return record.model_copy(update=turned | sums)
