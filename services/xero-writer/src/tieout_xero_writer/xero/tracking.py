"""Tracking options by name: documents say names, calls say Xero's ids."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from tieout_contracts.documents import TrackingAssignment
from tieout_providers.xero.bodies import TrackingRef
from tieout_providers.xero.reads import TrackingCategory

ACTIVE = "ACTIVE"
_BETWEEN = "\x1f"


class UnknownOption(ValueError):
    """The organisation had no such option when its reference data was last read."""


def keys_of(categories: Iterable[TrackingCategory]) -> Mapping[str, str]:
    """The ids of every active option, to be kept beside the reference data."""
    return {
        _key(category.name, option.name): f"{category.tracking_category_id} {option.tracking_option_id}"
        for category in categories
        if category.status == ACTIVE and category.name
        for option in category.options
        if option.status == ACTIVE and option.name
    }


def tracking_of(assignments: Iterable[TrackingAssignment], keys: Mapping[str, str]) -> tuple[TrackingRef, ...] | None:
    """The assignments by id; None where there are none. Raises `UnknownOption`."""
    return tuple(_ref(assigned, keys) for assigned in assignments) or None


def _ref(assigned: TrackingAssignment, keys: Mapping[str, str]) -> TrackingRef:
    ids = keys.get(_key(assigned.category, assigned.option))
    if ids is None:
        raise UnknownOption(f"the tracking option {assigned.option!r} of {assigned.category!r} is not active in Xero")
    category_id, option_id = ids.split()
    return TrackingRef(tracking_category_id=UUID(category_id), tracking_option_id=UUID(option_id))


def _key(category: str, option: str) -> str:
    return f"{category}{_BETWEEN}{option}"
