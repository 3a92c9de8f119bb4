"""Whatever text comes as conditions, it selects or it is refused; nothing else happens."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from tieout_simulators.connectwise.models import MODELS
from tieout_simulators.connectwise.query.conditions import child_predicate, predicate_of, required_ids
from tieout_simulators.connectwise.query.parser import parsed
from tieout_simulators.connectwise.query.tokens import ConditionsError
from tieout_simulators.connectwise.records import Record

FIELDS = {"id": 5, "invoiceNumber": "40005", "date": "2025-04-25T00:00:00Z", "status": {"id": 1, "isClosed": True}}
RECORD = Record(FIELDS, datetime(2025, 5, 6, tzinfo=UTC))
WORDS = (
    "id", "invoiceNumber", "date", "status/isClosed", "status", "customFields/value", "lastUpdated", "glBatch/name",
    "=", "!=", "<", ">=", "(", ")", ",", "and", "or", "not", "in", "like", "contains", "null", "true",
    "5", "-1.50", "'40*'", '"x"', "[2025-04-25]", "[0001-01-01T00:00:00+14:00]", "[x]", "\u0660", "*", "'", "[",
)  # fmt: skip


@given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join) | st.text(max_size=30))
@settings(max_examples=400, deadline=None)
def test_any_text_selects_or_is_refused(text: str) -> None:
    try:
        condition = parsed(text)
        ids = required_ids(condition)
        met = predicate_of(condition, MODELS["Invoice"])(RECORD)
    except ConditionsError:
        return
    assert not met or ids is None or RECORD.id in ids


@given(st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join))
@settings(max_examples=200, deadline=None)
def test_any_child_conditions_select_or_are_refused(text: str) -> None:
    try:
        met = child_predicate(text, MODELS["Invoice"])(RECORD)
    except ConditionsError:
        return
    assert met is False
