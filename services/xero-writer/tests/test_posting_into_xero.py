"""The whole writer against Xero over HTTP: plans in, one document each, settlements out."""

from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from xero_writer_kit.values import COMPANY, TENANT, document, line, planned
from xero_writer_kit.world import World

from tieout_chassis.sealing import Sealer
from tieout_chassis.testing import FreshDatabase
from tieout_contracts.documents import LedgerContact, LedgerDocument, TrackingAssignment
from tieout_contracts.events import PostingPlanned, RecordCommanded, SettingsChanged
from tieout_posting.testing.plans import PLANNED_AT
from tieout_xero_writer.app import build
from tieout_xero_writer.migrations import MIGRATIONS
from tieout_xero_writer.settings import XeroWriterSettings

pytestmark = [pytest.mark.postgres, pytest.mark.http]

CREATE = "PUT /Invoices"
APPROVE = "POST /Invoices"
LIST = "GET /Invoices"


def plan(world: World, of: LedgerDocument, **about: Any) -> PostingPlanned:
    return planned(of, organisation=world.organisation, **about)


def many(world: World, count: int, first: int = 20500) -> list[PostingPlanned]:
    return [plan(world, document(str(first + each)), record_id=each + 10) for each in range(count)]


async def test_a_planned_invoice_stands_in_xero_approved_and_is_settled_to_the_cent_I3_F246(world: World) -> None:
    link = "https://pay.example.com/20418?t=110.55"
    tracked = line(
        "80.49",
        "8.05",
        quantity="4",
        unit_amount="20.1234",
        tracking=(TrackingAssignment(category="Location", option=world.city),),
    )
    async with world.running():
        await world.references()
        await world.say(plan(world, document(lines=(tracked, line("20.00", "2.01", tax_override=True)), pay_link=link)))
        (event,) = await world.settled(1)
    settlement = event.settlement
    assert (settlement.outcome, settlement.problems) == ("posted", ())
    assert settlement.actual is not None
    assert (settlement.actual.total, settlement.actual.tax) == (Decimal("110.55"), Decimal("10.06"))
    (kept,) = await world.documents("20418")
    assert (kept["Status"], kept["Total"], kept["Reference"]) == ("AUTHORISED", Decimal("110.55"), "PO-7")
    assert kept["Url"] == link
    assert kept["LineItems"][0]["UnitAmount"] == Decimal("20.1234")
    assert [each["Option"] for each in kept["LineItems"][0]["Tracking"]] == [world.city]
    assert settlement.document is not None
    assert settlement.document.document_id == kept["InvoiceID"]
    (customer,) = [each for each in (await world.books())["Contacts"] if each.get("ContactNumber") == "CW-219"]
    assert customer["ContactID"] == kept["Contact"]["ContactID"]
    assert await world.bodies_kept() == 0


async def test_a_foreign_invoice_is_posted_at_xeros_own_rate_which_is_read_back_F118_F119(world: World) -> None:
    """The organisation is Australian and has US dollars too; nothing is said about a rate."""
    async with world.running():
        (read,) = await world.references()
        assert (read.reference.base_currency, read.reference.currencies) == ("AUD", ("AUD", "USD"))
        await world.say(plan(world, document("20432", currency="USD")))
        (event,) = await world.settled(1)
    assert (event.settlement.outcome, event.settlement.problems) == ("posted", ())
    (kept,) = await world.documents("20432")
    assert (kept["CurrencyCode"], kept["Total"], kept["Status"]) == ("USD", Decimal("110.54"), "AUTHORISED")
    assert event.settlement.currency_rate == kept["CurrencyRate"] == Decimal("0.6604")


async def test_a_credit_stands_in_xero_as_a_positive_credit_note(world: World) -> None:
    async with world.running():
        await world.say(plan(world, document("20419", kind="sales_credit")))
        (event,) = await world.settled(1)
    (kept,) = await world.documents("20419", kind="CreditNote")
    assert event.settlement.outcome == "posted"
    assert (kept["Type"], kept["Status"], kept["Total"]) == ("ACCRECCREDIT", "AUTHORISED", Decimal("110.54"))


async def test_a_document_stops_at_the_status_that_the_company_chose(world: World) -> None:
    chosen = ("draft", "submitted", "approved")
    async with world.running():
        for record_id, target in enumerate(chosen, start=1):
            await world.say(plan(world, document(target, target_status=target), record_id=record_id))
            await world.settled(record_id)
    assert {each.settlement.outcome for each in await world.settled(3)} == {"posted"}
    statuses = [(await world.documents(each))[0]["Status"] for each in chosen]
    assert statuses == ["DRAFT", "SUBMITTED", "AUTHORISED"]


async def test_many_travel_in_few_calls_and_each_stands_once_I1(world: World) -> None:
    async with world.running(bulk_linger_s=0.4, bulk_wait_limit_s=2):
        await world.say(*many(world, 60))
        settled = await world.settled(60)
    assert {each.settlement.outcome for each in settled} == {"posted"}
    numbers = [each["InvoiceNumber"] for each in (await world.books())["Invoices"]]
    assert len(numbers) == len(set(numbers)) == 60
    assert await world.calls(CREATE) <= 4
    assert await world.calls("PUT /Contacts") == 1
    assert await world.calls("PUT /Items") == 1


async def test_the_reference_data_is_published_and_read_again_when_settings_change(world: World) -> None:
    async with world.running(reference_min_age_s=0):
        (first,) = await world.references()
        assert first.company_id == COMPANY
        assert {each.code for each in first.reference.accounts} >= {"200", "860"}
        revenue = next(each for each in first.reference.tax_rates if each.code == "OUTPUT")
        assert (revenue.rate, "REVENUE" in revenue.applies_to) == (Decimal(10), True)
        await world.tell("event", {"kind": "archive_account", "code": "240"})
        world.config.known = {COMPANY: world.snapshot(2)}
        await world.say(SettingsChanged(tenant_id=TENANT, company_id=COMPANY, version=2))
        second = (await world.references(2))[1]
    assert second.reference.version == first.reference.version + 1
    assert not next(each for each in second.reference.accounts if each.code == "240").active
    assert world.config.refreshed


async def test_what_xero_refuses_is_refused_in_its_own_words_and_nothing_else_is_F8(world: World) -> None:
    bad = document("20420", lines=(line("1.00", "0.10", account_code="999"),))
    async with world.running():
        await world.say(plan(world, document("20421"), record_id=1))
        await world.settled(1)
        await world.say(plan(world, bad, record_id=2), plan(world, document("20422"), record_id=3))
        by_number = {each.number: each.settlement for each in await world.settled(3)}
    assert [by_number[each].outcome for each in ("20420", "20421", "20422")] == ["refused", "posted", "posted"]
    (problem,) = by_number["20420"].problems
    assert "999" in problem.sentence
    assert await world.documents("20420") == []
    assert await world.exchanges() == []  # nobody keeps evidence


async def test_where_evidence_is_kept_every_request_to_xero_is_told_with_its_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that made the contact and item, the one whose answer is lost, and the approval; each names the record."""
    monkeypatch.setattr(Sealer, "keeps_evidence", lambda _sealer, tenant_id: tenant_id == TENANT)
    await world.tell("faults", {"route": APPROVE, "then": {"drop": "after"}})
    async with world.running():
        event = plan(world, document())
        await world.say(event)
        await world.settled(1)
    told = await world.exchanges()
    assert {each.records for each in told} == {(event.record_ref,)}
    by_purpose = {each.exchange.purpose: each.exchange for each in told}
    assert by_purpose.keys() == {"contact_create", "item_create", "draft", "approve"}
    draft, approval = by_purpose["draft"], by_purpose["approve"]
    assert (draft.method, draft.status, draft.finding) == ("PUT", 200, "answered")
    assert "20418" in draft.request_body
    assert draft.answer_body is not None
    assert "InvoiceID" in draft.answer_body
    assert (approval.status, approval.answer_body, approval.finding) == (None, None, "outcome_unknown")


async def test_a_500_that_saved_everything_is_looked_up_and_nothing_is_doubled_I1_I6(world: World) -> None:
    await world.tell("faults", {"route": CREATE, "then": {"after_handling": True, "status": 500}})
    async with world.running():
        await world.say(plan(world, document()))
        (event,) = await world.settled(1)
    assert event.settlement.outcome == "posted"
    assert len(await world.documents("20418")) == 1
    assert await world.calls(CREATE) == 1
    assert await world.calls(LIST) >= 1


async def test_an_answer_that_never_came_is_looked_up_and_nothing_is_doubled_I1_I6(world: World) -> None:
    await world.tell("faults", {"route": CREATE, "then": {"drop": "after"}})
    await world.tell("faults", {"route": APPROVE, "then": {"drop": "after"}})
    async with world.running():
        await world.say(plan(world, document()))
        (event,) = await world.settled(1)
    assert event.settlement.outcome == "posted"
    (kept,) = await world.documents("20418")
    assert kept["Status"] == "AUTHORISED"


async def test_a_500_that_did_nothing_is_looked_up_and_sent_again_I6(world: World) -> None:
    await world.tell(
        "faults", {"route": CREATE, "then": {"status": 500, "body": "<html>", "content_type": "text/html"}}
    )
    async with world.running():
        await world.say(plan(world, document()))
        (event,) = await world.settled(1)
    assert event.settlement.outcome == "posted"
    assert len(await world.documents("20418")) == 1
    assert await world.calls(CREATE) == 2


async def test_an_expired_token_is_replaced_once_and_nobody_notices(world: World) -> None:
    world.config.tokens.append(await world.token())
    async with world.running():
        await world.references()
        world.config.tokens[0] = "expired"
        await world.say(plan(world, document()))
        (event,) = await world.settled(1)
    assert (event.settlement.outcome, event.settlement.problems) == ("posted", ())
    assert world.config.asked.count("expired") == 1
    assert len(await world.documents("20418")) == 1


async def test_the_same_document_made_by_another_tool_is_proposed_and_linked_on_command_behaviour_1(
    world: World,
) -> None:
    first = document()
    async with world.running():
        await world.say(plan(world, first, record_id=1))
        await world.settled(1)
        await world.say(plan(world, first, record_id=2))
        proposed = (await world.settled(2))[1].settlement
        assert (proposed.outcome, proposed.problems[0].code) == ("adopt_proposed", "ledger.adopt")
        await world.say(commanded(2, "adopt"))
        adopted = (await world.settled(3))[2].settlement
    assert adopted.outcome == "posted"
    assert len(await world.documents("20418")) == 1
    assert await world.calls(CREATE) == 2


async def test_an_invoice_of_nothing_is_paid_at_once_and_posted_and_never_written_again_behaviour_4_text_13(
    world: World,
) -> None:
    nothing = document(lines=(line("20.00", "2.00"), line("-20.00", "-2.00", quantity="-1", unit_amount="20.00")))
    async with world.running():
        await world.say(plan(world, nothing, record_id=1))
        first = (await world.settled(1))[0].settlement
        await world.say(plan(world, nothing, record_id=2))
        second = (await world.settled(2))[1].settlement
    assert (first.outcome, second.outcome) == ("posted", "adopt_proposed")
    (kept,) = await world.documents("20418")
    assert (kept["Status"], kept["Total"]) == ("PAID", 0)
    assert await world.calls(APPROVE) == 1


async def test_another_document_of_the_number_is_a_conflict_with_the_difference_in_words(world: World) -> None:
    async with world.running():
        await world.say(plan(world, document(lines=(line("1.00", "0.10"),)), record_id=1))
        await world.settled(1)
        await world.say(plan(world, document(), record_id=2))
        (problem,) = (await world.settled(2))[1].settlement.problems
    assert problem.code == "ledger.conflict"
    assert "total 1.10 instead of 110.54" in problem.sentence


async def test_a_used_up_day_parks_the_organisation_and_says_until_when(world: World) -> None:
    spent = {"status": 429, "headers": {"Retry-After": "7200", "X-Rate-Limit-Problem": "day"}}
    await world.tell("faults", {"route": CREATE, "times": 0, "then": spent})
    async with world.running():
        await world.say(plan(world, document()))
        (event,) = await world.settled(1)
    assert event.settlement.outcome == "waiting"
    (problem,) = event.settlement.problems
    assert problem.code == "ledger.parked"
    assert await world.calls(CREATE) == 1
    assert await world.documents("20418") == []


async def test_a_locked_period_takes_the_draft_back_and_quotes_xero_text_15(world: World) -> None:
    async with world.running():
        await world.references()
        await world.tell("event", {"kind": "set_lock_date", "period": "2026-11-30"})
        await world.say(plan(world, document()))
        (event,) = await world.settled(1)
    assert event.settlement.outcome == "refused"
    assert "lock date" in event.settlement.problems[0].sentence
    assert [each["Status"] for each in await world.documents("20418") if each["Status"] != "DELETED"] == []


async def test_a_refused_connection_parks_the_organisation_until_the_settings_change(world: World) -> None:
    async with world.running():
        await world.references()
        good, world.config.tokens = world.config.tokens, ["refused"]
        await world.say(plan(world, document()))
        (event,) = await world.settled(1)
        assert (event.settlement.outcome, event.settlement.problems[0].code) == ("waiting", "ledger.disconnected")
        world.config.tokens, world.config.known = good, {COMPANY: world.snapshot(2)}
        await world.say(SettingsChanged(tenant_id=TENANT, company_id=COMPANY, version=2))
        assert (await world.settled(2))[1].settlement.outcome == "posted"


async def test_a_contact_of_the_same_name_gets_our_number_and_is_not_doubled(world: World) -> None:
    renamed = LedgerContact(connectwise_company_id=7, contact_number="CW-7", name="Tailspin Toys", email="t@x.example")
    await world.tell("load", with_contact(world, {"Name": "Tailspin Toys", "ContactStatus": "ACTIVE"}))
    async with world.running():
        await world.say(plan(world, document(contact=renamed)))
        (event,) = await world.settled(1)
    assert event.settlement.outcome == "posted"
    (kept,) = [each for each in (await world.books())["Contacts"] if each["Name"] == "Tailspin Toys"]
    assert (kept["ContactNumber"], kept["EmailAddress"]) == ("CW-7", "t@x.example")


async def test_two_copies_share_the_work_and_each_document_stands_once_I1(world: World) -> None:
    async with world.running(), world.running():
        await world.say(*many(world, 20))
        settled = await world.settled(20)
    assert {each.settlement.outcome for each in settled} == {"posted"}
    assert len((await world.books())["Invoices"]) == 20


async def test_plans_for_another_ledger_and_previews_are_none_of_our_business(world: World) -> None:
    async with world.running():
        await world.say(
            plan(world, document("1"), record_id=1, ledger="qbo"),
            plan(world, document("2"), record_id=2, disposition="preview"),
            plan(world, document("3"), record_id=3),
        )
        await world.settled(1)
        assert await world.states() == {"3": "posted"}


async def test_the_service_is_built_from_its_settings_alone(
    fresh_database: FreshDatabase, sealing_key_file: Path
) -> None:
    settings = XeroWriterSettings(
        database_url=await fresh_database([MIGRATIONS]), sealing_key_file=sealing_key_file, organisations_at_once=2
    )
    service = build(settings)
    assert service.name == "xero-writer"
    assert {"companies", "organisations 1", "organisations 2", "announcer", "sweep"} <= {
        loop.name for loop in service.loops
    }
    await service.database.dispose()


def commanded(record_id: int, action: Any) -> RecordCommanded:
    of = planned(document(), record_id=record_id)
    return RecordCommanded(
        tenant_id=TENANT,
        company_id=COMPANY,
        command_id=uuid4(),
        record_ref=of.record_ref,
        action=action,
        person="pat",
        commanded_at=PLANNED_AT,
    )


def with_contact(world: World, row: dict[str, Any]) -> dict[str, Any]:
    """Data for `_sim/load` that adds a contact to the organisation."""
    return {"format": "tieout-xero/1", "organisations": [{"tenantId": world.organisation, "Contacts": [row]}]}
