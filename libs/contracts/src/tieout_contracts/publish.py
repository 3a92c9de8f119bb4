"""Writes what the contracts publish: JSON Schemas, golden examples, the AsyncAPI document, the error pages.

    python -m tieout_contracts.publish [--check] [--root FOLDER]

An incompatible change of a published version is refused and nothing is written: give the event a new version instead.
`--check` writes nothing and ends with 1 when something is stale.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tieout_contracts import examples
from tieout_contracts.compatibility import incompatibilities
from tieout_contracts.envelope import CE_ID, CE_SOURCE, CE_SPECVERSION, CE_SUBJECT, CE_TIME, CE_TYPE, TRACEPARENT
from tieout_contracts.events import EVENT_TYPES, TOPICS, Event
from tieout_contracts.problems import KINDS, ProblemKind

PARTITIONS = 12


def schema_of(event: type[Event]) -> dict[str, Any]:
    """The JSON Schema of the opened value."""
    return event.model_json_schema(mode="serialization")


def refused_changes(root: Path) -> list[str]:
    """Why the present models may not be published over what is in `root`."""
    reasons = []
    for event in EVENT_TYPES:
        published = root / "libs/contracts/schemas" / f"{event.TYPE}.json"
        if published.exists():
            found = incompatibilities(json.loads(published.read_text()), schema_of(event))
            reasons += [f"{event.TYPE}{reason}" for reason in found]
    return reasons


def files() -> Iterator[tuple[str, str]]:
    """Every published file: its path below the repository and its text."""
    for event in EVENT_TYPES:
        yield f"libs/contracts/schemas/{event.TYPE}.json", _json(schema_of(event))
    for example in examples.events():
        yield f"libs/contracts/golden/{example.TYPE}.json", _json(json.loads(example.model_dump_json()))
    yield "libs/contracts/asyncapi.json", _json(asyncapi())
    yield "docs/errors/README.md", _error_index()
    for kind in KINDS.values():
        yield kind.page, _error_page(kind)


def asyncapi() -> dict[str, Any]:
    """AsyncAPI 3.0: a channel for each topic, a message for each event type, headers as CloudEvents has them."""
    headers = [CE_ID, CE_TYPE, CE_SOURCE, CE_TIME, CE_SUBJECT, CE_SPECVERSION, TRACEPARENT]
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Tieout events", "version": "1.0.0", "license": {"name": "Apache-2.0"}},
        "defaultContentType": "application/json",
        "channels": {
            topic: {
                "address": topic,
                "messages": {
                    event.TYPE: {"$ref": f"#/components/messages/{event.TYPE}"}
                    for event in EVENT_TYPES
                    if topic == event.TOPIC
                },
                "bindings": {"kafka": {"partitions": PARTITIONS}},
            }
            for topic in TOPICS
        },
        "components": {
            "messages": {
                event.TYPE: {
                    "name": event.TYPE,
                    "summary": (event.__doc__ or "").strip().splitlines()[0],
                    "headers": {"type": "object", "properties": {name: {"type": "string"} for name in headers}},
                    "payload": {"$ref": f"./schemas/{event.TYPE}.json"},
                    "x-sealed": event.SEALED,
                }
                for event in EVENT_TYPES
            }
        },
    }


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


WRONG_PAGE = "Is this page wrong or unclear? Say so in the issue tracker of the repository that you cloned."
"""How a reader reports a mistake: Tieout is cloned from many places."""


def _error_index() -> str:
    rows = [f"| [`{kind.code}`]({kind.code}.md) | {kind.severity} | {kind.sentence} |" for kind in KINDS.values()]
    head = "# Errors and warnings\n\nGenerated from `tieout_contracts.problems` by `make contracts`.\n\n"
    head += f"{WRONG_PAGE}\n\n"
    return head + "| code | severity | sentence |\n|---|---|---|\n" + "\n".join(rows) + "\n"


def _error_page(kind: ProblemKind) -> str:
    meaning = {
        "warning": "A warning: the record goes on.",
        "refusal": "A refusal: nothing of the record is in the ledger.",
        "fault": "A fault: something outside the record must be mended.",
    }[kind.severity]
    return (
        f"# {kind.code}\n\n> {kind.sentence}\n\n{meaning}\n\n**Cause.** {kind.cause}\n\n**Fix.** {kind.fix}\n\n"
        f"**Hint shown beside it.** {kind.hint}\n\n{WRONG_PAGE}\n"
    )


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; 1 when something is stale")
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="the repository")
    given = parser.parse_args(arguments)
    if reasons := refused_changes(given.root):
        sys.stderr.write("refused, published versions decode for ever:\n  " + "\n  ".join(reasons) + "\n")
        return 1
    stale = [path for path, text in files() if _read(given.root / path) != text]
    if given.check:
        sys.stderr.writelines(f"stale: {path} (run make contracts)\n" for path in stale)
        return 1 if stale else 0
    for path, text in files():
        (given.root / path).parent.mkdir(parents=True, exist_ok=True)
        (given.root / path).write_text(text)
    return 0


def _read(path: Path) -> str | None:
    return path.read_text() if path.exists() else None


if __name__ == "__main__":
    sys.exit(main())
