"""Signing in: a password and a second factor, sessions, and how often one may try."""

import asyncio

import httpx
import pyotp
import pytest
import sqlalchemy as sa
from api_kit import REPLACING
from api_kit.offices import ANOTHER, COMPANY, PASSWORD, TENANT, URL, Office, password_given, told
from structlog.testing import capture_logs

from tieout_config_api.people import failures
from tieout_config_api.people.expiring import AccessExpiry
from tieout_config_api.people.rules import CODES_OF_A_PERSON, QUARTER, SIGN_INS_OF_AN_EMAIL, Limit
from tieout_config_api.public.cookies import NAME

pytestmark = pytest.mark.postgres


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


async def test_a_wrong_password_or_code_of_who_is_signed_in_is_told_with_its_address_too(office: Office) -> None:
    person = await office.signed_in("robin@example.com")
    wrong = {"password": "wrong wrong wrong", "new_password": "another long enough one"}
    assert told(await person.browser.put("/me/password", json=wrong)) == (401, "people.sign_in_refused")
    for place in ("/me/second-factor/removal", "/me/recovery-codes"):
        refused = await person.browser.post(place, json={"recovery_code": "wrong"})
        assert told(refused) == (401, "people.code_refused"), place
    entries = (await office.key.get(f"/tenants/{TENANT}/audit")).json()["entries"][:3]
    assert [each["action"] for each in entries] == ["person.code_refused"] * 2 + ["person.password_refused"]
    assert [each["after"] for each in entries] == [{"address": "127.0.0.1"}] * 3


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
