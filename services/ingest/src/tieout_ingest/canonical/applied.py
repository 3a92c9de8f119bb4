"""Lines that take off what an earlier document billed: an applied down payment, or progress billed before."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from tieout_contracts.records import AppliedPosting, CreditMemoRecord, InvoiceRecord, RecordLine
from tieout_ingest.canonical.sources import AppliedKind, Backfill, BilledLine, Earlier
from tieout_providers.connectwise.models import Invoice

BILLED_BEFORE: Mapping[AppliedKind, str] = {"down_payment": "DownPayment", "progress": "Progress"}
"""The invoice type of the documents that are taken off again."""


def with_applied(lines: Sequence[RecordLine], backfill: Backfill, gaps: list[str]) -> tuple[RecordLine, ...]:
    """`lines`, with those marked that take off what was billed before, and by which document where that is known."""
    marked = list(lines)
    for kind, amount in applied_amounts(backfill.invoice):
        place = applied_line(marked, amount)
        if place is None:
            gaps.append(f"{kind}: {amount:f} of it is applied, and no line of the export is for just that")
            continue
        posting = posting_of(kind, amount, backfill.earlier.get(kind))
        marked[place] = marked[place].model_copy(update={"applied": posting})
    return tuple(marked)


def applied_line(lines: Sequence[RecordLine], amount: Decimal) -> int | None:
    """The place of the line that takes off `amount`.

    UNCONFIRMED (reference 7.5): how the export shows an applied down payment is published nowhere. Taken here as one
    line of exactly the amount that the invoice says was applied, on the other side of a sale.
    """
    fitting = (
        place for place, line in enumerate(lines) if line.applied is None and amount and line.amount == -abs(amount)
    )
    return next(fitting, None)


def posting_of(kind: AppliedKind, amount: Decimal, earlier: Earlier | None) -> AppliedPosting:
    """What the earlier document was posted with; without a number where it is not known, where it billed less than is
    taken off, or where its lines were not all billed alike."""
    billed = [line for line in earlier.lines if line.amount > 0] if earlier else []
    ways = {_way(kind, line) for line in billed}
    if earlier is None or len(ways) != 1 or sum((line.amount for line in billed), Decimal(0)) < abs(amount):
        return AppliedPosting(kind=kind)
    return ways.pop().model_copy(update={"number": earlier.number, "record_ids": earlier.record_ids})


def applied_amounts(invoice: Invoice | None) -> list[tuple[AppliedKind, Decimal]]:
    """What the invoice says that it takes off."""
    if invoice is None:
        return []
    told: tuple[tuple[AppliedKind, Decimal | None], ...] = (
        ("down_payment", invoice.downpayment_applied),
        ("progress", invoice.previous_progress_applied),
    )
    return [(kind, amount) for kind, amount in told if amount]


def billed_lines(record: InvoiceRecord | CreditMemoRecord) -> tuple[BilledLine, ...]:
    """What later documents may take off of this one: only of a down payment or a progress invoice."""
    if record.invoice_type not in BILLED_BEFORE.values():
        return ()
    names = tuple(name for name in BilledLine.model_fields)
    return tuple(BilledLine(**{name: getattr(line, name) for name in names}) for line in record.lines)


def _way(kind: AppliedKind, line: BilledLine) -> AppliedPosting:
    return AppliedPosting(
        kind=kind,
        account=line.account,
        gl_class=line.gl_class,
        item_code=line.item_code,
        non_product_id=line.non_product_id,
        tax_code=line.tax_code,
        taxable_levels=line.taxable_levels,
    )
