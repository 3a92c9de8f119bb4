"""What each service may fetch from the internal port, with a key of its own. One table; a test walks it."""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from fastapi import Header, Request

from tieout_config_api.refusals import refused


class Need(StrEnum):
    """What the internal port gives or takes; three are kinds of connections, with their credentials."""

    SETTINGS = "settings"
    TENANT_KEYS = "tenants' keys"
    CONNECTWISE = "connectwise"
    XERO = "xero"
    QBO = "qbo"
    CALL_LOG = "log of calls"


MAY: Mapping[str, frozenset[Need]] = {
    "ingest": frozenset({Need.SETTINGS, Need.TENANT_KEYS, Need.CONNECTWISE, Need.CALL_LOG}),
    "transform": frozenset({Need.SETTINGS, Need.TENANT_KEYS}),
    "xero-writer": frozenset({Need.SETTINGS, Need.TENANT_KEYS, Need.XERO}),
    "qbo-writer": frozenset({Need.SETTINGS, Need.TENANT_KEYS, Need.QBO}),
}


def read_service_keys(folder: Path) -> dict[str, str]:
    """The key of each service by its name, from `<service>.key` in the folder; a service without a file stays out.

    `ValueError` in a sentence where there is none, one is empty, or two services share one.
    """
    files = {service: folder / f"{service}.key" for service in MAY}
    found = {service: file.read_text().strip() for service, file in files.items() if file.exists()}
    if not found:
        raise ValueError(f"TIEOUT_SERVICE_KEYS_DIR: {folder} has no key of any service ({', '.join(sorted(MAY))}).")
    if not all(found.values()) or len(set(found.values())) < len(found):
        raise ValueError(f"TIEOUT_SERVICE_KEYS_DIR: in {folder} a key is empty, or two services have the same.")
    return found


def admit_services(service_keys: Mapping[str, str]) -> Callable[[Request, str | None], Awaitable[None]]:
    """A dependency that admits the bearer of a service's key, and notes which service it is."""

    async def check(request: Request, authorization: Annotated[str | None, Header()] = None) -> None:
        scheme, _, given = (authorization or "").partition(" ")
        bearers = [name for name, key in service_keys.items() if hmac.compare_digest(given.encode(), key.encode())]
        if scheme.lower() != "bearer" or not bearers:
            raise refused(401, "api.unauthorised")
        request.state.service = bearers[0]

    return check


def require(request: Request, need: Need) -> None:
    """Raises ApiError (403) where the service that asks has no need of it."""
    service: str = request.state.service
    if need not in MAY[service]:
        raise refused(403, "access.not_for_service", service=service, what=need.value)
