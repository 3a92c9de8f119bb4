"""The words of an intent's life.

    ready ──▶ sending ──▶ ready (next step) ──▶ ... ──▶ posted
      ▲          │
      └── unknown ◀── lost answer, taken number, stale draft: looked up before anything else

`held` waits for a person. `waiting` stands behind an older live intent of the same record. The rest are ends.

An approved change of what is posted is an intent of its own: the older one is `revised` meanwhile, and `posted` again
if nothing comes of the change.
"""

from typing import Literal, get_args

State = Literal[
    "ready",
    "sending",
    "unknown",
    "held",
    "posted",
    "revised",
    "waiting",
    "changed",
    "refused",
    "discarded",
    "superseded",
    "cancelled",
]
"""changed: the record changed after an older revision of it was posted; it is shown and never posted by itself.
revised: it was posted, and a newer intent changes, or has changed, its document."""

Step = Literal["prepare", "draft", "approve", "discard", "update"]
"""prepare: its contact and items must be known. draft: create. approve: approve or submit. discard: take it back.
update: change the document of the intent that it revises."""

LookUpReason = Literal["first", "lost", "duplicate", "status", "stale", "retry", "adopt", "restored"]
"""Why a document is looked up.

first: the ledger would take a number twice, so that we look before creating. lost: an answer was lost. duplicate: the
ledger says the number is taken. status: the ledger says the document is not
in the state for this step. stale: a draft was last seen too long ago to approve it unseen. retry, adopt: a person asks.
restored: a backup was restored, so that the ledger may know more than we do.
"""

Withdrawal = Literal["superseded", "cancelled", "again"]
"""How an intent ends as soon as what is under way is known and its draft, if any, is taken back. again: it starts over,
because its plan came back meanwhile."""

SharedKind = Literal["contact", "item"]
SharedState = Literal["unmatched", "create", "link", "sending", "unknown", "known", "refused"]
"""create, link: ready to be sent. unknown: an answer was lost; the ledger's list is read again."""

CustomerState = Literal["due", "sending", "unknown", "known"]
"""due: the contact is read and, where it differs, changed. unknown: an answer was lost; then it is due again, for what
arrived shows in what is read."""

Purpose = Literal[
    "draft", "approve", "discard", "update", "contact_create", "contact_link", "contact_change", "item_create"
]
"""What a call is for."""

CallState = Literal["open", "again", "done", "unknown"]
"""open: stored, perhaps sent. again: certainly not done, the same bytes go again. done: its answer is committed.
unknown: its outcome was not seen; its members are looked up."""

LIVE_STATES: tuple[State, ...] = ("ready", "sending", "unknown", "held", "posted")
"""At most one intent of a record is in one of these."""

UNFINISHED_STATES: tuple[State, ...] = ("ready", "sending", "unknown", "held", "waiting")
ENDED_STATES: tuple[State, ...] = tuple(s for s in get_args(State) if s not in UNFINISHED_STATES)
