"""A month some of whose GL transactions are not what ConnectWise documents, and what must be said of each."""

from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tieout_simulators.month import Month, build_volume

DECIDES_NOTHING = (
    "attention", "site", "companyType", "companyAccountNumber", "memo", "description", "dueDays", "billingTermsXref",
    "emailDeliveryFlag", "printDeliveryFlag", "agreementPrePaymentFlag", "shipToCompany", "shipToCompanyAccountNumber",
    "shipToCompanyType", "shipSite", "shipContact", "taxAgencyXref", "stateTaxXref", "taxDpAppliedFlag",
)  # fmt: skip
DECIDES_NOTHING_IN_A_LINE = (
    "cost", "itemCost", "unitOfMeasure", "itemTypeXref", "serializedFlag", "dropShippedFlag", "invoiceSummaryOption",
    "documentDate", "documentType", "taxRate", "taxRatePercent",
)  # fmt: skip


@dataclass(frozen=True)
class BrokenMonth:
    """`refused`: the codes of each refused record by number; `repairs`: what a person does in ConnectWise to the
    record of each number; `unsupported`: the number of the one that nobody can repair."""

    month: Month
    refused: dict[str, set[str]]
    repairs: dict[str, dict[str, Any]]
    unsupported: str


def broken_month() -> BrokenMonth:
    """Eight records: one whole, two that lack what decides nothing or say new words, five that must be refused."""
    month = build_volume(invoices=8, lines=3)
    transactions = month.connectwise["gl_transactions"]
    whole = {one["documentNumber"]: deepcopy(one) for one in transactions}
    lean, new_words, no_date, no_amount, no_kind, off_by_a_cent, unknown_type = transactions[:7]
    numbers = [one["documentNumber"] for one in (no_date, no_amount, no_kind, off_by_a_cent)]

    for name in DECIDES_NOTHING:
        lean.pop(name, None)
    for line in lean["detail"]:
        for name in DECIDES_NOTHING_IN_A_LINE:
            line.pop(name, None)
    new_words.update(documentType="HOLOGRAM", billingType="Sideways", companyType={"id": 99, "name": "Not invented"})
    new_words["detail"][0].update(documentType="HOLOGRAM", invoiceSummaryOption="42", itemTypeXref="Quantum")

    del no_date["documentDate"]
    del no_amount["detail"][0]["total"]
    del no_kind["detail"][1]["glTypeId"]
    off_by_a_cent["detail"][0]["total"] += Decimal("0.01")
    invoices = month.connectwise["entities"]["/finance/invoices"]
    next(one for one in invoices if one["id"] == unknown_type["id"])["type"] = "Subscription"
    month.connectwise["incoherent_on_purpose"] = [one["id"] for one in (no_date, no_amount, no_kind, off_by_a_cent)]
    codes = ("capture.malformed", "capture.malformed", "capture.malformed", "capture.unbalanced")
    return BrokenMonth(
        month,
        refused={
            **{number: {code} for number, code in zip(numbers, codes, strict=True)},
            unknown_type["documentNumber"]: {"capture.unsupported_type"},
        },
        repairs={number: {"kind": "replace_gl_transaction", "transaction": whole[number]} for number in numbers},
        unsupported=unknown_type["documentNumber"],
    )
