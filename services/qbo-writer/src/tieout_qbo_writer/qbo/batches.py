"""Many bodies into one batch; the one that can never be sent is named."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from pydantic import ValidationError

from tieout_posting.ledger import BodyRefused
from tieout_providers.call import Call
from tieout_providers.errors import Unsendable
from tieout_providers.json_exact import dumps
from tieout_providers.qbo import Change, QboCalls
from tieout_providers.qbo.calls import changes_in
from tieout_providers.reading import problems_of

REQUEST_ID_CHARS = 36
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"

Source = TypeVar("Source")


def request_id(key: str) -> str:
    """The engine's key as a request id: its end, which is the call's own UUID. Unique within the company, as it must
    be; the part that is left out only names the company."""
    return key[-REQUEST_ID_CHARS:]


def batch_call(calls: QboCalls, sources: Sequence[Source], change_of: Callable[[Source], Change], key: str) -> Call:
    """The batch of all `sources`. Raises `BodyRefused` for the first that can never be sent.

    A call that is too large is built all the same, for the engine to see its size and halve it.
    """
    changes = {_bid(index): _change(index, source, change_of) for index, source in enumerate(sources)}
    try:
        return calls.batch(changes, request_id=request_id(key))
    except Unsendable as error:
        if error.kind != "request_too_large":
            raise
        return _oversized(calls, changes, key)


def sent_by_bid(call: Call) -> dict[str, Mapping[str, Any]]:
    """What was sent under each key of a stored batch."""
    return {str(member["bId"]): member for member in changes_in(call)}


def _bid(index: int) -> str:
    return f"m{_DIGITS[index // 36]}{_DIGITS[index % 36]}"


def _change(index: int, source: Source, change_of: Callable[[Source], Change]) -> Change:
    try:
        return change_of(source)
    except ValidationError as error:
        raise BodyRefused(index, problems_of(error)) from None
    except ValueError as error:
        raise BodyRefused(index, str(error)) from None


def _oversized(calls: QboCalls, changes: Mapping[str, Change], key: str) -> Call:
    (first, *_) = changes
    try:
        one = calls.batch({first: changes[first]}, request_id=request_id(key))
    except Unsendable as error:
        raise BodyRefused(0, error.sentence) from None
    members = [change.member(bid) for bid, change in changes.items()]
    return replace(one, body=dumps({"BatchItemRequest": members}))
