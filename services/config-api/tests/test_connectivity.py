"""F205: the test of a ConnectWise connection names the cause, asked of the simulator over HTTP."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from tieout_config_api.connectwise import connectivity
from tieout_config_api.connectwise.connectivity import Connectivity, check_connectivity
from tieout_contracts.connections import ConnectWiseAccess
from tieout_contracts.problems import problem
from tieout_providers.connectwise.rights import RIGHTS, WRITES
from tieout_providers.testing import COMPANY_INFO
from tieout_simulators.connectwise.cli import new_gateway
from tieout_simulators.frame.server import serving_in_thread

CLIENT_ID = "0d1e0d1e-0000-4000-8000-000000000001"
SERVER = {"company_id": "acme", "public_key": "public", "private_key": "private", "client_id": CLIENT_ID}
LICENCES = ("GLInterface", "Agreement", "Inventory", "Purchasing")


class Site:
    """A simulated ConnectWise and the connection to it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def is_like(self, *, licensed: tuple[str, ...] = LICENCES, **server: Any) -> None:
        """Its server section, and the licences that are active."""
        info = {
            "version": "v2025.1.10333",
            "isCloud": True,
            "serverTimeZone": "Eastern Standard Time",
            "licenseBits": [{"name": name, "activeFlag": name in licensed} for name in LICENCES],
        }
        data = {"format": "tieout-connectwise/1", "server": SERVER | server, "entities": {"/system/info": info}}
        httpx.post(f"{self.url}/_sim/load", json=data).raise_for_status()

    def calls_by_route(self) -> dict[str, int]:
        found: dict[str, int] = httpx.get(f"{self.url}/_sim/calls").json()["by_route"]
        return found

    async def tested(self, **changed: Any) -> Connectivity:
        async with httpx.AsyncClient() as http:
            return await found_at(http, **({"site": self.url} | changed))


async def found_at(http: httpx.AsyncClient, **changed: Any) -> Connectivity:
    told = {"login_company": "acme", "public_key": "public", "private_key": "private", "client_id": CLIENT_ID}
    told |= {"site": "https://connectwise.example.com", "version": "2025.1"} | changed
    keys = {name: SecretStr(told.pop(name)) for name in ("public_key", "private_key")}
    access = ConnectWiseAccess(connection_id="connectwise", tenant_id="acme", **told, **keys)
    return await check_connectivity(access, http)


def _first_path(paths: str) -> str:
    return paths.split("`")[1]


def codes(found: Connectivity) -> list[str]:
    return [each.code.removeprefix("access.connectwise_") for each in found.problems]


@pytest.fixture
def site() -> Iterator[Site]:
    with serving_in_thread(new_gateway()) as url:
        yield Site(url)


@pytest.mark.http
class TestASimulatedSite:
    async def test_F205_a_good_connection_is_ok_and_says_the_version(self, site: Site) -> None:
        site.is_like()
        found = await site.tested()
        assert (found.ok, found.problems) == (True, ())
        assert (found.version, found.api_version, found.is_cloud) == ("v2025.1.10333", "2025.1", True)
        assert found.time_zone == "Eastern Standard Time"

    async def test_F205_an_unknown_login_company_is_named(self, site: Site) -> None:
        site.is_like()
        found = await site.tested(login_company="nobody")
        assert (found.ok, codes(found)) == (False, ["company_unknown"])
        assert "nobody" in found.problems[0].sentence

    @pytest.mark.parametrize("key", ["public_key", "private_key"])
    async def test_F205_wrong_keys_are_told_and_not_shown(self, site: Site, key: str) -> None:
        site.is_like()
        found = await site.tested(**{key: "misspelt-secret"})
        assert (found.ok, codes(found)) == (False, ["keys_refused"])
        assert "misspelt-secret" not in repr(found)

    async def test_F205_a_wrong_client_id_is_told_apart_from_the_keys(self, site: Site) -> None:
        site.is_like()
        assert codes(await site.tested(client_id="another")) == ["client_id_refused"]

    async def test_F205_every_missing_right_is_named_at_once(self, site: Site) -> None:
        for right in RIGHTS.values():
            site.is_like(denied=[f"GET {right.path}"])
            found = await site.tested()
            assert (found.ok, codes(found)) == (False, ["right_missing"]), right
            assert right.name in found.problems[0].sentence
        site.is_like(denied=["* /finance", "* /procurement/catalog"])
        found = await site.tested()
        missing = {"Accounting Interface", "Invoicing", "Agreements", "Product Catalog", "Table Setup"}
        assert codes(found) == ["right_missing"] * len(missing)
        assert all(any(name in each.sentence for each in found.problems) for name in missing)
        assert found.version == "v2025.1.10333"

    async def test_F202_the_page_about_the_api_member_lists_what_the_test_asks_for(self, site: Site) -> None:
        page = (Path(__file__).parents[3] / "docs" / "api-member.md").read_text()
        listed = re.findall(r"^\| ([A-Z][a-z]+ > [^|]+?) \| ([^|]+?) \|$", page, re.MULTILINE)
        assert listed.pop() == (WRITES, "marking what was posted: a batch of its own for each record")
        site.is_like(denied=[f"GET {right.path}" for right in RIGHTS.values()])
        told = {each.sentence for each in (await site.tested()).problems}
        assert told == {
            problem("access.connectwise_right_missing", right=name, path=_first_path(paths)).sentence
            for name, paths in listed
        }
        for name, paths in listed:
            assert set(re.findall(r"`([^`]+)`", paths)) == {each.path for each in RIGHTS.values() if each.name == name}

    async def test_F205_without_the_accounting_interfaces_licence_nothing_can_be_posted(self, site: Site) -> None:
        site.is_like(licensed=("Agreement", "Inventory", "Purchasing"))
        found = await site.tested()
        assert (found.ok, codes(found)) == (False, ["not_licensed"])

    async def test_F205_another_part_that_is_not_licensed_is_a_warning(self, site: Site) -> None:
        site.is_like(licensed=("GLInterface", "Agreement"))
        found = await site.tested()
        assert (found.ok, codes(found)) == (True, ["part_missing", "part_missing"])

    async def test_F205_an_older_site_is_a_warning(self, site: Site) -> None:
        site.is_like()
        found = await site.tested(version="2025.16")
        assert (found.ok, codes(found)) == (True, ["older"])
        assert "2025.1 " in found.problems[0].sentence

    async def test_F205_a_site_that_asks_to_wait_says_how_long(self, site: Site) -> None:
        site.is_like(requests_per_minute=3)
        found = await site.tested()
        assert (found.ok, codes(found)) == (False, ["throttled"])

    async def test_nothing_is_written_to_connectwise(self, site: Site) -> None:
        site.is_like()
        await site.tested()
        by_route = site.calls_by_route()
        assert by_route
        assert all(route.startswith("GET ") for route in by_route)


Responder = Callable[[httpx.Request], Awaitable[httpx.Response]]


async def of_a_network(respond: Responder) -> Connectivity:
    async with httpx.AsyncClient(transport=httpx.MockTransport(respond)) as http:
        return await found_at(http)


async def test_F205_a_host_that_nobody_answers_at_is_told() -> None:
    async def nobody(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("name or service not known")

    found = await of_a_network(nobody)
    assert (found.ok, codes(found)) == (False, ["unreachable"])
    assert "connectwise.example.com" in found.problems[0].sentence


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, html="<title>Sign in</title>"),
        httpx.Response(302, headers={"Location": "https://elsewhere.example.com"}),
        httpx.Response(403, json={"code": "Security", "message": "SSL is required.", "errors": None}),
        httpx.Response(404, html="<h1>Not found</h1>"),
        httpx.Response(200, json={"Codebase": None}),
        httpx.Response(200, json=["no", "object"]),
    ],
)
async def test_F205_another_server_under_the_hosts_name_is_told(answer: httpx.Response) -> None:
    async def another(_: httpx.Request) -> httpx.Response:
        return answer

    found = await of_a_network(another)
    assert (found.ok, codes(found)) == (False, ["wrong_host"])


async def test_F205_a_site_that_never_ends_its_answer_ends_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connectivity, "TEST_LIMIT_S", 0.05)

    async def silent(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    found = await of_a_network(silent)
    assert (found.ok, codes(found)) == (False, ["unreachable"])


async def test_F205_a_site_that_breaks_in_the_middle_is_told() -> None:
    async def breaks(request: httpx.Request) -> httpx.Response:
        if "/login/companyinfo/" in request.url.path:
            return httpx.Response(200, json=COMPANY_INFO)
        return httpx.Response(502, html="<h1>Bad gateway</h1>")

    found = await of_a_network(breaks)
    assert (found.ok, codes(found)) == (False, ["unreachable"])
    assert "502" in found.problems[0].sentence


async def test_F205_system_information_that_cannot_be_read_hides_only_the_version() -> None:
    async def vague(request: httpx.Request) -> httpx.Response:
        if "/login/companyinfo/" in request.url.path:
            return httpx.Response(200, json=COMPANY_INFO)
        return (
            httpx.Response(200, html="?") if request.url.path.endswith("/system/info") else httpx.Response(200, json=[])
        )

    found = await of_a_network(vague)
    assert (found.ok, found.version, found.problems) == (True, None, ())
