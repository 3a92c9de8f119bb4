"""Proposals over REST: what a writer found in its ledger, shown in pages and decided one by one or in bulk (K24)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text

from tieout_chassis.clock import FixedClock
from tieout_chassis.database import Database
from tieout_chassis.outbox import MessageContext, seal_context
from tieout_chassis.sealing import Sealer
from tieout_chassis.testing import FreshDatabase
from tieout_config_api.app import public_app
from tieout_config_api.handlers import handlers
from tieout_config_api.migrations import MIGRATIONS
from tieout_config_api.previews.previewing import Expiry
from tieout_config_api.public.door import Rooms
from tieout_config_api.vault import Vault
from tieout_contracts.envelope import CE_TYPE, decode, is_sealed
from tieout_contracts.events import Event, LedgerCompared, LinksDecided, PreviewRequested, RecordCommanded, RecordStaged
from tieout_contracts.posting import LedgerDocumentRef
from tieout_contracts.problems import problem
from tieout_contracts.proposals import ContactCandidate, ContactProposal, DocumentProposal
from tieout_contracts.records import RecordRef

pytestmark = pytest.mark.postgres
HEAD = {"tenant_id": "harbourline", "company_id": "harbourline-au"}
PLACE = "/tenants/harbourline/proposals"
SETTINGS: dict[str, Any] = {
    "name": "Harbourline IT",
    "connectwise_connection": "connectwise",
    "ledger_connection": "xero",
    "organisation_id": "org",
    "adjustment": {"account": "860"},
}


def contact(number: int, finding: Any, *ids: str) -> ContactProposal:
    candidates = tuple(ContactCandidate(ledger_id=each, name=f"Contact {each}") for each in ids)
    told = {"contact_number": f"CW-{number}", "name": f"Customer {number}", "records": 2}
    return ContactProposal(**told, finding=finding, candidates=candidates)


def found(record_id: int, finding: Any, **more: Any) -> DocumentProposal:
    number = str(record_id + 1000)
    document = LedgerDocumentRef(
        ledger="xero",
        organisation_id="org",
        document_kind="sales_invoice",
        document_id=f"doc-{record_id}",
        number=number,
        status="PAID",
    )
    ref = RecordRef(kind="invoice", record_id=record_id)
    return DocumentProposal(record=ref, number=number, finding=finding, document=document, **more)


CONTACTS = (
    contact(1, "name", "a"),
    contact(2, "name", "b"),
    contact(3, "account_number", "c"),
    contact(4, "several", "d", "e"),
    contact(5, "none"),
)
CONFLICT = problem("ledger.conflict", number="40003", difference="total 1.00 instead of 2.00")
DOCUMENTS = (found(39001, "adopt"), found(39002, "adopt"), found(39003, "conflict", problems=(CONFLICT,)))


@dataclass
class Room:
    """The public API without its port, and the news that it hears."""

    database: Database
    sealer: Sealer
    clock: FixedClock
    http: httpx.AsyncClient
    place: str = PLACE
    proposals_id: UUID = field(default_factory=uuid4)

    async def ask(self) -> dict[str, Any]:
        asked = (await self.http.post(PLACE, json={"company_id": "harbourline-au"})).json()
        self.proposals_id = UUID(asked["proposals_id"])
        self.place = f"{PLACE}/{self.proposals_id}"
        return dict(asked)

    async def hear(self, *events: Event) -> None:
        known = handlers(self.sealer)
        for one in events:
            context = MessageContext(uuid4(), one.TOPIC, one.key, one.tenant_id)
            async with self.database.transaction() as tx:
                await known[type(one)](tx, one, context)

    async def compared(self, contacts: Any = CONTACTS, documents: Any = DOCUMENTS, proposals: int = 8) -> None:
        facts = {"preview_id": self.proposals_id, "proposals": proposals, "compared_at": self.clock.now()}
        await self.hear(LedgerCompared(**HEAD, contacts=contacts, documents=documents, **facts))

    async def listed(self, stage: Any = "listed") -> None:
        """Every record is older than the go-live date."""
        for each in DOCUMENTS:
            about = {"record_ref": each.record, "number": each.number, "revision": "r1", "total": "11.00"}
            await self.hear(RecordStaged(**HEAD, **about, currency="AUD", stage=stage, at=self.clock.now()))

    async def read(self, what: str = "", **query: Any) -> dict[str, Any]:
        answer = await self.http.get(f"{self.place}{what}", params=query)
        return {"status_code": answer.status_code, **answer.json()}

    async def say(self, what: str, **body: Any) -> dict[str, Any]:
        answer = await self.http.post(f"{self.place}{what}", json={"person": "ada", **body})
        return {"status_code": answer.status_code, **answer.json()}

    async def said(self, kind: type[Event]) -> list[Any]:
        async with self.database.reading() as connection:
            rows = (await connection.execute(text("SELECT event_id, headers, value FROM outbox ORDER BY id"))).all()
        told = []
        for event_id, headers, value in rows:
            name = headers[CE_TYPE]
            plain = self.sealer.open(bytes(value), seal_context(event_id, name)) if is_sealed(name) else bytes(value)
            told.append(decode(name, plain))
        return [one for one in told if isinstance(one, kind)]


@pytest.fixture
async def room(fresh_database: FreshDatabase, sealing_key_file: Path) -> AsyncIterator[Room]:
    sealer, clock = Sealer.from_file(sealing_key_file), FixedClock(datetime(2026, 11, 2, 9, tzinfo=UTC))
    database = Database(await fresh_database([MIGRATIONS]), "config-api", pool_size=4, sealer=sealer)
    vault = Vault.from_file(sealing_key_file)
    app = public_app(Rooms(database, sealer, clock, httpx.AsyncClient(), 200, vault=vault), "key")
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app),
        base_url="http://test/v1",
        headers={"Authorization": "Bearer key"},
    ) as http:
        await http.post("/tenants", json={"tenant_id": "harbourline", "name": "Harbourline"})
        await http.post("/tenants/harbourline/companies", json={"company_id": "harbourline-au", "settings": SETTINGS})
        yield Room(database, sealer, clock, http)
    await database.dispose()


async def test_proposals_are_asked_as_a_preview_that_is_compared_and_counted_by_finding_K24(room: Room) -> None:
    await room.ask()
    (asked,) = await room.said(PreviewRequested)
    assert (asked.preview_id, asked.compare, asked.settings) == (room.proposals_id, True, None)
    await room.compared(documents=())
    assert (await room.read())["finished"] is False
    await room.compared(contacts=())
    head = await room.read()
    assert (head["finished"], head["contacts"], head["documents"]) == (
        True,
        {"account_number": 1, "name": 2, "none": 1, "several": 1},
        {"adopt": 2, "conflict": 1},
    )


async def test_pages_of_proposals_follow_each_other_and_miss_nothing_K24(room: Room) -> None:
    await room.ask()
    await room.listed()
    await room.compared()
    for what, name, size in (("/contacts", "contact_number", 5), ("/documents", "number", 3)):
        seen: list[str] = []
        cursor = None
        while True:
            page = await room.read(what, limit=1, **({"cursor": cursor} if cursor else {}))
            seen += [one[name] for one in page[what.removeprefix("/")]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert len(seen) == len(set(seen)) == size, what
    several = (await room.read("/contacts", finding="several"))["contacts"]
    assert [each["ledger_id"] for each in several[0]["candidates"]] == ["d", "e"]
    (conflict,) = (await room.read("/documents", finding="conflict"))["documents"]
    assert (conflict["problems"][0]["code"], conflict["total"], conflict["status"]) == (
        "ledger.conflict", "11.00", "listed"
    )  # fmt: skip
    assert (await room.read("/contacts", cursor="rubbish"))["status_code"] == 422


async def test_contacts_are_approved_in_bulk_by_finding_and_never_of_several_by_themselves_K24(room: Room) -> None:
    await room.ask()
    await room.compared()
    told = await room.say("/links", findings=["name", "account_number"])
    assert sorted(each["contact_number"] for each in told["decided"]) == ["CW-1", "CW-2", "CW-3"]
    (event,) = await room.said(LinksDecided)
    assert {(each.contact_number, each.ledger_id, each.approved) for each in event.decisions} == {
        ("CW-1", "a", True), ("CW-2", "b", True), ("CW-3", "c", True)
    }  # fmt: skip
    assert event.person == "ada"
    assert (await room.say("/links", findings=["several"]))["status_code"] == 422
    shown = (await room.read("/contacts", finding="account_number"))["contacts"][0]
    assert (shown["decision"], shown["ledger_id"]) == ("approved", "c")
    assert (await room.say("/links", findings=["name"]))["decided"] == []


async def test_one_of_several_contacts_is_approved_by_its_id_and_any_can_be_refused_K24(room: Room) -> None:
    await room.ask()
    await room.compared()
    pairs = [{"contact_number": "CW-4", "ledger_id": "e"}, {"contact_number": "CW-4", "ledger_id": "zzz"}]
    told = await room.say("/links", contacts=[*pairs, {"contact_number": "CW-9", "ledger_id": "e"}])
    assert told["decided"] == pairs[:1]
    assert [each["problem"]["code"] for each in told["refused"]] == ["cutover.not_proposed"] * 2
    await room.say("/links", verdict="refuse", contacts=[{"contact_number": "CW-1", "ledger_id": "a"}])
    last = (await room.said(LinksDecided))[-1].decisions
    assert [(each.contact_number, each.approved) for each in last] == [("CW-1", False)]
    assert (await room.say("/links"))["status_code"] == 422


async def test_all_documents_that_can_be_adopted_are_approved_at_once_and_only_once_K24(room: Room) -> None:
    await room.ask()
    await room.listed()
    await room.compared()
    told = await room.say("/adoptions")
    assert [each["number"] for each in told["approved"]] == ["40001", "40002"]
    commanded = await room.said(RecordCommanded)
    assert [(each.action, each.record_ref.record_id, each.person) for each in commanded] == [
        ("adopt", 39001, "ada"), ("adopt", 39002, "ada")
    ]  # fmt: skip
    assert (await room.say("/adoptions"))["approved"] == []
    journey = (
        await room.http.get("/tenants/harbourline/companies/harbourline-au/records/invoice/39001")
    ).json()["journey"]  # fmt: skip
    assert "command: adopt" in [each["stage"] for each in journey]


async def test_a_conflict_or_a_record_that_went_on_is_not_adopted_K24(room: Room) -> None:
    await room.ask()
    await room.listed("batched_elsewhere")
    await room.compared()
    refs = [{"kind": "invoice", "record_id": each} for each in (39001, 39003, 39009)]
    told = await room.say("/adoptions", records=refs)
    assert told["approved"] == []
    codes = [each["problem"]["code"] for each in told["refused"]]
    assert codes == ["cutover.nothing_to_link", "cutover.nothing_to_link", "cutover.not_proposed"]
    assert await room.said(RecordCommanded) == []


async def test_proposals_expire_with_their_preview_and_other_previews_propose_nothing_F4(room: Room) -> None:
    await room.ask()
    await room.compared()
    preview = (
        await room.http.post(PLACE.replace("proposals", "previews"), json={"company_id": "harbourline-au"})
    ).json()
    other = await room.http.get(f"{PLACE}/{preview['preview_id']}")
    assert (other.status_code, other.json()["code"]) == (409, "cutover.not_compared")
    room.clock.advance(25 * 3600)
    assert (await room.read())["status_code"] == 410
    await Expiry(room.database, room.clock).step()
    async with room.database.reading() as connection:
        left = await connection.scalar(text("SELECT (SELECT count(*) FROM proposed_contact)"))
    assert left == 0
    await room.compared()  # told too late: nothing is kept
    assert (await room.read())["status_code"] == 404


async def test_a_record_that_was_batched_without_posting_says_so_where_it_stands_and_in_its_journey_K24(
    room: Room,
) -> None:
    why = problem("batches.without_posting", number="40001", batch="TIE-I39001-1f6c2a90-NP")
    about = {"record_ref": DOCUMENTS[0].record, "number": "40001", "revision": "", "stage": "batched"}
    told = {"batch_identifier": "TIE-I39001-1f6c2a90-NP", "problems": (why,), "at": room.clock.now()}
    await room.hear(RecordStaged(**HEAD, **about, **told))
    place = "/tenants/harbourline/companies/harbourline-au/records/invoice/39001"
    found = (await room.http.get(place)).json()
    assert (found["status"], found["document"], found["needs_a_person"]) == ("batched_without_posting", None, False)
    assert [each["code"] for each in found["problems"]] == ["batches.without_posting"]
    assert [(each["stage"], each["facts"]) for each in found["journey"]] == [
        ("batched without posting", {"batch_identifier": "TIE-I39001-1f6c2a90-NP"})
    ]


async def test_no_name_of_a_contact_is_kept_in_clear_F4(room: Room) -> None:
    await room.ask()
    await room.compared()
    async with room.database.reading() as connection:
        kept = await connection.scalar(text("SELECT string_agg(proposed_contact::text, ' ') FROM proposed_contact"))
    assert b"Customer 1".hex() not in kept
    assert "Contact a" not in kept
