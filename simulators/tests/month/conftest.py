"""The month under test, made once, and a reader that finds its parts."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from tieout_simulators.month import Month, build_month, build_volume

JsonObject = dict[str, Any]


@dataclass(frozen=True)
class Books:
    """A month's records by id."""

    month: Month

    @property
    def invoices(self) -> dict[int, JsonObject]:
        return {each["id"]: each for each in self.month.connectwise["entities"]["/finance/invoices"]}

    @property
    def transactions(self) -> dict[int, JsonObject]:
        return {each["id"]: each for each in self.month.connectwise["gl_transactions"]}

    @property
    def expected(self) -> list[JsonObject]:
        documents: list[JsonObject] = self.month.expected["documents"]
        return documents

    def of_cause(self, cause: str) -> list[JsonObject]:
        """The expectations of one case."""
        return [each for each in self.expected if each["cause"] == cause]

    def posted(self) -> Iterator[JsonObject]:
        """The transactions of the documents that must post."""
        transactions = self.transactions
        for each in self.expected:
            if each["disposition"] == "post":
                yield transactions[each["invoice_id"]]

    def full_prices(self) -> dict[int, Decimal]:
        """Price by product record id."""
        return {each["id"]: each["price"] for each in self.month.connectwise["entities"]["/procurement/products"]}


def lines_of(transaction: JsonObject) -> list[JsonObject]:
    """Without the sales tax line."""
    return [line for line in transaction["detail"] if line["glTypeId"] != "ST"]


@pytest.fixture(scope="session")
def books() -> Books:
    return Books(build_month())


@pytest.fixture(scope="session")
def volume() -> Books:
    return Books(build_volume(invoices=90, lines=6, organisations=3))


@pytest.fixture(scope="session", params=["demo", "volume"])
def any_books(request: pytest.FixtureRequest, books: Books, volume: Books) -> Books:
    return books if request.param == "demo" else volume
