"""The unposted list, read whole and put together: one entry for each record, however many rows it has."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from tieout_contracts.problems import Problem, problem
from tieout_contracts.records import RecordKind, RecordRef
from tieout_ingest.canonical import Listed, iso_code
from tieout_ingest.canonical.texts import moment_of
from tieout_providers.connectwise.client import ConnectWise
from tieout_providers.connectwise.models import UnpostedInvoice
from tieout_providers.errors import Rejected
from tieout_providers.reading import Rows

CREDIT_MEMO = "CreditMemo"


@dataclass(frozen=True, slots=True)
class UnpostedList:
    """Every record that ConnectWise lists as unposted. A row that cannot be read is a problem of its own."""

    records: Mapping[RecordRef, Listed]
    problems: tuple[Problem, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether a record that is not here is not unposted. An unreadable row might be any record's."""
        return not self.problems


async def read_unposted(connectwise: ConnectWise) -> UnpostedList:
    """The whole list. All locations are read, so that a record that no company claims is seen too."""
    return put_together(await connectwise.unposted_invoices())


async def still_unposted(connectwise: ConnectWise, record_ids: Collection[int]) -> set[int]:
    """Which of these records ConnectWise lists as unposted.

    UNCONFIRMED (reference 3.1): that the list can be filtered by `billingLogId`. Where ConnectWise refuses the
    filter the whole list is read.
    """
    if not record_ids:
        return set()
    try:
        rows = await connectwise.unposted_invoices(invoice_ids=sorted(record_ids))
    except Rejected:
        rows = await connectwise.unposted_invoices()
    return {row.billing_log_id for row in rows if row.billing_log_id is not None} & set(record_ids)


def put_together(rows: Rows[UnpostedInvoice]) -> UnpostedList:
    """One `Listed` for each `billingLogId`; whether ConnectWise ever lists an invoice twice is not published."""
    problems = [_unreadable(row.id, row.problem) for row in rows.unreadable]
    by_invoice: dict[int, list[UnpostedInvoice]] = {}
    for row in rows:
        if missing := _missing(row):
            problems.append(_unreadable(None if row.id is None else str(row.id), f"{', '.join(missing)} missing"))
        else:
            by_invoice.setdefault(row.billing_log_id or 0, []).append(row)
    found = (_listed(invoice_id, same) for invoice_id, same in by_invoice.items())
    return UnpostedList({listed.ref: listed for listed in found}, tuple(problems))


def kind_of(invoice_type: str) -> RecordKind:
    """Credit memos by the invoice's type; everything else is billed."""
    return "credit_memo" if invoice_type == CREDIT_MEMO else "invoice"


def _missing(row: UnpostedInvoice) -> list[str]:
    wanted = {
        "billingLogId": row.billing_log_id,
        "invoiceNumber": row.invoice_number,
        "invoiceType": row.invoice_type,
        "locationId": _location_of(row),
    }
    return [name for name, value in wanted.items() if value is None or value == ""]


def _location_of(row: UnpostedInvoice) -> int | None:
    if row.location_id is not None:
        return row.location_id
    return row.location.id if row.location else None


def _bill_to_of(row: UnpostedInvoice) -> int | None:
    return row.bill_to_company.id if row.bill_to_company else None


def _listed(invoice_id: int, rows: list[UnpostedInvoice]) -> Listed:
    row = min(rows, key=lambda each: each.id or 0)
    invoice_type = row.invoice_type or ""
    return Listed(
        record_id=invoice_id,
        kind=kind_of(invoice_type),
        number=row.invoice_number or "",
        invoice_type=invoice_type,
        location_id=_location_of(row) or 0,
        location_name=row.location.name if row.location else None,
        seen=_seen(rows),
        document_date=row.invoice_date,
        total=abs(row.total) if row.total is not None and kind_of(invoice_type) == "credit_memo" else row.total,
        currency=iso_code(row.currency),
        closed_at=moment_of(row.date_closed),
        bill_to_id=_bill_to_of(row),
    )


def _seen(rows: Iterable[UnpostedInvoice]) -> str:
    """A hash of what changes when a record is opened and closed again: its rows' keys, its closing, its sums."""
    digest = hashlib.sha256()
    for row in sorted(rows, key=lambda each: each.id or 0):
        facts = (row.id, row.date_closed, row.invoice_date, row.sub_total, row.sales_tax_amount, row.total)
        digest.update("|".join(map(str, (*facts, _location_of(row), row.invoice_number, _bill_to_of(row)))).encode())
    return digest.hexdigest()[:32]


def _unreadable(row_id: str | None, reason: str) -> Problem:
    return problem("capture.row_unreadable", row=f"id {row_id}" if row_id else "without an id", reason=reason)
