"""Records in ConnectWise's own shapes for every test of this service."""

import os
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest

from tieout_ingest.canonical import Listed
from tieout_providers.connectwise.models import GLTransaction

collect_ignore = [] if os.environ.get("TIEOUT_REFERENCE_DIR") else ["unit/test_canonical_reference.py"]

Json = dict[str, Any]
ExportOf = Callable[..., Json]


def export_line(
    entry_id: int,
    amount: Decimal | str,
    *,
    quantity: Decimal | str = "1",
    price: Decimal | str | None = None,
    taxed: bool = True,
    gl_type: str = "R",
    **more: Any,
) -> Json:
    """One detail as ConnectWise exports a sale: quantity and total negative, the price positive."""
    amount, quantity = Decimal(amount), Decimal(quantity)
    return {
        "id": entry_id,
        "glTypeId": gl_type,
        "accountNumber": "200:",
        "glClass": "Sydney:Support",
        "glItemId": "SVC-LABOUR",
        "memo": f"Work {entry_id}",
        "description": "Services",
        "quantity": -quantity,
        "total": -amount,
        "itemPrice": Decimal(price) if price is not None else abs(amount),
        "taxableFlag": taxed,
        **more,
    }


def export_of(
    record_id: int = 125,
    *,
    lines: Sequence[Json] | None = None,
    tax: Decimal | str = "0",
    mirrored: bool = False,
    without: Sequence[str] = (),
    **more: Any,
) -> Json:
    """A coherent GLExportTransaction; `mirrored` turns every sign, as a credit memo may be exported."""
    lines = [export_line(record_id * 100 + 1, "10.00")] if lines is None else list(lines)
    tax = Decimal(tax)
    entries = [*lines]
    if tax:
        entry: Json = {"id": record_id * 100 + 99, "glTypeId": "ST", "description": "Level 1 Sales Tax", "quantity": 0}
        entries.append({**entry, "total": -tax, "taxCodeXref": "GSTX", "memo": "Sales Tax"})
    total = -sum((each["total"] for each in entries), Decimal(0))
    transaction: Json = {
        "id": record_id,
        "glTypeId": "AR",
        "documentDate": "2026-10-20T00:00:00",
        "documentNumber": str(1000 + record_id),
        "documentType": "INVOICE",
        "company": {"id": 8, "identifier": "FOX", "name": "Angry Fox, Co."},
        "billingTerms": {"id": 2, "name": "Net 10"},
        "billingTermsXref": "10",
        "dueDate": "2026-10-30T00:00:00",
        "accountNumber": "610:",
        "billingType": "Standard",
        "glEntryIds": f"{record_id * 100 + 50},{record_id * 100 + 51}",
        "currency": {"currencyCode": "AUD"},
        "total": total,
        "salesTax": tax,
        "taxable": bool(tax),
        "taxCode": {"id": 11, "name": "GST"},
        "taxGroupRate": Decimal("0.1"),
        "taxLevels": [{"taxLevel": 1, "taxAmount": tax, "taxableAmount": total - tax, "taxCodeXref": "GSTX"}]
        if tax
        else [],
        "detail": entries,
        **more,
    }
    kept = {name: value for name, value in transaction.items() if name not in without}
    return _mirrored(kept) if mirrored else kept


def _mirrored(transaction: Mapping[str, Any]) -> Json:
    amounts = {"total", "salesTax", "quantity", "taxAmount", "taxableAmount"}
    return {
        name: -value
        if name in amounts
        else [_mirrored(each) for each in value]
        if name in {"detail", "taxLevels"}
        else value
        for name, value in transaction.items()
    }


def listed(record_id: int = 125, *, invoice_type: str = "Standard", **more: Any) -> Listed:
    facts: dict[str, Any] = {
        "record_id": record_id,
        "kind": "credit_memo" if invoice_type == "CreditMemo" else "invoice",
        "number": str(1000 + record_id),
        "invoice_type": invoice_type,
        "location_id": 11,
        "seen": "s1",
        "currency": "AUD",
    }
    return Listed(**{**facts, **more})


@pytest.fixture(scope="session")
def line() -> Callable[..., Json]:
    return export_line


@pytest.fixture(scope="session")
def exported() -> Callable[..., GLTransaction]:
    """The read model of a coherent GL transaction."""
    return lambda *args, **more: GLTransaction.model_validate(export_of(*args, **more))


@pytest.fixture(scope="session")
def exported_json() -> ExportOf:
    return export_of


@pytest.fixture(scope="session")
def unposted() -> Callable[..., Listed]:
    return listed
