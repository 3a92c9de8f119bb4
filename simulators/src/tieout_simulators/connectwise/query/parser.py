"""Reading a conditions text into a tree: ``and`` binds tighter than ``or``, parentheses group."""

from dataclasses import dataclass
from decimal import Decimal

from tieout_simulators.connectwise.query.tokens import ConditionsError, Token, tokens_of

MAX_NESTING = 50
ORDERED = ("=", "!=", "<", "<=", ">", ">=")


@dataclass(frozen=True, slots=True)
class Literal:
    """``kind`` is string, number, boolean, moment or null."""

    kind: str
    value: str | bool | Decimal | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """``path op values``; ``negated`` for not in, not like, not contains."""

    path: str
    operator: str
    values: tuple[Literal, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class AllOf:
    """Joined with ``and``."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Joined with ``or``."""

    parts: tuple["Condition", ...]


Condition = Comparison | AllOf | AnyOf


def parsed(text: str) -> Condition:
    """The tree of a conditions text. Raises ``ConditionsError``."""
    return _Parser(tokens_of(text)).whole()


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._nesting = 0

    def whole(self) -> Condition:
        condition = self._any_of()
        if self._here.kind != "end":
            raise self._unexpected("'and', 'or' or the end")
        return condition

    def _any_of(self) -> Condition:
        parts = [self._all_of()]
        while self._took_word("or"):
            parts.append(self._all_of())
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def _all_of(self) -> Condition:
        parts = [self._one()]
        while self._took_word("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _one(self) -> Condition:
        if not self._took_symbol("("):
            return self._comparison()
        self._nesting += 1
        if self._nesting > MAX_NESTING:
            raise ConditionsError(f"parentheses nest deeper than {MAX_NESTING}")
        inner = self._any_of()
        self._need_symbol(")")
        self._nesting -= 1
        return inner

    def _comparison(self) -> Comparison:
        path = self._here
        if path.kind != "word" or path.is_word("and", "or", "not", "in", "like", "contains", "null"):
            raise self._unexpected("a field")
        self._at += 1
        operator = self._here
        if operator.is_symbol(*ORDERED):
            self._at += 1
            return Comparison(path.text, operator.text, (self._literal(),))
        negated = self._took_word("not")
        if self._took_word("in"):
            return Comparison(path.text, "in", self._list(), negated)
        for word in ("like", "contains"):
            if self._took_word(word):
                return Comparison(path.text, word, (self._literal(),), negated)
        raise self._unexpected("an operator")

    def _list(self) -> tuple[Literal, ...]:
        self._need_symbol("(")
        values = [self._literal()]
        while self._took_symbol(","):
            values.append(self._literal())
        self._need_symbol(")")
        return tuple(values)

    def _literal(self) -> Literal:
        token = self._here
        self._at += 1
        if token.kind in ("string", "moment"):
            return Literal(token.kind, token.text)
        if token.kind == "number":
            return Literal("number", Decimal(token.text))
        if token.is_word("true", "false"):
            return Literal("boolean", token.is_word("true"))
        if token.is_word("null"):
            return Literal("null", None)
        self._at -= 1
        raise self._unexpected("a value")

    @property
    def _here(self) -> Token:
        return self._tokens[self._at]

    def _took_word(self, word: str) -> bool:
        taken = self._here.is_word(word)
        self._at += taken
        return taken

    def _took_symbol(self, symbol: str) -> bool:
        taken = self._here.is_symbol(symbol)
        self._at += taken
        return taken

    def _need_symbol(self, symbol: str) -> None:
        if not self._took_symbol(symbol):
            raise self._unexpected(f"'{symbol}'")

    def _unexpected(self, wanted: str) -> ConditionsError:
        here = self._here
        found = "the end" if here.kind == "end" else repr(here.text)
        return ConditionsError(f"expected {wanted} at character {here.place + 1}, found {found}")
