"""Internal routes of every service for the people who run it: dead letters and brakes. Bearer: the service's key."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from secrets import compare_digest
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, HTTPException, Query

from tieout_chassis.dead_letters import DeadLetters
from tieout_chassis.handling import describe
from tieout_chassis.subscriber import Subscriber


def bearer_of(service_key: str) -> Callable[..., None]:
    """A dependency that admits whoever has the service's key."""

    def authenticated(authorization: Annotated[str, Header()] = "") -> None:
        if not compare_digest(authorization.encode(), f"Bearer {service_key}".encode()):
            raise HTTPException(401, "the service key is needed")

    return authenticated


def operations_router(dead_letters: DeadLetters, subscribers: Sequence[Subscriber], service_key: str) -> APIRouter:
    """List, redrive and discard; values are never shown."""
    router = APIRouter(prefix="/internal", dependencies=[Depends(bearer_of(service_key))])

    @router.get("/dead-letters")
    async def list_open(
        limit: Annotated[int, Query(ge=1, le=1000)] = 100, after_id: int = 0
    ) -> dict[str, list[dict[str, Any]]]:
        letters = await dead_letters.list_open(limit=limit, after_id=after_id)
        return {"dead_letters": [asdict(letter) for letter in letters]}

    @router.post("/dead-letters/{letter_id}/redrive", status_code=204)
    async def redrive(letter_id: int) -> None:
        try:
            for subscriber in subscribers:
                if await subscriber.redrive(letter_id):
                    return
            if await dead_letters.publish_again(letter_id):
                return
        except Exception as error:
            raise HTTPException(409, describe(error)) from error
        raise HTTPException(404, "there is no such open dead letter")

    @router.post("/dead-letters/{letter_id}/discard", status_code=204)
    async def discard(letter_id: int) -> None:
        if not await dead_letters.discard(letter_id):
            raise HTTPException(404, "there is no such open dead letter")

    @router.post("/brakes/release", status_code=204)
    async def release() -> None:
        for subscriber in subscribers:
            subscriber.brake.release()

    return router
