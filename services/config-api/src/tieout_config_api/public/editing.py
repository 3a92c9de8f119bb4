"""ETag and If-Match: what is edited is edited on top of the version that its editor saw."""

from typing import Annotated

from fastapi import Header, Response

from tieout_config_api.public.door import refused

LONGEST_VERSION = 9
IfMatch = Annotated[str | None, Header(description='The ETag that was read, for example "3".')]


def matched(if_match: str | None) -> int:
    """The version that If-Match names. 428 where it is missing, 412 where it is no ETag of ours."""
    if if_match is None:
        raise refused(428, "api.if_match_required")
    text = if_match.removeprefix("W/").strip('"')
    if not (text.isascii() and text.isdecimal()) or len(text) > LONGEST_VERSION:
        raise refused(412, "api.if_match_required")
    return int(text)


def tag(response: Response, version: int) -> None:
    """The answer's ETag."""
    response.headers["ETag"] = f'"{version}"'
