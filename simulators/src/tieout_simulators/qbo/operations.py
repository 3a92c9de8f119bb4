"""One create, update, delete or void of one entity, as the endpoints and the batch do it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tieout_simulators.frame.provider import JsonObject
from tieout_simulators.qbo import refusals
from tieout_simulators.qbo.company import SALES_FORMS, Company
from tieout_simulators.qbo.form_changes import create_form, delete_form, update_form, void_form
from tieout_simulators.qbo.items import save_item
from tieout_simulators.qbo.payments import create_payment, delete_payment, void_payment
from tieout_simulators.qbo.people import save_person
from tieout_simulators.qbo.reading import read_entity
from tieout_simulators.qbo.references import existing
from tieout_simulators.qbo.views import shown

WRITTEN = (*SALES_FORMS, "Payment", "Customer", "Vendor", "Item")
CREATE, UPDATE, DELETE, VOID = "create", "update", "delete", "void"


@dataclass(frozen=True, slots=True)
class Operation:
    """What is to be done with a sent entity of a ``WRITTEN`` kind; ``include`` is the query parameter of that name."""

    kind: str
    name: str
    body: Any
    include: str = ""


def perform(company: Company, operation: Operation, now: datetime) -> JsonObject:
    """The entity as the answer shows it. Raises ``RefusedError``; then nothing was changed."""
    kind = operation.kind
    sent = read_entity(kind, operation.body, latin_only=company.is_us)
    if operation.name == CREATE:
        return shown(company, kind, _create(company, kind, sent, operation.include, now))
    old = existing(company, kind, sent)
    if operation.name == DELETE:
        _delete(company, kind, old, now)
        return {"domain": "QBO", "status": "Deleted", "Id": old["Id"]}
    if operation.name == VOID:
        return _void(company, kind, old, now)
    if operation.name != UPDATE:
        raise refusals.unsupported_operation(operation.name)
    return shown(company, kind, _update(company, kind, old, sent, operation.include, now))


def _create(company: Company, kind: str, sent: JsonObject, include: str, now: datetime) -> JsonObject:
    if kind in SALES_FORMS:
        return create_form(company, kind, sent, now, include)
    if kind == "Payment":
        return create_payment(company, sent, now)
    return save_item(company, sent, None, now) if kind == "Item" else save_person(company, kind, sent, None, now)


def _update(company: Company, kind: str, old: JsonObject, sent: JsonObject, include: str, now: datetime) -> JsonObject:
    if kind in SALES_FORMS:
        return update_form(company, kind, old, sent, now, include)
    if kind == "Payment":
        raise refusals.unsupported_operation("update of Payment")
    return save_item(company, sent, old, now) if kind == "Item" else save_person(company, kind, sent, old, now)


def _delete(company: Company, kind: str, old: JsonObject, now: datetime) -> None:
    """Lists cannot be deleted, only made inactive."""
    if kind in SALES_FORMS:
        delete_form(company, kind, old, now)
    elif kind == "Payment":
        delete_payment(company, old, now)
    else:
        raise refusals.unsupported_operation(f"delete of {kind}")


def _void(company: Company, kind: str, old: JsonObject, now: datetime) -> JsonObject:
    if kind in SALES_FORMS:
        return void_form(company, kind, old, now)
    if kind == "Payment":
        return void_payment(company, old, now)
    raise refusals.unsupported_operation(f"void of {kind}")
