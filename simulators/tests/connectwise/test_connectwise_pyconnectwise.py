"""A ConnectWise client from PyPI reads what the simulator serves."""

from typing import Any

import pytest
from pyconnectwise import ConnectWiseManageAPIClient
from pyconnectwise.exceptions import (
    AuthenticationFailedException,
    MalformedRequestException,
    NotFoundException,
    ObjectExistsError,
    PermissionsFailedException,
)

pytestmark = [
    pytest.mark.http,
    # the client's models were written for an older pydantic
    pytest.mark.filterwarnings("ignore:Using extra keyword arguments:pydantic.warnings.PydanticDeprecatedSince20"),
]


class LoopbackClient(ConnectWiseManageAPIClient):
    """The client, with plain HTTP instead of HTTPS."""

    def _get_url(self) -> str:
        return str(super()._get_url()).replace("https://", "http://")

    def _make_request(self, method: Any, url: str, *args: Any, **options: Any) -> Any:
        return super()._make_request(method, url.replace("https://", "http://"), *args, **options)


def _client(psa: Any, private_key: str = "priv") -> Any:
    host = psa.base_url.removeprefix("http://")
    return LoopbackClient("acme", host, psa.http.headers["clientId"], "pub", private_key)


def test_it_finds_the_code_base(psa: Any) -> None:
    assert _client(psa).codebase == "v2025_1/"


def test_it_reads_companies_invoices_and_unposted_rows(psa: Any) -> None:
    client = _client(psa)
    assert [each.name for each in client.company.companies.get()] == ["Oak Hill Dental", "Elm & Co"]
    invoice = client.finance.invoices.id(3).get()
    seen = (invoice.invoice_number, invoice.type, invoice.total, invoice.status.name)
    assert seen == ("40003", "CreditMemo", -60.0, "Closed")
    rows = client.finance.accounting.unpostedinvoices.get(params={"conditions": "billingLogId in (1,2)"})
    assert [(each.billing_log_id, each.invoice_number, each.total) for each in rows] == [
        (1, "40001", 120.0),
        (2, "40002", 120.0),
    ]
    levels = client.finance.accounting.unpostedinvoices.id(rows[0].id).taxable_levels.get()
    assert [each.tax_amount for each in levels] == [20.0]


def test_it_reads_every_other_list(psa: Any) -> None:
    client = _client(psa)
    assert client.company.contacts.id(301).get().first_name == "Ada"
    assert client.company.companies.id(19).sites.get()[0].city == "Leeds"
    assert client.finance.billing_terms.get()[0].due_days == 20
    assert client.finance.billing_statuses.get()[1].closed_flag is True
    assert client.finance.tax_codes.get()[0].level_one_rate == 20.0
    assert client.finance.currencies.get()[0].name == "Pound sterling"
    assert client.finance.agreements.id(7).additions.get()[0].unit_price == 0.0125
    assert client.procurement.products.get()[0].invoice.id == 1
    assert client.procurement.catalog.get()[0].identifier == "SW-24"
    assert [each.name for each in client.system.locations.get()] == ["Leeds", "Auckland"]
    assert client.system.info.get().version == "v2025.1.10333"


def test_it_pages_through_a_list_to_its_end(empty: Any) -> None:
    companies = [{"id": each, "identifier": f"C{each}", "name": f"Company {each}"} for each in range(1, 61)]
    empty.load({"format": "tieout-connectwise/1", "entities": {"/company/companies": companies}})
    pages = _client(empty).company.companies.paginated(1, 25, {"conditions": "id>0", "orderBy": "id asc"})
    assert [each.id for each in pages.all()] == list(range(1, 61))
    assert [call["status"] for call in empty.sim("GET", "/calls?detail=true&route=GET /company/companies")] == [200] * 3


def test_it_reads_a_gl_export_and_batches_it(psa: Any) -> None:
    client = _client(psa)
    export = client.finance.accounting.export.post(data={"exportInvoicesFlag": True, "includedInvoiceIds": [2]})
    (transaction,) = export.transactions
    assert (transaction.document_number, transaction.total, transaction.sales_tax) == ("40002", 120.0, 20.0)
    assert [line.gl_type_id for line in transaction.detail] == ["RA", "RA", "ST"]
    assert export.customers[0].company.identifier == "OAKHILL"
    entry_ids = [*map(int, transaction.gl_entry_ids.split(",")), *(line.id for line in transaction.detail)]
    batch = {"batchIdentifier": "I-40002", "exportInvoicesFlag": True, "processedRecordIds": entry_ids}
    client.finance.accounting.batches.post(data=batch)
    (made,) = client.finance.accounting.batches.get()
    assert (made.batch_identifier, made.export_invoices_flag) == ("I-40002", True)
    entries = client.finance.accounting.batches.id(made.id).entries.get()
    assert sum(each.debit - each.credit for each in entries) == 0
    assert client.finance.accounting.unpostedinvoices.count.get().count == 2
    client.finance.accounting.batches.id(made.id).delete()
    assert client.finance.accounting.unpostedinvoices.count.get().count == 3


def test_it_keeps_callbacks(psa: Any) -> None:
    client = _client(psa)
    entry = {"url": "https://t.example/?recordId=", "objectId": 1, "type": "invoice", "level": "owner"}
    made = client.system.callbacks.post(data=entry)
    assert client.system.callbacks.id(made.id).get().url == entry["url"]
    with pytest.raises(ObjectExistsError):
        client.system.callbacks.post(data=entry)


def test_it_tells_the_errors_apart(psa: Any) -> None:
    client = _client(psa)
    with pytest.raises(MalformedRequestException):
        client.finance.invoices.get(params={"conditions": "nosuch=1"})
    with pytest.raises(NotFoundException):
        client.finance.invoices.id(99).get()
    with pytest.raises(AuthenticationFailedException):
        _client(psa, "wrong").finance.invoices.get()
    psa.load({"format": "tieout-connectwise/1", "server": {"denied": ["* /finance"]}})
    with pytest.raises(PermissionsFailedException):
        client.finance.invoices.get()
