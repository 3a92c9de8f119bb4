"""Tracking options from ConnectWise's class segments (F104, F107)."""

from typing import Literal

from tieout_contracts.documents import TrackingAssignment
from tieout_contracts.records import RecordLine
from tieout_transform.rules.chart import Chart, folded
from tieout_transform.rules.findings import Findings

SEGMENT_SEPARATOR = ":"
"""ConnectWise joins class segments with a colon; seen in one recorded sample only."""


def tracking(
    index: int,
    line: RecordLine,
    categories: tuple[str, ...],
    missing: Literal["warn", "refuse"],
    chart: Chart,
    findings: Findings,
) -> tuple[TrackingAssignment, ...]:
    """The options that the line's segments name, first segment in the first category and so on.

    Later segments (the Non-Product ID is one) are not tracking. A segment that is empty or no option of its category
    is warned about or refused, as the company chose; the options that were found stay.
    """
    if not categories:
        return ()
    gl_class = line.gl_class or ""
    segments = gl_class.split(SEGMENT_SEPARATOR)
    found = [
        assignment
        for name, segment in zip(categories, segments, strict=False)
        if (assignment := _option(name, segment, chart)) is not None
    ]
    if len(found) < len(categories):
        code = "rules.tracking_missing" if missing == "refuse" else "rules.tracking_mismatch"
        findings.add(code, line=index, gl_class=gl_class, categories=", ".join(categories))
    return tuple(found)


def _option(category_name: str, segment: str, chart: Chart) -> TrackingAssignment | None:
    known = chart.tracking.get(folded(category_name))
    if known is None:
        return None
    category, options = known
    option = options.get(folded(segment))
    return None if option is None else TrackingAssignment(category=category.name, option=option)
