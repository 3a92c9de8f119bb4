"""Deciding about proposals, one by one or in bulk: contacts are linked or refused, documents adopted (K24)."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self
from uuid import UUID, uuid4

from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints, model_validator

from tieout_chassis.outbox import publish, publish_all
from tieout_config_api.previews.proposing import opened
from tieout_config_api.public.approvals import APPROVABLE, Approval, Approved, NotApproved
from tieout_config_api.public.door import Decider, InAudit, InRooms, NamedRecord, named, said_by
from tieout_config_api.public.proposals import require_compared
from tieout_config_api.public.runs import MAX_RECORDS
from tieout_config_api.public.tenants import Body
from tieout_config_api.store import Row, commands, proposals
from tieout_contracts.events import LinksDecided, RecordCommanded
from tieout_contracts.problems import Problem, problem
from tieout_contracts.proposals import LinkDecision
from tieout_contracts.records import RecordRef

router = APIRouter(tags=["proposals"])
ADOPTABLE = APPROVABLE | {"adopt_proposed", "conflict"}
"""Statuses of a record of which nothing is in the ledger by our doing, or on its way there."""
Short = Annotated[str, StringConstraints(min_length=1, max_length=200)]
OfOneContact = Literal["linked", "number", "account_number", "name", "other_number"]
"""Findings with exactly one contact, so that they can be decided in bulk."""


class Pair(Body):
    """A customer, and the ledger's id of one of its candidates."""

    contact_number: Short
    ledger_id: Short


class NewLinks(Body):
    """Either `findings`, for every customer that has one of them and was not decided here yet; or `contacts`."""

    person: Decider = None
    verdict: Literal["approve", "refuse"] = "approve"
    findings: Annotated[tuple[OfOneContact, ...], Field(min_length=1)] | None = None
    contacts: Annotated[tuple[Pair, ...], Field(min_length=1, max_length=MAX_RECORDS)] | None = None

    @model_validator(mode="after")
    def _either(self) -> Self:
        if (self.findings is None) == (self.contacts is None):
            raise ValueError("name either findings or contacts")
        return self


class NotLinked(BaseModel):
    contact_number: str
    problem: dict[str, Any]


class Links(BaseModel):
    decided: list[Pair]
    refused: list[NotLinked]


class NewAdoptions(Body):
    """`records`: none means all that have a document to adopt, up to 1,000 at a time."""

    person: Decider = None
    records: Annotated[tuple[NamedRecord, ...], Field(min_length=1, max_length=MAX_RECORDS)] | None = None


@router.post("/tenants/{tenant_id}/proposals/{proposals_id}/links", status_code=202)
async def decide_links(tenant_id: str, proposals_id: UUID, body: NewLinks, rooms: InRooms, audit: InAudit) -> Links:
    """approve: documents for the customer go to this contact from now on, and none is made. refuse: this contact is
    not the customer's."""
    async with rooms.database.transaction() as tx:
        head = await require_compared(tx, rooms, tenant_id, proposals_id)
        numbers = {each.contact_number for each in body.contacts} if body.contacts is not None else None
        rows = await proposals.customers(tx, proposals_id, numbers=numbers, findings=body.findings)
        candidates = {
            row["contact_number"]: [each.ledger_id for each in opened(rooms.sealer, row).candidates] for row in rows
        }
        pairs = list(_pairs(rows, candidates) if body.contacts is None else body.contacts)
        chosen = [each for each in pairs if each.ledger_id in candidates.get(each.contact_number, ())]
        event = LinksDecided(
            tenant_id=tenant_id,
            company_id=head["company_id"],
            decisions=tuple(LinkDecision(**each.model_dump(), approved=body.verdict == "approve") for each in chosen),
            person=said_by(rooms, body.person),
            decided_at=rooms.clock.now(),
        )
        for each in chosen:
            said = "approved" if body.verdict == "approve" else "refused"
            await proposals.decide(tx, proposals_id, each.contact_number, each.ledger_id, said)
        if chosen:
            await publish(tx, event)
            pairs_told = {each.contact_number: each.ledger_id for each in chosen}
            asked = {"person": said_by(rooms, body.person), "verdict": body.verdict, "contacts": pairs_told}
            await audit.write(tx, tenant_id, "links.decided", "proposals", proposals_id, after=asked)
    left = [each for each in pairs if each not in chosen]
    return Links(decided=chosen, refused=[_not_linked(proposals_id, each) for each in left])


@router.post("/tenants/{tenant_id}/proposals/{proposals_id}/adoptions", status_code=202)
async def adopt(tenant_id: str, proposals_id: UUID, body: NewAdoptions, rooms: InRooms, audit: InAudit) -> Approval:
    """The ledger's documents become the records': each is looked up once more, then the record is batched in
    ConnectWise. Nothing is posted."""
    async with rooms.database.transaction() as tx:
        head = await require_compared(tx, rooms, tenant_id, proposals_id)
        wanted = list(dict.fromkeys(body.records)) if body.records is not None else None
        rows = {_ref(row): row for row in await proposals.records(tx, proposals_id, wanted, limit=MAX_RECORDS)}
        problems = {ref: why_not(proposals_id, ref, rows.get(ref)) for ref in wanted or rows}
        chosen = [ref for ref, found in problems.items() if found is None]
        events = [
            RecordCommanded(
                tenant_id=tenant_id,
                company_id=head["company_id"],
                command_id=uuid4(),
                record_ref=ref,
                action="adopt",
                person=said_by(rooms, body.person),
                commanded_at=rooms.clock.now(),
            )
            for ref in chosen
        ]
        for event in events:
            await commands.keep(tx, event)
        await proposals.approve(tx, proposals_id, chosen)
        await publish_all(tx, events)
        if events:
            asked = {"person": said_by(rooms, body.person), "records": named(chosen)}
            await audit.write(tx, tenant_id, "records.adopted", "proposals", proposals_id, after=asked)
    return Approval(
        approved=[
            Approved(**ref.model_dump(), number=rows[ref]["number"], command_id=event.command_id)
            for ref, event in zip(chosen, events, strict=True)
        ],
        refused=[
            NotApproved(**ref.model_dump(), problem=found.model_dump(mode="json"))
            for ref, found in problems.items()
            if found is not None
        ],
    )


def why_not(proposals_id: UUID, ref: RecordRef, row: Row | None) -> Problem | None:
    """Why no document can be adopted for a record; None: it can."""
    if row is None:
        return problem("cutover.not_proposed", what=ref, preview=proposals_id)
    if row["finding"] != "adopt":
        return problem("cutover.nothing_to_link", number=row["number"], finding=_WORDS[row["finding"]])
    if row["approved"]:
        return problem("cutover.nothing_to_link", number=row["number"], finding="it was approved already")
    if row["status"] not in ADOPTABLE:
        status = (row["status"] or "unknown").replace("_", " ")
        return problem("cutover.nothing_to_link", number=row["number"], finding=f"the record is {status}")
    return None


_WORDS: Mapping[str, str] = {
    "conflict": "what the ledger has differs",
    "free": "the ledger has none of this number",
    "unplanned": "the rules refuse the record",
}


def _pairs(rows: list[Row], candidates: Mapping[str, list[str]]) -> Iterator[Pair]:
    """The one contact of each customer that nobody decided about here."""
    for row in rows:
        if row["decision"] is None and len(found := candidates[row["contact_number"]]) == 1:
            yield Pair(contact_number=row["contact_number"], ledger_id=found[0])


def _not_linked(proposals_id: UUID, pair: Pair) -> NotLinked:
    what = f"The contact {pair.ledger_id} for {pair.contact_number}"
    told = problem("cutover.not_proposed", what=what, preview=proposals_id)
    return NotLinked(contact_number=pair.contact_number, problem=told.model_dump(mode="json"))


def _ref(row: Row) -> RecordRef:
    return RecordRef(kind=row["kind"], record_id=row["record_id"])
