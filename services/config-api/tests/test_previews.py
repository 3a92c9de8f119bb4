"""Previews over REST, the rules' answers handed to the handlers: shown whole, approved in part, gone after a day."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
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
from tieout_contracts import examples
from tieout_contracts.envelope import CE_TYPE, decode, is_sealed
from tieout_contracts.events import (
    Event,
    PostingPlanned,
    PostingRefused,
    PreviewFinished,
    PreviewRequested,
    RecordCommanded,
    RecordPreviewed,
    RecordStaged,
    RunRequested,
)
from tieout_contracts.posting import Posting, plan_hash
from tieout_contracts.previews import RecordPreview
from tieout_contracts.problems import problem
from tieout_contracts.records import RecordRef

pytestmark = pytest.mark.postgres
HEAD = {"tenant_id": "harbourline", "company_id": "harbourline-au"}
SETTINGS: dict[str, Any] = {
    "name": "Harbourline IT",
    "connectwise_connection": "connectwise",
    "ledger_connection": "xero",
    "organisation_id": "org",
    "connectwise_locations": [11],
    "adjustment": {"account": "860"},
}
PLACE = "/tenants/harbourline/previews"
FIRST, SECOND = (RecordRef(kind="invoice", record_id=each) for each in (39005, 39006))
CREDIT = RecordRef(kind="credit_memo", record_id=39007)


def posting(ref: RecordRef, **changes: Any) -> Posting:
    """The example's posting for another record; `changes` are the document's."""
    document = examples.document().model_copy(update={"number": number(ref), **changes})
    facts = {"record": ref, "number": number(ref), "document": document, "plan_hash": plan_hash(document)}
    return examples.posting().model_copy(update=facts)


def number(ref: RecordRef) -> str:
    return str(ref.record_id + 1000)


def about(ref: RecordRef) -> dict[str, Any]:
    return {**HEAD, "record_ref": ref, "number": number(ref), "revision": "r1"}


@dataclass
class Room:
    """The public API without its port, and the news that it hears."""

    database: Database
    sealer: Sealer
    clock: FixedClock
    http: httpx.AsyncClient
    preview_id: UUID = field(default_factory=uuid4)

    async def ask(self, **more: Any) -> dict[str, Any]:
        asked = (await self.http.post(PLACE, json={"company_id": "harbourline-au", **more})).json()
        self.preview_id = UUID(asked["preview_id"])
        return dict(asked)

    async def hear(self, *events: Event) -> None:
        known = handlers(self.sealer)
        for one in events:
            context = MessageContext(uuid4(), one.TOPIC, one.key, one.tenant_id)
            async with self.database.transaction() as tx:
                await known[type(one)](tx, one, context)

    async def told(self, ref: RecordRef, outcome: str = "create", **facts: Any) -> None:
        """The rules' answer for one record, and where the record stands."""
        shown = {"total": examples.invoice().total, "currency": "AUD", "posting": posting(ref), **facts}
        preview = RecordPreview(outcome=outcome, **shown)
        await self.hear(
            RecordStaged(**about(ref), stage="listed", at=self.clock.now()),
            RecordPreviewed(**about(ref), preview_id=self.preview_id, preview=preview, previewed_at=self.clock.now()),
        )

    async def planned(self, plan: Posting, *, disposition: str, approved: str | None) -> None:
        example = next(one for one in examples.events() if isinstance(one, PostingPlanned))
        facts = {"posting": plan, "disposition": disposition, "approved_plan": approved, "planned_at": self.clock.now()}
        await self.hear(example.model_copy(update={**about(plan.record), **facts}))

    async def finish(self, records: int) -> None:
        await self.hear(
            PreviewFinished(**HEAD, preview_id=self.preview_id, records=records, finished_at=self.clock.now())
        )

    async def read(self, **query: Any) -> dict[str, Any]:
        answer = await self.http.get(f"{PLACE}/{self.preview_id}", params=query)
        return {"status_code": answer.status_code, **answer.json()}

    async def record(self, ref: RecordRef) -> dict[str, Any]:
        (found,) = (one for one in (await self.read())["records"] if one["record_id"] == ref.record_id)
        return dict(found)

    async def approve(self, *seen: tuple[RecordRef, str]) -> httpx.Response:
        body: dict[str, Any] = {"person": "ada"}
        if seen:
            body["records"] = [{**ref.model_dump(), "plan_hash": hashed} for ref, hashed in seen]
        return await self.http.post(f"{PLACE}/{self.preview_id}/approvals", json=body)

    async def said(self, kind: type[Event]) -> list[Any]:
        async with self.database.reading() as connection:
            rows = (await connection.execute(text("SELECT event_id, headers, value FROM outbox ORDER BY id"))).all()
        found = []
        for event_id, headers, value in rows:
            name = headers[CE_TYPE]
            aad = seal_context(event_id, name)
            found.append(decode(name, self.sealer.open(bytes(value), aad) if is_sealed(name) else bytes(value)))
        return [one for one in found if isinstance(one, kind)]


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


async def test_a_preview_shows_what_would_be_created_and_refused_with_document_items_contact_and_sums_F8(
    room: Room,
) -> None:
    await room.ask()
    (asked,) = await room.said(PreviewRequested)
    assert (asked.preview_id, asked.record_refs, asked.settings) == (room.preview_id, (), None)
    document = posting(FIRST).document
    await room.told(FIRST, new_items=document.items)
    await room.told(CREDIT)
    reasons = (problem("rules.account_missing", line=0, account="777"), problem("rules.total_mismatch", **MISMATCH))
    await room.told(SECOND, "refuse", posting=None, problems=reasons)
    assert (await room.read())["finished"] is False
    await room.finish(3)
    shown = await room.read()
    assert shown["finished"] is True
    total = examples.invoice().total
    assert [(one["outcome"], one["records"], one["total"]) for one in shown["outcomes"]] == [
        ("create", 2, "0.00"),
        ("refuse", 1, str(total)),
    ]
    created, refused, _ = shown["records"]
    assert created["document"]["number"] == created["number"] == number(FIRST)
    assert created["document"]["lines"][0]["account_code"] == document.lines[0].account_code
    assert created["document"]["expected"]["tax_by_code"]
    assert created["contact"] == {"number": document.contact.contact_number, "name": document.contact.name}
    assert [item["code"] for item in created["new_items"]] == [item.code for item in document.items]
    assert (created["difference"], created["plan_hash"]) == ([], posting(FIRST).plan_hash)
    assert [found["code"] for found in refused["problems"]] == ["rules.account_missing", "rules.total_mismatch"]
    assert (refused["document"], refused["plan_hash"]) == (None, None)


MISMATCH = {"connectwise_total": "1.00", "ledger_total": "2.00", "bound": "0.01"}


async def test_pages_follow_each_other_and_miss_nothing(room: Room) -> None:
    await room.ask()
    for ref in (SECOND, FIRST, CREDIT):
        await room.told(ref)
    seen: list[int] = []
    cursor = None
    while True:
        page = await room.read(limit=1, **({"cursor": cursor} if cursor else {}))
        seen += [one["record_id"] for one in page["records"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [39005, 39006, 39007]


async def test_what_differs_from_the_plan_that_stands_is_shown_field_by_field(room: Room) -> None:
    await room.ask(settings={**SETTINGS, "name": "Renamed"})
    (asked,) = await room.said(PreviewRequested)
    assert asked.settings["name"] == "Renamed"
    await room.told(FIRST, "change", current=posting(FIRST, reference="PO-7"), posting=posting(FIRST, reference="PO-8"))
    shown = await room.record(FIRST)
    assert shown["difference"] == [{"field": "reference", "before": "PO-7", "after": "PO-8"}]
    company = (await room.http.get("/tenants/harbourline/companies/harbourline-au")).json()
    assert (company["version"], company["settings"]["name"]) == (1, "Harbourline IT")


async def test_a_preview_of_settings_that_are_not_saved_cannot_be_approved(room: Room) -> None:
    await room.ask(settings=SETTINGS)
    await room.told(FIRST)
    answer = await room.approve()
    assert (answer.status_code, answer.json()["code"]) == (409, "preview.settings_not_saved")
    assert answer.json()["page"] == "docs/errors/preview.settings_not_saved.md"


async def test_the_records_that_are_named_are_approved_with_the_plan_that_was_seen(room: Room) -> None:
    await room.ask()
    for ref in (FIRST, SECOND):
        await room.told(ref)
    answer = (await room.approve((FIRST, posting(FIRST).plan_hash))).json()
    assert [one["number"] for one in answer["approved"]] == [number(FIRST)]
    assert answer["refused"] == []
    (command,) = await room.said(RecordCommanded)
    assert (command.action, command.record_ref, command.plan_hash) == ("approve", FIRST, posting(FIRST).plan_hash)
    again = (await room.approve((FIRST, posting(FIRST).plan_hash))).json()
    assert [one["problem"]["code"] for one in again["refused"]] == ["preview.nothing_to_approve"]
    rest = (await room.approve()).json()
    assert [one["number"] for one in rest["approved"]] == [number(SECOND)]


async def test_what_was_not_seen_not_shown_not_planned_or_went_on_is_not_approved(room: Room) -> None:
    await room.ask()
    await room.told(FIRST)
    await room.told(SECOND, "refuse", posting=None, problems=(problem("rules.account_missing", line=0, account="1"),))
    other, fine = "0" * 32, posting(FIRST).plan_hash
    answer = (await room.approve((FIRST, other), (SECOND, other), (CREDIT, other))).json()
    assert [one["problem"]["code"] for one in answer["refused"]] == [
        "preview.not_what_was_seen",
        "preview.nothing_to_approve",
        "preview.not_shown",
    ]
    room.clock.advance(1)
    await room.hear(RecordStaged(**about(FIRST), stage="batched", at=room.clock.now()))
    late = (await room.approve((FIRST, fine))).json()
    assert [one["problem"]["code"] for one in late["refused"]] == ["preview.too_late"]
    assert (answer["approved"], late["approved"]) == ([], [])
    assert await room.said(RecordCommanded) == []


async def test_once_it_is_posted_as_approved_what_was_seen_is_kept_no_longer_F4(room: Room) -> None:
    await room.ask()
    await room.told(FIRST)
    plan = posting(FIRST)
    await room.approve((FIRST, plan.plan_hash))
    await room.planned(plan, disposition="post", approved=plan.plan_hash)
    shown = await room.record(FIRST)
    assert (shown["approval"], shown["document"], shown["number"]) == ("posting", None, number(FIRST))


async def test_another_plan_than_the_approved_one_is_shown_with_its_difference_to_be_approved_anew(room: Room) -> None:
    await room.ask()
    await room.told(FIRST)
    seen, now = posting(FIRST), posting(FIRST, reference="PO-8")
    await room.approve((FIRST, seen.plan_hash))
    await room.planned(now, disposition="preview", approved=seen.plan_hash)
    shown = await room.record(FIRST)
    assert (shown["approval"], shown["plan_hash"]) == ("changed", now.plan_hash)
    assert shown["difference"] == [{"field": "reference", "before": seen.document.reference, "after": "PO-8"}]
    stale = (await room.approve((FIRST, seen.plan_hash))).json()
    assert [one["problem"]["code"] for one in stale["refused"]] == ["preview.not_what_was_seen"]
    anew = (await room.approve((FIRST, now.plan_hash))).json()
    assert len(anew["approved"]) == 1


async def test_an_approved_record_that_is_refused_by_now_says_why(room: Room) -> None:
    await room.ask()
    await room.told(FIRST)
    hashed = posting(FIRST).plan_hash
    await room.approve((FIRST, hashed))
    example = next(one for one in examples.events() if isinstance(one, PostingRefused))
    await room.hear(example.model_copy(update={**about(FIRST), "approved_plan": hashed}))
    shown = await room.record(FIRST)
    assert (shown["approval"], shown["outcome"], shown["plan_hash"]) == ("refused", "refuse", None)
    assert [found["code"] for found in shown["problems"]] == ["rules.account_missing"]


async def test_an_approved_record_that_is_stopped_before_the_rules_says_why(room: Room) -> None:
    await room.ask()
    await room.told(FIRST)
    await room.approve((FIRST, posting(FIRST).plan_hash))
    why = problem("capture.unrouted", number=number(FIRST), location="11 (Sydney)")
    await room.hear(RecordStaged(**about(FIRST), stage="unrouted", at=room.clock.now(), problems=(why,)))
    shown = await room.record(FIRST)
    assert (shown["approval"], shown["outcome"], shown["status"]) == ("refused", "refuse", "unrouted")
    assert [found["code"] for found in shown["problems"]] == ["capture.unrouted"]


async def test_a_preview_is_gone_after_a_day_with_all_it_showed_F4(room: Room) -> None:
    await room.ask()
    await room.told(FIRST)
    expiry = Expiry(room.database, room.clock)
    room.clock.advance(timedelta(hours=24).total_seconds() - 1)
    await expiry.step()
    assert len((await room.read())["records"]) == 1
    room.clock.advance(1)
    assert ((await room.read())["status_code"], (await room.read())["code"]) == (410, "preview.expired")
    assert (await room.approve()).json()["code"] == "preview.expired"
    await expiry.step()
    assert (await room.read())["status_code"] == 404
    await room.told(FIRST)  # the rules' answer comes late
    async with room.database.reading() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM previewed")) == 0


async def test_no_row_of_a_preview_holds_a_text_or_a_contact_F4(room: Room) -> None:
    await room.ask()
    await room.told(FIRST)
    document = posting(FIRST).document
    async with room.database.reading() as connection:
        everything = await connection.scalar(text("SELECT string_agg(previewed::text, '') FROM previewed"))
    for secret in (document.contact.name, document.lines[0].description):
        assert secret not in everything
        assert secret.encode().hex() not in everything


async def test_another_tenant_sees_no_preview_and_approves_nothing_I7(room: Room) -> None:
    await room.ask()
    await room.told(FIRST)
    await room.http.post("/tenants", json={"tenant_id": "other", "name": "Other"})
    place = f"/tenants/other/previews/{room.preview_id}"
    assert (await room.http.get(place)).status_code == 404
    assert (await room.http.post(f"{place}/approvals", json={"person": "eve"})).status_code == 404
    asked = await room.http.post("/tenants/other/previews", json={"company_id": "harbourline-au"})
    assert asked.status_code == 404


async def test_a_run_for_a_preview_and_one_that_posts_never_join_each_other_F134(room: Room) -> None:
    body = {"company_id": "harbourline-au"}
    runs = [
        (await room.http.post("/tenants/harbourline/runs", json={**body, "preview": preview})).json()["run_id"]
        for preview in (True, False, True, False)
    ]
    assert runs[0] == runs[2] != runs[1] == runs[3]
    assert [one.preview for one in await room.said(RunRequested)] == [True, False]


async def test_a_run_that_names_records_only_looks_and_joins_no_other(room: Room) -> None:
    named = {"company_id": "harbourline-au", "records": [FIRST.model_dump()]}
    refused = await room.http.post("/tenants/harbourline/runs", json=named)
    assert (refused.status_code, refused.json()["code"]) == (422, "api.invalid")
    for body in ({**named, "records": []}, named, named):
        await room.http.post("/tenants/harbourline/runs", json={**body, "preview": True})
    assert [one.record_refs for one in await room.said(RunRequested)] == [(), (FIRST,), (FIRST,)]


async def test_nothing_is_approved_but_in_a_preview(room: Room) -> None:
    await room.told(FIRST)
    place = "/tenants/harbourline/companies/harbourline-au/records/invoice/39005/commands"
    assert (await room.http.post(place, json={"action": "approve", "person": "ada"})).status_code == 422


async def test_a_changed_document_is_approved_by_its_record_and_never_with_all_that_would_be_created_F53(
    room: Room,
) -> None:
    await room.ask()
    await room.told(FIRST, "change")
    await room.hear(RecordStaged(**about(FIRST), stage="changed_after_posting", at=room.clock.now()))
    assert (await room.approve()).json() == {"approved": [], "refused": []}
    answer = (await room.approve((FIRST, posting(FIRST).plan_hash))).json()
    assert [one["number"] for one in answer["approved"]] == [number(FIRST)]
