"""The paths under ``/v3/company/{realm}``, and what answers each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.responses import Response

from tieout_simulators.frame import exact_json
from tieout_simulators.frame.provider import JsonObject, ProviderCall
from tieout_simulators.qbo import answers, refusals
from tieout_simulators.qbo.batch import run_batch
from tieout_simulators.qbo.changes import changes_since
from tieout_simulators.qbo.company import COLLECTIONS, Company
from tieout_simulators.qbo.exchange_rates import exchange_rate
from tieout_simulators.qbo.operations import CREATE, DELETE, UPDATE, VOID, WRITTEN, Operation, perform
from tieout_simulators.qbo.query import run_query
from tieout_simulators.qbo.references import by_id
from tieout_simulators.qbo.views import shown

PREFIX = "/v3/company/{realm}"


@dataclass(frozen=True, slots=True)
class QboRequest:
    """An admitted call with its company."""

    call: ProviderCall
    company: Company
    now: datetime

    def body(self) -> Any:
        """Raises ``RefusedError`` (2010) for what is no JSON."""
        try:
            return exact_json.loads(self.call.body)
        except ValueError:
            raise refusals.unsupported_property("the body is no JSON") from None


Endpoint = Callable[[QboRequest], JsonObject]


def endpoint_answer(endpoint: Endpoint, request: QboRequest) -> Response:
    """The endpoint's content, or its refusal."""
    try:
        return answers.success(endpoint(request), request.now)
    except refusals.RefusedError as refused:
        return answers.refused(refused, request.now)


def _write(kind: str) -> Endpoint:
    def write(request: QboRequest) -> JsonObject:
        body, query = request.body(), request.call.query
        asked, include = query.get("operation", "").lower(), query.get("include", "").lower()
        known = isinstance(body, dict) and body.get("Id") not in (None, "")
        name = {DELETE: DELETE, VOID: VOID}.get(asked, UPDATE if known else CREATE)
        if asked == UPDATE and include == VOID:
            name = VOID
        return {kind: perform(request.company, Operation(kind, name, body, include), request.now)}

    return write


def _read(kind: str) -> Endpoint:
    def read(request: QboRequest) -> JsonObject:
        record = by_id(request.company, kind, request.call.path_params["id"])
        return {kind: shown(request.company, kind, record)}

    return read


def _query(request: QboRequest) -> JsonObject:
    text = (
        request.call.query.get("query") if request.call.method == "GET" else request.call.body.decode(errors="replace")
    )
    return {"QueryResponse": run_query(request.company, text or "")}


def _batch(request: QboRequest) -> JsonObject:
    has_request_id = bool(request.call.query.get("requestid"))
    return {"BatchItemResponse": run_batch(request.company, request.body(), request.now, has_request_id=has_request_id)}


def _cdc(request: QboRequest) -> JsonObject:
    query = request.call.query
    return changes_since(request.company, query.get("entities", ""), query.get("changedSince", ""), request.now)


def _company_info(request: QboRequest) -> JsonObject:
    return {"CompanyInfo": request.company.info}


def _preferences(request: QboRequest) -> JsonObject:
    return {"Preferences": request.company.preferences}


def _exchange_rate(request: QboRequest) -> JsonObject:
    query = request.call.query
    rate = exchange_rate(request.company, query.get("sourcecurrencycode", ""), query.get("asofdate"), request.now)
    return {"ExchangeRate": rate}


BATCH, QUERY = "/batch", "/query"
ENDPOINTS: list[tuple[str, str, Endpoint]] = [
    ("GET", QUERY, _query),
    ("POST", QUERY, _query),
    ("POST", BATCH, _batch),
    ("GET", "/cdc", _cdc),
    ("GET", "/companyinfo/{id}", _company_info),
    ("GET", "/preferences", _preferences),
    ("GET", "/exchangerate", _exchange_rate),
    *[("POST", f"/{kind.lower()}", _write(kind)) for kind in WRITTEN],
    *[("GET", f"/{kind.lower()}/{{id}}", _read(kind)) for kind in COLLECTIONS],
]
