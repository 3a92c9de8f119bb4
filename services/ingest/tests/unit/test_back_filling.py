"""Back-filling: few calls, remembered answers, gaps instead of failures."""

from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from tieout_chassis.clock import FixedClock
from tieout_ingest.backfill import Exported, Filling, Lookups
from tieout_ingest.backfill.lookups import MAX_FAILURES
from tieout_ingest.canonical import build
from tieout_providers.connectwise import ConnectWise
from tieout_providers.connectwise.models import GLCustomer
from tieout_providers.errors import Throttled, Unavailable
from tieout_providers.testing import PretendedNetwork

Make = Callable[..., Any]
Json = dict[str, Any]

TABLES: dict[str, list[Json]] = {
    "/finance/invoices": [
        {"id": 125, "billingSiteCity": "Town", "agreement": {"id": 7}},
        {"id": 126, "billingSiteCity": "Town"},
    ],
    "/company/companies": [{"id": 8, "name": "Fox", "billingContact": {"id": 20}, "defaultContact": {"id": 21}}],
    "/company/contacts": [{"id": 20, "firstName": "Robert"}, {"id": 21, "firstName": "Ann"}, {"id": 22}],
    "/procurement/products": [{"id": 4, "price": 3.1396, "invoice": {"id": 126}}],
    "/procurement/catalog": [{"id": 5, "identifier": "CAB", "customerDescription": "Cable"}],
    "/finance/agreements/7/additions": [{"id": 1, "product": {"identifier": "CAB"}, "unitPrice": 1.5}],
    "/company/companies/8/sites": [{"id": 7, "city": "Siteville"}],
    "/finance/taxCodes": [{"id": 11, "identifier": "GST", "levelOneRate": 3, "levelOneRateType": "Amount"}],
}
ONLY_WHERE_NEEDED = {"/company/companies/8/sites", "/finance/taxCodes"}


class Office:
    """A ConnectWise of a few rows, and the clock."""

    def __init__(self) -> None:
        self.network = PretendedNetwork()
        self.network.respond = self.respond
        self.clock = FixedClock()
        self.fails: dict[str, httpx.Response] = {}
        keys: dict[str, Any] = {"public_key": "p", "private_key": "q", "client_id": "c"}
        connectwise = ConnectWise("na.myconnectwise.net", "acme", http=self.network.http, **keys)
        self.lookups = Lookups(connectwise, self.clock, ttl_s=600, max_rows=100)
        self.filling = Filling(connectwise, self.lookups)

    def respond(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.partition("/apis/3.0")[2]
        if path in self.fails:
            return self.fails[path]
        conditions = unquote(str(request.url)).partition("conditions=")[2]
        ids = conditions.partition("in (")[2].partition(")")[0]
        wanted = set(ids.split(",")) if ids else None
        field = "invoice" if "invoice/id" in conditions else None
        rows = [
            each for each in TABLES[path] if wanted is None or str((each[field] if field else each)["id"]) in wanted
        ]
        return httpx.Response(200, json=rows)

    def calls(self) -> list[str]:
        paths = [each.url.path.partition("/apis/3.0")[2] for each in self.network.requests]
        self.network.requests.clear()
        return sorted(path for path in paths if path)

    async def fill(self, *exported: Exported, customers: list[Json] | None = None) -> Any:
        invoices = await self.filling.invoices([each.listed.record_id for each in exported])
        named = [GLCustomer.model_validate(each) for each in customers or []]
        return await self.filling.fill(exported, named, invoices)


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    made = Office()
    yield made
    await made.network.aclose()


@pytest.fixture
def pair(exported: Make, unposted: Make, line: Make) -> tuple[Exported, Exported]:
    """One agreement invoice with a prorated addition, one with a product record."""
    item = {"id": 5, "identifier": "CAB"}
    addition = line(1, "15.01", quantity="10", price="1.50", item=item)
    product = line(2, "31.40", quantity="10", price="3.14", item=item, product={"id": 4})
    return (
        Exported(unposted(125), exported(125, lines=[addition])),
        Exported(unposted(126), exported(126, lines=[product])),
    )


async def test_a_group_takes_one_call_a_table_and_the_next_one_fewer(
    office: Office, pair: tuple[Exported, Exported]
) -> None:
    filled = await office.fill(*pair)
    assert office.calls() == sorted(TABLES.keys() - ONLY_WHERE_NEEDED)
    first, second = filled[125], filled[126]
    assert (first.bill_to.name, first.billing_contact.first_name, first.primary_contact.first_name) == (
        "Fox",
        "Robert",
        "Ann",
    )
    assert [each.id for each in first.additions] == [1]
    assert second.additions == ()
    assert second.products[4].price == Decimal("3.1396")
    assert first.gaps == second.gaps == ()

    await office.fill(*pair)
    assert office.calls() == ["/finance/invoices", "/procurement/products"]
    office.clock.advance(601)
    await office.fill(*pair)
    assert "/company/companies" in office.calls()


async def test_the_contact_that_the_export_names_is_the_billing_contact_F62(
    office: Office, pair: tuple[Exported, Exported]
) -> None:
    filled = await office.fill(pair[0], customers=[{"company": {"id": 8}, "contact": {"id": 22}}])
    assert filled[125].billing_contact.id == 22
    both = [{"company": {"id": 8}, "contact": {"id": each}} for each in (21, 22)]
    assert (await office.fill(pair[0], customers=both))[125].billing_contact.id == 20


async def test_of_several_contacts_that_the_export_names_the_documents_attention_decides_F62(
    office: Office, exported: Make, unposted: Make
) -> None:
    customers: list[Json] = [
        {"company": {"id": 8}, "contact": {"id": 21, "name": "Ann Lee"}},
        {"company": {"id": 8}, "contact": {"id": 22, "name": "Bo Ray"}},
    ]
    group = [Exported(unposted(each), exported(each, attention=who)) for each, who in ((125, "bo  ray"), (126, "Cy"))]
    filled = await office.fill(*group, customers=customers)
    assert [filled[each].billing_contact.id for each in (125, 126)] == [22, 20]
    assert {filled[each].company_contact.id for each in (125, 126)} == {20}


async def test_sites_are_read_only_where_the_invoice_prints_no_address(
    office: Office, exported: Make, unposted: Make
) -> None:
    office.fails["/finance/invoices"] = httpx.Response(403, json={"code": "Security", "message": "no"})
    filled = await office.fill(Exported(unposted(125), exported(125, site={"id": 7})))
    assert filled[125].billing_site.city == "Siteville"
    assert [str(gap) for gap in filled[125].gaps] == [
        "invoice: ConnectWise refuses it (403); allow Finance > Invoicing (Inquire All)"
    ]


async def test_a_refused_table_is_asked_once_and_then_left_alone_for_a_while(
    office: Office, pair: tuple[Exported, Exported]
) -> None:
    office.fails["/company/companies"] = httpx.Response(404, json={"code": "ConnectWiseApi", "message": "none"})
    for _ in range(2):
        filled = await office.fill(*pair)
        assert {gap.source for gap in filled[125].gaps} == {"company"}
    assert office.calls().count("/company/companies") == 1


async def test_a_row_that_is_not_there_is_a_gap_of_its_record_only(
    office: Office, pair: tuple[Exported, Exported], exported: Make, unposted: Make
) -> None:
    lost = Exported(unposted(125), exported(125, company={"id": 9, "name": "Gone Ltd"}))
    filled = await office.fill(lost, pair[1])
    assert [str(gap) for gap in filled[125].gaps] == ["company: ConnectWise has no such record"]
    assert filled[126].gaps == ()


async def test_a_table_that_fails_is_told_until_it_has_failed_too_often(
    office: Office, pair: tuple[Exported, Exported]
) -> None:
    office.fails["/company/contacts"] = httpx.Response(500, text="<html>oops</html>")
    for _ in range(MAX_FAILURES - 1):
        with pytest.raises(Unavailable):
            await office.fill(*pair)
    filled = await office.fill(*pair)
    assert {str(gap) for gap in filled[125].gaps} == {"contact: ConnectWise fails to give it (500)"}


async def test_being_throttled_is_never_a_gap(office: Office, pair: tuple[Exported, Exported]) -> None:
    office.fails["/finance/agreements/7/additions"] = httpx.Response(429, json={}, headers={"Retry-After": "7"})
    for _ in range(MAX_FAILURES + 1):
        with pytest.raises(Throttled):
            await office.fill(*pair)


async def test_what_is_remembered_is_bounded(office: Office) -> None:
    office.lookups = Lookups(office.filling._connectwise, office.clock, ttl_s=600, max_rows=2)
    assert len((await office.lookups.contacts.of([20, 21, 22])).rows) == 3
    await office.lookups.contacts.of([20])
    assert office.calls().count("/company/contacts") == 1
    await office.lookups.contacts.of([99])
    await office.lookups.contacts.of([20])
    assert office.calls().count("/company/contacts") == 2


async def test_the_tax_codes_of_taxed_records_are_read_at_once_and_remembered(
    office: Office, exported: Make, unposted: Make
) -> None:
    group = [Exported(unposted(each), exported(each, tax="3.00")) for each in (125, 126)]
    filled = await office.fill(*group)
    assert office.calls().count("/finance/taxCodes") == 1
    assert [filled[each].tax_code.levels[0].rate_type for each in (125, 126)] == ["Amount", "Amount"]
    assert filled[126].gaps == ()
    (level,) = build(group[0].listed, group[0].transaction, filled[125]).tax_levels
    assert (level.rate, level.flat) == (Decimal(3), True)
    await office.fill(*group)
    assert "/finance/taxCodes" not in office.calls()


async def test_the_invoice_tells_the_tax_code_that_the_export_leaves_out(
    office: Office, exported: Make, unposted: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{"id": 126, "billingSiteCity": "Town", "taxCode": {"id": 11, "name": "GST"}}]
    monkeypatch.setitem(TABLES, "/finance/invoices", rows)
    filled = await office.fill(Exported(unposted(126), exported(126, tax="3.00", without=["taxCode"])))
    assert filled[126].tax_code.identifier == "GST"


async def test_an_untaxed_record_needs_no_tax_code(office: Office, exported: Make, unposted: Make) -> None:
    filled = await office.fill(Exported(unposted(126), exported(126)))
    assert filled[126].tax_code is None
    assert "/finance/taxCodes" not in office.calls()


async def test_tax_codes_that_may_not_be_read_hold_nothing_up_and_warn_of_nothing(
    office: Office, exported: Make, unposted: Make
) -> None:
    office.fails["/finance/taxCodes"] = httpx.Response(403, json={"code": "Security", "message": "no"})
    group = Exported(unposted(126), exported(126, tax="3.00"))
    filled = await office.fill(group)
    assert filled[126].gaps == ()
    (level,) = build(group.listed, group.transaction, filled[126]).tax_levels
    assert (level.rate, level.flat, level.tax_amount) == (None, False, Decimal("3.00"))
