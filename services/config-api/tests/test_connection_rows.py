"""What a ConnectWise connection is told and shows: F195 to F204, and the hosts that it may lead to."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_kit import seen
from pydantic import ValidationError

from tieout_chassis.clock import FixedClock
from tieout_chassis.database import Database
from tieout_chassis.sealing import Sealer
from tieout_chassis.telemetry import redact
from tieout_chassis.testing import FreshDatabase
from tieout_config_api.app import public_app
from tieout_config_api.connections import connectwise_access, open_secret
from tieout_config_api.connectwise.internal_hosts import LOOPBACK, InternalHosts
from tieout_config_api.migrations import MIGRATIONS
from tieout_config_api.public.door import Rooms
from tieout_config_api.public.tenants import ConnectWiseConnection
from tieout_config_api.store import Row, accounts
from tieout_config_api.vault import Vault
from tieout_providers.call import Call
from tieout_providers.connectwise import ConnectWise
from tieout_simulators.connectwise.cli import new_gateway

PUBLIC_KEY, PRIVATE_KEY = "marked-public-key", "marked-private-key"
BODY = {
    "kind": "connectwise",
    "login_company": "harbourline",
    "public_key": PUBLIC_KEY,
    "private_key": PRIVATE_KEY,
    "client_id": "0d1e",
}
PLACE = "/tenants/harbourline/connections/cw"


class Internet(httpx.AsyncBaseTransport):
    """A ConnectWise site under whatever name; every request is kept."""

    def __init__(self) -> None:
        gateway = new_gateway()
        server = {
            "public_key": PUBLIC_KEY,
            "private_key": PRIVATE_KEY,
            "client_id": "0d1e",
            "company_id": "harbourline",
        }
        gateway.simulator.load({"format": "tieout-connectwise/1", "server": server})
        self.requests: list[httpx.Request] = []
        self.is_away = False
        self._site = httpx.ASGITransport(app=gateway)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.is_away:
            raise httpx.ConnectError("nobody is there")
        return await self._site.handle_async_request(request)


async def resolve(host: str) -> Sequence[str]:
    """A resolver that knows some names."""
    names = {
        "inside.example.com": ["10.1.2.3"],
        "both.example.com": ["1.1.1.1", "fd00::1"],
        "cw.example.com": ["1.1.1.1"],
        "premises.corp.example": ["192.168.7.9"],
    }
    return names.get(host, [])


class Place:
    def __init__(self, database: Database, key_file: Path, internet: Internet) -> None:
        self.database, self.vault, self.internet = database, Vault.from_file(key_file), internet
        sealer = Sealer.from_file(key_file)
        self.outside = httpx.AsyncClient(transport=internet)
        hosts = InternalHosts(["premises.corp.example"], resolve)
        rooms = Rooms(database, sealer, FixedClock(), self.outside, 200, internal_hosts=hosts, vault=self.vault)
        app = public_app(rooms, "key")
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app),
            base_url="http://here/v1",
            headers={"Authorization": "Bearer key"},
        )

    async def put(self, **changed: Any) -> dict[str, Any]:
        """The connection as it is shown afterwards."""
        answer = await self.http.put(PLACE, json={**BODY, **changed}, headers=await seen(self.http, PLACE))
        assert answer.status_code == 204, answer.text
        (shown,) = (await self.http.get("/tenants/harbourline/connections")).json()
        details: dict[str, Any] = shown["details"]
        return details

    async def refused(self, **changed: Any) -> dict[str, Any]:
        answer = await self.http.put(PLACE, json={**BODY, **changed}, headers=await seen(self.http, PLACE))
        assert answer.status_code == 422, answer.text
        problem: dict[str, Any] = answer.json()
        return problem

    async def row(self) -> Row:
        async with self.database.transaction() as tx:
            found = await accounts.connection_by_id(tx, "cw")
        assert found is not None
        return found

    async def calls(self) -> httpx.Request:
        """What a service sends that was handed this connection."""
        access = connectwise_access(self.vault, await self.row())
        client = ConnectWise(
            access.site,
            access.login_company,
            public_key=access.public_key.get_secret_value(),
            private_key=access.private_key.get_secret_value(),
            client_id=access.client_id,
            version=access.version,
            codebase=access.codebase,
            http=self.outside,
        )
        await client.send(Call.get("/system/info"))
        return self.internet.requests[-1]


@pytest.fixture
async def place(fresh_database: FreshDatabase, sealing_key_file: Path) -> AsyncIterator[Place]:
    sealer = Sealer.from_file(sealing_key_file)
    database = Database(await fresh_database([MIGRATIONS]), "config-api", pool_size=2, sealer=sealer)
    found = Place(database, sealing_key_file, Internet())
    (await found.http.post("/tenants", json={"tenant_id": "harbourline", "name": "H"})).raise_for_status()
    yield found
    for client in (found.http, found.outside):
        await client.aclose()
    await database.dispose()


pytestmark = pytest.mark.postgres


async def test_F195_F197_the_site_is_where_the_api_is_asked_and_its_code_base_is_found_when_left_blank(
    place: Place,
) -> None:
    details = await place.put(site="au.myconnectwise.net")
    assert (details["site"], details["codebase_found"]) == ("https://au.myconnectwise.net", True)
    asked = place.internet.requests[-1]
    assert (asked.url.host, asked.url.path) == ("au.myconnectwise.net", "/login/companyinfo/harbourline")
    assert "authorization" not in asked.headers
    call = await place.calls()
    assert call.url.host == "api-au.myconnectwise.net"
    assert call.url.path == f"/{details['codebase']}/apis/3.0/system/info"


async def test_F195_F197_a_site_that_does_not_answer_is_saved_all_the_same_and_the_test_says_so(place: Place) -> None:
    place.internet.is_away = True
    assert (await place.put(region="eu"))["codebase"] is None
    told = (await place.http.post(f"{PLACE}/test")).json()
    assert [each["code"] for each in told["problems"]] == ["access.connectwise_unreachable"]


async def test_F197_a_code_base_that_is_given_is_used_and_not_asked_for(place: Place) -> None:
    details = await place.put(site="cw.example.com", codebase="v4_6_release/")
    assert (details["codebase"], details["codebase_found"], place.internet.requests) == ("v4_6_release", False, [])
    await place.calls()
    assert [each.url.path for each in place.internet.requests][:1] == ["/v4_6_release/apis/3.0/system/info"]
    await place.refused(site="cw.example.com", codebase="../internal")


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("na", "na.myconnectwise.net"),
        ("eu", "eu.myconnectwise.net"),
        ("au", "au.myconnectwise.net"),
        ("staging", "staging.connectwisedev.com"),
    ],
)
def test_F196_a_region_fills_the_host_and_a_site_of_ones_own_wins(region: str, host: str) -> None:
    body = ConnectWiseConnection.model_validate({**BODY, "region": region})
    assert body.at_its_address().site == f"https://{host}"
    own = ConnectWiseConnection.model_validate({**BODY, "region": region, "site": "psa.example.com"})
    assert own.at_its_address().site == "https://psa.example.com"
    with pytest.raises(ValidationError, match="name a region or a site"):
        ConnectWiseConnection.model_validate(BODY)


async def test_F198_F203_F204_company_and_keys_are_the_login_and_a_wrong_company_fails_the_test_in_clear_words(
    place: Place,
) -> None:
    await place.put(region="na")
    told = (await place.calls()).headers["authorization"]
    assert httpx.BasicAuth(f"harbourline+{PUBLIC_KEY}", PRIVATE_KEY)._auth_header == told
    await place.put(region="na", login_company="harborline")
    tested = (await place.http.post(f"{PLACE}/test")).json()
    assert [each["code"] for each in tested["problems"]] == ["access.connectwise_company_unknown"]
    assert "harborline" in tested["problems"][0]["sentence"]


async def test_F199_the_newest_version_is_the_default_and_another_one_is_what_is_sent(place: Place) -> None:
    assert (await place.put(region="na"))["version"] == "2025.16"
    assert (await place.calls()).headers["accept"] == "application/vnd.connectwise.com+json; version=2025.16"
    assert (await place.put(region="na", version="2024.8"))["version"] == "2024.8"
    assert (await place.calls()).headers["accept"] == "application/vnd.connectwise.com+json; version=2024.8"
    problem = await place.refused(region="na", version="latest")
    assert [each["field"] for each in problem["fields"]] == ["body.connectwise.version"]


async def test_F200_F201_an_integrator_log_in_goes_with_a_legacy_version_only_and_is_never_shown(place: Place) -> None:
    login = {"integrator_username": "tieout", "integrator_password": "marked-password"}
    assert "before 2016.1" in str((await place.refused(region="na", **login))["fields"])
    details = await place.put(region="na", version="2015.6", **login)
    assert (details["integrator_username"], details["secrets"]["integrator_password"]) == ("tieout", "set")
    assert open_secret(place.vault, await place.row())["integrator_password"] == "marked-password"
    assert "marked" not in str(details)
    assert (await place.put(region="na"))["secrets"]["integrator_password"] == "not set"


async def test_F204_keys_are_sealed_never_returned_and_masked_in_every_log(place: Place) -> None:
    details = await place.put(region="na")
    assert details["secrets"] == {"public_key": "set", "private_key": "set", "integrator_password": "not set"}
    row = await place.row()
    for key in (PUBLIC_KEY, PRIVATE_KEY):
        assert key not in str(details)
        assert key.encode() not in row["secret"]
    for names in (["private_key"], ["integrator_password"]):
        masked = redact(None, "info", {"event": "put", **dict.fromkeys(names, PRIVATE_KEY)})
        assert PRIVATE_KEY not in str(masked)
    entries = (await place.http.get("/tenants/harbourline/audit")).json()
    assert PRIVATE_KEY not in str(entries)


async def test_an_address_must_not_lead_into_the_network_that_tieout_runs_in(place: Place) -> None:
    for site in ("https://inside.example.com", "https://both.example.com", "https://169.254.169.254", "postgres"):
        assert (await place.refused(site=site))["code"] == "access.internal_host", site
    for field in ("api_url", "identity_url"):
        qbo = {"kind": "qbo", "client_id": "a", "client_secret": "b", "refresh_token": "c", field: "https://10.0.0.1"}
        answer = await place.http.put(PLACE, json=qbo)
        assert (answer.status_code, answer.json()["code"]) == (422, "access.internal_host")
    assert place.internet.requests == []
    assert (await place.put(site="premises.corp.example"))["site"] == "https://premises.corp.example"


@pytest.mark.parametrize(
    ("address", "is_internal"),
    [
        ("http://127.0.0.1:8710", True),
        ("https://[::1]", True),
        ("https://[::ffff:10.0.0.1]", True),
        ("https://[64:ff9b::a9fe:a9fe]", True),
        ("https://[2002:a00:1::]", True),
        ("https://100.64.0.1", True),
        ("https://0.0.0.0", True),
        ("https://config-api.tieout.svc", True),
        ("https://METADATA.google.internal.", True),
        ("https://1.1.1.1", False),
        ("https://api.xero.com", False),
        ("https://na.myconnectwise.net.evil.example", False),
        ("https://nobody.knows.example", False),
    ],
)
async def test_every_way_to_write_an_internal_address_is_known(address: str, is_internal: bool) -> None:
    assert (await InternalHosts([], resolve).named_by(address) is not None) is is_internal


async def test_the_operator_lists_what_may_be_reached_by_name_end_address_or_network() -> None:
    hosts = InternalHosts([".corp.example", "10.9.0.0/16", "192.168.1.5", *LOOPBACK], resolve)
    for address in ("https://premises.corp.example", "https://10.9.8.7", "https://192.168.1.5", "http://localhost:1"):
        assert await hosts.named_by(address) is None
    for address in ("https://10.8.0.1", "https://192.168.1.6", "https://inside.example.com"):
        assert await hosts.named_by(address) is not None
    with pytest.raises(ValueError, match="host bits"):
        InternalHosts(["10.9.8.7/16"])
