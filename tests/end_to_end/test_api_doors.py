"""The public door of a running installation: who may enter, what is refused and how, and what never comes out."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from zipfile import ZipFile

import httpx
import pytest
import pytest_asyncio
from typer.testing import CliRunner

from harness.canaries import Traces, collecting_traces, every_answer, forms, mark, marks_in, unpacked
from harness.databases import a_database, execute, holding
from harness.faults import PUT_INVOICES, answered
from harness.planting import (
    OF_THE_PROCESS,
    mark_providers,
    marked,
    own_secrets,
    plant_connections,
    plant_people,
    secrets_of_process,
)
from harness.watched import watch
from harness.world import World, a_world
from tieout_simulators.month import Month, build_volume
from tieout_standalone.cli import app as command_line
from tieout_standalone.compose import free_port
from tieout_standalone.demo.scene import TENANT
from tieout_standalone.folder import SERVICES

pytestmark = [pytest.mark.end_to_end, pytest.mark.postgres]
INVOICES = 8
CALLS = f"/v1/tenants/{TENANT}/call-log/calls"
CUSTOMER, LINE_TEXT = 'Canary "Cüstomer" & Co/5e1f Pty', "canary line + text = 83bc/ü"

SECRETS: dict[str, str] = {}
"""What nothing may hold in clear, by what it is."""
ANSWERS: dict[str, str] = {}
TRACES: list[Traces] = []
"""What the installation's spans told, since it started."""
OPEN: dict[str, Any] = {}
"""The month's last document, which is not closed in ConnectWise when the month begins."""


def leave_open(month: Month) -> dict[str, Any]:
    document: dict[str, Any] = month.expected["documents"][-1]
    OPEN.update(document)
    (invoice,) = [
        each for each in month.connectwise["entities"]["/finance/invoices"] if each["id"] == document["invoice_id"]
    ]
    invoice["status"] = {"id": 1, "name": "New", "isClosed": False}
    return document


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(
    request: pytest.FixtureRequest, postgres_admin_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """A small month, posted with an error on the way; its connections' secrets and a customer's texts are canaries."""
    month = build_volume(invoices=INVOICES, lines=2)
    SECRETS.update(mark_providers(month))
    texts = month.connectwise["gl_transactions"][0]
    mark(month, {texts["company"]["name"]: CUSTOMER, texts["detail"][0]["memo"]: LINE_TEXT})
    month.expected["documents"].remove(leave_open(month))
    port = free_port()
    async with a_database(postgres_admin_url) as database_url:
        with a_world(month, tmp_path_factory.mktemp("doors"), database_url) as made:
            watch(request.node, made.installation)
            made.installation.listen_on(port)
            with collecting_traces() as traces:
                TRACES[:] = [traces]
                made.installation.start(
                    TIEOUT_LOG_LEVEL="debug",
                    TIEOUT_CALLBACK_URL=f"http://127.0.0.1:{port}",
                    TIEOUT_OTLP_ENDPOINT=traces.url,
                    **secrets_of_process(made.installation.folder.parent / "secrets"),
                )
                await made.configure()
                async with made.api() as api:
                    await api.put(f"/tenants/{TENANT}/call-log", {"enabled": True}, **{"If-Match": "*"})
                told = {"Message": f"cannot save {CUSTOMER}: {LINE_TEXT}"}
                await made.scene.xero.tell("faults", [answered(PUT_INVOICES, 500, body=told)])
                SECRETS.update(await plant_connections(made))
                SECRETS.update(await plant_people(made))
                await made.run_to_rest()
                yield made


@pytest.fixture
def company(world: World) -> str:
    return next(iter(world.scene.companies))


@pytest.mark.parametrize("authorization", [None, "", "Bearer wrong", "Basic dXNlcjpwYXNz", "Bearer"])
async def test_without_the_right_key_nothing_is_shown(world: World, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    for path in ("/v1/tenants", f"/v1/tenants/{TENANT}/records", f"/v1/tenants/{TENANT}/connections"):
        answer = await asked(world, "GET", path, headers=headers)
        assert answer.status_code == 401
        assert_is_problem(answer, "api.unauthorised")
        assert TENANT not in answer.text


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/tenants", b"{not json"),
        ("/v1/tenants", b"[]"),
        ("/v1/tenants", b'{"tenant_id": "Not An Identifier!", "name": "x"}'),
        ("/v1/tenants", b'{"tenant_id": "ok", "name": "x", "unknown": 1}'),
        (f"/v1/tenants/{TENANT}/companies", b'{"company_id": "new", "settings": {"name": 5}}'),
        (f"/v1/tenants/{TENANT}/runs", b"\xff\xfe"),
    ],
)
async def test_a_malformed_body_is_refused_field_by_field_and_never_quoted(
    world: World, path: str, body: bytes
) -> None:
    answer = await asked(world, "POST", path, content=body, headers={**key(world), "Content-Type": "application/json"})
    assert answer.status_code == 422, answer.text
    assert_is_problem(answer, "api.invalid")
    assert "Not An Identifier!" not in answer.text


async def test_an_unknown_tenant_company_record_or_run_is_not_found(world: World, company: str) -> None:
    paths = [
        "/v1/tenants/nobody/records",
        "/v1/tenants/nobody/companies",
        f"/v1/tenants/{TENANT}/companies/nobody",
        f"/v1/tenants/{TENANT}/companies/{company}/records/invoice/1",
        f"/v1/tenants/{TENANT}/runs/00000000-0000-0000-0000-000000000000",
        "/v1/no/such/route",
    ]
    for path in paths:
        answer = await asked(world, "GET", path, headers=key(world))
        assert answer.status_code == 404, (path, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"


async def test_settings_that_somebody_else_changed_meanwhile_are_not_overwritten(world: World, company: str) -> None:
    path = f"/v1/tenants/{TENANT}/companies/{company}"
    read = await asked(world, "GET", path, headers=key(world))
    etag, settings = read.headers["etag"], read.json()["settings"]

    async def put(**headers: str) -> httpx.Response:
        return await asked(world, "PUT", f"{path}/settings", json=settings, headers={**key(world), **headers})

    assert_is_problem(await put(), "api.if_match_required", status=428)
    first = await put(**{"If-Match": etag})
    assert first.status_code == 200
    assert first.headers["etag"] != etag
    assert_is_problem(await put(**{"If-Match": etag}), "api.version_conflict", status=412)
    assert_is_problem(await put(**{"If-Match": '"rubbish"'}), "api.if_match_required", status=412)


async def test_two_run_requests_at_the_same_time_join_one_run_F134(world: World, company: str) -> None:
    answers = await asyncio.gather(
        *(
            asked(world, "POST", f"/v1/tenants/{TENANT}/runs", json={"company_id": company}, headers=key(world))
            for _ in range(2)
        )
    )
    assert [answer.status_code for answer in answers] == [202, 202]
    assert len({answer.json()["run_id"] for answer in answers}) == 1


async def test_a_provider_is_never_reached_in_clear_F3(world: World) -> None:
    body = {"kind": "xero", "api_url": "http://api.xero.com", "client_id": "x", "client_secret": "canary-refused-51"}
    answer = await asked(world, "PUT", f"/v1/tenants/{TENANT}/connections/plain", json=body, headers=key(world))
    assert_is_problem(answer, "api.plain_http", status=422)
    assert "canary-refused-51" not in answer.text


async def test_records_come_page_by_page_each_once(world: World) -> None:
    path, seen, cursor = f"/v1/tenants/{TENANT}/records", list[str](), None
    for _ in range(INVOICES):
        query = {"limit": 3, **({"cursor": cursor} if cursor else {})}
        page = (await asked(world, "GET", path, params=query, headers=key(world))).json()
        assert 0 < len(page["records"]) <= 3
        seen += [record["number"] for record in page["records"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen))
    assert [number for number in seen if number != OPEN["number"]] == sorted(
        document["number"] for document in world.documents
    )

    for query in ({"cursor": "rubbish"}, {"cursor": "WzFd"}, {"limit": 0}, {"limit": 100_000}):
        answer = await asked(world, "GET", path, params=query, headers=key(world))
        assert answer.status_code == 422, (query, answer.text)


async def test_an_invoice_that_is_closed_in_connectwise_is_posted_with_no_other_action_F211(world: World) -> None:
    """The list is read by itself every five minutes only: what brings it is the callback, which nobody set up. From
    here on the tenant keeps evidence."""
    await keep_evidence(world)
    async with world.api() as api:
        (connection,) = {each["connectwise_connection"] for each in world.scene.companies.values()}

        async def registered() -> Any:
            return (await api.get(f"/tenants/{TENANT}/connections/{connection}/callbacks"))["checked_at"]

        await world.until(registered)
    closed = {"id": 13, "name": "Closed", "isClosed": True}
    closing = {"kind": "patch_entity", "path": "/finance/invoices", "id": OPEN["invoice_id"], "set": {"status": closed}}
    async with httpx.AsyncClient() as http:
        (await http.post(f"{world.scene.connectwise.url}/_sim/event", json=closing)).raise_for_status()

    async def batched() -> Any:
        found = await world.records(number=OPEN["number"])
        return next((record for record in found if record["status"] == "batched"), None)

    record = await world.until(batched)
    assert record["total"] == str(OPEN["total"])
    await world.exact(await world.records())


async def test_evidence_tells_to_the_letter_what_was_given_planned_sent_and_answered_F4(
    world: World, company: str
) -> None:
    """Of the record that was posted since the tenant chose it, and of no other; who reads it stands in the audit."""
    record, another = await world.record(OPEN["number"]), await world.record(world.documents[0]["number"])

    async def pieces(of: Mapping[str, Any]) -> list[dict[str, Any]]:
        place = f"/tenants/{TENANT}/companies/{company}/records/{of['kind']}/{of['record_id']}/evidence"
        async with world.api() as api:
            found: list[dict[str, Any]] = (await api.get(place))["pieces"]
        return found

    async def complete() -> list[dict[str, Any]] | None:
        found = await pieces(record)
        purposes = {each["content"]["purpose"] for each in found if each["part"] == "called"}
        return found if {"draft", "approve"} <= purposes else None

    told = await world.until(complete)
    parts = {part: [each["content"] for each in told if each["part"] == part] for part in ("captured", "planned")}
    assert parts["captured"][-1]["number"] == parts["planned"][-1]["document"]["number"] == record["number"]
    calls = {each["content"]["purpose"]: each["content"] for each in told if each["part"] == "called"}
    assert record["number"] in calls["draft"]["request_body"]
    assert record["document"]["document_id"] in calls["draft"]["answer_body"]
    assert await pieces(another) == []
    assert await holding(world.database_url, [parts["captured"][-1]["bill_to"]["name"]]) == {}
    async with world.api() as api:
        (last, *_) = (await api.get(f"/tenants/{TENANT}/audit"))["entries"]
    assert (last["action"], last["subject_id"]) == ("evidence.read", f"{company}/invoice:{another['record_id']}")


async def keep_evidence(world: World) -> None:
    """Switched on, and every service knows it."""
    async with world.api() as api:
        await api.put(f"/tenants/{TENANT}/evidence", {"enabled": True, "days": 7}, **{"If-Match": '"0"'})

    async def known() -> bool | None:
        return True if world.installation.whole_log().count("which tenants keep evidence") >= len(SERVICES) else None

    await world.until(known)


async def test_secrets_go_in_and_never_come_out_I8(world: World, company: str) -> None:
    """Not in any answer or export, not in what the command line says, not in the log at its most talkative, not in any
    row of any table, not in a span, and not on the bus; after a run that met errors."""
    answers = await what_it_answers(world, company)
    calls = (await asked(world, "GET", CALLS, headers=key(world))).json()["calls"]
    assert calls
    for call in calls:
        place = f"{CALLS}/{call['number']}"
        answers[place] = (await asked(world, "GET", place, headers=key(world))).text
    await world.until(spans)
    secrets = {**SECRETS, **{what: marked(what) for what in OF_THE_PROCESS.values()}, **await own_secrets(world)}
    assert len(secrets) > 30
    assert any(what.startswith("access token") for what in secrets)
    assert any("of the door of" in what for what in secrets)
    assert await found_in(world, answers, secrets.values()) == {}


async def test_accounting_texts_do_not_lie_in_clear_in_any_row_F4(world: World, company: str) -> None:
    """Names of customers and texts of lines; the public projection knows numbers, dates and amounts. Nor do they stand
    in what is listed, exported or printed, in a line of the log or a span: also not where a provider's error repeated
    them."""
    (transaction, *_) = world.scene.month.connectwise["gl_transactions"]
    answers = await what_it_answers(world, company)
    await world.until(spans)
    assert await found_in(world, answers, [CUSTOMER, LINE_TEXT, transaction["attention"]]) == {}
    assert [rule for rule in await world.faults() if not rule["fired"]] == []


async def test_a_mark_is_found_wherever_and_however_it_lies_I8(world: World) -> None:
    """What the two tests above look with does see something where there is something."""
    planted = marked("planted on purpose")
    shapes = forms(planted)
    assert len(shapes) > 10
    for shape in shapes:
        assert marks_in(f"some {shape} more", [planted, marked("elsewhere")]) == [planted]
    await execute(
        world.database_url,
        "CREATE TABLE planted_text (it text); CREATE TABLE planted_json (it jsonb);"
        "CREATE TABLE planted_bytes (it bytea);"
        f"INSERT INTO planted_text VALUES ('some {planted} more');"
        "INSERT INTO planted_json SELECT jsonb_build_object('some', it) FROM planted_text;"
        "INSERT INTO planted_bytes SELECT convert_to(it, 'UTF8') FROM planted_text;",
    )
    lying = await holding(world.database_url, [planted, marked("elsewhere")])
    await execute(world.database_url, "DROP TABLE planted_text, planted_json, planted_bytes")
    assert lying == {f'"public"."planted_{kind}"': [planted] for kind in ("bytes", "json", "text")}
    assert Traces("", [f"a span of {planted}".encode()]).holding([planted]) == [planted]


async def what_it_answers(world: World, company: str) -> dict[str, str]:
    """Every answer of the REST API that lists, shows or exports, and what the command line says; asked once."""
    if ANSWERS:
        return dict(ANSWERS)
    record = (await world.records())[0]
    (connection,) = [
        each["ledger_connection"] for each in world.scene.companies.values() if each.get("ledger_connection")
    ]
    answers = await every_answer(
        world.installation.url,
        key(world),
        tenant_id=TENANT,
        company_id=company,
        connection_id=connection,
        kind=record["kind"],
        record_id=str(record["record_id"]),
        month=f"{datetime.now(UTC):%Y-%m}",
        service="xero-writer",
        version="1",
    )
    assert {"/v1/tenants/{tenant_id}/export", "/v1/tenants/{tenant_id}/usage/{month}/report.csv"} <= answers.keys()
    bundle = world.installation.folder / "bundle.zip"
    for words in (
        "status",
        f"trace {record['number']}",
        f"settings show {company}",
        "connections",
        "users list",
        f"support-bundle --output {bundle}",
    ):
        typed = [*words.split(), "--data-dir", str(world.installation.folder), "--url", world.installation.url]
        told = await asyncio.to_thread(CliRunner().invoke, command_line, typed)
        assert told.output.strip(), (words, told.exception)
        answers[f"tieout {words}"] = told.output
    answers["support-bundle"] = unpacked(bundle.read_bytes())
    ANSWERS.update(answers)
    return answers


async def test_the_support_bundle_tells_what_helps_F257_I8(world: World) -> None:
    """Of every service; what must not be in it is looked for with everything else that is answered."""
    answer = await asked(world, "GET", "/v1/support-bundle", headers=key(world))
    assert answer.headers["content-type"] == "application/zip"
    with ZipFile(io.BytesIO(answer.content)) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    counts = json.loads(files["installation.json"])
    assert {"status": "batched", "records": INVOICES} in counts["records_by_status"]
    for service in SERVICES:
        told = json.loads(files[f"services/{service}.json"])
        assert (told["not_live"], told["not_ready"], told["dead_letters"]) == ([], [], [])
        assert told["version"]
        assert told["schema"][0]["shared"].startswith("bus_")
        assert told["settings"]["lease_s"]
        assert {"outbox", "leases", "budgets", "bus_lag"} <= told.keys()
    settings = json.loads(files["services/config-api.json"])["settings"]
    assert settings["smtp_host"] == "127.0.0.1"
    assert [budget for budget in told["budgets"] if budget["minute_limit"]]
    (log,) = [content for name, content in files.items() if name.startswith("logs/")]
    assert "service started" in log
    (metrics,) = [content for name, content in files.items() if name.startswith("metrics/")]
    assert "tieout_outbox_waiting" in metrics


async def found_in(world: World, answers: Mapping[str, str], marks: Iterable[str]) -> dict[str, list[str]]:
    """Where any of the marks lies in clear."""
    marks = list(marks)
    found = {place: marks_in(text, marks) for place, text in answers.items()}
    found["the log"] = marks_in(world.installation.whole_log(), marks)
    found["spans"] = TRACES[0].holding(marks)
    found |= await holding(world.database_url, marks)
    return {place: held for place, held in found.items() if held}


async def spans() -> bool | None:
    return True if TRACES[0].bodies else None


async def asked(world: World, method: str, path: str, **request: Any) -> httpx.Response:
    async with httpx.AsyncClient(base_url=world.installation.url, timeout=20) as http:
        return await http.request(method, path, **request)


def key(world: World) -> dict[str, str]:
    return {"Authorization": f"Bearer {world.installation.key}"}


def assert_is_problem(answer: httpx.Response, code: str, *, status: int | None = None) -> None:
    """A problem document (RFC 9457) with a code, a sentence and a hint."""
    assert status is None or answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["code"] == code
    assert body["status"] == answer.status_code
    assert body["title"]
    assert body["detail"]
