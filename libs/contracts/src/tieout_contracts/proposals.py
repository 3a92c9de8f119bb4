"""What is in a ledger already, proposed for linking: contacts of customers, and documents of records (K24)."""

from typing import Literal

from tieout_contracts.base import Contract
from tieout_contracts.posting import LedgerDocumentRef
from tieout_contracts.problems import Problem
from tieout_contracts.records import RecordRef

ContactFinding = Literal[
    "linked",
    "number",
    "account_number",
    "name",
    "other_number",
    "several",
    "archived",
    "taken",
    "refused",
    "none",
]
"""What the ledger has for a bill-to company.

linked: its contact is known, or a person linked one. number: a contact bears its number. account_number, name: exactly
one contact has its account number, or its name but for case and spaces. other_number: so it has, and bears the number
of something else. several: more than one could be it. archived: its contact takes no documents. taken: something that
is no customer has its name. refused: a person said that the one found is not it. none: a new one would be made.
"""

DocumentFinding = Literal["adopt", "conflict", "free", "unplanned"]
"""What the ledger has under a record's number.

adopt: a document of the same bill-to, date, currency, tax and total. conflict: another one. free: none. unplanned: the
rules plan nothing for the record now, so that there is nothing to compare.
"""


class ContactCandidate(Contract):
    """A contact of the ledger that could be the customer's."""

    ledger_id: str
    name: str
    contact_number: str | None = None
    account_number: str | None = None


class ContactProposal(Contract):
    """One bill-to company of unposted records. `contact_number` is the number that its contact has, or would get."""

    contact_number: str
    name: str
    account_number: str | None = None
    records: int
    """Unposted records that are billed to it."""
    finding: ContactFinding
    candidates: tuple[ContactCandidate, ...] = ()


class DocumentProposal(Contract):
    """One unposted record. `document`: the ledger's of its number."""

    record: RecordRef
    number: str
    finding: DocumentFinding
    document: LedgerDocumentRef | None = None
    problems: tuple[Problem, ...] = ()
    """Why it is a conflict, or why the rules refuse the record."""


class LinkDecision(Contract):
    """A person's word on one pair of customer and contact. Not `approved`: the contact is not this customer's."""

    contact_number: str
    ledger_id: str
    approved: bool = True
