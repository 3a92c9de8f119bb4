"""Who may call ConnectWise, and how it says no."""

from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.http


def test_company_info_needs_no_keys_and_names_the_code_base(psa: Any) -> None:
    answer = httpx.get(f"{psa.base_url}/login/companyinfo/ACME")
    assert answer.json() == {
        "CompanyName": "acme",
        "Codebase": "v2025_1/",
        "VersionCode": "v2025.1",
        "VersionNumber": "v2025.1.10333",
        "CompanyID": "acme",
        "IsCloud": "False",
    }


def test_company_info_of_an_unknown_company_is_null(psa: Any) -> None:
    assert httpx.get(f"{psa.base_url}/login/companyinfo/other").text == "null"


def test_both_code_bases_serve_the_api_and_any_other_does_not(psa: Any) -> None:
    for codebase, status in (("v2025_1", 200), ("v4_6_release", 200), ("v2024_4", 404)):
        answer = psa.http.get(f"/{codebase}/apis/3.0/system/info")
        assert answer.status_code == status
    assert answer.json() == {"code": "ConnectWiseApi", "message": "The endpoint does not exist."}


def test_answers_carry_the_current_version(psa: Any) -> None:
    assert psa.call("GET", "/system/info").headers["api-current-version"] == "2025.1"
    assert psa.call("GET", "/no/such").headers.get("content-type") == "application/json"


@pytest.mark.parametrize(
    "auth", [None, ("acme+pub", "wrong"), ("other+pub", "priv"), ("acme", "priv"), ("acme+pub:priv", "")]
)
def test_wrong_keys_are_unauthorized(psa: Any, auth: tuple[str, str] | None) -> None:
    headers = {"clientId": psa.http.headers["clientId"]}
    answer = httpx.get(f"{psa.base_url}/v2025_1/apis/3.0/system/info", auth=auth, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "Unauthorized")


def test_garbage_in_the_authorization_header_is_unauthorized(psa: Any) -> None:
    for header in ("Basic %%%", "Bearer x", "Basic", "Basic w7w="):
        answer = httpx.get(f"{psa.base_url}/v2025_1/apis/3.0/system/info", headers={"Authorization": header})
        assert answer.status_code == 401


def test_a_missing_or_wrong_client_id_is_not_authenticated(psa: Any) -> None:
    for client_id in ("", "22222222-2222-3333-4444-555555555555"):
        answer = psa.call("GET", "/system/info", headers={"clientId": client_id})
        assert answer.status_code == 401
        assert answer.json() == {"code": "ConnectWiseApi", "message": "UserNotAuthenticated"}


def test_a_role_without_the_right_is_forbidden(psa: Any) -> None:
    denied = ["POST /finance/accounting/batches", "* /company"]
    psa.load({"format": "tieout-connectwise/1", "server": {"denied": denied}})
    refused = psa.batch("A", psa.entry_ids(1))
    assert (refused.status_code, refused.json()["code"]) == (403, "Security")
    assert psa.call("GET", "/company/companies/19").status_code == 403
    assert psa.get("/finance/accounting/batches") == []


def test_without_the_gl_licence_the_accounting_endpoints_are_forbidden(psa: Any) -> None:
    info = {"version": "v2025.1.10333", "licenseBits": [{"name": "GLInterface", "activeFlag": False}]}
    psa.load({"format": "tieout-connectwise/1", "entities": {"/system/info": info}})
    assert psa.call("GET", "/finance/accounting/unpostedinvoices").status_code == 403
    assert psa.get("/system/info")["licenseBits"] == info["licenseBits"]


def test_a_missing_record_and_a_missing_endpoint_are_different_404s(psa: Any) -> None:
    record = psa.call("GET", "/company/contacts/57919")
    assert (record.status_code, record.json()) == (404, {"code": "NotFound", "message": "Contact 57919 not found"})
    for path in ("/finance/nothing", "/finance/invoices/one", "/finance/invoices/1/lines"):
        endpoint = psa.call("GET", path)
        assert endpoint.status_code == 404
        assert endpoint.json() == {"code": "ConnectWiseApi", "message": "The endpoint does not exist."}


def test_more_calls_than_the_limit_get_429_with_retry_after_until_the_minute_is_over(psa: Any) -> None:
    psa.load({"format": "tieout-connectwise/1", "server": {"requests_per_minute": 3}})
    statuses = [psa.call("GET", "/system/info").status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    refused = psa.call("GET", "/system/info")
    wait_s = int(refused.headers["Retry-After"])
    assert 58 <= wait_s <= 60
    assert refused.json() == {
        "error": "ConnectWiseAPI",
        "message": f"Too many requests. Please try again in {wait_s} seconds.",
    }
    psa.sim("POST", "/clock", {"advance_s": wait_s})
    assert psa.call("GET", "/system/info").status_code == 200


def test_the_usual_limit_is_a_thousand_calls_a_minute(psa: Any) -> None:
    assert psa.sim("GET", "/dump")["server"]["requests_per_minute"] == 1000


def test_a_gateway_error_is_html_and_the_work_may_have_been_done(psa: Any) -> None:
    html = "<html><body><h1>502 Bad Gateway</h1></body></html>"
    rule = {"route": "POST /finance/accounting/batches", "then": {"status": 502, "body": html, "after_handling": True}}
    psa.sim("POST", "/faults", [rule])
    entry_ids = psa.entry_ids(1)
    answer = psa.batch("I-1", entry_ids)
    assert (answer.status_code, answer.text) == (502, html)
    assert [each["batchIdentifier"] for each in psa.get("/finance/accounting/batches")] == ["I-1"]


def test_calls_are_counted_by_their_route_below_the_code_base(psa: Any) -> None:
    psa.sim("DELETE", "/calls")
    psa.call("GET", "/finance/invoices/1")
    psa.http.get("/v4_6_release/apis/3.0/finance/invoices/2")
    assert psa.sim("GET", "/calls")["by_route"] == {"GET /finance/invoices/{id}": 2}
