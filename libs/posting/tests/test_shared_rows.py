"""Contacts and items: made once for the whole organisation, matched by our number, never by name alone."""

from typing import Any

import pytest
import sqlalchemy as sa
from posting_kit.bench import Bench
from posting_kit.ledger import unreadable
from posting_kit.values import document

from tieout_contracts.documents import LedgerContact, LedgerDocument, LedgerItem
from tieout_contracts.settings import SettingsSnapshot
from tieout_posting.ledger import DirectoryEntry
from tieout_posting.tables import shared

pytestmark = pytest.mark.postgres


def for_company(company_id: int, name: str, number: str, **changes: Any) -> LedgerDocument:
    contact = LedgerContact(connectwise_company_id=company_id, contact_number=f"CW-{company_id}", name=name)
    return document(number, contact=contact, **changes)


async def test_customers_are_created_with_their_first_document_and_once_F55(bench: Bench) -> None:
    for index in range(6):
        await bench.plan(for_company(index % 3, f"Customer {index % 3}", str(1001 + index)), record_id=index)
    await bench.serve()
    assert sorted(each.code for each in bench.ledger.contacts.values() if each.code) == ["CW-0", "CW-1", "CW-2"]
    assert bench.ledger.count("/contacts") == 1


async def test_a_contact_that_bears_our_number_is_used_whatever_its_name(bench: Bench) -> None:
    bench.ledger.contacts["c1"] = DirectoryEntry("c1", "CW-19", "Renamed by a person")
    await bench.plan()
    await bench.serve()
    assert (bench.ledger.count("/contacts"), bench.ledger.live("1001")[0].contact_id) == (0, "c1")


async def test_a_contact_of_the_exact_name_gets_our_number_in_bulk(bench: Bench) -> None:
    for index in range(3):
        bench.ledger.contacts[f"c{index}"] = DirectoryEntry(f"c{index}", None, f"Customer {index}")
        await bench.plan(for_company(index, f"Customer {index}", str(1001 + index)), record_id=index)
    await bench.serve()
    assert bench.ledger.count("/link") == 1
    assert [bench.ledger.contacts[f"c{index}"].code for index in range(3)] == ["CW-0", "CW-1", "CW-2"]
    assert bench.ledger.live("1003")[0].contact_id == "c2"


async def test_a_name_owned_by_another_company_is_refused_and_posted_after_it_was_mended(bench: Bench) -> None:
    bench.ledger.contacts["c1"] = DirectoryEntry("c1", "CW-20", "Fabrikam Pty Ltd")
    plan = await bench.plan()
    await bench.serve()
    (settled,) = await bench.settled()
    assert (settled.settlement.outcome, settled.settlement.problems[0].code) == ("refused", "ledger.contact_ambiguous")
    bench.ledger.contacts["c1"] = DirectoryEntry("c1", "CW-20", "Fabrikam Brisbane")
    await bench.deliver(bench.again(plan))
    await bench.serve()
    assert await bench.states() == ["posted"]


async def test_texts_of_a_refused_contact_are_emptied_after_their_days_and_a_new_plan_brings_them_anew_F4(
    bench: Bench,
) -> None:
    bench.ledger.contacts["c1"] = DirectoryEntry("c1", "CW-20", "Fabrikam Pty Ltd")
    plan = await bench.plan()
    await bench.serve()
    kept = sa.text("SELECT body FROM shared WHERE state = 'refused'")

    async def body() -> bytes | None:
        await bench.engine.sweep()
        async with bench.database.transaction() as tx:
            return (await tx.execute(kept)).scalar_one()

    assert await body() is not None
    async with bench.database.transaction() as tx:
        await tx.execute(sa.text("UPDATE shared SET ready_at = now() - interval '31 days'"))
    assert await body() is None
    bench.ledger.contacts["c1"] = DirectoryEntry("c1", "CW-20", "Fabrikam Brisbane")
    await bench.deliver(bench.again(plan))
    await bench.serve()
    assert await bench.states() == ["posted"]


async def test_two_companies_of_one_name_share_no_contact(bench: Bench) -> None:
    await bench.plan(for_company(1, "Same Name", "1001"), record_id=1)
    await bench.plan(for_company(2, "Same Name", "1002"), record_id=2)
    await bench.serve()
    assert sorted(await bench.states()) == ["posted", "refused"]
    assert len(bench.ledger.contacts) == 1


async def test_a_contact_made_since_the_last_reading_is_found_by_reading_again(bench: Bench) -> None:
    await bench.plan(for_company(1, "First", "1001"), record_id=1)
    await bench.serve()
    bench.ledger.contacts["c2"] = DirectoryEntry("c2", None, "Second")
    await bench.plan(for_company(2, "Second", "1002"), record_id=2)
    await bench.serve()
    assert bench.ledger.count("/read_contacts") == 1
    assert (bench.ledger.contacts["c2"].code, await bench.states()) == ("CW-2", ["posted", "posted"])


async def test_missing_items_are_created_in_bulk_and_existing_ones_left_alone_F36(bench: Bench) -> None:
    bench.ledger.items["WS"] = DirectoryEntry("i1", "WS", "Their own words")
    items = (LedgerItem(code="WS", name="Workstation"), LedgerItem(code="SV", name="Server"))
    await bench.plan(document(items=items))
    await bench.serve()
    assert bench.ledger.items["WS"].name == "Their own words"
    assert bench.ledger.sizes[bench.ledger.calls.index("/items") - bench.ledger.count("/reference")] == 1


async def test_known_rows_keep_no_details_F4(bench: Bench) -> None:
    await bench.plan()
    await bench.serve()
    async with bench.database.transaction() as tx:
        rows = (await tx.execute(sa.select(shared))).all()
    assert [(row.state, row.body) for row in rows] == [("known", None), ("known", None)]


async def test_an_archived_contact_is_refused_in_clear_words_before_any_write_and_posts_after_it_was_restored(
    bench: Bench,
) -> None:
    bench.ledger.contacts["c1"] = DirectoryEntry("c1", "CW-19", "Fabrikam Pty Ltd", active=False)
    plan = await bench.plan()
    await bench.serve()
    (settled,) = await bench.settled()
    assert settled.settlement.problems[0].code == "ledger.contact_archived"
    assert bench.ledger.count("/create") == bench.ledger.count("/contacts") == 0
    bench.ledger.contacts["c1"] = DirectoryEntry("c1", "CW-19", "Fabrikam Pty Ltd")
    await bench.deliver(bench.again(plan))
    await bench.serve()
    assert await bench.states() == ["posted"]


async def test_documents_follow_a_contact_that_was_merged_as_soon_as_the_list_is_read(bench: Bench) -> None:
    bench.ledger.contacts["c1"] = DirectoryEntry("c1", "CW-19", "Fabrikam Pty Ltd")
    await bench.plan(document("1001"), record_id=1)
    await bench.serve()
    bench.ledger.contacts["c1"] = DirectoryEntry("c1", None, "Fabrikam Pty Ltd", active=False)
    bench.ledger.contacts["c2"] = DirectoryEntry("c2", "CW-19", "Fabrikam Group")
    async with bench.database.transaction() as tx:
        await tx.execute(sa.text("UPDATE organisation SET reference_due_at = now()"))
    await bench.plan(document("1002"), record_id=2)
    await bench.serve()
    assert bench.ledger.live("1002")[0].contact_id == "c2"
    assert bench.ledger.count("/contacts") == 0


# -- reference data and settings


def snapshot(version: int = 1, company: str = "acme-au", **changes: Any) -> SettingsSnapshot:
    settings = {
        "name": "Acme",
        "connectwise_connection": "cw-1",
        "ledger_connection": "xero-1",
        "organisation_id": "org-1",
        "adjustment": {"account": "860"},
    }
    return SettingsSnapshot.model_validate(
        {"tenant_id": "acme", "company_id": company, "version": version, "settings": settings | changes}
    )


async def _published(bench: Bench) -> list[str]:
    async with bench.database.transaction() as tx:
        found = sa.text("SELECT key FROM outbox WHERE topic = 'reference.published' ORDER BY id")
        return list((await tx.execute(found)).scalars())


async def test_reference_data_is_published_as_soon_as_a_companys_settings_appear(bench: Bench) -> None:
    await bench.engine.take_in([snapshot()])
    await bench.serve()
    assert await _published(bench) == ["acme-au"]
    organisation = await bench.organisation()
    assert organisation.reference_version == 1


async def test_a_second_company_of_the_organisation_gets_what_was_read(bench: Bench) -> None:
    await bench.engine.take_in([snapshot()])
    await bench.serve()
    await bench.engine.take_in([snapshot(), snapshot(company="acme-nz")])
    await bench.serve()
    assert await _published(bench) == ["acme-au", "acme-nz"]
    assert bench.ledger.count("/reference") == 1


async def test_the_version_rises_only_when_the_content_changed(bench: Bench) -> None:
    await bench.engine.take_in([snapshot()])
    await bench.serve()
    async with bench.database.transaction() as tx:
        await tx.execute(sa.text("UPDATE organisation SET reference_due_at = now()"))
    await bench.time_passes()
    await bench.serve()
    assert (await bench.organisation()).reference_version == 1
    assert len(await _published(bench)) == 2


async def test_a_burst_of_settings_reads_the_reference_once(bench: Bench) -> None:
    for version in (1, 2, 3):
        await bench.engine.take_in([snapshot(version)])
        await bench.serve()
    assert bench.ledger.count("/reference") == 1


async def test_arming_again_with_newer_settings_starts_a_stopped_company(bench: Bench) -> None:
    await bench.engine.take_in([snapshot(1)])
    await bench.plan()
    async with bench.database.transaction() as tx:
        await tx.execute(sa.text("UPDATE company SET stopped_at_version = 1, stopped_by = '1000'"))
    await bench.serve()
    assert bench.ledger.live("1001") == []
    await bench.engine.take_in([snapshot(2)])
    await bench.serve()
    assert bench.ledger.live("1001") == []
    await bench.engine.take_in([snapshot(3, arming={"armed": True})])
    await bench.serve()
    assert await bench.states() == ["posted"]


async def test_posting_goes_on_while_the_reference_cannot_be_read_anew(bench: Bench) -> None:
    await bench.engine.take_in([snapshot()])
    await bench.serve()
    async with bench.database.transaction() as tx:
        await tx.execute(sa.text("UPDATE organisation SET reference_due_at = now()"))
    bench.ledger.read_faults = [unreadable()]
    await bench.plan()
    await bench.serve_through(1)
    assert await bench.states() == ["posted"]


async def test_a_company_that_moves_to_another_organisation_takes_its_unsent_work_along_I1(bench: Bench) -> None:
    await bench.plan(revision="r1")
    await bench.plan(document("1001", reference="moved"), revision="r2", organisation="org-2")
    await bench.serve()
    assert await bench.states() == ["superseded", "posted"]
    assert len(bench.ledger.live("1001")) == 1
