"""An answer's elements to the call's members, by number or id and never by position; then what becomes of each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_posting.calls import StoredCall
from tieout_posting.decisions import carry_out
from tieout_posting.desk import Desk
from tieout_posting.intent import Intent
from tieout_posting.ledger import Element
from tieout_posting.outcomes.answers import after_approval, after_discard, after_draft
from tieout_posting.outcomes.decision import Decision, look_it_up, withdrawn
from tieout_posting.outcomes.revisions import after_update
from tieout_posting.scrub import private_texts, scrubbed
from tieout_posting.states import Purpose
from tieout_posting.store import by_ids, load_intents
from tieout_posting.tables import intent as intents

_AFTER: Mapping[Purpose, Callable[[Intent, Element | None], Decision]] = {
    "draft": after_draft,
    "approve": after_approval,
    "discard": after_discard,
    "update": after_update,
}


async def answer_documents(
    tx: AsyncConnection, desk: Desk, stored: StoredCall, elements: Sequence[Element]
) -> list[tuple[Intent, Decision]]:
    """Carry out what the answer says about each member; one that it does not mention is looked up."""
    members = await load_members(tx, desk, stored)
    said, unclear = _match(stored.purpose, members, elements)
    decided = []
    for member in members:
        if member.posting_id in unclear:
            decided.append((member, in_smaller_call(member, len(members))))
            continue
        element = said.get(member.posting_id)
        if element is not None and element.messages:
            element = replace(element, messages=scrubbed(element.messages, private_texts(member.document)))
        decided.append((member, _AFTER[stored.purpose](member, element)))
    await carry_out(tx, desk, decided)
    return decided


async def reject_documents(
    tx: AsyncConnection, desk: Desk, stored: StoredCall, messages: tuple[str, ...]
) -> list[tuple[Intent, Decision]]:
    """The ledger refused the call as a whole, so nothing was done: halved down to the bad element."""
    members = await load_members(tx, desk, stored)
    if len(members) == 1:
        element = Element(accepted=False, fault="other", messages=messages)
        told = replace(element, messages=scrubbed(messages, private_texts(members[0].document)))
        decided = [(members[0], _AFTER[stored.purpose](members[0], told))]
    else:
        decided = [(member, in_smaller_call(member, len(members))) for member in members]
    await carry_out(tx, desk, decided)
    return decided


async def release_documents(tx: AsyncConnection, desk: Desk, stored: StoredCall) -> None:
    """The call was certainly not done and will not be sent again as it is: its members are free."""
    members = await load_members(tx, desk, stored)
    await carry_out(tx, desk, [(member, undone(member)) for member in members])


async def load_members(tx: AsyncConnection, desk: Desk, stored: StoredCall) -> list[Intent]:
    """The call's members that still are, each with one call more to its account."""
    found = await load_intents(
        tx,
        desk.sealer,
        by_ids(stored.books, stored.members),
        intents.c.call_id == stored.call_id,
        intents.c.state == "sending",
    )
    return [replace(each, calls=each.calls + 1) for each in found]


def undone(intent: Intent) -> Decision:
    """Back to where it was before the call; one that was withdrawn meanwhile goes its way."""
    if intent.is_update:
        return look_it_up(intent, "retry") if intent.withdrawn else Decision("ready", intent.step)
    if intent.withdrawn and intent.document_id is None:
        return withdrawn(intent)
    step = "discard" if intent.withdrawn else intent.step
    return Decision("ready", step, problems=intent.problems)


def in_smaller_call(intent: Intent, members: int) -> Decision:
    return replace(undone(intent), bulk_cap=max(1, members // 2))


def _match(
    purpose: Purpose, members: Sequence[Intent], elements: Sequence[Element]
) -> tuple[dict[object, Element], set[object]]:
    """Elements by posting id, and the members about which only nameless refusals speak."""
    claims: dict[str, list[Element]] = {}
    nameless = []
    for element in elements:
        key = element.key if purpose == "draft" else element.ledger_id
        if key:
            claims.setdefault(key.casefold(), []).append(element)
        elif not element.accepted:
            nameless.append(element)
    said: dict[object, Element] = {}
    silent = []
    for member in members:
        key = member.number if purpose == "draft" else member.document_id or ""
        claimed = claims.get(key.casefold(), [])
        if len(claimed) == 1:
            said[member.posting_id] = claimed[0]
        elif not claimed:
            silent.append(member)
    if len(nameless) != len(silent):
        return said, set()
    if len(silent) == 1:
        return said | {silent[0].posting_id: nameless[0]}, set()
    return said, {member.posting_id for member in silent}
