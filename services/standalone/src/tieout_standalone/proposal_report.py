"""Proposals for people: which contacts and documents are in the ledger already, and what can be done with each."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

Found = Mapping[str, Any]
_CONTACTS = {
    "linked": ("green", "linked"),
    "number": ("green", "found by its number"),
    "account_number": ("yellow", "same account number"),
    "name": ("yellow", "same name"),
    "other_number": ("yellow", "alike, but bears another number"),
    "several": ("red", "several could be it"),
    "archived": ("red", "archived: takes no documents"),
    "taken": ("red", "its name is taken by no customer"),
    "refused": ("red", "refused by a person"),
    "none": ("dim", "none: would be made"),
}
_DOCUMENTS = {
    "adopt": ("green", "the same: can be adopted"),
    "conflict": ("red", "conflict"),
    "unplanned": ("yellow", "refused by the rules"),
    "free": ("dim", "not in the ledger"),
}
_IN_BULK = ("account_number", "name", "other_number")


def show(console: Console, found: Found) -> None:
    """A company's proposals: customers first, then the records whose number is taken or that cannot be compared."""
    proposals_id = found["proposals_id"]
    console.print(f"[bold]{found['company_id']}[/bold]")
    if found["contacts"]:
        console.print(_contacts(found["contacts"]))
    shown = [one for one in found["documents"] if one["finding"] != "free"]
    if shown:
        console.print(_documents(shown))
    for line in (
        *_counted(found["contacts"], _CONTACTS, "customer"),
        *_counted(found["documents"], _DOCUMENTS, "record"),
    ):
        console.print(line, markup=False)
    open_ones = {one["finding"] for one in found["contacts"] if one["decision"] is None}
    for finding in _IN_BULK:
        if finding in open_ones:
            console.print(f"To link those: tieout link {proposals_id} --all {finding}", markup=False)
    if "several" in open_ones:
        console.print(f"To choose one of several: tieout link {proposals_id} NUMBER=ID", markup=False)
    if any(one["finding"] == "adopt" and not one["approved"] for one in found["documents"]):
        console.print(f"To link and batch what is the same: tieout adopt {proposals_id} [NUMBER ...]", markup=False)
    if not found["contacts"] and not found["documents"]:
        console.print("Nothing is unposted, so that there is nothing to compare.")


def _contacts(contacts: Sequence[Found]) -> Table:
    table = Table(show_edge=False, title="Customers", title_justify="left")
    for heading in ("number", "customer", "records", "in the ledger", "contacts that could be it"):
        table.add_column(heading, no_wrap=heading == "number", justify="right" if heading == "records" else "left")
    for one in contacts:
        colour, words = _CONTACTS[one["finding"]]
        account = f" ({one['account_number']})" if one["account_number"] else ""
        candidates = "\n".join(_candidate(each, one) for each in one["candidates"])
        state = Text(_decided(one) or words, style=colour)
        table.add_row(one["contact_number"], Text(one["name"] + account), str(one["records"]), state, Text(candidates))
    return table


def _candidate(candidate: Found, proposed: Found) -> str:
    """Its name, what else it bears, and the id to name it by."""
    told = [candidate["name"]]
    number = candidate["contact_number"]
    told += [f"number {number}"] if number and number != proposed["contact_number"] else []
    told += [f"account {candidate['account_number']}"] if candidate["account_number"] else []
    return f"{', '.join(told)}: {candidate['ledger_id']}"


def _decided(proposed: Found) -> str | None:
    return {"approved": "linked by a person", "refused": "refused by a person"}.get(proposed["decision"] or "")


def _documents(documents: Sequence[Found]) -> Table:
    table = Table(show_edge=False, title="Records", title_justify="left")
    for heading in ("number", "date", "amount", "in the ledger", "why, and what to do"):
        table.add_column(heading, no_wrap=heading in ("number", "date"))
    for one in documents:
        colour, words = _DOCUMENTS[one["finding"]]
        amount = f"{one['total']} {one['currency']}" if one["total"] else ""
        state = "approved" if one["approved"] else words
        row = (one["number"], one["document_date"] or "", amount, Text(state, style=colour), Text(_told(one)))
        table.add_row(*row)
    return table


def _told(proposed: Found) -> str:
    """The first cause is enough here: the preview of a record names all of them."""
    if proposed["finding"] == "adopt":
        return f"{proposed['document']['status'].lower()}, same customer, date, tax and total"
    causes = [f"{problem['sentence']} {problem['hint']}" for problem in proposed["problems"][:1]]
    more = len(proposed["problems"]) - 1
    return "\n".join(
        [*causes, f"and {more} more: tieout preview --record {proposed['number']}"] if more > 0 else causes
    )


def _counted(found: Iterable[Found], words: Mapping[str, tuple[str, str]], what: str) -> list[str]:
    counts: dict[str, int] = {}
    for one in found:
        counts[one["finding"]] = counts.get(one["finding"], 0) + 1
    told = [f"{counts[finding]} {says}" for finding, (_, says) in words.items() if finding in counts]
    total = sum(counts.values())
    return [f"{total} {what}{'' if total == 1 else 's'}: {'; '.join(told)}"] if told else []
