"""People: invited, limited to what is theirs, and gone when they leave; what is kept of them."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pyotp
import pytest
import sqlalchemy as sa
from api_kit import REPLACING
from api_kit.offices import ANOTHER, COMPANY, PASSWORD, TENANT, Office, password_given, told
from structlog.testing import capture_logs

from tieout_config_api.people.mailers import FolderMailer
from tieout_config_api.public.cookies import NAME
from tieout_config_api.store.tables import record

pytestmark = pytest.mark.postgres


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
