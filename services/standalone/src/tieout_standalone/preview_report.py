"""A preview for people: what would be created, changed or refused, and what it comes to."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tieout_standalone.report import look_of

Found = Mapping[str, Any]

LEFT = ("refused", "listed", "unrouted")
"""Statuses of records of which the rules were asked nothing: refused at capture, too old, or nobody's."""
CHANGED = ("changed_after_posting", "changed_while_posting", "refused")
"""Statuses of a posted record whose document a person may have changed."""
_LOOKS = {
    "create": ("green", "would be created"),
    "change": ("yellow", "would be changed"),
    "unchanged": ("dim", "unchanged"),
    "refuse": ("red", "would be refused"),
    "wait": ("yellow", "cannot be told yet"),
}
_KINDS = {"sales_invoice": "invoice", "sales_credit": "credit note"}
_MOST_DIFFERENCES = 8


def show(console: Console, preview: Found, *, in_full: bool = False) -> None:
    """One company's preview; `in_full` with every line of every document."""
    console.print(f"[bold]{preview['company_id']}[/bold]")
    shown = [one for one in preview["records"] if in_full or one["outcome"] != "unchanged"]
    if shown or preview["left"]:
        console.print(_records(shown, preview["left"]))
    if in_full:
        for record in shown:
            _in_full(console, record)
    for line in sums(preview):
        console.print(line)
    if any(one["outcome"] == "create" for one in shown) and not preview["changed_settings"]:
        console.print(f"To post what is shown: tieout approve {preview['preview_id']} [NUMBER ...]", markup=False)
    changed = [one["number"] for one in shown if one["outcome"] == "change" and one.get("status") in CHANGED]
    if changed and not preview["changed_settings"]:
        numbers = " ".join(changed)
        console.print(f"To change what is posted: tieout approve {preview['preview_id']} {numbers}", markup=False)


def has_refusals(preview: Found) -> bool:
    return any(one["outcome"] == "refuse" for one in preview["records"]) or any(
        one["status"] == "refused" for one in preview["left"]
    )


def sums(preview: Found) -> list[str]:
    """What the outcomes come to, and what would be made beside the documents."""
    if not preview["records"]:
        return [] if preview["left"] else ["Nothing waits to be posted."]
    told = [
        f"{one['records']} {_LOOKS[one['outcome']][1]}"
        + (f": {one['total']} {one['currency']}" if one["total"] else "")
        for one in preview["outcomes"]
    ]
    made = [one for one in preview["records"] if one["outcome"] in ("create", "change") and one["document"]]
    for (currency, code), tax in sorted(_taxes(made).items()):
        told.append(f"tax {code}: {tax} {currency}")
    to_be_made = [one for one in made if one["outcome"] == "create"]
    by_itself = sum(one["by_itself"] for one in to_be_made)
    if to_be_made:
        told.append(
            f"{by_itself} of them post by themselves; {len(to_be_made) - by_itself} only once approved or armed"
        )
    items = sorted({item["code"] for one in made for item in one["new_items"]})
    if items:
        told.append(f"items to be made, as far as the ledger was read: {', '.join(items)}")
    contacts = sorted({f"{one['contact']['name']} ({one['contact']['number']})" for one in made})
    if contacts:
        told.append(f"contacts used, or made where the ledger has none: {', '.join(contacts)}")
    return told


def _taxes(records: Iterable[Found]) -> dict[tuple[str, str], Decimal]:
    """By currency and tax code; credits are taken off."""
    found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for record in records:
        document = record["document"]
        sign = -1 if document["kind"] == "sales_credit" else 1
        for tax in document["expected"]["tax_by_code"]:
            found[document["currency"], tax["tax_code"]] += sign * Decimal(tax["amount"])
    return found


def _records(records: Sequence[Found], left: Sequence[Found]) -> Table:
    table = Table(show_edge=False)
    for heading in ("number", "date", "amount", "what", "how, or why not"):
        table.add_column(heading)
    for record in records:
        colour, words = _LOOKS[record["outcome"]]
        table.add_row(*_head(record), Text(words, style=colour), Text("\n".join(_told(record))))
    for record in left:
        colour, words = look_of(record["status"])
        table.add_row(*_head(record), Text(words, style=colour), Text("\n".join(_sentences(record["problems"]))))
    return table


def _head(record: Found) -> tuple[str, str, str]:
    amount = f"{record['total']} {record['currency']}" if record["total"] else ""
    return record["number"], record["document_date"] or "", amount


def _told(record: Found) -> list[str]:
    """The document in a few words, what of it differs, and everything that is to be known."""
    told = []
    if (document := record["document"]) is not None:
        due = f", due {document['due_date']}" if document["due_date"] else ""
        told.append(f"{_KINDS[document['kind']]} for {document['contact']['name']}{due}: {_accounts(document)}")
    changes = record["difference"]
    told += [_changed(change) for change in changes[:_MOST_DIFFERENCES]]
    if len(changes) > _MOST_DIFFERENCES:
        told.append(f"and {len(changes) - _MOST_DIFFERENCES} more differences")
    if record["current_problems"]:
        told.append("refused with the saved settings: " + " ".join(_sentences(record["current_problems"])))
    if record["outcome"] == "create" and record["refused_before"]:
        told.append("refused before: " + " ".join(_sentences(record["refused_before"])))
    if record["waits_for"]:
        told.append(f"waits: {record['waits_for']}")
    return [*told, *_sentences([*record["problems"], *record["warnings"]])]


def _accounts(document: Found) -> str:
    """The lines' amounts by account and tax code."""
    found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for line in document["lines"]:
        found[line["account_code"], line["tax_code"]] += Decimal(line["amount"])
    parts = [f"{amount} to {account} ({code})" for (account, code), amount in found.items()]
    return f"{', '.join(parts)}; tax {document['expected']['tax']}"


def _changed(change: Found) -> str:
    if change["before"] is None:
        return f"{change['field']}: new: {change['after']}"
    if change["after"] is None:
        return f"{change['field']}: gone, was: {change['before']}"
    return f"{change['field']}: {change['before']} becomes {change['after']}"


def _sentences(problems: Iterable[Found]) -> list[str]:
    return [f"{one['sentence']} {one['hint']}" for one in problems]


def _in_full(console: Console, record: Found) -> None:
    """Every line, and the arithmetic in words."""
    document = record["document"]
    if document is None:
        return
    table = Table(title=f"{record['number']}: {document['reference'] or 'no reference'}", title_justify="left")
    for heading in ("line", "text", "quantity", "price", "amount", "account", "item", "tax code", "tax", "tracking"):
        table.add_column(heading, overflow="fold")
    for index, line in enumerate(document["lines"], start=1):
        tracking = ", ".join(f"{one['category']} {one['option']}" for one in line["tracking"])
        cells = [line[name] for name in ("description", "quantity", "unit_amount", "amount", "account_code")]
        cells += [line["item_code"] or "", line["tax_code"], line["tax_amount"], tracking]
        table.add_row(str(index), *(Text(cell) for cell in cells))
    console.print(table)
    for step in record["explanation"]:
        console.print(step, markup=False)
