"""What QuickBooks Online really answered is read without a remark.

The recordings are reference material outside the project, found through TIEOUT_REFERENCE_DIR; without it this module is
not collected (see conftest).
"""

import csv
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from harness.reference import QuickBooksDescription
from tieout_providers.call import Answer, Call
from tieout_providers.errors import ProviderError, Rejected, Throttled, Unauthorised
from tieout_providers.json_exact import dumps, loads
from tieout_providers.qbo import bodies, intuit_tid, match_by_bid, parse_batch, parse_change, reads
from tieout_providers.qbo.errors import check
from tieout_providers.qbo.queries import FIELDS, quoted
from tieout_providers.reading import read_rows

EXAMPLES = Path(os.environ["TIEOUT_REFERENCE_DIR"]) / "qbo-examples"
LIMITS = list(csv.DictReader((EXAMPLES.parent / "qbo-field-limits.csv").read_text().splitlines()))
MODELS: Mapping[str, type[BaseModel]] = {
    "Account": reads.Account,
    "CreditMemo": reads.Document,
    "Customer": reads.Customer,
    "Invoice": reads.Document,
    "Item": reads.Item,
    "Vendor": reads.Vendor,
}


def interactions(name: str) -> list[dict[str, Any]]:
    recorded: list[dict[str, Any]] = loads((EXAMPLES / "recorded" / f"{name}.json").read_bytes())["interactions"]
    return recorded


def answered(response: Mapping[str, Any]) -> Answer:
    headers = {name.lower(): value for name, value in response.get("headers", {}).items()}
    return Answer(response["status"], headers, dumps(response["body"]))


def rows(node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, list):
        for member in node:
            yield from rows(member)
    elif isinstance(node, Mapping):
        for name, value in node.items():
            if name in MODELS and not name.endswith("Ref"):
                yield from ((name, row) for row in (value if isinstance(value, list) else [value]))
            else:
                yield from rows(value)


@pytest.mark.parametrize("path", sorted((EXAMPLES / "recorded").glob("*.json")), ids=lambda path: path.stem)
def test_every_recorded_row_is_readable(path: Path) -> None:
    for interaction in interactions(path.stem):
        for name, row in rows(interaction["response"]["body"]):
            read = read_rows(MODELS[name], [row], id_field="Id")
            assert read.unreadable == []


def test_the_recorded_batch_is_matched_by_its_keys() -> None:
    (interaction,) = interactions("batch")
    matched = match_by_bid(parse_batch(answered(interaction["response"])), ["bid1", "bid2", "bid3"])
    assert matched.missing == matched.ambiguous == ()
    assert [matched.found[bid].codes for bid in ("bid2", "bid3")] == [("610",), ("5010",)]
    assert all(matched.found[bid].decided for bid in ("bid2", "bid3"))


def test_the_recorded_creation_deletion_and_void_are_what_the_writer_expects() -> None:
    created = parse_change(answered(interactions("invoice-create")[-1]["response"]))
    assert (created.entity, created.id, created.sync_token) == ("Invoice", "266", "0")
    read = reads.Document.model_validate(created.row)
    assert str(read.total_amt) == "100.0"
    assert parse_change(answered(interactions("invoice-delete")[-1]["response"])).deleted
    voided = parse_change(answered(interactions("invoice-void")[-1]["response"]))
    shown = reads.Document.model_validate(voided.row)
    assert (str(shown.total_amt), shown.private_note, shown.sync_token, shown.status) == ("0", "Voided", "1", None)


def test_the_recorded_escape_is_ours() -> None:
    (interaction,) = interactions("query-customer-escaped-quote")
    assert (
        quoted("Amy's Bird Sanctuary").replace("'", "%27").replace("\\", "%5C").replace(" ", "%20")
        in (interaction["request"]["uri"])
    )


RECORDED_FAULTS: list[tuple[str, type[ProviderError], str]] = [
    ("error-3200-token-expired-lowercase-fault", Unauthorised, "qbo.unauthorised"),
    ("error-6240-duplicate-name", Rejected, "qbo.rejected"),
    ("error-2010-unsupported-property", Rejected, "qbo.rejected"),
    ("error-4001-query", Rejected, "qbo.rejected"),
]


@pytest.mark.parametrize(("name", "kind", "code"), RECORDED_FAULTS, ids=[name for name, *_ in RECORDED_FAULTS])
def test_a_recorded_fault_means_what_it_should(name: str, kind: type[ProviderError], code: str) -> None:
    answer = next(
        answer for answer in (answered(each["response"]) for each in interactions(name)) if answer.status >= 400
    )
    with pytest.raises(kind) as caught:
        check(Call("POST", "/x"), answer)
    assert caught.value.code == code
    assert intuit_tid(answer) is not None


@pytest.mark.parametrize("path", sorted((EXAMPLES / "faults").glob("*.json")), ids=lambda path: path.stem)
def test_every_fault_of_the_reference_is_an_error_with_its_code(path: Path) -> None:
    example = loads(path.read_bytes())
    answer = Answer(example.get("status", 400), {}, dumps(example.get("body", {"Fault": example.get("Fault")})))
    with pytest.raises(ProviderError) as caught:
        check(Call("POST", "/x"), answer)
    error = caught.value
    assert not error.may_have_happened
    if isinstance(error, Throttled):
        assert error.retry_after_s == 60.0
    if isinstance(error, Rejected):
        assert [each.code for each in error.problems] == [path.stem.split("-")[0]]


def test_a_token_answer_holds_what_is_read() -> None:
    told = json.loads((EXAMPLES / "oauth" / "token-response.json").read_text())
    assert {"access_token", "refresh_token", "expires_in", "x_refresh_token_expires_in"} <= set(told)


def described(entity: str) -> dict[str, str]:
    return {row["field"]: row["max"] for row in LIMITS if row["entity"] == entity}


@pytest.mark.parametrize(
    ("model", "entity"),
    [
        (bodies.InvoiceBody, "Invoice"),
        (bodies.CreditMemoBody, "CreditMemo"),
        (bodies.DocumentChange, "Invoice"),
        (bodies.CustomerBody, "Customer"),
        (bodies.CustomerChange, "Customer"),
        (bodies.ItemBody, "Item"),
        (bodies.ItemChange, "Item"),
    ],
)
def test_every_field_that_is_sent_is_described_for_its_entity(model: type[bodies.Body], entity: str) -> None:
    sent = {str(field.serialization_alias) for field in model.model_fields.values()}
    assert sent - set(described(entity)) <= {"Line", "Id", "SyncToken", "sparse", "IncomeAccountRef"}


@pytest.mark.parametrize("entity", sorted(FIELDS))
def test_every_field_that_is_asked_by_is_described(entity: Any) -> None:
    known = set(described(entity)) or {"Id", "Code", "Active"}
    assert FIELDS[entity] - {"Id", "DocNumber", "TxnDate", "CustomerRef"} <= known | {"Name", "Active", "DisplayName"}


@pytest.mark.parametrize(
    ("entity", "field", "most"),
    [
        ("Invoice", "DocNumber", 21),
        ("Invoice", "PrivateNote", 4000),
        ("Invoice", "CustomerMemo.value", 1000),
        ("Customer", "DisplayName", 500),
        ("Item", "Name", 100),
        ("Item", "Sku", 100),
    ],
)
def test_the_limits_are_the_described_ones(entity: str, field: str, most: int) -> None:
    assert str(most) in described(entity)[field]


def test_what_was_sent_when_recording_is_described_and_what_no_schema_has_is_not() -> None:
    description = QuickBooksDescription(EXAMPLES.parent)
    (create,) = interactions("invoice-create")
    sent = create["request"]["body"]
    assert description.faults("Invoice", sent) == []
    line = {"Amount": 1, "Discount": 1, "SalesItemLineDetail": {"ItemRef": {"value": "1", "id": "1"}}}
    assert description.faults("Invoice", {**sent, "DocNumber": "2" * 22, "Line": [line]}) == [
        "Invoice: Line.Discount is not described",
        "Invoice: ReferenceType.id is not described",
        "Invoice.DocNumber has 22 characters of 21",
    ]
