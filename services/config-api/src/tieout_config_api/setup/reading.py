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
from tieout_contracts.problems import Problem, problem
from tieout_contracts.reference import LedgerReference
from tieout_contracts.settings import CompanySettings
from tieout_providers.connectwise import ConnectWise
from tieout_providers.connectwise.models import ExpenseType, Member, PaymentType
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


async def read_site(connectwise: ConnectWise, *, payment_types: bool = False, of_expenses: bool = False) -> Site:
    """What the site shows; what it does not show is told as a problem and left empty.

    `payment_types`: those, too. `of_expenses`: members and expense types, too.
    """
    asked: dict[str, Callable[[], Awaitable[Any]]] = {
        "tax codes": connectwise.tax_codes,
        "locations": connectwise.locations,
        "currencies": connectwise.currencies,
        "billing terms": connectwise.billing_terms,
    }
    types: Sequence[PaymentType] | str = ()
    members: Sequence[Member] | str = ()
    expense_types: Sequence[ExpenseType] | str = ()
    try:
        async with asyncio.timeout(SITE_LIMIT_S):
            answers = {what: await _read(what, ask) for what, ask in asked.items()}
            if payment_types:
                types = await shown_or_why(connectwise.payment_types)
            if of_expenses:
                members = await shown_or_why(connectwise.members)
                expense_types = await shown_or_why(connectwise.expense_types)
    except TimeoutError:
        reason = f"no end of its answers within {SITE_LIMIT_S:.0f} s."
        return Site(problems=(problem("setup.site_unreadable", what="set-up", reason=reason),))
    shown = {what: () if isinstance(answer, Problem) else answer for what, answer in answers.items()}
    return Site(
        tax_codes=shown["tax codes"],
        locations=shown["locations"],
        currencies=shown["currencies"],
        terms=shown["billing terms"],
        payment_types=types,
        members=members,
        expense_types=expense_types,
        problems=[answer for answer in answers.values() if isinstance(answer, Problem)],
    )


async def shown_or_why(ask: Callable[[], Awaitable[Sequence[Shown]]]) -> Sequence[Shown] | str:
    """What is asked for, or why it could not be read."""
    try:
        return await ask()
    except ProviderError as error:
        return error.sentence


async def _read(what: str, ask: Callable[[], Awaitable[Any]]) -> Any:
    try:
        return await ask()
    except ProviderError as error:
        return problem("setup.site_unreadable", what=what, reason=error.sentence)


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
