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


class XeroAccess(Contract):
    kind: Literal["xero"] = "xero"
    connection_id: str
    tenant_id: str
    api_url: str
    access_token: SecretStr
    expires_at: datetime
    day_limit: int = 1000
    """Calls a day that the app's price tier allows; 1,000 on the free one."""


ConnectionAccess = Annotated[ConnectWiseAccess | XeroAccess, Field(discriminator="kind")]
