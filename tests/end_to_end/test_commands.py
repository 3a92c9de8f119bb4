"""What a person types, on a small installation: sync, status, replay, preview, approve, and where nothing runs."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from harness.corrections import MORE, TAX, correct
from harness.databases import a_database, execute, rows
from harness.faults import LIST_UNPOSTED, PUT_CONTACTS, answered, web_page
from harness.watched import watch
from harness.world import World, a_world, number_of, statuses
from tieout_simulators.month import Month, build_volume
from tieout_standalone.demo.scene import TENANT
from tieout_standalone.process import Simulator

pytestmark = [pytest.mark.end_to_end, pytest.mark.postgres]
INVOICES = 6
STILL_OPEN = 3
ARCHIVED = "210"
OPEN, CLOSED = ({"id": number, "name": name, "isClosed": number == 13} for number, name in ((1, "New"), (13, "Closed")))
WRITES_NOTHING = {"GET", "POST /finance/accounting/export", "POST /connect/token"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(
    request: pytest.FixtureRequest, postgres_admin_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """Configured and running, everything planned, and nothing posted yet, because Xero is down; one record's line
    posts to an account that Xero had when its chart was read, and has no longer."""
    month = build_volume(invoices=INVOICES + STILL_OPEN, lines=2)
    leave_open(month, month.expected["documents"][INVOICES:])
    month.expected["settings"]["companies"][0]["pay_link"] = "https://pay.example.com/{number}?total={total}"
    month.connectwise["gl_transactions"][3]["detail"][0]["accountNumber"] = ARCHIVED
    async with a_database(postgres_admin_url) as database_url:
        with a_world(month, tmp_path_factory.mktemp("commands"), database_url) as made:
            watch(request.node, made.installation)
            await made.scene.xero.tell("faults", [web_page(PUT_CONTACTS, 503, times=0)])
            start(made)
            await made.configure()

            async def all_planned() -> bool | None:
                return statuses(await made.records()) == {"planned": INVOICES} or None

            await made.until(all_planned)
            await made.scene.xero.tell("event", {"kind": "archive_account", "code": ARCHIVED})
            yield made


def start(world: World) -> None:
    """Xero's consent page is the simulator's, and a connection that broke is looked at again soon. However slow the
    machine is, Xero's chart is not read anew because of the account that is refused."""
    page = f"{world.scene.xero.url}/identity/connect/authorize"
    world.installation.start(
        TIEOUT_XERO_CONSENT_URL=page, TIEOUT_RECONNECT_WAIT_S="0.5", TIEOUT_REFERENCE_MIN_AGE_S="3600"
    )


def leave_open(month: Month, documents: Sequence[Any]) -> None:
    """These invoices are not closed in ConnectWise yet, so nobody expects them."""
    ids = {document["invoice_id"] for document in documents}
    month.expected["still_open"] = list(documents)
    month.expected["documents"] = [each for each in month.expected["documents"] if each["invoice_id"] not in ids]
    for invoice in month.connectwise["entities"]["/finance/invoices"]:
        if invoice["id"] in ids:
            invoice["status"] = OPEN


async def written(*simulators: Simulator) -> Counter[str]:
    """The calls that could have written something."""
    found: Counter[str] = Counter()
    for simulator in simulators:
        for route, calls in (await simulator.read("calls"))["by_route"].items():
            if not {route, route.partition(" ")[0]} & WRITES_NOTHING:
                found[f"{simulator.name}: {route}"] += calls
    return found


@pytest.fixture
def refused(world: World) -> str:
    """The number of the record that must be refused."""
    return str(world.documents[3]["number"])


async def test_sync_shows_success_or_error_for_each_record_and_the_fix_F135(world: World, refused: str) -> None:
    """The run itself finds nothing new: Tieout has looked by itself, and everything was on its way."""
    (company,) = world.scene.companies
    typed = asyncio.create_task(asyncio.to_thread(world.installation.run, "sync", company))

    async def asked() -> bool | None:
        return bool(await rows(world.database_url, "SELECT 1 FROM ingest.run WHERE requested_by IS NOT NULL")) or None

    await world.until(asked)
    await world.clear_faults()
    told = await typed

    assert told.returncode == 1, told.stdout + told.stderr
    told_of = {line.split()[0]: line for line in told.stdout.splitlines() if " AUD " in line}
    assert sorted(told_of) == sorted(one["number"] for one in world.documents)
    assert {number for number, row in told_of.items() if "error" in row} == {refused}
    assert ARCHIVED in told_of[refused]
    assert all(f"id {one['invoice_id']}" in told.stdout for one in world.documents)
    assert all("posted and batched" in row for number, row in told_of.items() if number != refused)
    await world.once_and_only_once(but=[refused])


async def test_another_sync_of_all_families_says_that_nothing_is_new_and_what_was_skipped_F128(world: World) -> None:
    (company,) = world.scene.companies
    async with world.api() as api:
        await api.put(f"/tenants/{world.tenant}/options", {"hide_sync_all": False}, **{"If-Match": '"0"'})
    told = world.installation.run("sync", company, "--all")
    assert told.returncode == 0, told.stdout + told.stderr
    assert "Nothing new is unposted." in told.stdout
    assert "Payments are not part of this release" in told.stdout


async def test_a_sync_that_cannot_reach_connectwise_says_so_and_ends_in_an_error(world: World) -> None:
    (company,) = world.scene.companies
    await world.scene.connectwise.tell("faults", [web_page(LIST_UNPOSTED, 503, times=0)])
    told = world.installation.run("sync", company)
    await world.clear_faults()
    assert told.returncode == 1, told.stdout + told.stderr
    assert "ConnectWise cannot be reached" in told.stdout


async def test_status_counts_what_stands_where(world: World) -> None:
    told = world.installation.run("status")
    assert told.returncode == 0, told.stderr
    assert "posts from 2026-10-01" in told.stdout
    assert [word for word in told.stdout.split() if word.isdecimal()] == [str(INVOICES - 1), "1"]


async def test_the_audit_is_whole_no_service_has_dead_letters_and_the_set_up_is_looked_at(world: World) -> None:
    audit = world.installation.run("audit", "verify")
    assert audit.returncode == 0, audit.stdout + audit.stderr
    assert "is whole" in audit.stdout
    letters = world.installation.run("dead-letters", "list")
    assert (letters.returncode, letters.stdout.strip()) == (0, "There are no dead letters."), letters.stderr
    checked = world.installation.run("check-setup")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "volume-msp-sydney: records can be posted" in checked.stdout
    assert "ledger good" in " ".join(checked.stdout.split())


async def test_F205_connections_are_tested_and_a_missing_right_is_named(world: World) -> None:
    told = world.installation.run("connections")
    assert told.returncode == 0, told.stdout + told.stderr
    for words in ("connectwise", "good, v2025.16", "Inventory is not licensed", "xero-101"):
        assert words in " ".join(told.stdout.split())
    denied = answered("GET /procurement/catalog", 403, body={"code": "Security", "message": "denied"})
    await world.scene.connectwise.tell("faults", [denied])
    told = world.installation.run("connections")
    assert told.returncode == 1
    assert "not usable" in told.stdout
    assert "Product Catalog" in told.stdout


async def test_replay_writes_a_lost_projection_anew_and_does_nothing_twice(world: World, refused: str) -> None:
    before = sorted(await world.records(), key=lambda record: str(record["number"]))
    assert world.installation.stop() == 0
    await execute(world.database_url, "TRUNCATE config_api.record")
    told = world.installation.maintain("replay")
    assert told.returncode == 0, told.stdout + told.stderr
    for service in ("config-api", "ingest", "transform", "xero-writer"):
        assert f"{service}: " in told.stdout

    start(world)

    async def as_before() -> bool | None:
        now = await world.records()
        return True if sorted(now, key=lambda record: str(record["number"])) == before else None

    await world.until(as_before, timeout_s=30)
    await world.once_and_only_once(but=[refused])
    assert statuses(before) == {"batched": INVOICES - 1, "refused": 1}


async def test_a_preview_writes_nothing_and_what_is_approved_of_it_is_posted_if_it_is_still_the_same(
    world: World, refused: str, tmp_path: Path
) -> None:
    """The company is no longer armed; three more invoices are closed, one of them is changed before it is posted."""
    (company,) = world.scene.companies
    posted = {number_of(one) for one in await world.ledger_documents()}
    async with world.api() as api:
        await api.post(f"/tenants/{TENANT}/companies/{company}/disarm")
    new = world.scene.month.expected["still_open"]
    for document in new:
        await patch(world, document, status=CLOSED)
    same, changed, left = (str(document["number"]) for document in new)
    before = await written(*world.scene.simulators)

    told = world.installation.run("preview", "--json", str(tmp_path / "preview.json"))
    assert told.returncode == 0, told.stdout + told.stderr
    assert before == await written(*world.scene.simulators)
    (shown,) = json.loads((tmp_path / "preview.json").read_text())["previews"]
    outcome = {one["number"]: one["outcome"] for one in shown["records"]}
    assert outcome == dict.fromkeys((same, changed, left, refused), "create")
    rows = {line.split()[0]: line for line in told.stdout.splitlines() if " AUD " in line}
    assert "would be created" in rows[same]
    assert "refused before" in told.stdout
    total = sum(document["total"] for document in new) + world.documents[3]["total"]
    assert f"4 would be created: {total} AUD" in told.stdout
    assert "Nothing was written to ConnectWise or to a ledger." in told.stdout

    changes = {each["difference"][0]["field"] for each in await with_settings(world, tmp_path, invoice_status="draft")}
    assert changes == {"target_status"}
    assert before == await written(*world.scene.simulators)

    await patch(world, new[1], customerPO="PO-CHANGED")
    approved = world.installation.run("approve", shown["preview_id"], same, changed)
    assert approved.returncode == 0, approved.stdout + approved.stderr
    await world.stands(same, "batched")

    async def shown_anew() -> dict[str, Any] | None:
        async with world.api() as api:
            page = await api.get(f"/tenants/{TENANT}/previews/{shown['preview_id']}")
        (found,) = (one for one in page["records"] if one["number"] == changed)
        return found if found["approval"] == "changed" else None

    anew = await world.until(shown_anew)
    assert anew["difference"] == [
        {"field": "reference", "before": anew["difference"][0]["before"], "after": "PO-CHANGED"}
    ]
    stopped = await world.stands(changed, "previewed")
    assert "preview.changed_since" in {warning["code"] for warning in stopped["warnings"]}
    assert {number_of(one) for one in await world.ledger_documents()} - posted == {same}
    assert (await world.record(left))["status"] == "previewed"


async def test_a_record_that_is_corrected_in_connectwise_is_corrected_in_its_one_document_K28_F53_F246(
    world: World, tmp_path: Path
) -> None:
    """Batch deleted, more billed, closed again: seen, approved, changed, batched anew, though nothing is armed. The pay
    link says the new total."""
    (company,) = world.scene.companies
    chosen = world.documents[0]
    number = str(chosen["number"])
    before = {number_of(one): one for one in await world.ledger_documents()}
    await world.scene.connectwise.tell("faults", [web_page(LIST_UNPOSTED, 503, times=0)])
    await correct(world, chosen, (await world.record(number))["batch_identifier"])
    await world.clear_faults()

    told = world.installation.run("preview", "--company", company, "--json", str(tmp_path / "corrected.json"))
    (preview,) = json.loads((tmp_path / "corrected.json").read_text())["previews"]
    (shown,) = [one for one in preview["records"] if one["number"] == number]
    assert (shown["outcome"], shown["status"]) == ("change", "changed_after_posting"), told.stdout
    changes = {each["field"]: each for each in shown["difference"]}
    total = changes["expected.total"]
    assert Decimal(total["after"]) - Decimal(total["before"]) == MORE + TAX
    assert not [field for field in changes if field.startswith("contact")]
    assert f"tieout approve {preview['preview_id']} {number}" in told.stdout
    assert before == {number_of(one): one for one in await world.ledger_documents()}

    approved = world.installation.run("approve", preview["preview_id"], number)
    assert approved.returncode == 0, approved.stdout + approved.stderr
    record = await world.stands(number, "batched")
    after = {number_of(one): one for one in await world.ledger_documents()}
    was, is_now = before.pop(number), after.pop(number)
    assert is_now["Total"] - was["Total"] == MORE + TAX
    for one in (was, is_now):
        assert one["Url"] == f"https://pay.example.com/{number}?total={one['Total']}"
    assert is_now["InvoiceID"] == was["InvoiceID"] == record["document"]["document_id"]
    assert record["batch_identifier"].endswith("-2")
    assert after == before  # the others of the run are as they were, to the time of their last change
    story = world.installation.run("trace", number).stdout
    for step in ("settled: posted", "command: approve", "batched"):
        assert step in story


async def test_what_waits_over_a_revoked_consent_is_kept_and_posted_once_after_connecting_again_K34(
    world: World, tmp_path: Path
) -> None:
    """The custom connection becomes one of a consent, which its person revokes in Xero while a document waits."""
    (company,) = world.scene.companies
    connection = world.scene.companies[company]["ledger_connection"]
    app, secret = world.scene.month.xero["app"], tmp_path / "secret"
    secret.write_text(app["client_secret"])
    own_app = ("--client-id", app["client_id"], "--client-secret-file", str(secret))
    assert "is connected as" in await consented(world, connection, *own_app)
    world.installation.run("preview", "--company", company, "--json", str(tmp_path / "left.json"))
    (preview,) = json.loads((tmp_path / "left.json").read_text())["previews"]
    left = str(world.scene.month.expected["still_open"][-1]["number"])
    await world.scene.xero.tell("event", {"kind": "revoke_consents"})
    approved = world.installation.run("approve", preview["preview_id"], left)
    assert approved.returncode == 0, approved.stdout + approved.stderr

    async def broken() -> bool | None:
        async with world.api() as api:
            found = await api.get(f"/tenants/{TENANT}/connections")
        return any(each["reconnect_since"] for each in found) or None

    await world.until(broken)
    told = world.installation.run("connections")
    assert (told.returncode, "connect again" in " ".join(told.stdout.split())) == (1, True)
    async with world.api() as api:
        (notice,) = await api.get(f"/tenants/{TENANT}/notices")
    assert (notice["about"], notice["problem"]["code"]) == (connection, "access.reconnect")
    assert (await world.record(left))["status"] == "planned"

    await consented(world, connection)
    await world.stands(left, "batched")
    assert Counter(number_of(one) for one in await world.ledger_documents())[left] == 1


async def consented(world: World, connection: str, *more: str) -> str:
    """Somebody starts on the command line and consents in a browser; the page that she ends on."""
    told = world.installation.run("connect", "xero", "--connection", connection, "--no-wait", *more)
    assert told.returncode == 0, told.stdout + told.stderr
    (address,) = (line for line in told.stdout.splitlines() if line.startswith("http"))
    async with httpx.AsyncClient() as browser:
        back = (await browser.get(address)).headers["location"]
        page = await browser.get(back.replace("//localhost", "//127.0.0.1", 1))
    assert page.status_code == 200, page.text
    return page.text


async def with_settings(world: World, folder: Path, **changes: Any) -> list[dict[str, Any]]:
    """What settings that nobody saves would change, record by record."""
    (company,) = world.scene.companies
    async with world.api() as api:
        saved = (await api.get(f"/tenants/{TENANT}/companies/{company}"))["settings"]
    (folder / "settings.json").write_text(json.dumps({**saved, **changes}))
    options = (
        "--company",
        company,
        "--settings",
        str(folder / "settings.json"),
        "--json",
        str(folder / "what-if.json"),
    )
    told = world.installation.run("preview", *options)
    assert told.returncode == 0, told.stdout + told.stderr
    (shown,) = json.loads((folder / "what-if.json").read_text())["previews"]
    assert {each["outcome"] for each in shown["records"]} == {"change"}
    return list(shown["records"])


async def patch(world: World, document: Any, **changes: Any) -> None:
    """Somebody saves the invoice in ConnectWise."""
    place = {"path": "/finance/invoices", "id": document["invoice_id"]}
    await world.scene.connectwise.tell("event", {"kind": "patch_entity", **place, "set": changes})


async def test_settings_are_shown_changed_in_a_file_applied_and_rolled_back(world: World, tmp_path: Path) -> None:
    (company,) = world.scene.companies

    def told(*words: str, ends: int = 0) -> str:
        done = world.installation.run("settings", *words)
        assert done.returncode == ends, done.stdout + done.stderr
        return done.stdout

    shown = told("show", company)
    version = int(shown.splitlines()[0].rpartition(" ")[2])
    file = tmp_path / "settings.yaml"
    file.write_text(shown.replace("long_item_codes: shorten", "long_item_codes: refuse"))
    assert "long_item_codes │ shorten │ refuse" in " ".join(told("plan", company, str(file)).split())
    assert f"Saved as version {version + 1}" in told("apply", company, str(file), "--comment", "codes are short here")
    assert "Nothing differs" in told("apply", company, str(file))
    assert f"{version + 2} has the settings of version {version}" in told("roll-back", company, str(version))
    assert told("show", company).splitlines()[1:] == shown.splitlines()[1:]
    history = told("history", company)
    versions = [int(line.split()[0]) for line in history.splitlines()[2:]]
    assert versions == list(range(version + 2, 0, -1))
    assert "codes are short here" in history
    file.write_text("[")
    assert "is no YAML" in told("plan", company, str(file), ends=1)


def test_a_command_where_nothing_runs_says_what_to_do(world: World) -> None:
    assert world.installation.stop() == 0
    told = world.installation.run("status")
    assert told.returncode == 1
    assert "Tieout does not answer. Start it with: tieout up" in " ".join(told.stdout.split())
    assert "Traceback" not in told.stdout + told.stderr
