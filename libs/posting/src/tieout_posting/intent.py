"""An intent as the pure parts see it: the row, its document opened, its contact resolved."""

from dataclasses import dataclass
from uuid import UUID

from tieout_contracts.documents import DocumentKind, LedgerDocument
from tieout_contracts.problems import Problem
from tieout_contracts.records import RecordRef
from tieout_posting.ledger import Books, Draft
from tieout_posting.states import LookUpReason, State, Step, Withdrawal


@dataclass(frozen=True, slots=True)
class Intent:
    """One planned document of one revision of one record, and how far it has come."""

    posting_id: UUID
    company_id: str
    books: Books
    record: RecordRef
    revision: str
    document: LedgerDocument
    state: State
    step: Step
    look_up: LookUpReason | None = None
    contact_id: str | None = None
    document_id: str | None = None
    """The ledger's id of the document that this intent made, adopts or changes."""
    document_status: str | None = None
    revises: UUID | None = None
    """The posted intent whose document this one changes."""
    content_before: str | None = None
    """The content mark of that document as it was posted; None: it is not known to be what we made."""
    maybe_sent: bool = False
    """Whether some attempt to create it had an unknown outcome, so that a document of this number may be ours."""
    withdrawn: Withdrawal | None = None
    problems: tuple[Problem, ...] = ()
    """Why its step is what it is: what a discarded draft had wrong."""
    look_ups: int = 0
    """Look-ups since the last step that succeeded."""
    tries: int = 0
    """Attempts to create it that ended without a usable answer."""
    calls: int = 0
    """Calls to the ledger that it took part in."""
    caused_by: UUID | None = None
    traceparent: str | None = None
    told: str | None = None
    """The code of the cause that it was said to wait for."""
    keeps_mismatch: bool = False
    """The company's choice for a draft that does not tie out: keep it for a person, or discard it."""

    @property
    def is_update(self) -> bool:
        """Whether it changes the document of another intent in place of making its own."""
        return self.revises is not None

    @property
    def number(self) -> str:
        return self.document.number

    @property
    def kind(self) -> DocumentKind:
        return self.document.kind

    def draft(self) -> Draft:
        """What is sent; its contact must be known."""
        assert self.contact_id is not None
        return Draft(self.document, self.contact_id, str(self.posting_id))
