"""Reading a query. AND only; ``= IN < > <= >= LIKE``; ``\\'`` is a quote inside a text."""

import re
from dataclasses import dataclass
from decimal import Decimal

from tieout_simulators.qbo.assumptions import page_too_large
from tieout_simulators.qbo.refusals import query_invalid, query_unparsed

MAX_QUERY_CHARACTERS = 30_000
DEFAULT_PAGE, MAX_PAGE = 100, 1_000
OPERATORS = ("=", "<", ">", "<=", ">=", "LIKE", "IN")
Literal = str | Decimal | bool

_TOKEN = re.compile(
    r"""\s*(?:
      '(?P<text>(?:\\.|[^'\\])*)'
    | (?P<number>-?\d+(?:\.\d+)?(?![\w.]))
    | (?P<word>[A-Za-z_][\w.]*)
    | (?P<symbol><=|>=|[=<>(),*])
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """``kind`` is text, number, word, symbol or end."""

    kind: str
    text: str

    def is_word(self, word: str) -> bool:
        return self.kind == "word" and self.text.upper() == word


@dataclass(frozen=True, slots=True)
class Comparison:
    """One condition; ``IN`` has several values."""

    path: str
    operator: str
    values: tuple[Literal, ...]


@dataclass(slots=True)
class Query:
    """A query that was read. ``columns`` is None for ``*`` alone."""

    entity: str
    counts: bool
    columns: tuple[str, ...]
    takes_all: bool
    conditions: tuple[Comparison, ...]
    order: tuple[tuple[str, bool], ...]
    """Path, and whether it is descending."""
    start: int = 1
    size: int = DEFAULT_PAGE


def parsed(text: str) -> Query:
    """Raises ``RefusedError``: 4000 for what is no query, 4001 for a position or size out of range."""
    return _Reader(_tokens(text)).query()


def _tokens(text: str) -> list[Token]:
    if len(text) > MAX_QUERY_CHARACTERS:
        raise query_unparsed("the query is too long")
    tokens: list[Token] = []
    place, end = 0, len(text.rstrip())
    while place < end:
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise query_unparsed(f'Encountered " {text[place : place + 20].strip()} " at column {place + 1}')
        found = match.group(match.lastgroup)
        plain = re.sub(r"\\(.)", r"\1", found) if match.lastgroup == "text" else found
        tokens.append(Token(match.lastgroup, plain))
        place = match.end()
    return [*tokens, Token("end", "")]


class _Reader:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._place = 0

    def query(self) -> Query:
        self._word("SELECT")
        counts, takes_all, columns = self._selection()
        self._word("FROM")
        entity = self._name()
        conditions = self._conditions() if self._accept("WHERE") else ()
        query = Query(entity, counts, columns, takes_all, conditions, ())
        self._tail(query)
        return query

    def _selection(self) -> tuple[bool, bool, tuple[str, ...]]:
        if self._peek().is_word("COUNT") and self._tokens[self._place + 1].text == "(":
            self._next()
            for symbol in ("(", "*", ")"):
                self._symbol(symbol)
            return True, False, ()
        takes_all, columns = False, list[str]()
        while True:
            if self._peek() == Token("symbol", "*"):
                self._next()
                takes_all = True
            else:
                columns.append(self._name())
            if self._peek() != Token("symbol", ","):
                return False, takes_all, tuple(columns)
            self._next()

    def _conditions(self) -> tuple[Comparison, ...]:
        found = [self._comparison()]
        while self._accept("AND"):
            found.append(self._comparison())
        return tuple(found)

    def _comparison(self) -> Comparison:
        path, operator = self._name(), self._next().text.upper()
        if operator not in OPERATORS:
            raise query_unparsed(f'Encountered " {operator} " where an operator is expected')
        return Comparison(path, operator, self._list() if operator == "IN" else (self._literal(),))

    def _list(self) -> tuple[Literal, ...]:
        self._symbol("(")
        values = [self._literal()]
        while self._peek() == Token("symbol", ","):
            self._next()
            values.append(self._literal())
        self._symbol(")")
        return tuple(values)

    def _literal(self) -> Literal:
        token = self._next()
        if token.kind == "text":
            return token.text
        if token.kind == "number":
            return Decimal(token.text)
        if token.is_word("TRUE") or token.is_word("FALSE"):
            return token.is_word("TRUE")
        raise query_unparsed(f'Encountered " {token.text} " where a value is expected')

    def _tail(self, query: Query) -> None:
        while self._peek().kind != "end":
            if self._accept("ORDERBY") or (self._accept("ORDER") and self._accept("BY")):
                query.order = self._order()
            elif self._accept("STARTPOSITION"):
                query.start = self._number("STARTPOSITION", None)
            elif self._accept("MAXRESULTS"):
                query.size = self._number("MAXRESULTS", MAX_PAGE)
            else:
                raise query_unparsed(f'Encountered " {self._peek().text} "')

    def _order(self) -> tuple[tuple[str, bool], ...]:
        found: list[tuple[str, bool]] = []
        while True:
            path = self._name()
            descending = self._accept("DESC")
            if not descending:
                self._accept("ASC")
            found.append((path, descending))
            if self._peek() != Token("symbol", ","):
                return tuple(found)
            self._next()

    def _number(self, name: str, highest: int | None) -> int:
        token = self._next()
        if token.kind != "number" or not token.text.isdecimal() or int(token.text) < 1:
            raise query_invalid(f"value {token.text} is too small. Minimum value for {name} is 1")
        if highest is not None and int(token.text) > highest:
            raise page_too_large(token.text, highest)
        return int(token.text)

    def _peek(self) -> Token:
        return self._tokens[self._place]

    def _next(self) -> Token:
        token = self._tokens[self._place]
        self._place = min(self._place + 1, len(self._tokens) - 1)
        return token

    def _accept(self, word: str) -> bool:
        if self._peek().is_word(word):
            self._next()
            return True
        return False

    def _word(self, word: str) -> None:
        if not self._accept(word):
            raise query_unparsed(f'Encountered " {self._peek().text} " where {word} is expected')

    def _symbol(self, symbol: str) -> None:
        if self._next() != Token("symbol", symbol):
            raise query_unparsed(f"{symbol} is expected")

    def _name(self) -> str:
        token = self._next()
        if token.kind != "word":
            raise query_unparsed(f'Encountered " {token.text} " where a name is expected')
        return token.text
