"""What the operator allows a tenant, and what is refused or held back beyond it.

A tenant that is suspended, or whose month is used up, takes nothing new: no run that posts is accepted, and services
are served its settings with `sync` on request, so that nothing begins by itself. What was on its way is finished, and
the records left unposted are taken as soon as the cause is gone: nothing is skipped and nothing comes twice (F252).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.account import months
from tieout_config_api.store import Row, account, usage
from tieout_contracts.problems import Problem, problem
from tieout_contracts.settings import CompanySettings, SettingsSnapshot

Feature = Literal["xero", "quickbooks_online", "automatic_sync", "call_log", "procurement", "expense_links"]
NAMES: Mapping[Feature, str] = {
    "xero": "Xero",
    "quickbooks_online": "QuickBooks Online",
    "automatic_sync": "Automatic sync",
    "call_log": "The log of ConnectWise calls",
    "procurement": "Procurement",
    "expense_links": "Linking of expenses",
}
DEFAULT_ZONE = "UTC"


async def hold_of(tx: AsyncConnection, tenant_id: str, now: datetime) -> Problem | None:
    """Why the tenant takes nothing new just now, if so."""
    limits = await account.limits(tx, tenant_id)
    _, profile = await account.profile(tx, tenant_id)
    return await _hold(tx, limits, profile, now)


async def holds(tx: AsyncConnection, now: datetime) -> frozenset[str]:
    """The tenants that take nothing new just now."""
    found = [row for row in await account.limited(tx) if await _hold(tx, row, row["profile"] or {}, now)]
    return frozenset(row["tenant_id"] for row in found)


def as_served(snapshot: SettingsSnapshot, held: frozenset[str]) -> SettingsSnapshot:
    """What services are told: a held tenant's companies begin nothing by themselves."""
    if snapshot.tenant_id not in held:
        return snapshot
    return snapshot.model_copy(update={"settings": snapshot.settings.model_copy(update={"sync": "on_request"})})


async def beyond_companies(tx: AsyncConnection, tenant_id: str) -> Problem | None:
    """Why the tenant may have no further company. The tenant is to be held, so that two are not made at once."""
    most = (await account.limits(tx, tenant_id))["max_companies"]
    if most is None or (used := await account.companies(tx, tenant_id)) < most:
        return None
    return problem("account.too_many_companies", tenant=tenant_id, used=used, most=most)


async def switched_off(
    tx: AsyncConnection, tenant_id: str, settings: CompanySettings, before: CompanySettings | None = None
) -> Problem | None:
    """The first feature that these settings begin to use, and the tenant does not have."""
    off = (await account.limits(tx, tenant_id))["features_off"]
    had = _features(before) if before else frozenset()
    for feature in sorted(_features(settings) - had):
        if feature in off:
            return feature_off(tenant_id, feature)
    return None


def feature_off(tenant_id: str, feature: Feature) -> Problem:
    return problem("account.feature_off", tenant=tenant_id, feature=NAMES[feature])


def _features(settings: CompanySettings) -> frozenset[Feature]:
    ledger: Feature = "xero" if settings.ledger == "xero" else "quickbooks_online"
    begun: dict[Feature, bool] = {
        ledger: True,
        "automatic_sync": settings.sync == "automatic",
        "expense_links": bool(settings.expenses.links),
    }
    return frozenset(feature for feature, used in begun.items() if used)


async def _hold(tx: AsyncConnection, limits: Row, profile: Mapping[str, Any], now: datetime) -> Problem | None:
    tenant_id = limits["tenant_id"]
    if limits["suspended_at"] is not None:
        since = limits["suspended_at"].date()
        return problem("account.suspended", tenant=tenant_id, since=since)
    if (most := limits["max_records_per_month"]) is None:
        return None
    zone = profile.get("time_zone", DEFAULT_ZONE)
    month = months.month_at(now, zone)
    since, until = months.bounds([month], zone)
    used = await usage.count(tx, tenant_id, since, until)
    if used < most:
        return None
    return problem("account.month_used_up", tenant=tenant_id, used=used, most=most, month=f"{month:%B %Y}")
