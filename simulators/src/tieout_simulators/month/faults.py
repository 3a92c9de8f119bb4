"""What happens in ConnectWise while a run is at work, as fault rules of its simulator."""

from collections.abc import Sequence
from dataclasses import replace

from tieout_simulators.month.documents import Disposition, Issued
from tieout_simulators.month.exceptions import with_changed_account
from tieout_simulators.month.gl import gl_transaction
from tieout_simulators.month.numbering import Numbering
from tieout_simulators.month.shapes import JsonObject

EXPORT = "POST /finance/accounting/export"
BATCH_MADE_BY_HAND = "HAND-2026-11-02-KW"


def connectwise_faults(issued: Sequence[Issued], numbering: Numbering) -> list[JsonObject]:
    """Two events, each right after the first export that contains its invoice.

    A rule finds its export by the invoice's id in the request body; ids of this month have six digits of their own.
    """
    (by_hand,) = _of(issued, Disposition.BATCHED_ELSEWHERE)
    (changed,) = _of(issued, Disposition.CHANGED_WHILE_POSTING)
    return [
        _after_export(
            by_hand,
            {"kind": "batch_by_hand", "invoice_ids": [by_hand.id], "batchIdentifier": BATCH_MADE_BY_HAND},
        ),
        _after_export(
            changed,
            {"kind": "replace_gl_transaction", "transaction": gl_transaction(_closed_again(changed, numbering))},
        ),
    ]


def _closed_again(issued: Issued, numbering: Numbering) -> Issued:
    document = with_changed_account(issued.document)
    return replace(issued, document=document, gl_keys=numbering.new_gl_keys(document))


def _after_export(issued: Issued, event: JsonObject) -> JsonObject:
    return {"route": EXPORT, "match": str(issued.id), "nth": 1, "times": 1, "then": {"event": event}}


def _of(issued: Sequence[Issued], disposition: Disposition) -> list[Issued]:
    return [each for each in issued if each.document.case.disposition is disposition]
