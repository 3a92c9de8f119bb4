"""An organisation of a consent becomes a connection, or a connection gets a new consent.

A connection keeps its id for life, and with it its settings and its queue; so it also keeps its organisation: what
waits in it was made for those books.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.connections import sealed
from tieout_config_api.consents.ledger_apps import LedgerApps, Organisation
from tieout_config_api.refusals import refused
from tieout_config_api.store import Row, accounts, connect_attempts, consents
from tieout_config_api.vault import Vault
from tieout_contracts.settings import CompanySettings


@dataclass(frozen=True, slots=True)
class Choice:
    """`organisation_id`: none where it is clear: the connection's own, or the only one."""

    connection_id: str
    organisation_id: str | None


async def join(
    tx: AsyncConnection, vault: Vault, ledger: LedgerApps, attempt: Row, choices: Sequence[Choice], now: datetime
) -> list[dict[str, Any]]:
    """Make the chosen connections, and tell which. Raises ApiError, and then nothing is made.

    What the connections hung on before is let go; connections that shared it move along, if the new consent reaches
    their organisations.
    """
    offered = [Organisation(**each) for each in attempt["organisations"] or ()]
    made = []
    for choice in choices:
        known = await consents.connection_for_update(tx, choice.connection_id)
        if known is None:
            organisation = _chosen(choice, offered)
            _refuse_another(
                choice, await _named_by_settings(tx, attempt["tenant_id"], choice.connection_id), [organisation]
            )
            await _create(tx, vault, ledger, attempt, choice.connection_id, organisation, now)
        else:
            organisation = await _same(tx, attempt, choice, known, offered)
            for each in [known, *await _companions(tx, known)]:
                if each is known:
                    await _renew(tx, vault, attempt, each, organisation, now)
                elif (theirs := _found(offered, each["details"].get("organisation_id"))) is not None:
                    await _renew(tx, vault, attempt, each, theirs, now)
        made.append({"connection_id": choice.connection_id, **organisation.details()})
    await connect_attempts.connected(tx, attempt["attempt_id"], made)
    await consents.drop_unused(tx, attempt["tenant_id"])
    return made


def _chosen(choice: Choice, offered: Sequence[Organisation]) -> Organisation:
    if choice.organisation_id is None and len(offered) == 1:
        return offered[0]
    found = _found(offered, choice.organisation_id)
    if found is None:
        raise refused(409, "connect.not_offered", organisation=choice.organisation_id or "(none named)")
    return found


def _found(offered: Sequence[Organisation], organisation_id: str | None) -> Organisation | None:
    return next((each for each in offered if each.organisation_id == organisation_id), None)


async def _same(
    tx: AsyncConnection, attempt: Row, choice: Choice, known: Row, offered: Sequence[Organisation]
) -> Organisation:
    """The organisation that the connection is to, among those offered."""
    if (known["tenant_id"], known["kind"]) != (attempt["tenant_id"], attempt["kind"]):
        raise refused(409, "api.exists", what="connection", id=choice.connection_id)
    ours = await _organisations_of(tx, known)
    wanted = [choice.organisation_id] if choice.organisation_id is not None else sorted(ours)
    found = next((each for each in offered if each.organisation_id in wanted), None)
    if not ours or (found is None and choice.organisation_id is not None):
        found = _chosen(choice, offered)
    _refuse_another(choice, ours, offered if found is None else [found], known["details"].get("organisation_name"))
    assert found is not None  # one of ours is among those offered
    return found


def _refuse_another(
    choice: Choice, ours: Collection[str], theirs: Sequence[Organisation], named: str | None = None
) -> None:
    """409 where the connection stands for other books than these; with none of its own, any will do."""
    if not ours or any(each.organisation_id in ours for each in theirs):
        return
    told = f"{named} ({', '.join(sorted(ours))})" if named else ", ".join(sorted(ours))
    reached = ", ".join(f"{each.name} ({each.organisation_id})" for each in theirs)
    raise refused(409, "connect.other_organisation", connection=choice.connection_id, ours=told, theirs=reached)


async def _organisations_of(tx: AsyncConnection, known: Row) -> set[str]:
    """Its own; or, of one that was put by hand, those that companies' settings name for it."""
    if (own := known["details"].get("organisation_id")) is not None:
        return {str(own)}
    return await _named_by_settings(tx, known["tenant_id"], known["connection_id"])


async def _named_by_settings(tx: AsyncConnection, tenant_id: str, connection_id: str) -> set[str]:
    """As providers write them: a person may have typed Xero's in capitals."""
    return {
        each.settings.organisation_id.lower()
        for each in await accounts.snapshots(tx, tenant_id)
        if each.settings.ledger_connection == connection_id
    }


async def refuse_other_books(tx: AsyncConnection, tenant_id: str, settings: CompanySettings) -> None:
    """409 for settings that would post over a connection into another organisation than the one it was consented to:
    a consent may reach both."""
    row = await accounts.connection_by_id(tx, settings.ledger_connection)
    own = row["details"].get("organisation_id") if row is not None and row["tenant_id"] == tenant_id else None
    if own is not None and own.lower() != settings.organisation_id.lower():
        raise refused(
            409, "connect.other_books", connection=settings.ledger_connection, ours=own, theirs=settings.organisation_id
        )


async def _companions(tx: AsyncConnection, known: Row) -> list[Row]:
    if known["consent_id"] is None:
        return []
    sharing = await consents.sharing(tx, known["consent_id"])
    return [each for each in sharing if each["connection_id"] != known["connection_id"]]


async def _create(
    tx: AsyncConnection,
    vault: Vault,
    ledger: LedgerApps,
    attempt: Row,
    connection_id: str,
    organisation: Organisation,
    now: datetime,
) -> None:
    tenant_id, kind = attempt["tenant_id"], attempt["kind"]
    taken = await consents.connected_to(tx, tenant_id, kind, organisation.organisation_id)
    if taken is not None:
        raise refused(409, "connect.organisation_taken", organisation=organisation.name, connection=taken)
    details = {name: attempt["details"][name] for name in ("client_id", "api_url", "identity_url")}
    await consents.create_connection(
        tx,
        connection_id=connection_id,
        tenant_id=tenant_id,
        kind=kind,
        details={**details, **ledger.limits, **organisation.details()},
        secret=await sealed(vault, tx, tenant_id, connection_id, {}),
        consent_id=attempt["consent_id"],
        at=now,
    )


async def _renew(
    tx: AsyncConnection, vault: Vault, attempt: Row, known: Row, organisation: Organisation, now: datetime
) -> None:
    """The connection keeps its limits and addresses; its keys, if it had its own, are over."""
    details = {**known["details"], "client_id": attempt["details"]["client_id"], **organisation.details()}
    secret = await sealed(vault, tx, known["tenant_id"], known["connection_id"], {})
    await consents.use(tx, known["connection_id"], attempt["consent_id"], details=details, secret=secret, at=now)
