"""The two things that the invoice's path tells ConnectWise: export these, and these are posted."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from tieout_providers.call import Call
from tieout_providers.connectwise.identifiers import checked_batch_identifier
from tieout_providers.json_exact import dumps

LineDetail = Literal["Default", "Condensed", "Detailed"]
MAX_EXPORT_IDS = 1000
MAX_GL_ENTRIES = 20_000
JSON_HEADERS = (("Content-Type", "application/json"),)

RecordId = Annotated[int, Field(gt=0)]


class _Request(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=False,
        frozen=True,
        extra="forbid",
        strict=True,
        hide_input_in_errors=True,
    )

    def body(self) -> bytes:
        """The exact bytes; fields that are not set are left out."""
        return dumps(self.model_dump(by_alias=True, exclude_none=True))


class ExportRequest(_Request):
    """Which invoices to export. ConnectWise leaves out what is dated after `thru_date` (its default is today)."""

    batch_identifier: str
    location_id: int | None = None
    included_invoice_ids: Annotated[tuple[RecordId, ...], Field(min_length=1, max_length=MAX_EXPORT_IDS)]
    thru_date: str
    summarize_invoices: LineDetail = "Default"
    export_invoices_flag: Literal[True] = True


class BatchRequest(_Request):
    """Which GL entries are posted, under which name."""

    batch_identifier: str
    export_invoices_flag: Literal[True] = True
    export_expenses_flag: Literal[False] = False
    export_products_flag: Literal[False] = False
    processed_record_ids: Annotated[tuple[RecordId, ...], Field(min_length=1, max_length=MAX_GL_ENTRIES)]


def export_invoices_call(
    invoice_ids: tuple[int, ...],
    *,
    location_id: int | None,
    thru_date: date,
    identifier: str,
    detail: LineDetail = "Default",
) -> Call:
    """The call that exports the GL entries of these invoices. It marks nothing as posted, so it counts as a read.

    `location_id` None asks for every location. `thru_date` must not be before the newest document date.
    """
    request = ExportRequest(
        batch_identifier=checked_batch_identifier(identifier),
        location_id=location_id,
        included_invoice_ids=tuple(invoice_ids),
        thru_date=f"{thru_date.isoformat()}T00:00:00Z",
        summarize_invoices=detail,
    )
    return Call("POST", "/finance/accounting/export", JSON_HEADERS, request.body(), changes=False)


def create_batch_call(identifier: str, gl_entry_ids: tuple[int, ...]) -> Call:
    """The call that marks GL entries as posted. After an unknown outcome find the batch by its identifier."""
    checked = checked_batch_identifier(identifier)
    request = BatchRequest(batch_identifier=checked, processed_record_ids=tuple(gl_entry_ids))
    return Call("POST", "/finance/accounting/batches", JSON_HEADERS, request.body())
