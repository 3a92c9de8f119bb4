"""The unposted list, put together from its rows."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tieout_contracts.records import RecordRef
from tieout_ingest.listing import put_together, still_unposted
from tieout_providers.connectwise import ConnectWise
from tieout_providers.connectwise.models import UnpostedInvoice
from tieout_providers.reading import Rows, UnreadableRow
from tieout_providers.testing import PretendedNetwork

INVOICE = RecordRef(kind="invoice", record_id=39005)


def row(**more: Any) -> UnpostedInvoice:
    facts = {
        "id": 871429,
        "billingLogId": 39005,
        "locationId": 11,
        "invoiceNumber": "40005",
        "invoiceDate": "2025-04-25T00:00:00Z",
        "invoiceType": "Standard",
        "currency": {"currencyCode": "ISK"},
        "total": Decimal("4546628.64"),
        "dateClosed": "2025-05-06T09:39:56Z",
    }
    return UnpostedInvoice.model_validate({**facts, **more})


def test_the_rows_of_one_invoice_are_one_record_whatever_their_order() -> None:
    one, other = row(), row(id=871430)
    listed = put_together(Rows([one, other])).records
    assert set(listed) == {INVOICE}
    assert listed == put_together(Rows([other, one])).records
    found = listed[INVOICE]
    assert (found.number, found.location_id, found.currency, found.total) == ("40005", 11, "ISK", Decimal("4546628.64"))
    assert found.closed_at == datetime(2025, 5, 6, 9, 39, 56, tzinfo=UTC)


def test_a_record_that_was_closed_again_looks_different() -> None:
    seen = {
        put_together(Rows([each])).records[INVOICE].seen
        for each in (row(), row(id=9), row(dateClosed="2025-05-07T09:39:56Z"), row(total=Decimal(1)))
    }
    assert len(seen) == 4


def test_a_credit_memo_is_one_by_its_type_and_its_total_is_what_it_credits() -> None:
    (listed,) = put_together(Rows([row(invoiceType="CreditMemo", total=Decimal(-5))])).records.values()
    assert (listed.kind, listed.total) == ("credit_memo", Decimal(5))


def test_the_location_may_stand_in_a_reference_only() -> None:
    (listed,) = put_together(Rows([row(locationId=None, location={"id": 12})])).records.values()
    assert listed.location_id == 12


def test_rows_that_cannot_be_read_are_named_and_leave_the_list_incomplete() -> None:
    rows = Rows([row(billingLogId=None, invoiceNumber=""), row(id=2)], [UnreadableRow("7", "total: not a number")])
    unposted = put_together(rows)
    assert set(unposted.records) == {INVOICE}
    assert not unposted.complete
    assert [each.sentence for each in unposted.problems] == [
        "A row of ConnectWise's unposted list cannot be read (id 7): total: not a number.",
        "A row of ConnectWise's unposted list cannot be read (id 871429): billingLogId, invoiceNumber missing.",
    ]


async def test_a_filter_that_connectwise_refuses_is_done_without() -> None:
    network = PretendedNetwork()
    asked: list[str] = []

    def respond(request: Any) -> Any:
        import httpx

        asked.append(str(request.url))
        if "billingLogId" in asked[-1]:
            return httpx.Response(400, json={"code": "InvalidObject", "message": "conditions"})
        return httpx.Response(200, json=[{"id": 1, "billingLogId": 5}, {"id": 2, "billingLogId": 6}])

    network.respond = respond
    keys: dict[str, Any] = {"public_key": "p", "private_key": "q", "client_id": "c"}
    connectwise = ConnectWise("na.myconnectwise.net", "acme", http=network.http, **keys)
    assert await still_unposted(connectwise, {5, 7}) == {5}
    assert len(asked) == 2
    assert await still_unposted(connectwise, set()) == set()
    await network.aclose()
