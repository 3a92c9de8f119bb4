"""Our contacts and items against what the ledger holds (pure).

A contact is the one that a person linked, else found by our number on it, else by its exact name if no other number
stands on it, and its account number leads to no other one: then it gets ours. A name alone never links two ConnectWise
companies.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tieout_posting.states import SharedKind


@dataclass(frozen=True, slots=True)
class Wanted:
    """A contact or item that documents need."""

    kind: SharedKind
    code: str
    name_hash: str
    account_number: str | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A contact or item that the ledger holds."""

    ledger_id: str
    code: str | None
    name_hash: str
    active: bool
    filled: frozenset[str] = frozenset()
    account_number: str | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """What people said of a contact: which one of the ledger's it is, and which it is not."""

    approved: str | None = None
    refused: frozenset[str] = frozenset()


NOTHING_SAID = Word()


@dataclass(frozen=True, slots=True)
class Match:
    """known: it is there. link: so it is, and gets our number. create: it is missing. archived: it is there, and takes
    no documents. refused: `code` says why; `other` may have the name."""

    state: Literal["known", "link", "create", "archived", "refused"]
    ledger_id: str | None = None
    filled: frozenset[str] = frozenset()
    """What a contact that is to be linked holds."""
    other: str | None = None
    code: str = "ledger.contact_ambiguous"


def match(wanted: Wanted, candidates: Sequence[Held], said: Word = NOTHING_SAID) -> Match:
    """Decide about one; `candidates` hold its code or its name, or were linked to it by a person."""
    if said.approved is not None:
        return _approved(wanted, next((each for each in candidates if each.ledger_id == said.approved), None))
    coded = [each for each in candidates if each.code is not None and _same_code(wanted, each.code)]
    if coded:
        best = next((each for each in coded if each.active), coded[0])
        return Match("known" if best.active or wanted.kind == "item" else "archived", best.ledger_id)
    if wanted.kind == "item":
        return Match("create")
    named = [each for each in candidates if each.name_hash == wanted.name_hash and each.active]
    return _by_name(named, _elsewhere(wanted, named, candidates, said), said)


def _elsewhere(wanted: Wanted, named: Sequence[Held], candidates: Sequence[Held], said: Word) -> bool:
    """Whether the customer's account number leads to other contacts than its name does."""
    bearing = [each for each in candidates if each.active and each.account_number == wanted.account_number]
    of_account = {each.ledger_id for each in bearing} - said.refused if wanted.account_number else set()
    return bool(of_account - {each.ledger_id for each in named})


def _by_name(named: Sequence[Held], elsewhere: bool, said: Word) -> Match:
    if not named:
        return Match("create")
    left = [each for each in named if each.ledger_id not in said.refused]
    if not left:
        return Match("refused", code="cutover.link_refused")
    free = [each for each in left if each.code is None]
    if len(left) == 1 and free and elsewhere:
        return Match("refused", code="cutover.several_contacts")
    if len(left) == 1 and free:
        return Match("link", free[0].ledger_id, free[0].filled)
    other = next((each.code for each in left if each.code is not None), None)
    return Match("refused", other=other or f"none ({len(left)} contacts of that name)")


def _approved(wanted: Wanted, chosen: Held | None) -> Match:
    """The contact that a person linked, or none: another one is never made in its place. One that bears another number
    keeps it."""
    if chosen is None:
        return Match("refused", code="cutover.contact_gone")
    if not chosen.active:
        return Match("archived", chosen.ledger_id)
    return Match("link" if chosen.code is None else "known", chosen.ledger_id, chosen.filled)


def _same_code(wanted: Wanted, code: str) -> bool:
    return code == wanted.code or code.casefold() == wanted.code.casefold()
