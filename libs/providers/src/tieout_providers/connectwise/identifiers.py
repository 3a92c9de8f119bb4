"""Batch identifiers: the name of a posting in ConnectWise, and its guard against being made twice."""

from tieout_providers.connectwise.errors import CONNECTWISE
from tieout_providers.errors import Unsendable

MAX_BATCH_IDENTIFIER_CHARS = 50


def checked_batch_identifier(identifier: str) -> str:
    """The identifier itself. Raises Unsendable unless it has 1 to 50 printable characters without ' and |.

    The 50 are the API's. The two characters are kept out because lists and screens of ConnectWise read them as syntax.
    """
    problem = None
    if not identifier.strip() or identifier != identifier.strip():
        problem = "is empty or begins or ends with a space"
    elif len(identifier) > MAX_BATCH_IDENTIFIER_CHARS:
        problem = f"has {len(identifier)} characters, {MAX_BATCH_IDENTIFIER_CHARS} are allowed"
    elif "'" in identifier or "|" in identifier or not identifier.isprintable():
        problem = "contains ' or | or a control character"
    if problem:
        raise Unsendable(CONNECTWISE, "batch_identifier_bad", f"The batch identifier {identifier[:60]!r} {problem}.")
    return identifier
