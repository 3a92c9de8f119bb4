"""A revision is a hash of the accounting content, and of nothing else."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tieout_contracts import examples
from tieout_contracts.posting import plan_hash, posting_id
from tieout_contracts.records import Person


def test_volatile_fields_do_not_make_a_new_revision() -> None:
    record = examples.invoice()
    contact = record.bill_to.model_copy(update={"billing_contact": Person(first_name="Grace"), "phone": "1"})
    same = record.model_copy(
        update={"gl_entry_ids": (7, 8), "closed_at": datetime(2030, 1, 1, tzinfo=UTC), "bill_to": contact}
    )
    assert same.content_hash() == record.content_hash()


def test_a_trailing_zero_does_not_make_a_new_revision() -> None:
    record = examples.invoice()
    assert record.model_copy(update={"total": Decimal("67.290")}).content_hash() == record.content_hash()


@pytest.mark.parametrize(
    "change",
    [
        {"total": Decimal("67.30")},
        {"number": "40006"},
        {"location_id": 12},
        {"tax_code": "FRE"},
        {"lines": ()},
        {"currency": "NZD"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_any_change_of_accounting_content_makes_a_new_revision(change: dict[str, object]) -> None:
    record = examples.invoice()
    assert record.model_copy(update=change).content_hash() != record.content_hash()


def test_the_same_plan_of_the_same_revision_always_has_the_same_id_I1() -> None:
    record, document = examples.invoice(), examples.document()
    ids = {posting_id("c", record.ref, record.content_hash(), plan_hash(document)) for _ in range(3)}
    assert len(ids) == 1
    assert posting_id("other", record.ref, record.content_hash(), plan_hash(document)) not in ids
