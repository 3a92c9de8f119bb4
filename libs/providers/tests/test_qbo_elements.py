"""A batch's answer, matched by our own keys."""

from typing import Any

import pytest

from tieout_providers.call import Answer
from tieout_providers.errors import OutcomeUnknown
from tieout_providers.json_exact import dumps
from tieout_providers.qbo import match_by_bid, parse_batch, parse_change


def batch(*elements: dict[str, Any]) -> Answer:
    return Answer(200, {}, dumps({"BatchItemResponse": list(elements), "time": "2026-01-01T00:00:00.000-07:00"}))


def fault(code: str, kind: str = "ValidationFault") -> dict[str, Any]:
    return {"Error": [{"Message": "No", "Detail": "No : because", "code": code, "element": ""}], "type": kind}


def test_elements_are_matched_by_key_and_never_by_position() -> None:
    answer = batch(
        {"bId": "2", "Fault": fault("5010")},
        {"Invoice": {"Id": "71", "SyncToken": "0", "DocNumber": "A"}, "bId": "1"},
        {"bId": "3", "CreditMemo": {"Id": "8", "status": "Deleted", "domain": "QBO"}},
    )
    matched = match_by_bid(parse_batch(answer), ["1", "2", "3"])
    assert (matched.missing, matched.ambiguous, matched.unasked) == ((), (), ())
    made, stale, deleted = (matched.found[bid] for bid in ("1", "2", "3"))
    assert (made.ok, made.entity, made.id, made.sync_token, made.row["DocNumber"]) == (True, "Invoice", "71", "0", "A")
    assert (stale.ok, stale.codes, stale.decided) == (False, ("5010",), True)
    assert str(stale.problems[0]) == "No : because"
    assert (deleted.ok, deleted.deleted, deleted.entity) == (True, True, "CreditMemo")


def test_what_is_not_mentioned_or_claimed_twice_or_never_asked_is_said() -> None:
    answer = batch(
        {"bId": "2", "Invoice": {"Id": "1"}},
        {"bId": "2", "Invoice": {"Id": "2"}},
        {"bId": "9", "Invoice": {"Id": "3"}},
        {"Invoice": {"Id": "4"}},
    )
    matched = match_by_bid(parse_batch(answer), ["1", "2"])
    assert (matched.missing, matched.ambiguous, dict(matched.found)) == (("1",), ("2",), {})
    assert [element.id for element in matched.unasked] == ["3", "4"]


@pytest.mark.parametrize(
    "said",
    [
        {"Fault": fault("3001")},
        {"Fault": fault("10000")},
        {"Fault": fault("9999", "SystemFault")},
        {"Fault": {}},
        {},
        {"Invoice": {}},
        {"Invoice": {"SyncToken": "0"}},
    ],
)
def test_an_element_that_does_not_say_what_was_done_is_undecided_I6(said: dict[str, Any]) -> None:
    (element,) = parse_batch(batch({"bId": "1", **said}))
    assert (element.ok, element.decided) == (False, False)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"BatchItemResponse": null}', b"<html>"])
def test_an_answer_without_elements_is_unknown_I6(body: bytes) -> None:
    with pytest.raises(OutcomeUnknown):
        parse_batch(Answer(200, {}, body))


def test_a_single_change_is_answered_with_its_record() -> None:
    element = parse_change(Answer(200, {}, dumps({"Item": {"Id": 12, "SyncToken": "1", "Name": "A"}, "time": "x"})))
    assert (element.ok, element.entity, element.id) == (True, "Item", "12")
    with pytest.raises(OutcomeUnknown):
        parse_change(Answer(200, {}, b"{}"))
