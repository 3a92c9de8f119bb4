"""The page that a browser ends on after a consent: plain, and without anything that could load or run."""

from collections.abc import Mapping
from html import escape
from typing import Any

from fastapi.responses import HTMLResponse

from tieout_config_api.public.door import ApiError

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
STYLE = "body{font:1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:4rem auto;padding:0 1rem}"


def page_of(attempt: Mapping[str, Any]) -> HTMLResponse:
    """What was connected; or what can be chosen, and where."""
    if attempt["connected"]:
        made = [
            f"{each['organisation_name']} is connected as {each['connection_id']}." for each in attempt["connected"]
        ]
        return _page(200, "Connected", [*made, "You can close this page."])
    names = [f"{each['name']} ({each['organisation_id']})" for each in attempt["organisations"]]
    lead = "Access was allowed. Go back to Tieout and choose which of these become connections:"
    return _page(200, "Almost done", [lead, *names, f"The attempt is {attempt['attempt_id']}."])


def refusal_page(refusal: ApiError) -> HTMLResponse:
    """What is wrong, in the words of every other door."""
    return _page(refusal.status, "Not connected", [str(refusal), refusal.body["detail"]])


def _page(status: int, title: str, sentences: list[str]) -> HTMLResponse:
    told = "".join(f"<p>{escape(each)}</p>" for each in sentences)
    head = f"<meta charset=utf-8><title>Tieout: {escape(title)}</title><style>{STYLE}</style>"
    body = f"<!doctype html><html lang=en>{head}<h1>{escape(title)}</h1>{told}</html>"
    return HTMLResponse(body, status, HEADERS)
