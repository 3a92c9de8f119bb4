"""Lines that take off what an earlier document billed: an applied down payment, or progress billed before."""

from collections.abc import Sequence
from decimal import Decimal

from tieout_contracts.records import AppliedPosting, RecordLine
from tieout_ingest.canonical.sources import AppliedKind, Backfill, Earlier


def with_applied(lines: Sequence[RecordLine], backfill: Backfill, gaps: list[str]) -> tuple[RecordLine, ...]:
    """`lines`, with those marked that take off what was billed before, and by which document where that is known."""
    marked = list(lines)
    for kind, amount in _applied(backfill):
        place = applied_line(marked, amount)
        if place is None:
            gaps.append(f"{kind}: {amount:f} of it is applied, and no line of the export is for just that")
            continue
        posting = posting_of(kind, backfill.earlier.get(kind))
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


def posting_of(kind: AppliedKind, earlier: Earlier | None) -> AppliedPosting:
    """What the earlier document was posted with; without a number where its lines were not all posted alike."""
    if earlier is None:
        return AppliedPosting(kind=kind)
    ways = [_way(kind, earlier.number, line) for line in earlier.lines if line.amount]
    return ways[0] if ways and all(way == ways[0] for way in ways) else AppliedPosting(kind=kind)


def _way(kind: AppliedKind, number: str, line: RecordLine) -> AppliedPosting:
    return AppliedPosting(
        kind=kind,
        number=number,
        account=line.account,
        gl_class=line.gl_class,
        item_code=line.item_code,
        non_product_id=line.non_product_id,
        tax_code=line.tax_code,
        taxable_levels=line.taxable_levels,
    )


def _applied(backfill: Backfill) -> list[tuple[AppliedKind, Decimal]]:
    invoice = backfill.invoice
    if invoice is None:
        return []
    told: tuple[tuple[AppliedKind, Decimal | None], ...] = (
        ("down_payment", invoice.downpayment_applied),
        ("progress", invoice.previous_progress_applied),
    )
    return [(kind, amount) for kind, amount in told if amount]
