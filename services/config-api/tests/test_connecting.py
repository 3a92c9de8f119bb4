"""Connecting a ledger by a consent, from its start to the page that says what came of it."""

import asyncio
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from api_kit.ledgers import CLIENT_ID, NORTH, OTHER_REALM, REALM, SOUTH, TENANT, Copy, Ledgers

from tieout_config_api.consents.ledger_apps import app_of

pytestmark = pytest.mark.postgres
EXCHANGE = "POST /connect/token"


def works_at_xero(ledgers: Ledgers, token: str) -> bool:
    return ledgers.xero.simulator.identity.tokens.granted(token, ledgers.clock.now()) is not None


async def test_one_organisation_is_connected_from_start_to_page(copy: Copy, ledgers: Ledgers) -> None:
    ledgers.event("xero", "next_consent", organisations=[NORTH])
    for organisation in (SOUTH, "00000000-0000-4000-8000-000000000003"):
        ledgers.event("xero", "disconnect", tenantId=organisation)
    attempt, page = await copy.connect(connection_id="xero-north")
    assert (page.status_code, "Harbourline North is connected as xero-north." in page.text) == (200, True)
    assert attempt["state"] == "connected"
    (connection,) = await copy.get("/connections")
    assert (connection["connection_id"], connection["kind"], connection["problem"]) == ("xero-north", "xero", None)
    assert connection["details"]["organisation_id"] == NORTH
    assert works_at_xero(ledgers, await copy.token("xero-north"))


async def test_each_organisation_of_one_consent_becomes_a_connection_and_they_share_it(
    copy: Copy, ledgers: Ledgers
) -> None:
    attempt, page = await copy.connect()
    assert (attempt["state"], len(attempt["organisations"])) == ("choosing", 3)
    assert "Harbourline South" in page.text
    chosen = [
        {"connection_id": "north", "organisation_id": NORTH},
        {"connection_id": "south", "organisation_id": SOUTH},
    ]
    place = f"/connect-attempts/{attempt['attempt_id']}/connections"
    made = await copy.post(place, connections=chosen)
    assert (made.status_code, made.json()["state"]) == (201, "connected")
    assert [each["organisation_name"] for each in made.json()["connected"]] == [
        "Harbourline North",
        "Harbourline South",
    ]
    asked = ledgers.asked("xero", EXCHANGE)
    ledgers.advance(1800)
    assert await copy.token("north") == await copy.token("south")
    assert ledgers.asked("xero", EXCHANGE) == asked + 1
    again = await copy.post(place, connections=chosen)
    assert (again.status_code, again.json()["code"]) == (409, "connect.not_ready")


async def test_what_the_consent_does_not_reach_or_is_connected_already_is_not_connected(copy: Copy) -> None:
    attempt, _ = await copy.connect()
    place = f"/connect-attempts/{attempt['attempt_id']}/connections"
    for connections, code in (
        ([{"connection_id": "north", "organisation_id": "elsewhere"}], "connect.not_offered"),
        ([{"connection_id": "north"}], "connect.not_offered"),
        ([{"connection_id": each, "organisation_id": NORTH} for each in ("one", "two")], "connect.organisation_taken"),
    ):
        refused = await copy.post(place, connections=connections)
        assert (refused.status_code, refused.json()["code"]) == (409, code)
        assert await copy.get("/connections") == []


async def test_only_who_started_chooses_and_only_in_her_tenant_I7(copy: Copy) -> None:
    copy.http.headers["Authorization"] = "Bearer ada"
    attempt, _ = await copy.connect()
    body = {"connections": [{"connection_id": "north", "organisation_id": NORTH}]}
    place = f"/connect-attempts/{attempt['attempt_id']}/connections"
    copy.http.headers["Authorization"] = "Bearer eve"
    other = await copy.post(place, **body)
    assert (other.status_code, other.json()["code"]) == (403, "connect.other_person")
    copy.http.headers["Authorization"] = "Bearer api-key"
    assert (await copy.http.post(f"/tenants/other{place}", json=body)).status_code == 404
    assert (await copy.http.get(f"/tenants/other/connect-attempts/{attempt['attempt_id']}")).status_code == 404
    copy.http.headers["Authorization"] = "Bearer ada"
    assert (await copy.post(place, **body)).status_code == 201
    gone = await copy.http.post(f"{TENANT}/connections/north/disconnect")
    assert gone.status_code == 200
    assert (await copy.shown("north"))["problem"]["title"] == "The connection north was disconnected by Ada."
    told = (await copy.get("/audit"))["entries"]
    acts = [(each["action"], each["actor_name"]) for each in told if each["actor_name"] == "Ada"]
    wanted = ["connection.disconnected", "connection.connected", "connecting.started"]
    assert acts == [(action, "Ada") for action in wanted]


async def test_an_answer_counts_once_in_time_and_only_if_somebody_waits_for_it(copy: Copy, ledgers: Ledgers) -> None:
    started = await copy.start(connection_id="north")
    ledgers.event("xero", "next_consent", organisations=[NORTH])
    location = await copy.consents(started["url"])
    made_up = await copy.comes_back(location.replace("state=", "state=x"))
    assert (made_up.status_code, "Nobody here is waiting" in made_up.text) == (400, True)
    answers = await asyncio.gather(copy.comes_back(location), copy.comes_back(location))
    assert sorted(each.status_code for each in answers) == [200, 409]
    late = await copy.start(connection_id="late")
    location = await copy.consents(late["url"])
    ledgers.advance(601)
    expired = await copy.comes_back(location)
    assert (expired.status_code, "More than 10 minutes" in expired.text) == (409, True)
    shown = await copy.get(f"/connect-attempts/{late['attempt_id']}")
    assert (shown["state"], ledgers.asked("xero", EXCHANGE)) == ("expired", 1)


async def test_who_declines_is_told_so_in_words_and_nothing_is_made(copy: Copy, ledgers: Ledgers) -> None:
    for kind in ("xero", "qbo"):
        ledgers.event(kind, "next_consent", deny=True)
        attempt, page = await copy.connect(kind, connection_id=kind)
        assert (page.status_code, "Access was not allowed" in page.text) == (403, True)
        assert (attempt["state"], attempt["problem"]["code"]) == ("failed", "connect.declined")
    assert await copy.get("/connections") == []


async def test_the_page_repeats_nothing_that_anybody_could_write_into_its_address(copy: Copy) -> None:
    started = await copy.start()
    state = parse_qs(urlsplit(started["url"]).query)["state"][0]
    page = await copy.comes_back(f"http://localhost/v1/connect/callback?state={state}&error=<script>x</script>")
    assert (page.status_code, "script" in page.text) == (409, False)
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert (page.headers["cache-control"], page.headers["referrer-policy"]) == ("no-store", "no-referrer")


async def test_an_answer_that_lacks_the_code_or_the_company_is_told(copy: Copy) -> None:
    for kind, query in (("xero", ""), ("qbo", "&code=x"), ("qbo", "&code=x&realmId=../1")):
        started = await copy.start(kind)
        state = parse_qs(urlsplit(started["url"]).query)["state"][0]
        page = await copy.comes_back(f"http://localhost/v1/connect/callback?state={state}{query}")
        assert (page.status_code, "lacks the" in page.text) == (400, True)


async def test_a_code_of_another_consent_is_worth_nothing_here(copy: Copy, ledgers: Ledgers) -> None:
    """PKCE: somebody else's code does not fit this attempt's verifier."""
    mine, theirs = await copy.start(connection_id="north"), await copy.start(connection_id="south")
    stolen = parse_qs(urlsplit(await copy.consents(theirs["url"])).query)["code"][0]
    state = parse_qs(urlsplit(mine["url"]).query)["state"][0]
    page = await copy.comes_back(f"http://localhost/v1/connect/callback?state={state}&code={stolen}")
    assert (page.status_code, "does not take the code" in page.text) == (409, True)
    assert await copy.get("/connections") == []


async def test_wrong_keys_of_the_app_are_told_apart_from_a_bad_code(copy: Copy) -> None:
    attempt, page = await copy.connect(connection_id="north", client_id=CLIENT_ID, client_secret="wrong")
    assert (page.status_code, attempt["problem"]["code"]) == (409, "connect.app_refused")


async def test_the_tokens_are_kept_before_their_first_use(copy: Copy, ledgers: Ledgers) -> None:
    """The list of organisations is that first use: without it the consent is there, and it is asked again."""
    ledgers.fail("xero", "GET /connections", status=503)
    started = await copy.start()
    page = await copy.comes_back(await copy.consents(started["url"]))
    assert page.status_code == 502
    shown = await copy.get(f"/connect-attempts/{started['attempt_id']}")
    assert (shown["state"], len(shown["organisations"]), shown["problem"]) == ("choosing", 3, None)
    assert ledgers.asked("xero", EXCHANGE) == 1


async def test_an_exchange_without_an_answer_says_start_again(copy: Copy, ledgers: Ledgers) -> None:
    ledgers.fail("qbo", "POST /oauth2/v1/tokens/bearer", drop="after")
    started = await copy.start("qbo", connection_id="qbo")
    page = await copy.comes_back(await copy.consents(started["url"]))
    assert (page.status_code, "gave no usable answer" in page.text) == (502, True)
    assert (await copy.get(f"/connect-attempts/{started['attempt_id']}"))["state"] == "failed"


async def test_a_company_in_quickbooks_is_connected_by_the_number_that_came_back(copy: Copy, ledgers: Ledgers) -> None:
    ledgers.event("qbo", "next_consent", organisations=[OTHER_REALM])
    attempt, _ = await copy.connect("qbo", connection_id="qbo")
    assert attempt["connected"][0]["organisation_name"] == f"H {OTHER_REALM}"
    shown = await copy.shown("qbo")
    assert (shown["details"]["organisation_id"], shown["details"]["minute_limit"]) == (OTHER_REALM, 500)
    assert shown["reconnect_by"] is not None
    ledgers.event("qbo", "next_consent", organisations=[REALM])
    attempt, page = await copy.connect("qbo")
    assert (attempt["state"], [each["organisation_id"] for each in attempt["organisations"]]) == ("choosing", [REALM])
    assert "Almost done" in page.text


async def test_without_an_app_the_start_says_what_is_missing(copy: Copy, tmp_path: object) -> None:
    unknown = await copy.http.post("/tenants/nobody/connect-attempts", json={"kind": "xero"})
    assert unknown.status_code == 404
    half = await copy.post("/connect-attempts", kind="xero", client_id="x")
    assert half.status_code == 422
    assert app_of(None, None) is None
    with pytest.raises(ValueError, match="go together"):
        app_of("id", None)


async def test_a_tenant_starts_only_so_many_at_a_time(copy: Copy) -> None:
    await copy.run(
        "INSERT INTO connect_attempt (attempt_id, state_digest, tenant_id, kind, person, details, secret, started_at,"
        " expires_at, starter) SELECT gen_random_uuid(), n::text, 'harbourline', 'xero', 'Ada', '{}', '', now(),"
        " now() + interval '9 minutes', '' FROM generate_series(1, 50) n"
    )
    refused = await copy.post("/connect-attempts", kind="xero")
    assert (refused.status_code, refused.json()["code"]) == (429, "connect.too_many")
    other = await copy.http.post("/tenants/other/connect-attempts", json={"kind": "xero"})
    assert other.status_code == 201


async def test_no_secret_of_a_consent_rests_in_clear_or_is_answered_I8(copy: Copy, ledgers: Ledgers) -> None:
    started = await copy.start(connection_id="north")
    location = await copy.consents(started["url"])
    query = parse_qs(urlsplit(location).query)
    secrets = [query["code"][0], query["state"][0], "marked-app-secret"]

    def remember(request: httpx.Request) -> None:
        secrets.extend(parse_qs(request.content.decode()).get("code_verifier", []))

    ledgers.answered = remember
    page = await copy.comes_back(location)
    attempt = await copy.get(f"/connect-attempts/{started['attempt_id']}")
    place = f"/connect-attempts/{started['attempt_id']}/connections"
    made = await copy.post(place, connections=[{"connection_id": "north", "organisation_id": NORTH}])
    secrets += [await copy.token("north")]
    tables = await copy.run("SELECT tablename FROM pg_tables WHERE schemaname = 'config_api'")
    rows = [row for table in tables for row in await copy.run(f'SELECT t::text FROM "{table}" t')]
    everything = "\n".join([*rows, page.text, str(attempt), made.text, str(await copy.get("/connections"))])
    assert (len(secrets), "Harbourline North" in everything) == (5, True)
    for secret in secrets:
        assert secret not in everything
        assert secret.encode().hex() not in everything
    assert TENANT not in page.text
