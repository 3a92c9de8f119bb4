"""The tracking of a line: at most two active categories, each with an active option."""

from typing import Any

from tieout_simulators.xero import fields, messages
from tieout_simulators.xero.chart import Chart
from tieout_simulators.xero.fields import Element

MAX_TRACKING = 2


def read_tracking(chart: Chart, sent: Any, problems: list[str]) -> list[dict[str, Any]]:
    """The line's tracking as the API shows it, by names or ids; what is wrong goes to ``problems``."""
    if not sent:
        return []
    if not isinstance(sent, list) or any(not isinstance(entry, dict) for entry in sent):
        problems.append(messages.not_convertible("Tracking", sent))
        return []
    if len(sent) > MAX_TRACKING:
        problems.append(messages.TOO_MUCH_TRACKING)
    found = [each for entry in sent if (each := _entry(chart, entry, problems)) is not None]
    if len({entry["TrackingCategoryID"] for entry in found}) < len(found):
        problems.append(messages.TRACKING_TWICE)
    return found


def _entry(chart: Chart, sent: Element, problems: list[str]) -> dict[str, Any] | None:
    category_key = fields.text(sent, "TrackingCategoryID", problems) or fields.text(sent, "Name", problems) or ""
    option_key = fields.text(sent, "TrackingOptionID", problems) or fields.text(sent, "Option", problems) or ""
    category = chart.tracking_category(category_key)
    if category is None or category.shape["Status"] != "ACTIVE":
        problems.append(messages.no_tracking_category(category_key))
        return None
    option = chart.tracking_option(category, option_key)
    if option is None or option["Status"] != "ACTIVE":
        problems.append(messages.no_tracking_option(option_key, category.shape["Name"]))
        return None
    return {
        "Name": category.shape["Name"],
        "Option": option["Name"],
        "TrackingCategoryID": category.shape["TrackingCategoryID"],
        "TrackingOptionID": option["TrackingOptionID"],
    }
