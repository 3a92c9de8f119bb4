"""The check of a company's set-up, and proposals for what is not mapped."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from tieout_chassis.call_log import CallLog
from tieout_config_api.call_log import keep_told
from tieout_config_api.connections import connectwise_access
from tieout_config_api.connectwise.connectivity import Connectivity, check_connectivity, client_of
from tieout_config_api.public.companies import newest
from tieout_config_api.public.door import InRooms, Rooms, require_company
from tieout_config_api.public.tenants import Body
from tieout_config_api.setup.check import is_ready, steps_of
from tieout_config_api.setup.facts import Facts, Site, Step, StepName
from tieout_config_api.setup.reading import facts_of, read_site
from tieout_config_api.setup.suggesting import (
    Suggestion,
    account_suggestions,
    expense_suggestions,
    tax_suggestions,
)
from tieout_config_api.store import accounts, call_log, options
from tieout_contracts.problems import Problem, problem
from tieout_contracts.settings import CompanySettings

router = APIRouter(tags=["set-up"])


class SetupAsked(Body):
    """`settings`: others than those that are saved: what would break with them? They are not saved."""

    settings: CompanySettings | None = None


class CheckedStep(BaseModel):
    """good: nothing to do. to_do: something was found. unknown: it could not be looked at."""

    step: StepName
    state: Literal["good", "to_do", "unknown"]
    findings: Sequence[Problem]


class Candidate(BaseModel):
    """`score`: 0 to 100, and its reason."""

    code: str
    name: str
    score: int
    reason: str


class Unmapped(BaseModel):
    """ConnectWise's code, and what of the ledger it may be, best first. Nothing is ever mapped by itself."""

    unmapped: str
    candidates: list[Candidate]


class Suggestions(BaseModel):
    accounts: list[Unmapped]
    taxes: list[Unmapped]
    expense_types: list[Unmapped]


class SetupChecked(BaseModel):
    """`ready`: every step could be looked at, and only warnings were found."""

    company_id: str
    checked_at: datetime
    reference_read_at: datetime | None
    ready: bool
    steps: list[CheckedStep]
    suggestions: Suggestions


@router.post("/tenants/{tenant_id}/companies/{company_id}/setup-check")
async def check_setup(tenant_id: str, company_id: str, rooms: InRooms, body: SetupAsked | None = None) -> SetupChecked:
    """Look at every step of getting started, now: at ConnectWise itself and at what was last read of the ledger.
    Nothing is written."""
    facts, tested = await _gathered(tenant_id, company_id, rooms, body)
    steps = steps_of(facts, tested.problems, finished=tested.finished)
    return SetupChecked(
        company_id=company_id,
        checked_at=rooms.clock.now(),
        reference_read_at=facts.reference.read_at if facts.reference else None,
        ready=is_ready(steps),
        steps=[_step(each) for each in steps],
        suggestions=_suggestions(facts),
    )


@router.post("/tenants/{tenant_id}/companies/{company_id}/mapping-suggestions")
async def suggest_mappings(
    tenant_id: str, company_id: str, rooms: InRooms, body: SetupAsked | None = None
) -> Suggestions:
    """What the accounts and tax codes that are not mapped may be in the ledger. Nothing is mapped by this."""
    facts, _ = await _gathered(tenant_id, company_id, rooms, body)
    return _suggestions(facts)


async def _gathered(
    tenant_id: str, company_id: str, rooms: Rooms, body: SetupAsked | None
) -> tuple[Facts, Connectivity]:
    async with rooms.database.transaction() as tx:
        await require_company(tx, tenant_id, company_id)
        saved = (await newest(tx, tenant_id, company_id)).settings
    asked = body.settings if body else None
    settings = asked.model_copy(update={"arming": saved.arming}) if asked else saved
    tested, site = await _at_the_site(tenant_id, settings, rooms)
    async with rooms.database.transaction() as tx:
        return await facts_of(tx, tenant_id, company_id, settings, site, rooms.clock.now()), tested


async def _at_the_site(tenant_id: str, settings: CompanySettings, rooms: Rooms) -> tuple[Connectivity, Site]:
    """The test of the connection (F205), and what the site shows of its set-up if the test came to its end."""
    connection_id = settings.connectwise_connection
    async with rooms.database.transaction() as tx:
        row = await accounts.connection_by_id(tx, connection_id)
        log_calls = (await call_log.switch(tx, tenant_id))["enabled"]
        named = (await options.of(tx, tenant_id))["options"].get("expense_payment_types", ())
    if row is None or row["tenant_id"] != tenant_id or row["kind"] != "connectwise":
        missing = problem("setup.connection_missing", connection=connection_id, provider="ConnectWise")
        return Connectivity(problems=(missing,), finished=True), Site()
    access = connectwise_access(rooms.vault, row, log_calls=log_calls)
    log = CallLog(rooms.clock, lambda told: keep_told(rooms.database, rooms.sealer, told))
    witness = log.witness_of(access)
    tested = await check_connectivity(access, rooms.http, witness)
    site = Site()
    if tested.finished:
        client, of_expenses = client_of(access, rooms.http, witness), settings.expenses.in_use
        site = await read_site(client, payment_types=bool(named), of_expenses=of_expenses)
    await log.step()
    return tested, site


def _step(step: Step) -> CheckedStep:
    return CheckedStep(step=step.name, state=step.state, findings=step.findings)


def _suggestions(facts: Facts) -> Suggestions:
    return Suggestions(
        accounts=[_unmapped(each) for each in account_suggestions(facts)],
        taxes=[_unmapped(each) for each in tax_suggestions(facts)],
        expense_types=[_unmapped(each) for each in expense_suggestions(facts)],
    )


def _unmapped(found: Suggestion) -> Unmapped:
    return Unmapped(unmapped=found.unmapped, candidates=[Candidate(**asdict(each)) for each in found.candidates])
