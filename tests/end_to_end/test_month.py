"""The demo's month on each transport: every record stands where its author said, and all of it ties out."""

import asyncio
import json
import re
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from harness.bus import whole_bus
from harness.canaries import marks_in
from harness.databases import a_database
from harness.faults import PUT_INVOICES
from harness.planting import mark_providers, marked, own_secrets
from harness.watched import watch
from harness.world import World, a_world, books_agree, codes, new_topic_prefix, number_of
from tieout_chassis.bus import Outgoing, Stored
from tieout_chassis.bus.kafka import KafkaConnection, KafkaTransport
from tieout_chassis.testing import drop_kafka
from tieout_contracts.events import RecordCaptured, ReferencePublished
from tieout_simulators.month import build_month
from tieout_standalone.demo.proof import measure, unexpected
from tieout_standalone.demo.scene import TENANT, script_the_month
from tieout_standalone.tie_out import TieOut

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(420)]
XERO_CALLS_LIMIT = 0.12
CONNECTWISE_CALLS_LIMIT = 1.3
TEXTS = 12
"""So many of the month's names and texts are looked for."""
SECRETS: dict[str, str] = {}
"""Of the month's connections, by what they are."""
ROTATIONS = (("keys", "rotate"), ("keys", "rotate", "--tenant", TENANT))


@dataclass
class Posted:
    """The month after its run, as it stood then; while it ran, every key was replaced."""

    world: World
    rotations: list[subprocess.CompletedProcess[str]]
    records: list[dict[str, Any]]
    tie_out: TieOut
    surprises: list[str]
    measured: dict[str, Any]

    @property
    def company(self) -> str:
        return next(iter(self.world.scene.companies))

    def documents(self, *, cause: str) -> list[dict[str, Any]]:
        return [one for one in self.world.documents if one["cause"] == cause]

    def one(self, cause: str) -> str:
        """The number of the document that the month has for this."""
        (document,) = self.documents(cause=cause)
        return str(document["number"])

    def record(self, number: str) -> dict[str, Any]:
        (found,) = [record for record in self.records if record["number"] == number]
        return found


@pytest_asyncio.fixture(
    scope="module",
    loop_scope="module",
    params=[
        pytest.param("postgres", marks=pytest.mark.postgres),
        pytest.param("kafka", marks=[pytest.mark.postgres, pytest.mark.kafka]),
    ],
)
async def posted(
    request: pytest.FixtureRequest, postgres_admin_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Posted]:
    kafka = request.getfixturevalue("kafka_bootstrap") if request.param == "kafka" else None
    prefix = new_topic_prefix()
    folder = tmp_path_factory.mktemp(f"month-{request.param}")
    month = build_month()
    SECRETS.update(mark_providers(month))
    async with a_database(postgres_admin_url) as database_url:
        with a_world(month, folder, database_url, kafka=kafka, topic_prefix=prefix) as world:
            watch(request.node, world.installation)
            world.installation.start(TIEOUT_BULK_LINGER_S="1")  # the product's own: calls are counted
            await world.configure()
            await script_the_month(world.scene)
            await world.request_runs()
            await world.until(world.some_batched, timeout_s=300)
            rotations = [await asyncio.to_thread(world.installation.maintain, *each) for each in ROTATIONS]
            records = await world.rest(timeout_s=300)
            yield Posted(
                world,
                rotations,
                records,
                *(await world.tie_out(records)).values(),
                unexpected(world.scene, records),
                await measure(world.scene, records, wall_s=0),
            )
        if kafka is not None:
            await drop_kafka(kafka, prefix)


def test_every_record_stands_where_the_months_author_said(posted: Posted) -> None:
    assert posted.surprises == []
    assert len(posted.records) == len(posted.world.documents)


def test_keys_are_replaced_in_the_middle_of_the_run_and_no_record_fails(posted: Posted) -> None:
    """The month's own tests are the proof that nothing failed; here, that the keys are others."""
    of_installation, of_tenant = posted.rotations
    assert of_installation.returncode == of_tenant.returncode == 0, of_installation.stderr + of_tenant.stderr
    (new, old) = re.findall(r"[0-9a-f]{12}(?= in | is retired)", of_installation.stdout)
    told = posted.world.installation.maintain("keys", "status")
    assert told.returncode == 0, told.stderr
    stands = {line.split("│")[1].strip(): line for line in told.stdout.splitlines() if line.count("│") == 6}
    assert "current" in stands[new]
    assert "tenant_key 2" in stands[new]
    assert "retired" in stands[old]
    assert not posted.world.installation.whole_log().count("Unsealable")


def test_what_xero_holds_agrees_with_what_connectwise_holds_to_the_cent_I3(posted: Posted) -> None:
    books_agree(posted.tie_out.differences == [], posted.tie_out.differences[:10])
    assert posted.tie_out.documents == posted.measured["posted"] > 300
    books_agree(posted.tie_out.connectwise_total == posted.tie_out.ledger_total > 0, posted.tie_out)


def test_a_posted_document_costs_few_calls_I5(posted: Posted) -> None:
    assert posted.measured["calls_per_invoice"]["xero"] <= XERO_CALLS_LIMIT, posted.measured["calls"]
    assert posted.measured["calls_per_invoice"]["connectwise"] <= CONNECTWISE_CALLS_LIMIT, posted.measured["calls"]


def test_every_refusal_names_its_reason_and_its_fix_F8(posted: Posted) -> None:
    expected = {
        "no_gl_entries": "capture.no_gl_entries",
        "account_missing": "rules.account_missing",
        "tax_unmapped": "rules.tax_unmapped",
        "item_missing": "rules.item_missing",
        "tax_mismatch": "rules.tax_mismatch",
        "number_taken": "ledger.conflict",
        "gl_entries_changed": "batches.changed_while_posting",
        "batched_by_hand": "batches.elsewhere",
    }
    for cause, code in expected.items():
        record = posted.record(posted.one(cause))
        assert code in codes(record), (cause, record["problems"])
        assert all(problem["sentence"] and problem["hint"] for problem in record["problems"])


def test_posted_records_say_what_a_bookkeeper_should_look_at_F139(posted: Posted) -> None:
    for cause, code in {"contact_missing": "rules.contact_missing", "untaxed_line": "rules.untaxed_line"}.items():
        record = posted.record(posted.one(cause))
        assert record["status"] == "batched"
        assert code in {warning["code"] for warning in record["warnings"]}


def test_trace_tells_one_invoices_life_from_its_closing_to_its_batch(posted: Posted) -> None:
    record = posted.record(posted.one("contact_missing"))
    told = posted.world.installation.run("trace", record["number"])

    assert told.returncode == 0, told.stderr
    steps = [line.split("│")[2].strip() for line in told.stdout.splitlines() if line.count("│") == 3]
    assert steps == ["closed in ConnectWise", "captured", "planned", "settled: posted", "batched"], told.stdout
    for fact in (record["document"]["document_id"], record["batch_identifier"], record["trace_id"]):
        assert fact in told.stdout
    assert "[rules.contact_missing]" in told.stdout
    assert re.search(r"\d\.\d\d s", told.stdout)


def test_trace_of_an_unknown_number_says_so(posted: Posted) -> None:
    told = posted.world.installation.run("trace", "no-such-number")
    assert told.returncode == 1
    assert "No record numbered no-such-number is known" in told.stdout


def test_status_counts_the_companies_records(posted: Posted) -> None:
    told = posted.world.installation.run("status")
    assert told.returncode == 0, told.stderr
    assert f"{TENANT} / {posted.company}: posts from 2026-10-01" in told.stdout
    assert re.search(rf"posted and batched\W+{posted.measured['posted']}\b", told.stdout)
    assert re.search(r"before the go-live date\W+14\b", told.stdout)


async def test_another_run_posts_nothing_twice_and_sees_what_changed_after_posting(posted: Posted) -> None:
    """The one record whose GL entries changed during the first run is all that is new."""
    world, number = posted.world, posted.one("gl_entries_changed")
    before = await world.calls("xero", PUT_INVOICES)
    told = world.installation.run("sync", posted.company)
    changed = await world.stands(number, "changed_after_posting")

    assert "Traceback" not in told.stdout + told.stderr
    assert codes(changed) == {"batches.changed_after_posting"}
    assert await world.calls("xero", PUT_INVOICES) == before


async def test_adopting_a_proposed_document_links_and_batches_it_and_posts_nothing(posted: Posted) -> None:
    world = posted.world
    number = posted.documents(cause="already_in_ledger")[0]["number"]
    proposed = await world.record(number)
    before = [document for document in await world.ledger_documents() if number_of(document) == number]

    await world.command(number, "adopt")
    adopted = await world.stands(number, "batched")

    after = [document for document in await world.ledger_documents() if number_of(document) == number]
    assert proposed["status"] == "adopt_proposed"
    assert after == before
    assert adopted["document"]["document_id"] == before[0]["InvoiceID"]
    assert adopted["batch_identifier"] in await batch_names(world)


async def test_what_a_former_tool_posted_is_found_by_one_command_and_adopted_by_another_K24(
    posted: Posted, tmp_path: Path
) -> None:
    """The records from before the go-live date are looked up, too, though their period is locked in the ledger."""
    world, company = posted.world, posted.company
    left = {document["number"] for document in posted.documents(cause="already_in_ledger")[1:]}
    before = await world.ledger_documents()
    told = world.installation.run("proposals", company, "--json", str(tmp_path / "found.json"))
    assert told.returncode == 0, told.stdout + told.stderr
    found = json.loads((tmp_path / "found.json").read_text())
    finding = {one["number"]: one["finding"] for one in found["documents"]}
    assert {number for number, what in finding.items() if what == "adopt"} == left
    assert finding[posted.one("number_taken")] == "conflict"
    older = {document["number"] for document in posted.documents(cause="before_go_live")}
    assert {finding[number] for number in older} == {"free"}
    assert {one["finding"] for one in found["contacts"]} <= {"linked", "number", "name", "none"}

    told = world.installation.run("adopt", found["proposals_id"])
    assert told.returncode == 0, told.stdout + told.stderr
    for number in left:
        assert (await world.stands(number, "batched"))["batch_identifier"] in await batch_names(world)
    assert await world.ledger_documents() == before


async def test_a_refused_record_posts_after_its_cause_was_mended_and_a_retry(posted: Posted) -> None:
    world = posted.world
    number = posted.one("account_missing")
    place = f"/tenants/{TENANT}/companies/{posted.company}"
    async with world.api() as api:
        company = await api.get(place)
        mapped = {**company["settings"], "accounts": [{"connectwise_account": "299", "ledger_account": "200"}]}
        await api.put(f"{place}/settings", mapped, **{"If-Match": f'"{company["version"]}"'})

    await world.command(number, "retry")
    await world.stands(number, "batched")

    (document,) = [one for one in await world.ledger_documents() if number_of(one) == number]
    assert "200" in {line["AccountCode"] for line in document["LineItems"]}
    world.scene.companies[posted.company]["accounts"] = mapped["accounts"]  # type: ignore[index]
    await world.exact(await world.records())


async def test_older_records_are_batched_without_posting_when_the_company_is_armed_so_K24(posted: Posted) -> None:
    world = posted.world
    older = sorted(str(document["number"]) for document in posted.documents(cause="before_go_live"))
    before = await world.ledger_documents()
    async with world.api() as api:
        arming = {"go_live": "2026-10-01", "older_records": "batch_without_posting"}
        await api.post(f"/tenants/{TENANT}/companies/{posted.company}/arm", arming)

    async def closed() -> list[dict[str, Any]] | None:
        found = await world.records(status="batched_without_posting")
        return found if len(found) == len(older) else None

    found = await world.until(closed)
    assert sorted(str(record["number"]) for record in found) == older
    assert {codes(record) == {"batches.without_posting"} for record in found} == {True}
    assert {record["batch_identifier"] for record in found} <= await batch_names(world)
    assert await world.ledger_documents() == before
    (tied,) = (await world.tie_out(await world.records())).values()
    assert (tied.differences, tied.batched_without_posting) == ([], len(older))


async def test_no_secret_and_no_accounting_text_lies_in_clear_on_the_bus_F4_I8(posted: Posted) -> None:
    """After the month's run with all that failed in it; what a ledger calls its items is no record's. On Kafka every
    message is read from the beginning, and what is planted there on purpose is found."""
    world, transactions = posted.world, posted.world.scene.month.connectwise["gl_transactions"]
    secrets = {**SECRETS, **await own_secrets(world)}
    people = {each["company"]["name"] for each in transactions} | {each.get("attention") for each in transactions}
    lines = {line["memo"] for each in transactions for line in each["detail"]}
    names, texts = (sorted(each for each in found if each and " " in each)[:TEXTS] for found in (people, lines))
    marks = [*secrets.values(), *names]
    assert len(names) == len(texts) == TEXTS
    planted = marked("planted on purpose")
    if world.kafka is not None:
        await published(world, planted)
    told = await whole_bus(world)
    items = f"{world.topic_prefix}{ReferencePublished.TOPIC}"
    found = {
        topic: marks_in(text, [*marks, planted, *([] if topic == items else texts)]) for topic, text in told.items()
    }
    lying = {f"{world.topic_prefix}planted": [planted]} if world.kafka is not None else {}
    assert {topic: held for topic, held in found.items() if held} == lying
    assert posted.company in told[f"{world.topic_prefix}{RecordCaptured.TOPIC}"]


async def published(world: World, text: str) -> None:
    """On a topic of its own, in a header and a value."""
    transport = KafkaTransport(KafkaConnection(str(world.kafka)), topic_prefix=world.topic_prefix)
    message = Outgoing("planted", "key", text.encode(), {"header": text})
    try:
        await transport.ensure_topics(["planted"])
        assert await transport.publish([message]) == [Stored()]
    finally:
        await transport.close()


async def batch_names(world: World) -> set[str]:
    connectwise = await world.scene.connectwise.read("dump")
    return {batch["batchIdentifier"] for batch in connectwise["batches"]}
