"""The published sample of the GL export becomes a record; collected where TIEOUT_REFERENCE_DIR says where it is."""

import json
import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from tieout_ingest.canonical import Backfill, Listed, build
from tieout_providers.connectwise.models import GLTransaction

EXAMPLES = Path(os.environ["TIEOUT_REFERENCE_DIR"]) / "connectwise-examples"


def test_the_rest_sample_of_the_reference_becomes_a_record(unposted: Callable[..., Listed]) -> None:
    sample = json.loads((EXAMPLES / "glexport-invoice.derived.json").read_text(), parse_float=Decimal)
    transaction = GLTransaction.model_validate(sample["transactions"][0])
    record = build(unposted(125, number="119", invoice_type="Miscellaneous"), transaction, Backfill())
    assert (record.number, record.total, record.tax, record.document_date.isoformat()) == (
        "119",
        Decimal(10),
        Decimal(0),
        "2011-06-20",
    )
    assert record.gl_entry_ids == (1010, 1011, 1012, 1013, 1014, 1015, 1009, 1016)
    assert [(each.description, each.account, each.taxable_levels) for each in record.lines] == [("ghyigui", "4000", ())]
