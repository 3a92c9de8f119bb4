"""Connections: what is shown, what is sealed, and what an authenticated service is handed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, get_args

from pydantic import BaseModel, SecretStr
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis import exact_json
from tieout_chassis.settings import encrypted_or_loopback
from tieout_config_api.refusals import refused
from tieout_config_api.store import Row
from tieout_config_api.vault import Vault
from tieout_config_api.vault.places import connection_secret
from tieout_contracts.connections import ConnectWiseAccess, QboAccess, XeroAccess


def check_address(field: str, address: str) -> None:
    """F3: https, or http on a loopback host (the simulators); anything else is refused before it is saved."""
    try:
        encrypted_or_loopback(address)
    except ValueError as error:
        raise refused(422, "api.plain_http", field=field, reason=error) from None


def in_two(body: BaseModel) -> tuple[dict[str, Any], dict[str, str]]:
    """What of a connection may be shown, with `set` or `not set` for each secret, and its secrets."""
    shown: dict[str, Any] = {}
    secrets: dict[str, str] = {}
    are_set: dict[str, str] = {}
    for name, value in body:
        if _is_secret(type(body).model_fields[name].annotation):
            are_set[name] = "set" if value else "not set"
            if value:
                secrets[name] = value.get_secret_value()
        elif name != "kind":
            shown[name] = value
    shown["secrets"] = are_set
    return shown, secrets


def _is_secret(annotation: Any) -> bool:
    return annotation is SecretStr or any(_is_secret(each) for each in get_args(annotation))


async def sealed(
    vault: Vault, tx: AsyncConnection, tenant_id: str, connection_id: str, secrets: Mapping[str, str]
) -> bytes:
    plain = exact_json.dumps(dict(secrets)).encode()
    return await vault.seal(tx, connection_secret(tenant_id, connection_id), plain)


def open_secret(vault: Vault, row: Row) -> dict[str, str]:
    place = connection_secret(row["tenant_id"], row["connection_id"])
    opened: dict[str, str] = exact_json.loads(vault.open(place, row["secret"]))
    return opened


def connectwise_access(vault: Vault, row: Row, *, log_calls: bool = False) -> ConnectWiseAccess:
    secret = open_secret(vault, row)
    details = row["details"]
    return ConnectWiseAccess(
        connection_id=row["connection_id"],
        tenant_id=row["tenant_id"],
        site=details["site"],
        login_company=details["login_company"],
        public_key=SecretStr(secret["public_key"]),
        private_key=SecretStr(secret["private_key"]),
        client_id=details["client_id"],
        version=details["version"],
        codebase=None if details.get("codebase_found", True) else details["codebase"],
        log_calls=log_calls,
    )


def xero_access(row: Row, token: str, expires_at: datetime) -> XeroAccess:
    details = row["details"]
    return XeroAccess(
        connection_id=row["connection_id"],
        tenant_id=row["tenant_id"],
        api_url=details["api_url"],
        access_token=SecretStr(token),
        expires_at=expires_at,
        day_limit=details["day_limit"],
    )


def qbo_access(row: Row, token: str, expires_at: datetime) -> QboAccess:
    details = row["details"]
    return QboAccess(
        connection_id=row["connection_id"],
        tenant_id=row["tenant_id"],
        api_url=details["api_url"],
        access_token=SecretStr(token),
        expires_at=expires_at,
        minute_limit=details["minute_limit"],
        second_limit=details["second_limit"],
        batch_minute_limit=details["batch_minute_limit"],
    )
