"""One group's GL export: every record that can be had, and of each other one why not."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import uuid4

from tieout_contracts.settings import CompanySettings
from tieout_ingest.canonical import Listed
from tieout_ingest.halving import NothingComes, halve
from tieout_providers.connectwise.client import ConnectWise
from tieout_providers.connectwise.models import GLCustomer, GLExport, GLTransaction
from tieout_providers.connectwise.requests import LineDetail
from tieout_providers.errors import Forbidden, NotFound, ProviderError, Rejected

MAX_IDS_A_CALL = 50


@dataclass(slots=True)
class Export:
    """By record id: `transactions` came, `broken` came and cannot be read, `failed` made every export fail.

    `missing` were asked for and simply did not come. `sure` is False where nothing came at all, so that the failures
    may be nobody's fault but the provider's.
    """

    transactions: dict[int, GLTransaction] = field(default_factory=dict)
    customers: list[GLCustomer] = field(default_factory=list)
    broken: dict[int, str] = field(default_factory=dict)
    failed: dict[int, ProviderError] = field(default_factory=dict)
    missing: set[int] = field(default_factory=set)
    sure: bool = True
    detail: LineDetail = "Default"


_DETAIL: Mapping[str, LineDetail] = {"standard": "Default", "summary": "Condensed", "detailed": "Detailed"}


def detail_level(settings: CompanySettings | None) -> LineDetail:
    """How much of time becomes lines (F33, F34, K12), as the company chose; ConnectWise's default without settings."""
    return "Default" if settings is None else _DETAIL[settings.invoice_detail]


async def export_group(
    connectwise: ConnectWise, group: Sequence[Listed], *, location_id: int, detail: LineDetail, today: date
) -> Export:
    """Export the records of one location, halving what fails. What is no record's fault passes through."""
    assert len(group) <= MAX_IDS_A_CALL
    thru_date = reaching(group, today)

    async def export(record_ids: Sequence[int]) -> GLExport:
        return await connectwise.export_invoices(
            record_ids, location_id=location_id, thru_date=thru_date, identifier=throw_away_identifier(), detail=detail
        )

    wanted = {each.record_id: each for each in group}
    try:
        halved = await halve(sorted(wanted), export)
    except NothingComes as error:
        return Export(failed=dict.fromkeys(wanted, error.last), sure=False, detail=detail)
    result = Export(failed=dict(halved.failed), sure=halved.sure or not halved.failed, detail=detail)
    for answer in halved.answers:
        result.customers += answer.customers
        _take(result, answer, wanted)
    result.missing = wanted.keys() - result.transactions.keys() - result.broken.keys() - result.failed.keys()
    return result


async def answers(connectwise: ConnectWise) -> None:
    """Ask ConnectWise for something simple after an export that failed whole. Raises if that fails too, so that no
    record is blamed; being refused this table proves as well that somebody answers."""
    with suppress(Forbidden, NotFound, Rejected):
        await connectwise.system_info()


def reaching(group: Collection[Listed], today: date) -> date:
    """A `thruDate` that no document of the group is after, whatever its time of day and zone: one day later."""
    dates = [each.document_date for each in group if each.document_date is not None]
    return max([today, *dates]) + timedelta(days=1)


def throw_away_identifier() -> str:
    """A fresh one for each export: whether an export reserves its identifier is unconfirmed (reference 1.4)."""
    return f"TIE-X-{uuid4().hex[:16]}"


def record_of(transaction: GLTransaction, wanted: Mapping[int, Listed]) -> int | None:
    """The record that a transaction belongs to.

    UNCONFIRMED (reference 1.8): that a transaction's id is its invoice's. One whose id was not asked for is recognised
    by its number.
    """
    if transaction.id in wanted:
        return transaction.id
    same = [each.record_id for each in wanted.values() if each.number == transaction.document_number]
    return same[0] if len(same) == 1 else None


def _take(result: Export, answer: GLExport, wanted: Mapping[int, Listed]) -> None:
    for row in answer.transactions.unreadable:
        if row.id is not None and row.id.isdecimal() and int(row.id) in wanted:
            result.broken[int(row.id)] = row.problem
    for transaction in answer.transactions:
        record_id = record_of(transaction, wanted)
        if record_id is None:
            continue
        if record_id in result.transactions:
            result.broken[record_id] = "it is in the export more than once"
        result.transactions[record_id] = transaction
    for record_id in result.broken:
        result.transactions.pop(record_id, None)
