"""ETag and If-Match: what is edited is edited on top of what its editor saw.

What has versions has them as its ETag (`tag`, `matched`); of anything else it is a digest of what can be edited
(`digest_of`, `require_match`). `If-Match: *` stands for whatever is there now (RFC 9110, 13.1.1).
"""

import hashlib
import json
from typing import Annotated

from fastapi import Header, Response

from tieout_config_api.public.door import refused

LONGEST_VERSION = 9
ANYTHING = "*"
IF_MATCH = "If-Match"
IfMatch = Annotated[
    str | None, Header(alias=IF_MATCH, description='The ETag that was read, for example "3"; * for whatever is there.')
]


def matched(if_match: str | None, current: int) -> int:
    """The version that If-Match names, `current` for any. 428 where it is missing, 412 where it is no ETag of ours."""
    given = _named(if_match)
    if given == ANYTHING:
        return current
    if not (given.isascii() and given.isdecimal()) or len(given) > LONGEST_VERSION:
        raise refused(412, "api.if_match_required")
    return int(given)


def require_match(if_match: str | None, current: str | None) -> None:
    """428 where If-Match is missing, 412 where it is not the ETag of what is there now; None: nothing is there."""
    given = _named(if_match)
    if current is None or given not in (ANYTHING, current):
        raise refused(412, "api.version_conflict", version=current or "none")


def digest_of(*content: object) -> str:
    """The same for the same content; hold the row whose it is before it is compared."""
    return hashlib.sha256(json.dumps(content, default=str, sort_keys=True).encode()).hexdigest()[:32]


def tag(response: Response, version: int | str) -> None:
    """The answer's ETag."""
    response.headers["ETag"] = f'"{version}"'


def _named(if_match: str | None) -> str:
    if if_match is None:
        raise refused(428, "api.if_match_required")
    return if_match.removeprefix("W/").strip('"')
