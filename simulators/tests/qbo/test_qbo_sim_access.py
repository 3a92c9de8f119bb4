"""Consent, tokens, limits, headers."""

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

SCOPE = "com.intuit.quickbooks.accounting"
BACK = "https://tieout.example/callback"


async def consent(qbo: Any, **changed: str) -> httpx.Response:
    query = {"client_id": qbo.app["client_id"], "redirect_uri": BACK, "response_type": "code"}
    query |= {"scope": SCOPE, "state": "s-1", **changed}
    answer: httpx.Response = await qbo.http.get("/connect/oauth2", params=query)
    return answer


async def code_of(qbo: Any, **changed: str) -> tuple[str, str]:
    location = urlsplit((await consent(qbo, **changed)).headers["location"])
    query = parse_qs(location.query)
    assert (f"{location.scheme}://{location.netloc}{location.path}", query["state"]) == (BACK, ["s-1"])
    return query["code"][0], query["realmId"][0]


async def test_a_consent_gives_a_code_and_the_company_and_the_code_works_once(qbo: Any) -> None:
    code, realm_id = await code_of(qbo)
    assert realm_id == qbo.realm_id
    exchange = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    assert (await qbo.token(**{**exchange, "redirect_uri": "https://evil.example"})).json()["error"] == "invalid_grant"
    code, _ = await code_of(qbo)
    token = (await qbo.token(**{**exchange, "code": code})).json()
    assert (token["token_type"], token["expires_in"], token["x_refresh_token_expires_in"]) == (
        "bearer",
        3600,
        8_640_000,
    )
    assert "x_refresh_token_hard_expires_in" not in token
    qbo.access_token = token["access_token"]
    assert (await qbo.get("preferences"))["Preferences"]["Id"] == "1"
    assert (await qbo.token(**{**exchange, "code": code})).json()["error"] == "invalid_grant"


async def test_a_consent_names_its_mistakes(qbo: Any) -> None:
    assert (await consent(qbo, scope="openid")).json()["error"] == "invalid_scope"
    assert (await consent(qbo, client_id="other")).json()["error"] == "invalid_request"
    assert (await consent(qbo, state="")).json()["error"] == "invalid_request"


async def test_who_cancels_or_has_no_such_company_comes_back_with_access_denied(qbo: Any) -> None:
    await qbo.event("next_consent", deny=True)
    for changed in ({}, {"realmId": "4711"}):
        answer = await consent(qbo, **changed)
        assert (answer.status_code, answer.headers["location"]) == (302, f"{BACK}?error=access_denied&state=s-1")


async def test_a_consent_leads_back_to_an_address_of_the_app_to_the_letter(open_company: Callable[..., Any]) -> None:
    qbo = open_company(app={"redirect_uris": [BACK]})
    assert (await consent(qbo)).status_code == 302
    assert (await consent(qbo, redirect_uri=f"{BACK}/")).json()["error"] == "invalid_request"


async def test_an_app_s_tokens_may_live_shorter(open_company: Callable[..., Any]) -> None:
    qbo = open_company(app={"access_token_s": 60})
    token = (await qbo.token(grant_type="refresh_token", refresh_token=qbo.refresh_token)).json()
    qbo.access_token = token["access_token"]
    assert (token["expires_in"], (await qbo.call("GET", "preferences")).status_code) == (60, 200)
    await qbo.advance(61)
    assert (await qbo.call("GET", "preferences")).status_code == 401


async def test_an_old_code_is_refused(qbo: Any) -> None:
    code, _ = await code_of(qbo)
    await qbo.advance(601)
    answer = await qbo.token(grant_type="authorization_code", code=code, redirect_uri=BACK)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


async def test_the_person_chooses_the_company(qbo: Any, companies: dict[str, Callable[..., Any]]) -> None:
    second = companies["us"]("777")
    await qbo.sim("load", {**companies["state_of"](second), "app": qbo.app})
    assert (await code_of(qbo))[1] == qbo.realm_id
    assert (await code_of(qbo, realmId="777"))[1] == "777"
    await qbo.sim("event", {"kind": "choose_company", "realmId": "777"})
    assert (await code_of(qbo))[1] == "777"


async def test_refresh_tokens_rotate_and_the_old_one_is_refused(qbo: Any) -> None:
    first = (await qbo.token(grant_type="refresh_token", refresh_token=qbo.refresh_token)).json()
    assert first["refresh_token"] != qbo.refresh_token
    again = await qbo.token(grant_type="refresh_token", refresh_token=qbo.refresh_token)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    second = (await qbo.token(grant_type="refresh_token", refresh_token=first["refresh_token"])).json()
    qbo.access_token = second["access_token"]
    assert (await qbo.get("companyinfo/1"))["CompanyInfo"]["CompanyName"] == "Harbour IT"


async def test_a_refresh_token_may_stay_for_a_day_as_intuits_do(open_company: Callable[..., Any]) -> None:
    qbo = open_company(app={"refresh_rotates_after_s": 86_400})
    same = (await qbo.token(grant_type="refresh_token", refresh_token=qbo.refresh_token)).json()
    assert same["refresh_token"] == qbo.refresh_token
    await qbo.advance(86_400)
    other = (await qbo.token(grant_type="refresh_token", refresh_token=qbo.refresh_token)).json()
    assert other["refresh_token"] != qbo.refresh_token


async def test_the_hard_expiry_is_told_when_asked_for_and_kept(qbo: Any) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": qbo.refresh_token}
    answer = await qbo.http.post(
        "/oauth2/v1/tokens/bearer",
        data={**form, "client_id": qbo.app["client_id"], "client_secret": "secret"},
        headers={"x-include-refresh-token-hard-expires-in": "true"},
    )
    assert 157_679_000 < answer.json()["x_refresh_token_hard_expires_in"] <= 157_680_000
    await qbo.advance(8_640_001)
    late = await qbo.token(grant_type="refresh_token", refresh_token=answer.json()["refresh_token"])
    assert late.json()["error"] == "invalid_grant"


async def test_five_years_after_the_consent_every_refresh_token_is_dead(qbo: Any) -> None:
    refresh_token = qbo.refresh_token
    for _ in range(19):
        await qbo.advance(8_200_000)
        token = (await qbo.token(grant_type="refresh_token", refresh_token=refresh_token)).json()
        refresh_token = token["refresh_token"]
    await qbo.advance(2_000_000)
    late = await qbo.token(grant_type="refresh_token", refresh_token=refresh_token)
    assert late.json()["error"] == "invalid_grant"


async def test_wrong_keys_are_told_apart_from_a_wrong_grant(qbo: Any) -> None:
    url, form = "/oauth2/v1/tokens/bearer", {"grant_type": "authorization_code", "code": "bogus"}
    wrong = await qbo.http.post(url, data=form, auth=(qbo.app["client_id"], "wrong"))
    assert wrong.json()["error"] == "invalid_client"
    garbled = await qbo.http.post(url, data=form, headers={"Authorization": "Basic !"})
    assert garbled.json()["error"] == "invalid_client"
    assert (await qbo.token(**form)).json()["error"] == "invalid_grant"
    assert (await qbo.token(grant_type="password")).json()["error"] == "unsupported_grant_type"


async def test_an_expired_token_gets_the_gateways_fault_with_the_token_in_it(qbo: Any) -> None:
    await qbo.advance(3600)
    answer = await qbo.call("GET", "preferences")
    error = answer.json()["fault"]["error"][0]
    assert (answer.status_code, error["code"], answer.json()["fault"]["type"]) == (401, "3200", "AUTHENTICATION")
    assert error["message"] == "message=AuthenticationFailed; errorCode=003200; statusCode=401"
    assert error["detail"] == f"Token expired: {qbo.access_token}"
    assert "invalid_token" in answer.headers["www-authenticate"]
    assert answer.headers["intuit_tid"]


async def test_expire_tokens_is_an_event_and_a_fault(qbo: Any) -> None:
    await qbo.event("expire_tokens")
    assert (await qbo.call("GET", "preferences")).status_code == 401
    token = (await qbo.token(grant_type="refresh_token", refresh_token=qbo.refresh_token)).json()
    qbo.access_token = token["access_token"]
    await qbo.sim("faults", [{"route": "GET /preferences", "then": {"expire_tokens": True}}])
    assert (await qbo.call("GET", "preferences")).status_code == 401


async def test_a_token_that_expires_while_the_call_waits_is_refused_and_its_requestid_free(qbo: Any) -> None:
    await qbo.sim("faults", [{"route": "POST /invoice", "then": {"delay_ms": 20}}])
    called = qbo.call("POST", "invoice", qbo.form(), requestid="a-1")
    answer, _ = await asyncio.gather(called, qbo.event("expire_tokens"))
    assert answer.status_code == 401
    token = (await qbo.token(grant_type="refresh_token", refresh_token=qbo.refresh_token)).json()
    qbo.access_token = token["access_token"]
    assert (await qbo.post("Invoice", qbo.form(), requestid="a-1"))["TotalAmt"] == 100


async def test_a_body_that_is_too_large_is_refused(qbo: Any) -> None:
    assert (await qbo.call("POST", "invoice", b" " * (8 * 1024 * 1024 + 1))).status_code == 413


async def test_another_companys_token_gets_3100(qbo: Any, au: Any) -> None:
    qbo.realm_id = au.realm_id
    answer = await qbo.call("GET", "preferences")
    assert (answer.status_code, answer.json()["fault"]["error"][0]["code"]) == (403, "3100")


async def test_a_revoked_connection_is_over(qbo: Any) -> None:
    credentials = (qbo.app["client_id"], "secret")
    url = "/v2/oauth2/tokens/revoke"
    assert (await qbo.http.post(url, json={"token": "other"}, auth=credentials)).status_code == 400
    assert (await qbo.http.post(url, json={"token": qbo.refresh_token})).status_code == 401
    form = {"token": qbo.refresh_token}
    assert (await qbo.http.post(url, data=form, auth=credentials)).status_code == 200
    assert (await qbo.call("GET", "preferences")).status_code == 401
    refreshed = await qbo.token(grant_type="refresh_token", refresh_token=qbo.refresh_token)
    assert refreshed.json()["error"] == "invalid_grant"


async def test_a_person_revokes_the_connection_in_quickbooks(qbo: Any) -> None:
    await qbo.event("revoke_connection")
    assert (await qbo.call("GET", "preferences")).status_code == 401


async def test_an_ended_subscription_closes_the_company(qbo: Any) -> None:
    status = {"NameValue": [{"Name": "SubscriptionStatus", "Value": "EXPIRED"}]}
    await qbo.event("patch_company", CompanyInfo=status)
    assert (await qbo.refused("Invoice", qbo.form()))[0] == "6190"


async def test_the_eleventh_call_of_a_second_is_throttled(open_company: Callable[..., Any]) -> None:
    qbo = open_company(app={"realm_app_second_limit": 2, "retry_after_s": 60})
    statuses = [(await qbo.call("GET", "preferences")).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    answer = await qbo.call("GET", "preferences")
    error = answer.json()["Fault"]["Error"][0]
    assert (error["code"], answer.headers["retry-after"]) == ("3001", "60")
    assert error["Message"] == "message=ThrottleExceeded; errorCode=003001; statusCode=429"
    await qbo.advance(1)
    assert (await qbo.call("GET", "preferences")).status_code == 200


async def test_a_company_has_500_calls_a_minute_and_an_app_40_batches(open_company: Callable[..., Any]) -> None:
    qbo = open_company(app={"realm_minute_limit": 5, "batch_minute_limit": 2})
    batch: dict[str, Any] = {"BatchItemRequest": []}
    assert [(await qbo.call("POST", "batch", batch)).status_code for _ in range(3)] == [200, 200, 429]
    assert [(await qbo.call("GET", "preferences")).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert "retry-after" not in (await qbo.call("GET", "preferences")).headers
    await qbo.advance(60)
    assert (await qbo.call("POST", "batch", batch)).status_code == 200


async def test_every_answer_carries_an_intuit_tid_and_calls_are_counted_by_route(qbo: Any) -> None:
    answer = await qbo.call("GET", "preferences", minorversion="75")
    assert answer.headers["intuit_tid"] != (await qbo.call("GET", "preferences")).headers["intuit_tid"]
    assert answer.headers["service-time"].startswith("total=")
    await qbo.invoice()
    calls = (await qbo.http.get("/_sim/calls")).json()
    assert calls["by_route"] == {"GET /preferences": 2, "POST /invoice": 1}


async def test_an_unknown_path_is_not_supported(qbo: Any) -> None:
    answer = await qbo.call("GET", "customer/1/5")
    assert (answer.status_code, answer.json()["Fault"]["Error"][0]["code"]) == (400, "500")
