"""What the command line says and asks about people and API keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tieout_standalone.client import ApiClient
from tieout_standalone.inquiries import only_tenant


@dataclass(frozen=True)
class Invitation:
    email: str
    name: str
    companies: Sequence[str] = ()
    super_admin: bool = False


async def invite(api: ApiClient, console: Console, tenant: str | None, asked: Invitation) -> int:
    """With companies she is a user of these, without an account admin."""
    who = {"email": asked.email, "name": asked.name}
    if asked.super_admin:
        await api.post("/users", who)
        what = "a super admin"
    else:
        tenant_id = await only_tenant(api, tenant)
        role = {"role": "user", "companies": list(asked.companies)} if asked.companies else {"role": "account_admin"}
        await api.post(f"/tenants/{tenant_id}/users", who | role)
        of = f"a user of {', '.join(asked.companies)}" if asked.companies else "an account admin"
        what = f"{of} in {tenant_id}"
    console.print(f"{asked.email} is {what}; a mail is on its way.", highlight=False)
    return 0


async def list_users(api: ApiClient, console: Console, tenant: str | None) -> int:
    table = _table("e-mail", "name", "role", "companies", "status", "second factor")
    for each in await api.every(f"/tenants/{await only_tenant(api, tenant)}/users"):
        factor = "set up" if each["second_factor"] else "none yet"
        companies = "all" if each["companies"] is None else ", ".join(each["companies"]) or "none"
        role = each["role"].replace("_", " ")
        table.add_row(*map(Text, (each["email"], each["name"], role, companies, each["status"], factor)))
    console.print(table)
    return 0


async def disable(api: ApiClient, console: Console, tenant: str | None, email: str) -> int:
    """1 where there is no such user."""
    place = f"/tenants/{await only_tenant(api, tenant)}/users"
    found = [each for each in await api.every(place) if each["email"] == email.lower()]
    if not found:
        console.print(f"There is no user {email}. tieout users list shows who there is.", highlight=False)
        return 1
    place = f"{place}/{found[0]['person_id']}"
    user, etag = await api.seen(place)
    now = {"role": user["role"], "companies": user["companies"], "disabled": True}
    await api.put(place, now, query=None, **{"If-Match": etag})
    console.print(f"{email} reaches nothing of this tenant any more.", highlight=False)
    return 0


async def create_key(
    api: ApiClient,
    console: Console,
    tenant: str | None,
    name: str,
    *,
    scopes: Sequence[str],
    companies: Sequence[str],
    days: int | None,
) -> int:
    body: dict[str, Any] = {"name": name, "scopes": list(scopes)}
    if companies:
        body["companies"] = list(companies)
    if days is not None:
        body["expires_at"] = (datetime.now(UTC) + timedelta(days=days)).isoformat()
    made = await api.post(f"/tenants/{await only_tenant(api, tenant)}/api-keys", body)
    console.print(f"API key {made['key_id']}. Keep it now; it is not shown again:", highlight=False)
    console.print(made["key"], highlight=False, soft_wrap=True)
    return 0


async def list_keys(api: ApiClient, console: Console, tenant: str | None) -> int:
    table = _table("id", "name", "scopes", "companies", "last used", "state")
    for each in await api.every(f"/tenants/{await only_tenant(api, tenant)}/api-keys"):
        companies = "all" if each["companies"] is None else ", ".join(each["companies"])
        used = (each["last_used_at"] or "never")[:16].replace("T", " ")
        table.add_row(
            *map(Text, (each["key_id"], each["name"], ", ".join(each["scopes"]), companies, used)), _state(each)
        )
    console.print(table)
    return 0


async def revoke_key(api: ApiClient, console: Console, tenant: str | None, key_id: str) -> int:
    await api.delete(f"/tenants/{await only_tenant(api, tenant)}/api-keys/{key_id}")
    console.print(f"The key {key_id} opens nothing any more.", highlight=False)
    return 0


def _state(key: dict[str, Any]) -> str:
    if key["revoked_at"] is not None:
        return "revoked"
    if key["expires_at"] is None:
        return "in use"
    over = datetime.fromisoformat(key["expires_at"]) <= datetime.now(UTC)
    return "expired" if over else f"until {key['expires_at'][:10]}"


def _table(*headings: str) -> Table:
    table = Table(show_edge=False)
    for heading in headings:
        table.add_column(heading)
    return table
