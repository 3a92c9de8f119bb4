"""config-api's rows on a real PostgreSQL: snapshots, the projection, runs."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from tieout_chassis.database import Database
from tieout_chassis.outbox import MessageContext
from tieout_chassis.testing import FreshDatabase
from tieout_config_api.handlers import HANDLERS
from tieout_config_api.migrations import MIGRATIONS
from tieout_config_api.public.records import Record, view
from tieout_config_api.store import accounts, records, runs
from tieout_config_api.store.tables import metadata
from tieout_contracts import examples
from tieout_contracts.events import Event, PostingRefused, PostingSettled, RecordCaptured, RecordStaged, RunListed
from tieout_contracts.settings import CompanySettings

pytestmark = pytest.mark.postgres
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
SETTINGS = CompanySettings.model_validate(
    {
        "name": "Harbourline IT",
        "connectwise_connection": "connectwise",
        "ledger_connection": "xero",
        "organisation_id": "org",
        "adjustment": {"account": "860"},
    }
)


@pytest.fixture
async def database(fresh_database: FreshDatabase) -> AsyncIterator[Database]:
    found = Database(await fresh_database([MIGRATIONS]), "config-api", pool_size=4)
    yield found
    await found.dispose()


def event(kind: type[Event], **changes: Any) -> Any:
    found = next(one for one in examples.events() if isinstance(one, kind))
    return found.model_copy(update=changes)


async def hear(database: Database, *events: Event) -> None:
    for one in events:
        context = MessageContext(one_id(one), one.TOPIC, one.key, one.tenant_id)
        async with database.transaction() as tx:
            await HANDLERS[type(one)](tx, one, context)


def one_id(one: Event) -> Any:
    return examples.posting().posting_id


async def stands(database: Database) -> str:
    async with database.transaction() as tx:
        row = await records.one(tx, "harbourline", "harbourline-au", "invoice", 39005)
    assert row is not None
    return str(row["status"])


async def test_a_record_is_followed_from_capture_to_batch(database: Database) -> None:
    seen = []
    for one in examples.events():
        if type(one) in {RecordCaptured, PostingSettled, RecordStaged}:
            await hear(database, one)
            seen.append(await stands(database))
    assert seen == ["captured", "posted", "batched"]


async def test_the_rate_that_the_ledger_took_is_shown_with_the_document_F119(database: Database) -> None:
    settlement = event(PostingSettled).settlement.model_copy(update={"currency_rate": Decimal("0.654321")})
    await hear(database, event(RecordCaptured), event(PostingSettled, settlement=settlement))
    async with database.transaction() as tx:
        row = await records.one(tx, "harbourline", "harbourline-au", "invoice", 39005)
    assert row is not None
    shown = Record.model_validate(view(row)).document
    assert shown is not None
    assert (shown["currency_rate"], shown["number"]) == ("0.654321", settlement.document.number)


async def test_news_that_overtook_the_capture_is_not_lost(database: Database) -> None:
    await hear(database, event(RecordStaged), event(PostingSettled), event(RecordCaptured))
    assert await stands(database) == "batched"


async def test_an_older_refusal_does_not_undo_a_newer_capture(database: Database) -> None:
    later = event(RecordCaptured).captured_at + timedelta(minutes=5)
    await hear(database, event(PostingRefused), event(RecordCaptured, captured_at=later))
    assert await stands(database) == "captured"
    await hear(database, event(PostingRefused))
    assert await stands(database) == "captured"


async def test_two_savings_on_the_same_version_make_one_snapshot_and_one_conflict(database: Database) -> None:
    async with database.transaction() as tx:
        await accounts.create_tenant(tx, "harbourline", "Harbourline IT", NOW)
        await accounts.create_company(tx, "harbourline", "harbourline-au", NOW)
        first = await accounts.save_settings(
            tx, "harbourline", "harbourline-au", SETTINGS, expected_version=0, comment=None, at=NOW
        )
    assert first.version == 1
    async with database.transaction() as tx:
        with pytest.raises(accounts.VersionConflict):
            await accounts.save_settings(
                tx, "harbourline", "harbourline-au", SETTINGS, expected_version=0, comment=None, at=NOW
            )
        assert [one.version for one in await accounts.snapshots(tx)] == [1]


async def test_no_page_ends_between_the_two_companies_of_a_record_that_went_over(database: Database) -> None:
    """It has one number and one id in both; kinds may share an id too."""
    captured = event(RecordCaptured)
    credit = captured.record_ref.model_copy(update={"kind": "credit_memo"})
    companies = ("harbourline-au", "harbourline-nz")
    for company in companies:
        await hear(database, captured.model_copy(update={"company_id": company}))
        await hear(database, captured.model_copy(update={"company_id": company, "record_ref": credit}))

    seen, after = [], None
    async with database.transaction() as tx:
        while rows := await records.page(tx, "harbourline", {}, after=after, limit=1):
            (row,) = rows
            after = (row["number"], row["company_id"], row["kind"], row["record_id"])
            seen.append((row["company_id"], row["kind"]))
    assert seen == [(company, kind) for company in companies for kind in ("credit_memo", "invoice")]


async def test_a_run_is_finished_only_when_all_it_announced_is_here_and_at_rest(database: Database) -> None:
    listed = event(RunListed)
    await hear(database, listed)

    async def finished() -> bool:
        async with database.transaction() as tx:
            run = await runs.progress(tx, "harbourline", listed.run_id)
        assert run is not None
        return bool(run["finished"])

    assert not await finished()
    await hear(database, event(RecordCaptured))
    assert not await finished()
    await hear(database, event(PostingSettled))
    assert not await finished()
    await hear(database, event(RecordStaged))
    assert await finished()


async def test_a_run_whose_record_a_later_look_captured_anew_is_finished_too(database: Database) -> None:
    listed, captured = event(RunListed), event(RecordCaptured)
    later = listed.model_copy(update={"run_id": uuid4(), "listed_at": listed.listed_at + timedelta(minutes=5)})
    settled = event(PostingSettled, settled_at=captured.captured_at + timedelta(minutes=6))
    await hear(database, listed, captured.model_copy(update={"run_id": later.run_id}), settled)
    async with database.transaction() as tx:
        before = await runs.progress(tx, "harbourline", listed.run_id)
    await hear(database, later)
    async with database.transaction() as tx:
        after = await runs.progress(tx, "harbourline", listed.run_id)
    assert before is not None
    assert after is not None
    assert (before["finished"], after["others_moving"]) == (False, 1)
    await hear(database, event(RecordStaged, at=captured.captured_at + timedelta(minutes=7)))
    async with database.transaction() as tx:
        at_rest = await runs.progress(tx, "harbourline", listed.run_id)
    assert at_rest is not None
    assert at_rest["finished"] is True


async def test_no_line_text_and_no_contact_is_kept_F4(database: Database) -> None:
    await hear(database, *(one for one in examples.events() if type(one) in HANDLERS))
    async with database.transaction() as tx:
        row = await records.one(tx, "harbourline", "harbourline-au", "invoice", 39005)
    told = str(dict(row or {}))
    assert "Transactional e-mail" not in told
    assert "example.com" not in told


async def test_the_migrations_make_the_tables_that_the_code_reads(database: Database) -> None:
    async with database.transaction() as tx:
        found = await tx.execute(
            sa.text("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'config_api'")
        )
        made = {(table, column) for table, column in found}
    read = {(table.name, column.name) for table in metadata.sorted_tables for column in table.columns}
    assert read <= made
