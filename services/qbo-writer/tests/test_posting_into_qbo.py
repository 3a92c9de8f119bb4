"""The whole writer against QuickBooks Online over HTTP: plans in, one document each, settlements out."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from qbo_writer_kit.books import american, american_with_a_city, australian
from qbo_writer_kit.values import COMPANY, TENANT, document, line, planned
from qbo_writer_kit.world import World, simulator

from tieout_contracts.documents import ExpectedTotals, LedgerContact, LedgerDocument, TaxMode, TrackingAssignment
from tieout_contracts.events import PostingPlanned, SettingsChanged
from tieout_contracts.posting import plan_hash
from tieout_contracts.records import Address
from tieout_qbo_writer.app import build
from tieout_qbo_writer.settings import QboWriterSettings

pytestmark = [pytest.mark.postgres, pytest.mark.http]

BATCH = "POST /batch"


def many(count: int, first: int = 20500) -> list[PostingPlanned]:
    return [planned(document(str(first + each)), record_id=each + 10) for each in range(count)]


async def test_a_planned_invoice_stands_in_quickbooks_and_is_settled_to_the_cent_I3_F246(world: World) -> None:
    link = "https://pay.example.com/20418?t=108.53"
    tracked = line(
        "80.49",
        "6.44",
        quantity="4",
        unit_amount="20.1234",
        description="\u201cManaged\u201d workstation",
        tracking=(
            TrackingAssignment(category="Class", option="Managed"),
            TrackingAssignment(category="Location", option="North"),
        ),
    )
    async with world.running():
        await world.say(planned(document(lines=(tracked, line("20.00", "1.60", item_code=None)), pay_link=link)))
        (event,) = await world.settled(1)
    settlement = event.settlement
    assert (settlement.outcome, settlement.problems) == ("posted", ())
    assert settlement.actual is not None
    assert (settlement.actual.total, settlement.actual.tax) == (Decimal("108.53"), Decimal("8.04"))
    (kept,) = await world.documents("20418")
    assert (kept["TotalAmt"], kept["DueDate"], kept["DepartmentRef"]["value"]) == (
        Decimal("108.53"),
        "2026-11-14",
        "600",
    )
    assert kept["CustomerMemo"] == {"value": f"Pay online: {link}"}
    first, second, _subtotal = kept["Line"]
    assert first["Description"] == '"Managed" workstation'
    assert first["SalesItemLineDetail"]["ClassRef"]["value"] == "500"
    assert f"[tieout {event.settlement.posting_id}]" in kept["PrivateNote"]
    assert settlement.document is not None
    assert settlement.document.document_id == kept["Id"]
    found = await world.books()
    items = {each["Id"]: each for each in found["Item"]}
    sold = [items[each["SalesItemLineDetail"]["ItemRef"]["value"]] for each in (first, second)]
    assert [each["Name"] for each in sold] == ["WS", "Sales 4000"]
    assert {each["IncomeAccountRef"]["value"] for each in sold} == {"79"}
    (customer,) = found["Customer"]
    assert (customer["DisplayName"], customer["Id"]) == ("Fabrikam Inc", kept["CustomerRef"]["value"])
    assert "[tieout customer CW-219]" in customer["Notes"]


async def test_a_credit_stands_in_quickbooks_as_a_credit_memo(world: World) -> None:
    async with world.running():
        await world.say(planned(document("20419", kind="sales_credit")))
        (event,) = await world.settled(1)
    (kept,) = await world.documents("20419", kind="CreditMemo")
    assert event.settlement.outcome == "posted"
    assert kept["TotalAmt"] == Decimal("108.53")


async def test_many_travel_in_few_calls_and_each_stands_once_I1(world: World) -> None:
    async with world.running(bulk_linger_s=0.4, bulk_wait_limit_s=2):
        await world.say(*many(60))
        settled = await world.settled(60)
    assert {each.settlement.outcome for each in settled} == {"posted"}
    numbers = [each["DocNumber"] for each in (await world.books())["Invoice"]]
    assert len(numbers) == len(set(numbers)) == 60
    assert await world.calls(BATCH) <= 1 + 1 + 1 + 3  # customer, items, canary, three of at most thirty
    ids = await world.request_ids()
    assert len(ids) == len(set(ids))


async def test_the_reference_data_is_published_in_the_contracts_terms(world: World) -> None:
    async with world.running():
        (event,) = await world.references()
    reference = event.reference
    assert (reference.ledger, reference.organisation_name, reference.base_currency) == ("qbo", "Harbourline", "USD")
    assert [(each.code, each.account_class) for each in reference.accounts] == [
        ("Hardware", "REVENUE"),
        ("4000", "REVENUE"),
    ]
    assert {each.code: each.rate for each in reference.tax_rates} == {"2": Decimal(8), "NON": Decimal(0)}
    assert {each.name: each.options for each in reference.tracking} == {"Class": ("Managed",), "Location": ("North",)}
    assert str(reference.period_lock_date) == "2025-12-31"


async def test_a_lost_answer_is_looked_up_and_nothing_is_doubled_I6(world: World) -> None:
    async with world.running():
        await world.say(*many(1))
        await world.settled(1)
        await world.tell("faults", [{"route": BATCH, "then": {"drop": "after"}}])
        await world.say(planned(document("20418")))
        settled = await world.settled(2)
    assert [each.settlement.outcome for each in settled] == ["posted", "posted"]
    assert len(await world.documents("20418")) == 1


async def test_a_server_error_before_the_work_is_looked_up_and_sent_again(world: World) -> None:
    async with world.running():
        await world.say(*many(1))
        await world.settled(1)
        broken = {"status": 500, "body": "<html>", "content_type": "text/html"}
        await world.tell("faults", [{"route": BATCH, "then": broken}])
        await world.say(planned(document("20418")))
        settled = await world.settled(2)
    assert settled[-1].settlement.outcome == "posted"
    assert len(await world.documents("20418")) == 1


WRONG = ExpectedTotals(subtotal="100.49", tax="8.05", total="108.54")


async def test_a_mismatch_is_deleted_and_a_new_attempt_goes_under_a_new_request_id_behaviour_6(world: World) -> None:
    plan = planned(document(expected=WRONG))
    async with world.running():
        await world.say(plan)
        (event,) = await world.settled(1)
        assert event.settlement.outcome == "discarded"
        assert await world.documents("20418") == []
        await world.say(plan.model_copy(update={"planned_at": plan.planned_at.replace(hour=1)}))
        await world.settled(2)
        await world.say(planned(document(), minute=90))
        settled = await world.settled(3)
    assert [each.settlement.outcome for each in settled] == ["discarded", "discarded", "posted"]
    assert len(await world.documents("20418")) == 1
    ids = await world.request_ids()
    assert len(ids) == len(set(ids)) == 5


async def test_a_document_that_quickbooks_numbered_itself_is_taken_back(world: World) -> None:
    async with world.running():
        await world.references()
        await world.tell(
            "event", {"kind": "patch_company", "Preferences": {"SalesFormsPrefs": {"CustomTxnNumbers": False}}}
        )
        await world.say(planned(document()))
        (event,) = await world.settled(1)
    assert event.settlement.outcome == "discarded"
    assert (await world.books()).get("Invoice", []) == []


@pytest.mark.parametrize("deed", [{"kind": "email_document"}, {"kind": "add_payment", "Amount": 10}])
async def test_a_mismatch_that_somebody_sent_or_paid_meanwhile_is_left_to_a_person_behaviour_6(
    world: World, deed: dict[str, Any]
) -> None:
    async with world.running():
        await world.references()
        meanwhile = {"event": deed | {"entity": "Invoice", "DocNumber": "20418"}}
        await world.tell("faults", [{"route": BATCH, "match": '"DocNumber":"20418"', "then": meanwhile}])
        await world.say(planned(document(expected=WRONG)))
        (event,) = await world.settled(1)
    assert event.settlement.outcome == "waiting"
    assert [each.code for each in event.settlement.problems] == ["ledger.draft_touched"]
    assert len(await world.documents("20418")) == 1
    assert await world.states() == {"20418": "held"}


async def test_a_mismatch_stays_where_the_company_chose_so(world: World) -> None:
    world.config.known = {COMPANY: world.snapshot(1, mismatched_draft="keep")}
    async with world.running():
        await world.say(planned(document(expected=WRONG)))
        (event,) = await world.settled(1)
    assert event.settlement.outcome == "waiting"
    assert len(await world.documents("20418")) == 1
    assert await world.states() == {"20418": "held"}


async def test_a_number_that_stands_there_already_is_proposed_and_never_doubled(world: World) -> None:
    async with world.running():
        await world.say(*many(1))
        await world.settled(1)
        (other,) = await world.documents("20500")
        await world.write(
            "invoice",
            {
                "DocNumber": "20418",
                "TxnDate": "2026-10-31",
                "CustomerRef": {"value": other["CustomerRef"]["value"]},
                "Line": other["Line"][:1],
            },
        )
        await world.say(planned(document("20418")))
        settled = await world.settled(2)
    assert settled[-1].settlement.outcome == "conflict"
    assert len(await world.documents("20418")) == 1


async def test_a_vendors_name_is_no_customers_behaviour_8(world: World) -> None:
    taken = LedgerContact(connectwise_company_id=7, contact_number="CW-7", name="Norton Lumber")
    async with world.running():
        await world.say(planned(document(contact=taken)))
        (event,) = await world.settled(1)
    assert event.settlement.outcome == "refused"
    assert "vendor 7" in event.settlement.problems[0].sentence


async def test_a_refused_document_tells_what_quickbooks_said(world: World) -> None:
    async with world.running():
        await world.references()
        await world.say(planned(document(document_date="2025-06-30", due_date=None)))
        (event,) = await world.settled(1)
    assert event.settlement.outcome == "refused"
    assert "(6200)" in event.settlement.problems[0].sentence or "(6210)" in event.settlement.problems[0].sentence


async def test_a_throttled_company_waits_and_goes_on(world: World) -> None:
    async with world.running():
        await world.references()
        throttled = {"status": 429, "body": "", "headers": {"Retry-After": "1"}}
        await world.tell("faults", [{"route": BATCH, "then": throttled}])
        await world.say(planned(document()))
        (event,) = await world.settled(1)
    assert event.settlement.outcome == "posted"


async def test_an_expired_token_is_replaced_once_and_nobody_notices(world: World) -> None:
    world.config.tokens = ["expired", *world.config.tokens]
    async with world.running():
        await world.say(planned(document()))
        (event,) = await world.settled(1)
    assert event.settlement.outcome == "posted"
    assert world.config.asked.count("expired") == 1


class TestTheCallsOfASecond:
    @pytest.fixture
    def url(self, books: dict[str, Any], tmp_path: Path) -> Iterator[str]:
        with simulator(books, tmp_path, realm_app_second_limit=10) as address:
            yield address

    async def test_the_lists_of_a_company_are_read_without_being_throttled_I5(self, world: World) -> None:
        """More calls than QuickBooks allows in a second, and each is answered in a few milliseconds."""
        world.config.second_limit = 10
        async with world.running():
            await world.say(planned(document()))
            (event,) = await world.settled(1)
        assert event.settlement.outcome == "posted"
        told = await world.counted()
        assert told["total"] > 10
        assert "429" not in told["by_status"]


class TestACompanyThatCannotBePosted:
    @pytest.fixture(params=["numbers", "automated"])
    def books(self, request: pytest.FixtureRequest) -> dict[str, Any]:
        found = american()
        if request.param == "numbers":
            found["Preferences"]["SalesFormsPrefs"]["CustomTxnNumbers"] = False
        else:
            found["Preferences"]["TaxPrefs"]["PartnerTaxEnabled"] = True
        return found

    async def test_each_document_is_refused_with_the_reason_and_its_reference_data_is_there(self, world: World) -> None:
        async with world.running():
            await world.references()
            await world.say(planned(document()))
            (event,) = await world.settled(1)
        assert event.settlement.outcome == "refused"
        (problem,) = event.settlement.problems
        assert problem.code == "ledger.unsendable"
        assert "custom transaction numbers" in problem.sentence or "Automated Sales Tax" in problem.sentence
        assert await world.documents("20418") == []


class TestWithAutomatedSalesTax:
    @pytest.fixture(params=["honoured", "recomputed", "ignored"])
    def books(self, request: pytest.FixtureRequest) -> dict[str, Any]:
        place = {"CountrySubDivisionCode": "CA", "PostalCode": "94", "TaxCodeRef": {"value": "2"}}
        found = american() | {"sales_tax_behaviour": request.param, "automated_rates": [place]}
        found["Preferences"]["TaxPrefs"]["PartnerTaxEnabled"] = True
        return found

    async def test_its_own_tax_stands_where_it_is_connectwises_an_override_where_it_is_kept_and_tax_lines_always(
        self, world: World, books: dict[str, Any]
    ) -> None:
        lines = (line("100.00", "0", tax_code="NON"), line("8.01", "0", kind="tax", tax_code="NON", item_code=None))
        async with world.running():
            await world.references()
            await world.say(planned(by_address("20418", "computed", "8.00"), record_id=1))
            await world.settled(1)
            await world.say(planned(by_address("20419", "computed", "8.01"), record_id=2))
            await world.settled(2)
            await world.say(planned(by_address("20420", "override", "8.01"), record_id=3))
            await world.settled(3)
            proof = by_address("20421", "override", "8.01")
            await world.say(planned(proof, record_id=4, approved_plan=plan_hash(proof)))
            await world.settled(4)
            await world.say(planned(document("20422", lines=lines), record_id=5))
            events = await world.settled(5)
        kept = books["sales_tax_behaviour"] == "honoured"
        assert [event.settlement.outcome for event in events] == [
            "posted",
            "refused",
            "refused",
            "posted" if kept else "discarded",
            "posted",
        ]
        assert [problem.code for event in events for problem in event.settlement.problems] == [
            "ledger.tax_differs",
            "ledger.override_unproved",
            *([] if kept else ["ledger.draft_mismatch"]),
        ]
        assert "computes 8.00 tax for 20419, ConnectWise says 8.01" in events[1].settlement.problems[0].sentence
        found = {number: await world.documents(number) for number in map(str, range(20418, 20423))}
        totals = {number: each[0]["TotalAmt"] for number, each in found.items() if each}
        stands = ["20421", "20422"] if kept else ["20422"]
        assert totals == {"20418": Decimal(108)} | dict.fromkeys(stands, Decimal("108.01"))


def by_address(number: str, mode: TaxMode, tax: str) -> LedgerDocument:
    """One taxed line of 100.00 for somebody in California, where Automated Sales Tax knows 8 %."""
    place = Address(city="Bayshore", region="CA", postal_code="94326")
    return document(number, lines=(line("100.00", tax, tax_code="TAX"),), tax_mode=mode, ship_to=place)


class TestWithSeveralRates:
    @pytest.fixture
    def books(self) -> dict[str, Any]:
        return american_with_a_city()

    async def test_a_moved_cent_is_kept_and_parted_among_the_rates(self, world: World) -> None:
        one = document("20418", lines=(line("100.00", "8.01", tax_override=True),))
        parted = document("20419", lines=(line("100.00", "9.26", tax_code="6", tax_override=True),))
        async with world.running():
            await world.say(planned(one), planned(parted, record_id=6))
            events = await world.settled(2)
        assert {event.settlement.outcome for event in events} == {"posted"}
        kept = [(await world.documents(number))[0] for number in ("20418", "20419")]
        assert [each["TotalAmt"] for each in kept] == [Decimal("108.01"), Decimal("109.26")]
        assert [each["Amount"] for each in kept[1]["TxnTaxDetail"]["TaxLine"]] == [Decimal("8.01"), Decimal("1.25")]


class TestOutsideTheUnitedStates:
    @pytest.fixture
    def books(self) -> dict[str, Any]:
        return australian()

    async def test_a_moved_cent_is_kept_and_texts_stay_as_they_are(self, world: World) -> None:
        lines = (
            line("100.00", "10.01", tax_code="10", tax_override=True, description="\u201cSetup\u201d"),
            line("7.00", "0.00", tax_code="11"),
        )
        async with world.running():
            (reference,) = await world.references()
            await world.say(planned(document(currency="AUD", lines=lines)))
            (event,) = await world.settled(1)
        assert event.settlement.outcome == "posted"
        (kept,) = await world.documents("20418")
        assert (kept["TotalAmt"], kept["GlobalTaxCalculation"]) == (Decimal("117.01"), "TaxExcluded")
        assert kept["Line"][0]["Description"] == "\u201cSetup\u201d"
        rates = {each.code: each for each in reference.reference.tax_rates}
        assert {code: each.rate for code, each in rates.items()} == {
            "10": Decimal(10),
            "11": Decimal(0),
            "12": Decimal("15.5"),
        }
        assert [each.compound for each in rates["12"].components] == [False, True]

    async def test_a_foreign_currency_is_refused_while_the_preference_is_off_F121(self, world: World) -> None:
        async with world.running():
            (read,) = await world.references()
            assert (read.reference.currencies, read.reference.multi_currency) == (("AUD",), False)
            await world.say(planned(document(currency="USD", lines=(line("1.00", "0.10", tax_code="10"),))))
            (event,) = await world.settled(1)
        assert event.settlement.outcome == "refused"
        assert "the company's preference Multicurrency is off" in event.settlement.problems[0].sentence
        assert await world.calls("GET /exchangerate") == 0


class TestWithSeveralCurrencies:
    @pytest.fixture
    def books(self) -> dict[str, Any]:
        """An Australian company that uses US dollars too, and keeps a rate for them since the 30th of October."""
        found = australian()
        found["Preferences"] |= {
            "CurrencyPrefs": {"MultiCurrencyEnabled": True, "HomeCurrency": {"value": "AUD"}},
        }
        found["CompanyCurrency"] = [{"Id": "1", "Code": "USD", "Name": "United States Dollar", "Active": True}]
        rate = {"SourceCurrencyCode": "USD", "AsOfDate": "2026-10-30", "Rate": Decimal("1.5142")}
        return found | {"ExchangeRate": [rate]}

    @staticmethod
    def dollars(number: str, **changes: Any) -> LedgerDocument:
        named = {"name": "Fabrikam Inc (USD)", "contact_number": "CW-219-USD", "currency": "USD"}
        customer = LedgerContact(connectwise_company_id=219, **named)
        lines = (line("100.00", "10.00", tax_code="10"),)
        return document(number, currency="USD", contact=customer, lines=lines, **changes)

    async def test_a_foreign_document_is_posted_at_the_companys_own_rate_F119_F120_F122(self, world: World) -> None:
        """The rate is read once for each day; the client has a second customer, because a currency is for ever."""
        at_home = document("20417", currency="AUD", lines=(line("50.00", "5.00", tax_code="10"),))
        async with world.running():
            (read,) = await world.references()
            assert (read.reference.currencies, read.reference.multi_currency) == (("AUD", "USD"), True)
            await world.say(planned(at_home, record_id=1), planned(self.dollars("20418"), record_id=2))
            await world.settled(2)
            await world.say(planned(self.dollars("20419", kind="sales_credit"), record_id=3))
            settled = {each.number: each.settlement for each in await world.settled(3)}
        assert {each.outcome for each in settled.values()} == {"posted"}
        kept = [
            *await world.documents("20417"),
            *await world.documents("20418"),
            *await world.documents("20419", kind="CreditMemo"),
        ]
        assert [(each["CurrencyRef"]["value"], each["ExchangeRate"], each["TotalAmt"]) for each in kept] == [
            ("AUD", 1, 55),
            ("USD", Decimal("1.5142"), 110),
            ("USD", Decimal("1.5142"), 110),
        ]
        assert kept[1]["HomeTotalAmt"] == Decimal("166.56")
        assert [settled[number].currency_rate for number in ("20418", "20419")] == [Decimal("1.5142")] * 2
        assert await world.calls("GET /exchangerate") == 1
        customers = {each["DisplayName"]: each["CurrencyRef"]["value"] for each in (await world.books())["Customer"]}
        assert customers == {"Fabrikam Inc": "AUD", "Fabrikam Inc (USD)": "USD"}

    async def test_a_customer_that_is_there_in_the_foreign_currency_is_used_and_never_for_another_F120(
        self, world: World
    ) -> None:
        there = await world.write("customer", {"DisplayName": "Fabrikam Inc", "CurrencyRef": {"value": "USD"}})
        at_home = document("20430", currency="AUD", lines=(line("50.00", "5.00", tax_code="10"),))
        async with world.running():
            await world.say(planned(self.dollars("20431"), record_id=8), planned(at_home, record_id=9))
            settled = {each.number: each.settlement for each in await world.settled(2)}
        assert {number: each.outcome for number, each in settled.items()} == {"20430": "refused", "20431": "posted"}
        assert [each.code for each in settled["20430"].problems] == ["ledger.contact_ambiguous"]
        (kept,) = await world.documents("20431")
        assert kept["CustomerRef"]["value"] == there["Customer"]["Id"]

    async def test_without_a_rate_for_its_day_a_document_is_refused_and_the_others_go_on(self, world: World) -> None:
        early = self.dollars("20420", document_date=date(2026, 10, 29))
        async with world.running():
            await world.say(planned(early, record_id=4))
            await world.settled(1)
            await world.say(planned(self.dollars("20421"), record_id=5))
            settled = {each.number: each.settlement for each in await world.settled(2)}
        assert {number: each.outcome for number, each in settled.items()} == {"20420": "refused", "20421": "posted"}
        assert "no rate of exchange for USD on 2026-10-29" in settled["20420"].problems[0].sentence
        assert await world.documents("20420") == []

    async def test_a_lost_answer_about_a_foreign_document_doubles_nothing_I1_I6(self, world: World) -> None:
        async with world.running():
            await world.say(planned(self.dollars("20422"), record_id=6))
            await world.settled(1)
            await world.tell("faults", [{"route": BATCH, "then": {"drop": "after"}, "times": 1}])
            await world.say(planned(self.dollars("20423"), record_id=7))
            await world.settled(2)
        (kept,) = await world.documents("20423")
        assert kept["ExchangeRate"] == Decimal("1.5142")


async def test_new_settings_are_taken_in_when_they_are_announced(world: World) -> None:
    async with world.running(companies_every_s=60):
        await world.references()
        world.config.known = {COMPANY: world.snapshot(2)}
        await world.say(SettingsChanged(tenant_id=TENANT, company_id=COMPANY, version=2))
        await world.until(lambda: _refreshed(world), 1)


async def _refreshed(world: World) -> list[int]:
    return [world.config.refreshed] if world.config.refreshed else []


async def test_the_service_is_built_from_its_settings_alone(world: World, tmp_path: Path) -> None:
    key = tmp_path / "service.key"
    key.write_text("key")
    settings = QboWriterSettings(**world.settings, service_key_file=key)
    service = build(settings)
    assert service.name == "qbo-writer"
