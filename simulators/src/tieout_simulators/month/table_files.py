"""The tables behind the month: invented customers, people and prices. Mail goes nowhere."""

import csv
import json
from functools import cache
from importlib import resources

TABLES = resources.files(__package__).joinpath("tables")


@cache
def rows(table: str) -> tuple[dict[str, str], ...]:
    """The rows of `tables/<table>.csv` by column name; `\\n` in a cell is a line break."""
    lines = TABLES.joinpath(f"{table}.csv").read_text("utf-8").splitlines()
    return tuple({name: cell.replace("\\n", "\n") for name, cell in row.items()} for row in csv.DictReader(lines))


@cache
def words(kind: str) -> tuple[str, ...]:
    """A list of `tables/words.json`: names of people, companies, cities and so on."""
    lists: dict[str, list[str]] = json.loads(TABLES.joinpath("words.json").read_text("utf-8"))
    return tuple(lists[kind])
