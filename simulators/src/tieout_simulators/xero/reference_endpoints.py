"""GET Organisation, Organisation/Actions, Accounts, TaxRates, TrackingCategories, Currencies."""

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from tieout_simulators.xero import answers
from tieout_simulators.xero.chart import Account
from tieout_simulators.xero.listing import filter_of, filtered, ordered
from tieout_simulators.xero.request import XeroRequest

Shape = dict[str, Any]


def get_organisation(request: XeroRequest) -> Response:
    """The organisation; its lock dates only when set."""
    return answers.envelope(request.now, "Organisations", [request.books.settings])


def get_actions(request: XeroRequest) -> Response:
    """What the organisation's plan allows."""
    actions = [{"Name": name, "Status": status} for name, status in request.books.actions.items()]
    return answers.envelope(request.now, "Actions", actions)


def get_accounts(request: XeroRequest) -> Response:
    """All accounts, archived ones too; ``where``, ``order`` and If-Modified-Since apply."""
    since = request.modified_since
    accounts = [
        account for account in request.books.chart.accounts.values() if since is None or account.updated >= since
    ]
    accounts = filtered(accounts, filter_of(request), _account_field)
    if "order" in request.call.query:
        accounts = ordered(request, accounts, _account_field, "AccountID")
    return answers.envelope(request.now, "Accounts", [account.as_json() for account in accounts])


def get_account(request: XeroRequest) -> Response:
    """One account by id."""
    account = request.books.chart.accounts.get(request.call.path_params["account_id"].lower())
    return not_found() if account is None else answers.envelope(request.now, "Accounts", [account.as_json()])


def get_tax_rates(request: XeroRequest) -> Response:
    """All tax rates; ``TaxType`` and ``where`` narrow them."""
    rates = [rate.shape for rate in request.books.chart.tax_rates.values()]
    if wanted := request.call.query.get("TaxType"):
        rates = [shape for shape in rates if shape["TaxType"] == wanted]
    return _narrowed(request, "TaxRates", rates)


def get_tax_rate(request: XeroRequest) -> Response:
    """One tax rate by its TaxType."""
    rate = request.books.chart.tax_rates.get(request.call.path_params["tax_type"])
    return not_found() if rate is None else answers.envelope(request.now, "TaxRates", [rate.shape])


def get_tracking_categories(request: XeroRequest) -> Response:
    """Active categories with their active options; all with ``includeArchived=true``."""
    shapes = [category.shape for category in request.books.chart.tracking_categories()]
    if not request.query_flag("includeArchived"):
        shapes = [
            {**shape, "Options": [option for option in shape["Options"] if option["Status"] == "ACTIVE"]}
            for shape in shapes
            if shape["Status"] == "ACTIVE"
        ]
    return _narrowed(request, "TrackingCategories", shapes)


def get_currencies(request: XeroRequest) -> Response:
    """The subscribed currencies."""
    return _narrowed(request, "Currencies", list(request.books.chart.currencies.values()))


def not_found() -> Response:
    """A record that is not there."""
    return answers.problem(404, "Not Found", "The resource you're looking for cannot be found")


def _narrowed(request: XeroRequest, collection: str, shapes: Sequence[Shape]) -> Response:
    kept = filtered(shapes, filter_of(request), dict.get)
    return answers.envelope(request.now, collection, kept)


def _account_field(account: Account, path: str) -> Any:
    return account.updated if path == "UpdatedDateUTC" else account.shape.get(path)
