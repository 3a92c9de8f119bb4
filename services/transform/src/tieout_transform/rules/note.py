"""What is said on the posted document: which line was rounded, by how much and why (F17)."""

from collections.abc import Sequence

MAX_NOTE_CHARACTERS = 2500
"""Xero's History takes no more. https://developer.xero.com/documentation/api/accounting/historyandnotes"""
_MORE = "… and {count} more."
"""Its placeholder leaves room for the space before it and a count of six digits."""


def note(sentences: Sequence[str]) -> str | None:
    """The sentences as one text, as many as there is room for; None where there is nothing to say."""
    if not sentences:
        return None
    text, said = "", 0
    for sentence in sentences:
        longer = f"{text} {_capitalised(sentence)}." if text else f"{_capitalised(sentence)}."
        if len(longer) > MAX_NOTE_CHARACTERS - len(_MORE):
            break
        text, said = longer, said + 1
    left = len(sentences) - said
    return f"{text} {_MORE.format(count=left)}".strip() if left else text


def _capitalised(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
