"""The client of one ConnectWise site, signed in as one API member."""

import asyncio
import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

import httpx
from pydantic import ValidationError

from tieout_providers.call import Answer, Call, Gate, OpenGate, check_header_value
from tieout_providers.connectwise import models
from tieout_providers.connectwise.callbacks import (
    CALLBACKS,
    add_callback_call,
    key_target,
    reactivate_callback_call,
    remove_callback_call,
)
from tieout_providers.connectwise.conditions import Condition, chunks_that_fit, query, where
from tieout_providers.connectwise.errors import CONNECTWISE, check, payload_of
from tieout_providers.connectwise.identifiers import checked_batch_identifier
from tieout_providers.connectwise.models.references import ConnectWiseModel
from tieout_providers.connectwise.paging import MAX_PAGE_SIZE, has_next_page
from tieout_providers.connectwise.requests import LineDetail, create_batch_call, export_invoices_call
from tieout_providers.connectwise.site import Site
from tieout_providers.errors import NotFound, TooManyPages, Unreadable
from tieout_providers.http import DEFAULT_TOTAL_TIMEOUT_S, exchange, unreadable
from tieout_providers.reading import Rows, problems_of, read_rows

DEFAULT_VERSION = "2025.16"
MAX_PAGES = 100

Model = TypeVar("Model", bound=ConnectWiseModel)
Witness = Callable[[str, str, bytes, int | None, bytes], None]
"""Told of every call that left: method, address, body; the answer's status (None: none came) and body. No headers: they
bear the keys. It must not raise."""


class ConnectWise:
    """Reads and writes of one site. Every call of a method passes `gate` first; `send` alone does not.

    Discovery of the code base (unless one is given) happens before the first call, and again after an answer that says
    the endpoint does not exist (a cloud site moves with every release). Methods raise the errors of
    `tieout_providers.errors`.
    """

    def __init__(
        self,
        site: str,
        company_id: str,
        *,
        public_key: str,
        private_key: str,
        client_id: str,
        version: str = DEFAULT_VERSION,
        codebase: str | None = None,
        http: httpx.AsyncClient,
        gate: Gate | None = None,
        timeout_s: float = DEFAULT_TOTAL_TIMEOUT_S,
        witness: Witness | None = None,
    ) -> None:
        self.site = Site.parse(site)
        self.timeout_s = timeout_s
        self._company_id = company_id
        self._http = http
        self._gate = gate or OpenGate()
        self._witness = witness
        self._base_url = None if codebase is None else self.site.base_url(codebase)
        self._discovery = asyncio.Lock()
        token = base64.b64encode(f"{company_id}+{public_key}:{private_key}".encode()).decode()
        self._secrets = {
            "Authorization": f"Basic {token}",
            "clientId": client_id,
            "Accept": f"application/vnd.connectwise.com+json; version={version}",
        }
        for name, value in self._secrets.items():
            check_header_value(name, value)

    async def send(self, call: Call, *, timeout_s: float | None = None) -> Answer:
        """Send one prepared call once and return its good answer; raises what any other answer means."""
        return self._checked(call, await self._exchange(call, timeout_s or self.timeout_s))

    async def discover(self) -> str:
        """The base address of the API, asked for once."""
        async with self._discovery:
            if self._base_url is None:
                info = await self.company_info()
                self._base_url = self.site.base_url(info.codebase or "")
            return self._base_url

    async def company_info(self) -> models.CompanyInfo:
        """What the site tells anybody about this login company. Raises NotFound if it does not know it."""
        call = Call.get(self.site.company_info_target(self._company_id))
        await self._gate.before(call)
        answer: Answer | None = None
        try:
            answer = await self._witnessed(self.site.user_url, call, {}, self.timeout_s)
        finally:
            await self._gate.after(call, answer)
        payload = payload_of(call, check(call, answer))
        if payload is None:
            raise NotFound(CONNECTWISE, f"the login company {self._company_id}", kind="company_unknown")
        return _one(models.CompanyInfo, call, answer, payload)

    # -- the accounting interface

    async def unposted_invoices(
        self, location_ids: Sequence[int] = (), *, invoice_ids: Sequence[int] | None = None
    ) -> Rows[models.UnpostedInvoice]:
        """Closed invoices that are in no batch, of some locations or of all; or those among `invoice_ids`."""
        path, model = "/finance/accounting/unpostedinvoices", models.UnpostedInvoice
        condition = where("locationId").one_of(location_ids) if location_ids else None
        if invoice_ids is not None:
            return await self.rows_by_ids(path, model, invoice_ids, field="billingLogId", condition=condition)
        return await self.rows(path, model, condition)

    async def export_invoices(
        self,
        invoice_ids: Sequence[int],
        *,
        location_id: int | None,
        thru_date: date,
        identifier: str,
        detail: LineDetail = "Default",
    ) -> models.GLExport:
        """The GL entries of these invoices; marks nothing as posted. See `export_invoices_call`.

        An invoice that was asked for may be missing from the answer: it has no GL entries or was batched meanwhile.
        """
        call = export_invoices_call(
            tuple(invoice_ids), location_id=location_id, thru_date=thru_date, identifier=identifier, detail=detail
        )
        answer = await self._ask(call)
        try:
            return models.GLExport.read(payload_of(call, answer))
        except ValueError:
            raise unreadable(CONNECTWISE, call, "it is no GL export", answer) from None

    async def create_batch(self, identifier: str, gl_entry_ids: Sequence[int]) -> models.BatchCreated:
        """Mark these GL entries as posted. Raises OutcomeUnknown where only `find_batch` can tell."""
        call = create_batch_call(identifier, tuple(gl_entry_ids))
        answer = await self._ask(call)
        if answer.body.strip():  # a page of a proxy in the server's place proves nothing
            payload_of(call, answer)
        last = (answer.header("location") or "").rstrip("/").rpartition("/")[2]
        return models.BatchCreated(int(last) if last.isascii() and last.isdigit() else None)

    async def find_batch(self, identifier: str) -> models.AccountingBatch | None:
        """The batch of this identifier, None if there is none. Raises Unreadable if there are several."""
        condition = where("batchIdentifier").equals(checked_batch_identifier(identifier))
        rows = await self.rows("/finance/accounting/batches", models.AccountingBatch, condition)
        found = [row for row in rows if (row.batch_identifier or "").casefold() == identifier.casefold()]
        if len(found) > 1:
            raise Unreadable(CONNECTWISE, f"{len(found)} batches are named {identifier}", kind="batch_ambiguous")
        return found[0] if found else None

    async def batch_entries(self, batch_id: int) -> Rows[models.BatchEntry]:
        """The GL entries that a batch holds."""
        return await self.rows(f"/finance/accounting/batches/{batch_id:d}/entries", models.BatchEntry)

    async def accounting_package_setup(self) -> Rows[models.AccountingPackageSetup]:
        """How the site exports (one row)."""
        return await self.rows("/finance/accountingPackageSetup", models.AccountingPackageSetup)

    # -- documents and master data

    async def invoices(self, ids: Sequence[int]) -> Rows[models.Invoice]:
        """Invoices by id; one that was deleted is missing."""
        return await self.rows_by_ids("/finance/invoices", models.Invoice, ids)

    async def companies(self, ids: Sequence[int]) -> Rows[models.Company]:
        """Companies by id."""
        return await self.rows_by_ids("/company/companies", models.Company, ids)

    async def contacts(self, ids: Sequence[int]) -> Rows[models.Contact]:
        """Contacts by id."""
        return await self.rows_by_ids("/company/contacts", models.Contact, ids)

    async def sites(self, company_id: int) -> Rows[models.Site]:
        """The addresses of one company."""
        return await self.rows(f"/company/companies/{company_id:d}/sites", models.Site)

    async def products_of_invoices(self, invoice_ids: Sequence[int]) -> Rows[models.ProductItem]:
        """The products billed on these invoices. Unconfirmed: that the list can be filtered by its invoice."""
        return await self.rows_by_ids("/procurement/products", models.ProductItem, invoice_ids, field="invoice/id")

    async def agreements(self, ids: Sequence[int]) -> Rows[models.Agreement]:
        """Agreements by id."""
        return await self.rows_by_ids("/finance/agreements", models.Agreement, ids)

    async def additions(self, agreement_id: int) -> Rows[models.Addition]:
        """What one agreement bills."""
        return await self.rows(f"/finance/agreements/{agreement_id:d}/additions", models.Addition)

    async def catalogue(self, ids: Sequence[int]) -> Rows[models.CatalogItem]:
        """Products of the catalogue by id."""
        return await self.rows_by_ids("/procurement/catalog", models.CatalogItem, ids)

    async def billing_terms(self) -> Rows[models.BillingTerm]:
        """All billing terms."""
        return await self.rows("/finance/billingTerms", models.BillingTerm)

    async def billing_statuses(self) -> Rows[models.BillingStatus]:
        """All statuses of invoices."""
        return await self.rows("/finance/billingStatuses", models.BillingStatus)

    async def tax_codes(self) -> Rows[models.TaxCode]:
        """All tax codes with their levels."""
        return await self.rows("/finance/taxCodes", models.TaxCode)

    async def currencies(self) -> Rows[models.Currency]:
        """All currencies."""
        return await self.rows("/finance/currencies", models.Currency)

    async def payment_types(self) -> Rows[models.PaymentType]:
        """What expenses can be paid with."""
        return await self.rows("/expense/paymentTypes", models.PaymentType)

    async def locations(self) -> Rows[models.Location]:
        """All locations."""
        return await self.rows("/system/locations", models.Location)

    async def members(self) -> Rows[models.Member]:
        """All members, inactive ones among them; nothing else of a person is asked for."""
        return await self.rows("/system/members", models.Member, extra=[("fields", "id,identifier,inactiveFlag")])

    async def expense_types(self) -> Rows[models.ExpenseType]:
        """All types of expenses, inactive ones among them."""
        return await self.rows("/expense/types", models.ExpenseType)

    async def system_info(self) -> models.SystemInfo:
        """Version, time zone and licences of the server; also the cheapest proof that the keys work."""
        call = Call.get("/system/info")
        answer = await self._ask(call)
        return _one(models.SystemInfo, call, answer, payload_of(call, answer))

    async def callbacks(self) -> Rows[models.Callback]:
        """All registered callbacks."""
        return await self.rows(CALLBACKS, models.Callback)

    async def add_callback(self, url: str, record_type: str) -> None:
        """Register one; ConnectWise appends the record's id to `url`. Raises Rejected where it exists already."""
        await self._ask(add_callback_call(url, record_type))

    async def reactivate_callback(self, callback_id: int) -> None:
        """Switch one on again."""
        await self._ask(reactivate_callback_call(callback_id))

    async def remove_callback(self, callback_id: int) -> None:
        """Delete one."""
        await self._ask(remove_callback_call(callback_id))

    async def signing_key(self, key_url: str) -> str | None:
        """The key that a callback's `key_url` names; None if that is not of this company on this site.

        UNCONFIRMED (reference 4.3): whether it wants the credentials; they are sent, to this site's own hosts only.
        """
        if (place := key_target(self.site, self._company_id, key_url)) is None:
            return None
        base_url, target = place
        call = Call.get(target)
        await self._gate.before(call)
        answer: Answer | None = None
        try:
            answer = await self._witnessed(base_url, call, self._secrets, self.timeout_s)
        finally:
            await self._gate.after(call, answer)
        return _one(models.CallbackKey, call, answer, payload_of(call, check(call, answer))).signing_key

    # -- lists

    async def rows(
        self,
        path: str,
        model: type[Model],
        condition: Condition | None = None,
        *,
        extra: Iterable[tuple[str, str]] = (),
        page_size: int = MAX_PAGE_SIZE,
        max_pages: int = MAX_PAGES,
    ) -> Rows[Model]:
        """A whole list, page by page in the order of ids. `extra` adds parameters such as `fields`.

        Rows that cannot be read are in `.unreadable`. Raises TooManyPages rather than to return half a list.
        """
        rows: Rows[Model] = Rows()
        for page in range(1, max_pages + 1):
            call = Call.get(f"{path}?{_list_query(condition, extra, page, page_size)}")
            answer = await self._ask(call)
            payload = payload_of(call, answer)
            if not isinstance(payload, list):
                raise unreadable(CONNECTWISE, call, "it is no list", answer)
            rows.take(read_rows(model, payload))
            if not has_next_page(answer, payload, page_size):
                return rows
        raise TooManyPages(CONNECTWISE, path, max_pages)

    async def rows_by_ids(
        self,
        path: str,
        model: type[Model],
        ids: Sequence[int],
        *,
        field: str = "id",
        condition: Condition | None = None,
        extra: Iterable[tuple[str, str]] = (),
    ) -> Rows[Model]:
        """The rows whose `field` is among `ids`, in as few calls as the limit on an address's length allows."""
        base_url, fixed = await self.discover(), tuple(extra)

        def asked(chunk: Sequence[int]) -> Condition:
            among = where(field).one_of(chunk)
            return among if condition is None else condition & among

        def url_chars(chunk: Sequence[int]) -> int:
            return len(f"{base_url}{path}?{_list_query(asked(chunk), fixed, MAX_PAGES, MAX_PAGE_SIZE)}")

        rows: Rows[Model] = Rows()
        for chunk in chunks_that_fit(ids, url_chars):
            rows.take(await self.rows(path, model, asked(chunk), extra=fixed))
        return rows

    async def _ask(self, call: Call) -> Answer:
        await self.discover()
        await self._gate.before(call)
        answer: Answer | None = None
        try:
            answer = await self._exchange(call, self.timeout_s)
        finally:
            await self._gate.after(call, answer)
        return self._checked(call, answer)

    async def _exchange(self, call: Call, timeout_s: float) -> Answer:
        base_url = await self.discover()
        return await self._witnessed(base_url, call, self._secrets, timeout_s)

    async def _witnessed(self, base_url: str, call: Call, secrets: Mapping[str, str], timeout_s: float) -> Answer:
        answer: Answer | None = None
        try:
            answer = await exchange(self._http, CONNECTWISE, base_url, call, secrets, timeout_s=timeout_s)
        finally:
            if self._witness is not None:
                status, body = (answer.status, answer.body) if answer else (None, b"")
                self._witness(call.method, base_url + call.target, call.body, status, body)
        return answer

    def _checked(self, call: Call, answer: Answer) -> Answer:
        try:
            return check(call, answer)
        except NotFound as error:
            if error.kind == "endpoint_missing":
                self._base_url = None
            raise


def _list_query(condition: Condition | None, extra: Iterable[tuple[str, str]], page: int, page_size: int) -> str:
    asked = [("conditions", str(condition))] if condition else []
    return query([*asked, *extra, ("orderBy", "id asc"), ("page", str(page)), ("pageSize", str(page_size))])


def _one(model: type[Model], call: Call, answer: Answer, payload: Any) -> Model:
    try:
        return model.model_validate(payload)
    except ValidationError as error:
        raise unreadable(CONNECTWISE, call, problems_of(error), answer) from None
