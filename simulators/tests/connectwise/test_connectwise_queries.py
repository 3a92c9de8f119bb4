"""ConnectWise's query language over HTTP: conditions, childConditions, orderBy, fields and paging."""

import re
from decimal import Decimal
from typing import Any

import pytest

pytestmark = pytest.mark.http
INVOICES = "/finance/invoices"


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ("id=1", [1]),
        ("id != 1 and id<4", [2, 3]),
        ("id >= 2 and id <= 3", [2, 3]),
        ("id > 3 or id < 2", [1, 4]),
        ("id=1 or id=2 and type='CreditMemo'", [1]),
        ("(id=1 or id=3) and type='CreditMemo'", [3]),
        ("id in (1, 3,99)", [1, 3]),
        ("id not in (1,3)", [2, 4]),
        ('type="creditmemo"', [3]),
        ("type!='CreditMemo'", [1, 2, 4]),
        ('type in ("CreditMemo","Agreement")', [3]),
        ("invoiceNumber like '4000*'", [1, 2, 3, 4]),
        ("invoiceNumber like '*2'", [2]),
        ("invoiceNumber not like '*2'", [1, 3, 4]),
        ("invoiceNumber contains '003'", [3]),
        ("invoiceNumber not contains '003'", [1, 2, 4]),
        ("status/isClosed=True", [1, 2, 3]),
        ("status/isClosed = false", [4]),
        ('company/identifier="OAKHILL" and status/name="New"', [4]),
        ("company/name like 'oak hill*'", [1, 2, 3, 4]),
        ("date >= [2025-04-25T00:00:00Z] and date < [2025-04-26]", [1, 2, 3, 4]),
        ("date > [2025-04-25T00:00:00Z]", []),
        ("total < 0", [3]),
        ("total = 120.00", [1, 2, 4]),
        ("total in (120, -60.0)", [1, 2, 3, 4]),
        ("glBatch = null", [1, 2, 3, 4]),
        ("glBatch/id != null", []),
        ("customerPO = null AND location/name != NULL", [1, 2, 3, 4]),
        ("STATUS/ISCLOSED = TRUE and ID = 2", [2]),
        ("glBatch/name != 'x'", []),
        ("lastUpdated > [2020-01-01T00:00:00Z]", [1, 2, 3, 4]),
        ("_info/lastUpdated < [2020-01-01T00:00:00Z]", []),
    ],
)
def test_conditions_select(read_only_psa: Any, conditions: str, expected: list[int]) -> None:
    assert read_only_psa.ids(INVOICES, conditions=conditions) == expected
    assert read_only_psa.get(f"{INVOICES}/count", conditions=conditions) == {"count": len(expected)}


@pytest.mark.parametrize(
    "conditions",
    [
        "id",
        "id =",
        "id = 1 and",
        "id 1",
        "(id = 1",
        "id = 1)",
        "id = 1 id = 2",
        "id = one",
        "id in ()",
        "id in (1,",
        "id in 1",
        "id = '1'",
        "id like '1*'",
        "invoiceNumber = 40001",
        "invoiceNumber = true",
        "invoiceNumber like 4",
        "invoiceNumber = 'unclosed",
        "nosuchfield = 1",
        "company/nosuchfield = 1",
        "company = 19",
        "status/isClosed = 1",
        "status/isClosed > true",
        "date = '2025-04-25'",
        "date > [yesterday]",
        "id > null",
        "invoiceNumber/id = 1",
        "customFields/value = 'x'",
        "id = 1; drop",
        "((((((((((((((((((((((((((((((((((((((((((((((((((((id=1))))))))))))))))))))))))))))))))))))))))))))))))))))",
    ],
)
def test_a_bad_condition_is_a_400_that_names_the_parameter(read_only_psa: Any, errors_of: Any, conditions: str) -> None:
    answer = read_only_psa.call("GET", INVOICES, params={"conditions": conditions})
    assert errors_of(answer) == [("InvalidField", "conditions")]
    assert answer.json()["code"] == "InvalidObject"
    assert answer.json()["message"] == "conditions object is invalid"


def test_conditions_longer_than_the_limit_are_refused(read_only_psa: Any, errors_of: Any) -> None:
    answer = read_only_psa.call("GET", INVOICES, params={"conditions": "id=1" + " " * 20_000 + "or id=2"})
    assert errors_of(answer) == [("InvalidField", "conditions")]


def test_a_literal_bracket_in_like_is_written_in_brackets(empty: Any) -> None:
    companies = [{"id": 1, "name": "Oak [UK]"}, {"id": 2, "name": "Oak UK"}]
    empty.load({"format": "tieout-connectwise/1", "entities": {"/company/companies": companies}})
    assert empty.ids("/company/companies", conditions="name like '*[[]UK]'") == [1]


def test_child_conditions_meet_in_one_entry_of_the_list(read_only_psa: Any) -> None:
    email = 'communicationItems/value like "ada@*" AND communicationItems/communicationType="Email"'
    assert read_only_psa.ids("/company/contacts", childConditions=email) == [301]
    assert read_only_psa.ids("/company/contacts", childConditions='communicationItems/value like "ada@*"') == [301, 302]
    assert read_only_psa.ids("/company/companies", childConditions="types/id=1", conditions="id>1") == [19]


@pytest.mark.parametrize(
    "text", ["id=1", "communicationItems/id=1 or types/id=1", "company/id=1", "communicationItems/x=1"]
)
def test_child_conditions_take_one_list_only(read_only_psa: Any, errors_of: Any, text: str) -> None:
    answer = read_only_psa.call("GET", "/company/contacts", params={"childConditions": text})
    assert errors_of(answer) == [("InvalidField", "childConditions")]


def test_custom_field_conditions_meet_in_one_custom_field(empty: Any) -> None:
    fields = [{"id": 1, "caption": "TomNumber", "value": "7"}, {"id": 2, "caption": "Other"}]
    companies = [{"id": 1, "customFields": fields}, {"id": 2, "customFields": fields[1:]}]
    empty.load({"format": "tieout-connectwise/1", "entities": {"/company/companies": companies}})
    assert empty.ids("/company/companies", customFieldConditions='caption="TomNumber" AND value !=null') == [1]


def test_order_by_sorts_by_several_fields_with_nulls_first(read_only_psa: Any) -> None:
    assert read_only_psa.ids(INVOICES, orderBy="id desc") == [4, 3, 2, 1]
    assert read_only_psa.ids(INVOICES, orderBy="status/name desc, total asc, id desc") == [4, 3, 2, 1]
    assert read_only_psa.ids(INVOICES, orderBy="type, id desc") == [3, 4, 2, 1]
    assert read_only_psa.ids("/company/companies", orderBy="city, name") == [20, 19]
    for order_by in ("nosuch", "id sideways", "id,"):
        assert read_only_psa.call("GET", INVOICES, params={"orderBy": order_by}).status_code == 400


def test_fields_reduce_lists_and_records(read_only_psa: Any) -> None:
    assert read_only_psa.get(INVOICES, fields="id,status/name,company/id", conditions="id=4") == [
        {"id": 4, "status": {"name": "New"}, "company": {"id": 19}}
    ]
    assert read_only_psa.get(f"{INVOICES}/1", fields="invoiceNumber,nosuch") == {"invoiceNumber": "40001"}
    assert read_only_psa.get("/company/contacts/302", fields="communicationItems/id") == {
        "communicationItems": [{"id": 3}]
    }


def test_fields_reduce_the_answer_of_a_post_too(read_only_psa: Any) -> None:
    body = {"exportInvoicesFlag": True, "includedInvoiceIds": [1]}
    answer = read_only_psa.call(
        "POST", "/finance/accounting/export", body, params={"fields": "transactions/documentNumber"}
    )
    assert answer.json() == {"transactions": [{"documentNumber": "40001"}]}


def test_null_values_are_left_out(read_only_psa: Any) -> None:
    assert "customerPO" not in read_only_psa.get(f"{INVOICES}/1")
    assert "city" not in read_only_psa.get("/company/companies/19")


def test_amounts_come_back_digit_for_digit(read_only_psa: Any) -> None:
    assert '"unitPrice":0.0125' in read_only_psa.call("GET", "/finance/agreements/7/additions").text
    assert read_only_psa.get("/finance/taxCodes/16")["levelOneRate"].as_tuple() == Decimal("20.000000").as_tuple()


def _companies(empty: Any, count: int) -> None:
    companies = [{"id": each, "name": f"Company {each}"} for each in range(1, count + 1)]
    empty.load({"format": "tieout-connectwise/1", "entities": {"/company/companies": companies}})


def _links(header: str) -> dict[str, str]:
    return {rel: url for url, rel in re.findall(r'<([^>]*)>; rel="(\w+)"', header)}


def test_pages_hold_25_records_unless_told_and_link_to_their_neighbours(empty: Any) -> None:
    _companies(empty, 60)
    seen: list[int] = []
    url = "/v2025_1/apis/3.0/company/companies?conditions=id%3E0"
    while url:
        answer = empty.http.get(url)
        seen += [each["id"] for each in answer.json()]
        links = _links(answer.headers["Link"])
        url = links.get("next", "")
    assert seen == list(range(1, 61))
    assert sorted(links) == ["first", "last", "prev"]
    assert links["last"].endswith("conditions=id%3E0&pageSize=25&page=3")


def test_one_page_has_no_link_and_a_page_beyond_the_end_is_empty(empty: Any) -> None:
    _companies(empty, 30)
    assert "Link" not in empty.call("GET", "/company/companies", params={"pageSize": 30}).headers
    assert empty.get("/company/companies", page=3) == []
    assert len(empty.get("/company/companies", pageSize=1000)) == 30


def test_forward_only_paging_goes_by_id_and_always_links_to_a_next_page(empty: Any) -> None:
    _companies(empty, 5)
    headers = {"pagination-type": "forward-only"}
    page_id, pages = "0", []
    for _ in range(4):
        params = {"pageSize": 2, "pageId": page_id, "page": 9, "orderBy": "id desc"}
        answer = empty.call("GET", "/company/companies", params=params, headers=headers)
        pages.append([each["id"] for each in answer.json()])
        (page_id,) = re.findall(r"pageId=(\d+)>", answer.headers["Link"])
    assert pages == [[1, 2], [3, 4], [5], []]
    assert page_id == "5"


@pytest.mark.parametrize("params", [{"pageSize": 1001}, {"pageSize": 0}, {"page": 0}, {"page": "x"}, {"pageId": -1}])
def test_a_page_out_of_range_is_refused(read_only_psa: Any, errors_of: Any, params: dict[str, Any]) -> None:
    answer = read_only_psa.call("GET", INVOICES, params=params)
    assert errors_of(answer) == [("InvalidField", next(iter(params)))]
