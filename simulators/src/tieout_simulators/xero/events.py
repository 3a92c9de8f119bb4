"""Scripted events: what a person does in Xero's own pages while a program is at work."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from tieout_simulators.frame.provider import JsonObject, json_answer
from tieout_simulators.xero.books import Books
from tieout_simulators.xero.contacts import Contact
from tieout_simulators.xero.document_json import document_json
from tieout_simulators.xero.document_rules import DocumentWriter
from tieout_simulators.xero.documents import Document, DocumentBook

if TYPE_CHECKING:
    from tieout_simulators.xero.simulator import XeroSimulator

_OF_NO_ORGANISATION = ("cache_internal_error", "intent_to_receive", "next_consent", "revoke_consents")
_LOCKS = {"period": "PeriodLockDate", "end_of_year": "EndOfYearLockDate"}


def play(simulator: "XeroSimulator", event: JsonObject) -> JsonObject:
    """Do one event; ``tenantId`` may be left out where there is one organisation only.

    ``patch_organisation {set}``, ``archive_account {code}``, ``archive_contact {ContactID | ContactNumber | Name}``,
    ``edit_invoice {InvoiceNumber | InvoiceID | CreditNoteNumber | CreditNoteID, set}``, ``void_invoice`` (the same
    keys; a draft is deleted), ``add_payment`` (the same keys, ``Amount``; the rest where left out), ``set_lock_date
    {period | end_of_year}``, ``disconnect`` (of one organisation), ``revoke_consents`` (of all apps), ``next_consent
    {deny | organisations}`` (what the person at the consent page decides), ``cache_internal_error`` (the answer last
    kept under an Idempotency-Key becomes a 500), ``intent_to_receive`` (the app's webhook address is asked whether it
    is meant). Raises ``ValueError``.
    """
    kind = event.get("kind")
    if kind == "cache_internal_error":
        return _cache_internal_error(simulator)
    if kind == "intent_to_receive":
        return _intend(simulator)
    if kind == "next_consent":
        return simulator.identity.consents.script(event)
    if kind == "revoke_consents":
        return _revoke_consents(simulator)
    deed = _DEEDS.get(str(kind))
    if deed is None:
        msg = f"unknown event {kind!r}; known are {sorted([*_DEEDS, *_OF_NO_ORGANISATION])}"
        raise ValueError(msg)
    return deed(simulator, _books(simulator, event), event)


def _books(simulator: "XeroSimulator", event: JsonObject) -> Books:
    tenant_id = str(event.get("tenantId", "")).lower()
    if not tenant_id and len(simulator.books) == 1:
        return next(iter(simulator.books.values()))
    if tenant_id not in simulator.books:
        msg = f"name one of the tenantIds {sorted(simulator.books)}"
        raise ValueError(msg)
    return simulator.books[tenant_id]


def _patch_organisation(simulator: "XeroSimulator", books: Books, event: JsonObject) -> JsonObject:
    books.change_settings(event["set"])
    return books.settings


def _set_lock_date(simulator: "XeroSimulator", books: Books, event: JsonObject) -> JsonObject:
    books.change_settings({field: event[name] for name, field in _LOCKS.items() if name in event})
    return books.settings


def _archive_account(simulator: "XeroSimulator", books: Books, event: JsonObject) -> JsonObject:
    account = books.chart.accounts_by_code[str(event["code"])]
    account.shape["Status"], account.updated = "ARCHIVED", simulator.clock.now()
    return account.as_json()


def _disconnect(simulator: "XeroSimulator", books: Books, event: JsonObject) -> JsonObject:
    for app in simulator.apps.values():
        app.connections.pop(books.tenant_id, None)
    return {"disconnected": books.tenant_id}


def _revoke_consents(simulator: "XeroSimulator") -> JsonObject:
    for app in simulator.apps.values():
        simulator.identity.tokens.revoke(app.client_id)
    return {"revoked": sorted(simulator.apps)}


def _archive_contact(simulator: "XeroSimulator", books: Books, event: JsonObject) -> JsonObject:
    key = event.get("ContactID") or event.get("ContactNumber")
    contact = books.contacts.find(str(key)) if key else books.contacts.named(str(event.get("Name")))
    if contact is None:
        msg = f"no such contact: {event!r}"
        raise ValueError(msg)
    archived = Contact({**contact.shape, "ContactStatus": "ARCHIVED"}, simulator.clock.now())
    books.contacts.save(archived)
    return archived.as_json()


def _edit(simulator: "XeroSimulator", books: Books, event: JsonObject) -> JsonObject:
    book, document = _document(books, event)
    changes = event.get("set", {})
    if event["kind"] == "void_invoice":
        changes = {"Status": "VOIDED" if document.status == "AUTHORISED" else "DELETED"}
    outcome = DocumentWriter(books, book, simulator.clock.now(), unit_places=4).change(document, changes)
    if outcome.document is None:
        raise ValueError("; ".join(outcome.problems))
    return document_json(books, outcome.document, 4)


def _pay(simulator: "XeroSimulator", books: Books, event: JsonObject) -> JsonObject:
    """Money comes in for an approved document, or an approved credit note is allocated or refunded."""
    book, document = _document(books, event)
    amount = Decimal(event.get("Amount", document.amount_due))
    if document.status != "AUTHORISED" or not 0 < amount <= document.amount_due:
        msg = f"{document.number} is {document.status} and {document.amount_due} of it is due"
        raise ValueError(msg)
    paid = replace(document, amount_paid=document.amount_paid + amount, updated=simulator.clock.now())
    if not paid.amount_due:
        paid.status, paid.fully_paid_on = "PAID", simulator.clock.now().date()
    book.save(paid)
    return document_json(books, paid, 4)


def _document(books: Books, event: JsonObject) -> tuple[DocumentBook, Document]:
    for book in (books.invoices, books.credit_notes):
        key = event.get(book.kind.id_field) or event.get(book.kind.number_field)
        if key and (document := book.find(str(key))) is not None:
            return book, document
    msg = f"no such document: {event!r}"
    raise ValueError(msg)


def _cache_internal_error(simulator: "XeroSimulator") -> JsonObject:
    if simulator.last_kept is None:
        msg = "no answer was kept under an Idempotency-Key yet"
        raise ValueError(msg)
    error = {"ErrorNumber": 500, "Type": "InternalError", "Message": "An error occurred in Xero."}
    simulator.last_kept.replace_latest(json_answer(error, 500))
    return {"cached": 500}


def _intend(simulator: "XeroSimulator") -> JsonObject:
    asked = [app for app in simulator.apps.values() if app.webhook_url]
    for app in asked:
        simulator.webhooks.intend(app)
    return {"asked": [app.webhook_url for app in asked]}


_DEEDS: dict[str, Callable[["XeroSimulator", Books, JsonObject], JsonObject]] = {
    "patch_organisation": _patch_organisation,
    "set_lock_date": _set_lock_date,
    "archive_account": _archive_account,
    "archive_contact": _archive_contact,
    "edit_invoice": _edit,
    "void_invoice": _edit,
    "add_payment": _pay,
    "disconnect": _disconnect,
}
