"""A planned posting, and how it settled."""

import hashlib
from typing import Literal
from uuid import UUID, uuid5

from tieout_contracts.base import Contract
from tieout_contracts.documents import DocumentKind, ExpectedTotals, LedgerDocument
from tieout_contracts.money import Amount
from tieout_contracts.problems import Problem
from tieout_contracts.records import RecordRef

_POSTING_NAMESPACE = UUID("6f1d7a52-5d0c-4d38-9b0e-2f6a3c1c7e11")


class Explanation(Contract):
    """One step of the arithmetic, in words."""

    line: int | None = None
    text: str


class Posting(Contract):
    """What shall be posted for one revision of one record, decided by the rules and carried out by a writer."""

    posting_id: UUID
    company_id: str
    record: RecordRef
    revision: str
    plan_hash: str
    number: str
    settings_version: int
    reference_version: int
    document: LedgerDocument
    warnings: tuple[Problem, ...] = ()
    explanation: tuple[Explanation, ...] = ()


CONTACT_UPKEEP: dict[str, set[str]] = {"contact": {"billing_contact", "policies", "changed_at"}}
"""What a document says on how the customer's contact is kept up to date: no part of what is approved."""


def plan_hash(document: LedgerDocument) -> str:
    """SHA-256 over the document, as 32 hex digits: approval posts only what was seen.

    How the customer's contact is kept up to date does not count: it is no part of the document, and changes often.
    Nor do a place of delivery and a pay link that are not told, so that plans made before they could be have the same
    hash.
    """
    untold = {name: True for name in ("ship_to", "pay_link") if getattr(document, name) is None}
    plain = document.model_dump_json(exclude={**CONTACT_UPKEEP, **untold})
    return hashlib.sha256(plain.encode()).hexdigest()[:32]


def posting_id(company_id: str, record: RecordRef, revision: str, plan: str) -> UUID:
    """The same plan of the same revision always has the same id, whoever plans it and however often."""
    return uuid5(_POSTING_NAMESPACE, f"{company_id}|{record}|{revision}|{plan}")


class LedgerDocumentRef(Contract):
    """A document that exists in a ledger."""

    ledger: Literal["xero", "qbo"]
    organisation_id: str
    document_kind: DocumentKind
    document_id: str
    number: str
    status: str
    url: str | None = None


SettledOutcome = Literal["posted", "adopt_proposed", "conflict", "refused", "waiting", "discarded"]
"""posted: verified in the ledger. adopt_proposed: the ledger already holds the same document. conflict: it holds
another one with this number. refused: nothing of it is in the ledger. waiting: a person must decide, the cause says
why. discarded: a draft that did not match was taken back."""


class Settlement(Contract):
    posting_id: UUID
    company_id: str
    record: RecordRef
    revision: str
    outcome: SettledOutcome
    document: LedgerDocumentRef | None = None
    actual: ExpectedTotals | None = None
    currency_rate: Amount | None = None
    problems: tuple[Problem, ...] = ()
    ledger_calls: int = 0
