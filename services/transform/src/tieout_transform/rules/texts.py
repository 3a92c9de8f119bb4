"""The words on a document: what each line says, within what the ledger takes."""

from tieout_contracts.records import RecordLine
from tieout_transform.rules.findings import Findings

MAX_DESCRIPTION_CHARACTERS = 4000

_GL_TYPE_NAMES = {
    "RP": "Product",
    "R": "Service",
    "RA": "Agreement",
    "RE": "Expense",
    "RD": "Deferred revenue",
}


def description(index: int, line: RecordLine, *, with_unit: bool, ending: str, findings: Findings) -> str:
    """The line's detailed description (F37), else the item's name, else what kind of line it is.

    `with_unit` adds the unit of measure (F38). `ending` is the arithmetic of a line posted as one unit; it is never
    cut, the text before it is, with a warning.
    """
    text = clean(line.description) or clean(line.item_name or "") or _GL_TYPE_NAMES.get(line.gl_type, line.gl_type)
    if with_unit and line.unit_of_measure:
        text = f"{text} ({line.unit_of_measure.strip()})"
    return shortened(f"Line {index + 1}", text, MAX_DESCRIPTION_CHARACTERS - len(ending), index, findings) + ending


def shortened(field: str, text: str, limit: int, index: int | None, findings: Findings) -> str:
    """`text` in at most `limit` characters, with a warning where it was longer."""
    if len(text) <= limit:
        return text
    findings.add("rules.text_shortened", line=index, field=field, length=len(text), limit=limit)
    return text[:limit].rstrip()


def clean(text: str) -> str:
    """`text` without outer space and without control characters, which ledgers refuse; line breaks and tabs stay."""
    if text.isprintable():
        return text.strip()
    return "".join(c for c in text.replace("\r\n", "\n") if c.isprintable() or c in "\n\t").strip()
