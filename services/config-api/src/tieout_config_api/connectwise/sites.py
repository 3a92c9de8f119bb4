"""Where a tenant's ConnectWise is: hosts by region, versions, and the code base that a site tells of itself."""

import asyncio
import re

import httpx

from tieout_providers.connectwise import ConnectWise
from tieout_providers.connectwise.client import DEFAULT_VERSION
from tieout_providers.connectwise.site import CODEBASE
from tieout_providers.errors import ProviderError

REGIONS = {
    "na": "https://na.myconnectwise.net",
    "eu": "https://eu.myconnectwise.net",
    "au": "https://au.myconnectwise.net",
    "staging": "https://staging.connectwisedev.com",
}
"""The hosts that people sign in to; the API's is found from them."""
LATEST_VERSION = DEFAULT_VERSION
FIRST_WITHOUT_INTEGRATOR = (2016, 1)
DISCOVERY_LIMIT_S = 5.0


def address_of(site: str) -> str:
    """A host as it is typed, with https before it."""
    text = site.strip().rstrip("/")
    return text if re.match(r"^[A-Za-z][A-Za-z0-9+.-]*://", text) else f"https://{text}"


def is_legacy(version: str) -> bool:
    """Whether a version is from the days of SOAP and integrator log-ins. Unconfirmed: the year in which they ended."""
    year, _, release = version.partition(".")
    return (int(year), int(release)) < FIRST_WITHOUT_INTEGRATOR


async def found_codebase(site: str, login_company: str, http: httpx.AsyncClient) -> str | None:
    """What the site says about this login company, such as "v2025_1"; None where it says nothing in time."""
    try:
        async with asyncio.timeout(DISCOVERY_LIMIT_S):
            # Discovery sends no keys.
            client = ConnectWise(site, login_company, public_key="-", private_key="-", client_id="-", http=http)
            told = await client.company_info()
    except (ProviderError, TimeoutError, ValueError):
        return None
    name = (told.codebase or "").strip().strip("/")
    return name if CODEBASE.fullmatch(name) else None
