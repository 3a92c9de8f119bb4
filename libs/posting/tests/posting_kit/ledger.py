"""A ledger in memory that can lose answers, answer late, refuse, and be touched by people.

It takes the bytes that the engine stored, so that a call that is sent again is the same call to it. Numbers and contact
names are unique, keys are remembered, drafts can be approved and deleted: what a real one would do.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import uuid4

from tieout_contracts.documents import DocumentKind, LedgerContact, LedgerDocument, LedgerItem
from tieout_contracts.records import Person
from tieout_contracts.reference import LedgerReference
from tieout_posting.ledger import (
    Books,
    Budget,
    ContactChange,
    DirectoryEntry,
    Draft,
    Element,
    LedgerLimits,
    NeededItem,
    Phase,
    Promotion,
    Reading,
    Remaining,
    Revision,
    SeenContact,
    SeenDocument,
    SeenLine,
    SeenPerson,
)
from tieout_providers.call import Answer, Call, Gate
from tieout_providers.errors import (
    COMMON_HINTS,
    NotSent,
    OutcomeUnknown,
    Provider,
    ProviderError,
    Unavailable,
    Unreadable,
)

FOUND_BY_LEDGER = frozenset({"computed", "override"})
"""Tax modes in which what the ledger computes differently is the tax."""
PROVIDER = Provider("fake", "The ledger", {**COMMON_HINTS, "unauthorised": "", "forbidden": ""})


class Died(BaseException):
    """The process is gone the moment after its bytes left; the ledger does its work all the same."""


Fault = Literal["not_sent", "lost_before", "lost_after", "late"] | ProviderError | Died
"""late: the call is carried out only when `deliver_late` is called; its answer never comes."""


@dataclass
class Kept:
    """A document in the ledger."""

    document_id: str
    kind: DocumentKind
    document: LedgerDocument
    contact_id: str
    phase: Phase = "draft"
    by: str = "us"
    off_by: Decimal = Decimal(0)
    """What the ledger computes differently."""
    touched: bool = False
    paid: bool = False
    version: int = 0
    """Rises with every change, also by payments."""


@dataclass
class FakeLedger:
    """The ledger, and the writer's side of it in one."""

    name: Literal["xero", "qbo"] = "xero"
    limits: LedgerLimits = field(default_factory=LedgerLimits)
    kept: dict[str, Kept] = field(default_factory=dict)
    contacts: dict[str, DirectoryEntry] = field(default_factory=dict)
    items: dict[str, DirectoryEntry] = field(default_factory=dict)
    details: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What contacts hold, by id and field; `persons` is one of them."""
    heirs: dict[str, str] = field(default_factory=dict)
    """Contacts that were merged, and into which."""
    keys: dict[str, bytes] = field(default_factory=dict)
    faults: list[Fault | None] = field(default_factory=list)
    """One for each coming write; None: it goes well."""
    read_faults: list[ProviderError] = field(default_factory=list)
    off_by: dict[str, Decimal] = field(default_factory=dict)
    refusing: dict[str, str] = field(default_factory=dict)
    poison: set[str] = field(default_factory=set)
    late: list[Call] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    """Organisations at which something of ours breaks."""
    silent: set[str] = field(default_factory=set)
    """Numbers and codes that answers do not mention."""
    forgetful: bool = False
    """Whether items are not even kept."""
    nameless: bool = False
    """Whether refusals leave out whom they are about."""
    calls_a_minute: int | None = None
    drafts: bool = True
    """Without drafts a document is final at once, and a number may stand twice."""
    locked_until: date | None = None
    backwards: bool = False
    """Whether elements come in another order than they were sent."""

    # -- what tests look at

    def live(self, number: str) -> list[Kept]:
        return [each for each in self.kept.values() if each.document.number == number and each.phase != "gone"]

    def count(self, prefix: str) -> int:
        return sum(each.startswith(prefix) for each in self.calls)

    def put_by_somebody(self, document: LedgerDocument, contact_id: str, phase: Phase = "approved") -> Kept:
        kept = Kept(str(uuid4()), document.kind, document, contact_id, phase, by="somebody")
        self.kept[kept.document_id] = kept
        return kept

    def deliver_late(self) -> None:
        """What was under way arrives after all."""
        late, self.late = self.late, []
        for call in late:
            self._carry_out(call)

    # -- Ledger

    def create(
        self, books: Books, kind: DocumentKind, drafts: Sequence[Draft], keys: Mapping[str, str], key: str
    ) -> Call:
        elements = [{"document": each.document.model_dump(mode="json"), "contact": each.contact_id} for each in drafts]
        return _call(f"/create/{kind}", elements, key)

    def promote(self, books: Books, kind: DocumentKind, drafts: Sequence[Promotion], key: str) -> Call:
        return _call(f"/promote/{kind}", [{"id": each.document_id, "to": each.target} for each in drafts], key)

    def discard(self, books: Books, kind: DocumentKind, ids: Sequence[str], key: str) -> Call:
        return _call(f"/discard/{kind}", [{"id": each} for each in ids], key)

    def revise(
        self, books: Books, kind: DocumentKind, revisions: Sequence[Revision], keys: Mapping[str, str], key: str
    ) -> Call:
        elements = [
            {
                "id": each.seen.document_id,
                "document": each.draft.document.model_dump(mode="json"),
                "contact": each.draft.contact_id,
                "version": self.kept[each.seen.document_id].version,
            }
            for each in revisions
        ]
        return _call(f"/revise/{kind}", elements, key)

    def create_contacts(self, books: Books, contacts: Sequence[LedgerContact], key: str) -> Call:
        elements = [
            {"number": each.contact_number, "name": each.name, "fields": dict(self.contact_fields(each, {}))}
            for each in contacts
        ]
        return _call("/contacts", elements, key)

    def contact_fields(self, contact: LedgerContact, keys: Mapping[str, str]) -> Mapping[str, object]:
        person = contact.person
        held = {
            "name": contact.name,
            "account_number": contact.account_number,
            "email": contact.email,
            "phone": contact.phone,
            "person": f"{person.first_name or ''} {person.last_name or ''}".strip() if person else None,
            "address": contact.address.city if contact.address else None,
        }
        return {name: value for name, value in held.items() if value}

    def change_contacts(
        self, books: Books, changes: Sequence[ContactChange], keys: Mapping[str, str], key: str
    ) -> Call:
        elements: list[dict[str, Any]] = []
        for each in changes:
            fields = self.contact_fields(each.contact, keys)
            element = {"id": each.seen.ledger_id, "fields": {name: fields[name] for name in each.fields}}
            if each.persons is not None:
                element["persons"] = [one.person.model_dump() for one in each.persons]
            if each.number is not None:
                element["number"] = each.number
            elements.append(element)
        return _call("/link" if any("number" in each for each in elements) else "/changed", elements, key)

    def create_items(self, books: Books, items: Sequence[LedgerItem], key: str) -> Call:
        return _call("/items", [{"code": each.code, "name": each.name} for each in items], key)

    def documents_in(self, kind: DocumentKind, call: Call, answer: Answer) -> list[Element]:
        return [self._element(each) for each in answer.json()]

    def contacts_in(self, call: Call, answer: Answer) -> list[Element]:
        return [self._element(each) for each in answer.json()]

    def items_in(self, call: Call, answer: Answer) -> list[Element]:
        return [self._element(each) for each in answer.json()]

    def is_echo(self, draft: Draft, seen: SeenDocument) -> bool:
        kept = self.kept[seen.document_id]
        return kept.document == draft.document and kept.contact_id == draft.contact_id and not kept.touched

    def bears_mark(self, draft: Draft, seen: SeenDocument) -> bool:
        return False

    def link(self, books: Books, kind: DocumentKind, document_id: str) -> str | None:
        return f"https://ledger.example/{document_id}"

    def remaining(self, books: Books, answer: Answer) -> tuple[Remaining, ...]:
        return ()

    async def open(self, books: Books, gate: Gate, *, fresh: bool = False) -> "FakeSession":
        if books.organisation_id in self.broken:
            raise LookupError("a fault of our own")
        return FakeSession(self, books, gate)

    # -- the ledger itself

    async def send(self, call: Call) -> Answer:
        self.calls.append(call.target)
        fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, ProviderError):
            raise fault
        if isinstance(fault, Died):
            self._carry_out(call)
            raise fault
        if fault == "not_sent":
            raise NotSent(PROVIDER, "connection refused")
        elements = json.loads(call.body)
        self.sizes.append(len(elements))
        if fault == "lost_before" or any(
            str(each.get("document", {}).get("number")) in self.poison for each in elements
        ):
            raise OutcomeUnknown(PROVIDER, "500", status=500)
        if fault == "late":
            self.late.append(call)
            raise OutcomeUnknown(PROVIDER, "no answer")
        answer = self._carry_out(call)
        if fault == "lost_after":
            raise OutcomeUnknown(PROVIDER, "reset")
        return answer

    def _carry_out(self, call: Call) -> Answer:
        assert call.idempotency_key is not None
        if call.idempotency_key not in self.keys:
            what, _, kind = call.target.removeprefix("/").partition("/")
            said = [getattr(self, f"_{what}")(each, kind) for each in json.loads(call.body)]
            said = [each for each in said if each["key"] not in self.silent]
            if self.nameless:
                said = [each | {"key": None} if "fault" in each else each for each in said]
            if self.backwards:
                said.reverse()
            self.keys[call.idempotency_key] = json.dumps(said).encode()
        return Answer(200, {}, self.keys[call.idempotency_key])

    def _create(self, sent: dict[str, Any], kind: DocumentKind) -> dict[str, Any]:
        document = LedgerDocument.model_validate(sent["document"])
        if document.number in self.refusing:
            return _refusal(document.number, "other", self.refusing[document.number])
        if self.drafts and self.live(document.number):
            return _refusal(document.number, "duplicate", "Number must be unique.")
        off_by = self.off_by.get(document.number, Decimal(0))
        phase: Phase = "draft" if self.drafts else "final"
        kept = Kept(str(uuid4()), kind, document, sent["contact"], phase, off_by=off_by)
        self.kept[kept.document_id] = kept
        return {"key": document.number, "id": kept.document_id, "phase": kept.phase}

    def _revise(self, sent: dict[str, Any], _: str) -> dict[str, Any]:
        """Refused where it is stale, paid or void; else changed, whoever may have changed it before."""
        kept, document = self.kept[sent["id"]], LedgerDocument.model_validate(sent["document"])
        if kept.version != sent["version"]:
            return _refusal(None, "status", "Stale object.", kept.document_id)
        if kept.phase == "gone" or kept.paid:
            return _refusal(None, "other", "It cannot be changed.", kept.document_id)
        if document.number in self.refusing:
            return _refusal(None, "other", self.refusing[document.number], kept.document_id)
        if self.drafts and any(each is not kept for each in self.live(document.number)):
            return _refusal(None, "duplicate", "Number must be unique.", kept.document_id)
        kept.document, kept.contact_id, kept.version = document, sent["contact"], kept.version + 1
        kept.off_by, kept.touched = self.off_by.get(document.number, Decimal(0)), False
        kept.phase = "approved" if kept.phase == "final" else kept.phase
        return {"key": document.number, "id": kept.document_id, "phase": kept.phase}

    def _promote(self, sent: dict[str, Any], _: str) -> dict[str, Any]:
        kept = self.kept[sent["id"]]
        if kept.phase not in ("draft", "submitted"):
            return _refusal(None, "status", "not of valid status", kept.document_id)
        if (why := self.refusing.get(f"approve {kept.document.number}")) is not None:
            return _refusal(None, "other", why, kept.document_id)
        kept.phase = sent["to"]
        return {"key": kept.document.number, "id": kept.document_id, "phase": kept.phase}

    def _discard(self, sent: dict[str, Any], _: str) -> dict[str, Any]:
        kept = self.kept[sent["id"]]
        if kept.phase not in ("draft", "submitted", "final") or (kept.phase == "final" and kept.touched):
            return _refusal(None, "status", "not of valid status", kept.document_id)
        kept.phase = "gone"
        return {"key": kept.document.number, "id": kept.document_id, "phase": kept.phase}

    def _contacts(self, sent: dict[str, Any], _: str) -> dict[str, Any]:
        taken = [each for each in self.contacts.values() if each.active]
        if any(each.code == sent["number"] for each in taken):
            return _refusal(sent["number"], "duplicate", "The number is taken.")
        if any(each.name == sent["name"] for each in taken):
            return _refusal(sent["number"], "name_taken", f"The contact name {sent['name']} is taken.")
        entry = DirectoryEntry(str(uuid4()), sent["number"], sent["name"])
        self.contacts[entry.ledger_id] = entry
        self.details[entry.ledger_id] = dict(sent.get("fields", {}))
        return {"key": sent["number"], "id": entry.ledger_id}

    def _changed(self, sent: dict[str, Any], _: str) -> dict[str, Any]:
        if (why := self.refusing.get(sent["id"])) is not None:
            return {**_refusal(None, "status" if why == "stale" else "other", why), "id": sent["id"]}
        held = self.details.setdefault(sent["id"], {})
        held |= sent["fields"]
        if "persons" in sent:
            held["persons"] = sent["persons"]
        return {"key": None, "id": sent["id"]}

    def _link(self, sent: dict[str, Any], _: str) -> dict[str, Any]:
        entry = self.contacts[sent["id"]]
        self.contacts[sent["id"]] = DirectoryEntry(entry.ledger_id, sent["number"], entry.name)
        self._changed(sent, _)
        return {"key": sent["number"], "id": sent["id"]}

    def _items(self, sent: dict[str, Any], _: str) -> dict[str, Any]:
        if sent["code"] in self.items:
            return _refusal(sent["code"], "duplicate", "The code is taken.")
        entry = DirectoryEntry(str(uuid4()), sent["code"], sent["name"])
        if not self.forgetful:
            self.items[sent["code"]] = entry
        return {"key": sent["code"], "id": entry.ledger_id}

    def _element(self, said: dict[str, Any]) -> Element:
        if "fault" in said:
            return Element(False, said["key"], said.get("id"), fault=said["fault"], messages=(said["why"],))
        kept = self.kept.get(said["id"])
        seen = None if kept is None else self.show(kept, said.get("phase"))
        return Element(True, said["key"], said["id"], seen)

    def show(self, kept: Kept, phase: Phase | None = None) -> SeenDocument:
        document = kept.document
        off_by = kept.off_by + (1 if kept.touched else 0)
        return SeenDocument(
            document_id=kept.document_id,
            number=document.number,
            phase=phase or kept.phase,
            status=(phase or kept.phase).upper(),
            contact_id=kept.contact_id,
            document_date=document.document_date,
            currency=document.currency,
            subtotal=document.expected.subtotal,
            tax=document.expected.tax + (kept.off_by if document.tax_mode in FOUND_BY_LEDGER else 0),
            total=document.expected.total + off_by,
            lines=tuple(
                SeenLine(
                    each.description,
                    each.quantity,
                    each.unit_amount,
                    each.amount,
                    each.tax_amount,
                    each.account_code,
                    each.tax_code,
                )
                for each in document.lines
            ),
            obstacle="it is paid" if kept.paid else None,
        )


@dataclass
class FakeSession:
    ledger: FakeLedger
    books: Books
    gate: Gate

    @property
    def budgets(self) -> tuple[Budget, ...]:
        scope = f"fake:org:{self.books.name}"
        return (Budget(scope, self.ledger.calls_a_minute, None, None, ("minute", "day", "unspecified")),)

    async def send(self, call: Call) -> Answer:
        return await self.ledger.send(call)

    async def look_up(self, kind: DocumentKind, numbers: Sequence[str], ids: Sequence[str]) -> list[SeenDocument]:
        await self._read("/look_up")
        return [
            self.ledger.show(each)
            for each in self.ledger.kept.values()
            if each.kind == kind and (each.document.number in numbers or each.document_id in ids)
        ]

    async def read(self) -> Reading:
        await self._read("/reference")
        reference = LedgerReference(
            ledger="xero",
            organisation_id=self.books.organisation_id,
            organisation_name="Acme",
            country="AU",
            base_currency="AUD",
            currencies=("AUD",),
            accounts=(),
            tax_rates=(),
            period_lock_date=self.ledger.locked_until,
            read_at=datetime.now(UTC),
            version=0,
        )
        return Reading(reference, tuple(self.ledger.contacts.values()), tuple(self.ledger.items.values()), {"a": "b"})

    async def contacts(self, ids: Sequence[str]) -> tuple[SeenContact, ...]:
        await self._read("/seen")
        found = []
        for each in ids:
            if each in self.ledger.contacts:
                held = {"name": self.ledger.contacts[each].name, **self.ledger.details.get(each, {})}
                persons = tuple(SeenPerson(Person(**one)) for one in held.pop("persons", []))
                found.append(SeenContact(each, held, persons, self.ledger.heirs.get(each)))
        return tuple(found)

    async def read_contacts(self) -> tuple[DirectoryEntry, ...]:
        await self._read("/read_contacts")
        return tuple(self.ledger.contacts.values())

    async def read_items(self) -> tuple[DirectoryEntry, ...]:
        await self._read("/read_items")
        return tuple(self.ledger.items.values())

    async def _read(self, target: str) -> None:
        call = Call.get(target)
        await self.gate.before(call)
        self.ledger.calls.append(target)
        try:
            if self.ledger.read_faults:
                raise self.ledger.read_faults.pop(0)
        finally:
            await self.gate.after(call, None)


def without_drafts() -> FakeLedger:
    """A ledger whose documents are final from their creation, and which takes a number twice."""
    return FakeLedger(drafts=False, limits=LedgerLimits(refuses_taken_numbers=False))


class FakeLedgerOfItems(FakeLedger):
    """One whose lines name no account: the account is the item's."""

    def item_of_account(self, account_code: str) -> LedgerItem:
        return LedgerItem(code=f"Sales {account_code}", name=f"Sales {account_code}")

    def create_items_with_accounts(
        self, books: Books, items: Sequence[NeededItem], keys: Mapping[str, str], key: str
    ) -> Call:
        elements = [
            {"code": each.code, "name": each.name, "account": each.account_code, "keys": dict(keys)} for each in items
        ]
        return _call("/items", elements, key)

    def create_contacts_with_keys(
        self, books: Books, contacts: Sequence[LedgerContact], keys: Mapping[str, str], key: str
    ) -> Call:
        return self.create_contacts(books, contacts, key)


def unavailable() -> Unavailable:
    return Unavailable(PROVIDER, "503", status=503)


def unreadable() -> Unreadable:
    return Unreadable(PROVIDER, "a maintenance page")


def _call(target: str, elements: list[dict[str, Any]], key: str) -> Call:
    return Call("POST", target, (), json.dumps(elements).encode(), idempotency_key=key)


def _refusal(key: str | None, fault: str, why: str, document_id: str | None = None) -> dict[str, Any]:
    return {"key": key, "id": document_id, "fault": fault, "why": why}
