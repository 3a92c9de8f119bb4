"""What became of a record that is unposted no longer."""

from typing import Any

import pytest

from tieout_ingest.store.records import EMPTY, Record
from tieout_ingest.whereabouts import whereabouts
from tieout_providers.connectwise.models import Invoice

BATCH = "TIE-I125-1f6c2a90-NP"


def known(**more: Any) -> Record:
    nothing: dict[str, Any] = dict.fromkeys(Record.__dataclass_fields__)
    return Record(**{**nothing, "number": "1125", "batch_identifier": BATCH, **more})


def in_batch(name: str) -> Invoice:
    return Invoice.model_validate({"id": 125, "glBatch": {"id": 9, "name": name}})


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        ({"posted_revision": "r1"}, []),
        ({"outcome": EMPTY, "batch_check": "content"}, ["batches.nothing_to_post"]),
        ({"batch_check": "nothing"}, ["batches.without_posting"]),
    ],
)
def test_a_batch_of_ours_whose_answer_was_lost_says_why_there_is_no_document_K24(
    facts: dict[str, Any], codes: list[str]
) -> None:
    found = whereabouts(known(**facts), in_batch(BATCH.lower()))
    assert (found.stage, [each.code for each in found.problems]) == ("batched", codes)


def test_another_batch_is_somebody_else_s() -> None:
    found = whereabouts(known(batch_check="nothing"), in_batch("By hand"))
    assert (found.stage, [each.code for each in found.problems]) == ("batched_elsewhere", ["batches.elsewhere"])
