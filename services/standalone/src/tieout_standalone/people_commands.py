"""`tieout users` and `tieout api-keys`: who and what may come in."""

from typing import Annotated

import typer

from tieout_standalone import people
from tieout_standalone.options import DEFAULT_FOLDER, DEFAULT_URL, DataDir, Tenant, Url, console, with_api

users = typer.Typer(no_args_is_help=True, help="A tenant's people; who may do what is told in docs/access.md.")
api_keys = typer.Typer(no_args_is_help=True, help="A tenant's API keys.")

Companies = Annotated[list[str] | None, typer.Option("--company", help="Only this company; may be given again.")]


@users.command()
def invite(
    email: Annotated[str, typer.Argument(help="The login, and where the invitation goes.")],
    name: Annotated[str | None, typer.Option(help="Else what stands before the @.")] = None,
    company: Companies = None,
    super_admin: Annotated[bool, typer.Option("--super-admin", help="For the whole installation.")] = False,
    data_dir: DataDir = DEFAULT_FOLDER,
    url: Url = DEFAULT_URL,
    tenant: Tenant = None,
) -> None:
    """Invite somebody by mail: an account admin, or with --company a user of chosen companies."""
    asked = people.Invitation(email, name or email.partition("@")[0], company or (), super_admin)
    with_api(data_dir, url, lambda api: people.invite(api, console, tenant, asked))


@users.command("list")
def list_(data_dir: DataDir = DEFAULT_FOLDER, url: Url = DEFAULT_URL, tenant: Tenant = None) -> None:
    """Who belongs to the tenant, as what, and whether a second factor is set up."""
    with_api(data_dir, url, lambda api: people.list_users(api, console, tenant))


@users.command()
def disable(
    email: Annotated[str, typer.Argument(help="The login.")],
    data_dir: DataDir = DEFAULT_FOLDER,
    url: Url = DEFAULT_URL,
    tenant: Tenant = None,
) -> None:
    """Take everything of this tenant from somebody, at once."""
    with_api(data_dir, url, lambda api: people.disable(api, console, tenant, email))


@api_keys.command()
def create(
    name: Annotated[str, typer.Argument(help="What it is for.")],
    scope: Annotated[list[str], typer.Option("--scope", help="Such as records:read; may be given again.")],
    company: Companies = None,
    days: Annotated[int | None, typer.Option(min=1, max=3650, help="Expires after so many; else never.")] = None,
    data_dir: DataDir = DEFAULT_FOLDER,
    url: Url = DEFAULT_URL,
    tenant: Tenant = None,
) -> None:
    """Make a key and show it, once."""
    with_api(
        data_dir,
        url,
        lambda api: people.create_key(api, console, tenant, name, scopes=scope, companies=company or (), days=days),
    )


@api_keys.command("list")
def list_keys(data_dir: DataDir = DEFAULT_FOLDER, url: Url = DEFAULT_URL, tenant: Tenant = None) -> None:
    """Every key, what it may, and when it was used last."""
    with_api(data_dir, url, lambda api: people.list_keys(api, console, tenant))


@api_keys.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="As the list names it.")],
    data_dir: DataDir = DEFAULT_FOLDER,
    url: Url = DEFAULT_URL,
    tenant: Tenant = None,
) -> None:
    """Close a key, at once and for good."""
    with_api(data_dir, url, lambda api: people.revoke_key(api, console, tenant, key_id))
