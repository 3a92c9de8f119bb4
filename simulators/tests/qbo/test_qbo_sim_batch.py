"""Batches and change data capture."""

from typing import Any

from tieout_simulators.frame import exact_json


async def batch(qbo: Any, *items: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
    answer = await qbo.call("POST", "batch", {"BatchItemRequest": list(items)}, **query)
    assert answer.status_code == 200, answer.text
    answered: list[dict[str, Any]] = exact_json.loads(answer.content)["BatchItemResponse"]
    return answered


async def cdc(qbo: Any, entities: str, since: str) -> list[dict[str, Any]]:
    (answered,) = (await qbo.get("cdc", entities=entities, changedSince=since))["CDCResponse"]
    found: list[dict[str, Any]] = answered["QueryResponse"]
    return found


async def test_each_item_has_its_own_answer_or_fault_with_http_200(qbo: Any) -> None:
    answered = await batch(
        qbo,
        {"bId": "1", "operation": "create", "Vendor": {"DisplayName": "Boraski Family Store"}},
        {"bId": "2", "operation": "delete", "Invoice": {"Id": "129", "SyncToken": "0"}},
        {"bId": "3", "operation": "create", "Invoice": qbo.form()},
        {"bId": "4", "operation": "update", "Customer": {"Id": "1", "SyncToken": "7", "Notes": "x"}},
        {"bId": "5", "Query": "select * from Invoice where TotalAmt > '99.00'"},
        {"bId": "6", "Query": "select"},
        {"bId": "7", "operation": "create"},
        {"bId": "8", "operation": "guess", "Invoice": {"Id": "1", "SyncToken": "0"}},
    )
    assert [each["bId"] for each in answered] == list("12345678")
    assert answered[0]["Vendor"]["DisplayName"] == "Boraski Family Store"
    assert answered[2]["Invoice"]["TotalAmt"] == 100
    assert answered[4]["QueryResponse"]["maxResults"] == 1
    codes = {each["bId"]: each["Fault"]["Error"][0]["code"] for each in answered if "Fault" in each}
    assert codes == {"2": "610", "4": "5010", "6": "4000", "7": "500", "8": "500"}
    assert answered[1]["Fault"]["type"] == "ValidationFault"


async def test_a_batch_voids_by_optionsdata_and_deletes(qbo: Any) -> None:
    one, other = await qbo.invoice(), await qbo.invoice()
    answered = await batch(
        qbo,
        {"bId": "1", "operation": "update", "optionsData": "void", "Invoice": {"Id": one["Id"], "SyncToken": "0"}},
        {"bId": "2", "operation": "delete", "Invoice": {"Id": other["Id"], "SyncToken": "0"}},
    )
    assert answered[0]["Invoice"]["PrivateNote"] == "Voided"
    assert answered[1]["Invoice"] == {"domain": "QBO", "status": "Deleted", "Id": other["Id"]}


async def test_thirty_items_fit_and_the_31st_is_too_many(qbo: Any) -> None:
    items = [{"bId": str(number), "operation": "create", "Invoice": qbo.form()} for number in range(31)]
    assert len(await batch(qbo, *items[:30])) == 30
    answer = await qbo.call("POST", "batch", {"BatchItemRequest": items})
    assert (answer.status_code, answer.json()["Fault"]["Error"][0]["code"]) == (400, "1040")
    assert await qbo.query("SELECT COUNT(*) FROM Invoice") == {"totalCount": 30}
    assert (await qbo.call("POST", "batch", {"Other": []})).json()["Fault"]["Error"][0]["code"] == "2010"


async def test_changes_are_told_entity_by_entity_with_the_deleted_ones(qbo: Any) -> None:
    now = (await qbo.http.get("/_sim/clock")).json()["now"]
    await qbo.advance(60)
    one, other = await qbo.invoice(), await qbo.invoice()
    await qbo.post("Invoice", {"Id": other["Id"], "SyncToken": "0"}, operation="delete")
    invoices, payments = await cdc(qbo, "invoice, Payment", now)
    assert [each["Id"] for each in invoices["Invoice"]] == [one["Id"], other["Id"]]
    gone = invoices["Invoice"][1]
    assert (gone["status"], set(gone)) == ("Deleted", {"domain", "status", "Id", "MetaData"})
    assert (invoices["maxResults"], payments) == (2, {})


async def test_changes_reach_back_30_days_and_not_every_entity_has_them(qbo: Any) -> None:
    async def refused(**query: str) -> str:
        answer = await qbo.call("GET", "cdc", **query)
        code: str = answer.json()["Fault"]["Error"][0]["code"]
        return code

    assert await refused(entities="Invoice", changedSince="2020-01-01T00:00:00-08:00") == "2060"
    assert await refused(entities="Invoice", changedSince="yesterday") == "2060"
    assert await refused(entities="Invoice") == "2020"
    now = (await qbo.http.get("/_sim/clock")).json()["now"]
    assert await refused(entities="TaxCode", changedSince=now) == "500"
    assert await refused(entities="", changedSince=now) == "2020"


async def test_a_full_answer_of_1000_objects_is_cut_off_without_a_word(qbo: Any) -> None:
    now = (await qbo.http.get("/_sim/clock")).json()["now"]
    await qbo.advance(1)
    for _ in range(34):
        items = [{"bId": str(number), "operation": "create", "Invoice": qbo.form()} for number in range(30)]
        await batch(qbo, *items)
    invoices, customers = await cdc(qbo, "Invoice,Customer", now)
    assert (invoices["maxResults"], customers) == (1000, {})
