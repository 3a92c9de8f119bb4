"""How two plans of one record, or two snapshots of settings, differ, field by field."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tieout_contracts.documents import LedgerDocument
from tieout_contracts.posting import CONTACT_UPKEEP
from tieout_contracts.settings import CompanySettings

Name = Callable[[str, int, Any], str]
"""What names an element of a list, from the list's field, its place and itself."""

_NAMES = {"items": "code", "tax_by_code": "tax_code", "tracking": "category"}
"""What names an element of a document's list: they are compared by name, so that one more moves none of the others."""
_CHOSEN = ("ledger_account", "ledger_tax_code", "option", "action")
"""What a rule of the settings chooses; everything else in it says for what, and names it."""


@dataclass(frozen=True, slots=True)
class Change:
    """`before` or `after` is None where the field, or the whole line, is only on the other side."""

    field: str
    before: str | None
    after: str | None


def difference(before: LedgerDocument, after: LedgerDocument) -> list[Change]:
    """Every field that differs, in the order of the document; nothing only where both have the same plan hash.

    A line is named by the source line that it carries (`lines[2]` is the third), one of the ledger's own making by its
    kind besides (`lines[2 rounding]`).
    """
    one, other = (each.model_dump(mode="json", exclude=CONTACT_UPKEEP) for each in (before, after))
    return list(_compare("", one, other, _name_in_document))


def settings_difference(before: CompanySettings, after: CompanySettings) -> list[Change]:
    """Every setting that differs. A rule is named by its conditions: `accounts[gl_type RP, item_code LAPTOP]`."""
    one, other = (each.model_dump(mode="json") for each in (before, after))
    return list(_compare("", one, other, _name_in_settings))


def _compare(field: str, before: Any, after: Any, name_of: Name) -> Iterator[Change]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys((*before, *after)):
            yield from _compare(_below(field, name), before.get(name), after.get(name), name_of)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _compare_lists(field, before, after, name_of)
    else:
        yield Change(field, _words(before), _words(after))


def _compare_lists(field: str, before: Sequence[Any], after: Sequence[Any], name_of: Name) -> Iterator[Change]:
    one, other = _named(field, before, name_of), _named(field, after, name_of)
    for name in dict.fromkeys((*one, *other)):
        yield from _compare(f"{field}[{name}]", one.get(name), other.get(name), name_of)
    common = [name for name in one if name in other]
    if common != [name for name in other if name in one]:
        yield Change(f"{field} (order)", ", ".join(one), ", ".join(other))


def _named(field: str, elements: Sequence[Any], name_of: Name) -> dict[str, Any]:
    """The elements by their names; one whose name stands before it already has its number, too."""
    found: dict[str, Any] = {}
    seen: Counter[str] = Counter()
    for index, element in enumerate(elements):
        name = name_of(field, index, element)
        seen[name] += 1
        found[name if seen[name] == 1 else f"{name} #{seen[name]}"] = element
    return found


def _name_in_document(field: str, index: int, element: Any) -> str:
    last = field.rpartition(".")[2].partition("[")[0]
    if last == "lines" and isinstance(element, dict):
        source, kind = element["source_line"], element["kind"]
        return " ".join(str(part) for part in (source, None if kind == "source" else kind) if part is not None)
    if last in _NAMES:
        return str(element[_NAMES[last]])
    return str(index)


def _name_in_settings(_: str, __: int, element: Any) -> str:
    if not isinstance(element, dict):
        return str(element)
    return _words({name: each for name, each in element.items() if name not in _CHOSEN}) or "everything else"


def _below(field: str, name: str) -> str:
    return f"{field}.{name}" if field else name


def _words(value: Any) -> str | None:
    """A field's value; of a whole line or contact the fields that say something."""
    if value is None:
        return None
    if isinstance(value, Mapping):
        told = ((name, _words(each)) for name, each in value.items())
        return ", ".join(f"{name} {words}" for name, words in told if words)
    if isinstance(value, list):
        return "; ".join(words for each in value if (words := _words(each)))
    return str(value).lower() if isinstance(value, bool) else str(value)
