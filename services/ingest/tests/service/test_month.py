"""A believable month of an MSP: everything captured, batched one by one, in few calls."""

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from pydantic import SecretStr

from tieout_contracts.settings import Arming
from tieout_simulators.month import build_month

pytestmark = [pytest.mark.postgres, pytest.mark.http]

NOT_POSTED = {"refused", "conflict", "adopt", "listed"}


async def test_a_month_is_captured_and_batched_with_at_most_1_3_calls_each_F51(
    workshop: Any, psa: Callable[..., Any]
) -> None:
    month = build_month(7)
    documents = {each["invoice_id"]: each for each in month.expected["documents"]}
    site = psa(month.connectwise)
    server = month.connectwise["server"]
    workshop.config.connection(
        site.url,
        login_company=server["company_id"],
        client_id=server["client_id"],
        public_key=SecretStr(server["public_key"]),
        private_key=SecretStr(server["private_key"]),
    )
    for rule in month.expected["fault_rules"]["connectwise"]:
        site.fault(**rule)
    arming = Arming.model_validate({"armed": True, "go_live": month.expected["go_live"]})
    workshop.config.company(locations=(11,), arming=arming)

    await workshop.run()
    news = await workshop.news()
    for each in news.captured:
        expected = documents[each.record_ref.record_id]
        assert (each.number, each.record.total, each.record.tax) == (
            expected["number"],
            abs(Decimal(expected["total"])),
            abs(Decimal(expected["tax"])),
        )
        assert each.record.kind == expected["kind"]
        assert each.record.missing == ()
    (run,) = news.runs
    stages = Counter(news.stages.values())
    assert stages["listed"] == run.listed == 14
    assert news.stages[138307] == "refused"
    assert news.stages[138306] == "batched_elsewhere"
    assert run.captured == len(news.captured) == len(documents) - 14 - 2

    posted = [each for each in news.captured if documents[each.record_ref.record_id]["disposition"] not in NOT_POSTED]
    for start in range(0, len(posted), 45):
        await workshop.settle(*posted[start : start + 45])
    settled = await workshop.news()
    assert Counter(settled.stages.values()) == {"batched": len(posted) - 1, "changed_while_posting": 1}
    difference = settled.staged_of(138388).problems[0].sentence
    assert "account was" in difference
    assert len(site.batches()) == len(posted) - 1 + 1
    calls = site.calls()
    assert sum(calls.values()) - calls["POST /finance/accounting/batches"] <= 80
    assert sum(calls.values()) / (len(posted) - 1) <= 1.3
