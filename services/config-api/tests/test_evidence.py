"""Evidence of records: off unless a tenant chooses it, sealed, read by account admins, and purged in time."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import sqlalchemy as sa

from tieout_chassis.clock import FixedClock
from tieout_chassis.database import Database
from tieout_chassis.outbox import MessageContext
from tieout_chassis.tenant_keys import TenantSealer
from tieout_chassis.testing import a_fresh_database
from tieout_config_api.app import public_app, tenant_keys
from tieout_config_api.evidence import Upkeep
from tieout_config_api.handlers import handlers
from tieout_config_api.migrations import MIGRATIONS
from tieout_config_api.public.door import Rooms
from tieout_config_api.store.evidence import evidence
from tieout_config_api.vault import Vault
from tieout_contracts.events import Event, LedgerCalled, PostingPlanned, RecordCaptured
from tieout_contracts.examples import events

pytestmark = pytest.mark.postgres
TENANT = "/tenants/harbourline"
COMPANY: dict[str, Any] = {
    "company_id": "harbourline-au",
    "settings": {
        "name": "Harbourline IT",
        "connectwise_connection": "connectwise",
        "ledger_connection": "xero",
        "organisation_id": "org",
        "adjustment": {"account": "860"},
    },
}
TOLD: tuple[Any, ...] = tuple(each for each in events() if type(each) in (RecordCaptured, PostingPlanned, LedgerCalled))
(CAPTURED, PLANNED, CALLED) = sorted(
    TOLD, key=lambda each: (RecordCaptured, PostingPlanned, LedgerCalled).index(type(each))
)
RECORD = f"{TENANT}/companies/harbourline-au/records/{CAPTURED.record_ref.kind}/{CAPTURED.record_ref.record_id}"


@dataclass
class Place:
    http: httpx.AsyncClient
    database: Database
    sealer: TenantSealer

    async def tell(self, *told: Event, event_id: UUID | None = None) -> None:
        """As the bus does, some time after the keys were read anew."""
        self.sealer.forget()
        await self.sealer.ready(["harbourline"])
        known = handlers(self.sealer)
        async with self.database.transaction() as tx:
            for event in told:
                context = MessageContext(event_id or uuid4(), event.TOPIC, event.key, event.tenant_id)
                await known[type(event)](tx, event, context)

    async def switch(self, **setting: Any) -> httpx.Response:
        etag = (await self.http.get(f"{TENANT}/evidence")).headers["ETag"]
        return await self.http.put(f"{TENANT}/evidence", json=setting, headers={"If-Match": etag})

    async def pieces(self, **query: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.http.get(f"{RECORD}/evidence", params=query)).json()["pieces"]
        return found

    async def rows(self) -> list[Any]:
        async with self.database.transaction() as tx:
            return list((await tx.execute(sa.select(evidence).order_by(evidence.c.number))).all())

    async def swept_in(self, days: float) -> int:
        """How many pieces are left after so many days."""
        then = FixedClock(datetime.now(UTC) + timedelta(days=days))
        while await Upkeep(self.database, then).step():
            pass
        return len(await self.rows())


@pytest.fixture
async def place(postgres_admin_url: str, sealing_key_file: Path) -> AsyncIterator[Place]:
    async with a_fresh_database(postgres_admin_url, [MIGRATIONS]) as url, httpx.AsyncClient() as out:
        vault, clock = Vault.from_file(sealing_key_file), FixedClock(datetime.now(UTC))
        sealer = TenantSealer(lambda: tenant_keys(database, vault))
        database = Database(url, "config-api", pool_size=4, sealer=sealer)
        app = public_app(Rooms(database, sealer, clock, out, 200, vault=vault), "key")
        transport, key = httpx.ASGITransport(app=app), {"Authorization": "Bearer key"}
        async with httpx.AsyncClient(transport=transport, base_url="http://test/v1", headers=key) as http:
            await http.post("/tenants", json={"tenant_id": "harbourline", "name": "Harbourline"})
            await http.post(f"{TENANT}/companies", json=COMPANY)
            yield Place(http, database, sealer)
        await database.dispose()


async def test_evidence_is_off_unless_a_tenant_chooses_it_and_then_nothing_is_kept_F4(place: Place) -> None:
    read = await place.http.get(f"{TENANT}/evidence")
    assert read.json() == {"tenant_id": "harbourline", "enabled": False, "days": 30, "version": 0}
    await place.tell(CAPTURED, PLANNED, CALLED)
    assert await place.rows() == []
    found = await place.http.get(f"{RECORD}/evidence")
    assert found.json() == {"enabled": False, "pieces": [], "next_cursor": None}


async def test_what_was_given_planned_sent_and_answered_is_kept_sealed_and_every_reading_is_in_the_audit_F4_I8(
    place: Place,
) -> None:
    missing = await place.http.put(f"{TENANT}/evidence", json={"enabled": True})
    assert (missing.status_code, missing.json()["code"]) == (428, "api.if_match_required")
    assert (await place.switch(enabled=True, days=7)).json()["version"] == 1
    again = uuid4()
    await place.tell(CAPTURED, PLANNED, CAPTURED, PLANNED)
    await place.tell(CALLED, CALLED, event_id=again)

    first = (await place.http.get(f"{RECORD}/evidence", params={"limit": 2})).json()
    last = (await place.http.get(f"{RECORD}/evidence", params={"cursor": first["next_cursor"]})).json()
    pieces = [*first["pieces"], *last["pieces"]]
    assert [piece["part"] for piece in pieces] == ["captured", "planned", "called"]
    assert last["next_cursor"] is None
    assert pieces[0]["content"] == CAPTURED.record.model_dump(mode="json")
    assert pieces[1]["content"] == PLANNED.posting.model_dump(mode="json")
    assert pieces[2]["content"] == CALLED.exchange.model_dump(mode="json")
    for row in await place.rows():
        told = [str(value) for value in row if not isinstance(value, bytes)]
        assert not any(CAPTURED.record.bill_to.name in each for each in told)
        assert CAPTURED.record.bill_to.name.encode() not in row.body
    audit = (await place.http.get(f"{TENANT}/audit")).json()["entries"]
    acts = [(each["action"], each["subject_id"]) for each in audit[:3]]
    name = f"harbourline-au/{CAPTURED.record_ref}"
    assert acts == [("evidence.read", name), ("evidence.read", name), ("evidence.saved", "harbourline")]
    assert (audit[2]["before"]["enabled"], audit[2]["after"]) == (False, {"enabled": True, "days": 7})


async def test_of_another_record_or_company_nothing_is_shown_I7(place: Place) -> None:
    await place.switch(enabled=True, days=7)
    await place.tell(CAPTURED, CALLED)
    elsewhere = RECORD.replace("harbourline-au", "nobody")
    assert (await place.http.get(f"{elsewhere}/evidence")).status_code == 404
    assert (await place.http.get(f"{RECORD}1/evidence")).status_code == 404


async def test_evidence_is_purged_when_its_days_are_over_and_all_of_it_when_it_is_switched_off_F4(
    place: Place,
) -> None:
    await place.switch(enabled=True, days=7)
    await place.tell(CAPTURED, PLANNED)
    assert await place.swept_in(6) == 2
    assert await place.swept_in(8) == 0
    await place.tell(CAPTURED, PLANNED)
    await place.switch(enabled=False, days=7)
    assert await place.pieces() == []
    assert await place.swept_in(0) == 0


async def test_evidence_of_a_record_and_what_is_too_old_are_found_by_an_index_behind_the_wall(place: Place) -> None:
    await place.switch(enabled=True, days=7)
    await place.tell(CAPTURED, PLANNED, CALLED)
    asked: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, values: Any, *___: Any) -> None:
        asked.append((statement, values))

    sa.event.listen(place.database.engine.sync_engine, "before_cursor_execute", note)
    assert len(await place.pieces()) == 3
    await place.swept_in(6)
    for table, index in (("evidence_record", "evidence_record_pkey"), ("evidence_setting", "evidence_by_age")):
        statement, values = next(each for each in asked if f"JOIN {table} " in each[0])
        async with place.database.transaction() as tx:
            await tx.execute(sa.text("SET LOCAL enable_seqscan = off"))
            plan = "\n".join((await tx.exec_driver_sql(f"EXPLAIN {statement}", values)).scalars())
        assert index in plan, plan


async def test_evidence_leaves_with_its_tenant_F251_F4(place: Place) -> None:
    await place.switch(enabled=True, days=7)
    await place.tell(CALLED)
    await place.http.post(f"{TENANT}/suspend")
    assert (await place.http.delete(TENANT, params={"confirm": "harbourline"})).status_code == 200
    assert await place.rows() == []
