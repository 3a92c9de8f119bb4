"""GET, PUT and POST Invoices and CreditNotes, and their History."""

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from tieout_simulators.xero import answers, messages
from tieout_simulators.xero.bulk import Collection, Written, write_elements
from tieout_simulators.xero.document_json import document_json, summary_json
from tieout_simulators.xero.document_rules import DocumentWriter, Outcome
from tieout_simulators.xero.documents import Document, DocumentKind
from tieout_simulators.xero.fields import Element
from tieout_simulators.xero.listing import filter_of, filtered, ordered, paged
from tieout_simulators.xero.reference_endpoints import not_found
from tieout_simulators.xero.request import XeroRequest
from tieout_simulators.xero.where import Filter, QueryError


@dataclass(frozen=True, slots=True)
class DocumentEndpoints:
    """The endpoints of one kind of document."""

    kind: DocumentKind

    def get_many(self, request: XeroRequest) -> Response:
        """A list; lines come only with paging."""
        where = filter_of(request)
        found = filtered(self._candidates(request, where), where, _field)
        statuses, ids = request.query_list("Statuses"), request.query_list("IDs")
        if statuses is not None:
            found = [document for document in found if document.status in statuses]
        if ids is not None:
            wanted = {each.lower() for each in ids}
            found = [document for document in found if document.document_id in wanted]
        if (since := request.modified_since) is not None:
            found = [document for document in found if document.updated >= since]
        if request.query_flag("createdByMyApp"):
            found = [document for document in found if document.created_by == request.client_id]
        if term := request.call.query.get("searchTerm", "").casefold():
            found = [each for each in found if term in f"{each.number}\n{each.reference}".casefold()]
        page, pagination = paged(request, ordered(request, found, _field, "ID"))
        shapes = [
            document_json(request.books, document, request.unit_places, lines=pagination is not None)
            for document in page
        ]
        if request.query_flag("summaryOnly"):
            shapes = [summary_json(shape) for shape in shapes]
        return answers.envelope(request.now, self.kind.collection, shapes, pagination)

    def get_one(self, request: XeroRequest) -> Response:
        """One document by id or number, with its lines."""
        document = self._named(request)
        if document is None:
            return not_found()
        shape = document_json(request.books, document, request.unit_places, full_contact=True)
        return answers.envelope(request.now, self.kind.collection, [shape])

    def put_many(self, request: XeroRequest) -> Response:
        """Create only: an existing number of the unique kind is refused."""
        writer = self._writer(request)
        return write_elements(request, self._collection, lambda sent: self._written(request, sent, writer.create(sent)))

    def post_many(self, request: XeroRequest) -> Response:
        """Change by id, or silently by number; else create."""
        return write_elements(request, self._collection, lambda sent: self._upsert(request, sent))

    def post_one(self, request: XeroRequest) -> Response:
        """Change the document in the path."""
        document = self._named(request)
        if document is None:
            return not_found()
        writer = self._writer(request)
        return write_elements(
            request,
            self._collection,
            lambda sent: self._written(request, sent, writer.change(document, sent)),
            single=True,
        )

    def _upsert(self, request: XeroRequest, sent: Element) -> Written:
        """Unconfirmed: only numbers of the unique kind find a document; a bill's number does not."""
        book, writer = request.books.documents(self.kind), self._writer(request)
        document_id = str(sent.get(self.kind.id_field) or "").lower()
        if document_id:
            document = book.by_id.get(document_id)
            if document is None:
                return Written(sent, None, [messages.not_found(self.kind.label, self.kind.id_field)])
        else:
            document = book.holder(str(sent.get(self.kind.number_field) or ""))
            if document is not None and sent.get("Type", document.type) != document.type:
                document = None
        outcome = writer.create(sent) if document is None else writer.change(document, sent)
        return self._written(request, sent, outcome)

    @property
    def _collection(self) -> Collection:
        return Collection(self.kind.collection, self.kind.label, self.kind.id_field, "HasErrors")

    def _writer(self, request: XeroRequest) -> DocumentWriter:
        book = request.books.documents(self.kind)
        backorders = request.query_flag("allowBackorders")
        return DocumentWriter(
            request.books, book, request.now, request.unit_places, backorders, created_by=request.client_id
        )

    def _written(self, request: XeroRequest, sent: Element, outcome: Outcome) -> Written:
        shape = None
        if outcome.document is not None:
            shape = document_json(request.books, outcome.document, request.unit_places, full_contact=True)
        return Written(sent, shape, outcome.problems, outcome.warnings)

    def _named(self, request: XeroRequest) -> Document | None:
        return request.books.documents(self.kind).find(request.call.path_params["document"])

    def _candidates(self, request: XeroRequest, where: Filter) -> list[Document]:
        """Let an index answer where the request names ids, numbers or contacts."""
        book = request.books.documents(self.kind)
        number = where.equal_to(self.kind.number_field)
        if number is not None:
            return book.numbered(number)
        if (numbers := request.query_list(f"{self.kind.label.replace(' ', '')}Numbers")) is not None:
            return [document for each in dict.fromkeys(numbers) for document in book.numbered(each)]
        if (contact_ids := request.query_list("ContactIDs")) is not None:
            return book.of_contacts(each.lower() for each in dict.fromkeys(contact_ids))
        if (ids := request.query_list("IDs")) is not None:
            return [document for each in dict.fromkeys(ids) if (document := book.by_id.get(each.lower()))]
        return list(book.by_id.values())


_FIELDS = {
    "Type": "type", "Status": "status", "Reference": "reference", "Date": "issued_on", "DueDate": "due_date",
    "Total": "total", "SubTotal": "sub_total", "AmountDue": "amount_due", "AmountPaid": "amount_paid",
    "CurrencyCode": "currency", "UpdatedDateUTC": "updated", "ID": "document_id", "InvoiceID": "document_id",
    "CreditNoteID": "document_id", "InvoiceNumber": "number", "CreditNoteNumber": "number",
    "Contact.ContactID": "contact_id",
}  # fmt: skip


def _field(document: Document, path: str) -> Any:
    """The value of a filter's or an order's field. Raises ``QueryError`` for one the simulator does not know."""
    if path not in _FIELDS:
        msg = f"the simulator filters and orders documents by {sorted(_FIELDS)}, not by {path!r}"
        raise QueryError(msg)
    return getattr(document, _FIELDS[path])
