"""The data file: loading apps and companies, and dumping them again in the same format."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from tieout_simulators.frame.provider import JsonObject
from tieout_simulators.qbo.apps import App, app_from
from tieout_simulators.qbo.company import (
    COLLECTIONS,
    NAMES,
    SALES_FORMS,
    SALES_TAX_BEHAVIOURS,
    TAX_ROUNDINGS,
    Company,
)
from tieout_simulators.qbo.dates import printed_moment
from tieout_simulators.qbo.form_changes import load_form
from tieout_simulators.qbo.items import save_item
from tieout_simulators.qbo.payments import create_payment
from tieout_simulators.qbo.people import save_person
from tieout_simulators.qbo.reading import read_entity
from tieout_simulators.qbo.references import new_record
from tieout_simulators.qbo.refusals import RefusedError
from tieout_simulators.qbo.schema import PROPERTIES
from tieout_simulators.qbo.tokens import Grant

if TYPE_CHECKING:
    from tieout_simulators.qbo.simulator import QboSimulator

FORMAT = "tieout-qbo/1"
MAX_DEPTH = 10
_PLAIN_LISTS = (
    "TaxAgency", "TaxRate", "TaxCode", "Account", "Term", "Class", "Department", "PaymentMethod", "CompanyCurrency",
)  # fmt: skip
_CHOICES = {"sales_tax_behaviour": SALES_TAX_BEHAVIOURS, "tax_rounding": TAX_ROUNDINGS}
_COMPANY_KEYS = {
    "realmId", "CompanyInfo", "Preferences", "ExchangeRate", "automated_rates", "access_token", "refresh_token",
    *_CHOICES, *COLLECTIONS,
}  # fmt: skip


def load_state(simulator: "QboSimulator", state: JsonObject) -> JsonObject:
    """Add a data file. Its companies may be reached by its app; without one, by the apps that are known, or by a
    default app. Raises ``ValueError`` with the record that is wrong."""
    if state.get("format") != FORMAT:
        msg = f"the format must be {FORMAT!r}, not {state.get('format')!r}"
        raise ValueError(msg)
    apps = _load_app(simulator, state)
    now = simulator.clock.now()
    companies = state.get("companies", [])
    for given in companies:
        company = _load_company(simulator, given, now)
        for app in apps:
            company.minute.limit = app.realm_minute_limit
            if company.realm_id not in app.realms:
                app.realms.append(company.realm_id)
        _issue_tokens(simulator, apps[0], given, company.realm_id, now)
    return {"companies": len(companies), "apps": len(simulator.apps)}


def dump_state(simulator: "QboSimulator") -> JsonObject:
    """Everything in the data file's format; secrets and tokens are left out."""
    return {
        "format": FORMAT,
        "app": {"client_id": next(iter(simulator.apps), None)},
        "companies": [_dump_company(company) for company in simulator.companies.values()],
    }


def change_settings(company: Company, given: JsonObject) -> None:
    """Lay CompanyInfo, groups of Preferences and the simulator's own choices over what is there.

    Raises ``ValueError`` for an unknown choice.
    """
    company.info.update(given.get("CompanyInfo", {}))
    for group, value in given.get("Preferences", {}).items():
        old = company.preferences.get(group)
        merged = {**old, **value} if isinstance(old, dict) and isinstance(value, dict) else value
        company.preferences[group] = merged
    for name, allowed in _CHOICES.items():
        if name in given:
            if given[name] not in allowed:
                msg = f"{name} is one of {allowed}, not {given[name]!r}"
                raise ValueError(msg)
            setattr(company, name, given[name])
    company.automated_rates = list(given.get("automated_rates", company.automated_rates))


def _load_app(simulator: "QboSimulator", state: JsonObject) -> list[App]:
    settings = state.get("app")
    if settings is None and simulator.apps:
        return list(simulator.apps.values())
    app = app_from(settings or {}, simulator.limit_overrides)
    if (known := simulator.apps.get(app.client_id)) is not None:
        app.carry_over(known)
    simulator.apps[app.client_id] = app
    return [app]


def _load_company(simulator: "QboSimulator", given: JsonObject, now: datetime) -> Company:
    unknown = set(given) - _COMPANY_KEYS
    if unknown or not given.get("realmId"):
        msg = f"a company has realmId and {sorted(_COMPANY_KEYS)}; not known: {sorted(unknown)}"
        raise ValueError(msg)
    realm_id = str(given["realmId"])
    company = simulator.companies.get(realm_id) or _new_company(realm_id, now)
    change_settings(company, given)
    company.loading = True
    try:
        _load_entities(company, given, now)
    finally:
        company.loading = False
    _keep_tokens(company, given)
    company.changes.clear()
    simulator.companies[realm_id] = company
    return company


def _load_entities(company: Company, given: JsonObject, now: datetime) -> None:
    """What others refer to comes first."""
    company.exchange_rates.extend(given.get("ExchangeRate", []))
    for kind in _PLAIN_LISTS:
        _load_each(given, kind, partial(_load_plain, company, kind, now=now))
    _add_us_codes(company, now)
    for kind in NAMES:
        _load_each(given, kind, partial(save_person, company, kind, old=None, now=now))
    _load_each(given, "Item", partial(save_item, company, old=None, now=now))
    for kind in SALES_FORMS:
        _load_each(given, kind, partial(load_form, company, kind, now=now))
    _load_each(given, "Payment", partial(create_payment, company, now=now))


def _new_company(realm_id: str, now: datetime) -> Company:
    company = Company(realm_id)
    head = {"domain": "QBO", "sparse": False, "Id": "1", "SyncToken": "0"}
    times = {"MetaData": {"CreateTime": printed_moment(now), "LastUpdatedTime": printed_moment(now)}}
    company.info = {**head, **times, "CompanyName": "Simulated company", "Country": "US"}
    company.preferences = {**head, **times}
    return company


def _load_plain(company: Company, kind: str, shape: JsonObject, now: datetime) -> None:
    head = new_record(company, kind, now, shape)
    name = {} if kind == "CompanyCurrency" else {"FullyQualifiedName": shape.get("Name")}
    company.save(kind, {"Active": True, **name, **shape, **head}, "Create")


def _add_us_codes(company: Company, now: datetime) -> None:
    """A US company has the pseudo codes TAX and NON."""
    for code in ("TAX", "NON") if company.is_us else ():
        if company.find("TaxCode", code) is None:
            pseudo = {"Id": code, "Name": code, "Description": code, "Taxable": code == "TAX", "TaxGroup": False}
            _load_plain(company, "TaxCode", pseudo, now)


def _load_each(given: JsonObject, kind: str, load: Callable[[Any], object]) -> None:
    for position, shape in sorted(enumerate(given.get(kind, [])), key=lambda each: _depth(given[kind], each[1])):
        try:
            load(_checked(kind, shape))
        except (RefusedError, ValueError, KeyError, TypeError, AttributeError) as error:
            msg = f"{kind}[{position}]: {type(error).__name__}: {error}"
            raise ValueError(msg) from error


def _checked(kind: str, shape: JsonObject) -> JsonObject:
    """Entities that can be written are read like a request, so that a misspelt member is found."""
    if kind not in PROPERTIES:
        return shape
    return {name: value for name, value in read_entity(kind, shape, latin_only=False).items() if value is not None}


def _depth(shapes: list[JsonObject], shape: JsonObject) -> int:
    """How many parents an entity has in the file: they are loaded before it, wherever they stand."""
    depth, parent = 0, shape.get("ParentRef")
    while parent is not None and depth < MAX_DEPTH:
        depth += 1
        above = (each for each in shapes if str(each.get("Id")) == str(parent.get("value")))
        parent = next(above, {}).get("ParentRef")
    return depth


def _keep_tokens(company: Company, given: JsonObject) -> None:
    """Linking the file's payments raised tokens that the file gives."""
    for kind in SALES_FORMS:
        for shape in given.get(kind, []):
            if shape.get("Id") is not None and shape.get("SyncToken") is not None:
                record = company.collections[kind].by_id[str(shape["Id"])]
                record["SyncToken"] = str(shape["SyncToken"])
                record["MetaData"] = {**record["MetaData"], **shape.get("MetaData", {})}


def _issue_tokens(simulator: "QboSimulator", app: App, given: JsonObject, realm_id: str, now: datetime) -> None:
    """A file may bring tokens along, as if the consent had been given just now."""
    grant = Grant(app.client_id, realm_id, now)
    if given.get("access_token"):
        simulator.identity.tokens.issue_access(grant, now, given["access_token"])
    if given.get("refresh_token"):
        simulator.identity.tokens.issue_refresh(grant, now, given["refresh_token"])


def _dump_company(company: Company) -> JsonObject:
    return {
        "realmId": company.realm_id,
        "CompanyInfo": company.info,
        "Preferences": company.preferences,
        "ExchangeRate": company.exchange_rates,
        "automated_rates": company.automated_rates,
        **{name: getattr(company, name) for name in _CHOICES},
        **{kind: list(company.collections[kind]) for kind in COLLECTIONS},
    }
