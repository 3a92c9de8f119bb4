"""The ledger's own ids by name, as they stand beside the reference data: documents say codes, calls say ids."""

from collections.abc import Mapping

from tieout_posting.ledger import item_key

OBSTACLE = "obstacle"
"""Why nothing can be posted into the company, in words; absent where nothing stands in the way."""
REGIME = "tax"
"""by_line outside the United States; inside by_hand or automated, or none where the company uses no sales tax."""
CHARSET = "charset"
"""latin-1 in the United States."""
HOME_CURRENCY = "currency"
MANY_CURRENCIES = "currencies"
CLASS_PLACE = "class place"
"""line or document: where a class stands."""


class Unknown(ValueError):
    """The company had nothing of that name when its reference data was last read."""


def account_key(code: str) -> str:
    """An account's id."""
    return f"account:{code}"


def item_account_key(code: str) -> str:
    """The code of the account that an item sells to."""
    return f"account of item:{code}"


def rates_key(tax_code: str) -> str:
    """The ids of a tax code's sales rates, with a blank between them."""
    return f"rates:{tax_code}"


def percents_key(tax_code: str) -> str:
    """The percentages of a tax code's sales rates, where it has several, in the order of their ids."""
    return f"percents:{tax_code}"


def class_key(name: str) -> str:
    """A class's id."""
    return f"class:{name}"


def location_key(name: str) -> str:
    """A location's (department's) id."""
    return f"location:{name}"


def item_id(keys: Mapping[str, str], code: str) -> str:
    """The id of an item. Raises `Unknown`."""
    return looked_up(keys, item_key(code), f"the item {code!r}")


def looked_up(keys: Mapping[str, str], name: str, what: str) -> str:
    """The id by its name. Raises `Unknown`, which says what is missing."""
    found = keys.get(name)
    if found is None:
        raise Unknown(f"{what} is not active in QuickBooks Online")
    return found
