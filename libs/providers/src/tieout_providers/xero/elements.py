"""A bulk answer, element by element, matched by what each element says about itself and never by its position.

Xero does not promise the order. With `summarizeErrors=false` each element has a status OK, WARNING (saved) or ERROR
(not saved); without it a 400 lists the bad ones only and says nothing about the rest.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from uuid import UUID

from tieout_providers.call import Answer
from tieout_providers.errors import OutcomeUnknown
from tieout_providers.json_exact import NotExactJson
from tieout_providers.xero.errors import XERO

ZERO_GUID = "00000000-0000-0000-0000-000000000000"
KINDS = ("Invoices", "CreditNotes", "Contacts", "Items", "HistoryRecords")
ID_FIELDS = ("InvoiceID", "CreditNoteID", "ContactID", "ItemID")
NUMBER_FIELDS = ("InvoiceNumber", "CreditNoteNumber", "ContactNumber", "Code")
ERROR_FLAGS = ("HasErrors", "HasValidationErrors")
SAVED = frozenset({"OK", "WARNING"})


@dataclass(frozen=True, slots=True)
class Element:
    """What Xero says about one document, contact or item of a call.

    `ok`: it was saved (perhaps with warnings). `id` is None where Xero gave none. `row` is the element as it came,
    to be read by a model of `reads`.
    """

    id: str | None
    number: str | None
    ok: bool
    warnings: tuple[str, ...]
    errors: tuple[str, ...]
    row: Mapping[str, Any]

    @property
    def name(self) -> str | None:
        """The name of a contact or item."""
        name = self.row.get("Name")
        return name if isinstance(name, str) else None


@dataclass(frozen=True, slots=True)
class Matched:
    """Elements by what was asked for. `missing`: nothing was said about it, so its outcome is unknown.

    `ambiguous`: several elements claim it, which is no answer either. `unasked`: elements that match nothing.
    """

    found: Mapping[str, Element]
    missing: tuple[str, ...]
    ambiguous: tuple[str, ...]
    unasked: tuple[Element, ...]


def parse_elements(answer: Answer) -> list[Element]:
    """The elements of an answer to a bulk change, from a 200 or from a 400's `Elements`.

    Raises OutcomeUnknown if the body holds none: the call was answered and nobody knows what it did.
    """
    try:
        body = answer.json()
    except NotExactJson:
        body = None
    listed = _listed(body) if isinstance(body, Mapping) else None
    if listed is None:
        raise OutcomeUnknown(XERO, "the answer lists no elements", status=answer.status)
    return [_element(row, answer.status) for row in listed if isinstance(row, Mapping)]


def match_by_number(elements: Iterable[Element], numbers: Sequence[str]) -> Matched:
    """By invoice, credit note or contact number, or item code."""
    return _match([(element.number, element) for element in elements], numbers)


def match_by_name(elements: Iterable[Element], names: Sequence[str]) -> Matched:
    """By the name of a contact or item."""
    return _match([(element.name, element) for element in elements], names)


def match_by_id(elements: Iterable[Element], ids: Sequence[UUID | str]) -> Matched:
    """By Xero's identifier, compared without case; `found` is keyed by the identifiers as given, as text."""
    return _match([(element.id, element) for element in elements], [str(found) for found in ids])


def _match(keyed: Sequence[tuple[str | None, Element]], wanted: Sequence[str]) -> Matched:
    claims: dict[str, list[Element]] = {}
    for key, element in keyed:
        claims.setdefault((key or "").casefold(), []).append(element)
    asked = {key: claims.pop(key.casefold(), []) for key in dict.fromkeys(wanted)}
    return Matched(
        found=MappingProxyType({key: claim[0] for key, claim in asked.items() if len(claim) == 1}),
        missing=tuple(key for key, claim in asked.items() if not claim),
        ambiguous=tuple(key for key, claim in asked.items() if len(claim) > 1),
        unasked=tuple(element for rest in claims.values() for element in rest),
    )


def _listed(body: Mapping[str, Any]) -> Sequence[Any] | None:
    return next((body[kind] for kind in ("Elements", *KINDS) if isinstance(body.get(kind), list)), None)


def _element(row: Mapping[str, Any], status: int) -> Element:
    errors, warnings = tuple(_texts(row, "ValidationErrors")), tuple(_texts(row, "Warnings"))
    return Element(
        id=next(
            (found for found in (_text(row.get(name)) for name in ID_FIELDS) if found not in ("", ZERO_GUID)), None
        ),
        number=next((found for found in (_text(row.get(name)) for name in NUMBER_FIELDS) if found), None),
        ok=_was_saved(row, errors, status),
        warnings=warnings,
        errors=errors,
        row=row,
    )


def _was_saved(row: Mapping[str, Any], errors: tuple[str, ...], status: int) -> bool:
    told = row.get("StatusAttributeString")
    if isinstance(told, str) and told:
        return told.upper() in SAVED
    return status < 400 and not errors and not any(row.get(flag) is True for flag in ERROR_FLAGS)


def _texts(row: Mapping[str, Any], name: str) -> Iterator[str]:
    """The texts of an element and of the parts inside it (lines, addresses), each once.

    Real answers carry `Message`, the official bulk sample `Description`: both are read.
    """
    told: dict[str, None] = {}
    for part in _parts(row):
        for entry in part.get(name) or ():
            if isinstance(entry, Mapping) and (text := _text(entry.get("Message") or entry.get("Description"))):
                told[text] = None
    return iter(told)


def _parts(row: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield row
    for value in row.values():
        if isinstance(value, list):
            yield from (member for member in value if isinstance(member, Mapping))
        elif isinstance(value, Mapping):
            yield value


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
