"""GET, PUT and POST Contacts."""

from typing import Any

from starlette.responses import Response

from tieout_simulators.xero import answers, messages
from tieout_simulators.xero.bulk import Collection, Written, write_elements
from tieout_simulators.xero.contacts import Contact
from tieout_simulators.xero.fields import Element
from tieout_simulators.xero.listing import filter_of, filtered, ordered, paged
from tieout_simulators.xero.reference_endpoints import not_found
from tieout_simulators.xero.request import XeroRequest

CONTACTS = Collection("Contacts", "Contact", "ContactID", "HasValidationErrors")
_PAGED_ONLY = (
    "ContactPersons", "PaymentTerms", "SalesDefaultLineAmountType", "PurchasesDefaultLineAmountType", "BatchPayments",
    "MergedToContactID", "SalesTrackingCategories", "PurchasesTrackingCategories",
)  # fmt: skip
_SEARCHED = ("Name", "FirstName", "LastName", "ContactNumber", "CompanyNumber", "EmailAddress")


def get_contacts(request: XeroRequest) -> Response:
    """Active contacts, archived too with ``includeArchived=true``; some fields come only with paging."""
    where = filter_of(request)
    book = request.books.contacts
    if (ids := request.query_list("IDs")) is not None:
        found = [contact for each in ids if (contact := book.by_id.get(each.lower())) is not None]
    elif (number := where.equal_to("ContactNumber")) is not None and number in book.by_number:
        found = [book.by_number[number]]
    elif (account_number := where.equal_to("AccountNumber")) is not None:
        found = book.with_account_number(account_number)
    else:
        found = list(book.by_id.values())
    if not request.query_flag("includeArchived"):
        found = [contact for contact in found if not contact.is_archived]
    if (since := request.modified_since) is not None:
        found = [contact for contact in found if contact.updated >= since]
    if term := request.call.query.get("searchTerm", "").casefold():
        found = [each for each in found if any(term in each.shape.get(name, "").casefold() for name in _SEARCHED)]
    found = ordered(request, filtered(found, where, _field), _field, "ContactID")
    page, pagination = paged(request, found)
    return answers.envelope(request.now, "Contacts", [_listed(each, pagination) for each in page], pagination)


def get_contact(request: XeroRequest) -> Response:
    """One contact by ContactID or ContactNumber, archived or not."""
    contact = request.books.contacts.find(request.call.path_params["contact"])
    return not_found() if contact is None else answers.envelope(request.now, "Contacts", [contact.as_json()])


def put_contacts(request: XeroRequest) -> Response:
    """Create only: an existing name or number is refused."""
    return write_elements(request, CONTACTS, lambda sent: _write(request, None, _without_id(sent)))


def post_contacts(request: XeroRequest) -> Response:
    """Change the contact of the ContactID or ContactNumber, else create one."""
    return write_elements(request, CONTACTS, lambda sent: _upsert(request, sent))


def post_contact(request: XeroRequest) -> Response:
    """Change the contact in the path."""
    contact = request.books.contacts.find(request.call.path_params["contact"])
    if contact is None:
        return not_found()
    return write_elements(request, CONTACTS, lambda sent: _write(request, contact, sent), single=True)


def _upsert(request: XeroRequest, sent: Element) -> Written:
    book = request.books.contacts
    contact_id = str(sent.get("ContactID") or "").lower()
    known = book.by_id.get(contact_id)
    if contact_id and known is None:
        return Written(sent, None, [messages.not_found("Contact", "ContactID")])
    known = known or book.by_number.get(str(sent.get("ContactNumber") or ""))
    return _write(request, known, sent)


def _write(request: XeroRequest, known: Contact | None, sent: Element) -> Written:
    problems: list[str] = []
    contact = request.books.contacts.plan(sent, known, request.now, problems)
    if problems:
        return Written(sent, None, problems)
    request.books.contacts.save(contact)
    return Written(sent, contact.as_json())


def _without_id(sent: Element) -> Element:
    return {name: value for name, value in sent.items() if name != "ContactID"}


def _listed(contact: Contact, pagination: dict[str, int] | None) -> dict[str, Any]:
    shape = contact.as_json()
    if pagination is None:
        shape = {name: value for name, value in shape.items() if name not in _PAGED_ONLY}
    return shape


def _field(contact: Contact, path: str) -> Any:
    return contact.updated if path == "UpdatedDateUTC" else contact.shape.get(path)
