"""Tables for people: what was posted, warned, refused and left, each record with its cause and its fix."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

Record = Mapping[str, Any]

_LOOKS = {
    "batched": ("green", "posted and batched"),
    "batched_without_posting": ("dim", "batched without posting: before the go-live date"),
    "posted": ("cyan", "posted, not yet batched"),
    "planned": ("cyan", "planned"),
    "previewed": ("blue", "previewed only"),
    "captured": ("cyan", "captured"),
    "refused": ("red", "refused"),
    "listed": ("dim", "left: before the go-live date"),
    "unrouted": ("yellow", "left: no company posts its location"),
    "adopt_proposed": ("yellow", "already in the ledger: link it?"),
    "conflict": ("red", "another document has its number"),
    "batched_elsewhere": ("yellow", "batched by someone else"),
    "batch_removed": ("yellow", "its batch was deleted"),
    "changed_while_posting": ("red", "changed while posting"),
    "changed_after_posting": ("red", "changed after posting"),
    "waiting": ("yellow", "waits for a person"),
    "gone": ("yellow", "no longer unposted"),
    "cancelled": ("dim", "cancelled"),
}


IN_MOTION = ("captured", "planned", "posted")
"""What Tieout itself will move on from."""


def look_of(status: str) -> tuple[str, str]:
    """Colour and words of a status."""
    return _LOOKS[status]


_OLDER = {
    "list": "older records are left alone",
    "batch_without_posting": "older records are batched without posting",
    "post": "older records are posted, too",
}


def going_live(arming: Mapping[str, Any]) -> str:
    """From when a company posts, and what becomes of what is older; kind by kind where they differ."""
    if not arming["armed"]:
        return "previews only, not armed"
    told = [f"posts from {arming['go_live']}; {_OLDER[arming['older_records']]}"]
    for one in arming.get("kinds", ()):
        older = _OLDER[one["older_records"] or arming["older_records"]]
        told.append(f"{one['kind'].replace('_', ' ')}s from {one['go_live'] or arming['go_live']}; {older}")
    return "; ".join(told)


ERRORS = frozenset({"refused", "conflict", "changed_while_posting", "changed_after_posting"})
"""Statuses whose result is an error (F135)."""


def result_of(record: Record) -> str:
    """success, warning or error (F135)."""
    if record["status"] in ERRORS:
        return "error"
    if record["status"] in {"batched", "batched_without_posting", "posted"}:
        return "warning" if record["warnings"] else "success"
    return "warning"


def summary(records: Iterable[Record], title: str = "What came of the run") -> Table:
    """How many records stand where, and what they come to."""
    counts: Counter[str] = Counter(record["status"] for record in records)
    table = Table(title=title, title_justify="left", show_edge=False)
    table.add_column("status")
    table.add_column("records", justify="right")
    for status, (colour, words) in _LOOKS.items():
        if counts[status]:
            table.add_row(Text(words, style=colour), str(counts[status]))
    return table


def needing_attention(records: Sequence[Record], *, most: int = 40) -> Table:
    """Every record that is not simply posted, with cause and fix; before-go-live ones are only counted."""
    shown = [one for one in records if one["status"] not in {"batched", "batched_without_posting", "listed"}]
    table = Table(title="What needs a look", title_justify="left", show_lines=True, expand=True)
    table.add_column("number", no_wrap=True)
    table.add_column("amount", justify="right", no_wrap=True)
    table.add_column("status")
    table.add_column("why, and what to do", ratio=1)
    for record in shown[:most]:
        colour, words = look_of(record["status"])
        amount = f"{record['total']} {record['currency']}" if record["total"] else ""
        table.add_row(record["number"], amount, Text(words, style=colour), _causes(record))
    if len(shown) > most:
        table.caption = f"and {len(shown) - most} more: tieout status --records"
    return table


def warnings_by_code(records: Iterable[Record]) -> Table:
    """The posted records' warnings, counted by code with one example each (F139, F140)."""
    examples: dict[str, tuple[str, str]] = {}
    counts: Counter[str] = Counter()
    for record in records:
        for warning in record["warnings"]:
            counts[warning["code"]] += 1
            examples.setdefault(warning["code"], (record["number"], warning["sentence"]))
    table = Table(title="Warnings on posted records", title_justify="left", show_edge=False, expand=True)
    table.add_column("code", no_wrap=True)
    table.add_column("times", justify="right")
    table.add_column("for example", ratio=1)
    for code, count in counts.most_common():
        number, sentence = examples[code]
        table.add_row(code, str(count), Text(f"{number}: {sentence}"))
    return table


def timeline(record: Record) -> Table:
    """One record's journey with the time that each step took."""
    table = Table(show_edge=False, title_justify="left")
    table.title = f"{record['kind'].replace('_', ' ')} {record['number']}: {look_of(record['status'])[1]}"
    for heading in ("at (UTC)", "after", "step", "facts"):
        table.add_column(heading, justify="right" if heading == "after" else "left")
    before: datetime | None = None
    for moment in record["journey"]:
        at = datetime.fromisoformat(moment["at"])
        facts = ", ".join(f"{name} {value}" for name, value in moment["facts"].items() if value is not None)
        table.add_row(f"{at:%Y-%m-%d %H:%M:%S.%f}"[:-3], _took(before, at), moment["stage"], facts)
        before = at
    return table


def print_record(console: Console, record: Record) -> None:
    """Everything there is to say about one record."""
    console.print(timeline(record))
    document = record["document"]
    if document:
        console.print(f"ledger   {document['ledger']} {document['document_id']} {document['status']}")
        rate = document.get("currency_rate")
        if rate not in (None, "1"):
            console.print(f"currency {record['currency']} at {rate}, the ledger's rate")
    if record["batch_identifier"]:
        console.print(f"batch    {record['batch_identifier']}")
    if record["trace_id"]:
        console.print(f"trace    {record['trace_id']}")
    for kind in ("warnings", "problems"):
        for found in record[kind]:
            console.print(
                f"{kind[:-1]:8} [{found['code']}] {found['sentence']}\n         {found['hint']}", markup=False
            )


def _causes(record: Record, *, most: int = 3) -> str:
    """Sentences that share a hint stand together above it; `most` of them are said, the rest counted."""
    sentences: dict[str, list[str]] = {}
    for problem in record["problems"] or record["warnings"]:
        sentences.setdefault(problem["hint"], []).append(problem["sentence"])
    told = []
    for hint, alike in sentences.items():
        more = [f"(and {len(alike) - most} more like it)"] if len(alike) > most else []
        told.append(" ".join([*alike[:most], *more, hint]))
    return "\n".join(told) or "-"


def _took(before: datetime | None, at: datetime) -> str:
    if before is None:
        return ""
    seconds = (at - before).total_seconds()
    if seconds < 120:
        return f"{seconds:.2f} s"
    if seconds < 2 * 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 86400:.1f} days" if seconds > 48 * 3600 else f"{seconds / 3600:.1f} h"
