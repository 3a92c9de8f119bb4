"""Connecting a ledger by a consent: start, the way back from the provider's page, the choice, and giving it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field, model_validator

from tieout_config_api.consents.connecting import Connecting, PageAnswer, State, state_of
from tieout_config_api.consents.disconnecting import Disconnecting
from tieout_config_api.consents.joining import Choice
from tieout_config_api.consents.ledger_apps import App
from tieout_config_api.public.callback_page import page_of, refusal_page
from tieout_config_api.public.door import ApiError, InAudit, InRooms
from tieout_config_api.public.tenants import Body, Secret, Text
from tieout_config_api.settings import CALLBACK
from tieout_config_api.store import Row
from tieout_contracts.problems import Problem
from tieout_contracts.settings import Identifier

router = APIRouter(tags=["connecting"])
callback_router = APIRouter(tags=["connecting"])
"""Without the API key."""
MAX_CHOICES = 100


class NewAttempt(Body):
    """`connection_id`: of a connection that exists, to connect it again; or of the one to be made, where only one is
    meant. `client_id` and `client_secret`: of an app of your own, else the installation's."""

    kind: Literal["xero", "qbo"]
    connection_id: Identifier | None = None
    client_id: Text | None = None
    client_secret: Secret | None = None

    @model_validator(mode="after")
    def _an_app_is_whole(self) -> Self:
        if (self.client_id is None) != (self.client_secret is None):
            raise ValueError("client_id and client_secret go together")
        return self

    def app(self) -> App | None:
        if self.client_id is None or self.client_secret is None:
            return None
        return App(self.client_id, self.client_secret.get_secret_value())


class StartedAttempt(BaseModel):
    attempt_id: UUID
    url: str
    """Open it in a browser, signed in at the provider."""
    expires_at: datetime


class OfferedOrganisation(BaseModel):
    organisation_id: str
    name: str


class MadeConnection(BaseModel):
    connection_id: str
    organisation_id: str
    organisation_name: str


class Attempt(BaseModel):
    attempt_id: UUID
    kind: str
    connection_id: str | None
    person: str
    state: State
    """`choosing`: somebody consented, and says now which organisations become connections."""
    expires_at: datetime
    organisations: Sequence[OfferedOrganisation]
    connected: Sequence[MadeConnection]
    problem: dict[str, Any] | None


class ChosenOrganisation(Body):
    """`organisation_id` may be left out where the consent reaches one only, or the connection exists."""

    connection_id: Identifier
    organisation_id: Text | None = None


class NewConnections(Body):
    connections: Annotated[tuple[ChosenOrganisation, ...], Field(min_length=1, max_length=MAX_CHOICES)]


class Disconnected(BaseModel):
    connection_id: str
    warnings: Sequence[Problem]
    """What the provider could not be told."""


@dataclass(frozen=True, slots=True)
class Consents:
    """What these routes work with, beside the rooms; at `app.state.consents`."""

    connecting: Connecting
    disconnecting: Disconnecting


def _consents(request: Request) -> Consents:
    found: Consents = request.app.state.consents
    return found


InConsents = Annotated[Consents, Depends(_consents)]


@router.post("/tenants/{tenant_id}/connect-attempts", status_code=201)
async def start_connecting(tenant_id: str, body: NewAttempt, audit: InAudit, consents: InConsents) -> StartedAttempt:
    """The address of the ledger's consent page, good for ten minutes and for one answer."""
    started = await consents.connecting.start(
        tenant_id, body.kind, audit.actor, connection_id=body.connection_id, app=body.app()
    )
    return StartedAttempt(attempt_id=started.attempt_id, url=started.url, expires_at=started.expires_at)


@router.get("/tenants/{tenant_id}/connect-attempts/{attempt_id}")
async def show_attempt(tenant_id: str, attempt_id: UUID, rooms: InRooms, consents: InConsents) -> Attempt:
    """How far it has come."""
    return _shown(await consents.connecting.shown(tenant_id, attempt_id), rooms.clock.now())


@router.post("/tenants/{tenant_id}/connect-attempts/{attempt_id}/connections", status_code=201)
async def choose_organisations(
    tenant_id: str, attempt_id: UUID, body: NewConnections, rooms: InRooms, audit: InAudit, consents: InConsents
) -> Attempt:
    """Organisations of the consent become connections; they share it. All or none, and by who started it."""
    choices = [Choice(each.connection_id, each.organisation_id) for each in body.connections]
    chosen = await consents.connecting.choose(tenant_id, attempt_id, audit.actor, choices)
    return _shown(chosen, rooms.clock.now())


@router.post("/tenants/{tenant_id}/connections/{connection_id}/disconnect")
async def disconnect(tenant_id: str, connection_id: str, audit: InAudit, consents: InConsents) -> Disconnected:
    """Give the consent to this organisation back. The connection, its settings and its queue stay."""
    warnings = await consents.disconnecting.disconnect(tenant_id, connection_id, audit.actor)
    return Disconnected(connection_id=connection_id, warnings=warnings)


Limited = Query(max_length=4096)


@callback_router.get(CALLBACK, response_class=HTMLResponse)
async def consent_callback(
    rooms: InRooms,
    consents: InConsents,
    state: Annotated[str, Limited] = "",
    code: Annotated[str | None, Limited] = None,
    error: Annotated[str | None, Limited] = None,
    realm_id: Annotated[str | None, Query(alias="realmId", max_length=40)] = None,
) -> HTMLResponse:
    """The end of a consent: a page that says in words what came of it. A browser comes here from the provider, without
    a key: what it must bring is the state of an attempt."""
    try:
        attempt = await consents.connecting.returned(PageAnswer(state, code, error, realm_id))
    except ApiError as refusal:
        return refusal_page(refusal)
    return page_of(_shown(attempt, rooms.clock.now()).model_dump())


def _shown(row: Row, now: datetime) -> Attempt:
    return Attempt(
        **{name: row[name] for name in ("attempt_id", "kind", "connection_id", "person", "expires_at", "problem")},
        state=state_of(row, now),
        organisations=row["organisations"] or (),
        connected=row["connected"] or (),
    )
