"""People: invited, signed in with two factors, limited to what is theirs, and gone when they leave."""

import asyncio
import email
import email.policy
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pyotp
import pytest
import sqlalchemy as sa
from api_kit import REPLACING
from argon2 import PasswordHasher
from fastapi import FastAPI
from structlog.testing import capture_logs

from tieout_chassis.clock import FixedClock
from tieout_chassis.database import Database
from tieout_chassis.sealing import Sealer, create_sealing_key
from tieout_chassis.testing import a_fresh_database
from tieout_config_api.app import public_app
from tieout_config_api.migrations import MIGRATIONS
from tieout_config_api.people import failures
from tieout_config_api.people.expiring import AccessExpiry
from tieout_config_api.people.mailers import FolderMailer, Mailer
from tieout_config_api.people.mailing import Mailing
from tieout_config_api.people.opaque import digest
from tieout_config_api.people.passwords import Passwords
from tieout_config_api.people.rules import CODES_OF_A_PERSON, QUARTER, SIGN_INS_OF_AN_EMAIL, Limit
from tieout_config_api.public.cookies import NAME
from tieout_config_api.public.door import Rooms
from tieout_config_api.store.people_tables import email_code
from tieout_config_api.store.tables import audit_head, record
from tieout_config_api.vault import Vault

pytestmark = pytest.mark.postgres
URL = "https://tieout.example.com"
ADDRESS = "127.0.0.1"
"""Where the tests ask from."""
PASSWORD = "marked horse battery"
TENANT, COMPANY, ANOTHER = "harbourline", "mast", "keel"


class CountedHasher(PasswordHasher):
    """As cheap as can be, and counted: time itself would depend on the machine."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.looked_at = 0

    def verify(self, hash: Any, password: Any) -> Any:  # noqa: A002
        self.looked_at += 1
        return super().verify(hash, password)


@dataclass
class Office:
    """One installation with a tenant of two companies, its clock, and its mail as files."""

    app: FastAPI
    rooms: Rooms
    clock: FixedClock
    hasher: CountedHasher
    folder: Path
    key: httpx.AsyncClient

    def browser(self, **headers: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self.app)
        return httpx.AsyncClient(transport=transport, base_url=f"{URL}/v1", headers={"Origin": URL, **headers})

    async def send_mail(self, mailer: Mailer | None = None) -> None:
        rooms = self.rooms
        mailing = Mailing(rooms.database, rooms.vault, self.clock, mailer or FolderMailer(self.folder, "t@example.com"))
        while await mailing.step():
            pass

    async def mailed(self, to: str) -> str:
        """The text of the newest letter to somebody."""
        await self.send_mail()
        found = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in self.letters()]
        mine = [each for each in found if each["To"] == to]
        return str(mine[-1].get_content())

    def letters(self) -> list[Path]:
        return sorted(self.folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)

    async def token_for(self, to: str) -> str:
        found = re.search(r"#(\S+)", await self.mailed(to))
        assert found is not None
        return found[1]

    async def invited(self, to: str, role: str = "account_admin", *companies: str, tenant: str = TENANT) -> str:
        """The person's id."""
        chosen = {"companies": companies} if role == "user" else {}
        body = {"email": to, "name": "Robin", "role": role, **chosen}
        made = await self.key.post(f"/tenants/{tenant}/users", json=body)
        assert made.status_code == 201, made.text
        return str(made.json()["person_id"])

    async def accepted(self, to: str, role: str = "account_admin", *companies: str) -> str:
        person_id = await self.invited(to, role, *companies)
        body = {"token": await self.token_for(to), "password": PASSWORD}
        (await self.key.post("/invitations/acceptance", json=body)).raise_for_status()
        return person_id

    async def signed_in(self, to: str, role: str = "account_admin", *companies: str) -> "Person":
        """Invited, accepted, and enrolled."""
        person_id, browser = await self.accepted(to, role, *companies), self.browser()
        assert await password_given(browser, to) == "enrolment_due"
        secret = (await browser.post("/me/second-factor")).json()["secret"]
        person = Person(person_id, to, secret, browser, self.clock)
        confirmed = await browser.post("/me/second-factor/confirmation", json={"code": person.code()})
        assert confirmed.status_code == 200, confirmed.text
        person.recovery_codes = confirmed.json()["recovery_codes"]
        return person

    async def failures(self, of: str, subject_id: str) -> list[str]:
        """What failed, as the audit was told, in its order; each with the address that it came from."""
        asked = {"limit": "200", "subject_id": subject_id, "actor": "sign-in"}
        entries = (await self.key.get(f"{of}/audit", params=asked)).json()["entries"]
        assert {each["after"].get("address", ADDRESS) for each in entries} <= {ADDRESS}
        return [each["action"] for each in entries[::-1]]

    async def late_codes(self) -> int:
        """How many mailed codes are kept though they have run out, after a look at what has."""
        await AccessExpiry(self.rooms.database, self.clock, self.rooms.access).step()
        async with self.rooms.database.transaction() as tx:
            late = sa.select(sa.func.count()).where(email_code.c.expires_at <= self.clock.now())
            return int(await tx.scalar(late) or 0)

    async def heads(self) -> dict[str, int]:
        """How long each chain of the audit is."""
        async with self.rooms.database.transaction() as tx:
            found = (await tx.execute(sa.select(audit_head.c.tenant_id, audit_head.c.number))).all()
        return {row.tenant_id: row.number for row in found}

    async def at_rest(self) -> str:
        """Everything that the schema holds, as text; bytes as hex."""
        async with self.rooms.database.transaction() as tx:
            tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'config_api'"
            names = (await tx.execute(sa.text(tables))).scalars().all()
            rows = [(await tx.execute(sa.text(f'SELECT t::text FROM "{name}" t'))).scalars().all() for name in names]
        return "\n".join(row for table in rows for row in table)


@dataclass
class Person:
    person_id: str
    email: str
    secret: str
    browser: httpx.AsyncClient
    clock: FixedClock
    recovery_codes: tuple[str, ...] = ()

    def code(self, *, steps: int = 0) -> str:
        return pyotp.TOTP(self.secret).at(self.clock.now(), counter_offset=steps)

    async def sign_in_again(self, browser: httpx.AsyncClient) -> None:
        self.clock.advance(30)
        assert await password_given(browser, self.email) == "code_due"
        given = await browser.post("/sign-in/second-factor", json={"code": self.code()})
        assert given.json() == {"state": "complete"}


async def password_given(browser: httpx.AsyncClient, to: str, password: str = PASSWORD) -> str:
    answer = await browser.post("/sign-in", json={"email": to, "password": password})
    return str(answer.json()["state" if answer.is_success else "code"])


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@dataclass(frozen=True)
class Furnished:
    """A database with a tenant of two companies and a tenant of none; once for all tests of this file."""

    url: str
    sealing_key_file: Path


@pytest.fixture(scope="module")
def furnished(postgres_admin_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    key_file = tmp_path_factory.mktemp("keys") / "sealing.key"
    create_sealing_key(key_file)
    with asyncio.Runner() as runner:
        database = a_fresh_database(postgres_admin_url, [MIGRATIONS])
        found = Furnished(runner.run(database.__aenter__()), key_file)
        runner.run(furnish(found))
        yield found
        runner.run(database.__aexit__(None, None, None))


async def furnish(found: Furnished) -> None:
    async with office_on(found, Path()) as office:
        for tenant in (TENANT, "breakwater"):
            (await office.key.post("/tenants", json={"tenant_id": tenant, "name": tenant.title()})).raise_for_status()
        for number, company_id in enumerate((COMPANY, ANOTHER)):
            settings = {
                "name": company_id.title(),
                "connectwise_connection": "connectwise",
                "ledger_connection": "xero",
                "organisation_id": company_id,
                "connectwise_locations": [number],
                "adjustment": {"account": "860"},
            }
            body = {"company_id": company_id, "settings": settings}
            (await office.key.post(f"/tenants/{TENANT}/companies", json=body)).raise_for_status()


@asynccontextmanager
async def office_on(found: Furnished, folder: Path) -> AsyncIterator[Office]:
    sealer, clock = Sealer.from_file(found.sealing_key_file), FixedClock(datetime(2026, 11, 2, 9, tzinfo=UTC))
    database = Database(found.url, "config-api", pool_size=4, sealer=sealer)
    hasher = CountedHasher()
    vault = Vault.from_file(found.sealing_key_file)
    rooms = Rooms(database, sealer, clock, httpx.AsyncClient(), 200, passwords=Passwords(hasher), vault=vault)
    app = public_app(rooms, "installation-key")
    key = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app),
        base_url="https://test/v1",
        headers={"Authorization": "Bearer installation-key"},
    )
    async with key:
        yield Office(app, rooms, clock, hasher, folder, key)
    await database.dispose()


@pytest.fixture
async def office(furnished: Furnished, tmp_path: Path) -> AsyncIterator[Office]:
    """Nobody is known, and nothing has happened."""
    async with office_on(furnished, tmp_path / "mail") as office:
        async with office.rooms.database.transaction() as tx:
            for table in ("person", "attempt", "mail", "tenant_access", "api_key", "run", "record", "command"):
                await tx.execute(sa.text(f"DELETE FROM {table}"))
        yield office


async def test_somebody_invited_reaches_no_setting_until_the_second_factor_is_set_up_F208(office: Office) -> None:
    to, settings = "robin@example.com", f"/tenants/{TENANT}/companies"
    await office.accepted(to)
    browser = office.browser()
    assert told(await browser.get(settings)) == (401, "api.unauthorised")
    assert await password_given(browser, to) == "enrolment_due"
    assert told(await browser.get(settings)) == (401, "people.second_factor_due")
    me = (await browser.get("/me")).json()
    assert (me["name"], me["state"], me["tenants"]) == (to, "enrolment_due", [])

    begun = (await browser.post("/me/second-factor")).json()
    assert begun["address"].startswith("otpauth://totp/Tieout:")
    assert told(await browser.get(settings)) == (401, "people.second_factor_due")
    code = pyotp.TOTP(begun["secret"]).at(office.clock.now())
    confirmed = await browser.post("/me/second-factor/confirmation", json={"code": code})
    assert len(set(confirmed.json()["recovery_codes"])) == 10
    assert [each["company_id"] for each in (await browser.get(settings)).json()] == [ANOTHER, COMPANY]
    me = (await browser.get("/me")).json()
    assert (me["state"], me["recovery_codes_left"], me["tenants"][0]["role"]) == ("complete", 10, "account_admin")

    assert (await browser.post("/sign-out")).status_code == 204
    assert NAME not in browser.cookies
    assert told(await browser.get(settings)) == (401, "api.unauthorised")


async def test_a_password_alone_never_sets_another_authenticator_up_F208(office: Office) -> None:
    person = await office.signed_in("robin@example.com")
    thief = office.browser()
    assert await password_given(thief, person.email) == "code_due"
    assert told(await thief.post("/me/second-factor")) == (409, "people.has_second_factor")
    assert told(await thief.post("/me/second-factor/removal", json={"code": "000000"})) == (
        401,
        "people.second_factor_due",
    )
    assert told(await thief.put("/me/password", json={"password": PASSWORD, "new_password": "x" * 20}))[0] == 401
    assert told(await thief.get(f"/tenants/{TENANT}/users")) == (401, "people.second_factor_due")


async def test_a_code_is_taken_once_and_neither_is_one_before_it(office: Office) -> None:
    person, browser = await office.signed_in("robin@example.com"), office.browser()
    used = person.code()
    office.clock.advance(60)
    newest, before = person.code(), person.code(steps=-1)
    await password_given(browser, person.email)
    place = "/sign-in/second-factor"
    assert (await browser.post(place, json={"code": newest})).status_code == 200
    for code in (newest, before, used):
        assert told(await browser.post(place, json={"code": code})) == (401, "people.code_refused")
    office.clock.advance(30)
    answers = [await asyncio.gather(*(browser.post(place, json={"code": person.code()}) for _ in range(2)))]
    assert sorted(each.status_code for each in answers[0]) == [200, 401]


async def test_a_recovery_code_is_good_once_however_it_is_typed(office: Office) -> None:
    person = await office.signed_in("robin@example.com")
    one = person.recovery_codes[0]
    for typed, status in ((one.lower().replace("-", " "), 200), (one, 401), ("AAAA-AAAA-AAAA-AAAA", 401)):
        browser = office.browser()
        assert await password_given(browser, person.email) == "code_due"
        assert (await browser.post("/sign-in/second-factor", json={"recovery_code": typed})).status_code == status
    office.clock.advance(60)
    renewed = await person.browser.post("/me/recovery-codes", json={"code": person.code()})
    assert len(renewed.json()["recovery_codes"]) == 10
    assert (await person.browser.get("/me")).json()["recovery_codes_left"] == 10


async def test_codes_are_guessed_so_often_and_no_more_until_time_has_passed(office: Office) -> None:
    person, browser = await office.signed_in("robin@example.com"), office.browser()
    await password_given(browser, person.email)
    place = "/sign-in/second-factor"
    for _ in range(CODES_OF_A_PERSON.most):
        assert told(await browser.post(place, json={"recovery_code": "wrong"}))[0] == 401
    office.clock.advance(30)
    refused = await browser.post(place, json={"code": person.code()})
    assert (told(refused), refused.headers["retry-after"]) == ((429, "people.too_many_attempts"), "870")
    office.clock.advance(CODES_OF_A_PERSON.window.total_seconds())
    assert (await browser.post(place, json={"code": person.code()})).status_code == 200
    told_of = await office.failures(f"/tenants/{TENANT}", person.person_id)
    assert told_of == ["person.code_refused"] * CODES_OF_A_PERSON.most + ["person.code_blocked"]


async def test_failed_attempts_of_nobody_known_are_told_to_the_installation_so_often_and_without_what_was_typed(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failures, "OF_NOBODY", Limit(2, QUARTER))
    heads, before = await office.heads(), len(await office.failures("", "unknown"))
    for number in range(5):
        to = f"marked-{number}@example.com"
        assert await password_given(office.browser(), to, "marked as well") == "people.sign_in_refused"
    told_of = (await office.failures("", "unknown"))[before:]
    assert told_of == ["sign_in.refused", "sign_in.refused", "sign_in.too_many"]
    assert "marked" not in str((await office.key.get("/audit", params={"limit": 200})).json())
    now = await office.heads()
    assert {tenant for tenant in now if now[tenant] != heads.get(tenant)} == {"*"}, (
        "no tenant's chain grows by strangers"
    )


async def test_whoever_is_unknown_is_answered_as_a_wrong_password_is_and_costs_the_same(office: Office) -> None:
    await office.accepted("robin@example.com")
    gone = await office.accepted("gone@example.com")
    await office.invited("invited@example.com")
    disabled = {"super_admin": False, "disabled": True}
    (await office.key.put(f"/users/{gone}", json=disabled, headers=REPLACING)).raise_for_status()
    answers, looks = [], []
    for to, password in (
        ("robin@example.com", "wrong wrong wrong"),
        ("nobody@example.com", PASSWORD),
        ("gone@example.com", PASSWORD),
        ("invited@example.com", PASSWORD),
    ):
        before = office.hasher.looked_at
        answer = await office.browser().post("/sign-in", json={"email": to, "password": password})
        looks.append(office.hasher.looked_at - before)
        answers.append((answer.status_code, answer.content, sorted(answer.headers)))
    assert looks == [1, 1, 1, 1]
    assert len({(status, content) for status, content, _ in answers}) == 1
    assert answers[0][0] == 401
    nobodys = office.rooms.passwords._nobodys
    assert nobodys.split("$")[:4] == office.hasher.hash(PASSWORD).split("$")[:4]


async def test_an_email_is_tried_so_often_and_no_more_also_all_at_once(office: Office) -> None:
    to = "robin@example.com"
    person_id = await office.accepted(to)
    most = SIGN_INS_OF_AN_EMAIL.most
    tried = await asyncio.gather(*(password_given(office.browser(), to, "wrong wrong wrong") for _ in range(most + 3)))
    assert sorted(tried) == ["people.sign_in_refused"] * most + ["people.too_many_attempts"] * 3
    with capture_logs() as logged:
        assert await password_given(office.browser(), to) == "people.too_many_attempts"
    assert [(each["event"], each["what"], to in str(each)) for each in logged] == [
        ("tried too often", "sign-in of", False)
    ]
    told_of = sorted(await office.failures(f"/tenants/{TENANT}", person_id))
    assert told_of == ["person.password_blocked"] + ["person.password_refused"] * most, "blocked is told once"
    office.clock.advance(SIGN_INS_OF_AN_EMAIL.window.total_seconds())
    assert await password_given(office.browser(), to) == "enrolment_due"


async def test_a_session_ends_when_it_idles_and_in_any_case_after_its_time(office: Office) -> None:
    person = await office.signed_in("robin@example.com")
    rules = office.rooms.access
    idle = rules.session_idle.total_seconds()
    steps = int(rules.session_most / rules.session_idle)
    for _ in range(steps - 1):
        office.clock.advance(idle - 1)
        assert (await person.browser.get("/me")).status_code == 200
    office.clock.advance(idle)
    assert (await person.browser.get("/me")).status_code == 401
    other = office.browser()
    await person.sign_in_again(other)
    office.clock.advance(idle)
    assert (await other.get("/me")).status_code == 401
    await AccessExpiry(office.rooms.database, office.clock, rules).step()
    async with office.rooms.database.transaction() as tx:
        assert await tx.scalar(sa.text("SELECT count(*) FROM session")) == 0


async def test_sessions_are_listed_and_ended_and_a_new_password_ends_the_others(office: Office) -> None:
    person, second, third = await office.signed_in("robin@example.com"), office.browser(), office.browser()
    await person.sign_in_again(second)
    await person.sign_in_again(third)
    listed = (await third.get("/me/sessions")).json()
    assert [each["this"] for each in listed] == [True, False, False]
    await third.delete(f"/me/sessions/{listed[1]['session_id']}")
    assert ((await second.get("/me")).status_code, (await person.browser.get("/me")).status_code) == (401, 200)
    new = "another horse battery"
    assert told(await third.put("/me/password", json={"password": "no", "new_password": new}))[0] == 401
    weak = await third.put("/me/password", json={"password": PASSWORD, "new_password": "short"})
    assert told(weak) == (422, "people.password_weak")
    assert (await third.put("/me/password", json={"password": PASSWORD, "new_password": new})).status_code == 204
    assert ((await third.get("/me")).status_code, (await person.browser.get("/me")).status_code) == (200, 401)
    assert await password_given(office.browser(), person.email) == "people.sign_in_refused"
    assert await password_given(office.browser(), person.email, new) == "code_due"


async def test_a_change_with_a_cookie_is_taken_from_our_own_pages_only(office: Office) -> None:
    person = await office.signed_in("robin@example.com")
    cookie = f"{NAME}={person.browser.cookies[NAME]}"
    body = {"second_factor": "required"}
    place = f"{URL}/v1/tenants/{TENANT}/access"
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=office.app)) as bare:
        for origin in (None, "https://evil.example.com", "null", f"{URL}.evil.example.com", "http://[::1"):
            headers = REPLACING | {"Cookie": cookie} | ({"Origin": origin} if origin else {})
            assert told(await bare.put(place, json=body, headers=headers)) == (403, "people.foreign_page"), origin
            assert (await bare.get(place, headers=headers)).status_code == 200
        for origin in (URL, office.rooms.access.public_url):
            headers = REPLACING | {"Cookie": cookie, "Origin": origin}
            assert (await bare.put(place, json=body, headers=headers)).status_code == 200
        foreign = {"Origin": "https://evil.example.com"}
        credentials = {"email": person.email, "password": PASSWORD}
        assert told(await bare.post(f"{URL}/v1/sign-in", json=credentials, headers=foreign))[0] == 403
        by_key = REPLACING | foreign | {"Authorization": "Bearer installation-key"}
        assert (await bare.put(place, json=body, headers=by_key)).status_code == 200


async def test_the_cookie_of_a_session_is_read_by_no_script_and_sent_by_no_other_site(office: Office) -> None:
    to = "robin@example.com"
    await office.accepted(to)
    answer = await office.browser().post("/sign-in", json={"email": to, "password": PASSWORD})
    flags = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
    assert flags >= {"secure", "httponly", "samesite=strict", "path=/"}
    assert not any(part.startswith("domain") for part in flags)
    before = answer.cookies[NAME]
    browser = office.browser(Cookie=f"{NAME}={before}")
    secret = (await browser.post("/me/second-factor")).json()["secret"]
    code = pyotp.TOTP(secret).at(office.clock.now())
    after = (await browser.post("/me/second-factor/confirmation", json={"code": code})).cookies[NAME]
    assert after != before
    assert (await browser.get("/me")).status_code == 401


async def test_an_invitation_is_accepted_once_in_time_and_only_the_newest(office: Office) -> None:
    to, place = "robin@example.com", "/invitations/acceptance"
    person_id = await office.invited(to)
    again = f"/tenants/{TENANT}/users/{person_id}/invitation"
    first = await office.token_for(to)
    assert (await office.key.post(again)).status_code == 202
    second = await office.token_for(to)
    anybody = office.browser()
    assert told(await anybody.post(place, json={"token": first, "password": PASSWORD})) == (410, "people.link_gone")
    weak = await anybody.post(place, json={"token": second, "password": "robin123"})
    assert told(weak) == (422, "people.password_weak")
    office.clock.advance(office.rooms.access.invitation.total_seconds())
    assert told(await anybody.post(place, json={"token": second, "password": PASSWORD}))[0] == 410
    await office.key.post(again)
    third = {"token": await office.token_for(to), "password": PASSWORD, "name": "Robin Reef"}
    taken = await asyncio.gather(*(anybody.post(place, json=third) for _ in range(2)))
    assert sorted(each.status_code for each in taken) == [204, 410]
    assert told(await office.key.post(again)) == (409, "people.not_invited")
    (user,) = (await office.key.get(f"/tenants/{TENANT}/users")).json()
    assert (user["name"], user["status"], user["second_factor"]) == ("Robin Reef", "active", False)


async def test_a_forgotten_password_is_replaced_by_a_mailed_link_and_nobody_learns_who_is_known(office: Office) -> None:
    person, anybody = await office.signed_in("robin@example.com"), office.browser()
    await office.send_mail()
    letters = len(office.letters())
    known = await anybody.post("/password-resets", json={"email": person.email.upper()})
    unknown = await anybody.post("/password-resets", json={"email": "nobody@example.com"})
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    new = {"token": await office.token_for(person.email), "password": "another horse battery"}
    assert len(office.letters()) == letters + 1
    place = "/password-resets/acceptance"
    assert told(await anybody.post("/invitations/acceptance", json=new))[0] == 410
    assert (await anybody.post(place, json=new)).status_code == 204
    assert told(await anybody.post(place, json=new)) == (410, "people.link_gone")
    assert (await person.browser.get("/me")).status_code == 401
    assert await password_given(anybody, person.email, new["password"]) == "code_due"
    for _ in range(5):
        answer = await anybody.post("/password-resets", json={"email": person.email})
    assert told(answer) == (429, "people.too_many_attempts")


async def test_no_secret_of_a_person_is_at_rest_in_clear_or_in_a_log_I8(office: Office) -> None:
    with capture_logs() as logged:
        person = await office.signed_in("robin@example.com")
        await office.key.post("/password-resets", json={"email": person.email})
        waiting = await office.at_rest()
        token = await office.token_for(person.email)
        key = await office.key.post(
            f"/tenants/{TENANT}/api-keys", json={"name": "integration", "scopes": ["records:read"]}
        )
        await person.browser.post("/sign-in", json={"email": "marked-typed@example.com", "password": PASSWORD})
        await office.send_mail(Refusing())
    secrets = (
        *(PASSWORD, person.secret, token, key.json()["key"], person.browser.cookies[NAME], "marked-typed"),
        *person.recovery_codes,
        *(code.replace("-", "") for code in person.recovery_codes),
    )
    everything = "\n".join((waiting, await office.at_rest(), str(logged)))
    assert "robin@example.com" in everything
    for secret in secrets:
        assert secret not in everything
        assert secret.encode().hex() not in everything


class Refusing:
    """A mail server that is away."""

    def __init__(self) -> None:
        self.asked = 0

    def send(self, row: Any, letter: Any) -> None:
        self.asked += 1
        raise ConnectionRefusedError("marked: robin@example.com")


async def test_a_mail_server_that_is_away_loses_no_letter_and_holds_no_transaction(office: Office) -> None:
    to, away = "robin@example.com", Refusing()
    await office.invited(to)
    pool: Any = office.rooms.database.engine.pool

    class Looking(FolderMailer):
        def send(self, row: Any, letter: Any) -> None:
            assert pool.checkedout() == 0
            super().send(row, letter)

    with capture_logs() as logged:
        await office.send_mail(away)
        await office.send_mail(away)
    assert away.asked == 1
    assert (len(logged), to in str(logged)) == (1, False)
    for pause in (30, 60):
        office.clock.advance(pause)
        await office.send_mail(away)
    assert away.asked == 3
    office.clock.advance(3600)
    await office.send_mail(Looking(office.folder, "Tieout <t@example.com>"))
    assert "Choose your password" in await office.mailed(to)
    assert [path.stat().st_mode & 0o777 for path in office.letters()] == [0o600]


async def test_a_user_has_the_chosen_companies_and_an_admin_of_one_tenant_nothing_of_another_F230_F228_I7(
    office: Office,
) -> None:
    user, admin = await office.signed_in("user@example.com", "user", COMPANY), await office.signed_in("adm@example.com")
    runs = f"/tenants/{TENANT}/runs"
    assert (await user.browser.post(runs, json={"company_id": COMPANY})).status_code == 202
    assert told(await user.browser.post(runs, json={"company_id": ANOTHER})) == (404, "api.not_found")
    assert told(await user.browser.get(f"/tenants/{TENANT}/companies")) == (403, "people.may_not")
    assert told(await user.browser.get("/tenants/breakwater/runs")) == (404, "api.not_found")
    assert told(await admin.browser.get("/tenants/breakwater/users")) == (404, "api.not_found")
    assert told(await admin.browser.post("/tenants", json={"tenant_id": "x", "name": "X"})) == (403, "people.may_not")
    (own,) = (await user.browser.get("/me")).json()["tenants"]
    assert own["companies"] == [{"company_id": COMPANY, "name": "Mast"}]

    place, now = f"/tenants/{TENANT}/users/{user.person_id}", {"role": "user", "companies": [ANOTHER]}
    assert (await admin.browser.put(place, json=now, headers=REPLACING)).status_code == 200
    assert (await user.browser.post(runs, json={"company_id": ANOTHER})).status_code == 202
    assert told(await admin.browser.put(place, json=now | {"companies": ["nowhere"]}, headers=REPLACING))[0] == 404
    assert (await admin.browser.put(place, json=now | {"disabled": True}, headers=REPLACING)).json()[
        "status"
    ] == "disabled"
    assert told(await user.browser.get(runs)) == (404, "api.not_found")
    own_place = f"/tenants/{TENANT}/users/{admin.person_id}"
    assert told(await admin.browser.put(own_place, json={"role": "account_admin"})) == (409, "people.not_yourself")


async def test_a_super_admin_does_everything_for_every_tenant_and_is_always_asked_for_a_second_factor_F229(
    office: Office,
) -> None:
    body = {"email": "root@example.com", "name": "Root"}
    assert (await office.key.post("/users", json=body)).status_code == 201
    accepted = {"token": await office.token_for("root@example.com"), "password": PASSWORD}
    await office.key.post("/invitations/acceptance", json=accepted)
    browser = office.browser()
    assert await password_given(browser, "root@example.com") == "enrolment_due"
    secret = (await browser.post("/me/second-factor")).json()["secret"]
    await browser.post("/me/second-factor/confirmation", json={"code": pyotp.TOTP(secret).at(office.clock.now())})
    assert {each["tenant_id"] for each in (await browser.get("/tenants")).json()} >= {"breakwater", TENANT}
    new = {"tenant_id": f"new-{uuid4().hex}", "name": "New"}
    assert (await browser.post("/tenants", json=new)).status_code == 201
    assert (await browser.get("/tenants/breakwater/users")).json() == []
    assert [each["email"] for each in (await browser.get("/users")).json()] == ["root@example.com"]


async def test_an_email_is_one_login_in_the_whole_installation_F239(office: Office) -> None:
    one = await office.accepted("robin@example.com")
    other = await office.invited("ROBIN@Example.com", tenant="breakwater")
    assert one == other
    assert "gave you access to Breakwater" in await office.mailed("robin@example.com")
    again = {"email": "Robin@example.com", "name": "x", "role": "account_admin"}
    assert told(await office.key.post(f"/tenants/{TENANT}/users", json=again)) == (409, "api.exists")
    assert told(await office.key.post("/users", json={"email": "robin@EXAMPLE.com", "name": "x"})) == (
        409,
        "api.exists",
    )


async def test_a_tenant_may_do_without_the_second_factor_but_who_has_one_gives_it_F208(office: Office) -> None:
    place, body = f"/tenants/{TENANT}/access", {"second_factor": "optional"}
    assert (await office.key.get(place)).json() == {"second_factor": "required", "email_codes": False}
    enrolled = await office.signed_in("enrolled@example.com")
    assert (await office.key.put(place, json=body, headers=REPLACING)).json() == body | {"email_codes": False}
    await office.accepted("robin@example.com")
    robin, again = office.browser(), office.browser()
    assert await password_given(robin, "robin@example.com") == "complete"
    assert await password_given(again, enrolled.email) == "code_due"
    await office.key.put(place, json={"second_factor": "required"}, headers=REPLACING)
    assert told(await robin.get(f"/tenants/{TENANT}/users")) == (401, "people.second_factor_due")


async def mailed_code(office: Office, browser: httpx.AsyncClient, to: str) -> str:
    assert (await browser.post("/sign-in/email-code")).status_code == 202
    found = re.match(r"\d{6}", await office.mailed(to))
    assert found is not None
    return found[0]


async def test_a_code_by_mail_is_a_second_factor_where_the_tenant_takes_it_once_in_time_and_in_its_session_K32(
    office: Office,
) -> None:
    to, given = "robin@example.com", "/sign-in/email-code/confirmation"
    person_id, browser, another = await office.accepted(to), office.browser(), office.browser()
    await password_given(browser, to)
    assert told(await browser.post("/sign-in/email-code")) == (403, "people.no_email_codes"), "off by default"
    body = {"second_factor": "required", "email_codes": True}
    (await office.key.put(f"/tenants/{TENANT}/access", json=body, headers=REPLACING)).raise_for_status()
    begun = (await another.post("/sign-in", json={"email": to, "password": PASSWORD})).json()
    assert begun == {"state": "enrolment_due", "email_codes": True}

    older = await mailed_code(office, browser, to)
    newest = await mailed_code(office, browser, to)
    refused = (401, "people.code_refused")
    wrong = f"{(int(newest) + 1) % 1_000_000:06d}"
    assert told(await another.post(given, json={"code": newest})) == refused, "another session's"
    assert older == newest or told(await browser.post(given, json={"code": older})) == refused
    assert told(await browser.post(given, json={"code": wrong})) == refused
    everything = await office.at_rest()
    assert digest(newest).hex() not in everything
    assert digest(f"{person_id}{newest}").hex() not in everything
    answer = await browser.post(given, json={"code": newest})
    assert answer.json() == {"state": "complete"}
    assert (await browser.get(f"/tenants/{TENANT}/users")).status_code == 200
    assert told(await another.post(given, json={"code": newest})) == refused, "used up"
    acts = [each["action"] for each in (await office.key.get(f"/tenants/{TENANT}/audit")).json()["entries"]]
    assert acts.index("person.second_factor_given") < acts.index("person.email_code_asked")


async def test_a_code_by_mail_runs_out_and_is_tried_and_asked_for_so_often_K32(office: Office) -> None:
    to, given = "robin@example.com", "/sign-in/email-code/confirmation"
    await office.accepted(to)
    body = {"second_factor": "required", "email_codes": True}
    (await office.key.put(f"/tenants/{TENANT}/access", json=body, headers=REPLACING)).raise_for_status()
    browser = office.browser()
    await password_given(browser, to)
    late = await mailed_code(office, browser, to)
    office.clock.advance(600)
    assert told(await browser.post(given, json={"code": late})) == (401, "people.code_refused")
    office.clock.advance(QUARTER.total_seconds())
    tried = await mailed_code(office, browser, to)
    for _ in range(5):
        wrong = {"code": f"{(int(tried) + 1) % 1_000_000:06d}"}
        assert told(await browser.post(given, json=wrong)) == (401, "people.code_refused")
    async with office.rooms.database.transaction() as tx:
        await tx.execute(sa.text("DELETE FROM attempt WHERE subject LIKE 'code of%'"))
    assert told(await browser.post(given, json={"code": tried})) == (401, "people.code_refused"), "five tries a code"
    await mailed_code(office, browser, to)
    assert told(await browser.post("/sign-in/email-code")) == (429, "people.too_many_attempts")
    office.clock.advance(600)
    assert await office.late_codes() == 0


async def test_no_code_is_mailed_to_a_super_admin_nor_past_an_authenticator_or_another_tenant_s_rule_K32(
    office: Office,
) -> None:
    enrolled = await office.signed_in("enrolled@example.com")
    body = {"second_factor": "required", "email_codes": True}
    (await office.key.put(f"/tenants/{TENANT}/access", json=body, headers=REPLACING)).raise_for_status()
    both, root = "both@example.com", "root@example.com"
    await office.accepted(both)
    await office.invited(both, tenant="breakwater")
    person_id = await office.accepted(root)
    raised = {"super_admin": True, "disabled": False}
    (await office.key.put(f"/users/{person_id}", json=raised, headers=REPLACING)).raise_for_status()
    for to in (enrolled.email, both, root):
        browser = office.browser()
        answer = await browser.post("/sign-in", json={"email": to, "password": PASSWORD})
        assert answer.json()["email_codes"] is False, to
        assert told(await browser.post("/sign-in/email-code")) == (403, "people.no_email_codes"), to


async def test_a_lost_second_factor_is_reset_by_an_admin_and_of_who_belongs_elsewhere_by_a_super_admin(
    office: Office,
) -> None:
    admin, robin = await office.signed_in("adm@example.com"), await office.signed_in("robin@example.com")
    place = f"/tenants/{TENANT}/users/{robin.person_id}/second-factor-reset"
    await office.invited(robin.email, tenant="breakwater")
    assert told(await admin.browser.post(place)) == (403, "people.elsewhere_too")
    assert (await office.key.post(f"/users/{robin.person_id}/second-factor-reset")).status_code == 204
    assert (await robin.browser.get("/me")).status_code == 401
    assert await password_given(office.browser(), robin.email) == "enrolment_due"

    office.clock.advance(60)
    removed = await admin.browser.post("/me/second-factor/removal", json={"code": admin.code()})
    assert removed.status_code == 204
    assert told(await admin.browser.get(f"/tenants/{TENANT}/users")) == (401, "people.second_factor_due")
    assert "secret" in (await admin.browser.post("/me/second-factor")).json()


async def test_a_key_is_no_person(office: Office) -> None:
    for method, path in (("GET", "/me/sessions"), ("POST", "/me/second-factor"), ("POST", "/sign-out")):
        assert told(await office.key.request(method, path)) == (403, "people.not_a_person")
    me = (await office.key.get("/me")).json()
    assert (me["name"], me["super_admin"], me["person_id"]) == ("installation key", True, None)


async def test_api_keys_open_what_their_scopes_say_until_they_are_revoked_or_expire_F230_I7(office: Office) -> None:
    place, runs = f"/tenants/{TENANT}/api-keys", f"/tenants/{TENANT}/runs"
    until = (office.clock.now() + timedelta(days=1)).isoformat()
    body = {"name": "reader", "scopes": ["records:read"], "companies": [COMPANY], "expires_at": until}
    made = (await office.key.post(place, json=body)).json()
    assert made["key"].startswith("tieout_")
    with_key = office.browser(Authorization=f"Bearer {made['key']}")
    await office.key.post(runs, json={"company_id": ANOTHER})
    assert (await with_key.get(runs)).json() == []
    assert told(await with_key.post(runs, json={})) == (403, "people.may_not")
    assert told(await with_key.get("/tenants/breakwater/runs")) == (404, "api.not_found")
    assert told(await with_key.post(place, json=body)) == (403, "people.may_not")
    (listed,) = (await office.key.get(place)).json()
    assert "key" not in listed
    assert (listed["created_by"], listed["last_used_at"]) == ("installation key", "2026-11-02T09:00:00Z")
    (own,) = (await with_key.get("/me")).json()["tenants"]
    assert (own["scopes"], [each["company_id"] for each in own["companies"]]) == (["records:read"], [COMPANY])

    office.clock.advance(86_400)
    assert told(await with_key.get(runs)) == (401, "api.unauthorised")
    assert told(await office.key.post(place, json=body)) == (422, "people.key_expired")
    endless = (await office.key.post(place, json={"name": "w", "scopes": ["records:write"]})).json()
    writing = office.browser(Authorization=f"Bearer {endless['key']}")
    assert (await writing.post(runs, json={})).status_code == 202
    assert (await office.key.delete(f"/tenants/breakwater/api-keys/{endless['key_id']}")).status_code == 404
    assert (await office.key.delete(f"{place}/{endless['key_id']}")).status_code == 204
    assert told(await writing.post(runs, json={})) == (401, "api.unauthorised")


async def test_what_was_done_about_access_stands_in_the_audit_of_the_tenant_and_who_did_it(office: Office) -> None:
    robin = await office.signed_in("robin@example.com")
    user = await office.accepted("user@example.com", "user", COMPANY)
    place = f"/tenants/{TENANT}"
    await robin.browser.put(f"{place}/users/{user}", json={"role": "user", "companies": [ANOTHER]}, headers=REPLACING)
    made = (await robin.browser.post(f"{place}/api-keys", json={"name": "k", "scopes": ["records:read"]})).json()
    await robin.browser.delete(f"{place}/api-keys/{made['key_id']}")
    await robin.browser.put(f"{place}/access", json={"second_factor": "optional"}, headers=REPLACING)
    await office.key.put(f"/users/{user}", json={"super_admin": False, "disabled": True}, headers=REPLACING)
    await robin.browser.post("/sign-out")
    entries = (await office.key.get(f"{place}/audit", params={"limit": 100})).json()["entries"][::-1]
    mine = [each["action"] for each in entries if each["actor"] == robin.person_id]
    assert mine == [
        "person.invitation_accepted",
        "person.signed_in",
        "person.second_factor_set_up",
        "user.changed",
        "api_key.created",
        "api_key.revoked",
        "access.changed",
        "person.signed_out",
    ]
    (changed,) = (each for each in entries if each["action"] == "user.changed" and each["subject_id"] == user)
    assert (changed["actor_name"], changed["before"]["companies"], changed["after"]["companies"]) == (
        robin.email,
        [COMPANY],
        [ANOTHER],
    )
    others = [each["action"] for each in entries if each["subject_id"] == user and each["actor"] == "installation"]
    assert others == ["user.invited", "person.changed"]
    assert made["key"] not in str(entries)


async def test_what_a_person_decides_is_said_by_her_whatever_the_request_says_F230(office: Office) -> None:
    user = await office.signed_in("user@example.com", "user", COMPANY)
    async with office.rooms.database.transaction() as tx:
        row = {"company_id": COMPANY, "kind": "invoice", "record_id": 1, "tenant_id": TENANT, "number": "1"}
        await tx.execute(sa.insert(record).values(**row, status="refused"))
    place = f"/tenants/{TENANT}/companies/{COMPANY}/records/invoice/1"
    for asker, body in (
        (user.browser, {"action": "retry", "person": "somebody else"}),
        (office.key, {"action": "retry", "person": "the bookkeeper"}),
        (office.key, {"action": "retry"}),
    ):
        assert (await asker.post(f"{place}/commands", json=body)).status_code == 202
    journey = (await user.browser.get(place)).json()["journey"]
    assert {each["facts"]["person"] for each in journey} == {user.email, "the bookkeeper", "installation key"}
    assert (await user.browser.get(place.replace(COMPANY, ANOTHER))).status_code == 404


@pytest.mark.parametrize("odd", ["\\ud800", "\\u0000", "\\u202e", "\\n"])
async def test_no_letter_in_a_secret_or_a_name_breaks_anything(office: Office, odd: str) -> None:
    person = await office.signed_in("robin@example.com")
    texts = (f'"{odd * 12}"', f'"{odd}@example.com"')
    headers = {"Content-Type": "application/json"}
    for text in texts:
        for path, body in (
            ("/sign-in", f'{{"email": "robin@example.com", "password": {text}}}'),
            ("/sign-in", f'{{"email": {text}, "password": "x"}}'),
            ("/sign-in/second-factor", f'{{"recovery_code": {text}}}'),
            ("/sign-in/second-factor", f'{{"code": {text}}}'),
            ("/invitations/acceptance", f'{{"token": {text}, "password": "{PASSWORD}"}}'),
            (f"/tenants/{TENANT}/users", f'{{"email": "x@example.com", "name": {text}, "role": "account_admin"}}'),
            (f"/tenants/{TENANT}/api-keys", f'{{"name": {text}, "scopes": ["records:read"]}}'),
        ):
            answer = await person.browser.post(path, content=body.encode(), headers=headers)
            assert answer.status_code in {201, 401, 409, 410, 422, 429}, (path, body, answer.text)
    for token in ("\xff", "x" * 5_000):
        bad = office.browser(Authorization=f"Bearer {token}".encode("latin-1"))  # type: ignore[arg-type]
        assert (await bad.get("/me")).status_code == 401
        bad = office.browser(Cookie=f"{NAME}={token}".encode("latin-1"))  # type: ignore[arg-type]
        assert (await bad.get("/me")).status_code == 401
