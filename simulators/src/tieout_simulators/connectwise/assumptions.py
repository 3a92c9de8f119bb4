"""What the public reference leaves open, decided in one named place each.

Whoever has a real ConnectWise sandbox can confirm or correct a function here; nothing else in the simulator decides
the same question. The section numbers are those of the researched ConnectWise reference.
"""

from collections.abc import Sequence, Set
from datetime import datetime
from typing import Any

from tieout_simulators.connectwise.models import JsonObject
from tieout_simulators.connectwise.records import Record

DETAIL_LEVELS = ("Default", "Condensed", "Detailed")


def comparable_text(text: str) -> str:
    """Text compares without regard to case, as SQL Server does by default (not documented; 3.1)."""
    return text.casefold()


def null_meets_comparison() -> bool:
    """A null field meets no comparison but a null test, not even ``!=``, as in SQL (not documented; 3.1)."""
    return False


def narrowing_ids(included: Sequence[int] | None) -> frozenset[int] | None:
    """An empty ``includedInvoiceIds`` counts as left out, so that everything is exported (1.4 says only: neither)."""
    return frozenset(included) if included else None


def stays_unposted(entry_ids: Set[int], batched_ids: Set[int]) -> bool:
    """A record of which only some GL entries are batched stays listed, whole (7, point 3)."""
    return not entry_ids <= batched_ids


def unposted_row_ids(invoice_id: int, ar_entry_ids: Sequence[int], copies: int) -> list[int]:
    """The ids of an invoice's unposted rows: those of its first GL entries on the receivables side (1.3, 7.10).

    An invoice without GL entries has nothing to take one from; its rows are numbered above two thousand million,
    near the end of the 32-bit range.
    """
    without_entries = [2_000_000_000 + invoice_id * 4 + copy for copy in range(copies)]
    return [*ar_entry_ids[:copies], *without_entries][:copies]


def unposted_row_updated(invoice: Record) -> datetime:
    """``lastUpdated`` filters the unposted list by when the invoice last changed (7, point 10)."""
    return invoice.last_updated


def transaction_at_level(transaction: Record, detail_level: str) -> Record:
    """The lines come as loaded at every ``summarizeInvoices`` level: how ConnectWise merges them is not published
    (1.6); a reader must not lean on the difference."""
    assert detail_level in DETAIL_LEVELS
    return transaction


def is_same_subscription(one: JsonObject, other: JsonObject) -> bool:
    """Two callbacks of one type, level, object and URL are "matching" (4.1 shows the error, not the rule)."""
    return all(one.get(name) == other.get(name) for name in ("type", "level", "objectId", "url"))


def callback_entity(record: JsonObject) -> JsonObject:
    """The summarised record in a callback: references by id and name, so no ``status.isClosed`` (7, point 7)."""
    return {name: _summarised(value) for name, value in record.items()}


def _summarised(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: each for name, each in value.items() if name in ("id", "identifier", "name")}
    return value


def batch_can_be_deleted(batch: JsonObject) -> bool:
    """Deleting a closed batch is answered with 409, record in use (7, point 8)."""
    return not batch.get("closedFlag", False)


def accounting_is_licensed(system_info: JsonObject) -> bool:
    """Without an active GLInterface licence bit the accounting endpoints are forbidden (5.9, inferred). An answer
    that lists no licences hides them; it forbids nothing."""
    bits = {bit.get("name"): bit.get("activeFlag") for bit in system_info.get("licenseBits", [])}
    return not bits or bits.get("GLInterface") is True


ACCOUNT_TYPES = {
    "AP": "Accounts Payable",
    "AR": "Accounts Receivable",
    "EE": "Expense - External",
    "EI": "Expense - Internal",
    "R": "Revenue",
    "RA": "Revenue - Agreement",
    "RD": "Revenue - Deferred",
    "RE": "Revenue - Expense",
    "RP": "Revenue - Product",
    "ST": "Sales Tax",
}


def account_type_named(gl_type: str) -> str:
    """The account type's name in GL and batch entries; a code whose name is unconfirmed stands for itself (1.9)."""
    return ACCOUNT_TYPES.get(gl_type, gl_type)
