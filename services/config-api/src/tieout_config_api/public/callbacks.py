"""Where providers call back, public by signature; and where a person sees and changes how they do.

Answered as each provider needs it: ConnectWise tries again only after 404, 409, 419 and 429 and takes any 2xx; Xero
wants 200, and 401 without a body where the signature is wrong; Intuit tries again after 503, not after 429.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel, Field, SecretStr
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.callbacks.doors import address_of, new_door, opened, sealed
from tieout_config_api.callbacks.receiving import SIGNATURE_HEADERS, Receiver, TooMany, UnknownDoor
from tieout_config_api.public.door import InAudit, InRooms, Rooms, not_found, refused
from tieout_config_api.public.editing import IfMatch, require_match, tag
from tieout_config_api.public.tenants import Body
from tieout_config_api.store import Row, accounts, callbacks
from tieout_config_api.store.callbacks import Provider

MAX_CALLBACK_BYTES = 256 * 1024
RETRY_AFTER_S = 2
_TAKEN: Mapping[Provider, int] = {"connectwise": 204, "xero": 200, "qbo": 200}
_BUSY: Mapping[Provider, int] = {"connectwise": 429, "xero": 429, "qbo": 503}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "Taken (Xero, Intuit)."},
    202: {"description": "Taken; it is verified when its signing key has come (ConnectWise)."},
    401: {"description": "The signature is wrong."},
}
_BODY = {"requestBody": {"content": {"application/json": {"schema": {}}}, "description": "What the provider sends."}}

receiving = APIRouter(tags=["callbacks"])
router = APIRouter(tags=["callbacks"])


def receiver(request: Request, _: InRooms) -> Receiver:
    found: Receiver = request.app.state.receiver
    return found


InReceiver = Annotated[Receiver, Depends(receiver)]
Token = Annotated[str, Path(min_length=1, max_length=100)]


class Callbacks(BaseModel):
    """`url` is given to the provider: to ConnectWise by Tieout itself, to Xero and Intuit by a person."""

    connection_id: str
    provider: Provider
    enabled: bool = False
    url: str | None = None
    """None before they were asked for, and where Tieout was not told under which address the world reaches it."""
    has_webhook_key: bool = False
    checked_at: datetime | None = None
    """When the registration in ConnectWise was last looked at."""
    problem: dict[str, Any] | None = None
    """Why it is not registered; lists are read from time to time all the same."""


class CallbacksWanted(Body):
    """`webhook_key`: Xero's webhooks key or Intuit's verifier token; the one that is kept stays where none is given."""

    enabled: bool = True
    webhook_key: Annotated[SecretStr, Field(min_length=1, max_length=500)] | None = None


@receiving.post("/callbacks/{provider}/{token}", status_code=204, responses=_ANSWERS, openapi_extra=_BODY)
async def receive(provider: Provider, token: Token, request: Request, desk: InReceiver) -> Response:
    """What a provider calls. Its body says only which record to look at."""
    body = await _bounded(request)
    signature = request.headers.get(SIGNATURE_HEADERS[provider], "")
    try:
        signed = await desk.receive(provider, token, body, signature)
    except UnknownDoor:
        raise not_found("callback address") from None
    except TooMany:
        raise refused(_BUSY[provider], "api.callbacks_busy").retry_after(RETRY_AFTER_S) from None
    if signed is None:
        return Response(status_code=202)
    return Response(status_code=_TAKEN[provider] if signed else 401)


@receiving.post("/callbacks/{provider}", responses=_ANSWERS, openapi_extra=_BODY)
async def receive_for_app(provider: Literal["xero", "qbo"], request: Request, desk: InReceiver) -> Response:
    """What Xero and Intuit call for the installation's own app, whichever tenant's organisation it is about."""
    body = await _bounded(request)
    try:
        signed = await desk.receive_for_app(provider, body, request.headers.get(SIGNATURE_HEADERS[provider], ""))
    except UnknownDoor:
        raise not_found("callback address") from None
    except TooMany:
        raise refused(_BUSY[provider], "api.callbacks_busy").retry_after(RETRY_AFTER_S) from None
    return Response(status_code=_TAKEN[provider] if signed else 401)


@router.get("/tenants/{tenant_id}/connections/{connection_id}/callbacks")
async def read_callbacks(
    tenant_id: str, connection_id: str, rooms: InRooms, desk: InReceiver, response: Response
) -> Callbacks:
    """Whether the connection's provider calls back, and where."""
    async with rooms.database.transaction() as tx:
        connection = await _connection(tx, tenant_id, connection_id)
        row = await callbacks.one(tx, connection_id)
    tag(response, row["version"] if row is not None else 0)
    if row is None:
        return Callbacks(connection_id=connection_id, provider=connection["kind"])
    return _shown(row, rooms, desk)


@router.put("/tenants/{tenant_id}/connections/{connection_id}/callbacks")
async def put_callbacks(
    tenant_id: str,
    connection_id: str,
    body: CallbacksWanted,
    rooms: InRooms,
    audit: InAudit,
    desk: InReceiver,
    response: Response,
    if_match: IfMatch = None,
) -> Callbacks:
    """Switch them on or off. In ConnectWise they are registered, or taken away, within a minute; Xero and Intuit are
    given the `url` by a person, and theirs are taken once the `webhook_key` is here."""
    now = rooms.clock.now()
    async with rooms.database.transaction() as tx:
        connection = await _connection(tx, tenant_id, connection_id)
        await callbacks.add(tx, await new_door(rooms.vault, tx, connection, connection["kind"], now))
        row = await callbacks.held(tx, connection_id)
        require_match(if_match, str(row["version"]))
        secret = opened(rooms.vault, row)
        if body.webhook_key is not None:
            secret = {**secret, "webhook_key": body.webhook_key.get_secret_value()}
        if body.enabled and connection["kind"] != "connectwise" and "webhook_key" not in secret:
            raise refused(422, "api.webhook_key_missing")
        kept = await sealed(rooms.vault, tx, row, secret)
        before = {"enabled": row["enabled"]}
        values = {"enabled": body.enabled, "secret": kept, "next_check_at": now, "version": row["version"] + 1}
        row = await callbacks.change(tx, connection_id, **values)
        await audit.write(tx, tenant_id, "callbacks.put", "connection", connection_id, before=before, after=body)
    desk.doors.forget(secret["token"])
    tag(response, row["version"])
    return _shown(row, rooms, desk)


async def _connection(tx: AsyncConnection, tenant_id: str, connection_id: str) -> Row:
    row = await accounts.connection_by_id(tx, connection_id)
    if row is None or row["tenant_id"] != tenant_id:
        raise not_found("connection")
    return row


def _shown(row: Row, rooms: Rooms, desk: Receiver) -> Callbacks:
    return Callbacks(
        connection_id=row["connection_id"],
        provider=row["provider"],
        enabled=row["enabled"],
        url=None if desk.base_url is None else address_of(desk.base_url, row, rooms.vault),
        has_webhook_key="webhook_key" in opened(rooms.vault, row),
        checked_at=row["checked_at"],
        problem=row["problem"],
    )


async def _bounded(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_CALLBACK_BYTES:
            raise refused(413, "api.too_large", most=MAX_CALLBACK_BYTES)
    return bytes(body)
