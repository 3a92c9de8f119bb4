"""Tokens, connections, organisations and scopes."""

import base64
import hashlib
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

pytestmark = pytest.mark.http
REDIRECT = "https://tieout.example/callback"
HALF_AN_HOUR_S = 1800


def authorise(xero: Any, **query: str) -> str:
    """Consent in the browser; the code it comes back with."""
    asked = {
        "response_type": "code",
        "client_id": xero.app["client_id"],
        "redirect_uri": REDIRECT,
        "scope": "offline_access accounting.invoices",
        "state": "s1",
    }
    answer = xero.http.get("/identity/connect/authorize", params={**asked, **query})
    assert answer.status_code == 302
    assert answer.headers["location"].startswith(REDIRECT)
    back = parse_qs(urlsplit(answer.headers["location"]).query)
    assert back["state"] == ["s1"]
    return back["code"][0]


def exchange(xero: Any, code: str) -> httpx.Response:
    answer: httpx.Response = xero.token(grant_type="authorization_code", code=code, redirect_uri=REDIRECT)
    return answer


def refresh(xero: Any, token: str) -> httpx.Response:
    answer: httpx.Response = xero.token(grant_type="refresh_token", refresh_token=token)
    return answer


def test_a_custom_connection_gets_a_token_of_30_minutes_and_no_refresh_token(xero: Any) -> None:
    token = xero.token(grant_type="client_credentials").json()
    assert (token["expires_in"], token["token_type"]) == (HALF_AN_HOUR_S, "Bearer")
    assert "refresh_token" not in token
    claims = json.loads(base64.urlsafe_b64decode(token["access_token"].split(".")[1] + "=="))
    assert claims["exp"] - claims["nbf"] == HALF_AN_HOUR_S


def test_a_token_is_valid_for_30_minutes_of_the_simulators_clock(xero: Any) -> None:
    xero.advance(HALF_AN_HOUR_S - 10)
    assert xero.call("GET", "Organisation").status_code == 200
    xero.advance(11)
    refused = xero.call("GET", "Organisation")
    assert (refused.status_code, refused.json()["Title"]) == (401, "Unauthorized")
    assert xero.http.get("/connections", headers=xero.headers).status_code == 401


@pytest.mark.parametrize("authorization", ["", "Bearer nonsense", "Basic abc"])
def test_an_unknown_token_is_unauthorised(xero: Any, authorization: str) -> None:
    xero.headers["Authorization"] = authorization
    assert xero.call("GET", "Organisation").status_code == 401
    assert xero.http.delete("/connections/x", headers=xero.headers).status_code == 401


def test_wrong_credentials_and_grants_are_refused(xero: Any) -> None:
    wrong = {"auth": (xero.app["client_id"], "wrong")}
    for request, error in [
        ({"data": {"grant_type": "client_credentials"}, **wrong}, "invalid_client"),
        ({"data": {"grant_type": "client_credentials"}}, "invalid_client"),
        ({"data": {"grant_type": "client_credentials"}, "headers": {"Authorization": "Basic %%%"}}, "invalid_client"),
    ]:
        answer = xero.http.post("/connect/token", **request)
        assert (answer.status_code, answer.json()) == (400, {"error": error})
    assert xero.token(grant_type="password").json() == {"error": "unsupported_grant_type"}
    assert refresh(xero, "unknown").json() == {"error": "invalid_grant"}
    assert exchange(xero, "unknown").json() == {"error": "invalid_grant"}


def test_a_web_app_exchanges_its_code_once_and_within_five_minutes(xero: Any) -> None:
    code = authorise(xero)
    token = exchange(xero, code).json()
    assert set(token) >= {"access_token", "refresh_token", "scope"}
    assert exchange(xero, code).json() == {"error": "invalid_grant"}
    late = authorise(xero)
    xero.advance(301)
    assert exchange(xero, late).json() == {"error": "invalid_grant"}
    assert "refresh_token" not in exchange(xero, authorise(xero, scope="accounting.invoices")).json()
    assert xero.http.get("/identity/connect/authorize", params={"client_id": "unknown"}).status_code == 400


def test_a_code_belongs_to_its_redirect_address(xero: Any) -> None:
    code = authorise(xero)
    answer = xero.token(grant_type="authorization_code", code=code, redirect_uri="https://other.example")
    assert answer.json() == {"error": "invalid_grant"}


def test_pkce_needs_the_verifier_and_no_secret(xero: Any) -> None:
    verifier = "v" * 64
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    for sent, status in ((verifier, 200), ("w" * 64, 400)):
        code = authorise(xero, code_challenge=challenge, code_challenge_method="S256")
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "code_verifier": sent}
        answer = xero.http.post("/connect/token", data={**form, "client_id": xero.app["client_id"]})
        assert answer.status_code == status


def test_every_refresh_gives_a_new_token_and_the_old_one_works_for_30_more_minutes(xero: Any) -> None:
    first = exchange(xero, authorise(xero)).json()["refresh_token"]
    second = refresh(xero, first).json()["refresh_token"]
    assert second != first
    xero.advance(HALF_AN_HOUR_S - 60)
    assert refresh(xero, first).status_code == 200
    xero.advance(120)
    late = refresh(xero, first)
    assert (late.status_code, late.json()) == (400, {"error": "invalid_grant"})
    assert refresh(xero, second).status_code == 200


def test_a_refresh_token_lasts_60_days_unused(xero: Any) -> None:
    token = exchange(xero, authorise(xero)).json()["refresh_token"]
    xero.advance(60 * 86_400 + 60)
    assert refresh(xero, token).json() == {"error": "invalid_grant"}


def test_a_data_file_may_bring_a_refresh_token(open_books: Any) -> None:
    xero = open_books(refresh_token="seed-of-this-test")
    assert refresh(xero, "seed-of-this-test").status_code == 200


def test_a_refresh_token_belongs_to_its_app(open_books: Any) -> None:
    mine, other = open_books(), open_books()
    token = exchange(mine, authorise(mine)).json()["refresh_token"]
    assert refresh(other, token).json() == {"error": "invalid_grant"}


def test_revoking_ends_tokens_and_connections(xero: Any) -> None:
    token = exchange(xero, authorise(xero)).json()["refresh_token"]
    auth = (xero.app["client_id"], xero.app["client_secret"])
    assert xero.http.post("/connect/revocation", data={"token": token}).status_code == 400
    assert xero.http.post("/connect/revocation", data={"token": token}, auth=auth).status_code == 200
    assert refresh(xero, token).json() == {"error": "invalid_grant"}
    assert xero.call("GET", "Organisation").status_code == 401


def test_connections_name_the_organisations_of_the_app(xero: Any) -> None:
    (connection,) = xero.http.get("/connections", headers=xero.headers).json()
    assert (connection["tenantId"], connection["tenantType"]) == (xero.tenant_id, "ORGANISATION")
    assert connection["tenantName"] == "Demo Company (NZ)"
    assert len(connection["createdDateUtc"].partition(".")[2]) == 7
    by_file = xero.http.get("/connections", headers=xero.headers, params={"authEventId": connection["authEventId"]})
    assert by_file.json() == [connection]
    none = xero.http.get("/connections", headers=xero.headers, params={"authEventId": "other"})
    assert none.json() == []


def test_one_consent_covers_the_organisations_that_were_chosen(open_books: Any) -> None:
    xero, other, third = (open_books(client_id="chooser") for _ in range(3))
    for each in xero.http.get("/connections", headers=xero.headers).json():
        xero.http.delete(f"/connections/{each['id']}", headers=xero.headers)
    xero.event("next_consent", organisations=[xero.tenant_id, other.tenant_id])
    token = exchange(xero, authorise(xero)).json()
    bearer = {"Authorization": f"Bearer {token['access_token']}"}
    claims = json.loads(base64.urlsafe_b64decode(token["access_token"].split(".")[1] + "=="))
    of_consent = {"authEventId": claims["authentication_event_id"]}
    found = xero.http.get("/connections", headers=bearer, params=of_consent).json()
    assert {each["tenantId"] for each in found} == {xero.tenant_id, other.tenant_id}
    for each, status in ((xero, 200), (other, 200), (third, 403)):
        each.headers |= bearer
        assert each.call("GET", "Invoices").status_code == status
    assert exchange(xero, authorise(xero)).status_code == 200
    assert len(xero.http.get("/connections", headers=bearer).json()) == 3


def test_who_cancels_comes_back_with_access_denied(xero: Any) -> None:
    xero.event("next_consent", deny=True)
    query = {"response_type": "code", "client_id": xero.app["client_id"], "redirect_uri": REDIRECT, "state": "s1"}
    answer = xero.http.get("/identity/connect/authorize", params=query)
    assert answer.headers["location"] == f"{REDIRECT}?error=access_denied&state=s1"


def test_a_consent_leads_back_to_an_address_of_the_app_to_the_letter(open_books: Any) -> None:
    xero = open_books(redirect_uris=[REDIRECT])
    assert exchange(xero, authorise(xero)).status_code == 200
    query = {"response_type": "code", "client_id": xero.app["client_id"], "redirect_uri": f"{REDIRECT}/"}
    answer = xero.http.get("/identity/connect/authorize", params=query)
    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")


def test_a_plain_challenge_is_refused(xero: Any) -> None:
    query = {"response_type": "code", "client_id": xero.app["client_id"], "redirect_uri": REDIRECT}
    query |= {"code_challenge": "v" * 64, "code_challenge_method": "plain"}
    answer = xero.http.get("/identity/connect/authorize", params=query)
    assert "error=invalid_request" in answer.headers["location"]


def test_an_app_s_tokens_may_live_shorter(open_books: Any) -> None:
    xero = open_books(access_token_s=60)
    assert xero.token(grant_type="client_credentials").json()["expires_in"] == 60
    xero.advance(61)
    assert xero.call("GET", "Organisation").status_code == 401


def test_a_person_revokes_what_she_gave(open_books: Any) -> None:
    xero = open_books()
    token = exchange(xero, authorise(xero)).json()["refresh_token"]
    xero.event("revoke_consents")
    assert refresh(xero, token).json() == {"error": "invalid_grant"}


def test_a_connection_can_be_ended(xero: Any) -> None:
    (connection,) = xero.http.get("/connections", headers=xero.headers).json()
    path = f"/connections/{connection['id']}"
    assert xero.http.delete(path, headers=xero.headers).status_code == 204
    assert xero.http.delete(path, headers=xero.headers).status_code == 404
    assert xero.call("GET", "Organisation").status_code == 403


def test_a_wrong_organisation_is_forbidden_and_a_lone_one_need_not_be_named(open_books: Any) -> None:
    xero, stranger = open_books(), open_books()
    own = xero.headers.pop("xero-tenant-id")
    assert xero.call("GET", "Organisation").status_code == 200
    xero.headers["xero-tenant-id"] = stranger.tenant_id
    refused = xero.call("GET", "Organisation")
    assert (refused.status_code, refused.json()["Detail"]) == (403, "AuthenticationUnsuccessful")
    xero.headers["xero-tenant-id"] = own.upper()
    assert xero.call("GET", "Organisation").status_code == 200


def test_an_app_of_several_organisations_must_name_one(open_books: Any) -> None:
    first = open_books(client_id="two-organisations")
    open_books(client_id="two-organisations")
    del first.headers["xero-tenant-id"]
    assert first.call("GET", "Organisation").status_code == 403


def test_scopes_that_were_asked_for_bind(xero: Any) -> None:
    token = xero.token(grant_type="client_credentials", scope="accounting.invoices accounting.contacts.read").json()
    xero.headers["Authorization"] = f"Bearer {token['access_token']}"
    for method, path, status in [
        ("GET", "Invoices", 200),
        ("GET", "Items", 200),
        ("GET", "Contacts", 200),
        ("PUT", "Contacts", 403),
        ("GET", "Accounts", 403),
    ]:
        assert xero.call(method, path, {"Contacts": [{"Name": "N"}]}).status_code == status, path


def test_json_must_be_asked_for(xero: Any) -> None:
    for accept in ("*/*", "application/xml"):
        xero.headers["Accept"] = accept
        refused = xero.call("GET", "Organisation")
        assert (refused.status_code, refused.json()["Title"]) == (406, "Not Acceptable")
    xero.headers["Accept"] = "application/json, */*"
    assert xero.call("GET", "Organisation").status_code == 200


def test_what_is_not_simulated_is_said(xero: Any) -> None:
    answer = xero.call("GET", "ManualJournals")
    assert (answer.status_code, answer.json()["Detail"]) == (404, "GET /api.xro/2.0/ManualJournals is not simulated")
