"""Callbacks: registering them, and where the key is that signs them (developer guide, "Callbacks").

A key's address comes in the body of a callback, that is from whoever sent it. `key_target` takes nothing of it but an
id: the host must be the site's own, or anybody could have us call his server, with our keys in the request.
"""

import re
from urllib.parse import parse_qs, urlencode

import httpx

from tieout_providers.call import Call
from tieout_providers.connectwise.requests import JSON_HEADERS
from tieout_providers.connectwise.site import Site
from tieout_providers.json_exact import dumps

CALLBACKS = "/system/callbacks"
OWNER_LEVEL = "owner"
MAX_KEY_URL_CHARACTERS = 500
_KEY_PATH = re.compile(r"/[A-Za-z0-9_.]{1,40}/{1,2}system/callbackkey/index\.rails")
_KEY_ID = re.compile(r"[A-Za-z0-9-]{1,64}")


def add_callback_call(url: str, record_type: str) -> Call:
    """Be told of every record of a type. Changes by the API member itself are not told: they are our own.

    UNCONFIRMED (reference 4.1): that every type has the level `owner`, whose object is 1.
    """
    entry = {
        "description": "Tieout",
        "url": url,
        "objectId": 1,
        "type": record_type,
        "level": OWNER_LEVEL,
        "payloadVersion": "3.0.0",
        "inactiveFlag": False,
        "isSelfSuppressedFlag": True,
    }
    return Call("POST", CALLBACKS, JSON_HEADERS, dumps(entry))


def reactivate_callback_call(callback_id: int) -> Call:
    """ConnectWise switches a callback off after failures on three days."""
    patch = [{"op": "replace", "path": "inactiveFlag", "value": False}]
    return Call("PATCH", f"{CALLBACKS}/{callback_id}", JSON_HEADERS, dumps(patch))


def remove_callback_call(callback_id: int) -> Call:
    return Call("DELETE", f"{CALLBACKS}/{callback_id}")


def key_target(site: Site, login_company: str, key_url: str) -> tuple[str, str] | None:
    """Base address and target of the key that a callback named; None where it is not this company's on this site.

    A cloud host serves many companies, so the company is compared, too.
    """
    try:
        url = httpx.URL(key_url[:MAX_KEY_URL_CHARACTERS])
        asked = parse_qs(url.query.decode("ascii"), strict_parsing=True)
    except (httpx.InvalidURL, UnicodeError, ValueError):
        return None
    base = next((own for own in (site.user_url, site.api_url) if _origin(httpx.URL(own)) == _origin(url)), None)
    companies, ids = asked.get("companyName", []), asked.get("id", [])
    same_company = [each.lower() for each in companies] == [login_company.lower()]
    if base is None or url.userinfo or not same_company or len(ids) != 1 or not _KEY_ID.fullmatch(ids[0]):
        return None
    if not _KEY_PATH.fullmatch(url.path):
        return None
    return base, f"{url.path}?{urlencode({'companyName': login_company, 'id': ids[0]})}"


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host.lower(), url.port
