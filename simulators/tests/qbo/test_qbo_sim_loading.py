"""The data file: loading, refusing and dumping."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from tieout_simulators import qbo as qbo_package
from tieout_simulators.frame import exact_json
from tieout_simulators.frame.gateway import Gateway
from tieout_simulators.qbo.cli import build_gateway

D = Decimal
LINE = {
    "Amount": 100,
    "DetailType": "SalesItemLineDetail",
    "SalesItemLineDetail": {"ItemRef": {"value": "11"}, "TaxCodeRef": {"value": "TAX"}},
}
INVOICE = {"Id": "130", "SyncToken": "4", "DocNumber": "1037", "CustomerRef": {"value": "1"}, "TxnDate": "2026-10-01"}


@pytest.fixture
def full(companies: dict[str, Callable[..., Any]]) -> dict[str, Any]:
    """A file with an invoice (a group line inside), a credit memo and a payment for both."""
    group = {"Amount": 1, "DetailType": "GroupLineDetail", "GroupLineDetail": {"Quantity": 1, "Line": [LINE]}}
    links = [("Invoice", "130", 60), ("CreditMemo", "131", 20)]
    lines = [{"Amount": amount, "LinkedTxn": [{"TxnId": form, "TxnType": kind}]} for kind, form, amount in links]
    given = companies["us"](
        "4620816365",
        Invoice=[
            {
                **INVOICE,
                "Line": [LINE, group],
                "TotalAmt": 1,
                "TxnTaxDetail": {"TxnTaxCodeRef": {"value": "2"}},
                "MetaData": {"CreateTime": "2026-10-01T09:00:00-07:00"},
            }
        ],
        CreditMemo=[{"Id": "131", "CustomerRef": {"value": "2"}, "Line": [LINE]}],
        Payment=[],
    )
    given["CreditMemo"][0]["CustomerRef"] = {"value": "1"}
    given["Payment"] = [{"Id": "132", "CustomerRef": {"value": "1"}, "TotalAmt": 40, "Line": lines}]
    file: dict[str, Any] = companies["state_of"](given)
    return file


def loaded(gateway: Gateway) -> Any:
    return gateway.simulator.dump()["companies"][0]


def test_documents_are_added_up_whatever_the_file_says_and_keep_their_ids_and_tokens(full: dict[str, Any]) -> None:
    gateway = build_gateway()
    assert gateway.simulator.load(full) == {"companies": 1, "apps": 1}
    (invoice,) = loaded(gateway)["Invoice"]
    assert (invoice["TotalAmt"], invoice["Balance"]) == (216, 156)
    assert (invoice["Id"], invoice["SyncToken"], invoice["DocNumber"]) == ("130", "4", "1037")
    assert invoice["MetaData"]["CreateTime"] == "2026-10-01T09:00:00-07:00"
    assert invoice["Line"][1]["Amount"] == 100
    (credit,) = loaded(gateway)["CreditMemo"]
    assert credit["RemainingCredit"] == 80


def test_a_dump_can_be_loaded_again(full: dict[str, Any]) -> None:
    gateway, again = build_gateway(), build_gateway()
    gateway.simulator.load(full)
    dumped = gateway.simulator.dump()
    assert "client_secret" not in dumped["app"]
    again.simulator.load({name: value for name, value in dumped.items() if name != "webhook_deliveries"})
    assert loaded(again) == loaded(gateway)


def test_a_second_file_adds_to_what_is_there(full: dict[str, Any], companies: dict[str, Callable[..., Any]]) -> None:
    gateway = build_gateway()
    gateway.simulator.load(full)
    more = {"realmId": "4620816365", "Customer": [{"DisplayName": "Late"}], "Preferences": {"TaxPrefs": {"X": 1}}}
    gateway.simulator.load({"format": "tieout-qbo/1", "companies": [more, companies["us"]("2")]})
    first = loaded(gateway)
    assert first["Customer"][-1]["Id"] == "10"
    assert first["Preferences"]["TaxPrefs"] == {"UsingSalesTax": True, "PartnerTaxEnabled": False, "X": 1}
    assert [each["realmId"] for each in gateway.simulator.dump()["companies"]] == ["4620816365", "2"]


def test_a_smallest_file_has_defaults() -> None:
    gateway = build_gateway()
    gateway.simulator.load({"format": "tieout-qbo/1", "companies": [{"realmId": "1"}]})
    company = loaded(gateway)
    assert (company["CompanyInfo"]["Country"], company["sales_tax_behaviour"]) == ("US", "honoured")
    assert gateway.simulator.dump()["app"]["client_id"] == "tieout-simulator"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"format": "other"}, "the format must be 'tieout-qbo/1'"),
        ({"companies": [{"realmId": "1", "Bill": []}]}, "not known: ['Bill']"),
        ({"companies": [{}]}, "a company has realmId"),
        ({"companies": [{"realmId": "1", "sales_tax_behaviour": "x"}]}, "sales_tax_behaviour is one of"),
        ({"companies": [{"realmId": "1", "Customer": [{"DisplayName": "A"}, {}]}]}, "Customer[1]: RefusedError: 2020"),
        ({"companies": [{"realmId": "1", "Item": [{"Name": "A", "ParentRef": {"value": "9"}}]}]}, "Item[0]"),
        ({"companies": [{"realmId": "1", "Invoice": [{"CustomerRef": {"value": "9"}, "Line": []}]}]}, "Invoice[0]"),
        ({"companies": [{"realmId": "1", "Item": [{"Name": "A", "Colour": "red"}]}]}, "Item[0]: RefusedError: 2010"),
        ({"app": {"colour": "red"}}, "not known: ['colour']"),
        ({"app": {"webhook_format": "xml"}}, "webhook_format is one of"),
    ],
)
def test_a_wrong_record_is_named_by_its_place(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=r".") as raised:
        build_gateway().simulator.load({"format": "tieout-qbo/1", **changed})
    assert said in str(raised.value)


async def test_the_control_route_says_what_is_wrong(http: httpx.AsyncClient) -> None:
    answer = await http.post("/_sim/load", json={"format": "other"})
    assert (answer.status_code, "tieout-qbo/1" in answer.json()["error"]) == (400, True)
    assert (await http.get("/_sim/health")).json() == {"simulator": "qbo", "status": "ok"}


def test_command_line_limits_win_over_the_files(full: dict[str, Any]) -> None:
    gateway = build_gateway(limit_overrides={"batch_minute_limit": 7})
    gateway.simulator.load(full)
    (app,) = gateway.simulator.apps.values()  # type: ignore[attr-defined]
    assert (app.batch_minute_limit, app.realm_minute_limit) == (7, 100_000)


def test_the_readmes_example_can_be_loaded() -> None:
    readme = Path(qbo_package.__file__).with_name("README.md").read_text()
    example = readme.partition("```json\n")[2].partition("```")[0]
    gateway = build_gateway()
    assert gateway.simulator.load(exact_json.loads(example)) == {"companies": 1, "apps": 1}
    assert loaded(gateway)["Item"][0]["Name"] == "Labour"


def test_every_key_of_a_company_is_in_the_readme() -> None:
    readme = Path(qbo_package.__file__).with_name("README.md").read_text()
    gateway = build_gateway()
    gateway.simulator.load({"format": "tieout-qbo/1", "companies": [{"realmId": "1"}]})
    assert [key for key in loaded(gateway) if key not in readme] == []
