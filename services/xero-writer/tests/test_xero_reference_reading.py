"""Reference data, look-ups and the way in, on a pretended network."""

from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest
from xero_writer_kit.config import KnownConfig
from xero_writer_kit.values import BOOKS, CATEGORY_ID, OPTION_ID, ORGANISATION

from tieout_chassis.config_client import ConfigUnavailable
from tieout_posting.faults import NoAccess
from tieout_posting.ledger import Remaining
from tieout_providers import json_exact
from tieout_providers.call import Answer, OpenGate
from tieout_providers.errors import NotSent, Unreadable, Unsendable
from tieout_providers.testing import PretendedNetwork
from tieout_xero_writer.xero.ledger import XeroBooks

A, B = "aaaaaaaa-0000-4000-8000-000000000001", "bbbbbbbb-0000-4000-8000-000000000001"


def _category(name: str, status: str = "ACTIVE") -> dict[str, Any]:
    options = [
        {"TrackingOptionID": OPTION_ID, "Name": "Sydney", "Status": "ACTIVE"},
        {"TrackingOptionID": A, "Name": "Hobart", "Status": "ARCHIVED"},
    ]
    return {"TrackingCategoryID": CATEGORY_ID, "Name": name, "Status": status, "Options": options}


BOOKKEEPING: dict[str, Any] = {
    "Organisation": {
        "Organisations": [
            {
                "OrganisationID": ORGANISATION,
                "Name": "Harbourline IT",
                "BaseCurrency": "AUD",
                "CountryCode": "AU",
                "PeriodLockDate": "/Date(1782777600000+0000)/",
                "EndOfYearLockDate": "/Date(1751241600000+0000)/",
            }
        ]
    },
    "Organisation/Actions": {
        "Actions": [
            {"Name": "CreateApprovedInvoice", "Status": "ALLOWED"},
            {"Name": "UseMulticurrency", "Status": "NOT-ALLOWED"},
        ]
    },
    "Accounts": {
        "Accounts": [
            {"Code": "200", "Name": "Sales", "Type": "REVENUE", "Class": "REVENUE", "Status": "ACTIVE"},
            {
                "Code": "860",
                "Name": "Rounding",
                "Type": "CURRLIAB",
                "Class": "LIABILITY",
                "Status": "ARCHIVED",
                "SystemAccount": "ROUNDING",
            },
            {"Name": "An account without a code", "Type": "BANK", "Class": "ASSET"},
        ]
    },
    "TaxRates": {
        "TaxRates": [
            {
                "Name": "GST and levy",
                "TaxType": "TAX001",
                "Status": "ACTIVE",
                "EffectiveRate": Decimal("15.5000"),
                "TaxComponents": [
                    {"Name": "GST", "Rate": Decimal("10.0000"), "IsCompound": False},
                    {"Name": "Levy", "Rate": Decimal("5.0000"), "IsCompound": True},
                ],
                "CanApplyToRevenue": True,
                "CanApplyToAssets": True,
                "CanApplyToExpenses": False,
            },
            {"Name": "Old", "TaxType": "OLD", "Status": "DELETED", "DisplayTaxRate": Decimal("3.5")},
        ]
    },
    "TrackingCategories": {"TrackingCategories": [_category("Location"), _category("Old", "ARCHIVED")]},
    "Currencies": {"Currencies": [{"Code": "USD"}]},
    "Items": {"Items": [{"ItemID": A, "Code": "WS", "Name": "Workstation", "IsTrackedAsInventory": True}]},
}


def contacts_on(page: str) -> dict[str, Any]:
    row = {"ContactID": A if page == "1" else B, "Name": f"Contact {page}", "ContactStatus": "ACTIVE"}
    return {"pagination": {"page": int(page), "pageCount": 2}, "Contacts": [row]}


def respond(request: httpx.Request) -> httpx.Response:
    path = request.url.path.removeprefix("/api.xro/2.0/")
    payload = contacts_on(request.url.params["page"]) if path == "Contacts" else BOOKKEEPING[path]
    return httpx.Response(200, content=json_exact.dumps(payload), headers={"Content-Type": "application/json"})


def said(payload: dict[str, Any]) -> httpx.Response:
    return httpx.Response(200, content=json_exact.dumps(payload))


def shown(number: str, document_id: str, status: str = "DRAFT", kind: str = "ACCREC") -> dict[str, Any]:
    names = ("InvoiceNumber", "InvoiceID") if kind.startswith("ACC") and "CREDIT" not in kind else ()
    number_name, id_name = names or ("CreditNoteNumber", "CreditNoteID")
    totals = {"SubTotal": 0, "TotalTax": 0, "Total": 0}
    return {number_name: number, id_name: document_id, "Type": kind, "Status": status, **totals}


async def test_the_reference_data_is_read_whole(xero: XeroBooks, network: PretendedNetwork) -> None:
    network.respond = respond
    reading = await (await xero.open(BOOKS, OpenGate())).read()
    reference = reading.reference
    assert (reference.organisation_name, reference.country, reference.base_currency) == ("Harbourline IT", "AU", "AUD")
    assert reference.currencies == ("AUD", "USD")
    assert (reference.period_lock_date, reference.year_lock_date) == (date(2026, 6, 30), date(2025, 6, 30))
    assert reference.actions == ("CreateApprovedInvoice",)
    assert [(each.code, each.account_class, each.active, each.system) for each in reference.accounts] == [
        ("200", "REVENUE", True, None),
        ("860", "LIABILITY", False, "ROUNDING"),
    ]
    assert [(each.code, each.tracked_stock) for each in reference.items] == [("WS", True)]
    assert [each.ledger_id for each in reading.contacts] == [A, B]
    assert [each.code for each in reading.items] == ["WS"]


async def test_tax_rates_say_their_parts_and_the_classes_of_account_that_take_them(
    xero: XeroBooks, network: PretendedNetwork
) -> None:
    network.respond = respond
    levy, old = (await (await xero.open(BOOKS, OpenGate())).read()).reference.tax_rates
    assert (levy.code, levy.rate, levy.applies_to) == ("TAX001", Decimal("15.5"), ("ASSET", "REVENUE"))
    assert [(each.name, each.rate, each.compound) for each in levy.components] == [
        ("GST", Decimal(10), False),
        ("Levy", Decimal(5), True),
    ]
    assert (old.active, old.rate, old.applies_to) == (False, Decimal("3.5"), ())


async def test_only_active_tracking_counts_and_its_ids_are_kept_beside(
    xero: XeroBooks, network: PretendedNetwork
) -> None:
    network.respond = respond
    reading = await (await xero.open(BOOKS, OpenGate())).read()
    assert [(each.name, each.options) for each in reading.reference.tracking] == [("Location", ("Sydney",))]
    assert reading.keys == {"Location\x1fSydney": f"{CATEGORY_ID} {OPTION_ID}"}


async def test_an_organisation_without_a_currency_is_not_believed(xero: XeroBooks, network: PretendedNetwork) -> None:
    def nameless(request: httpx.Request) -> httpx.Response:
        return (
            said({"Organisations": [{"Name": "A"}]}) if request.url.path.endswith("/Organisation") else respond(request)
        )

    network.respond = nameless
    with pytest.raises(Unreadable):
        await (await xero.open(BOOKS, OpenGate())).read()


async def test_lists_are_read_anew_alone(xero: XeroBooks, network: PretendedNetwork) -> None:
    network.respond = respond
    session = await xero.open(BOOKS, OpenGate())
    assert len(await session.read_contacts()) == 2
    assert len(await session.read_items()) == 1
    assert len(network.requests) == 3


async def test_invoices_are_looked_up_by_number_and_by_id_each_once_the_living_first(
    xero: XeroBooks, network: PretendedNetwork
) -> None:
    by_number = said({"Invoices": [shown("1", A, "DELETED"), shown("1", B), shown("1", ORGANISATION, kind="ACCPAY")]})
    network.answer_in_turn(by_number, said({"Invoices": [shown("1", B)]}))
    found = await (await xero.open(BOOKS, OpenGate())).look_up("sales_invoice", ["1"], [B])
    assert [(each.document_id, each.phase) for each in found] == [(B, "draft"), (A, "gone")]
    assert [sorted(each.url.params) for each in network.requests] == [
        ["InvoiceNumbers", "page", "pageSize", "unitdp"],
        ["IDs", "page", "pageSize", "unitdp"],
    ]


async def test_credit_notes_are_looked_up_by_number_and_one_by_one_by_id(
    xero: XeroBooks, network: PretendedNetwork
) -> None:
    listed = said({"CreditNotes": [shown("9", A, kind="ACCRECCREDIT")]})
    one = said({"CreditNotes": [shown("8", B, "AUTHORISED", kind="ACCRECCREDIT")]})
    network.answer_in_turn(listed, one, httpx.Response(404, text="not found"))
    found = await (await xero.open(BOOKS, OpenGate())).look_up("sales_credit", ["9"], [B, ORGANISATION])
    assert [(each.number, each.phase) for each in found] == [("9", "draft"), ("8", "approved")]


async def test_a_look_up_that_cannot_be_read_whole_says_nothing_I6(xero: XeroBooks, network: PretendedNetwork) -> None:
    network.answer(content=json_exact.dumps({"Invoices": [shown("1", A) | {"LineItems": "none"}]}))
    session = await xero.open(BOOKS, OpenGate())
    with pytest.raises(Unreadable):
        await session.look_up("sales_invoice", ["1"], [])
    network.answer(content=json_exact.dumps({"Invoices": [shown("1", A) | {"Total": None}]}))
    with pytest.raises(Unreadable, match="totals"):
        await session.look_up("sales_invoice", ["1"], [])


async def test_each_call_takes_from_the_organisation_and_from_the_app_I5(xero: XeroBooks, config: KnownConfig) -> None:
    config.day_limit = 1000
    organisation, app = (await xero.open(BOOKS, OpenGate())).budgets
    assert (organisation.minute, organisation.day, organisation.at_once) == (60, 1000, 5)
    assert (app.minute, app.day, app.at_once) == (10_000, None, None)
    assert {*organisation.limits, *app.limits} == {"minute", "day", "concurrent", "unspecified", "app_minute"}
    assert organisation.scope != app.scope


def test_an_answer_corrects_both_budgets_I5(xero: XeroBooks) -> None:
    headers = {"x-minlimit-remaining": "7", "x-daylimit-remaining": "900", "x-appminlimit-remaining": "9000"}
    told = xero.remaining(BOOKS, Answer(200, headers, b""))
    assert [(each.minute, each.day) for each in told] == [(7, 900), (9000, None)]
    assert all(isinstance(each, Remaining) for each in told)


async def test_the_token_is_config_apis_and_a_refused_one_is_replaced(
    xero: XeroBooks, config: KnownConfig, network: PretendedNetwork
) -> None:
    config.tokens = ["old", "new"]
    network.respond = respond
    for fresh, token in ((False, "old"), (True, "new")):
        await (await xero.open(BOOKS, OpenGate(), fresh=fresh)).read_items()
        assert network.last.headers["Authorization"] == f"Bearer {token}"
        assert network.last.headers["xero-tenant-id"] == ORGANISATION
    assert config.asked == [None, "old"]


async def test_a_connection_of_another_tenant_is_never_used_I7(xero: XeroBooks, config: KnownConfig) -> None:
    config.tenant_id = "somebody-else"
    with pytest.raises(NoAccess, match="another tenant"):
        await xero.open(BOOKS, OpenGate())


async def test_a_connection_that_config_api_cannot_give_needs_a_person(xero: XeroBooks, config: KnownConfig) -> None:
    config.away = ConfigUnavailable("Xero did not accept the credentials")
    with pytest.raises(NoAccess, match="did not accept"):
        await xero.open(BOOKS, OpenGate())


async def test_a_config_api_that_is_away_is_asked_again_soon(xero: XeroBooks, config: KnownConfig) -> None:
    config.away = ConfigUnavailable("config-api does not answer")
    config.away.__cause__ = httpx.ConnectError("refused")
    with pytest.raises(NotSent):
        await xero.open(BOOKS, OpenGate())


async def test_a_token_never_goes_over_an_open_wire_F3(xero: XeroBooks, config: KnownConfig) -> None:
    config.api_url = "http://api.xero.example"
    with pytest.raises(Unsendable):
        await xero.open(BOOKS, OpenGate())


def test_a_document_has_an_address_where_a_person_sees_it(xero: XeroBooks) -> None:
    assert xero.link(BOOKS, "sales_invoice", A) == f"https://go.xero.com/AccountsReceivable/View.aspx?InvoiceID={A}"
    assert str(xero.link(BOOKS, "sales_credit", A)).endswith(f"creditNoteID={A}")
