"""The client of QuickBooks Online: sends prepared calls, and reads one company's books."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

import httpx
from pydantic import ValidationError

from tieout_providers.bearer import BearerApi
from tieout_providers.call import Call, Gate
from tieout_providers.errors import NotFound, Rejected, TooManyPages, Unreadable
from tieout_providers.qbo import reads
from tieout_providers.qbo.calls import QboCalls
from tieout_providers.qbo.errors import QBO, check, payload_of
from tieout_providers.qbo.limits import PAGE_SIZE, SERVER_TIMEOUT_S
from tieout_providers.qbo.queries import HAS_INACTIVE, INACTIVE_TOO, Condition, Entity, among
from tieout_providers.reading import Rows, problems_of, read_rows

API_URL = "https://quickbooks.api.intuit.com"
SANDBOX_API_URL = "https://sandbox-quickbooks.api.intuit.com"
MAX_PAGES = 100
MAX_VALUES = 100
MAX_TARGET_CHARS = 4000

Model = TypeVar("Model", bound=reads.Record)
Single = TypeVar("Single", bound=reads.QboModel)


class Qbo(BearerApi):
    """One Intuit app's way to the API."""

    def __init__(
        self,
        base_url: str = API_URL,
        *,
        http: httpx.AsyncClient,
        gate: Gate | None = None,
        timeout_s: float = SERVER_TIMEOUT_S,
    ) -> None:
        super().__init__(QBO, check, base_url, http=http, gate=gate, timeout_s=timeout_s)

    def ledger(self, realm_id: str, token: str) -> "QboLedger":
        """One company's books, for as long as the token is good."""
        return QboLedger(self, realm_id, token)


class QboLedger:
    """Reads of one company with one token; lists come whole, inactive rows included.

    Rows that cannot be read are in `.unreadable` of each list. Every page is one metered call.
    """

    def __init__(self, qbo: Qbo, realm_id: str, token: str) -> None:
        self.calls = QboCalls(realm_id)
        self._qbo = qbo
        self._token = token

    async def company_info(self) -> reads.CompanyInfo:
        """The company itself. Raises Unreadable if it cannot be read."""
        return await self._single(self.calls.company_info(), "CompanyInfo", reads.CompanyInfo)

    async def preferences(self) -> reads.Preferences:
        """Its preferences. Raises Unreadable if they cannot be read."""
        return await self._single(self.calls.preferences(), "Preferences", reads.Preferences)

    async def accounts(self) -> Rows[reads.Account]:
        """The chart of accounts."""
        return await self._all("Account", reads.Account)

    async def tax_codes(self) -> Rows[reads.TaxCode]:
        """All tax codes."""
        return await self._all("TaxCode", reads.TaxCode)

    async def tax_rates(self) -> Rows[reads.TaxRate]:
        """All tax rates."""
        return await self._all("TaxRate", reads.TaxRate)

    async def terms(self) -> Rows[reads.Term]:
        """All payment terms."""
        return await self._all("Term", reads.Term)

    async def classes(self) -> Rows[reads.Tracked]:
        """All classes."""
        return await self._all("Class", reads.Tracked)

    async def departments(self) -> Rows[reads.Tracked]:
        """All departments."""
        return await self._all("Department", reads.Tracked)

    async def currencies(self) -> Rows[reads.CompanyCurrency]:
        """The currencies that the company uses besides its own."""
        return await self._all("CompanyCurrency", reads.CompanyCurrency)

    async def exchange_rate(self, currency: str, on: date) -> reads.ExchangeRate | None:
        """The rate that the company keeps for a day; None where it has none, or has not that currency."""
        try:
            return await self._single(self.calls.exchange_rate(currency, on), "ExchangeRate", reads.ExchangeRate)
        except (NotFound, Rejected):
            return None

    async def items(self) -> Rows[reads.Item]:
        """All products and services."""
        return await self._all("Item", reads.Item)

    async def customers(self) -> Rows[reads.Customer]:
        """All customers."""
        return await self._all("Customer", reads.Customer)

    async def vendors(self) -> Rows[reads.Vendor]:
        """All vendors: a customer cannot have the name of one."""
        return await self._all("Vendor", reads.Vendor)

    async def employees(self) -> Rows[reads.Employee]:
        """All employees: a customer cannot have the name of one."""
        return await self._all("Employee", reads.Employee)

    async def customers_by_id(self, ids: Sequence[str]) -> Rows[reads.Customer]:
        """Customers by id, inactive ones included."""
        return await self._among("Customer", "Id", ids, reads.Customer, INACTIVE_TOO)

    async def invoices_by_number(self, numbers: Sequence[str]) -> Rows[reads.Document]:
        """Invoices of these numbers, voided ones included; deleted ones never appear. Numbers may repeat."""
        return await self._among("Invoice", "DocNumber", numbers, reads.Document)

    async def invoices_by_id(self, ids: Sequence[str]) -> Rows[reads.Document]:
        """Invoices by id; one that was deleted is not among them."""
        return await self._among("Invoice", "Id", ids, reads.Document)

    async def credit_memos_by_number(self, numbers: Sequence[str]) -> Rows[reads.Document]:
        """Credit memos of these numbers, voided ones included."""
        return await self._among("CreditMemo", "DocNumber", numbers, reads.Document)

    async def credit_memos_by_id(self, ids: Sequence[str]) -> Rows[reads.Document]:
        """Credit memos by id."""
        return await self._among("CreditMemo", "Id", ids, reads.Document)

    async def _single(self, call: Call, kind: str, model: type[Single]) -> Single:
        row = payload_of(call, await self._qbo.ask(call, self._token)).get(kind)
        try:
            return model.model_validate(row)
        except ValidationError as error:
            raise Unreadable(QBO, f"its {kind}: {problems_of(error)}") from None

    async def _all(self, entity: Entity, model: type[Model]) -> Rows[Model]:
        return await self._pages(entity, model, *((INACTIVE_TOO,) if entity in HAS_INACTIVE else ()))

    async def _among(
        self, entity: Entity, field: str, values: Sequence[str], model: type[Model], *more: Condition
    ) -> Rows[Model]:
        rows: Rows[Model] = Rows()
        asked = list(dict.fromkeys(values))
        for few in _that_fit(asked, lambda some: self.calls.query(entity, among(field, some), *more)):
            rows.take(await self._pages(entity, model, among(field, few), *more))
        return rows

    async def _pages(
        self, entity: Entity, model: type[Model], *conditions: Condition, max_pages: int = MAX_PAGES
    ) -> Rows[Model]:
        """Page by page until one is not full; a row that moved to the next page meanwhile counts once."""
        rows: Rows[Model] = Rows()
        known: set[str] = set()
        for page in range(max_pages):
            call = self.calls.query(entity, *conditions, start=page * PAGE_SIZE + 1)
            listed = _listed(payload_of(call, await self._qbo.ask(call, self._token)), entity)
            read = read_rows(model, listed, id_field="Id")
            rows.take(Rows([row for row in read if row.id is None or row.id not in known], read.unreadable))
            known.update(row.id for row in read if row.id is not None)
            if len(listed) < PAGE_SIZE:
                return rows
        raise TooManyPages(QBO, f"/query {entity}", max_pages)


def _that_fit(values: Sequence[str], call_for: Callable[[Sequence[str]], Call]) -> Iterator[Sequence[str]]:
    """At most MAX_VALUES values a call, and fewer while its address would be too long."""
    rest = list(values)
    while rest:
        size = min(len(rest), MAX_VALUES)
        while size > 1 and len(call_for(rest[:size]).target) > MAX_TARGET_CHARS:
            size = max(1, size // 2)
        yield rest[:size]
        rest = rest[size:]


def _listed(payload: Mapping[str, Any], entity: Entity) -> Sequence[Any]:
    """The rows of a page. One without rows is an empty object; anything else is no answer to a query."""
    answer = payload.get("QueryResponse")
    if not isinstance(answer, Mapping):
        raise Unreadable(QBO, "it answers no query")
    listed = answer.get(entity, [])
    if not isinstance(listed, list):
        raise Unreadable(QBO, f"it lists no {entity}")
    return listed
