"""Tracking options from ConnectWise's class segments (F104, F107, K1), rules (K3) and sales representatives (K4)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tieout_contracts.documents import TrackingAssignment
from tieout_contracts.records import LOOKUP, InvoiceContent, RecordLine
from tieout_contracts.settings import CompanySettings
from tieout_transform.rules.chart import Chart, folded
from tieout_transform.rules.company import CompanyMaps
from tieout_transform.rules.findings import Findings
from tieout_transform.rules.segments import Segments
from tieout_transform.rules.specific import LineFacts

MAX_CATEGORIES = 2
"""Xero has two active tracking categories. https://developer.xero.com/documentation/api/accounting/trackingcategories"""


@dataclass(frozen=True, slots=True)
class TrackingMap:
    """One company's tracking, looked at from one document."""

    maps: CompanyMaps
    by_segment: int
    """How many of the categories have a segment."""
    refuse: bool
    representative: str
    """The sales representative as ConnectWise names him; empty where the document has none."""
    representative_options: tuple[str, ...]


def tracking_map(record: InvoiceContent, settings: CompanySettings, maps: CompanyMaps) -> TrackingMap:
    return TrackingMap(
        maps=maps,
        by_segment=len(settings.tracking_categories),
        refuse=settings.missing_tracking == "refuse",
        representative=record.sales_rep_id or record.sales_rep_name or "",
        representative_options=_representative_options(record, maps),
    )


def tracking(
    index: int,
    line: RecordLine,
    facts: LineFacts,
    segments: Segments,
    tracked: TrackingMap,
    chart: Chart,
    findings: Findings,
) -> tuple[TrackingAssignment, ...]:
    """One option for each category: the company's most specific rule, else the segment at the category's place.

    A segment that is empty or no option of its category is warned about or refused, as the company chose; the options
    that were found stay.
    """
    found: list[TrackingAssignment] = []
    missing: list[str] = []
    for name, wanted in _wanted(facts, segments, tracked):
        is_lookup = folded(wanted) == folded(LOOKUP)
        assignment = _first(name, tracked.representative_options if is_lookup else (wanted,), chart)
        if assignment is not None:
            found.append(assignment)
        elif is_lookup:
            _tell_representative(index, name, tracked, findings)
        else:
            missing.append(wanted)
    if missing:
        code = "rules.tracking_missing" if tracked.refuse else "rules.tracking_mismatch"
        by_rule = [wanted for wanted in missing if wanted and folded(wanted) not in facts.classes]
        gl_class = ", ".join(by_rule) or line.gl_class or ""
        findings.add(code, line=index, gl_class=gl_class, categories=", ".join(tracked.maps.categories))
    if len(found) > MAX_CATEGORIES:
        named = ", ".join(assignment.category for assignment in found)
        findings.add("rules.tracking_too_many", line=index, limit=MAX_CATEGORIES, categories=named)
    return tuple(found)


def _wanted(facts: LineFacts, segments: Segments, tracked: TrackingMap) -> Iterator[tuple[str, str]]:
    """Each category and the option that the line is to have in it."""
    for place, name in enumerate(tracked.maps.categories):
        rule = tracked.maps.tracking[name].chosen(facts)
        if rule is not None:
            yield name, rule.option
        elif place < tracked.by_segment:
            yield name, segments.tracking[place] if place < len(segments.tracking) else ""


def _representative_options(record: InvoiceContent, maps: CompanyMaps) -> tuple[str, ...]:
    """What may be the sales representative's option, best first: the company's table, then his name, then his id."""
    names = [name for name in (record.sales_rep_id, record.sales_rep_name) if name and name.strip()]
    mapped = [maps.representatives[folded(name)] for name in names if folded(name) in maps.representatives]
    return tuple(mapped or reversed(names))


def _tell_representative(index: int, category: str, tracked: TrackingMap, findings: Findings) -> None:
    code = "rules.sales_representative_required" if tracked.refuse else "rules.sales_representative_unmapped"
    findings.add(code, line=index, category=category, representative=tracked.representative or "nobody")


def _first(category_name: str, options: Iterable[str], chart: Chart) -> TrackingAssignment | None:
    """The first of `options` that the ledger's category has."""
    category, known = chart.tracking.get(folded(category_name), (None, {}))
    if category is None:
        return None
    option = next((known[folded(name)] for name in options if folded(name) in known), None)
    return None if option is None else TrackingAssignment(category=category.name, option=option)
