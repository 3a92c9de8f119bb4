"""What the class segments of a GL entry say: tracking, and the Non-Product ID (K1)."""

from collections.abc import Iterable
from dataclasses import dataclass

from tieout_contracts.settings import ClassSegment

SEPARATOR = ":"
"""ConnectWise joins segments with a colon; seen in one recorded sample only."""


@dataclass(frozen=True, slots=True)
class Segments:
    tracking: tuple[str, ...]
    """The segments for tracking, in order; an empty one keeps its place."""
    non_product_id: str


def read_segments(gl_class: str | None, layout: Iterable[ClassSegment]) -> Segments:
    """`gl_class` taken apart as the company says it is built; segments beyond the layout say nothing."""
    named = [
        (kind, part.strip())
        for kind, part in zip(layout, (gl_class or "").split(SEPARATOR), strict=False)
        if kind != "ignored"
    ]
    return Segments(
        tracking=tuple(part for kind, part in named if kind == "tracking"),
        non_product_id=next((part for kind, part in named if kind == "non_product_id" and part), ""),
    )
