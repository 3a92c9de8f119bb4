"""Which contact of the ledger could be a customer's, and which document a record's (pure).

Contacts are found by our number on them, by account number, and by name. Numbers are compared without case, account
numbers without case and outer spaces, names without case and extra spaces: nothing else is guessed.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from tieout_contracts.documents import LedgerContact, LedgerDocument
from tieout_contracts.problems import Problem, problem
from tieout_contracts.proposals import ContactCandidate, ContactFinding, ContactProposal, DocumentFinding
from tieout_posting.compare import same_business
from tieout_posting.ledger import DirectoryEntry, SeenDocument
from tieout_posting.store import folded, folded_account

BY_ITSELF: frozenset[ContactFinding] = frozenset({"linked", "number", "name"})
"""Findings whose one contact the next posting uses, or takes, without being told."""
MAX_CANDIDATES = 20


@dataclass(frozen=True, slots=True)
class Customer:
    """A bill-to company of unposted records."""

    contact: LedgerContact
    records: int = 1


@dataclass(frozen=True, slots=True)
class Said:
    """What is decided already, by contact number: the contact that postings use, or that a person approved, and those
    that a person refused."""

    linked: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, Collection[str]] = field(default_factory=dict)


class Directory:
    """The ledger's contacts, found by what they bear."""

    def __init__(self, entries: Sequence[DirectoryEntry]) -> None:
        self.by_id: dict[str, DirectoryEntry] = {}
        self._by_number: dict[str, list[DirectoryEntry]] = {}
        self._by_account: dict[str, list[DirectoryEntry]] = {}
        self._by_name: dict[str, list[DirectoryEntry]] = {}
        for each in entries:
            self.by_id[each.ledger_id] = each
            self._by_name.setdefault(folded(each.name), []).append(each)
            if each.code:
                self._by_number.setdefault(each.code.casefold(), []).append(each)
            if account := folded_account(each.account_number):
                self._by_account.setdefault(account, []).append(each)

    def numbered(self, number: str) -> list[DirectoryEntry]:
        return self._by_number.get(number.casefold(), [])

    def of_account(self, account_number: str | None) -> list[DirectoryEntry]:
        """Active customers with this account number."""
        found = self._by_account.get(folded_account(account_number) or "", [])
        return [each for each in found if each.active and each.is_customer]

    def named(self, name: str) -> list[DirectoryEntry]:
        """Whatever active has this name."""
        return [each for each in self._by_name.get(folded(name), []) if each.active]


def propose(customer: Customer, directory: Directory, said: Said) -> ContactProposal:
    """What the ledger has for one customer. Of several contacts none is chosen."""
    finding, found = _find(customer.contact, directory, said)
    return ContactProposal(
        contact_number=customer.contact.contact_number,
        name=customer.contact.name,
        account_number=customer.contact.account_number,
        records=customer.records,
        finding=finding,
        candidates=tuple(_candidate(each) for each in found[:MAX_CANDIDATES]),
    )


def _find(contact: LedgerContact, directory: Directory, said: Said) -> tuple[ContactFinding, Sequence[DirectoryEntry]]:
    linked = directory.by_id.get(said.linked.get(contact.contact_number, ""))
    if linked is not None:
        return ("linked" if linked.active else "archived"), [linked]
    numbered = directory.numbered(contact.contact_number)
    if numbered:
        active = [each for each in numbered if each.active]
        return ("several" if len(active) > 1 else "number" if active else "archived"), active or numbered
    return _likely(contact, directory, said.refused.get(contact.contact_number, ()))


def _likely(
    contact: LedgerContact, directory: Directory, refused: Collection[str]
) -> tuple[ContactFinding, Sequence[DirectoryEntry]]:
    """By account number and name: only one contact in all is no doubt."""
    of_account, named = directory.of_account(contact.account_number), directory.named(contact.name)
    customers = {each.ledger_id: each for each in (*of_account, *named) if each.is_customer}
    left = [each for each in customers.values() if each.ledger_id not in refused]
    if len(left) > 1:
        return "several", left
    if left:
        by: ContactFinding = "account_number" if left[0] in of_account else "name"
        return ("other_number" if left[0].code is not None else by), left
    if any(not each.is_customer for each in named):
        return "taken", []
    return ("refused", list(customers.values())) if customers else ("none", [])


def contacts_by_number(proposals: Sequence[ContactProposal]) -> dict[str, str]:
    """The ledger's contact of each customer for which there is no doubt."""
    sure = [each for each in proposals if each.finding in BY_ITSELF]
    return {each.contact_number: each.candidates[0].ledger_id for each in sure}


@dataclass(frozen=True, slots=True)
class Found:
    """What the ledger has under a record's number."""

    finding: DocumentFinding
    seen: SeenDocument | None = None
    problems: tuple[Problem, ...] = ()


def compare(document: LedgerDocument, contact_id: str | None, found: Sequence[SeenDocument], *, taken: bool) -> Found:
    """`found`: the ledger's documents of its kind and number. `contact_id`: its customer's contact, if that is sure.
    `taken`: the one found is another record's already."""
    live = [each for each in found if each.phase != "gone"]
    if not live:
        return Found("free")
    if len(live) > 1:
        told = problem("cutover.several_documents", count=len(live), number=document.number)
        return Found("conflict", problems=(told,))
    seen = live[0]
    if taken:
        told = problem("ledger.conflict", number=document.number, difference="it is another record's document")
        return Found("conflict", seen, (told,))
    if contact_id is None:
        number = document.contact.contact_number
        told = problem("cutover.customer_not_linked", number=document.number, contact=number)
        return Found("conflict", seen, (told,))
    differing = same_business(document, contact_id, seen)
    if differing:
        words = "; ".join(map(str, differing))
        return Found("conflict", seen, (problem("ledger.conflict", number=document.number, difference=words),))
    return Found("adopt", seen)


def _candidate(entry: DirectoryEntry) -> ContactCandidate:
    return ContactCandidate(
        ledger_id=entry.ledger_id, name=entry.name, contact_number=entry.code, account_number=entry.account_number
    )
