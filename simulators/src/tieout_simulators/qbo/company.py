"""One company: its settings, lists and transactions, in QuickBooks' own shapes."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from tieout_simulators.frame.provider import JsonObject
from tieout_simulators.qbo.assumptions import DEFAULT_TAX_ROUNDING
from tieout_simulators.qbo.dates import parse_day, printed_moment
from tieout_simulators.qbo.limits import Window
from tieout_simulators.qbo.request_ids import RequestIds

SALES_FORMS = ("Invoice", "CreditMemo")
TRANSACTIONS = (*SALES_FORMS, "Payment")
NAMES = ("Customer", "Vendor", "Employee")
LISTS = (
    "Account", "TaxCode", "TaxRate", "TaxAgency", "Term", "Class", "Department", "Item", "PaymentMethod",
    "CompanyCurrency",
)  # fmt: skip
COLLECTIONS = (*LISTS, *NAMES, *TRANSACTIONS)
SALES_TAX_BEHAVIOURS = ("honoured", "recomputed", "ignored")
TAX_ROUNDINGS = ("per_rate", "per_line")
REALM_MINUTE_LIMIT = 500
REALM_BATCH_MINUTE_LIMIT = 120


@dataclass(slots=True)
class Collection:
    """All entities of one kind, by id; ``deleted`` holds what CDC says of deleted ones."""

    kind: str
    by_id: dict[str, JsonObject] = field(default_factory=dict)
    deleted: dict[str, JsonObject] = field(default_factory=dict)

    def __iter__(self) -> Iterator[JsonObject]:
        return iter(self.by_id.values())


class Company:
    """Everything of one realm."""

    def __init__(self, realm_id: str) -> None:
        self.realm_id = realm_id
        self.info: JsonObject = {}
        self.preferences: JsonObject = {}
        self.exchange_rates: list[JsonObject] = []
        self.sales_tax_behaviour = "honoured"
        self.tax_rounding = DEFAULT_TAX_ROUNDING
        self.automated_rates: list[JsonObject] = []
        """``{CountrySubDivisionCode, PostalCode (how it begins), TaxCodeRef}`` of Automated Sales Tax."""
        self.collections = {kind: Collection(kind) for kind in COLLECTIONS}
        self.loading = False
        """While a data file is read: ids and tokens are the file's, closed periods and inactive entities are taken."""
        self.request_ids = RequestIds()
        self.minute = Window(60, REALM_MINUTE_LIMIT)
        self.batches = Window(60, REALM_BATCH_MINUTE_LIMIT)
        self.last_number = 0
        """The highest DocNumber of a sales form that is a number."""
        self._last_ids: defaultdict[str, int] = defaultdict(int)
        self._of_customer: defaultdict[str, dict[tuple[str, str], JsonObject]] = defaultdict(dict)
        self._holders: dict[str, tuple[str, str]] = {}
        self.changes: list[tuple[str, str, str]] = []
        """``(kind, id, operation)`` since they were last taken; webhooks tell of them."""

    @property
    def is_us(self) -> bool:
        return str(self.info.get("Country", "US")).upper() in ("US", "USA")

    @property
    def uses_sales_tax(self) -> bool:
        """``UsingSalesTax``; where a file does not say, outside the US only."""
        said = self.group("TaxPrefs").get("UsingSalesTax")
        return said is True if self.is_us else said is not False

    @property
    def home_currency(self) -> str:
        home = self.group("CurrencyPrefs").get("HomeCurrency", "USD")
        return str(home["value"] if isinstance(home, dict) else home)

    @property
    def multi_currency(self) -> bool:
        return self.group("CurrencyPrefs").get("MultiCurrencyEnabled") is True

    @property
    def subscription_status(self) -> str:
        """``SubscriptionStatus`` of CompanyInfo; empty when it says none."""
        pairs = self.info.get("NameValue") or []
        return next((str(pair.get("Value")) for pair in pairs if pair.get("Name") == "SubscriptionStatus"), "")

    @property
    def closed_until(self) -> date | None:
        """BookCloseDate: this day and all before it are closed."""
        written = self.group("AccountingInfoPrefs").get("BookCloseDate")
        return parse_day(written) if written else None

    def group(self, name: str) -> JsonObject:
        """A group of preferences such as ``TaxPrefs``; empty when the company has none."""
        found: JsonObject = self.preferences.get(name) or {}
        return found

    def find(self, kind: str, entity_id: Any) -> JsonObject | None:
        return self.collections[kind].by_id.get(str(entity_id))

    def next_id(self, kind: str) -> str:
        """Transactions share one sequence, and so do customers, vendors and employees."""
        sequence = _sequence(kind)
        self._last_ids[sequence] += 1
        return str(self._last_ids[sequence])

    def save(self, kind: str, record: JsonObject, operation: str) -> None:
        """Put an entity in, replacing the one of the same id. ``operation`` is what a webhook would say."""
        entity_id = str(record["Id"])
        if entity_id.isdecimal():
            self._last_ids[_sequence(kind)] = max(self._last_ids[_sequence(kind)], int(entity_id))
        collection = self.collections[kind].by_id
        if (old := collection.get(entity_id)) is not None:
            self._unindex(kind, old)
        collection[entity_id] = record
        if kind in NAMES:
            self._holders[name_key(record["DisplayName"])] = (kind, entity_id)
        if kind in TRANSACTIONS:
            self._of_customer[record["CustomerRef"]["value"]][(kind, entity_id)] = record
        if kind in SALES_FORMS and (number := record.get("DocNumber", "")).isdecimal():
            self.last_number = max(self.last_number, int(number))
        self.changes.append((kind, entity_id, operation))

    def remove(self, kind: str, record: JsonObject, now: datetime) -> None:
        """Delete a transaction for good; CDC tells of it."""
        entity_id = record["Id"]
        self._unindex(kind, record)
        del self.collections[kind].by_id[entity_id]
        self.collections[kind].deleted[entity_id] = {
            "domain": "QBO",
            "status": "Deleted",
            "Id": entity_id,
            "MetaData": {"LastUpdatedTime": printed_moment(now)},
        }
        self.changes.append((kind, entity_id, "Delete"))

    def holder(self, display_name: str) -> tuple[str, str] | None:
        """Kind and id of the customer, vendor or employee of this name."""
        return self._holders.get(name_key(display_name))

    def transactions_of(self, customer_ids: Iterable[str]) -> list[tuple[str, JsonObject]]:
        """Kind and record of all transactions of these customers, in the order they were first saved."""
        return [(kind, record) for each in customer_ids for (kind, _), record in self._of_customer[each].items()]

    def _unindex(self, kind: str, old: JsonObject) -> None:
        if kind in NAMES and self._holders.get(name_key(old["DisplayName"])) == (kind, old["Id"]):
            del self._holders[name_key(old["DisplayName"])]
        if kind in TRANSACTIONS:
            self._of_customer[old["CustomerRef"]["value"]].pop((kind, old["Id"]), None)


def name_key(display_name: str) -> str:
    """Names are the same regardless of case and outer spaces."""
    return display_name.strip().casefold()


def _sequence(kind: str) -> str:
    return "transaction" if kind in TRANSACTIONS else "name" if kind in NAMES else kind
