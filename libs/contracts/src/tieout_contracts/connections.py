"""What config-api hands an authenticated service to reach a provider; kept in memory only, until `expires_at`."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from tieout_contracts.base import Contract


class ConnectWiseAccess(Contract):
    kind: Literal["connectwise"] = "connectwise"
    connection_id: str
    tenant_id: str
    site: str
    """Base address of the ConnectWise server, https or loopback."""
    login_company: str
    public_key: SecretStr
    private_key: SecretStr
    client_id: str
    version: str = "2025.16"
    codebase: str | None = None
    """Of the site's address, where a person gave it; else the site is asked."""
    log_calls: bool = False
    """Whether the tenant has the log of ConnectWise calls switched on (F215)."""


class LedgerAccess(Contract):
    """An access token to a ledger, good until `expires_at`; one that was refused before is exchanged for another."""

    connection_id: str
    tenant_id: str
    api_url: str
    access_token: SecretStr
    expires_at: datetime


class XeroAccess(LedgerAccess):
    kind: Literal["xero"] = "xero"
    day_limit: int = 1000
    """Calls a day that the app's price tier allows; 1,000 on the free one."""


class QboAccess(LedgerAccess):
    """The company in QuickBooks Online that it is for (`realmId`) is the settings' `organisation_id`."""

    kind: Literal["qbo"] = "qbo"
    minute_limit: int = 500
    """Calls a minute to one company, of all apps together."""
    second_limit: int = 10
    """Calls a second of this app to one company."""
    batch_minute_limit: int = 40
    """Batch calls a minute of this app to one company."""


ConnectionAccess = Annotated[ConnectWiseAccess | XeroAccess | QboAccess, Field(discriminator="kind")]
