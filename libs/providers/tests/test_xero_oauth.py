"""Tokens: what is asked, what comes back, and what a refusal means. Secrets stay out of every text."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tieout_providers.errors import OutcomeUnknown, Rejected, Unauthorised, Unavailable, Unreadable, Unsendable
from tieout_providers.testing import PretendedNetwork
from tieout_providers.xero import Tokens, XeroIdentity
from tieout_providers.xero.connected import XeroConnections
from tieout_providers.xero.oauth import consent_url

PAIR = {
    "access_token": "access-2",
    "refresh_token": "refresh-2",
    "expires_in": 1800,
    "token_type": "Bearer",
    "scope": "offline_access accounting.invoices",
}


async def test_a_custom_connection_asks_with_its_own_credentials(
    network: PretendedNetwork, identity: XeroIdentity
) -> None:
    network.answer(json={"access_token": "access-1", "expires_in": 1800, "token_type": "Bearer"})
    tokens = await identity.client_credentials("id", "secret", ["accounting.invoices", "accounting.contacts"])
    assert (tokens.access_token, tokens.refresh_token, tokens.expires_in_s) == ("access-1", None, 1800)
    request = network.last
    assert str(request.url) == "https://identity.xero.com/connect/token"
    assert request.headers["authorization"] == "Basic aWQ6c2VjcmV0"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(request.content.decode()) == {
        "grant_type": ["client_credentials"],
        "scope": ["accounting.invoices accounting.contacts"],
    }


async def test_a_refresh_gives_a_new_pair(network: PretendedNetwork, identity: XeroIdentity) -> None:
    network.answer(json=PAIR)
    tokens = await identity.refresh("id", "secret", "refresh+1/=")
    assert (tokens.access_token, tokens.refresh_token) == ("access-2", "refresh-2")
    assert tokens.scopes == ("offline_access", "accounting.invoices")
    assert parse_qs(network.last.content.decode())["refresh_token"] == ["refresh+1/="]
    asked_at = datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert tokens.expires_at(asked_at) == datetime(2026, 1, 31, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (400, "invalid_grant", "xero.invalid_grant"),
        (400, "invalid_client", "xero.invalid_client"),
        (401, "invalid_client", "xero.invalid_client"),
        (400, "unauthorized_client", "xero.invalid_client"),
    ],
)
async def test_a_refused_grant_says_what_to_do(
    network: PretendedNetwork, identity: XeroIdentity, status: int, error: str, code: str
) -> None:
    network.answer(status, json={"error": error})
    with pytest.raises(Unauthorised) as refused:
        await identity.refresh("id", "secret", "refresh-1")
    assert refused.value.code == code
    assert "secret" not in f"{refused.value!r}{refused.value.sentence}"
    assert "refresh-1" not in f"{refused.value!r}{refused.value.sentence}"


@pytest.mark.parametrize("body", [{"json": {"error": "invalid_scope"}}, {"text": "Bad Request"}])
async def test_any_other_refusal_is_a_refusal(
    network: PretendedNetwork, identity: XeroIdentity, body: dict[str, str]
) -> None:
    network.answer(400, **body)
    with pytest.raises(Rejected):
        await identity.client_credentials("id", "secret", [])


async def test_a_refresh_whose_answer_was_lost_is_unknown_and_a_custom_connection_just_asks_again(
    network: PretendedNetwork, identity: XeroIdentity
) -> None:
    network.fail(httpx.ReadTimeout("slow"))
    with pytest.raises(OutcomeUnknown):
        await identity.refresh("id", "secret", "refresh-1")
    with pytest.raises(Unavailable):
        await identity.client_credentials("id", "secret", [])


@pytest.mark.parametrize("body", ["{}", "<html>", '{"access_token": "", "expires_in": 1}', '{"access_token": "x"}'])
async def test_an_answer_without_a_token_is_no_token(
    network: PretendedNetwork, identity: XeroIdentity, body: str
) -> None:
    network.answer(text=body)
    with pytest.raises(OutcomeUnknown):
        await identity.refresh("id", "secret", "refresh-1")


def test_tokens_do_not_show_themselves_I8() -> None:
    assert "access-2" not in repr(Tokens("access-2", 1800, (), "refresh-2"))
    assert "refresh-2" not in repr(Tokens("access-2", 1800, (), "refresh-2"))


def test_only_safe_addresses_are_asked_for_tokens_F3(network: PretendedNetwork) -> None:
    with pytest.raises(Unsendable):
        XeroIdentity("http://identity.xero.com", http=network.http)


def test_the_address_of_the_consent_page_holds_the_challenge_and_never_the_verifier() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    address = consent_url("id", "https://t.example/back", "state-1", verifier, ["offline_access", "a.b"])
    query = parse_qs(urlsplit(address).query)
    assert address.startswith("https://login.xero.com/identity/connect/authorize?")
    assert query["code_challenge"] == ["E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"]  # RFC 7636, appendix B
    assert (query["code_challenge_method"], query["scope"]) == (["S256"], ["offline_access a.b"])
    assert (query["redirect_uri"], query["state"]) == (["https://t.example/back"], ["state-1"])
    assert verifier not in address


async def test_a_code_is_exchanged_with_its_address_and_verifier(
    network: PretendedNetwork, identity: XeroIdentity
) -> None:
    network.answer(json=PAIR)
    tokens = await identity.exchange("id", "secret", "code-1", "https://t.example/back", "v" * 43)
    assert tokens.refresh_token == "refresh-2"
    assert parse_qs(network.last.content.decode()) == {
        "grant_type": ["authorization_code"],
        "code": ["code-1"],
        "redirect_uri": ["https://t.example/back"],
        "code_verifier": ["v" * 43],
    }


async def test_a_consent_is_given_back(network: PretendedNetwork, identity: XeroIdentity) -> None:
    network.answer(200)
    await identity.revoke("id", "secret", "refresh-2")
    assert str(network.last.url) == "https://identity.xero.com/connect/revocation"
    network.answer(400, json={"error": "invalid_client"})
    with pytest.raises(Unauthorised):
        await identity.revoke("id", "wrong", "refresh-2")


async def test_the_organisations_of_a_consent_are_listed_and_let_go_one_by_one(network: PretendedNetwork) -> None:
    organisation = {"id": "c-1", "tenantId": "o-1", "tenantType": "ORGANISATION", "tenantName": "Harbourline"}
    practice = {"id": "c-2", "tenantId": "o-2", "tenantType": "PRACTICE"}
    network.answer(json=[organisation, practice])
    connections = XeroConnections(http=network.http)
    (found,) = await connections.organisations("access-2")
    assert (found.connection_id, found.organisation_id, found.name) == ("c-1", "o-1", "Harbourline")
    for status in (204, 404):
        network.answer(status)
        await connections.disconnect("access-2", found.connection_id)
        assert (network.last.method, network.last.url.path) == ("DELETE", "/connections/c-1")
    network.answer(json={"not": "a list"})
    with pytest.raises(Unreadable):
        await connections.organisations("access-2")
