"""What travels on the bus. A type ends in its version; a published version decodes for ever (I-10)."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from tieout_contracts.base import Contract
from tieout_contracts.money import Amount
from tieout_contracts.posting import Posting, Settlement
from tieout_contracts.problems import Problem
from tieout_contracts.records import CanonicalRecord, RecordRef
from tieout_contracts.reference import LedgerReference


class Event(Contract):
    """One fact or command. Class attributes say where it travels; `tenant_id` and `company_id` head every event."""

    TYPE: ClassVar[str]
    TOPIC: ClassVar[str]
    SEALED: ClassVar[bool] = False
    """Whether the value carries accounting data and travels sealed with the tenant's key."""

    tenant_id: str
    company_id: str

    @property
    def key(self) -> str:
        """Events of one key stay in order: the company and, where there is one, the record."""
        record: RecordRef | None = getattr(self, "record_ref", None)
        return f"{self.company_id}/{record}" if record else self.company_id


class RecordEvent(Event):
    record_ref: RecordRef
    number: str
    revision: str


RecordStage = Literal[
    "listed",
    "unrouted",
    "refused",
    "batched",
    "batched_elsewhere",
    "batch_removed",
    "changed_while_posting",
    "changed_after_posting",
    "gone",
    "cancelled",
    "waiting",
]
"""Where ingest sees a record. listed: unposted, before the go-live date. gone: no longer unposted, and not by us."""


class RecordCaptured(RecordEvent):
    """Ingest captured a revision of a record; the rules may plan it."""

    TYPE: ClassVar[str] = "record.captured.v1"
    TOPIC: ClassVar[str] = "record.captured"
    SEALED: ClassVar[bool] = True

    type: Literal["record.captured.v1"] = "record.captured.v1"
    record: CanonicalRecord
    captured_at: datetime
    run_id: UUID | None = None


class RecordStaged(RecordEvent):
    """Ingest's word on a record, other than its capture: found, refused, batched, or gone another way."""

    TYPE: ClassVar[str] = "record.staged.v1"
    TOPIC: ClassVar[str] = "record.staged"

    type: Literal["record.staged.v1"] = "record.staged.v1"
    stage: RecordStage
    at: datetime
    document_date: str | None = None
    total: Amount | None = None
    currency: str | None = None
    batch_identifier: str | None = None
    problems: tuple[Problem, ...] = ()
    run_id: UUID | None = None


class PostingPlanned(RecordEvent):
    """The rules planned a posting. `post`: carry it out. `preview`: shown only."""

    TYPE: ClassVar[str] = "posting.planned.v1"
    TOPIC: ClassVar[str] = "posting.planned"
    SEALED: ClassVar[bool] = True

    type: Literal["posting.planned.v1"] = "posting.planned.v1"
    disposition: Literal["post", "preview"]
    ledger: Literal["xero", "qbo"]
    ledger_connection: str
    organisation_id: str
    posting: Posting
    planned_at: datetime


class PostingRefused(RecordEvent):
    """The rules refused to plan: every failed rule is named, not only the first (F8)."""

    TYPE: ClassVar[str] = "posting.refused.v1"
    TOPIC: ClassVar[str] = "posting.planned"

    type: Literal["posting.refused.v1"] = "posting.refused.v1"
    total: Amount
    currency: str
    problems: Annotated[tuple[Problem, ...], Field(min_length=1)]
    settings_version: int
    refused_at: datetime


class PostingSettled(RecordEvent):
    """A writer's last word on a posting."""

    TYPE: ClassVar[str] = "posting.settled.v1"
    TOPIC: ClassVar[str] = "posting.settled"

    type: Literal["posting.settled.v1"] = "posting.settled.v1"
    settlement: Settlement
    settled_at: datetime


class ReferencePublished(Event):
    """A writer read its ledger's reference data."""

    TYPE: ClassVar[str] = "reference.published.v1"
    TOPIC: ClassVar[str] = "reference.published"

    type: Literal["reference.published.v1"] = "reference.published.v1"
    reference: LedgerReference


class SettingsChanged(Event):
    """A newer settings snapshot can be read from config-api."""

    TYPE: ClassVar[str] = "settings.changed.v1"
    TOPIC: ClassVar[str] = "settings.changed"

    type: Literal["settings.changed.v1"] = "settings.changed.v1"
    version: int


class RunRequested(Event):
    """A person, a schedule or a callback asks for a look at the unposted list."""

    TYPE: ClassVar[str] = "run.requested.v1"
    TOPIC: ClassVar[str] = "commands"

    type: Literal["run.requested.v1"] = "run.requested.v1"
    run_id: UUID
    requested_at: datetime


class RunListed(Event):
    """Ingest has read the unposted list for a run: what is to come of it."""

    TYPE: ClassVar[str] = "run.listed.v1"
    TOPIC: ClassVar[str] = "record.staged"

    type: Literal["run.listed.v1"] = "run.listed.v1"
    run_id: UUID
    unposted: int
    captured: int
    listed: int
    unrouted: int
    refused: int
    problems: tuple[Problem, ...] = ()
    listed_at: datetime


RecordAction = Literal["retry", "cancel", "adopt", "skip", "batch_again"]


class RecordCommanded(Event):
    """A person decided about one record. adopt: link the ledger's own document and batch."""

    TYPE: ClassVar[str] = "record.commanded.v1"
    TOPIC: ClassVar[str] = "commands"

    type: Literal["record.commanded.v1"] = "record.commanded.v1"
    command_id: UUID
    record_ref: RecordRef
    action: RecordAction
    person: str
    commanded_at: datetime


AnyEvent = Annotated[
    RecordCaptured
    | RecordStaged
    | PostingPlanned
    | PostingRefused
    | PostingSettled
    | ReferencePublished
    | SettingsChanged
    | RunRequested
    | RunListed
    | RecordCommanded,
    Field(discriminator="type"),
]

EVENT_TYPES: tuple[type[Event], ...] = (
    RecordCaptured,
    RecordStaged,
    PostingPlanned,
    PostingRefused,
    PostingSettled,
    ReferencePublished,
    SettingsChanged,
    RunRequested,
    RunListed,
    RecordCommanded,
)

TOPICS: tuple[str, ...] = tuple(dict.fromkeys(event.TOPIC for event in EVENT_TYPES))
