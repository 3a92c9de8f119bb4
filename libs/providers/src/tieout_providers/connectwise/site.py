"""Where a ConnectWise site is: its user host, its API host and the code base that its address contains."""

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote

import httpx

from tieout_providers.connectwise.errors import CONNECTWISE
from tieout_providers.errors import Unreadable, Unsendable
from tieout_providers.http import checked_base_url

CLOUD_DOMAINS = (".myconnectwise.net", ".connectwisedev.com")
CODEBASE = re.compile(r"[A-Za-z0-9_.]{1,40}")


@dataclass(frozen=True, slots=True)
class Site:
    """A site's two addresses without a trailing slash: `user_url` for discovery, `api_url` for everything else."""

    user_url: str
    api_url: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """A host ("na.myconnectwise.net") or an address without a path. Raises Unsendable.

        The API of a cloud site answers under `api-` and its host; one on the customer's premises (and a loopback
        host) under its own. Plain http is for loopback only.
        """
        address = text.strip().rstrip("/")
        if "://" not in address:
            address = f"https://{address}"
        address = checked_base_url(CONNECTWISE, address, "site_bad")
        url = httpx.URL(address)
        if url.path not in ("", "/") or url.query or url.fragment:
            raise Unsendable(CONNECTWISE, "site_bad", "ConnectWise's site must be a host without a path.")
        if not url.host.endswith(CLOUD_DOMAINS):
            return cls(address, address)
        host = url.host.removeprefix("api-")
        return cls(*(str(url.copy_with(host=name)).rstrip("/") for name in (host, f"api-{host}")))

    def company_info_target(self, company_id: str) -> str:
        """The path of the discovery call for a login company."""
        return f"/login/companyinfo/{quote(company_id, safe='')}"

    def base_url(self, codebase: str) -> str:
        """The base of the REST API, from the code base that discovery told. Raises Unreadable if that is no path."""
        name = codebase.strip().strip("/")
        if not CODEBASE.fullmatch(name):
            raise Unreadable(CONNECTWISE, "the company information names no code base", sample=codebase[:80])
        return f"{self.api_url}/{name}/apis/3.0"
