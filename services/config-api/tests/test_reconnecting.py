"""A connection's life after its first consent: broken, connected again, shared, given back, lying idle."""

import asyncio
from typing import Any

import pytest
from api_kit import REPLACING
from api_kit.ledgers import (
    CLIENT_ID,
    CLIENT_SECRET,
    NORTH,
    OTHER_REALM,
    QBO,
    REALM,
    SOUTH,
    WEST,
    XERO,
    Copy,
    Installation,
    Ledgers,
)

from tieout_chassis.config_client import token_digest
from tieout_config_api.public.door import ApiError

pytestmark = pytest.mark.postgres
XERO_TOKENS, QBO_TOKENS = "POST /connect/token", "POST /oauth2/v1/tokens/bearer"
LEAVE, REVOKE_XERO, REVOKE_QBO = (
    "DELETE /connections/{connection}",
    "POST /connect/revocation",
    "POST /v2/oauth2/tokens/revoke",
)
HALF_AN_HOUR_S, DAY_S = 1800, 86_400
CALLERS_OF_A_COPY = 25
ELSEWHERE = {"connectwise_locations": [7], "connectwise_connection": "cw-west"}


async def connect_two(copy: Copy) -> None:
    """North and south, of one consent."""
    attempt, _ = await copy.connect()
    chosen = [
        {"connection_id": "north", "organisation_id": NORTH},
        {"connection_id": "south", "organisation_id": SOUTH},
    ]
    made = await copy.post(f"/connect-attempts/{attempt['attempt_id']}/connections", connections=chosen)
    assert made.status_code == 201, made.text


async def is_refused(copy: Copy, connection_id: str, code: str) -> None:
    with pytest.raises(ApiError) as refused:
        await copy.token(connection_id)
    assert refused.value.body["code"] == code


def organisations_of_the_app(ledgers: Ledgers) -> set[str]:
    return set(ledgers.xero.simulator.apps[CLIENT_ID].connections)


async def test_fifty_callers_over_two_copies_and_two_connections_renew_a_shared_consent_once(
    installation: Installation, ledgers: Ledgers
) -> None:
    async with installation.copies(2) as copies:
        await connect_two(copies[0])
        rows = [await copies[0].row(name) for name in ("north", "south")]
        (first,) = {(await copies[0].tokens.current(row))[0] for row in rows}
        asked = ledgers.asked("xero", XERO_TOKENS)
        ledgers.advance(HALF_AN_HOUR_S)
        asking = [
            copy.tokens.current(rows[caller % 2], refused=token_digest(first))
            for copy in copies
            for caller in range(CALLERS_OF_A_COPY)
        ]
        answers = set(await asyncio.gather(*asking))
    assert (len(answers), ledgers.asked("xero", XERO_TOKENS) - asked) == (1, 1)


async def test_a_lost_answer_of_xero_costs_nothing_within_its_half_hour_of_grace(copy: Copy, ledgers: Ledgers) -> None:
    await connect_two(copy)
    ledgers.advance(HALF_AN_HOUR_S)
    ledgers.fail("xero", XERO_TOKENS, drop="after")
    await is_refused(copy, "north", "access.token_unanswered")
    await copy.run("UPDATE token_renewal SET not_before = now()")
    ledgers.advance(HALF_AN_HOUR_S - 120)
    token = await copy.token("north")
    assert ledgers.xero.simulator.identity.tokens.granted(token, ledgers.clock.now()) is not None
    assert (await copy.shown("south"))["problem"] is None


async def test_a_lost_answer_of_xero_asks_for_a_person_once_its_grace_is_over(copy: Copy, ledgers: Ledgers) -> None:
    await connect_two(copy)
    ledgers.advance(HALF_AN_HOUR_S)
    ledgers.fail("xero", XERO_TOKENS, drop="after")
    await is_refused(copy, "north", "access.token_unanswered")
    await copy.run("UPDATE token_renewal SET not_before = now()")
    ledgers.advance(HALF_AN_HOUR_S + 60)
    await is_refused(copy, "north", "access.reconnect")


async def test_a_broken_consent_is_told_once_for_all_its_connections_and_mended_for_all_by_one_consent_K34(
    copy: Copy, ledgers: Ledgers
) -> None:
    await connect_two(copy)
    for email, role, companies in (
        ("owner@example.com", "account_admin", "NULL"),
        ("clerk@example.com", "user", "ARRAY['north']"),
    ):
        await copy.run(
            f"WITH one AS (INSERT INTO person (person_id, email, name, super_admin, created_at)"
            f" VALUES (gen_random_uuid(), '{email}', 'P', false, now()) RETURNING person_id)"
            f" INSERT INTO membership (person_id, tenant_id, role, companies, created_at)"
            f" SELECT person_id, 'harbourline', '{role}', {companies}, now() FROM one"
        )
    ledgers.advance(HALF_AN_HOUR_S)
    ledgers.event("xero", "revoke_consents")
    for connection_id in ("north", "south", "north"):
        await is_refused(copy, connection_id, "access.reconnect")
    (notice,) = await copy.get("/notices")
    assert (notice["about"], notice["problem"]["code"]) == ("north, south", "access.reconnect")
    assert (await copy.http.get("/tenants/other/notices")).json() == []
    (letter,) = await copy.letters()
    assert (letter.to, letter.subject) == ("owner@example.com", "north, south: connect to Xero again")
    assert "tieout connect xero --connection north" in letter.text
    before = {name: await copy.shown(name) for name in ("north", "south")}
    assert all(each["reconnect_since"] for each in before.values())
    attempt, page = await copy.connect(connection_id="north")
    assert (attempt["state"], page.status_code) == ("connected", 200)
    assert await copy.token("north") == await copy.token("south")
    for name, each in before.items():
        now = await copy.shown(name)
        assert (now["problem"], now["reconnect_since"], now["details"]) == (None, None, each["details"])
    assert await copy.run("SELECT count(*) FROM consent") == [1]


async def test_another_organisation_never_takes_a_connections_place(copy: Copy, ledgers: Ledgers) -> None:
    await connect_two(copy)
    token = await copy.token("north")
    ledgers.event("xero", "disconnect", tenantId=NORTH)
    ledgers.event("xero", "next_consent", organisations=[SOUTH])
    attempt, page = await copy.connect(connection_id="north")
    assert (page.status_code, attempt["problem"]["code"]) == (409, "connect.other_organisation")
    assert "north is to Harbourline North" in page.text
    assert (await copy.shown("north"))["details"]["organisation_id"] == NORTH
    assert (await copy.token("north"), await copy.run("SELECT count(*) FROM consent")) == (token, [1])
    await copy.connect("qbo", connection_id="qbo")
    ledgers.event("qbo", "next_consent", organisations=[OTHER_REALM])
    attempt, _ = await copy.connect("qbo", connection_id="qbo")
    assert attempt["problem"]["code"] == "connect.other_organisation"
    refused = await copy.post("/connect-attempts", kind="xero", connection_id="qbo")
    assert (refused.status_code, refused.json()["code"]) == (409, "api.exists")


async def test_a_connection_that_was_put_by_hand_is_connected_again_to_the_company_its_settings_name(
    copy: Copy, ledgers: Ledgers
) -> None:
    put: dict[str, Any] = {"kind": "qbo", "api_url": QBO, "identity_url": QBO, "client_id": CLIENT_ID}
    put |= {"client_secret": CLIENT_SECRET, "refresh_token": "gone", "minute_limit": 120}
    (await copy.http.put("/tenants/harbourline/connections/qbo", json=put)).raise_for_status()
    settings = {"name": "H", "connectwise_connection": "cw", "ledger_connection": "qbo", "organisation_id": REALM}
    settings |= {"ledger": "qbo", "adjustment": {"account": "860"}}
    made = await copy.post("/companies", company_id="us", settings=settings)
    assert made.status_code in (200, 201), made.text
    await is_refused(copy, "qbo", "access.reconnect")
    ledgers.event("qbo", "next_consent", organisations=[OTHER_REALM])
    attempt, _ = await copy.connect("qbo", connection_id="qbo")
    assert attempt["problem"]["code"] == "connect.other_organisation"
    ledgers.event("qbo", "next_consent", organisations=[REALM])
    attempt, _ = await copy.connect("qbo", connection_id="qbo")
    assert attempt["state"] == "connected"
    shown = await copy.shown("qbo")
    assert (shown["details"]["minute_limit"], shown["details"]["organisation_id"]) == (120, REALM)
    assert await copy.token("qbo")


async def test_a_company_posts_over_a_connection_into_that_connections_own_organisation_only(copy: Copy) -> None:
    """Both are reached by the one consent."""
    await connect_two(copy)
    settings = {"name": "H", "connectwise_connection": "cw", "ledger_connection": "north"}
    settings |= {"organisation_id": SOUTH, "adjustment": {"account": "860"}}
    refused = await copy.post("/companies", company_id="h", settings=settings)
    assert (refused.status_code, refused.json()["code"]) == (409, "connect.other_books")
    good = await copy.post("/companies", company_id="h", settings={**settings, "organisation_id": NORTH})
    assert good.status_code in (200, 201), good.text
    west = await copy.post("/companies", company_id="w", settings={**settings, "ledger_connection": "west"} | ELSEWHERE)
    assert west.status_code in (200, 201), west.text
    attempt, _ = await copy.connect()
    place = f"/connect-attempts/{attempt['attempt_id']}/connections"
    for connection_id, organisation_id, code in (
        ("west", WEST, "connect.other_organisation"),
        ("north", SOUTH, "connect.other_organisation"),
        ("north", "nobody", "connect.not_offered"),
    ):
        chosen = [{"connection_id": connection_id, "organisation_id": organisation_id}]
        other = await copy.post(place, connections=chosen)
        assert (other.status_code, other.json()["code"]) == (409, code)


async def test_disconnecting_one_organisation_leaves_the_others_and_the_last_one_ends_the_consent(
    copy: Copy, ledgers: Ledgers
) -> None:
    await connect_two(copy)
    gone = await copy.post("/connections/north/disconnect")
    assert (gone.status_code, gone.json()["warnings"]) == (200, [])
    assert (ledgers.asked("xero", LEAVE), ledgers.asked("xero", REVOKE_XERO)) == (1, 0)
    assert NORTH not in organisations_of_the_app(ledgers)
    await is_refused(copy, "north", "access.disconnected")
    assert (await copy.shown("north"))["problem"][
        "title"
    ] == "The connection north was disconnected by installation key."
    assert await copy.token("south")
    twice = await copy.post("/connections/north/disconnect")
    assert (twice.status_code, twice.json()["code"]) == (409, "connect.no_consent")
    await copy.post("/connections/south/disconnect")
    assert (ledgers.asked("xero", LEAVE), ledgers.asked("xero", REVOKE_XERO)) == (2, 1)
    assert await copy.run("SELECT (SELECT count(*) FROM consent) + (SELECT count(*) FROM access_token)") == [0]
    attempt, _ = await copy.connect(connection_id="north")
    assert (attempt["state"], await copy.token("north") != "") == ("connected", True)
    await is_refused(copy, "south", "access.disconnected")


async def test_what_a_provider_cannot_be_told_is_a_warning_and_the_connection_is_ended_all_the_same(
    copy: Copy, ledgers: Ledgers
) -> None:
    await copy.connect("qbo", connection_id="qbo")
    ledgers.fail("qbo", REVOKE_QBO, status=503)
    answer = await copy.post("/connections/qbo/disconnect")
    assert [each["code"] for each in answer.json()["warnings"]] == ["connect.provider_not_told"]
    await is_refused(copy, "qbo", "access.disconnected")
    foreign = await copy.http.post("/tenants/other/connections/qbo/disconnect")
    assert foreign.status_code == 404


async def test_a_consent_is_not_revoked_while_another_tenant_has_one_of_the_same_app_I7(
    copy: Copy, ledgers: Ledgers
) -> None:
    """Revoking at Xero ends all that its person allowed the app, and who that was nobody here knows."""
    await connect_two(copy)
    body = {"kind": "xero", "connection_id": "west"}
    started = (await copy.http.post("/tenants/other/connect-attempts", json=body)).json()
    await copy.comes_back(await copy.consents(started["url"]))
    west = {"connections": [{"connection_id": "west", "organisation_id": NORTH}]}
    place = f"/tenants/other/connect-attempts/{started['attempt_id']}/connections"
    assert (await copy.http.post(place, json=west)).status_code == 201
    for connection_id in ("north", "south"):
        await copy.post(f"/connections/{connection_id}/disconnect")
    assert ledgers.asked("xero", REVOKE_XERO) == 0
    assert await copy.token("west")


async def test_keys_that_no_consent_stands_behind_are_not_disconnected_here(copy: Copy) -> None:
    custom = {"kind": "xero", "api_url": XERO, "identity_url": XERO, "client_id": CLIENT_ID}
    put = await copy.http.put("/tenants/harbourline/connections/custom", json={**custom, "client_secret": "s"})
    put.raise_for_status()
    answer = await copy.post("/connections/custom/disconnect")
    assert (answer.status_code, answer.json()["code"]) == (409, "connect.no_consent")


async def test_a_connection_of_a_consent_may_become_a_custom_one_and_the_consent_is_forgotten(copy: Copy) -> None:
    attempt, _ = await copy.connect()
    chosen = [{"connection_id": "north", "organisation_id": NORTH}]
    await copy.post(f"/connect-attempts/{attempt['attempt_id']}/connections", connections=chosen)
    custom = {"kind": "xero", "api_url": XERO, "identity_url": XERO, "client_id": CLIENT_ID}
    place = "/tenants/harbourline/connections/north"
    (await copy.http.put(place, json={**custom, "client_secret": CLIENT_SECRET}, headers=REPLACING)).raise_for_status()
    assert await copy.token("north")
    assert await copy.run("SELECT count(*) FROM consent") == [0]


async def test_consents_that_lie_idle_are_renewed_in_time_by_whichever_copy_comes_first(
    installation: Installation, ledgers: Ledgers
) -> None:
    async with installation.copies(2) as (one, two):
        await one.connect("qbo", connection_id="qbo")
        await connect_two(one)
        at_first = [ledgers.asked("qbo", QBO_TOKENS), ledgers.asked("xero", XERO_TOKENS)]
        await asyncio.gather(one.upkeep.step(), two.upkeep.step())
        assert [ledgers.asked("qbo", QBO_TOKENS), ledgers.asked("xero", XERO_TOKENS)] == at_first
        for month in range(1, 5):
            ledgers.advance(30 * DAY_S)
            await asyncio.gather(one.upkeep.step(), two.upkeep.step())
            renewed = [ledgers.asked("qbo", QBO_TOKENS), ledgers.asked("xero", XERO_TOKENS)]
            assert renewed == [asked + month for asked in at_first]
        assert await one.token("qbo")
        assert await two.token("south")


async def test_upkeep_leaves_alone_what_waits_for_a_person_and_forgets_attempts_that_came_to_nothing(
    copy: Copy, ledgers: Ledgers
) -> None:
    await copy.connect("qbo", connection_id="qbo")
    attempt, _ = await copy.connect()
    ledgers.event("qbo", "revoke_connection", realmId=REALM)
    for _ in range(3):
        ledgers.advance(8 * DAY_S)
        await copy.upkeep.step()
    assert ledgers.asked("qbo", QBO_TOKENS) == 2
    assert len(await copy.get("/notices")) == 1
    assert (await copy.http.get(f"/tenants/harbourline/connect-attempts/{attempt['attempt_id']}")).status_code == 404
    assert await copy.run("SELECT kind FROM consent") == ["qbo"]
