"""Text for companies in the United States: QuickBooks Online keeps ISO-8859-1 there, nothing else (code 2040)."""

import unicodedata
from dataclasses import dataclass

_FORMS = {
    "'": "\u2018\u2019\u201a\u201b\u2032",  # single quotes and the prime
    '"': "\u201c\u201d\u201e\u201f\u2033",
    "<": "\u2039",
    ">": "\u203a",
    "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2212",  # hyphens, dashes, the minus sign
    "/": "\u2044",
    "*": "\u2022\u2023\u25cf",  # bullets
    "\n": "\u2028\u2029",
    "...": "\u2026",
    "EUR": "\u20ac",
    "(TM)": "\u2122",
    "(SM)": "\u2120",
    "->": "\u2192",
    "<-": "\u2190",
    "<=": "\u2264",
    ">=": "\u2265",
    "!=": "\u2260",
    "~": "\u2248",
    "OE": "\u0152",
    "oe": "\u0153",
    "L": "\u0141",
    "l": "\u0142",
    "D": "\u0110",
    "d": "\u0111",
    "H": "\u0126",
    "h": "\u0127",
    "i": "\u0131",
}
_PLAIN = {character: form for form, characters in _FORMS.items() for character in characters}
_INVISIBLE = frozenset({"Cf", "Mn", "Me", "Cc", "Cs", "Co", "Cn"})
_KEPT_CONTROLS = frozenset("\n\r\t")
UNKNOWN = "?"


@dataclass(frozen=True, slots=True)
class Latin1:
    """A text that ISO-8859-1 can hold, and what was changed for it: (original, replacement), each once, in order."""

    text: str
    changes: tuple[tuple[str, str], ...] = ()


def to_latin1(text: str) -> Latin1:
    """`text` with every character that ISO-8859-1 lacks put in other words (pure).

    Curly quotes, dashes and the like become their plain forms, letters lose a foreign accent, invisible characters and
    controls go, and what has no other form (an emoji, another script) becomes a question mark.
    """
    composed = unicodedata.normalize("NFC", text)
    parts, changes = [], {}
    for character in composed:
        plain = _plain(character)
        parts.append(plain)
        if plain != character:
            changes[character] = plain
    return Latin1("".join(parts), tuple(changes.items()))


def _plain(character: str) -> str:
    if _fits(character):
        return character
    if character in _PLAIN:
        return _PLAIN[character]
    if unicodedata.category(character) in _INVISIBLE:
        return ""
    taken_apart = unicodedata.normalize("NFKD", character)
    kept = "".join(part for part in taken_apart if _fits(part))
    return kept or (" " if character.isspace() else UNKNOWN)


def _fits(character: str) -> bool:
    """Whether ISO-8859-1 has it as something to read: no controls, and no soft hyphen, which nobody sees."""
    if character in _KEPT_CONTROLS or " " <= character <= "~":
        return True
    return "\xa0" <= character <= "\xff" and character != "\xad"
