"""Approving what a preview showed, all or some: it is captured and planned again, and posted only if it is the same."""

from collections.abc import Iterable
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.outbox import publish_all
from tieout_config_api.account.limits import hold_of
from tieout_config_api.public.door import LARGEST_ID, Decider, InAudit, InRooms, named, refused, refused_for, said_by
from tieout_config_api.public.previews import require_preview
from tieout_config_api.public.runs import MAX_RECORDS
from tieout_config_api.public.tenants import Body
from tieout_config_api.store import Row, commands, previews
from tieout_contracts.events import RecordCommanded
from tieout_contracts.problems import Problem, problem
from tieout_contracts.records import RecordKind, RecordRef

router = APIRouter(tags=["previews"])
APPROVABLE = frozenset(
    {"previewed", "listed", "refused", "cancelled", "changed_after_posting", "changed_while_posting"}
)
"""Statuses of a record of which nothing is on its way to the ledger. Of the changed ones a document stands there: it is
changed into what was seen."""


class Seen(Body):
    """A record, and the plan of it that was looked at."""

    kind: RecordKind
    record_id: Annotated[int, Field(ge=0, le=LARGEST_ID, strict=True)]
    plan_hash: Annotated[str, StringConstraints(pattern="^[0-9a-f]{32}$")]

    @property
    def ref(self) -> RecordRef:
        return RecordRef(kind=self.kind, record_id=self.record_id)


class NewApproval(Body):
    """`records`: none means all of which a document would be created, as the preview shows them. What would change a
    posted document is approved by name."""

    person: Decider = None
    records: Annotated[tuple[Seen, ...], Field(min_length=1, max_length=MAX_RECORDS)] | None = None


class Approved(BaseModel):
    kind: RecordKind
    record_id: int
    number: str
    command_id: UUID


class NotApproved(BaseModel):
    kind: RecordKind
    record_id: int
    problem: dict[str, Any]


class Approval(BaseModel):
    approved: list[Approved]
    refused: list[NotApproved]


@router.post("/tenants/{tenant_id}/previews/{preview_id}/approvals", status_code=202)
async def approve(tenant_id: str, preview_id: UUID, body: NewApproval, rooms: InRooms, audit: InAudit) -> Approval:
    """Post these records as shown, even where their company is not armed. One that would come out differently by now is
    not posted: the preview then shows it with its difference, to be approved anew."""
    async with rooms.database.transaction() as tx:
        row = await require_preview(tx, rooms, tenant_id, preview_id)
        if row["changed_settings"]:
            raise refused(409, "preview.settings_not_saved", preview=preview_id)
        if held := await hold_of(tx, tenant_id, rooms.clock.now()):
            raise refused_for(409, held)
        seen = {one.ref: one.plan_hash for one in body.records} if body.records is not None else None
        wanted = list(seen) if seen is not None else await previews.creatable(tx, preview_id)
        shown = await previews.some(tx, preview_id, wanted)
        problems = {ref: why_not(preview_id, ref, shown.get(ref), seen[ref] if seen else None) for ref in wanted}
        chosen = [shown[ref] for ref in wanted if problems[ref] is None]
        events = [_command(tenant_id, each, said_by(rooms, body.person), rooms) for each in chosen]
        await _keep(tx, preview_id, events)
        if events:
            asked = {"person": said_by(rooms, body.person), "records": named(event.record_ref for event in events)}
            await audit.write(tx, tenant_id, "preview.approved", "preview", preview_id, after=asked)
    return Approval(
        approved=[
            Approved(**event.record_ref.model_dump(), number=each["number"], command_id=event.command_id)
            for event, each in zip(events, chosen, strict=True)
        ],
        refused=[
            NotApproved(**ref.model_dump(), problem=found.model_dump(mode="json"))
            for ref, found in problems.items()
            if found is not None
        ],
    )


def why_not(preview_id: UUID, ref: RecordRef, row: Row | None, seen: str | None) -> Problem | None:
    """Why a record cannot be approved; None: it can. `seen`: the plan that the person looked at, else the one shown."""
    if row is None:
        return problem("preview.not_shown", record=ref, preview=preview_id)
    if row["plan_hash"] is None or row["approval"] in ("asked", "posting"):
        return problem("preview.nothing_to_approve", number=row["number"])
    if seen is not None and seen != row["plan_hash"]:
        return problem("preview.not_what_was_seen", number=row["number"])
    if row["status"] not in APPROVABLE:
        return problem("preview.too_late", number=row["number"], status=(row["status"] or "unknown").replace("_", " "))
    return None


def _command(tenant_id: str, row: Row, person: str, rooms: InRooms) -> RecordCommanded:
    return RecordCommanded(
        tenant_id=tenant_id,
        company_id=row["company_id"],
        command_id=uuid4(),
        record_ref=previews.ref_of(row),
        action="approve",
        person=person,
        commanded_at=rooms.clock.now(),
        plan_hash=row["plan_hash"],
    )


async def _keep(tx: AsyncConnection, preview_id: UUID, events: Iterable[RecordCommanded]) -> None:
    told = list(events)
    for event in told:
        await commands.keep(tx, event)
    await previews.approve(tx, preview_id, [event.record_ref for event in told])
    await publish_all(tx, told)
