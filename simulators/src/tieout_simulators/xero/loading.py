"""The data file: loading apps and organisations, and dumping them again in the same format."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tieout_simulators.frame.provider import JsonObject
from tieout_simulators.xero.apps import app_from
from tieout_simulators.xero.books import Books
from tieout_simulators.xero.dates import parse_day, parse_moment
from tieout_simulators.xero.document_json import document_json
from tieout_simulators.xero.document_rules import DocumentWriter
from tieout_simulators.xero.documents import Document, DocumentBook
from tieout_simulators.xero.statuses import ALL
from tieout_simulators.xero.tokens import Grant

if TYPE_CHECKING:
    from tieout_simulators.xero.simulator import XeroSimulator

FORMAT = "tieout-xero/1"
_ORGANISATION_KEYS = {
    "tenantId", "Organisation", "Actions", "Accounts", "TaxRates", "TrackingCategories", "Currencies", "Contacts",
    "Items", "Invoices", "CreditNotes",
}  # fmt: skip


def load_state(simulator: "XeroSimulator", state: JsonObject) -> JsonObject:
    """Add a data file. Its organisations are connected to its app; without one, to the apps that are known, or to a
    default app. Raises ``ValueError`` with the record that is wrong."""
    if state.get("format") != FORMAT:
        msg = f"the format must be {FORMAT!r}, not {state.get('format')!r}"
        raise ValueError(msg)
    now = simulator.clock.now()
    organisations = state.get("organisations", [])
    for organisation in organisations:
        _load_organisation(simulator, organisation, now)
    tenant_ids = [str(organisation["tenantId"]).lower() for organisation in organisations]
    for client_id in _load_app(simulator, state, now):
        for tenant_id in tenant_ids:
            simulator.apps[client_id].offer(tenant_id, now)
    return {"organisations": len(organisations), "apps": len(simulator.apps)}


def _load_app(simulator: "XeroSimulator", state: JsonObject, now: datetime) -> list[str]:
    """The client ids that the file's organisations are connected to."""
    settings = state.get("app")
    if settings is None and simulator.apps:
        return list(simulator.apps)
    app = app_from(settings or {}, simulator.limit_overrides)
    if (known := simulator.apps.get(app.client_id)) is not None:
        app.carry_over(known)
    simulator.apps[app.client_id] = app
    if refresh_token := (settings or {}).get("refresh_token"):
        grant = Grant(app.client_id, (), app.event_id)
        simulator.identity.tokens.issue_refresh(grant, now, refresh_token)
    return [app.client_id]


def _load_organisation(simulator: "XeroSimulator", given: JsonObject, now: datetime) -> None:
    unknown = set(given) - _ORGANISATION_KEYS
    if unknown or not given.get("tenantId"):
        msg = f"an organisation has tenantId and {sorted(_ORGANISATION_KEYS)}; not known: {sorted(unknown)}"
        raise ValueError(msg)
    tenant_id = str(given["tenantId"]).lower()
    books = simulator.books.get(tenant_id) or Books(tenant_id, now)
    books.change_settings({"OrganisationID": tenant_id, **given.get("Organisation", {})})
    books.actions.update({action["Name"]: action["Status"] for action in given.get("Actions", [])})
    _load_each(given, "Currencies", books.chart.add_currency)
    _load_each(given, "TaxRates", books.chart.add_tax_rate)
    _load_each(given, "Accounts", lambda shape: books.chart.add_account(shape, now))
    _load_each(given, "TrackingCategories", books.chart.add_tracking_category)
    _load_each(given, "Contacts", lambda shape: books.contacts.load(shape, now))
    _load_each(given, "Items", lambda shape: books.items.load(shape, now))
    _load_each(given, "Invoices", lambda shape: _load_document(books, books.invoices, shape, now))
    _load_each(given, "CreditNotes", lambda shape: _load_document(books, books.credit_notes, shape, now))
    simulator.books[tenant_id] = books


def _load_each(given: JsonObject, collection: str, load: Callable[[Any], None]) -> None:
    for position, shape in enumerate(given.get(collection, [])):
        try:
            load(shape)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            msg = f"{collection}[{position}]: {type(error).__name__}: {error}"
            raise ValueError(msg) from error


def _load_document(books: Books, book: DocumentBook, shape: JsonObject, now: datetime) -> None:
    """Put in a document; the simulator adds it up itself, whatever totals the file says."""
    if shape.get("Status", "DRAFT") not in ALL:
        msg = f"unknown status {shape['Status']!r}"
        raise ValueError(msg)
    outcome = DocumentWriter(books, book, now, unit_places=4, loading=True).create(shape)
    if outcome.document is None:
        raise ValueError("; ".join(outcome.problems))
    _take_read_only(outcome.document, shape)


def _take_read_only(document: Document, shape: JsonObject) -> None:
    """Fields that only Xero writes. A paid document without an AmountPaid is paid in full."""
    if shape.get("UpdatedDateUTC"):
        document.updated = parse_moment(shape["UpdatedDateUTC"])
    document.amount_credited = Decimal(shape.get("AmountCredited", document.amount_credited))
    paid_in_full = document.total - document.amount_credited if document.status == "PAID" else document.amount_paid
    document.amount_paid = Decimal(shape.get("AmountPaid", paid_in_full))
    if document.status == "PAID":
        document.fully_paid_on = parse_day(shape.get("FullyPaidOnDate", document.issued_on.isoformat()))


def dump_state(simulator: "XeroSimulator") -> JsonObject:
    """Everything, unit amounts with 4 decimals; app secrets are left out."""
    return {
        "format": FORMAT,
        "app": {"client_id": next(iter(simulator.apps), None)},
        "webhook_states": {app.client_id: app.webhook_state for app in simulator.apps.values() if app.webhook_url},
        "organisations": [_dump_organisation(books) for books in simulator.books.values()],
    }


def _dump_organisation(books: Books) -> JsonObject:
    chart = books.chart
    return {
        "tenantId": books.tenant_id,
        "Organisation": books.settings,
        "Actions": [{"Name": name, "Status": status} for name, status in books.actions.items()],
        "Accounts": [account.as_json() for account in chart.accounts.values()],
        "TaxRates": [rate.shape for rate in chart.tax_rates.values()],
        "TrackingCategories": [category.shape for category in chart.tracking_categories()],
        "Currencies": list(chart.currencies.values()),
        "Contacts": [contact.as_json() for contact in books.contacts.by_id.values()],
        "Items": [item.as_json(4) for item in books.items.by_id.values()],
        "Invoices": [document_json(books, each, 4) for each in books.invoices.by_id.values()],
        "CreditNotes": [document_json(books, each, 4) for each in books.credit_notes.by_id.values()],
    }
