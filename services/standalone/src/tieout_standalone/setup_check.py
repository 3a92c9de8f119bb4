"""`tieout check-setup`: every step of getting started, and what is to be done about it."""

from rich.console import Console
from rich.text import Text

from tieout_standalone.client import ApiClient
from tieout_standalone.inquiries import only_tenant
from tieout_standalone.report import Record

_LOOKS = {"good": ("good", "green"), "to_do": ("to do", "yellow"), "unknown": ("not known", "dim")}

_PROPOSED = {"account": "accounts", "tax code": "taxes", "expense type": "expense_types"}


async def check_setup(api: ApiClient, console: Console, tenant: str | None, company: str | None) -> int:
    """The named company, else all; 1 when one of them cannot post yet."""
    tenant_id = await only_tenant(api, tenant)
    known = [str(one["company_id"]) for one in await api.every(f"/tenants/{tenant_id}/companies")]
    names = [company] if company is not None else known
    checked = [await api.post(f"/tenants/{tenant_id}/companies/{name}/setup-check") for name in names]
    for each in checked:
        _show(console, each)
    if not names:
        console.print(f"{tenant_id} has no company yet: make one first.")
    return 0 if names and all(each["ready"] for each in checked) else 1


def _show(console: Console, checked: Record) -> None:
    verdict = "records can be posted" if checked["ready"] else "records cannot be posted yet"
    console.print(f"[bold]{checked['company_id']}[/bold]: {verdict}", highlight=False)
    for step in checked["steps"]:
        words, look = _LOOKS[step["state"]]
        console.print(Text.assemble("  ", f"{step['step'].replace('_', ' '):<17}", (words, look)))
        for found in step["findings"]:
            colour = "yellow" if found["severity"] == "warning" else "red"
            console.print(Text.assemble("    ", (found["sentence"], colour), f" {found['hint']}"))
    for kind, name in _PROPOSED.items():
        for each in checked["suggestions"].get(name, ()):
            _show_proposals(console, kind, each)


def _show_proposals(console: Console, kind: str, proposed: Record) -> None:
    for one in proposed["candidates"]:
        likely = f"{proposed['unmapped']} may be {one['code']} ({one['name']}), {one['score']} of 100: {one['reason']}."
        console.print(f"  {kind} {likely}", highlight=False, markup=False)
