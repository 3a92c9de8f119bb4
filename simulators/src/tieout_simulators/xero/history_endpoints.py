"""GET and PUT History of a document."""

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from tieout_simulators.xero import answers, fields, messages
from tieout_simulators.xero.bulk import Collection, read_elements
from tieout_simulators.xero.dates import ms_envelope
from tieout_simulators.xero.documents import Document, DocumentKind
from tieout_simulators.xero.reference_endpoints import not_found
from tieout_simulators.xero.request import XeroRequest

RECORDS = Collection("HistoryRecords", "HistoryRecord", "HistoryRecordID", None)
MAX_DETAILS = 2500


@dataclass(frozen=True, slots=True)
class HistoryEndpoints:
    """The notes of one kind of document; they cannot be changed or taken away."""

    kind: DocumentKind

    def get(self, request: XeroRequest) -> Response:
        """All notes, the latest first."""
        document = self._document(request)
        if document is None:
            return not_found()
        notes = [
            {"Changes": "Note", "Details": details, "User": "System Generated", "DateUTC": ms_envelope(moment)}
            for moment, details in reversed(document.history)
        ]
        return answers.envelope(request.now, RECORDS.name, notes)

    def put(self, request: XeroRequest) -> Response:
        """Add notes of at most 2,500 characters; one bad note refuses all."""
        document = self._document(request)
        if document is None:
            return not_found()
        elements = read_elements(RECORDS, request.call.body)
        if isinstance(elements, Response):
            return elements
        problems: list[str] = []
        details = [fields.text(element, "Details", problems, MAX_DETAILS) for element in elements]
        if any(not each for each in details):
            problems.append(messages.unknown_value("Details", ""))
        if problems:
            errors = [{"Message": text} for text in problems]
            return answers.validation_failed([{**element, "ValidationErrors": errors} for element in elements])
        document.history.extend((request.now, each) for each in details if each)
        moment = ms_envelope(request.now)
        shapes: list[dict[str, Any]] = [
            {"DateUTCString": f"{request.now:%Y-%m-%dT%H:%M:%S}", "DateUTC": moment, "Details": each}
            for each in details
        ]
        return answers.envelope(request.now, RECORDS.name, shapes)

    def _document(self, request: XeroRequest) -> Document | None:
        return request.books.documents(self.kind).find(request.call.path_params["document"])
