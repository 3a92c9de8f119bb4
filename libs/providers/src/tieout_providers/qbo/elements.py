"""What an answer says about each change, matched by our own key and never by position.

A batch is answered with 200 whatever became of its members; each member's answer is its record or a fault.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, get_args

from tieout_providers.call import Answer
from tieout_providers.errors import OutcomeUnknown, Problem
from tieout_providers.qbo.batch import Changed
from tieout_providers.qbo.errors import QBO, SYSTEM_CODES, THROTTLED_CODES, Fault, body_of, fault_in

ENTITIES: tuple[Changed, ...] = get_args(Changed)


@dataclass(frozen=True, slots=True)
class Element:
    """What is said about one change. `row` is the record as it came, to be read by a model of `reads`.

    `decided` is False where the fault does not tell whether anything was done (a system error, a limit hit inside the
    batch): that one is looked up.
    """

    bid: str | None
    entity: Changed | None
    ok: bool
    id: str | None
    sync_token: str | None
    problems: tuple[Problem, ...]
    row: Mapping[str, Any]
    decided: bool = True

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of its problems, without leading zeros."""
        return tuple(problem.code for problem in self.problems if problem.code)

    @property
    def deleted(self) -> bool:
        """Whether it is what a deletion is answered with."""
        return self.row.get("status") == "Deleted"


@dataclass(frozen=True, slots=True)
class Matched:
    """Elements by the keys that were sent. `missing`: nothing was said, so its outcome is unknown.

    `ambiguous`: several elements claim it, which is no answer either. `unasked`: elements that match nothing.
    """

    found: Mapping[str, Element]
    missing: tuple[str, ...]
    ambiguous: tuple[str, ...]
    unasked: tuple[Element, ...]


def parse_batch(answer: Answer) -> list[Element]:
    """The elements of a batch's answer. Raises OutcomeUnknown if it lists none."""
    listed = (body_of(answer) or {}).get("BatchItemResponse")
    if not isinstance(listed, list):
        raise OutcomeUnknown(QBO, "the answer lists no elements", status=answer.status)
    return [_element(each) for each in listed if isinstance(each, Mapping)]


def parse_change(answer: Answer) -> Element:
    """The record in the answer to a single change. Raises OutcomeUnknown if there is none."""
    element = _element(body_of(answer) or {})
    if element.entity is None:
        raise OutcomeUnknown(QBO, "the answer holds no record", status=answer.status)
    return element


def match_by_bid(elements: Iterable[Element], bids: Sequence[str]) -> Matched:
    """By the keys of the batch."""
    claims: dict[str | None, list[Element]] = {}
    for element in elements:
        claims.setdefault(element.bid, []).append(element)
    asked = {bid: claims.pop(bid, []) for bid in dict.fromkeys(bids)}
    return Matched(
        found=MappingProxyType({bid: claim[0] for bid, claim in asked.items() if len(claim) == 1}),
        missing=tuple(bid for bid, claim in asked.items() if not claim),
        ambiguous=tuple(bid for bid, claim in asked.items() if len(claim) > 1),
        unasked=tuple(element for rest in claims.values() for element in rest),
    )


def _element(said: Mapping[str, Any]) -> Element:
    bid = said.get("bId")
    bid = bid if isinstance(bid, str) else None
    fault = fault_in(said)
    if fault is not None:
        return Element(bid, None, False, None, None, fault.problems, {}, decided=_is_decided(fault))
    entity = next((name for name in ENTITIES if isinstance(said.get(name), Mapping)), None)
    row: Mapping[str, Any] = said[entity] if entity else {}
    record_id = _text(row.get("Id"))
    # A member without a fault, a record or an id says nothing that could be relied on.
    return Element(
        bid, entity, record_id is not None, record_id, _text(row.get("SyncToken")), (), row, record_id is not None
    )


def _is_decided(fault: Fault) -> bool:
    codes = set(fault.codes)
    return bool(codes) and not codes & (THROTTLED_CODES | SYSTEM_CODES) and fault.kind != "SystemFault"


def _text(value: Any) -> str | None:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) and str(value) else None
