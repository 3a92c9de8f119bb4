"""One organisation: its settings, reference data, contacts, items and documents."""

from datetime import date, datetime
from typing import Any

from tieout_simulators.xero.chart import Chart
from tieout_simulators.xero.contacts import ContactBook
from tieout_simulators.xero.dates import ms_day, ms_envelope, parse_day
from tieout_simulators.xero.documents import CREDIT_NOTE, INVOICE, DocumentBook, DocumentKind
from tieout_simulators.xero.ids import IdSource
from tieout_simulators.xero.items import ItemBook

_ACTIONS = (
    "CreateApprovedInvoice", "CreateDraftInvoice", "CreateApprovedBill", "CreateDraftBill",
    "CreateDraftPurchaseOrder", "UseMulticurrency",
)  # fmt: skip
_LOCK_FIELDS = {"period": "PeriodLockDate", "end of year": "EndOfYearLockDate"}
ALLOWED = "ALLOWED"


class Books:
    """Everything one organisation holds; ``settings`` is its Organisation as the API shows it."""

    def __init__(self, tenant_id: str, now: datetime) -> None:
        self.tenant_id = tenant_id
        self.ids = IdSource(tenant_id)
        self.settings: dict[str, Any] = {
            "OrganisationID": tenant_id,
            "Name": "Simulated organisation",
            "PaysTax": True,
            "Version": "GLOBAL",
            "OrganisationType": "COMPANY",
            "BaseCurrency": "USD",
            "CountryCode": "US",
            "IsDemoCompany": False,
            "OrganisationStatus": "ACTIVE",
            "FinancialYearEndDay": 31,
            "FinancialYearEndMonth": 12,
            "SalesTaxBasis": "ACCRUALS",
            "DefaultSalesTax": "Tax Exclusive",
            "DefaultPurchasesTax": "Tax Exclusive",
            "CreatedDateUTC": ms_envelope(now),
            "OrganisationEntityType": "COMPANY",
            "Timezone": "UTC",
            "ShortCode": f"!{tenant_id[:5]}",
            "Edition": "BUSINESS",
            "Class": "PREMIUM",
            "Addresses": [],
            "Phones": [],
            "ExternalLinks": [],
            "PaymentTerms": {},
        }
        self.actions: dict[str, str] = dict.fromkeys(_ACTIONS, ALLOWED)
        self.chart = Chart(self.ids)
        self.contacts = ContactBook(self.chart, self.ids)
        self.items = ItemBook(self.chart, self.ids)
        self.invoices = DocumentBook(INVOICE)
        self.credit_notes = DocumentBook(CREDIT_NOTE)

    def take_changes(self) -> list[tuple[str, str, str]]:
        """Category, id and type of every change since the last time, each once."""
        sources = (("INVOICE", self.invoices), ("CREDITNOTE", self.credit_notes), ("CONTACT", self.contacts))
        found = [(category, *change) for category, book in sources for change in book.changes]
        for _, book in sources:
            book.changes.clear()
        return list(dict.fromkeys(found))

    @property
    def name(self) -> str:
        return str(self.settings["Name"])

    @property
    def base_currency(self) -> str:
        return str(self.settings["BaseCurrency"])

    def documents(self, kind: DocumentKind) -> DocumentBook:
        """The invoices or the credit notes."""
        return self.invoices if kind is INVOICE else self.credit_notes

    def change_settings(self, sent: dict[str, Any]) -> None:
        """Lay fields over the organisation's; a null takes one away, lock dates may be plain days.

        Raises ``ValueError`` for a lock date that is no date.
        """
        for name, value in sent.items():
            if value is None:
                self.settings.pop(name, None)
            elif name in _LOCK_FIELDS.values():
                self.settings[name] = ms_day(parse_day(value))
            else:
                self.settings[name] = value
        self.chart.currencies.setdefault(
            self.base_currency, {"Code": self.base_currency, "Description": self.base_currency}
        )

    def lock_against(self, day: date) -> tuple[str, date] | None:
        """The lock (``end of year`` or ``period``) that covers a day, with its date; the lock's own day is covered."""
        for which in ("end of year", "period"):
            written = self.settings.get(_LOCK_FIELDS[which])
            if written and day <= (lock := parse_day(written)):
                return which, lock
        return None

    def may(self, action: str) -> bool:
        """Whether the organisation's plan allows an action."""
        return self.actions.get(action, ALLOWED) == ALLOWED
