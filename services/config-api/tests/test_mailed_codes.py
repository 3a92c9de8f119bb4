"""The second factor: by mail where a tenant takes that, optional, and lost."""

import re

import httpx
import pytest
import sqlalchemy as sa
from api_kit import REPLACING
from api_kit.offices import PASSWORD, TENANT, Office, password_given, told

from tieout_config_api.people.opaque import digest
from tieout_config_api.people.rules import QUARTER

pytestmark = pytest.mark.postgres


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

    for early in (
        another.post("/me/second-factor"),
        another.post("/me/second-factor/confirmation", json={"code": "123456"}),
    ):
        assert told(await early) == (401, "people.email_code_due"), "the password alone sets no authenticator up"

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
    assert (await browser.post("/me/second-factor")).status_code == 200, "now it may be set up"
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
