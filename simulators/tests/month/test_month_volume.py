"""Bench volumes: as many invoices, lines and organisations as asked for, all of them postable."""

from collections import Counter
from typing import Any

import pytest

from tieout_simulators.month import build_volume


def test_every_invoice_posts_and_has_the_lines_asked_for(volume: Any) -> None:
    assert len(volume.expected) == 90
    assert {(each["disposition"], each["cause"]) for each in volume.expected} == {("post", None)}
    for transaction in volume.transactions.values():
        assert sum(line["glTypeId"] != "ST" for line in transaction["detail"]) == 6


def test_organisations_share_evenly_and_share_nothing_else(volume: Any) -> None:
    assert set(Counter(each["location_id"] for each in volume.expected).values()) == {30}
    payers: dict[int, set[int]] = {}
    for invoice in volume.invoices.values():
        payers.setdefault(invoice["locationId"], set()).add(invoice["billToCompany"]["id"])
    first, second, third = payers.values()
    assert not first & second
    assert not second & third
    assert not first & third


def test_each_organisation_has_its_location_tenant_and_settings(volume: Any) -> None:
    tenants = [organisation["tenantId"] for organisation in volume.month.xero["organisations"]]
    companies = volume.month.expected["settings"]["companies"]
    assert [company["organisation_id"] for company in companies] == tenants
    assert len(set(tenants)) == 3
    assert sorted(company["connectwise_locations"] for company in companies) == [[101], [102], [103]]
    locations = volume.month.connectwise["entities"]["/system/locations"]
    assert [location["id"] for location in locations] == [101, 102, 103]


def test_each_organisation_has_25_to_60_customers() -> None:
    month = build_volume(invoices=20, lines=1, organisations=20)
    companies = month.connectwise["entities"]["/company/companies"]
    counts = Counter((company["id"] - 10_000) // 100 for company in companies)
    assert len(counts) == 20
    assert min(counts.values()) >= 25
    assert max(counts.values()) <= 60


def test_one_line_is_enough_for_an_invoice() -> None:
    month = build_volume(invoices=5, lines=1)
    assert all(len(transaction["detail"]) == 2 for transaction in month.connectwise["gl_transactions"])


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"invoices": 0, "lines": 1}, "invoices must be from 1 to 50000, not 0"),
        ({"invoices": 1, "lines": 201}, "lines must be from 1 to 200, not 201"),
        ({"invoices": 1, "lines": 1, "organisations": 201}, "organisations must be from 1 to 200, not 201"),
    ],
)
def test_a_volume_outside_its_limits_is_refused(asked: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        build_volume(**asked)
