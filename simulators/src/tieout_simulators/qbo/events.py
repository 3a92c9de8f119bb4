"""Scripted events: what a person does in QuickBooks' own pages while a program is at work."""

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

from tieout_simulators.frame.provider import JsonObject
from tieout_simulators.qbo.company import COLLECTIONS, Company
from tieout_simulators.qbo.dates import parse_day, printed_moment
from tieout_simulators.qbo.loading import change_settings
from tieout_simulators.qbo.operations import CREATE, DELETE, UPDATE, VOID, WRITTEN, Operation, perform
from tieout_simulators.qbo.references import touch
from tieout_simulators.qbo.refusals import RefusedError

if TYPE_CHECKING:
    from tieout_simulators.qbo.simulator import QboSimulator

_NAME_FIELDS = ("DocNumber", "DisplayName", "Name")


def play(simulator: "QboSimulator", event: JsonObject) -> JsonObject:
    """Do one event; ``realmId`` may be left out where there is one company only.

    Entities are named by ``entity`` (Invoice where left out) and ``Id``, ``DocNumber``, ``DisplayName`` or ``Name``:
    ``edit_invoice {set}``, ``void_invoice``, ``delete_document``, ``email_document``, ``make_inactive``,
    ``add_payment {Amount}`` on that form or ``{Payment}`` as QuickBooks takes it. Beyond entities:
    ``set_book_close_date {date}`` (null opens), ``patch_company {CompanyInfo, Preferences, sales_tax_behaviour, ...}``,
    ``expire_tokens``, ``revoke_connection``, ``choose_company`` (offered first on the consent page),
    ``next_consent {deny | organisations: [realmId]}`` (what the administrator decides there).
    Raises ``ValueError``.
    """
    kind = str(event.get("kind"))
    if kind == "expire_tokens":
        simulator.expire_tokens()
        return {"expired": True}
    if kind == "next_consent":
        return simulator.identity.consents.script(event)
    deed = _DEEDS.get(kind)
    if deed is None:
        msg = f"unknown event {kind!r}; known are {sorted([*_DEEDS, 'expire_tokens', 'next_consent'])}"
        raise ValueError(msg)
    try:
        return deed(simulator, _company(simulator, event), event)
    except RefusedError as refused:
        raise ValueError(str(refused)) from refused


def _company(simulator: "QboSimulator", event: JsonObject) -> Company:
    realm_id = str(event.get("realmId", ""))
    if not realm_id and len(simulator.companies) == 1:
        return next(iter(simulator.companies.values()))
    if realm_id not in simulator.companies:
        msg = f"name one of the realmIds {sorted(simulator.companies)}"
        raise ValueError(msg)
    return simulator.companies[realm_id]


def _found(company: Company, event: JsonObject) -> tuple[str, JsonObject]:
    kind = str(event.get("entity", "Invoice"))
    if kind not in COLLECTIONS:
        msg = f"entity is one of {COLLECTIONS}"
        raise ValueError(msg)
    wanted = {name: event[name] for name in ("Id", *_NAME_FIELDS) if name in event}
    for record in company.collections[kind]:
        if wanted and all(record.get(name) == value for name, value in wanted.items()):
            return kind, record
    msg = f"no such {kind}: {wanted!r}"
    raise ValueError(msg)


def _perform(simulator: "QboSimulator", company: Company, event: JsonObject, name: str) -> JsonObject:
    kind, record = _found(company, event)
    body = {**event.get("set", {}), "sparse": True, "Id": record["Id"], "SyncToken": record["SyncToken"]}
    return perform(company, Operation(kind, name, body), simulator.clock.now())


def _edit(simulator: "QboSimulator", company: Company, event: JsonObject) -> JsonObject:
    return _perform(simulator, company, event, UPDATE)


def _void(simulator: "QboSimulator", company: Company, event: JsonObject) -> JsonObject:
    return _perform(simulator, company, {**event, "set": {}}, VOID)


def _delete(simulator: "QboSimulator", company: Company, event: JsonObject) -> JsonObject:
    return _perform(simulator, company, {**event, "set": {}}, DELETE)


def _email(simulator: "QboSimulator", company: Company, event: JsonObject) -> JsonObject:
    kind, record = _found(company, event)
    now = simulator.clock.now()
    record["EmailStatus"] = "EmailSent"
    record["DeliveryInfo"] = {"DeliveryType": "Email", "DeliveryTime": printed_moment(now)}
    touch(record, now)
    company.save(kind, record, "Emailed")
    return record


def _make_inactive(simulator: "QboSimulator", company: Company, event: JsonObject) -> JsonObject:
    kind, record = _found(company, event)
    if kind in WRITTEN:
        return _perform(simulator, company, {**event, "set": {"Active": False}}, UPDATE)
    record["Active"] = False
    if "Name" in record:
        record["Name"] = record["FullyQualifiedName"] = f"{record['Name']} (deleted)"
    touch(record, simulator.clock.now())
    company.save(kind, record, "Update")
    return record


def _add_payment(simulator: "QboSimulator", company: Company, event: JsonObject) -> JsonObject:
    sent = event.get("Payment")
    if sent is None:
        kind, form = _found(company, event)
        amount = Decimal(event["Amount"] if "Amount" in event else form["Balance"])
        currency = {"CurrencyRef": form["CurrencyRef"], "ExchangeRate": form.get("ExchangeRate")}
        line = {"Amount": amount, "LinkedTxn": [{"TxnId": form["Id"], "TxnType": kind}]}
        sent = {"CustomerRef": form["CustomerRef"], "TotalAmt": amount, "Line": [line], **currency}
    return perform(company, Operation("Payment", CREATE, sent), simulator.clock.now())


def _set_book_close_date(simulator: "QboSimulator", company: Company, event: JsonObject) -> JsonObject:
    day = None if event["date"] is None else parse_day(event["date"]).isoformat()
    change_settings(company, {"Preferences": {"AccountingInfoPrefs": {"BookCloseDate": day}}})
    return {"BookCloseDate": day}


def _patch_company(simulator: "QboSimulator", company: Company, event: JsonObject) -> JsonObject:
    change_settings(company, event)
    return {"CompanyInfo": company.info, "Preferences": company.preferences}


def _revoke(simulator: "QboSimulator", company: Company, event: JsonObject) -> JsonObject:
    for client_id in simulator.apps:
        simulator.identity.tokens.revoke(client_id, company.realm_id)
    return {"revoked": company.realm_id}


def _choose(simulator: "QboSimulator", company: Company, event: JsonObject) -> JsonObject:
    for app in simulator.apps.values():
        if company.realm_id in app.realms:
            app.realms.remove(company.realm_id)
            app.realms.insert(0, company.realm_id)
    return {"chosen": company.realm_id}


_DEEDS: dict[str, Callable[["QboSimulator", Company, JsonObject], JsonObject]] = {
    "edit_invoice": _edit,
    "void_invoice": _void,
    "delete_document": _delete,
    "email_document": _email,
    "make_inactive": _make_inactive,
    "add_payment": _add_payment,
    "set_book_close_date": _set_book_close_date,
    "patch_company": _patch_company,
    "revoke_connection": _revoke,
    "choose_company": _choose,
}
