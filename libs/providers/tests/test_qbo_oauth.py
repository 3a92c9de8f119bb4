"""Tokens: three POSTs, what comes back, and what a refusal means. Secrets stay out of every text."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tieout_providers.errors import OutcomeUnknown, Rejected, Unauthorised, Unsendable
from tieout_providers.qbo import QboIdentity, Tokens, consent_url
from tieout_providers.testing import PretendedNetwork

PAIR = {
    "access_token": "access-2",
    "refresh_token": "refresh-2",
    "expires_in": 3600,
    "x_refresh_token_expires_in": 8640000,
    "x_refresh_token_hard_expires_in": 157680000,
    "token_type": "bearer",
}


@pytest.fixture
def identity(network: PretendedNetwork) -> QboIdentity:
    return QboIdentity(http=network.http)


def test_a_person_consents_at_intuits_page() -> None:
    asked = urlsplit(consent_url("id", "https://tieout.example/callback", "state-1"))
    assert f"{asked.scheme}://{asked.netloc}{asked.path}" == "https://appcenter.intuit.com/connect/oauth2"
    assert parse_qs(asked.query) == {
        "client_id": ["id"],
        "response_type": ["code"],
        "scope": ["com.intuit.quickbooks.accounting"],
        "redirect_uri": ["https://tieout.example/callback"],
        "state": ["state-1"],
    }


async def test_a_code_becomes_a_pair(network: PretendedNetwork, identity: QboIdentity) -> None:
    network.answer(json=PAIR)
    tokens = await identity.exchange("id", "secret", "code-1", "https://tieout.example/callback")
    assert (tokens.access_token, tokens.refresh_token, tokens.expires_in_s) == ("access-2", "refresh-2", 3600)
    assert (tokens.refresh_expires_in_s, tokens.hard_expires_in_s) == (8640000, 157680000)
    request = network.last
    assert str(request.url) == "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer"
    assert request.headers["authorization"] == "Basic aWQ6c2VjcmV0"
    assert request.headers["x-include-refresh-token-hard-expires-in"] == "true"
    assert parse_qs(request.content.decode()) == {
        "grant_type": ["authorization_code"],
        "code": ["code-1"],
        "redirect_uri": ["https://tieout.example/callback"],
    }


async def test_a_refresh_gives_a_new_pair(network: PretendedNetwork, identity: QboIdentity) -> None:
    network.answer(json={name: value for name, value in PAIR.items() if not name.startswith("x_")})
    tokens = await identity.refresh("id", "secret", "refresh+1/=")
    assert (tokens.refresh_token, tokens.hard_expires_in_s) == ("refresh-2", None)
    assert parse_qs(network.last.content.decode())["refresh_token"] == ["refresh+1/="]
    asked_at = datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert tokens.expires_at(asked_at) == datetime(2026, 1, 31, 13, tzinfo=UTC)


async def test_a_token_is_given_back(network: PretendedNetwork, identity: QboIdentity) -> None:
    network.answer(200)
    await identity.revoke("id", "secret", "refresh-1")
    assert str(network.last.url) == "https://developer.api.intuit.com/v2/oauth2/tokens/revoke"
    assert network.last.content == b'{"token":"refresh-1"}'


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (400, "invalid_grant", "qbo.invalid_grant"),
        (400, "invalid_client", "qbo.invalid_client"),
        (401, "invalid_client", "qbo.invalid_client"),
    ],
)
async def test_a_refused_grant_says_what_to_do(
    network: PretendedNetwork, identity: QboIdentity, status: int, error: str, code: str
) -> None:
    network.answer(status, json={"error": error, "error_description": "for refresh-1"})
    with pytest.raises(Unauthorised) as refused:
        await identity.refresh("id", "secret", "refresh-1")
    assert refused.value.code == code
    for hidden in ("secret", "refresh-1"):
        assert hidden not in f"{refused.value!r}{refused.value.sentence}"
    with pytest.raises(Unauthorised):
        await identity.revoke("id", "secret", "refresh-1")


@pytest.mark.parametrize("body", [{"json": {"error": "invalid_request"}}, {"text": "Bad Request"}])
async def test_any_other_refusal_is_a_refusal(
    network: PretendedNetwork, identity: QboIdentity, body: dict[str, str]
) -> None:
    network.answer(400, **body)
    with pytest.raises(Rejected):
        await identity.refresh("id", "secret", "refresh-1")


async def test_a_refresh_whose_answer_was_lost_is_unknown(network: PretendedNetwork, identity: QboIdentity) -> None:
    network.fail(httpx.ReadTimeout("slow"))
    with pytest.raises(OutcomeUnknown):
        await identity.refresh("id", "secret", "refresh-1")


@pytest.mark.parametrize(
    "body",
    [
        "{}",
        "<html>",
        '{"access_token": "", "refresh_token": "x", "expires_in": 1}',
        '{"access_token": "x", "expires_in": 3600}',
        '{"access_token": "x", "refresh_token": "y", "expires_in": true}',
    ],
)
async def test_an_answer_without_a_pair_is_no_pair(network: PretendedNetwork, identity: QboIdentity, body: str) -> None:
    network.answer(text=body)
    with pytest.raises(OutcomeUnknown):
        await identity.refresh("id", "secret", "refresh-1")


def test_tokens_do_not_show_themselves_I8() -> None:
    shown = repr(Tokens("access-2", 3600, "refresh-2"))
    assert "access-2" not in shown
    assert "refresh-2" not in shown


def test_only_safe_addresses_are_asked_for_tokens_F3(network: PretendedNetwork) -> None:
    with pytest.raises(Unsendable):
        QboIdentity("http://oauth.platform.intuit.com", http=network.http)
