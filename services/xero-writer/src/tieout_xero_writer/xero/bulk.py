"""Many bodies into one call; the one that can never be sent is named."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from pydantic import ValidationError

from tieout_posting.ledger import BodyRefused
from tieout_providers.call import Call
from tieout_providers.errors import Unsendable
from tieout_providers.json_exact import dumps, loads
from tieout_providers.reading import problems_of
from tieout_providers.xero.bodies import Body

Source = TypeVar("Source")
Built = TypeVar("Built", bound=Body)


def bulk_call(
    sources: Sequence[Source], body_of: Callable[[Source], Built], call_of: Callable[[Sequence[Built]], Call]
) -> Call:
    """The call of all `sources`. Raises `BodyRefused` for the first that breaks a limit.

    A call that is too large is built all the same, for the engine to see its size and halve it.
    """
    bodies = [_body(index, source, body_of) for index, source in enumerate(sources)]
    try:
        return call_of(bodies)
    except Unsendable as error:
        if error.kind != "request_too_large":
            raise
        return _oversized(bodies, call_of)


def _body(index: int, source: Source, body_of: Callable[[Source], Built]) -> Built:
    try:
        return body_of(source)
    except ValidationError as error:
        raise BodyRefused(index, problems_of(error)) from None
    except ValueError as error:
        raise BodyRefused(index, str(error)) from None


def _oversized(bodies: Sequence[Built], call_of: Callable[[Sequence[Built]], Call]) -> Call:
    try:
        first = call_of(bodies[:1])
    except Unsendable as error:
        raise BodyRefused(0, error.sentence) from None
    (kind,) = loads(first.body)
    return replace(first, body=dumps({kind: [body.as_json() for body in bodies]}))
