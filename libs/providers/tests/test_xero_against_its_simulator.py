"""The Xero client against the simulator in a process of its own."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import httpx
import pytest

from tieout_providers.call import Call
from tieout_providers.errors import OutcomeUnknown, Rejected, Throttled, Unauthorised
from tieout_providers.xero import (
    Element,
    Xero,
    XeroIdentity,
    XeroLedger,
    limits_of,
    match_by_id,
    match_by_number,
    parse_elements,
)
from tieout_providers.xero.bodies import (
    ContactBody,
    ContactRef,
    CreditNoteBody,
    InvoiceBody,
    ItemBody,
    LineBody,
    PriceBody,
)
from tieout_providers.xero.reads import Document

pytestmark = pytest.mark.http

Month = Any


@pytest.fixture(scope="module")
def url(simulator: Callable[[str], Any]) -> Iterator[str]:
    with simulator("xero") as address:
        yield address


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


@pytest.fixture
async def control(url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{url}/_sim", timeout=10, trust_env=False) as client:
        yield client
        await client.delete("/faults")


@pytest.fixture
async def token(url: str, month: Month, http: httpx.AsyncClient) -> str:
    app = month["xero"]["app"]
    scopes = ["accounting.invoices", "accounting.contacts", "accounting.settings"]
    return (
        await XeroIdentity(url, http=http).client_credentials(app["client_id"], app["client_secret"], scopes)
    ).access_token


@pytest.fixture
def xero(url: str, http: httpx.AsyncClient) -> Xero:
    return Xero(url, http=http)


@pytest.fixture
async def ledger(xero: Xero, token: str) -> XeroLedger:
    (connection,) = await xero.connections(token)
    assert connection.tenant_id is not None
    return xero.ledger(connection.tenant_id, token)


@pytest.fixture
async def contact(ledger: XeroLedger) -> ContactRef:
    found = next(contact for contact in await ledger.contacts() if contact.contact_status == "ACTIVE")
    return ContactRef(contact_id=UUID(found.contact_id))


def line(price: str = "25.0625", **fields: Any) -> LineBody:
    standard = {"description": "Support", "quantity": Decimal(2), "unit_amount": Decimal(price), "account_code": "200",
                "tax_type": "OUTPUT"}  # fmt: skip
    return LineBody(**{**standard, **fields})


def invoice(number: str, contact: ContactRef, *lines: LineBody, **fields: Any) -> InvoiceBody:
    standard: dict[str, Any] = {"date": date(2026, 11, 1), "due_date": date(2026, 12, 1), "currency_code": "AUD"}
    return InvoiceBody(invoice_number=number, contact=contact, line_items=lines or (line(),), **{**standard, **fields})


async def bulk(xero: Xero, call: Call, token: str) -> list[Element]:
    return parse_elements(await xero.send(call, token))


def numbers(count: int) -> list[str]:
    stem = uuid4().hex[:8]
    return [f"T-{stem}-{number}" for number in range(count)]


async def test_a_wrong_secret_and_a_token_that_is_none_are_told(
    url: str, month: Month, http: httpx.AsyncClient
) -> None:
    with pytest.raises(Unauthorised) as refused:
        await XeroIdentity(url, http=http).client_credentials(month["xero"]["app"]["client_id"], "wrong", [])
    assert refused.value.code == "xero.invalid_client"
    with pytest.raises(Unauthorised) as unknown:
        await Xero(url, http=http).connections("nonsense")
    assert unknown.value.code == "xero.unauthorised"


async def test_a_consented_app_refreshes_once_with_each_token(url: str, month: Month, http: httpx.AsyncClient) -> None:
    app = month["xero"]["app"]
    asked = {"response_type": "code", "client_id": app["client_id"], "redirect_uri": "http://localhost/cb",
             "scope": "offline_access accounting.invoices", "state": "s"}  # fmt: skip
    consent = await http.get(f"{url}/identity/connect/authorize", params=asked)
    code = parse_qs(urlsplit(consent.headers["location"]).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": "http://localhost/cb"}
    first = (await http.post(f"{url}/connect/token", data=form, auth=(app["client_id"], app["client_secret"]))).json()
    identity = XeroIdentity(url, http=http)
    pair = await identity.refresh(app["client_id"], app["client_secret"], first["refresh_token"])
    assert pair.refresh_token not in (None, first["refresh_token"])
    assert await Xero(url, http=http).connections(pair.access_token)
    with pytest.raises(Unauthorised) as used:
        await identity.refresh(app["client_id"], app["client_secret"], "never-issued")
    assert used.value.code == "xero.invalid_grant"


async def test_reference_data_is_read_whole(ledger: XeroLedger, month: Month) -> None:
    books = month["xero"]["organisations"][0]
    organisation = await ledger.organisation()
    assert organisation.base_currency == "AUD"
    assert organisation.period_lock_date is not None
    lists: list[tuple[Any, str]] = [
        (await ledger.accounts(), "Accounts"),
        (await ledger.tax_rates(), "TaxRates"),
        (await ledger.tracking_categories(), "TrackingCategories"),
        (await ledger.currencies(), "Currencies"),
        (await ledger.contacts(), "Contacts"),
        (await ledger.items(), "Items"),
    ]
    for rows, kind in lists:
        assert rows.unreadable == []
        assert len(rows) >= len(books[kind]), kind
    assert any(account.system_account == "ROUNDING" for account in lists[0][0])
    assert all(action.allowed for action in await ledger.actions() if action.name == "CreateApprovedInvoice")


async def test_limits_come_with_every_answer(xero: Xero, ledger: XeroLedger, token: str) -> None:
    first = limits_of((await xero.send(ledger.calls.currencies(), token)).headers)
    second = limits_of((await xero.send(ledger.calls.currencies(), token)).headers)
    assert first.day_remaining is not None
    assert second.day_remaining == first.day_remaining - 1
    assert second.minute_remaining is not None


async def test_the_life_of_fifty_invoices_in_two_calls(
    xero: Xero, ledger: XeroLedger, token: str, contact: ContactRef
) -> None:
    wanted = numbers(50)
    drafts = await bulk(
        xero, ledger.calls.put_invoices([invoice(number, contact) for number in wanted], key=uuid4().hex), token
    )
    matched = match_by_number(drafts, wanted)
    assert (matched.missing, matched.ambiguous, matched.unasked) == ((), (), ())
    read = {number: Document.model_validate(element.row) for number, element in matched.found.items()}
    for document in read.values():
        assert (document.status, document.sub_total, document.total_tax) == ("DRAFT", Decimal("50.13"), Decimal("5.01"))
        assert document.line_items[0].unit_amount == Decimal("25.0625")
        assert document.line_items[0].line_amount == Decimal("50.13")
    ids = [element.id or "" for element in matched.found.values()]
    approved = match_by_id(await bulk(xero, ledger.calls.approve("Invoices", ids, key=uuid4().hex), token), ids)
    assert not approved.missing
    assert {element.row["Status"] for element in approved.found.values()} == {"AUTHORISED"}
    found = await ledger.invoices_by_number(wanted)
    assert {(row.number, row.status, str(row.total)) for row in found} == {
        (number, "AUTHORISED", "55.14") for number in wanted
    }
    assert all(row.line_items for row in found)
    assert {row.id for row in await ledger.invoices_by_id(ids[:3])} == set(ids[:3])


async def test_one_bad_invoice_does_not_hide_the_good_ones(
    xero: Xero, ledger: XeroLedger, token: str, contact: ContactRef
) -> None:
    good, archived, twice = numbers(3)
    await bulk(xero, ledger.calls.put_invoices([invoice(twice, contact)], key=uuid4().hex), token)
    bodies = [invoice(twice, contact), invoice(archived, contact, line(account_code="99999")), invoice(good, contact)]
    matched = match_by_number(
        await bulk(xero, ledger.calls.put_invoices(bodies, key=uuid4().hex), token), [good, archived, twice]
    )
    assert {number: element.ok for number, element in matched.found.items()} == {
        good: True,
        archived: False,
        twice: False,
    }
    assert any("must be unique" in text for text in matched.found[twice].errors)
    assert matched.found[archived].errors
    assert [row.number for row in await ledger.invoices_by_number([good, archived])] == [good]


async def test_credit_notes_are_made_approved_and_found(
    xero: Xero, ledger: XeroLedger, token: str, contact: ContactRef
) -> None:
    (number,) = numbers(1)
    note = CreditNoteBody(credit_note_number=number, contact=contact, date=date(2026, 11, 1), currency_code="AUD",
                          line_items=(line(),))  # fmt: skip
    (made,) = await bulk(xero, ledger.calls.put_credit_notes([note], key=uuid4().hex), token)
    assert made.ok
    (approved,) = await bulk(xero, ledger.calls.approve("CreditNotes", [made.id or ""], key=uuid4().hex), token)
    assert approved.ok
    (found,) = await ledger.credit_notes_by_number([number])
    assert (found.id, found.status, str(found.total)) == (made.id, "AUTHORISED", "55.14")
    single = await ledger.credit_note(made.id or "")
    assert single is not None
    assert single.number == number
    assert await ledger.credit_note(str(uuid4())) is None


async def test_contacts_and_items_are_made_once_and_found_by_our_keys(
    xero: Xero, ledger: XeroLedger, token: str
) -> None:
    key = uuid4().hex[:8]
    body = ContactBody(name=f"Acme {key}", contact_number=f"CW-{key}", email_address="ar@example.com")
    (made,) = await bulk(xero, ledger.calls.put_contacts([body], key=uuid4().hex), token)
    assert made.ok
    (again,) = await bulk(xero, ledger.calls.put_contacts([body], key=uuid4().hex), token)
    assert not again.ok
    assert again.errors
    assert [row.contact_id for row in await ledger.contacts_where("ContactNumber", [f"CW-{key}"])] == [made.id]
    assert [row.contact_id for row in await ledger.contacts_where("Name", [f"acme {key}"])] == [made.id]
    changed = body.model_copy(update={"contact_id": UUID(made.id), "email_address": "new@example.com"})
    assert (await bulk(xero, ledger.calls.update_contacts([changed], key=uuid4().hex), token))[0].ok
    (read,) = await ledger.contacts_by_id([made.id or ""])
    assert read.email_address == "new@example.com"
    item = ItemBody(
        code=f"I{key}", name="Router", sales_details=PriceBody(unit_price=Decimal("12.3456"), account_code="200")
    )
    assert (await bulk(xero, ledger.calls.put_items([item], key=uuid4().hex), token))[0].ok
    (found,) = await ledger.items_by_code([f"I{key}"])
    assert found.sales_details is not None
    assert found.sales_details.unit_price == Decimal("12.3456")


async def test_a_lost_answer_is_looked_up_and_the_same_key_does_nothing_twice_I6(
    xero: Xero, ledger: XeroLedger, token: str, contact: ContactRef, control: httpx.AsyncClient
) -> None:
    outcomes: list[int] = []
    thens: Sequence[dict[str, Any]] = (
        {"drop": "after"},
        {"status": 500, "body": "<html>", "content_type": "text/html", "after_handling": True},
        {"drop": "before"},
    )
    for then in thens:
        (number,) = numbers(1)
        call = ledger.calls.put_invoices([invoice(number, contact)], key=uuid4().hex)
        (await control.post("/faults", json=[{"route": "PUT /Invoices", "then": then}])).raise_for_status()
        with pytest.raises(OutcomeUnknown):
            await xero.send(call, token)
        await control.delete("/faults")
        outcomes.append(len(await ledger.invoices_by_number([number])))
        if "status" not in then:  # an answered error is cached under its key, as Xero does
            (element,) = await bulk(xero, call, token)
            assert element.ok
            assert len(await ledger.invoices_by_number([number])) == 1
    assert outcomes == [1, 1, 0]


async def test_a_key_with_other_bytes_is_refused(
    xero: Xero, ledger: XeroLedger, token: str, contact: ContactRef
) -> None:
    first, second = numbers(2)
    key = uuid4().hex
    await bulk(xero, ledger.calls.put_invoices([invoice(first, contact)], key=key), token)
    with pytest.raises(Rejected) as reused:
        await xero.send(ledger.calls.put_invoices([invoice(second, contact)], key=key), token)
    assert reused.value.code == "xero.idempotency_key_reused"


async def test_drafts_are_deleted_and_approved_ones_voided(
    xero: Xero, ledger: XeroLedger, token: str, contact: ContactRef
) -> None:
    draft, approved = numbers(2)
    bodies = [invoice(draft, contact), invoice(approved, contact, status="AUTHORISED")]
    made = match_by_number(
        await bulk(xero, ledger.calls.put_invoices(bodies, key=uuid4().hex), token), [draft, approved]
    ).found
    (deleted,) = await bulk(
        xero, ledger.calls.delete_drafts("Invoices", [made[draft].id or ""], key=uuid4().hex), token
    )
    (voided,) = await bulk(xero, ledger.calls.void("Invoices", [made[approved].id or ""], key=uuid4().hex), token)
    assert (deleted.ok, voided.ok) == (True, True)
    found = await ledger.invoices_by_number([draft, approved])
    assert {row.number: row.status for row in found if row.number == approved} == {approved: "VOIDED"}


async def test_a_note_is_added_to_the_history(xero: Xero, ledger: XeroLedger, token: str, contact: ContactRef) -> None:
    (number,) = numbers(1)
    (made,) = await bulk(xero, ledger.calls.put_invoices([invoice(number, contact)], key=uuid4().hex), token)
    (note,) = await bulk(
        xero, ledger.calls.put_history("Invoices", made.id or "", "Posted by Tieout", key=uuid4().hex), token
    )
    assert note.row["Details"] == "Posted by Tieout"


@pytest.mark.parametrize("number", ['A,1 "x"', "back\\slash", "O'Brien & Co #1 100%+", "a==b OR 1"])
async def test_odd_numbers_are_found_and_nothing_else(
    xero: Xero, ledger: XeroLedger, token: str, contact: ContactRef, number: str
) -> None:
    (made,) = await bulk(xero, ledger.calls.put_invoices([invoice(number, contact)], key=uuid4().hex), token)
    assert made.ok
    assert [row.number for row in await ledger.invoices_by_number([number])] == [number]
    code = number[:30]
    assert (await bulk(xero, ledger.calls.put_items([ItemBody(code=code)], key=uuid4().hex), token))[0].ok
    assert [row.code for row in await ledger.items_by_code([code])] == [code]


async def test_a_throttled_day_says_how_long(ledger: XeroLedger, control: httpx.AsyncClient) -> None:
    headers = {"X-Rate-Limit-Problem": "day", "Retry-After": "73451", "X-DayLimit-Remaining": "0"}
    rule = {"route": "GET /Accounts", "then": {"status": 429, "body": "", "headers": headers}}
    (await control.post("/faults", json=[rule])).raise_for_status()
    with pytest.raises(Throttled) as throttled:
        await ledger.accounts()
    assert (throttled.value.code, throttled.value.retry_after_s) == ("xero.throttled_day", 73451.0)
    assert throttled.value.answer is not None
    assert limits_of(throttled.value.answer.headers).day_remaining == 0


async def test_an_expired_token_is_told_and_a_new_one_goes_on(
    xero: Xero, ledger: XeroLedger, token: str, control: httpx.AsyncClient, contact: ContactRef
) -> None:
    (number,) = numbers(1)
    call = ledger.calls.put_invoices([invoice(number, contact)], key=uuid4().hex)
    await control.post("/clock", json={"advance_s": 1900})
    with pytest.raises(Unauthorised):
        await xero.send(call, token)
    assert not Unauthorised.may_have_happened
