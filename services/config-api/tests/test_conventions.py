"""What holds for every route: Idempotency-Key, the limit of requests, request ids. The clock is passed in."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI, Request

from tieout_chassis.clock import FixedClock
from tieout_chassis.database import Database
from tieout_chassis.sealing import Sealer
from tieout_chassis.testing import FreshDatabase
from tieout_config_api.access.callers import Caller
from tieout_config_api.app import public_app
from tieout_config_api.migrations import MIGRATIONS
from tieout_config_api.pacing import TokenBuckets
from tieout_config_api.public import repeating
from tieout_config_api.public.door import Rooms
from tieout_config_api.public.limiting import REQUEST_ID, RequestIds
from tieout_config_api.public.repeating import HEADER, IN_PROGRESS_S, KEPT_FOR, REPLAYED, Forgetting, KeptAnswers
from tieout_config_api.store import accounts, notices
from tieout_config_api.store.tables import kept_answer, tenant
from tieout_config_api.vault import Vault

pytestmark = pytest.mark.postgres
NEW = {"tenant_id": "harbourline", "name": "Harbourline, a marked name"}


@dataclass
class Desk:
    http: httpx.AsyncClient
    app: FastAPI
    database: Database
    clock: FixedClock

    async def create(self, key: str | None = "once", body: dict[str, Any] = NEW, **headers: str) -> httpx.Response:
        given = headers if key is None else {HEADER: key, **headers}
        return await self.http.post("/v1/tenants", json=body, headers=given)

    async def tenants(self) -> int:
        async with self.database.transaction() as tx:
            return int((await tx.execute(sa.select(sa.func.count()).select_from(tenant))).scalar_one())

    async def kept(self) -> list[Any]:
        async with self.database.transaction() as tx:
            return list((await tx.execute(sa.select(kept_answer))).mappings())


async def identify(request: Request) -> Caller | None:
    name = request.headers.get("authorization", "").removeprefix("Bearer ")
    return Caller(name=name, super_admin=True) if name else None


@pytest.fixture
async def desk(fresh_database: FreshDatabase, sealing_key_file: Path) -> AsyncIterator[Desk]:
    sealer, clock = Sealer.from_file(sealing_key_file), FixedClock()
    vault = Vault.from_file(sealing_key_file)
    database = Database(await fresh_database([MIGRATIONS]), "config-api", sealer=sealer)
    async with httpx.AsyncClient() as nowhere:
        app = public_app(Rooms(database, sealer, clock, nowhere, 200, vault=vault), "key")
        app.state.identify = identify
        whole = RequestIds(KeptAnswers(app, database, vault))
        transport = httpx.ASGITransport(app=whole, raise_app_exceptions=False)
        headers = {"Authorization": "Bearer ann"}
        async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as http:
            yield Desk(http, app, database, clock)
    await database.dispose()


async def test_a_request_that_is_sent_again_is_answered_with_the_first_answer_and_done_once(desk: Desk) -> None:
    first = await desk.create()
    again = await desk.create()
    assert (first.status_code, again.status_code) == (201, 201)
    assert (again.content, again.headers["content-type"]) == (first.content, first.headers["content-type"])
    assert (REPLAYED in first.headers, again.headers[REPLAYED]) == (False, "true")
    assert await desk.tenants() == 1
    without = await desk.create(key=None)
    assert (without.status_code, without.json()["code"]) == (409, "api.exists")


async def test_a_key_is_good_for_one_request_only(desk: Desk) -> None:
    await desk.create()
    for answer in (
        await desk.create(body=NEW | {"name": "Another"}),
        await desk.http.post("/v1/tenants?a=1", json=NEW, headers={HEADER: "once"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "api.idempotency_key_reused")
    for key in ("", "a b", "x" * 256, "caf\u00e9"):
        answer = await desk.http.post("/v1/tenants", json=NEW, headers=[(HEADER.encode(), key.encode())])  # type: ignore[list-item]
        assert (answer.status_code, answer.json()["code"]) == (422, "api.idempotency_key_invalid")


async def test_keys_of_two_callers_have_nothing_to_do_with_each_other_I7(desk: Desk) -> None:
    await desk.create()
    answer = await desk.create(Authorization="Bearer bob")
    assert (answer.status_code, answer.json()["code"]) == (409, "api.exists")
    nobody = await desk.create(Authorization="")
    assert nobody.status_code == 401


async def test_while_the_first_is_under_way_the_second_is_told_so(desk: Desk) -> None:
    async with desk.database.transaction() as tx:
        await tx.execute(sa.text("LOCK TABLE tenant IN ACCESS EXCLUSIVE MODE"))
        first = asyncio.create_task(desk.create())
        for _ in range(500):
            if await desk.kept():
                break
            await asyncio.sleep(0.02)
        second = await desk.create()
        assert (second.status_code, second.json()["code"]) == (409, "api.idempotency_in_progress")
    assert (await first).status_code == 201
    assert (await desk.create()).headers[REPLAYED] == "true"


async def test_what_was_refused_was_not_done_and_its_key_is_free(desk: Desk) -> None:
    assert (await desk.create(body={"tenant_id": "No Identifier"})).status_code == 422
    assert (await desk.create()).status_code == 201


async def test_after_a_fault_nobody_knows_and_nothing_is_done_twice(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> bool:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(accounts, "create_tenant", broken)
        assert (await desk.create()).status_code == 500
    assert (await desk.create()).json()["code"] == "api.idempotency_in_progress"
    desk.clock.advance(IN_PROGRESS_S)
    answer = await desk.create()
    assert (answer.status_code, answer.json()["code"]) == (409, "api.idempotency_unknown")
    assert await desk.tenants() == 0


async def test_answers_are_kept_sealed_and_for_a_day(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeating, "AT_ONCE", 1)
    await desk.create()
    await desk.create(key="another", body=NEW | {"tenant_id": "other"})
    assert not [row for row in await desk.kept() if b"marked" in row["body"]]
    forgetting = Forgetting(desk.database, desk.clock)
    desk.clock.advance(KEPT_FOR.total_seconds() - 1)
    assert not await forgetting.step()
    assert len(await desk.kept()) == 2
    desk.clock.advance(1)
    expired = await desk.create()
    assert (expired.status_code, expired.json()["code"]) == (409, "api.exists"), "done anew: nothing is remembered"
    while await forgetting.step():
        pass
    assert await desk.kept() == []


async def test_keys_of_one_caller_are_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeating, "MAX_KEYS", 1)
    await desk.create()
    refused = await desk.create(key="another")
    assert (refused.status_code, refused.json()["code"]) == (429, "api.idempotency_keys_used_up")


async def test_whoever_asks_too_fast_is_told_when_to_come_back_and_nobody_else_is(desk: Desk) -> None:
    desk.app.state.pace = TokenBuckets(desk.clock, per_second=0.1, burst=2)
    answers = [await desk.http.get("/v1/tenants") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert (answers[2].json()["code"], answers[2].headers["Retry-After"]) == ("api.too_many_requests", "10")
    assert (await desk.http.get("/v1/tenants", headers={"Authorization": "Bearer bob"})).status_code == 200
    desk.clock.advance(10)
    assert (await desk.http.get("/v1/tenants")).status_code == 200


async def test_every_answer_has_an_id_the_callers_own_where_it_is_a_plain_word(desk: Desk) -> None:
    for given, kept in {"order-4711.a_b": True, "": False, "x" * 65: False, "two words": False}.items():
        answer = await desk.http.get("/v1/tenants", headers={REQUEST_ID: given})
        assert (answer.headers[REQUEST_ID] == given) is kept
        assert answer.headers[REQUEST_ID]
    assert (await desk.http.get("/no/such/place")).headers[REQUEST_ID]


async def test_an_answer_that_is_shown_once_is_not_kept_and_the_request_not_done_twice_I8(desk: Desk) -> None:
    await desk.create(key=None)
    body, place = {"name": "integration", "scopes": ["records:read"]}, "/v1/tenants/harbourline/api-keys"
    first = await desk.http.post(place, json=body, headers={HEADER: "once"})
    assert (first.status_code, "key" in first.json()) == (201, True)
    again = await desk.http.post(place, json=body, headers={HEADER: "once"})
    assert (again.status_code, again.json()["code"]) == (409, "api.idempotency_in_progress")
    assert [row["body"] for row in await desk.kept()] == [None]
    assert len((await desk.http.get(place)).json()) == 1


async def test_of_what_one_does_about_oneself_no_request_is_kept_not_even_its_hash_I8(desk: Desk) -> None:
    body = {"email": "robin@example.com", "password": "marked horse battery"}
    refused = await desk.http.post("/v1/sign-in", json=body, headers={HEADER: "once"})
    factor = await desk.http.post("/v1/me/second-factor", headers={HEADER: "twice"})
    assert (refused.status_code, factor.status_code) == (401, 403)
    assert await desk.kept() == []


async def pages(desk: Desk, path: str) -> list[list[dict[str, Any]]]:
    """Every page of a list, by following `Link`."""
    found = []
    while path:
        answer = await desk.http.get(path)
        assert answer.status_code == 200, answer.text
        found.append(answer.json())
        path = answer.links.get("next", {}).get("url", "")
    return found


async def test_a_list_comes_page_by_page_each_once_also_where_something_is_added_meanwhile(desk: Desk) -> None:
    for name in ("b", "d", "f"):
        await desk.create(key=None, body={"tenant_id": name, "name": name})
    first = await desk.http.get("/v1/tenants?limit=2")
    assert [each["tenant_id"] for each in first.json()] == ["b", "d"]
    for name in ("a", "e"):
        await desk.create(key=None, body={"tenant_id": name, "name": name})
    (rest,) = await pages(desk, first.links["next"]["url"])
    assert [each["tenant_id"] for each in rest] == ["e", "f"]
    assert [[each["tenant_id"] for each in page] for page in await pages(desk, "/v1/tenants?limit=4")] == [
        ["a", "b", "d", "e"],
        ["f"],
    ]


async def test_what_was_made_at_the_same_moment_is_on_one_page_only(desk: Desk) -> None:
    await desk.create(key=None)
    place = "/v1/tenants/harbourline"
    for number in range(3):
        settings = {
            "name": "a company",
            "connectwise_connection": f"cw-{number}",
            "ledger_connection": "xero",
            "organisation_id": "org",
            "adjustment": {"account": "860"},
        }
        body = {"company_id": f"company-{number}", "settings": settings}
        assert (await desk.http.post(f"{place}/companies", json=body)).status_code == 201
        assert (await desk.http.post(f"{place}/runs", json={"company_id": f"company-{number}"})).status_code == 202
    found = [run["run_id"] for page in await pages(desk, f"{place}/runs?limit=1") for run in page]
    assert (len(found), len(set(found))) == (3, 3)
    companies = [page[0]["company_id"] for page in await pages(desk, f"{place}/companies?limit=1")]
    assert companies == ["company-0", "company-1", "company-2"]
    (kept,) = await pages(desk, f"{place}/companies/company-0/settings?limit=1")
    assert [each["version"] for each in kept] == [1]


async def test_what_has_no_versions_is_edited_on_top_of_what_was_read_too(desk: Desk) -> None:
    await desk.create(key=None)
    place = "/v1/tenants/harbourline"
    xero = {"kind": "xero", "client_id": "app", "client_secret": "s"}
    made = await desk.http.put(f"{place}/connections/xero", json=xero)
    read = await desk.http.get(f"{place}/connections/xero")
    assert (made.status_code, made.headers["ETag"]) == (204, read.headers["ETag"])
    person = {"email": "robin@example.com", "name": "Robin"}
    user = (await desk.http.post(f"{place}/users", json=person | {"role": "account_admin"})).json()["person_id"]
    for edited, body in {
        f"{place}/connections/xero": xero | {"client_id": "another"},
        f"{place}/access": {"second_factor": "optional"},
        f"{place}/call-log": {"enabled": True},
        f"{place}/users/{user}": {"role": "user", "companies": []},
        f"/v1/users/{user}": {"super_admin": True, "disabled": False},
    }.items():
        before = (await desk.http.get(edited)).headers["ETag"]
        desk.clock.advance(1)
        named: tuple[str | None, ...] = (None, '"guessed"', before, before, "*")
        told = []
        for each in named:
            answer = await desk.http.put(edited, json=body, headers={} if each is None else {"If-Match": each})
            told.append("done" if answer.is_success else (answer.status_code, answer.json()["code"]))
        stale = (412, "api.version_conflict")
        assert told == [(428, "api.if_match_required"), stale, "done", stale, "done"], edited
        assert (await desk.http.get(edited)).headers["ETag"] == answer.headers["ETag"] != before, edited


async def test_a_connection_that_is_gone_is_not_made_anew_by_who_edits_it(desk: Desk) -> None:
    await desk.create(key=None)
    xero = {"kind": "xero", "client_id": "app", "client_secret": "s"}
    for named in ("*", '"0123456789abcdef"'):
        answer = await desk.http.put("/v1/tenants/harbourline/connections/xero", json=xero, headers={"If-Match": named})
        assert (answer.status_code, answer.json()["code"]) == (412, "api.version_conflict")


async def test_people_keys_and_notices_come_page_by_page_each_once(desk: Desk) -> None:
    await desk.create(key=None)
    place = "/v1/tenants/harbourline"
    for number in range(3):
        person = {"email": f"p{number}@example.com", "name": "P", "role": "account_admin"}
        (await desk.http.post(f"{place}/users", json=person)).raise_for_status()
        key = {"name": f"k{number}", "scopes": ["records:read"]}
        (await desk.http.post(f"{place}/api-keys", json=key)).raise_for_status()
        async with desk.database.transaction() as tx:
            await notices.tell(tx, "harbourline", f"n{number}", {}, desk.clock.now())
    for path, name in {f"{place}/users": "email", "/v1/users": "email", f"{place}/api-keys": "name"}.items():
        found = [page[0][name] for page in await pages(desk, f"{path}?limit=1")]
        assert sorted(found) == [f"p{n}@example.com" if name == "email" else f"k{n}" for n in range(3)], path
    told = [page[0]["about"] for page in await pages(desk, f"{place}/notices?limit=1")]
    assert sorted(told) == ["n0", "n1", "n2"], "all of the same moment"


@pytest.mark.parametrize("cursor", ["rubbish", "W10=", "WzFd", "WyJhIiwgImIiXQ==", "\u00e9", "W" * 2_001, "bnVsbA=="])
async def test_a_cursor_that_is_not_ours_is_refused_by_every_list(desk: Desk, cursor: str) -> None:
    await desk.create(key=None)
    for place in (
        "",
        "/harbourline/connections",
        "/harbourline/companies",
        "/harbourline/runs",
        "/harbourline/records",
        "/harbourline/users",
        "/harbourline/api-keys",
        "/harbourline/notices",
        "/harbourline/usage",
    ):
        answer = await desk.http.get(f"/v1/tenants{place}", params={"cursor": cursor})
        assert answer.status_code == 422, place
