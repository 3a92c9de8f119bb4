"""The look before the batch (I-4): the records exported again in bulk, compared with what was posted, or empty."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from tieout_contracts.events import RecordStage
from tieout_contracts.problems import Problem
from tieout_ingest.canonical import Faults, Fingerprint, NotCanonical, differences, fingerprint_of, gl_entry_ids_of
from tieout_ingest.changed import told_change
from tieout_ingest.exporting import Export, answers, detail_level, export_group
from tieout_ingest.held import Held
from tieout_ingest.store import captures
from tieout_ingest.store.records import Record
from tieout_providers.connectwise.models import GLTransaction, Invoice
from tieout_providers.connectwise.requests import LineDetail
from tieout_providers.errors import ProviderError

_Compared = tuple[Record, Fingerprint | None]


@dataclass(frozen=True, slots=True)
class Fit:
    """A record that may be batched: its GL entries as they are now. `accepted` replaces what was captured."""

    known: Record
    gl_entry_ids: tuple[int, ...]
    revision: str
    accepted: Fingerprint | None = None


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A record that must not be batched, and what to tell of it."""

    known: Record
    stage: RecordStage
    problems: tuple[Problem, ...]
    recapture: bool = False
    """Whether it is worth capturing, for a preview of what its document would become."""


@dataclass(slots=True)
class Checked:
    """What a group came to. `absent` are not offered any more, `deferred` could not be exported this time.

    `refilled` were to be batched because nothing was on them, and that is not so any more.
    """

    fit: list[Fit] = field(default_factory=list)
    held_back: list[HeldBack] = field(default_factory=list)
    refilled: list[Record] = field(default_factory=list)
    absent: list[tuple[Record, Invoice | None]] = field(default_factory=list)
    deferred: list[tuple[Record, ProviderError]] = field(default_factory=list)


async def check(held: Held, group: Sequence[Record], *, today: date) -> Checked:
    """Export a group of one location again and compare each record with what was posted."""
    compared = [(each.ref, each.compared_revision) for each in group if each.compared_revision is not None]
    async with held.transaction() as tx:
        known = await captures.fingerprints(tx, held.connection_id, compared)
    company = held.routes.companies.get(group[0].company_id)
    chosen = detail_level(company.settings if company else None)
    checked, by_detail = Checked(), defaultdict[LineDetail, list[_Compared]](list)
    for each in group:
        before = known.get((each.ref, each.compared_revision)) if each.compared_revision else None
        by_detail[before.detail if before else chosen].append((each, before))
    for detail, some in by_detail.items():
        await _check_some(held, some, checked, detail=detail, today=today)
    return checked


async def _check_some(
    held: Held, some: Sequence[_Compared], checked: Checked, *, detail: LineDetail, today: date
) -> None:
    """Those that were captured with the same detail: their company may have chosen another one since."""
    listed = [known.listed for known, _ in some]
    location_id = some[0][0].location_id
    exported = await export_group(held.connectwise, listed, location_id=location_id, detail=detail, today=today)
    if not exported.sure:
        await answers(held.connectwise)
    invoices: Mapping[int, Invoice] = {}
    if exported.missing:
        invoices = (await held.filling.invoices(sorted(exported.missing))).rows
    for known, before in some:
        _sort(known, before, exported, invoices, checked)


def _sort(
    known: Record, before: Fingerprint | None, exported: Export, invoices: Mapping[int, Invoice], checked: Checked
) -> None:
    record_id = known.record_id
    if error := exported.failed.get(record_id):
        checked.deferred.append((known, error))
    elif record_id in exported.missing:
        checked.absent.append((known, invoices.get(record_id)))
    elif reason := exported.broken.get(record_id):
        _hold_back(_changed(known, f"its GL export cannot be read any more: {reason}"), checked)
    else:
        result = compare(known, before, exported.transactions[record_id], exported.detail)
        if isinstance(result, Fit):
            checked.fit.append(result)
        else:
            _hold_back(result, checked)


def _hold_back(result: HeldBack, checked: Checked) -> None:
    """An empty record stands in no ledger, so it is captured anew and no person need compare anything."""
    if result.known.is_empty:
        checked.refilled.append(result.known)
    else:
        checked.held_back.append(result)


def compare(
    known: Record, before: Fingerprint | None, transaction: GLTransaction, detail: LineDetail = "Default"
) -> Fit | HeldBack:
    """Whether the record is still the one that was posted, or empty, as strictly as its `batch_check` says."""
    if known.batch_check == "nothing":
        return _without_comparing(known, transaction, detail)
    try:
        now = fingerprint_of(known.listed, transaction)
    except NotCanonical as refusal:
        return _changed(known, f"its GL export is no longer whole: {refusal}")
    if before is None:
        return _changed(known, "what was captured of it is not known any more")
    if told := differences(before, now, ids_count=known.batch_check == "same"):
        return _changed(known, told, recapture=differences(before, now, ids_count=False) is not None)
    assert known.compared_revision is not None
    return Fit(known, now.gl_entry_ids, known.compared_revision)


def _without_comparing(known: Record, transaction: GLTransaction, detail: LineDetail) -> Fit | HeldBack:
    """A person said so: batch what ConnectWise holds now. Only its GL entries must be named."""
    faults = Faults(known.number)
    entry_ids = gl_entry_ids_of(transaction, faults)
    try:
        faults.refuse()
    except NotCanonical as refusal:
        return HeldBack(known, "waiting", refusal.problems)
    try:
        accepted = fingerprint_of(known.listed, transaction, detail)
    except NotCanonical:
        accepted = None
    revision = known.posted_revision or known.revision or (accepted.content if accepted else "0" * 8)
    return Fit(known, entry_ids, revision, accepted)


def _changed(known: Record, difference: str, *, recapture: bool = False) -> HeldBack:
    stage, told = told_change(known, difference)
    return HeldBack(known, stage, (told,), recapture)
