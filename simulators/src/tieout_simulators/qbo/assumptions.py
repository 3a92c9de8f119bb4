"""What the public reference leaves open, decided in one named place each.

Whoever has a real QuickBooks sandbox can confirm or correct a function or constant here; nothing else in the
simulator decides the same question. Where two answers are as likely, the one that catches more mistakes was taken.
The section numbers are those of the researched QuickBooks reference.
"""

from collections.abc import Mapping
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tieout_simulators.qbo import refusals
from tieout_simulators.qbo.refusals import RefusedError

SERVER_OFFSET_H = -8
"""Times are printed in Pacific time, all year; a missing TxnDate is today's there (recorded times are Pacific)."""

REQUEST_ID_RETENTION = timedelta(hours=24)
"""How long a requestid replays its answer (3.1: not documented)."""

THROTTLE_FAULT_TYPE = "SERVICE"
"""The ``type`` of the 429 fault (2.2: reports differ)."""

DUPLICATE_NUMBER_PREFERENCE = "WarnDuplicateInvoiceNumber"
"""The OtherPrefs name that makes sales forms refuse a used DocNumber; invented after the documented names for bills,
cheques and journals (1.6, 8.7)."""

MIXED_LIST_COLUMNS = {"Item": frozenset({"Sku"})}
"""Fields that ``SELECT *`` leaves out and that must be named (6: seen in python-quickbooks only)."""

UNFILTERABLE = frozenset(
    {"PrivateNote", "Line", "TxnTaxDetail", "LinkedTxn", "CustomField", "BillAddr", "ShipAddr", "CustomerMemo"}
)
"""Fields that a WHERE refuses: those the pages do not call filterable, above all PrivateNote (1.6)."""

REFRESH_GRACE = timedelta()
"""How long a replaced refresh token still works: not at all (4.3: the second of two refreshes fails)."""

CONSENT_CODE_LIFE = timedelta(minutes=10)
"""How long an authorisation code may be exchanged."""

VOID_NOTE = "Voided"
"""PrivateNote after a void; what stood there is lost (3.5 shows an invoice that had none; 8.11)."""

VOIDED_QUANTITY = Decimal(0)
"""Qty of the lines of a voided form; the price stays (the recorded one had neither)."""


ROUNDING = ROUND_HALF_UP
"""Half up is away from zero on both sides, so that a credit mirrors its invoice (1.1 leaves the negatives open)."""

DEFAULT_TAX_ROUNDING = "per_rate"
"""Outside the US each rate is rounded on its summed base, unless the company is set to ``per_line`` (1.5, 8.3)."""

AMOUNT_TOLERANCE = Decimal(0)
"""6070: how far Amount, rounded to 2 places, may be from Qty times UnitPrice. It is only checked where both were sent
(1.1, 8.1)."""

QUOTED_NUMBERS_ARE_READ = True
"""A number in quotes is read as a number, as Intuit's JSON reader does elsewhere (7.5, 8.9)."""

OTHER_BODY_IS_REPLAYED = True
"""The same requestid with another body gets the first answer too (3.1, 8.4)."""

REFUSED_CALLS_COUNT = False
"""Throttled calls do not use up a limit. A batch is one call; windows begin with their first call (2.1: none of it is
documented)."""

GROUP_LINES_ARE_WRITTEN = False
"""Writing a group line is refused as unsupported; it can only be read (5: group items cannot be created)."""

OWN_NUMBERING_WINS = True
"""Where CustomTxnNumbers is off a sent DocNumber is replaced (1.6: the docs advise not to send one)."""

UNTRACKED_REFERENCES_ARE_DROPPED = True
"""A ClassRef or DepartmentRef is dropped without a word where its tracking is off (5 says only "usable by")."""

REMOVAL_UNLINKS_PAYMENTS = True
"""Deleting or voiding a paid form is taken and sets its payments' amounts free; else it would be 620 (3.4)."""

AUTO_CREDIT_IS_IN_THE_ANSWER = True
"""The answer to a create already shows what AutoApplyCredit applied: Balance, LinkedTxn and a risen SyncToken."""


def is_remembered(status: int) -> bool:
    """Answers and definite faults are kept under their requestid; 401, 403, 429 and 5xx are not (3.1, 8.4)."""
    return status in (200, 400)


def is_request_id(text: str) -> bool:
    """Which characters a requestid may have: letters, digits, ``-``, ``_`` and ``.`` (3.1: only 2130 is known)."""
    return text.replace("-", "").replace("_", "").replace(".", "").isalnum() and text.isascii()


def line_without_item(line: Mapping[str, Any]) -> dict[str, Any]:
    """A sales line without ItemRef comes back as a description line (1.1: its amount is ignored)."""
    text = {"Description": line["Description"]} if "Description" in line else {}
    return {**text, "DetailType": "DescriptionOnly", "DescriptionLineDetail": {}}


def keeps_sent_tax(detail: Mapping[str, Any], used_rates: frozenset[str]) -> bool:
    """Sent tax amounts are kept where TxnTaxDetail is complete: TotalTax, and a TaxLine with an amount for every rate
    in use, which add up (1.4, 8.2, 8.3)."""
    lines = detail.get("TaxLine", [])
    if "TotalTax" not in detail or any("Amount" not in line for line in lines):
        return False
    rates = [line.get("TaxLineDetail", {}).get("TaxRateRef", {}).get("value") for line in lines]
    total = sum((line["Amount"] for line in lines), Decimal(0))
    return bool(used_rates) and sorted(map(str, rates)) == sorted(used_rates) and total == detail["TotalTax"]


def share_that_takes_the_rest(count: int) -> int:
    """US tax of several rates is rounded once as a whole; this of its shares takes the odd cents (1.5: not known)."""
    return count - 1


def term_reference(form: Mapping[str, Any], customer: Mapping[str, Any], sales: Mapping[str, Any]) -> Any:
    """The term that sets a due date: the form's, its customer's, the company's; None: due at once (recorded: a due
    date without any SalesTermRef)."""
    return form.get("SalesTermRef") or customer.get("SalesTermRef") or sales.get("DefaultTerms")


def page_too_large(size: str, highest: int) -> RefusedError:
    """MAXRESULTS above the maximum is refused, not cut (6 knows only the maximum)."""
    return refusals.query_invalid(f"value {size} is too large. Maximum value for MAXRESULTS is {highest}")


def taxable_after_discount(base: Decimal, subtotal: Decimal, discount: Decimal) -> Decimal:
    """``ApplyTaxAfterDiscount``: a discount lowers each taxable base in proportion (5: not documented how)."""
    return base - discount * base / subtotal if subtotal else base


def refuses_duplicate(preferences: Mapping[str, Any], include: str) -> bool:
    """Sales forms refuse a used number only where the company's preference says so (1.6, 8.7)."""
    pairs = preferences.get("OtherPrefs", {}).get("NameValue", [])
    wanted = {pair.get("Name"): str(pair.get("Value")).lower() for pair in pairs}
    return wanted.get(DUPLICATE_NUMBER_PREFERENCE) == "true" and include != "allowduplicatedocnum"


def duplicate_name_detail(holder_id: str, *, same_kind: bool) -> str:
    """6240 names the holder among its own kind, ``null`` across kinds (3.3: both have been seen)."""
    return f"Id={holder_id}" if same_kind else "null"


def freed_name(name: str) -> str:
    """A name that is made inactive frees itself by its suffix (3.5: the suffix is recorded)."""
    return f"{name} (deleted)"


def reactivated_name(name: str) -> str:
    """A name that is made active again loses the suffix (3.5: not documented)."""
    return name.removesuffix(freed_name(""))


def applied_amount(wanted: Decimal, open_balance: Decimal) -> Decimal:
    """A payment line above the open balance pays the balance; the rest stays unapplied (overpayments are taken)."""
    return min(wanted, open_balance)


def subscription_is_open(status: str) -> bool:
    """Which SubscriptionStatus of CompanyInfo closes a company with 6190 (3.4 knows only the code)."""
    return status.upper() not in ("EXPIRED", "CANCELLED", "CANCELED", "SUSPENDED")


def compared_text(text: str) -> str:
    """A query compares text without regard to case (6: not documented)."""
    return text.casefold()


def default_order(kind: str, record: Mapping[str, Any]) -> tuple[Any, ...]:
    """Without ORDERBY lists come by name and transactions by date, newest first (recorded; not documented)."""
    if "TxnDate" in record:
        return (-int(str(record["TxnDate"]).replace("-", "")), -int(record["Id"]))
    name = record.get("DisplayName") or record.get("Name") or ""
    return (compared_text(str(name)), str(record.get("Id", "")))


def absent_or_inactive(label: str, value: Any, *, exists: bool) -> RefusedError:
    """A reference to nothing is 2500, one to something inactive is 610 (3.4 gives both codes to both)."""
    return refusals.not_found() if exists else refusals.invalid_reference(label, value)


def currency_mismatch(code: str) -> RefusedError:
    """A currency of the company that is not the customer's is 6000 (5 says only that they should match)."""
    return refusals.business(f"The currency {code} of the transaction is not the one of its customer.")


def changed_since_too_old(days: int) -> RefusedError:
    """What a changedSince beyond the limit gets (6 knows only the limit)."""
    return RefusedError("2060", "Invalid date", f"changedSince reaches back {days} days at most", "changedSince")


def default_line_tax(item: Mapping[str, Any], customer: Mapping[str, Any]) -> str:
    """A US line without TaxCodeRef is taxed where item and customer are taxable (recorded: NON for a service)."""
    return "TAX" if item.get("Taxable") and customer.get("Taxable", True) else "NON"


def tax_code_missing() -> RefusedError:
    """Outside the US a line with an item needs a tax code, its own or the item's (1.2: not documented)."""
    return refusals.business("Make sure all your transactions have a tax rate before you save.")


def taxed_amount(line_amount: Decimal) -> Decimal:
    """With TaxInclusive too the net Amount is taxed, so that some gross prices cannot be reached; a sent
    TaxInclusiveAmt is only kept (1.2, 8.3)."""
    return line_amount
