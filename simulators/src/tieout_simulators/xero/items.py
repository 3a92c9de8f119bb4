"""Items (products and services): their rules, and the indexes they are found by."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from tieout_simulators.xero import fields, messages
from tieout_simulators.xero.arithmetic import rounded
from tieout_simulators.xero.chart import Chart
from tieout_simulators.xero.dates import ms_moment, parse_moment
from tieout_simulators.xero.fields import Element
from tieout_simulators.xero.ids import IdSource

MAX_CODE = 30
_TEXT_LIMITS = {"Name": 50, "Description": 4000, "PurchaseDescription": 4000, "InventoryAssetAccountCode": 10}
_SIDES = ("SalesDetails", "PurchaseDetails")
_SIDE_ACCOUNTS = ("AccountCode", "COGSAccountCode")


@dataclass(slots=True)
class Item:
    """One item; ``shape`` is what the API shows, prices with up to 4 decimals."""

    shape: dict[str, Any]
    updated: datetime

    @property
    def item_id(self) -> str:
        return str(self.shape["ItemID"])

    @property
    def code(self) -> str:
        return str(self.shape["Code"])

    def lacks(self, quantity: Decimal) -> bool:
        """Whether it is tracked and fewer are on hand."""
        return bool(self.shape["IsTrackedAsInventory"]) and quantity > self.shape.get("QuantityOnHand", Decimal(0))

    def as_json(self, unit_places: int) -> dict[str, Any]:
        shape = {**self.shape, "UpdatedDateUTC": ms_moment(self.updated)}
        for side in _SIDES:
            if "UnitPrice" in shape[side]:
                shape[side] = {**shape[side], "UnitPrice": rounded(shape[side]["UnitPrice"], unit_places)}
        return shape


class ItemBook:
    """All items of one organisation."""

    def __init__(self, chart: Chart, ids: IdSource) -> None:
        self._chart = chart
        self._ids = ids
        self.by_id: dict[str, Item] = {}
        self.by_code: dict[str, Item] = {}

    def find(self, id_or_code: str) -> Item | None:
        """By ItemID, else by Code."""
        return self.by_id.get(id_or_code.lower()) or self.by_code.get(id_or_code)

    def save(self, item: Item) -> None:
        """Put an item in, replacing the one of the same id."""
        if old := self.by_id.get(item.item_id):
            self.by_code.pop(old.code, None)
        self.by_id[item.item_id] = item
        self.by_code[item.code] = item

    def plan(self, element: Element, known: Item | None, unit_places: int, now: datetime, problems: list[str]) -> Item:
        """The item as it will be: the known one with the sent fields over it, or a new one. Not saved yet."""
        sent = {name: value for name, value in element.items() if value is not None}
        shape = dict(known.shape) if known else self._blank(sent)
        code = fields.text(sent, "Code", problems, MAX_CODE)
        shape["Code"] = code or shape["Code"]
        if not shape["Code"]:
            problems.append(messages.ITEM_CODE_MISSING)
        other = self.by_code.get(shape["Code"])
        if other is not None and other.item_id != shape["ItemID"]:
            problems.append(messages.item_taken(shape["Code"]))
        for name, limit in _TEXT_LIMITS.items():
            value = fields.text(sent, name, problems, limit)
            if value is not None:
                shape[name] = value
        for name in ("IsSold", "IsPurchased"):
            shape[name] = shape[name] if (said := fields.flag(sent, name, problems)) is None else said
        for side in _SIDES:
            if side in sent:
                shape[side] = {**shape[side], **self._side(sent[side], side, unit_places, problems)}
        self._clear_unused_sides(shape)
        asset, cost = shape.get("InventoryAssetAccountCode"), shape["PurchaseDetails"].get("COGSAccountCode")
        shape["IsTrackedAsInventory"] = bool(asset and cost)
        return Item(shape, now)

    def load(self, shape: Element, now: datetime) -> None:
        """Put in an item of a data file. Raises ``ValueError`` when it breaks Xero's rules."""
        problems: list[str] = []
        known = self.by_id.get(str(shape.get("ItemID", "")).lower())
        item = self.plan(shape, known, 4, now, problems)
        if problems:
            msg = f"item {shape.get('Code')!r}: {'; '.join(problems)}"
            raise ValueError(msg)
        item.shape.update({name: shape[name] for name in ("QuantityOnHand", "TotalCostPool") if name in shape})
        if shape.get("UpdatedDateUTC"):
            item.updated = parse_moment(shape["UpdatedDateUTC"])
        self.save(item)

    def _blank(self, sent: Element) -> dict[str, Any]:
        return {
            "ItemID": str(sent.get("ItemID") or self._ids.next()).lower(),
            "Code": "",
            "PurchaseDetails": {},
            "SalesDetails": {},
            "IsTrackedAsInventory": False,
            "IsSold": True,
            "IsPurchased": True,
        }

    def _side(self, sent: Any, side: str, unit_places: int, problems: list[str]) -> dict[str, Any]:
        if not isinstance(sent, dict):
            problems.append(messages.not_convertible(side, sent))
            return {}
        details: dict[str, Any] = {}
        price = fields.number(sent, "UnitPrice", problems)
        if price is not None:
            details["UnitPrice"] = rounded(price, unit_places)
        for name in _SIDE_ACCOUNTS:
            if code := fields.text(sent, name, problems):
                details[name] = code
                problems.extend(_account_problems(self._chart, code))
        if tax_type := fields.text(sent, "TaxType", problems):
            details["TaxType"] = tax_type
            if tax_type not in self._chart.tax_rates:
                problems.append(messages.tax_type_unknown(tax_type))
        return details

    @staticmethod
    def _clear_unused_sides(shape: dict[str, Any]) -> None:
        """Setting IsSold or IsPurchased to false nulls that side's fields."""
        for used, side, text in (
            ("IsSold", "SalesDetails", "Description"), ("IsPurchased", "PurchaseDetails", "PurchaseDescription"),
        ):  # fmt: skip
            if not shape[used]:
                shape[side] = {}
                shape.pop(text, None)


def _account_problems(chart: Chart, code: str) -> list[str]:
    account = chart.accounts_by_code.get(code)
    if account is None:
        return [messages.account_unknown(code)]
    return [] if account.is_active else [messages.account_archived(code)]
