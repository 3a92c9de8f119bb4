"""Settings as YAML, and what the command line does with them."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tieout_standalone.client import ApiClient
from tieout_standalone.inquiries import only_tenant

MAX_FILE_BYTES = 1024 * 1024
OWN_CALL = "arming"
"""Not in the file: a company is armed by a person's own call only."""


class NotSettings(Exception):
    """A file that holds no settings; the message says where and what."""


class _Plainly(yaml.SafeLoader):
    """Amounts, dates and codes stay as they are written: 0.50 is no float, and 0200 no octal number."""


_Plainly.yaml_implicit_resolvers = {
    letter: [
        (tag, pattern) for tag, pattern in resolvers if tag in {"tag:yaml.org,2002:bool", "tag:yaml.org,2002:null"}
    ]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def as_yaml(settings: dict[str, Any]) -> str:
    """In the order of the API, without what is unset; `read_yaml` gives the same settings back."""
    told = {name: each for name, each in _without_none(settings).items() if name != OWN_CALL}
    text: str = yaml.safe_dump(told, sort_keys=False, allow_unicode=True, width=100)
    return text


def read_yaml(file: Path) -> dict[str, Any]:
    """The file's settings. Raises NotSettings in a sentence."""
    if file.stat().st_size > MAX_FILE_BYTES:
        raise NotSettings(f"{file} is larger than {MAX_FILE_BYTES} bytes.")
    try:
        found = yaml.load(file.read_text(encoding="utf-8"), _Plainly)  # noqa: S506 - it is a SafeLoader
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise NotSettings(f"{file} is no YAML: {' '.join(str(error).split())[:300]}") from None
    if not isinstance(found, dict):
        raise NotSettings(f"{file} holds no settings: at its top stand names with values.")
    if OWN_CALL in found:
        raise NotSettings(f"{file} names {OWN_CALL}, which a file cannot change. Leave it out; arm the company itself.")
    return found


async def history(api: ApiClient, console: Console, tenant: str | None, company: str) -> int:
    table = Table(show_edge=False)
    for heading in ("version", "saved at (UTC)", "comment"):
        table.add_column(heading)
    for each in await api.get(f"{await _place(api, tenant, company)}/settings", limit=200):
        table.add_row(str(each["version"]), each["created_at"][:19].replace("T", " "), Text(each["comment"] or ""))
    console.print(table)
    return 0


async def show(api: ApiClient, tenant: str | None, company: str, version: int | None) -> int:
    place = await _place(api, tenant, company)
    found = await api.get(place if version is None else f"{place}/settings/{version}")
    sys.stdout.write(f"# {company}, version {found['version']}\n{as_yaml(found['settings'])}")
    return 0


async def plan(api: ApiClient, console: Console, tenant: str | None, company: str, file: Path) -> int:
    found = await api.post(f"{await _place(api, tenant, company)}/settings/plan", read_yaml(file))
    _show_changes(console, found["changes"])
    console.print(f"Compared with version {found['version']}; nothing was saved.")
    return 0


async def apply(
    api: ApiClient, console: Console, tenant: str | None, company: str, file: Path, comment: str | None
) -> int:
    """Nothing is saved where nothing would change."""
    settings, place = read_yaml(file), await _place(api, tenant, company)
    found = await api.post(f"{place}/settings/plan", settings)
    _show_changes(console, found["changes"])
    if not found["changes"]:
        console.print(f"Version {found['version']} stays the newest.")
        return 0
    etag = {"If-Match": f'"{found["version"]}"'}
    saved = await api.put(f"{place}/settings", settings, query={"comment": comment or f"from {file.name}"}, **etag)
    console.print(f"Saved as version {saved['version']}. tieout preview --company {company} shows what it changes.")
    return 0


async def roll_back(api: ApiClient, console: Console, tenant: str | None, company: str, version: int) -> int:
    place = await _place(api, tenant, company)
    now = (await api.get(place))["version"]
    saved = await api.post(f"{place}/settings/roll-back", {"version": version}, **{"If-Match": f'"{now}"'})
    changes = await api.get(f"{place}/settings/{saved['version']}/difference", since=now)
    _show_changes(console, changes)
    console.print(f"Version {saved['version']} has the settings of version {version}.")
    return 0


def _show_changes(console: Console, changes: Sequence[dict[str, Any]]) -> None:
    if not changes:
        console.print("Nothing differs.")
        return
    table = Table(show_edge=False)
    for heading in ("setting", "before", "after"):
        table.add_column(heading)
    for each in changes:
        table.add_row(*(Text("" if each[name] is None else each[name]) for name in ("field", "before", "after")))
    console.print(table)


async def _place(api: ApiClient, tenant: str | None, company: str) -> str:
    return f"/tenants/{await only_tenant(api, tenant)}/companies/{company}"


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_none(each) for name, each in value.items() if each is not None}
    return [_without_none(each) for each in value] if isinstance(value, list) else value
