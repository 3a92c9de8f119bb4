"""A revision is a hash of the accounting content, and of nothing else."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tieout_contracts import examples
from tieout_contracts.posting import plan_hash, posting_id
from tieout_contracts.records import Person, TaxEntry

_ENTRY = TaxEntry(gl_entry_id=1016, level=1, code="GST", account="820", amount="6.12")


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


def test_a_record_is_empty_only_where_it_has_neither_lines_nor_amounts() -> None:
    nothing = {"lines": (), "total": Decimal(0), "tax": Decimal(0)}
    record = examples.invoice()
    assert record.model_copy(update=nothing).is_empty
    assert not record.model_copy(update=nothing | {"tax": Decimal(1)}).is_empty
    assert not record.model_copy(update=nothing | {"lines": record.lines}).is_empty


def test_what_captures_learned_to_tell_later_leaves_old_revisions_as_they_are() -> None:
    record = examples.invoice()
    told = [line.model_copy(update={"item_taxable": True, "subcategory": "Mail"}) for line in record.lines]
    later = {"lines": tuple(told), "sales_rep_name": "Robin", "tax_on_tax": True, "tax_entries": (_ENTRY,)}
    assert record.model_copy(update=later).content_hash() == record.content_hash()
