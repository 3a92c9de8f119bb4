"""requestid: the same id gets the original answer again."""

import asyncio
from typing import Any

import pytest

from tieout_simulators.frame import exact_json


async def test_the_same_requestid_gets_the_original_answer_and_nothing_new(qbo: Any) -> None:
    first = await qbo.call("POST", "invoice", qbo.form(), requestid="a-1")
    again = await qbo.call("POST", "invoice", qbo.form(), requestid="a-1")
    assert again.content == first.content
    assert again.headers["intuit_tid"] != first.headers["intuit_tid"]
    assert await qbo.query("SELECT COUNT(*) FROM Invoice") == {"totalCount": 1}


async def test_a_repeated_requestid_replays_even_after_the_document_was_deleted(qbo: Any) -> None:
    made = await qbo.post("Invoice", qbo.form(), requestid="a-1")
    await qbo.post("Invoice", {"Id": made["Id"], "SyncToken": "0"}, operation="delete", requestid="a-2")
    assert await qbo.post("Invoice", qbo.form(), requestid="a-1") == made
    assert await qbo.query("SELECT COUNT(*) FROM Invoice") == {"totalCount": 0}
    assert (await qbo.post("Invoice", qbo.form(), requestid="a-1.2"))["Id"] != made["Id"]


async def test_another_body_under_the_same_requestid_is_answered_with_the_first(qbo: Any) -> None:
    made = await qbo.post("Invoice", qbo.form(), requestid="a-1")
    assert await qbo.post("Invoice", qbo.form(qbo.line("7")), requestid="a-1") == made


async def test_a_fault_is_replayed_too(qbo: Any) -> None:
    assert (await qbo.refused("Invoice", {"Line": []}, requestid="a-1"))[0] == "2020"
    assert (await qbo.refused("Invoice", qbo.form(), requestid="a-1"))[0] == "2020"


async def test_throttled_and_unauthenticated_calls_are_not_remembered(open_company: Any) -> None:
    qbo = open_company(app={"realm_app_second_limit": 1})
    await qbo.call("GET", "preferences")
    assert (await qbo.call("POST", "invoice", qbo.form(), requestid="a-1")).status_code == 429
    await qbo.advance(1)
    assert (await qbo.post("Invoice", qbo.form(), requestid="a-1"))["SyncToken"] == "0"


async def test_a_500_that_had_saved_is_found_by_its_requestid(qbo: Any) -> None:
    then = {"status": 500, "body": "oops", "after_handling": True}
    await qbo.sim("faults", [{"route": "POST /invoice", "then": then}])
    assert (await qbo.call("POST", "invoice", qbo.form(), requestid="a-1")).status_code == 500
    made = await qbo.post("Invoice", qbo.form(), requestid="a-1")
    assert await qbo.query("SELECT COUNT(*) FROM Invoice") == {"totalCount": 1}
    assert made["TotalAmt"] == 100


async def test_ids_belong_to_one_company_and_are_forgotten_after_a_day(qbo: Any, open_company: Any) -> None:
    made = await qbo.post("Invoice", qbo.form(), requestid="a-1")
    other = open_company()
    await other.post("Invoice", other.form(), requestid="a-1")
    assert await other.query("SELECT COUNT(*) FROM Invoice") == {"totalCount": 1}
    await qbo.advance(86_400)
    token = (await qbo.token(grant_type="refresh_token", refresh_token=qbo.refresh_token)).json()
    qbo.access_token = token["access_token"]
    assert (await qbo.post("Invoice", qbo.form(), requestid="a-1"))["Id"] != made["Id"]


@pytest.mark.parametrize("request_id", ["x" * 51, "a b", "ü"])
async def test_a_malformed_requestid_is_refused(qbo: Any, request_id: str) -> None:
    assert (await qbo.refused("Invoice", qbo.form(), requestid=request_id))[0] == "2130"
    assert (await qbo.post("Invoice", qbo.form(), requestid=""))["SyncToken"] == "0"


async def test_with_a_batch_the_requestid_has_36_characters_and_each_bid_10(qbo: Any) -> None:
    item = {"operation": "create", "Invoice": qbo.form()}
    for request_id, b_id in (("x" * 37, "1"), ("x" * 36, "12345678901")):
        answer = await qbo.call("POST", "batch", {"BatchItemRequest": [{"bId": b_id, **item}]}, requestid=request_id)
        assert answer.json()["Fault"]["Error"][0]["code"] == "2130"
    batch = {"BatchItemRequest": [{"bId": "1234567890", **item}]}
    first = await qbo.call("POST", "batch", batch, requestid="x" * 35)
    assert (await qbo.call("POST", "batch", batch, requestid="x" * 35)).content == first.content
    assert await qbo.query("SELECT COUNT(*) FROM Invoice") == {"totalCount": 1}


async def test_a_second_one_while_the_first_still_runs_is_refused_with_600(qbo: Any) -> None:
    await qbo.sim("faults", [{"route": "POST /invoice", "then": {"delay_ms": 20}}])
    answers = await asyncio.gather(*(qbo.call("POST", "invoice", qbo.form(), requestid="a-1") for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 400]
    refused = next(answer for answer in answers if answer.status_code == 400)
    assert exact_json.loads(refused.content)["Fault"]["Error"][0]["code"] == "600"
