"""What `tieout proposals`, `link` and `adopt` say, and the status they end with (K24)."""

from io import StringIO
from pathlib import Path
from typing import Any, cast

import pytest
from rich.console import Console

from tieout_contracts.problems import problem
from tieout_standalone.client import ApiClient
from tieout_standalone.proposals import ProposalOptions, adopt, link, propose

CONFLICT = problem("ledger.conflict", number="3", difference="total 1.00 instead of 2.00").model_dump(mode="json")
COUNTS = dict.fromkeys(("captured", "refused", "listed", "unrouted"), 0)
RUN = {"run_id": "r", "finished": True, "listed_at": "now", "by_status": {}, "problems": []} | COUNTS


def contact(number: str, finding: str, *ids: str, **more: Any) -> dict[str, Any]:
    candidates = [
        {"ledger_id": each, "name": f"Contact {each}", "contact_number": None, "account_number": "A1"} for each in ids
    ]
    told = {"contact_number": number, "name": f"Customer {number}", "account_number": None, "records": 2}
    return told | {"finding": finding, "candidates": candidates, "decision": None, "ledger_id": None} | more


def document(number: str, finding: str, **more: Any) -> dict[str, Any]:
    told = {"kind": "invoice", "record_id": int(number), "number": number, "document_date": "2026-09-30"}
    told |= {"total": "67.29", "currency": "AUD", "finding": finding, "approved": False, "status": "listed"}
    return told | {"document": {"status": "PAID"}, "problems": []} | more


class Api:
    """The API of one tenant, and what a ledger was found to have."""

    def __init__(self, contacts: Any = (), documents: Any = (), older: int = 0) -> None:
        self.contacts, self.documents = list(contacts), list(documents)
        self.older = [{"kind": "invoice", "record_id": each, "number": str(each)} for each in range(older)]
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.answers: list[dict[str, Any]] = []

    async def get(self, path: str, **_: Any) -> Any:
        if path == "/tenants":
            return [{"tenant_id": "msp"}]
        if "/runs/" in path:
            return RUN
        page = path.rpartition("/")[2]
        if page in ("contacts", "documents"):
            return {page: getattr(self, page), "next_cursor": None}
        return {"proposals_id": "p", "company_id": "leeds", "finished": True}

    every = get

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        self.asked.append((path.rpartition("/")[2], body))
        return self.answers.pop(0) if self.answers else {**RUN, "proposals_id": "p"}

    async def records(self, _: str, **__: Any) -> list[dict[str, Any]]:
        return self.older


async def told(api: Api, tmp_path: Path | None = None) -> str:
    out = Console(file=StringIO(), width=160)
    options = ProposalOptions(tmp_path / "found.json" if tmp_path else None)
    assert await propose(cast(ApiClient, api), out, None, "leeds", options) == 0
    return cast(StringIO, out.file).getvalue()


async def test_customers_and_records_are_shown_with_what_can_be_done_K24(tmp_path: Path) -> None:
    contacts = [contact("CW-1", "name", "a"), contact("CW-2", "several", "b", "c"), contact("CW-3", "none")]
    found = [document("1", "adopt"), document("2", "free"), document("3", "conflict", problems=[CONFLICT])]
    text = await told(Api(contacts, found), tmp_path)
    rows = {line.split("│")[0].strip(): line for line in text.splitlines() if "│" in line}
    assert "same name" in rows["CW-1"]
    assert "Contact a, account A1: a" in rows["CW-1"]
    assert ("none: would be made" in rows["CW-3"], "2" in rows) == (True, False)
    assert "paid, same customer, date, tax and total" in rows["1"]
    assert "total 1.00 instead of 2.00" in rows["3"]
    for line in (
        "3 customers: 1 same name; 1 several could be it; 1 none: would be made",
        "3 records: 1 the same: can be adopted; 1 conflict; 1 not in the ledger",
        "To link those: tieout link p --all name",
        "To choose one of several: tieout link p NUMBER=ID",
        "To link and batch what is the same: tieout adopt p [NUMBER ...]",
        "Nothing was written to ConnectWise or to a ledger.",
    ):
        assert line in text
    assert '"CW-2"' in (tmp_path / "found.json").read_text()


async def test_of_many_reasons_the_first_is_shown_and_the_way_to_all_K24() -> None:
    text = await told(Api(documents=[document("4", "unplanned", problems=[CONFLICT, CONFLICT, CONFLICT])]))
    assert "and 2 more: tieout preview --record 4" in text


async def test_what_was_decided_is_not_offered_again_K24() -> None:
    contacts = [contact("CW-1", "name", "a", decision="approved"), contact("CW-2", "name", "b", decision="refused")]
    text = await told(Api(contacts, [document("1", "adopt", approved=True)]))
    assert ("linked by a person" in text, "refused by a person" in text) == (True, True)
    assert ("tieout link" in text, "tieout adopt" in text) == (False, False)


async def test_records_from_before_the_go_live_date_are_captured_for_the_look_a_thousand_at_a_time_K24() -> None:
    api = Api(older=1_003)
    text = await told(api)
    (look, body), (asked, _) = api.asked
    assert (look, asked, len(body["records"])) == ("runs", "proposals", 1_000)
    assert "3 more from before the go-live date" in text
    assert "Nothing is unposted" in text


async def test_contacts_are_linked_by_finding_or_by_pair_and_refused_K24() -> None:
    api, out = Api(), Console(file=StringIO(), width=160)
    api.answers = [{"decided": [{"contact_number": "CW-1", "ledger_id": "a"}], "refused": []}] * 2
    words: dict[str, Any] = {"person": "ada", "refuse": False}
    assert await link(cast(ApiClient, api), out, "msp", "p", (), findings=["name"], **words) == 0
    assert await link(cast(ApiClient, api), out, "msp", "p", ["CW-1=a"], findings=(), **words | {"refuse": True}) == 0
    assert [body for _, body in api.asked] == [
        {"person": "ada", "verdict": "approve", "findings": ["name"]},
        {"person": "ada", "verdict": "refuse", "contacts": [{"contact_number": "CW-1", "ledger_id": "a"}]},
    ]
    text = cast(StringIO, out.file).getvalue()
    assert "CW-1: a is its contact from now on" in text
    assert "CW-1: a is not its contact" in text


@pytest.mark.parametrize(("pairs", "findings"), [((), ()), (("CW-1=a",), ("name",)), (("CW-1",), ())])
async def test_a_link_that_names_nothing_or_no_pair_is_refused_in_words_K24(pairs: Any, findings: Any) -> None:
    with pytest.raises(SystemExit, match="CW-19=ID"):
        await link(
            cast(ApiClient, Api()), Console(file=StringIO()), "msp", "p", pairs, findings=findings,
            refuse=False, person="ada",
        )  # fmt: skip


async def test_all_that_can_be_adopted_is_adopted_a_thousand_at_a_time_and_refusals_end_in_an_error_K24() -> None:
    api, out = Api(), Console(file=StringIO(), width=160)
    full = {"approved": [{"number": str(each)} for each in range(1_000)], "refused": []}
    api.answers = [full, {"approved": [{"number": "x"}], "refused": [{"problem": CONFLICT}]}]
    assert await adopt(cast(ApiClient, api), out, "msp", "p", (), person="ada") == 1
    assert [body for _, body in api.asked] == [{"person": "ada"}] * 2
    assert "x: linked and batched" in cast(StringIO, out.file).getvalue()


async def test_chosen_records_are_adopted_by_number_and_unknown_ones_are_said_K24() -> None:
    api, out = Api(documents=[document("1", "adopt")]), Console(file=StringIO(), width=160)
    api.answers = [{"approved": [], "refused": []}]
    assert await adopt(cast(ApiClient, api), out, "msp", "p", ["1"], person="ada") == 0
    assert api.asked == [("adoptions", {"person": "ada", "records": [{"kind": "invoice", "record_id": 1}]})]
    with pytest.raises(SystemExit, match="do not show 9"):
        await adopt(cast(ApiClient, api), out, "msp", "p", ["9"], person="ada")
