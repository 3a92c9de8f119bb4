"""Marked secrets of every kind, planted in a running installation through its own doors; those that it makes by itself,
taken from its vault."""

import base64
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pyotp

from harness.databases import rows
from harness.world import World
from tieout_chassis import exact_json
from tieout_config_api.public.cookies import NAME
from tieout_config_api.vault import Vault
from tieout_config_api.vault.places import door_secret, letter_place, tenant_key_place, token_place
from tieout_simulators.month import Month

NOWHERE = "http://127.0.0.1:1"
EMAIL = "canary@example.com"


def marked(what: str) -> str:
    """Easy to find, and different in JSON, in a URL and in base64."""
    return f'canary "{what}" /+&= 4f1c'


def mark_providers(month: Month) -> dict[str, str]:
    """The secrets that the month's own connections are made with."""
    public, private, client = (marked(what) for what in ("public key", "private key", "client secret"))
    month.connectwise["server"].update(private_key=private, public_key=public)
    month.xero["app"]["client_secret"] = client
    return {"ConnectWise public key": public, "ConnectWise private key": private, "Xero client secret": client}


OF_THE_PROCESS = {
    "TIEOUT_XERO_CLIENT_SECRET_FILE": "secret of the Xero app",
    "TIEOUT_XERO_WEBHOOK_KEY_FILE": "webhook key of the Xero app",
    "TIEOUT_QBO_CLIENT_SECRET_FILE": "secret of the QuickBooks app",
    "TIEOUT_QBO_VERIFIER_TOKEN_FILE": "verifier token",
    "TIEOUT_SMTP_PASSWORD_FILE": "SMTP password",
}


def secrets_of_process(folder: Path) -> dict[str, str]:
    """Settings of the process that name files of secrets, and a mail server that is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = {"TIEOUT_XERO_CLIENT_ID": "app", "TIEOUT_QBO_CLIENT_ID": "app", "TIEOUT_SMTP_USERNAME": "postman"}
    settings |= {"TIEOUT_SMTP_HOST": "127.0.0.1", "TIEOUT_SMTP_PORT": "1", "TIEOUT_SMTP_SECURITY": "none"}
    for name, what in OF_THE_PROCESS.items():
        (folder / name).write_text(marked(what))
        settings[name] = str(folder / name)
    return settings


async def plant_connections(world: World) -> dict[str, str]:
    """Connections of every kind that lead nowhere, with a test that fails; and a consent begun with an own app."""
    bodies: dict[str, dict[str, Any]] = {
        "connectwise": {
            "site": NOWHERE,
            "login_company": "canary",
            "client_id": "app",
            "version": "2015.5",
            "integrator_username": "canary",
        },
        "xero": {"api_url": NOWHERE, "identity_url": NOWHERE, "client_id": "app"},
        "qbo": {"api_url": NOWHERE, "identity_url": NOWHERE, "client_id": "app"},
    }
    secret_fields = {
        "connectwise": ("public_key", "private_key", "integrator_password"),
        "xero": ("client_secret",),
        "qbo": ("client_secret", "refresh_token"),
    }
    planted = {
        f"{kind} {field}": marked(f"{kind} {field} that leads nowhere")
        for kind, fields in secret_fields.items()
        for field in fields
    }
    async with _with_key(world) as http:
        for kind, body in bodies.items():
            secrets = {field: planted[f"{kind} {field}"] for field in secret_fields[kind]}
            _taken(await http.put(f"connections/canary-{kind}", json={"kind": kind, **body, **secrets}))
        _taken(await http.post("connections/canary-connectwise/test"))
        planted["own app of an attempt"] = marked("own app of an attempt")
        own = {"kind": "xero", "client_id": "app", "client_secret": planted["own app of an attempt"]}
        _taken(await http.post("connect-attempts", json=own))
    return planted


async def plant_people(world: World) -> dict[str, str]:
    """An API key, and a person with her password, her session, her second factor and its recovery codes."""
    async with _with_key(world) as http:
        made = await http.post(
            "api-keys", json={"name": "canary", "scopes": ["records:read"]}, headers={"Idempotency-Key": "canary"}
        )
        _taken(await http.post("users", json={"email": EMAIL, "name": "Canary", "role": "account_admin"}))
    planted = {"API key": str(_taken(made).json()["key"]), "password": marked("password")}
    planted["link"] = await _link(world)
    browser = httpx.AsyncClient(base_url=f"{world.installation.url}/v1/", headers={"Origin": world.installation.url})
    async with browser:
        accepting = {"token": planted["link"], "password": planted["password"]}
        _taken(await browser.post("invitations/acceptance", json=accepting))
        signed_in = _taken(await browser.post("sign-in", json={"email": EMAIL, "password": planted["password"]}))
        cookies = {"Cookie": f"{NAME}={signed_in.cookies[NAME]}"}
        secret = _taken(await browser.post("me/second-factor", headers=cookies)).json()["secret"]
        code = pyotp.TOTP(secret).at(datetime.now(UTC))
        whole = _taken(await browser.post("me/second-factor/confirmation", json={"code": code}, headers=cookies))
        planted |= {"session before": signed_in.cookies[NAME], "session": whole.cookies[NAME], "TOTP": secret}
        planted |= {f"recovery code {n}": code for n, code in enumerate(whole.json()["recovery_codes"][:2])}
    return planted


async def own_secrets(world: World) -> dict[str, str]:
    """What the installation made, or was given by providers: keys of its folder, of tenants, of doors; tokens."""
    folder = world.installation.folder
    found = {str(file): file.read_text().strip() for file in (folder / "services").iterdir()}
    found |= {"API key of the installation": world.installation.key}
    found |= {f"sealing key {n}": key for n, key in enumerate((folder / "sealing.key").read_text().split())}
    vault = Vault.from_file(folder / "sealing.key")
    for row in await _rows(world, "tenant_key"):
        key = vault.open(tenant_key_place(row["tenant_id"], row["key_id"]), row["wrapped"])
        found |= {f"key of {row['tenant_id']}, hex": key.hex(), "base64": base64.b64encode(key).decode()}
    for row in await _rows(world, "callback_door"):
        opened = exact_json.loads(vault.open(door_secret(row["tenant_id"], row["connection_id"]), row["secret"]))
        found |= {f"{name} of the door of {row['connection_id']}": value for name, value in opened.items()}
    for row in await _rows(world, "access_token JOIN config_api.connection USING (connection_id)"):
        token = vault.open(token_place(row["tenant_id"], row["connection_id"]), row["sealed_token"])
        found |= {f"access token of {row['connection_id']}": token.decode()}
    return found


async def _link(world: World) -> str:
    """The token of the invitation, whose letter waits for a mail server."""
    vault = Vault.from_file(world.installation.folder / "sealing.key")
    (row,) = await _rows(world, "mail")
    letter = exact_json.loads(vault.open(letter_place("", row["mail_id"]), row["letter"]))
    found = re.search(r"#(\S+)", letter["text"])
    assert found is not None
    return found[1]


async def _rows(world: World, table: str) -> list[Mapping[str, Any]]:
    return await rows(world.database_url, f"SELECT * FROM config_api.{table}")


def _with_key(world: World) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {world.installation.key}"}
    return httpx.AsyncClient(
        base_url=f"{world.installation.url}/v1/tenants/{world.tenant}/", headers=headers, timeout=30
    )


def _taken(answer: httpx.Response) -> httpx.Response:
    assert answer.is_success, (answer.request.url, answer.text)
    return answer
