"""What the simulator says has the shape of what QuickBooks said.

Recorded payloads and field lists are reference material outside the project, found through TIEOUT_REFERENCE_DIR;
without it this module is not collected (see conftest).
"""

import csv
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tieout_simulators.qbo import schema
from tieout_simulators.qbo.field_limits import LIMITS

REFERENCE = Path(os.environ["TIEOUT_REFERENCE_DIR"])
EXAMPLES = REFERENCE / "qbo-examples"
XS = "{http://www.w3.org/2001/XMLSchema}"
CREW = {"Name": "SalesFormsPrefs.SalesCustomName1", "Type": "StringType", "StringValue": "Crew #"}
NET_30 = {"DefaultTerms": {"value": "3"}, "CustomField": [{"CustomField": [CREW]}], "CustomTxnNumbers": False}
AS_AMY = {
    "Id": "1",
    "DisplayName": "Amy's Bird Sanctuary",
    "BillAddr": {"Id": "2", "Line1": "4581 Finch St.", "City": "Bayshore"},
    "ShipAddr": {"Id": "2", "Line1": "4581 Finch St.", "City": "Bayshore"},
}
UNCOUNTED = {"Lat", "Long", "CountrySubDivisionCode", "PostalCode", "DefaultTaxCodeRef"}
"""Members of the recorded customer's own."""


def recorded(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((EXAMPLES / "recorded" / f"{name}.json").read_text())["interactions"]
    return found


def shape(value: Any) -> Any:
    """The names and kinds of all members; numbers are one kind."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items() if name not in UNCOUNTED}
    if isinstance(value, list):
        return [shape(each) for each in value]
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


@pytest.fixture
def sandbox(open_company: Callable[..., Any], companies: dict[str, Callable[..., Any]]) -> Any:
    """A company like the one that was recorded."""

    def like_it(realm_id: str) -> dict[str, Any]:
        given: dict[str, Any] = companies["us"](realm_id, Preferences={"SalesFormsPrefs": NET_30})
        given["Customer"] = [AS_AMY]
        given["Item"] = [{"Id": "1", "Name": "Services", "Type": "Service", "IncomeAccountRef": {"value": "79"}}]
        return given

    return open_company(like_it)


async def test_an_invoice_is_created_read_voided_and_deleted_as_recorded(sandbox: Any) -> None:
    (create,) = recorded("invoice-create")
    answer = await sandbox.call("POST", "invoice", create["request"]["body"])
    assert shape(answer.json()) == shape(create["response"]["body"])
    assert set(answer.headers) >= {"intuit_tid", "qbo-version", "service-time"}
    ids = {"Id": answer.json()["Invoice"]["Id"], "SyncToken": "0"}
    read, void = recorded("invoice-void")
    got = await sandbox.call("GET", f"invoice/{ids['Id']}")
    assert shape(got.json()) == shape(read["response"]["body"])
    voided = await sandbox.call("POST", "invoice", ids, operation="void")
    assert shape(voided.json()) == shape(void["response"]["body"])
    said = ("PrivateNote", "TotalAmt", "Balance", "SyncToken")
    assert [voided.json()["Invoice"][name] for name in said] == [
        void["response"]["body"]["Invoice"][name] for name in said
    ]
    _, delete = recorded("invoice-delete")
    gone = await sandbox.call("POST", "invoice", {**ids, "SyncToken": "1"}, operation="delete")
    assert shape(gone.json()) == shape(delete["response"]["body"])


async def test_a_customer_is_created_and_updated_as_recorded(sandbox: Any) -> None:
    (create,) = recorded("customer-create")
    answer = await sandbox.call("POST", "customer", create["request"]["body"], requestid="")
    assert shape(answer.json()) == shape(create["response"]["body"])
    _, update = recorded("customer-update")
    sent = {**update["request"]["body"], "Id": answer.json()["Customer"]["Id"]}
    changed = await sandbox.call("POST", "customer", sent)
    assert shape(changed.json()) == shape(update["response"]["body"])


async def test_a_us_tax_is_the_documented_one(sandbox: Any) -> None:
    documented = json.loads((EXAMPLES / "docs" / "invoice-response-with-us-tax.json").read_text())["payload"]["Invoice"]
    lines = [line for line in documented["Line"] if line["DetailType"] == "SalesItemLineDetail"]
    for line in lines:
        line["SalesItemLineDetail"]["ItemRef"] = {"value": "1"}
    sent = {"CustomerRef": {"value": "1"}, "Line": lines, "TxnTaxDetail": {"TxnTaxCodeRef": {"value": "2"}}}
    made = (await sandbox.call("POST", "invoice", sent)).json()["Invoice"]
    assert made["TxnTaxDetail"] == documented["TxnTaxDetail"]
    assert (made["TotalAmt"], made["Balance"]) == (documented["TotalAmt"], documented["Balance"])


async def test_a_batch_is_answered_as_recorded(sandbox: Any) -> None:
    (batch,) = recorded("batch")
    vendor, missing, _, _ = batch["response"]["body"]["BatchItemResponse"]
    items = batch["request"]["body"]["BatchItemRequest"][:2]
    answered = (await sandbox.call("POST", "batch", {"BatchItemRequest": items})).json()["BatchItemResponse"]
    assert shape(answered[0]) == shape(vendor)
    assert answered[1] == missing


async def test_counts_and_empty_pages_are_answered_as_recorded(sandbox: Any) -> None:
    for interaction in recorded("query-count-and-paging"):
        text = interaction["request"]["uri"].partition("query=")[2]
        answer = await sandbox.http.get(
            f"/v3/company/{sandbox.realm_id}/query?query={text}",
            headers={"Authorization": f"Bearer {sandbox.access_token}"},
        )
        assert answer.status_code == 200
    assert (await sandbox.query("SELECT * FROM Customer STARTPOSITION 9")) == {}


@pytest.mark.parametrize(
    ("name", "position", "path", "body"),
    [
        ("error-2010-unsupported-property", 0, "invoice", {"BadJson": True}),
        ("error-6240-duplicate-name", 0, "customer", {"DisplayName": "Norton Lumber"}),
    ],
)
async def test_write_faults_are_as_recorded(
    sandbox: Any, name: str, position: int, path: str, body: dict[str, Any]
) -> None:
    expected = recorded(name)[position]["response"]
    answer = await sandbox.call("POST", path, body)
    assert answer.status_code == expected["status"]
    assert shape(answer.json()) == shape(expected["body"])
    (said,), (recorded_error,) = answer.json()["Fault"]["Error"], expected["body"]["Fault"]["Error"]
    assert (said["code"], said["Message"]) == (recorded_error["code"], recorded_error["Message"])
    assert said["Detail"][:60] == recorded_error["Detail"][:60]


async def test_query_id_and_token_faults_are_as_recorded(sandbox: Any) -> None:
    expected = recorded("error-4001-query")[1]["response"]["body"]
    answer = await sandbox.call("GET", "query", query="SELECT * FROM Custmoer")
    assert answer.json()["Fault"] == expected["Fault"]
    expected = recorded("error-500-and-2030")[1]["response"]["body"]
    answer = await sandbox.call("GET", "customer/1.5")
    assert answer.json()["Fault"] == expected["Fault"]
    (expired,) = recorded("error-3200-token-expired-lowercase-fault")
    await sandbox.event("expire_tokens")
    answer = await sandbox.call("GET", "customer/1")
    assert answer.status_code == expired["response"]["status"]
    assert shape(answer.json()) == shape(expired["response"]["body"])


@pytest.mark.parametrize(
    ("name", "code"), [("6070-amount-mismatch", "6070"), ("5010-stale-object", "5010"), ("610-object-not-found", "610")]
)
async def test_faults_say_what_was_observed(sandbox: Any, name: str, code: str) -> None:
    expected = json.loads((EXAMPLES / "faults" / f"{name}.json").read_text())["body"]["Fault"]
    line = sandbox.line("1861.07", "1", Qty="128.350", UnitPrice="14.50")
    bodies = {
        "6070": {**sandbox.form(line)},
        "5010": {"Id": "1", "SyncToken": "9", "DisplayName": "x"},
        "610": {"Id": "99", "SyncToken": "0"},
    }
    path = "customer" if code == "5010" else "invoice"
    said = (await sandbox.call("POST", path, bodies[code])).json()["Fault"]
    users = re.compile(r"<user>|Another User", re.IGNORECASE)
    for fault in (said, expected):
        fault["Error"][0]["Detail"] = users.sub("someone", fault["Error"][0]["Detail"])
    assert said == expected


def test_the_limits_are_the_published_ones() -> None:
    with (REFERENCE / "qbo-field-limits.csv").open() as file:
        published = {(row["entity"], row["field"]): row["max"] for row in csv.DictReader(file)}
    for entity, limits in LIMITS.items():
        for field, limit in limits.items():
            written = published.get((entity, field), "")
            assert not written or str(limit) in re.findall(r"\d+", written), f"{entity}.{field}: {written}"


def test_the_known_properties_are_those_of_the_published_schema() -> None:
    types = {
        each.get("name"): each
        for path in (REFERENCE / "qbo-xsd" / "php").glob("*.xsd")
        for each in ElementTree.parse(path).getroot().findall(f"{XS}complexType")
    }

    def members(name: str) -> set[str]:
        found = types[name]
        base = found.find(f".//{XS}extension")
        own = {str(each.get("name") or str(each.get("ref")).rpartition(":")[2]) for each in found.iter(f"{XS}element")}
        own |= {str(each.get("name")) for each in found.iter(f"{XS}attribute") if each.get("name")}
        inherited = str(base.get("base")).rpartition(":")[2] if base is not None else ""
        return own | (members(inherited) if inherited in types else set())

    for name, known in schema.PROPERTIES.items():
        if name not in ("Reference", "Memo"):
            assert known == members(name), name
