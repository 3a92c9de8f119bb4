"""Gathers what the check looks at: rows, and ConnectWise itself. Nothing is written."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.account.limits import hold_of
from tieout_config_api.setup.facts import Connections, Facts, Site
from tieout_config_api.setup.waiting import ACCOUNT_MISSING, TAX_UNMAPPED, waiting_for
from tieout_config_api.store import Row, accounts, callbacks, options
from tieout_config_api.store.tables import record
from tieout_contracts.problems import problem
from tieout_contracts.reference import LedgerReference
from tieout_contracts.settings import CompanySettings
from tieout_providers.connectwise import ConnectWise
from tieout_providers.errors import ProviderError

Shown = TypeVar("Shown")
SITE_LIMIT_S = 20.0
REFUSED_MAX = 2_000
"""So many refused records are looked at for what they lack, those refused last first."""


async def facts_of(
    tx: AsyncConnection, tenant_id: str, company_id: str, settings: CompanySettings, site: Site, now: datetime
) -> Facts:
    connections = {row["connection_id"]: row for row in await accounts.connections(tx, tenant_id)}
    door = await callbacks.one(tx, settings.connectwise_connection)
    refused = await _refused(tx, tenant_id, company_id)
    own = await options.of(tx, tenant_id)
    return Facts(
        settings=settings,
        reference=await _reference(tx, company_id),
        site=site,
        connections=_connections(connections.get(settings.ledger_connection), door, tenant_id),
        others=[each for each in await accounts.snapshots(tx, tenant_id) if each.company_id != company_id],
        waiting_accounts=waiting_for(ACCOUNT_MISSING, "account", refused),
        waiting_taxes=waiting_for(TAX_UNMAPPED, "tax_code", refused),
        held=await hold_of(tx, tenant_id, now),
        payment_types=own["options"].get("expense_payment_types", ()),
        payment_type_ids=own["payment_type_ids"],
    )


async def read_site(
    connectwise: ConnectWise,
    *,
    payment_types: bool = False,
    of_expenses: bool = False,
    limit_s: float = SITE_LIMIT_S,
) -> Site:
    """What the site shows within the limit; what it does not show is told as a problem and left empty.

    `payment_types`: those, too. `of_expenses`: members and expense types, too. They come last: what posting needs is
    not lost where a long list takes too long.
    """
    asked: dict[str, Callable[[], Awaitable[Sequence[Any]]]] = {
        "tax codes": connectwise.tax_codes,
        "locations": connectwise.locations,
        "currencies": connectwise.currencies,
        "billing terms": connectwise.billing_terms,
    }
    needed = tuple(asked)
    if payment_types:
        asked["payment types"] = connectwise.payment_types
    if of_expenses:
        asked |= {"members": connectwise.members, "expense types": connectwise.expense_types}
    answers: dict[str, Sequence[Any] | str] = dict.fromkeys(asked, f"no end of its answers within {limit_s:.0f} s.")
    try:
        async with asyncio.timeout(limit_s):
            for what, ask in asked.items():
                answers[what] = await shown_or_why(ask)
    except TimeoutError:
        pass
    shown: dict[str, Sequence[Any]] = {what: answer for what, answer in answers.items() if not isinstance(answer, str)}
    return Site(
        tax_codes=shown.get("tax codes", ()),
        locations=shown.get("locations", ()),
        currencies=shown.get("currencies", ()),
        terms=shown.get("billing terms", ()),
        payment_types=answers.get("payment types", ()),
        members=answers.get("members", ()),
        expense_types=answers.get("expense types", ()),
        problems=[
            problem("setup.site_unreadable", what=what, reason=why)
            for what in needed
            if isinstance(why := answers[what], str)
        ],
    )


async def shown_or_why(ask: Callable[[], Awaitable[Sequence[Shown]]]) -> Sequence[Shown] | str:
    """What is asked for, or why it could not be read."""
    try:
        return await ask()
    except ProviderError as error:
        return error.sentence


async def _reference(tx: AsyncConnection, company_id: str) -> LedgerReference | None:
    content = await accounts.reference_of(tx, company_id)
    return None if content is None else LedgerReference.model_validate(content)


async def _refused(tx: AsyncConnection, tenant_id: str, company_id: str) -> list[list[dict[str, Any]]]:
    query = (
        sa.select(record.c.plan_problems)
        .where(record.c.tenant_id == tenant_id, record.c.company_id == company_id, record.c.status == "refused")
        .order_by(record.c.plan_refused_at.desc().nulls_last())
        .limit(REFUSED_MAX)
    )
    return list((await tx.execute(query)).scalars())


def _connections(ledger: Row | None, door: Row | None, tenant_id: str) -> Connections:
    own = door if door is not None and door["tenant_id"] == tenant_id else None
    told = own["problem"] if own is not None else None
    return Connections(
        ledger_kind=ledger["kind"] if ledger is not None else None,
        ledger_broken=ledger is not None and ledger["reconnect_since"] is not None,
        callbacks=own is not None and own["enabled"] and (own["checked_at"] is not None or told is not None),
        callback_problem=(told.get("sentence") or told.get("title")) if told else None,
    )
