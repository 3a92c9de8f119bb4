"""Whether a plan is carried out or only shown: a person arms a company with a go-live date."""

from typing import Literal

from tieout_contracts.records import CanonicalRecord
from tieout_contracts.settings import Arming


def disposition(record: CanonicalRecord, arming: Arming) -> Literal["post", "preview"]:
    """`post` where the company is armed and the document is not older than its go-live date, or older ones post too."""
    arming = arming.of(record.kind)
    if not arming.armed:
        return "preview"
    older = arming.go_live is not None and record.document_date < arming.go_live
    return "preview" if older and arming.older_records != "post" else "post"
