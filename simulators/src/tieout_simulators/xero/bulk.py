"""Requests of several elements: reading them, and the two ways to answer when some are bad."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from tieout_simulators.xero import answers
from tieout_simulators.xero.fields import Element, parse_body
from tieout_simulators.xero.ids import NOTHING
from tieout_simulators.xero.request import XeroRequest


@dataclass(frozen=True, slots=True)
class Collection:
    """How one kind of record travels in bulk."""

    name: str
    label: str
    id_field: str
    errors_flag: str | None
    """``HasErrors`` or ``HasValidationErrors``; items have neither."""


@dataclass(slots=True)
class Written:
    """What became of one element: its stored shape, or None and why not."""

    sent: Element
    shape: dict[str, Any] | None
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def read_elements(collection: Collection, body: bytes) -> list[Any] | Response:
    """The elements of ``{"Invoices": […]}``, of a bare list, or the one bare object; or the refusal."""
    try:
        parsed = parse_body(body)
    except (ValueError, RecursionError) as error:
        return answers.post_data_invalid(str(error))
    wrapped = parsed.get(collection.name) if isinstance(parsed, dict) and collection.name in parsed else parsed
    elements = wrapped if isinstance(wrapped, list) else [wrapped]
    if not elements or any(not element for element in elements):
        return answers.no_data(collection.label)
    if any(not isinstance(element, dict) for element in elements):
        return answers.post_data_invalid(f"Cannot deserialize the current JSON into type '{collection.label}'")
    return elements


def write_elements(
    request: XeroRequest, collection: Collection, write: Callable[[Element], Written], *, single: bool = False
) -> Response:
    """Write every element, each for itself, and answer.

    ``summarizeErrors=false`` gives 200 with a status for each; else one bad element makes the answer a 400 that lists
    only the bad ones, while the good ones are saved. Xero does not promise the order of an answer, so it is shuffled.
    """
    elements = read_elements(collection, request.call.body)
    if isinstance(elements, Response):
        return elements
    if single and len(elements) > 1:
        return answers.post_data_invalid(f"one {collection.label} is expected")
    written = [write(element) for element in elements]
    shapes = [_answered(collection, each) for each in _shuffled(written)]
    bad = [shape for shape in shapes if shape["StatusAttributeString"] == "ERROR"]
    if bad and (single or request.query_flag("summarizeErrors", default=True)):
        return answers.validation_failed(bad)
    return answers.envelope(request.now, collection.name, shapes)


def _shuffled(written: Sequence[Written]) -> list[Written]:
    """Every second element first: never the request's order, and the same in every run."""
    return [*written[1::2], *written[0::2]]


def _answered(collection: Collection, written: Written) -> dict[str, Any]:
    warnings = {"Warnings": [{"Message": text} for text in written.warnings]} if written.warnings else {}
    if written.shape is not None:
        return {**written.shape, "StatusAttributeString": "WARNING" if warnings else "OK", **warnings}
    flag = {collection.errors_flag: True} if collection.errors_flag else {}
    return {
        **written.sent,
        collection.id_field: written.sent.get(collection.id_field) or NOTHING,
        **flag,
        "StatusAttributeString": "ERROR",
        "ValidationErrors": [{"Message": text} for text in written.problems],
        **warnings,
    }
