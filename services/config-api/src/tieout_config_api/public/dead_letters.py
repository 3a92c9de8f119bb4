"""What could not be handled or published, of every service: listed, redriven, discarded. For super admins only."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel

from tieout_config_api.auditing import INSTALLATION
from tieout_config_api.public.door import LARGEST_ID, InAudit, InRooms, RecordId, not_found, refused
from tieout_config_api.services import DeadLetter, NotDone, ServiceAway, Services, Verdict

router = APIRouter(tags=["dead letters"])
LISTED_MAX = 200


class ServiceState(BaseModel):
    """`dead_letters`: how many are open, up to 200; none where the service does not answer, and `problem` says why."""

    service: str
    dead_letters: int | None
    problem: str | None = None


class LetterPage(BaseModel):
    dead_letters: list[DeadLetter]
    next_cursor: str | None = None


def services(request: Request, rooms: InRooms) -> Services:
    found: Services | None = getattr(request.app.state, "services", None)
    return found if found is not None else Services({}, {}, rooms.http)


InServices = Annotated[Services, Depends(services)]


@router.get("/services")
async def list_services(services: InServices) -> list[ServiceState]:
    """Every service of the installation, and how many dead letters wait in it."""
    return [await _state(services, name) for name in services.names]


@router.get("/services/{service}/dead-letters")
async def list_dead_letters(
    service: str,
    services: InServices,
    cursor: Annotated[int, Query(ge=0, le=LARGEST_ID)] = 0,
    limit: Annotated[int, Query(ge=1, le=LISTED_MAX)] = 100,
) -> LetterPage:
    """Open ones, oldest first. What they hold is never shown."""
    _known(services, service)
    try:
        found = await services.dead_letters(service, after_id=cursor, limit=limit)
    except ServiceAway as error:
        raise refused(503, "api.service_away", service=service, reason=error) from None
    return LetterPage(dead_letters=found, next_cursor=str(found[-1].id) if len(found) == limit else None)


@router.post("/services/{service}/dead-letters/{letter_id}/redrive", status_code=204)
async def redrive_dead_letter(
    service: str, letter_id: RecordId, rooms: InRooms, services: InServices, audit: InAudit
) -> Response:
    """Handle or publish it once more. 409 with the reason where it fails again; it stays open then."""
    return await _close(service, letter_id, "redrive", rooms, services, audit)


@router.post("/services/{service}/dead-letters/{letter_id}/discard", status_code=204)
async def discard_dead_letter(
    service: str, letter_id: RecordId, rooms: InRooms, services: InServices, audit: InAudit
) -> Response:
    """Give it up for good."""
    return await _close(service, letter_id, "discard", rooms, services, audit)


async def _close(
    service: str, letter_id: int, verdict: Verdict, rooms: InRooms, services: Services, audit: InAudit
) -> Response:
    """Told to the audit once the service has done it: its rows are not ours to commit together."""
    _known(services, service)
    try:
        done = await services.close(service, letter_id, verdict)
    except ServiceAway as error:
        raise refused(503, "api.service_away", service=service, reason=error) from None
    except NotDone as error:
        raise refused(409, "api.not_redriven", letter=letter_id, reason=error) from None
    if not done:
        raise not_found("open dead letter")
    action: Literal["dead_letter.redriven", "dead_letter.discarded"]
    action = "dead_letter.redriven" if verdict == "redrive" else "dead_letter.discarded"
    async with rooms.database.transaction() as tx:
        await audit.write(tx, INSTALLATION, action, "dead_letter", f"{service}/{letter_id}")
    return Response(status_code=204)


async def _state(services: Services, name: str) -> ServiceState:
    try:
        found = await services.dead_letters(name, after_id=0, limit=LISTED_MAX)
    except ServiceAway as error:
        return ServiceState(service=name, dead_letters=None, problem=str(error))
    return ServiceState(service=name, dead_letters=len(found))


def _known(services: Services, service: str) -> None:
    if service not in services.names:
        raise not_found("service")
