"""Invoices and credit memos: composing one from what was sent, with QuickBooks' own totals."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from tieout_simulators.frame.provider import JsonObject
from tieout_simulators.qbo import refusals
from tieout_simulators.qbo.arithmetic import cents, printed_amount, printed_number
from tieout_simulators.qbo.company import Company
from tieout_simulators.qbo.currencies import currency_reference, document_currency
from tieout_simulators.qbo.custom_fields import custom_fields
from tieout_simulators.qbo.dates import parse_day, today
from tieout_simulators.qbo.document_numbers import document_number
from tieout_simulators.qbo.due_dates import due_day
from tieout_simulators.qbo.lines import FormLines, LineComposer
from tieout_simulators.qbo.references import named_reference, new_record, next_head, referred, tracked
from tieout_simulators.qbo.settlement import applied_total, carried_links
from tieout_simulators.qbo.tax import TaxAnswer, TaxQuestion, tax_of

GLOBAL_TAX = ("TaxExcluded", "TaxInclusive", "NotApplicable")
READ_ONLY = frozenset(
    {
        "Id", "SyncToken", "MetaData", "domain", "sparse", "status", "TotalAmt", "Balance", "HomeTotalAmt",
        "HomeBalance", "RemainingCredit", "LinkedTxn", "DeliveryInfo", "FreeFormAddress", "InvoiceLink", "RecurDataRef",
    }
)  # fmt: skip
_ONLINE_PAYMENT = (
    "AllowIPNPayment", "AllowOnlinePayment", "AllowOnlineCreditCardPayment", "AllowOnlineACHPayment",
)  # fmt: skip
_KEPT_AS_SENT = ("BillEmail", "BillEmailCc", "BillEmailBcc", "CustomerMemo", "PrivateNote", "ShipDate", "TrackingNum")


@dataclass(slots=True)
class FormComposer:
    """Composes one invoice or credit memo; ``old`` is what it was before, None for a new one."""

    company: Company
    kind: str
    wanted: JsonObject
    old: JsonObject | None
    now: datetime
    include: str = ""
    customer: JsonObject = field(init=False)
    day: date = field(init=False)

    def compose(self) -> JsonObject:
        """The whole form as it would be saved. Raises ``RefusedError``."""
        self._check_required()
        self.customer = referred(self.company, "Customer", self.wanted["CustomerRef"])
        self.day = parse_day(self.wanted["TxnDate"]) if self.wanted.get("TxnDate") else today(self.now)
        self._check_period()
        code, rate = document_currency(self.company, self.wanted, self.customer)
        lines = self._lines()
        tax = tax_of(self._tax_question(lines))
        total = lines.subtotal - lines.discount + tax.total
        if total < 0:
            raise refusals.negative_total()
        form = self._head()
        form.update(self._middle(code, rate, lines, tax))
        form.update(self._end(total))
        form.update(balances(self.company, self.kind, form, total))
        return {name: value for name, value in form.items() if value is not None}

    @property
    def global_tax(self) -> str:
        """GlobalTaxCalculation, TaxExcluded where none is sent; not applicable to US companies."""
        sent = self.wanted.get("GlobalTaxCalculation")
        if self.company.is_us or sent is None:
            return "TaxExcluded"
        if sent not in GLOBAL_TAX:
            raise refusals.invalid_enumeration("GlobalTaxCalculation", sent)
        return str(sent)

    def _check_required(self) -> None:
        for name in ("CustomerRef", "Line"):
            if self.wanted.get(name) is None:
                raise refusals.missing(name)
        if self.wanted.get("EmailStatus") == "NeedToSend" and not self.wanted.get("BillEmail"):
            raise refusals.missing("BillEmail")

    def _check_period(self) -> None:
        if not self.company.loading:
            refuse_closed(self.company, self.day)
            if self.old is not None:
                refuse_closed(self.company, parse_day(self.old["TxnDate"]))

    def _lines(self) -> FormLines:
        known = frozenset(str(line["Id"]) for line in (self.old or {}).get("Line", []) if "Id" in line)
        composer = LineComposer(self.company, self.customer, self.global_tax, known)
        return composer.compose(self.wanted["Line"])

    def _tax_question(self, lines: FormLines) -> TaxQuestion:
        return TaxQuestion(
            company=self.company,
            lines=lines.taxed,
            subtotal=lines.subtotal,
            discount=lines.discount,
            discount_first=self.wanted.get("ApplyTaxAfterDiscount") is True,
            sent=self.wanted.get("TxnTaxDetail"),
            global_tax=self.global_tax,
            day=self.day,
            customer=self.customer,
            ship_to=self._address("ShipAddr")
            or self._address("BillAddr")
            or self.company.info.get("CompanyAddr")
            or {},
        )

    def _head(self) -> JsonObject:
        online = dict.fromkeys(_ONLINE_PAYMENT, False) if self.kind == "Invoice" else {}
        if self.old is None:
            return {**online, **new_record(self.company, self.kind, self.now, self.wanted)}
        return {**online, **next_head(self.old, self.now)}

    def _middle(self, code: str, rate: Decimal, lines: FormLines, tax: TaxAnswer) -> JsonObject:
        number = self.wanted.get("DocNumber")
        if not self.company.loading:
            number = document_number(self.company, self.kind, self.wanted, self.old, self.include)
        return {
            "CustomField": custom_fields(self.company, self.wanted.get("CustomField")),
            "DocNumber": number,
            "TxnDate": self.day.isoformat(),
            "DepartmentRef": tracked(self.company, "Department", self.wanted.get("DepartmentRef"), "TrackDepartments"),
            "CurrencyRef": currency_reference(self.company, code),
            "ExchangeRate": printed_number(rate) if self.company.multi_currency else None,
            "LinkedTxn": carried_links(self.old),
            "Line": lines.shapes,
            "TxnTaxDetail": tax.detail,
            "CustomerRef": named_reference(self.customer),
            **{name: self.wanted.get(name) for name in _KEPT_AS_SENT},
        }

    def _end(self, total: Decimal) -> JsonObject:
        term = self.wanted.get("SalesTermRef")
        due = due_day(self.company, self.wanted, self.customer, self.day) if self.kind == "Invoice" else None
        return {
            "BillAddr": self._address("BillAddr"),
            "ShipAddr": self._address("ShipAddr"),
            "ClassRef": tracked(self.company, "Class", self.wanted.get("ClassRef"), "ClassTrackingPerTxn"),
            "SalesTermRef": None if term is None else named_reference(referred(self.company, "Term", term)),
            "DueDate": None if due is None else due.isoformat(),
            "GlobalTaxCalculation": None if self.company.is_us else self.global_tax,
            "TotalAmt": printed_amount(total),
            "ApplyTaxAfterDiscount": self.wanted.get("ApplyTaxAfterDiscount") is True,
            "PrintStatus": self.wanted.get("PrintStatus") or "NeedToPrint",
            "EmailStatus": self.wanted.get("EmailStatus") or "NotSet",
            "DeliveryInfo": (self.old or {}).get("DeliveryInfo"),
            "Deposit": printed_amount(Decimal(self.wanted["Deposit"])) if self.wanted.get("Deposit") else None,
        }

    def _address(self, name: str) -> Any:
        """As sent, else the customer's."""
        return self.wanted.get(name) or self.customer.get(name)


def balances(company: Company, kind: str, form: JsonObject, total: Decimal) -> JsonObject:
    """What is left of a form's total, in its own currency and at home. Raises 6000 below what is applied already."""
    left = total - Decimal(form.get("Deposit") or 0) - applied_total(company, kind, form)
    if left < 0:
        raise refusals.business("The amount is less than what is already applied to this transaction.")
    found: JsonObject = {"Balance": printed_amount(left)}
    if kind == "CreditMemo":
        found["RemainingCredit"] = printed_amount(left)
    if company.multi_currency:
        rate = Decimal(form["ExchangeRate"])
        found["HomeTotalAmt"] = printed_amount(cents(total * rate))
        found["HomeBalance"] = printed_amount(cents(left * rate))
    return found


def refuse_closed(company: Company, day: date) -> None:
    """Raises 6200 for a day on or before the BookCloseDate."""
    closed = company.closed_until
    if closed is not None and day <= closed:
        raise refusals.period_closed()


def wanted_form(sent: JsonObject, old: JsonObject | None) -> JsonObject:
    """What the caller wants the form to be: all of what was sent; on a sparse update laid over what was there.

    A sent ``Line`` replaces all lines. New lines without a TxnTaxDetail are taxed anew, by the same US code.
    """
    writable = {name: value for name, value in sent.items() if name not in READ_ONLY}
    if old is None or sent.get("sparse") is not True:
        kept = {} if old is None else {"CurrencyRef": old["CurrencyRef"]}
        return {name: value for name, value in {**kept, **writable}.items() if value is not None}
    wanted = {name: value for name, value in old.items() if name not in READ_ONLY}
    if "Line" in writable and "TxnTaxDetail" not in writable:
        code = (wanted.pop("TxnTaxDetail", None) or {}).get("TxnTaxCodeRef")
        wanted.update({"TxnTaxDetail": {"TxnTaxCodeRef": code}} if code else {})
    return {name: value for name, value in {**wanted, **writable}.items() if value is not None}
