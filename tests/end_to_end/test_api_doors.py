"""The public door of a running installation: who may enter, what is refused and how, and what never comes out."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from harness.canaries import Traces, collecting_traces, every_answer, mark
from harness.databases import a_database, holding, rows
from harness.faults import PUT_INVOICES, answered
from harness.watched import watch
from harness.world import World, a_world
from tieout_config_api.vault import Vault
from tieout_config_api.vault.places import token_place
from tieout_simulators.month import Month, build_volume
from tieout_standalone.compose import free_port
from tieout_standalone.demo.scene import TENANT

pytestmark = [pytest.mark.end_to_end, pytest.mark.postgres]
INVOICES = 8
CALLS = f"/v1/tenants/{TENANT}/call-log/calls"
CUSTOMER, LINE_TEXT = "Canary Customer 5e1f Pty", "canary line text 83bc"
SECRETS = ("canary-private-key-4f1c", "canary-public-key-9d2e", "canary-client-secret-77ab")


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
    month.connectwise["server"].update(private_key=SECRETS[0], public_key=SECRETS[1])
    month.xero["app"]["client_secret"] = SECRETS[2]
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
                )
                await made.configure()
                async with made.api() as api:
                    await api.put(f"/tenants/{TENANT}/call-log", {"enabled": True}, **{"If-Match": "*"})
                told = {"Message": f"cannot save {CUSTOMER}: {LINE_TEXT}"}
                await made.scene.xero.tell("faults", [answered(PUT_INVOICES, 500, body=told)])
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
    """The list is read by itself every five minutes only: what brings it is the callback, which nobody set up."""
    async with world.api() as api:
        (connection,) = [
            each["connection_id"]
            for each in await api.get(f"/tenants/{TENANT}/connections")
            if each["kind"] == "connectwise"
        ]

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


async def test_secrets_go_in_and_never_come_out_I8(world: World, company: str) -> None:
    """Not in any answer, not in the log at its most talkative, not in any row of any table, not in a span, and not on
    the bus; after a run that met an error."""
    answers = await every_answer(world.installation.url, key(world), tenant_id=TENANT, company_id=company)
    calls = (await asked(world, "GET", CALLS, headers=key(world))).json()["calls"]
    assert calls
    for call in calls:
        place = f"{CALLS}/{call['number']}"
        answers[place] = (await asked(world, "GET", place, headers=key(world))).text
    assert len(answers) > 15
    tokens = await tokens_in_use(world)
    assert tokens
    await world.until(spans)
    for secret in (*SECRETS, *tokens, world.installation.key):
        assert [path for path, answer in answers.items() if secret in answer] == []
        assert secret not in world.installation.whole_log()
        assert not TRACES[0].holding(secret)
        assert await holding(world.database_url, secret) == []


async def spans() -> bool | None:
    return True if TRACES[0].bodies else None


async def test_accounting_texts_do_not_lie_in_clear_in_any_row_F4(world: World, company: str) -> None:
    """Names of customers and texts of lines; the public projection knows numbers, dates and amounts. Nor do they stand
    in what is listed, in a line of the log or a span: also not where a provider's error repeated them."""
    (transaction, *_) = world.scene.month.connectwise["gl_transactions"]
    answers = await every_answer(world.installation.url, key(world), tenant_id=TENANT, company_id=company)
    await world.until(spans)
    for text in (CUSTOMER, LINE_TEXT, transaction["attention"]):
        assert await holding(world.database_url, text) == []
        assert [path for path, answer in answers.items() if text in answer] == []
        assert text not in world.installation.whole_log()
        assert not TRACES[0].holding(text)
    assert [rule for rule in await world.faults() if not rule["fired"]] == []


async def tokens_in_use(world: World) -> list[str]:
    """The provider's access tokens that the installation holds, sealed, in its rows."""
    vault = Vault.from_file(world.installation.folder / "sealing.key")
    found = await rows(
        world.database_url, "SELECT * FROM config_api.access_token JOIN config_api.connection USING (connection_id)"
    )
    places = [token_place(row["tenant_id"], row["connection_id"]) for row in found]
    return [vault.open(place, row["sealed_token"]).decode() for place, row in zip(places, found, strict=True)]


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
