"""Cutting a conditions text into tokens."""

import re
from dataclasses import dataclass

MAX_CONDITIONS_CHARACTERS = 20_000

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<string>"[^"]*"|'[^']*')
    | (?P<moment>\[[^\]]*\])
    | (?P<number>-?\d+(?:\.\d+)?(?![\w.]))
    | (?P<symbol>!=|<=|>=|[=<>(),])
    | (?P<word>[A-Za-z_]\w*(?:/\w+)*)
    )""",
    re.VERBOSE,
)


class ConditionsError(ValueError):
    """A conditions text that ConnectWise would not take; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Token:
    """``kind`` is string, moment, number, symbol, word or end; ``text`` is without quotes and brackets."""

    kind: str
    text: str
    place: int

    def is_word(self, *words: str) -> bool:
        """Whether it is one of these keywords, in any case."""
        return self.kind == "word" and self.text.lower() in words

    def is_symbol(self, *symbols: str) -> bool:
        return self.kind == "symbol" and self.text in symbols


def tokens_of(text: str) -> list[Token]:
    """All tokens and a closing ``end``. Raises ``ConditionsError`` for text that is none, or too long."""
    if len(text) > MAX_CONDITIONS_CHARACTERS:
        raise ConditionsError(f"conditions are limited to {MAX_CONDITIONS_CHARACTERS} characters")
    tokens: list[Token] = []
    place, end = 0, len(text.rstrip())
    while place < end:
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise ConditionsError(f"unexpected text at character {place + 1}: {text[place : place + 20].strip()!r}")
        found = match.group(match.lastgroup)
        stripped = found[1:-1] if match.lastgroup in ("string", "moment") else found
        tokens.append(Token(match.lastgroup, stripped, match.start(match.lastgroup)))
        place = match.end()
    tokens.append(Token("end", "", end))
    return tokens
