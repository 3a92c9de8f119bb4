"""Where a callback's signing key may be fetched: from the connection's own site and company, nowhere else."""

import pytest

from tieout_providers.connectwise.callbacks import add_callback_call, key_target, reactivate_callback_call
from tieout_providers.connectwise.site import Site
from tieout_providers.json_exact import loads

CLOUD = Site.parse("na.myconnectwise.net")
PATH = "/v2025_1//system/callbackkey/index.rails"
GOOD = f"https://na.myconnectwise.net{PATH}?companyName=Acme&id=e17e6674-42f6-4105-9cff-4cd6cb4e62e8"


@pytest.mark.parametrize("host", ["na.myconnectwise.net", "api-na.myconnectwise.net", "NA.myconnectwise.net"])
def test_a_key_is_fetched_from_the_sites_own_hosts(host: str) -> None:
    found = key_target(CLOUD, "acme", GOOD.replace("na.myconnectwise.net", host))
    assert found is not None
    assert found[0] in {CLOUD.user_url, CLOUD.api_url}
    assert found[1] == f"{PATH}?companyName=acme&id=e17e6674-42f6-4105-9cff-4cd6cb4e62e8"


@pytest.mark.parametrize(
    "key_url",
    [
        GOOD.replace("na.myconnectwise.net", "na.myconnectwise.net.evil.example"),
        GOOD.replace("na.myconnectwise.net", "evil.example"),
        GOOD.replace("https://na.myconnectwise.net", "https://na.myconnectwise.net@evil.example"),
        GOOD.replace("https://na.", "https://user:word@na."),
        GOOD.replace("na.myconnectwise.net", "eu.myconnectwise.net"),
        GOOD.replace("https://", "http://"),
        GOOD.replace("myconnectwise.net/", "myconnectwise.net:8443/"),
        GOOD.replace("Acme", "Another"),
        GOOD.replace("companyName=Acme", "companyName=Acme&companyName=Another"),
        GOOD.replace("system/callbackkey/index.rails", "apis/3.0/system/members"),
        GOOD.replace(PATH, f"/v2025_1/%2e%2e{PATH}"),
        GOOD.replace("id=", "id=1&id="),
        GOOD.replace("id=", "id=%2e%2e%2f"),
        GOOD.partition("?")[0],
        "//na.myconnectwise.net",
        "https://[",
        "file:///etc/passwd",
        "",
    ],
)
def test_a_key_is_fetched_from_nowhere_else(key_url: str) -> None:
    assert key_target(CLOUD, "acme", key_url) is None


def test_our_own_changes_are_not_called_back() -> None:
    body = loads(add_callback_call("https://t.example/?recordId=", "invoice").body)
    assert (body["type"], body["level"], body["objectId"], body["isSelfSuppressedFlag"]) == (
        "invoice",
        "owner",
        1,
        True,
    )
    assert reactivate_callback_call(5).target == "/system/callbacks/5"
