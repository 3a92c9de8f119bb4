"""A record reaches one company or none."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tieout_contracts.settings import AdjustmentSettings, CompanySettings, SettingsSnapshot
from tieout_ingest.routing import Routes, Unrouted

LOCATIONS = st.lists(st.integers(1, 6), max_size=4).map(tuple)


def snapshot(company_id: str, locations: tuple[int, ...], **more: Any) -> SettingsSnapshot:
    settings = CompanySettings(
        name=company_id,
        connectwise_connection="cw",
        ledger_connection="xero",
        organisation_id="o",
        connectwise_locations=locations,
        adjustment=AdjustmentSettings(account="860"),
        **more,
    )
    return SettingsSnapshot(tenant_id="t", company_id=company_id, version=1, settings=settings)


def routed(routes: Routes, location: int) -> str:
    found = routes.company_of("1", location)
    return found.why.code if isinstance(found, Unrouted) else found.company_id


def test_a_company_without_locations_takes_them_all() -> None:
    assert routed(Routes([snapshot("a", ())]), 17) == "a"


def test_each_location_goes_to_the_company_that_claims_it() -> None:
    routes = Routes([snapshot("a", (1, 2)), snapshot("b", (3,))])
    assert [routed(routes, location) for location in (1, 2, 3, 4)] == ["a", "a", "b", "capture.unrouted"]


def test_a_location_claimed_twice_is_nobodys() -> None:
    routes = Routes([snapshot("a", (1, 2)), snapshot("b", (2, 3)), snapshot("c", (9,))])
    assert [routed(routes, location) for location in (1, 2, 3)] == ["a", "capture.location_claimed_twice", "b"]
    assert routed(Routes([snapshot("a", ()), snapshot("b", (5,))]), 5) == "capture.location_claimed_twice"


def test_a_company_that_takes_no_records_claims_nothing() -> None:
    routes = Routes([snapshot("a", (), takes_records=False), snapshot("b", (5,), takes_records=False)])
    assert routed(routes, 5) == "capture.unrouted"


def test_an_unrouted_record_says_its_location_by_name_and_number_F110() -> None:
    for name, said in (("Perth", "location Perth (17)"), (None, "location 17")):
        found = Routes([snapshot("a", (1,))]).company_of("40005", 17, name)
        assert isinstance(found, Unrouted)
        assert said in found.why.sentence


@given(claims=st.dictionaries(st.sampled_from("abcd"), LOCATIONS, min_size=1), location=st.integers(1, 8))
def test_no_record_can_reach_two_companies(claims: dict[str, tuple[int, ...]], location: int) -> None:
    claiming = [company for company, locations in claims.items() if not locations or location in locations]
    found = routed(Routes(snapshot(company, locations) for company, locations in claims.items()), location)
    assert found == (claiming[0] if len(claiming) == 1 else found)
    assert (found in claims) == (len(claiming) == 1)
