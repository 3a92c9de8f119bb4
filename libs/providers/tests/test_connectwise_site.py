"""Where a ConnectWise site is: the api- prefix of cloud hosts, none elsewhere, and only safe addresses."""

import httpx
import pytest

from tieout_providers.connectwise import ConnectWise
from tieout_providers.connectwise.site import Site
from tieout_providers.errors import NotFound, NotSent, Unavailable, Unreadable, Unsendable
from tieout_providers.testing import COMPANY_INFO, PretendedNetwork


@pytest.mark.parametrize(
    ("text", "user_url", "api_url"),
    [
        ("na.myconnectwise.net", "https://na.myconnectwise.net", "https://api-na.myconnectwise.net"),
        ("https://eu.myconnectwise.net/", "https://eu.myconnectwise.net", "https://api-eu.myconnectwise.net"),
        ("api-aus.myconnectwise.net", "https://aus.myconnectwise.net", "https://api-aus.myconnectwise.net"),
        ("staging.connectwisedev.com", "https://staging.connectwisedev.com", "https://api-staging.connectwisedev.com"),
        ("NA.myconnectwise.net", "https://na.myconnectwise.net", "https://api-na.myconnectwise.net"),
        ("cw.example.com", "https://cw.example.com", "https://cw.example.com"),
        ("cw.example.com:8443", "https://cw.example.com:8443", "https://cw.example.com:8443"),
        ("http://127.0.0.1:4711", "http://127.0.0.1:4711", "http://127.0.0.1:4711"),
        ("notmyconnectwise.net", "https://notmyconnectwise.net", "https://notmyconnectwise.net"),
    ],
)
def test_only_cloud_hosts_get_the_api_prefix(text: str, user_url: str, api_url: str) -> None:
    assert Site.parse(text) == Site(user_url, api_url)


@pytest.mark.parametrize(
    "text",
    ["", "http://na.myconnectwise.net", "na.myconnectwise.net/v4_6_release", "https://a:b@na.myconnectwise.net", "a b"],
)
def test_a_site_that_is_no_plain_safe_host_is_refused_F3(text: str) -> None:
    with pytest.raises(Unsendable) as refused:
        Site.parse(text)
    assert refused.value.code == "cw.site_bad"


@pytest.mark.parametrize("codebase", ["", "/", "../../x", "https://elsewhere/", "a b/", "v2025_1/apis"])
def test_a_code_base_that_could_lead_elsewhere_is_not_used(codebase: str) -> None:
    with pytest.raises(Unreadable):
        Site.parse("cw.example.com").base_url(codebase)


async def test_the_code_base_is_discovered_once_without_credentials(
    network: PretendedNetwork, connectwise: ConnectWise
) -> None:
    network.answer(json=[])
    await connectwise.billing_terms()
    await connectwise.tax_codes()
    discovery, first, second = network.requests
    assert str(discovery.url) == "https://na.myconnectwise.net/login/companyinfo/acme"
    assert "authorization" not in discovery.headers
    assert "clientid" not in discovery.headers
    base = "https://api-na.myconnectwise.net/v2025_1/apis/3.0"
    assert str(first.url).startswith(f"{base}/finance/billingTerms?")
    assert str(second.url).startswith(f"{base}/finance/taxCodes?")


async def test_credentials_and_version_go_with_every_call(network: PretendedNetwork, connectwise: ConnectWise) -> None:
    network.answer(json={"version": "v2025.1.10333", "licenseBits": [{"name": "GLInterface", "activeFlag": True}]})
    info = await connectwise.system_info()
    headers = network.last.headers
    assert headers["authorization"] == "Basic YWNtZStwdWJsaWM6cHJpdmF0ZQ=="
    assert headers["clientid"] == "client-guid"
    assert headers["accept"] == "application/vnd.connectwise.com+json; version=2025.16"
    assert info.licensed("GLInterface") is True
    assert info.licensed("Inventory") is None


async def test_an_endpoint_that_is_gone_makes_the_next_call_discover_again(
    network: PretendedNetwork, connectwise: ConnectWise
) -> None:
    network.answer_in_turn(
        httpx.Response(404, json={"code": "ConnectWiseApi", "message": "The endpoint does not exist."}),
        httpx.Response(200, json=[]),
    )
    with pytest.raises(NotFound) as gone:
        await connectwise.billing_terms()
    assert gone.value.code == "cw.endpoint_missing"
    await connectwise.billing_terms()
    assert [request.url.path for request in network.requests].count("/login/companyinfo/acme") == 2


async def test_a_missing_record_is_no_reason_to_discover_again(
    network: PretendedNetwork, connectwise: ConnectWise
) -> None:
    network.answer(404, json={"code": "NotFound", "message": "Contact 57919 not found"})
    for _ in range(2):
        with pytest.raises(NotFound, match="Contact 57919 not found") as missing:
            await connectwise.sites(1)
        assert missing.value.code == "cw.not_found"
    assert len(network.requests) == 3


async def company_info_of(network: PretendedNetwork, response: httpx.Response) -> object:
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: response)) as http:
        client = ConnectWise("cw.example.com", "a/b", public_key="p", private_key="q", client_id="c", http=http)
        return await client.discover()


async def test_an_unknown_company_is_said_to_be_unknown(network: PretendedNetwork) -> None:
    with pytest.raises(NotFound) as unknown:
        await company_info_of(network, httpx.Response(200, json=None, text="null"))
    assert unknown.value.code == "cw.company_unknown"


async def test_a_maintenance_page_is_no_company_information(network: PretendedNetwork) -> None:
    with pytest.raises(Unreadable, match="not JSON"):
        await company_info_of(network, httpx.Response(200, text="<html>Back soon</html>"))
    with pytest.raises(Unreadable, match="code base"):
        await company_info_of(network, httpx.Response(200, json={**COMPANY_INFO, "Codebase": None}))


async def test_a_write_whose_discovery_fails_was_not_made(network: PretendedNetwork) -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    async with httpx.AsyncClient(transport=httpx.MockTransport(refuse)) as http:
        client = ConnectWise("cw.example.com", "acme", public_key="p", private_key="q", client_id="c", http=http)
        with pytest.raises(NotSent):
            await client.create_batch("T-I1", [1])
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(503))) as http:
        client = ConnectWise("cw.example.com", "acme", public_key="p", private_key="q", client_id="c", http=http)
        with pytest.raises(Unavailable) as down:
            await client.create_batch("T-I1", [1])
    assert not down.value.may_have_happened


def test_keys_that_would_break_a_header_are_refused(network: PretendedNetwork) -> None:
    with pytest.raises(ValueError, match="clientId"):
        ConnectWise("cw.example.com", "acme", public_key="p", private_key="q", client_id="a\r\nb", http=network.http)
