"""What travels on the bus. A type ends in its version; a published version decodes for ever (I-10)."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field, JsonValue, StringConstraints

from tieout_contracts.base import Contract
from tieout_contracts.exchanges import LedgerExchange
from tieout_contracts.families import Family
from tieout_contracts.money import Amount
from tieout_contracts.posting import Posting, Settlement
from tieout_contracts.previews import RecordPreview
from tieout_contracts.problems import Problem
from tieout_contracts.proposals import ContactProposal, DocumentProposal, LinkDecision
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
    preview: bool = False
    """Captured for a preview: plan it and post nothing, armed or not."""
    approved_plan: str | None = None
    """A person approved the plan of this hash: post it if that is still what is planned, armed or not."""


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
    approved_plan: str | None = None
    """The plan that a person had approved; this is another one if its hash differs, and it is not posted."""


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
    approved_plan: str | None = None
    """The plan that a person had approved, and that is refused now."""


class PostingSettled(RecordEvent):
    """A writer's last word on a posting."""

    TYPE: ClassVar[str] = "posting.settled.v1"
    TOPIC: ClassVar[str] = "posting.settled"

    type: Literal["posting.settled.v1"] = "posting.settled.v1"
    settlement: Settlement
    settled_at: datetime


class LedgerCalled(Event):
    """A writer's call to its ledger has ended, one way or another; told of tenants that keep evidence only."""

    TYPE: ClassVar[str] = "ledger.called.v1"
    TOPIC: ClassVar[str] = "ledger.called"
    SEALED: ClassVar[bool] = True

    type: Literal["ledger.called.v1"] = "ledger.called.v1"
    call_id: UUID
    ledger: Literal["xero", "qbo"]
    organisation_id: str
    records: tuple[RecordRef, ...]
    """Those of the company that the call was for."""
    exchange: LedgerExchange


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
    preview: bool = False
    """Look and plan only: nothing found by this run is posted or batched."""
    record_refs: tuple[RecordRef, ...] = ()
    """With `preview`: plan these, too, if they are unposted and only listed because of the go-live date."""
    family: Family = "invoices"
    """What to look for; records of the other families are left alone (F124)."""


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


RecordAction = Literal["retry", "cancel", "adopt", "skip", "batch_again", "approve"]


class RecordCommanded(Event):
    """A person decided about one record. adopt: link the ledger's own document and batch. approve: post what a preview
    showed, if that is still what is planned."""

    TYPE: ClassVar[str] = "record.commanded.v1"
    TOPIC: ClassVar[str] = "commands"

    type: Literal["record.commanded.v1"] = "record.commanded.v1"
    command_id: UUID
    record_ref: RecordRef
    action: RecordAction
    person: str
    commanded_at: datetime
    plan_hash: str | None = None
    """approve: the plan that the person saw."""


class ChangedResource(Contract):
    """What a provider says was changed, by its own word for it ("invoice") and its id."""

    resource: Annotated[str, StringConstraints(max_length=50)]
    resource_id: Annotated[str, StringConstraints(max_length=100)]


MAX_CHANGED = 100


class ChangeHinted(Event):
    """A provider called back, and the call was verified: look at what it names. Nothing else that it said travels, and
    what it names may have changed again, or not at all. A lost or a doubled hint costs a look: lists are read anyway.
    """

    TYPE: ClassVar[str] = "change.hinted.v1"
    TOPIC: ClassVar[str] = "hints"

    type: Literal["change.hinted.v1"] = "change.hinted.v1"
    provider: Literal["connectwise", "xero", "qbo"]
    connection_id: str
    changed: Annotated[tuple[ChangedResource, ...], Field(max_length=MAX_CHANGED)] = ()
    more: bool = False
    """There was more than `changed` has room for: look at everything."""
    hinted_at: datetime


class PreviewRequested(Event):
    """A person asks what would become of a company's records, today or with other settings."""

    TYPE: ClassVar[str] = "preview.requested.v1"
    TOPIC: ClassVar[str] = "commands"
    SEALED: ClassVar[bool] = True

    type: Literal["preview.requested.v1"] = "preview.requested.v1"
    preview_id: UUID
    record_refs: tuple[RecordRef, ...] = ()
    """None means every record that is known and not closed."""
    settings: dict[str, JsonValue] | None = None
    """Settings that nobody saved, as config-api's REST takes them (`CompanySettings`): what would they change?"""
    requested_at: datetime
    compare: bool = False
    """Have the writer compare it with what the ledger holds already, and propose what fits for linking."""


class RecordPreviewed(RecordEvent):
    """The rules' answer for one record of a preview."""

    TYPE: ClassVar[str] = "record.previewed.v1"
    TOPIC: ClassVar[str] = "record.previewed"
    SEALED: ClassVar[bool] = True

    type: Literal["record.previewed.v1"] = "record.previewed.v1"
    preview_id: UUID
    preview: RecordPreview
    previewed_at: datetime
    compare: bool = False


class PreviewFinished(Event):
    """The rules have answered for every record of a preview."""

    TYPE: ClassVar[str] = "preview.finished.v1"
    TOPIC: ClassVar[str] = "record.previewed"

    type: Literal["preview.finished.v1"] = "preview.finished.v1"
    preview_id: UUID
    records: int
    finished_at: datetime
    compare: bool = False


class LedgerCompared(Event):
    """A writer compared a preview with its ledger: what exists already. Told in parts."""

    TYPE: ClassVar[str] = "ledger.compared.v1"
    TOPIC: ClassVar[str] = "ledger.compared"
    SEALED: ClassVar[bool] = True

    type: Literal["ledger.compared.v1"] = "ledger.compared.v1"
    preview_id: UUID
    contacts: tuple[ContactProposal, ...] = ()
    documents: tuple[DocumentProposal, ...] = ()
    proposals: int
    """How many contacts and documents all parts have together."""
    compared_at: datetime


class LinksDecided(Event):
    """A person decided which contacts of the ledger are the customers'. The next posting uses them as they are."""

    TYPE: ClassVar[str] = "links.decided.v1"
    TOPIC: ClassVar[str] = "commands"

    type: Literal["links.decided.v1"] = "links.decided.v1"
    decisions: tuple[LinkDecision, ...]
    person: str
    decided_at: datetime


AnyEvent = Annotated[
    RecordCaptured
    | RecordStaged
    | PostingPlanned
    | PostingRefused
    | PostingSettled
    | LedgerCalled
    | ReferencePublished
    | SettingsChanged
    | RunRequested
    | RunListed
    | RecordCommanded
    | ChangeHinted
    | PreviewRequested
    | RecordPreviewed
    | PreviewFinished
    | LedgerCompared
    | LinksDecided,
    Field(discriminator="type"),
]

EVENT_TYPES: tuple[type[Event], ...] = (
    RecordCaptured,
    RecordStaged,
    PostingPlanned,
    PostingRefused,
    PostingSettled,
    LedgerCalled,
    ReferencePublished,
    SettingsChanged,
    RunRequested,
    RunListed,
    RecordCommanded,
    ChangeHinted,
    PreviewRequested,
    RecordPreviewed,
    PreviewFinished,
    LedgerCompared,
    LinksDecided,
)

TOPICS: tuple[str, ...] = tuple(dict.fromkeys(event.TOPIC for event in EVENT_TYPES))
