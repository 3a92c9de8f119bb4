"""The cookie of a session, and who may send it along."""

from fastapi import Request, Response
from fastapi.security import APIKeyCookie

from tieout_chassis.settings import encrypted_or_loopback

NAME = "__Host-tieout"
"""The prefix makes browsers insist on Secure, on this very host, and on the whole path."""
COOKIE = APIKeyCookie(name=NAME, auto_error=False, description="A person's session.", scheme_name="session")
"""For the description."""
MAX_TOKEN_LENGTH = 200
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def session_token(request: Request) -> str | None:
    token = request.cookies.get(NAME)
    return token if token and len(token) <= MAX_TOKEN_LENGTH else None


def set_session(response: Response, token: str, max_age_s: int) -> None:
    """No script reads it, no other site sends it, and it travels encrypted only (browsers take loopback as such)."""
    response.set_cookie(NAME, token, max_age=max_age_s, path="/", secure=True, httponly=True, samesite="strict")


def drop_session(response: Response) -> None:
    response.delete_cookie(NAME, path="/", secure=True, httponly=True, samesite="strict")


def is_own_page(request: Request, public_url: str) -> bool:
    """Whether a page of ours sent this: a browser says where a change comes from, and no page can say it otherwise.

    Ours are at `public_url` and at the host that was asked, there encrypted or on this very machine.
    """
    origin, host = request.headers.get("origin"), request.headers.get("host")
    if origin in (public_url, f"https://{host}"):
        return True
    return origin == f"http://{host}" and is_encrypted_or_loopback(origin)


def is_encrypted_or_loopback(url: str) -> bool:
    try:
        encrypted_or_loopback(url)
    except ValueError:
        return False
    return True
