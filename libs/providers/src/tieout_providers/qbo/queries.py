"""QuickBooks Online's query language, built so that only known fields are asked and a value never ends its quotation.

It knows AND only, no OR; `IN` stands in for it. Positions begin at 1. Deleted transactions never appear in an answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from tieout_providers.errors import Unsendable
from tieout_providers.qbo.errors import QBO
from tieout_providers.qbo.limits import PAGE_SIZE

Entity = Literal[
    "Account",
    "Class",
    "CompanyCurrency",
    "CreditMemo",
    "Customer",
    "Department",
    "Employee",
    "Invoice",
    "Item",
    "TaxCode",
    "TaxRate",
    "Term",
    "Vendor",
]
Value = str | bool

_LIST = frozenset({"Id", "Name", "Active"})
_NAME = frozenset({"Id", "DisplayName", "Active"})
_DOCUMENT = frozenset({"Id", "DocNumber", "TxnDate", "CustomerRef"})
FIELDS: Mapping[Entity, frozenset[str]] = {
    "Account": _LIST | {"AccountType"},
    "Class": _LIST,
    "CompanyCurrency": frozenset({"Id", "Code", "Active"}),
    "CreditMemo": _DOCUMENT,
    "Customer": _NAME,
    "Department": _LIST,
    "Employee": _NAME,
    "Invoice": _DOCUMENT,
    "Item": _LIST | {"Type", "Sku"},
    "TaxCode": _LIST,
    "TaxRate": _LIST,
    "Term": _LIST,
    "Vendor": _NAME,
}
"""What each entity may be asked by."""
COLUMNS: Mapping[Entity, str] = {"Item": "*, Sku"}
"""What is asked for beyond `*`: an item's Sku is left out otherwise (seen in python-quickbooks, unconfirmed)."""
HAS_INACTIVE = frozenset(entity for entity in get_args(Entity) if "Active" in FIELDS[entity])


@dataclass(frozen=True, slots=True)
class Condition:
    """`field IN (values)`, or `=` for a single value."""

    field: str
    values: tuple[Value, ...]


def equals(field: str, value: Value) -> Condition:
    """The field has this value."""
    return Condition(field, (value,))


def among(field: str, values: Sequence[Value]) -> Condition:
    """The field has one of these values."""
    return Condition(field, tuple(values))


INACTIVE_TOO = among("Active", (True, False))
"""Without it a list leaves out what was made inactive."""


def select(entity: Entity, *conditions: Condition, start: int = 1, most: int = PAGE_SIZE) -> str:
    """A page of the rows for which every condition holds. Raises Unsendable for an unknown field or a bad value."""
    if start < 1 or not 1 <= most <= PAGE_SIZE:
        raise Unsendable(QBO, "condition_bad", f"A page begins at 1 or later and has 1 to {PAGE_SIZE} rows.")
    asked = " and ".join(_written(entity, each) for each in conditions)
    columns = COLUMNS.get(entity, "*")
    return f"select {columns} from {entity}{' where ' if asked else ''}{asked} startposition {start} maxresults {most}"  # noqa: S608


def quoted(text: str) -> str:
    r"""Text in single quotes with `\'` for a quote (recorded) and `\\` for a backslash (unconfirmed)."""
    if not text.isprintable():
        raise Unsendable(QBO, "condition_bad", "A value to look for must not contain control characters.")
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _written(entity: Entity, condition: Condition) -> str:
    if condition.field not in FIELDS[entity]:
        raise Unsendable(QBO, "condition_bad", f"{entity} is not asked by {condition.field[:40]!r}.")
    if not condition.values:
        raise Unsendable(QBO, "condition_bad", "A list of values to look for must not be empty.")
    written = [str(value).lower() if isinstance(value, bool) else quoted(value) for value in condition.values]
    if len(written) == 1:
        return f"{condition.field} = {written[0]}"
    return f"{condition.field} in ({', '.join(written)})"
