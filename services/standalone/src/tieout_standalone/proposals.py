"""`tieout proposals`, `link` and `adopt`: what is in the ledger already, and the word to link it (K24)."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from tieout_standalone import proposal_report
from tieout_standalone.client import ApiClient
from tieout_standalone.inquiries import only_tenant
from tieout_standalone.runs import POLL_S, RunTooLong, run_to_rest

Found = dict[str, Any]
MOST_NAMED = 1_000
"""Records from before the go-live date that one look captures."""


@dataclass(frozen=True)
class ProposalOptions:
    json_file: Path | None = None
    timeout_s: float = 600


async def propose(api: ApiClient, console: Console, tenant: str | None, company: str, options: ProposalOptions) -> int:
    """0 when the list could be read and the ledger was compared; nothing is written either way."""
    timeout_s = options.timeout_s
    tenant_id = await only_tenant(api, tenant)
    older = await api.records(tenant_id, company_id=company, status="listed")
    named = [{name: one[name] for name in ("kind", "record_id")} for one in older[:MOST_NAMED]]
    look: Found = {"preview": True} | ({"records": named} if named else {})
    (run,) = await run_to_rest(api, tenant_id, [company], console, timeout_s=timeout_s, **look)
    asked = await api.post(f"/tenants/{tenant_id}/proposals", {"company_id": company})
    place = f"/tenants/{tenant_id}/proposals/{asked['proposals_id']}"
    found = await _finished(api, place, timeout_s=timeout_s)
    found["contacts"] = await _all(api, place, "contacts")
    found["documents"] = await _all(api, place, "documents")
    proposal_report.show(console, found)
    if len(older) > MOST_NAMED:
        console.print(f"{len(older) - MOST_NAMED} more from before the go-live date: link these, then ask again.")
    for problem in run["problems"]:
        console.print(f"[red]{problem['sentence']}[/red] {problem['hint']}")
    if options.json_file is not None:
        options.json_file.write_text(json.dumps({**found, "problems": run["problems"]}, indent=2) + "\n")
    console.print("Nothing was written to ConnectWise or to a ledger.")
    return 1 if run["problems"] else 0


async def link(
    api: ApiClient,
    console: Console,
    tenant: str | None,
    proposals_id: str,
    pairs: Sequence[str],
    *,
    findings: Sequence[str],
    refuse: bool,
    person: str,
) -> int:
    """Approve, or refuse, contacts: those of whole findings, or `NUMBER=ID` of chosen ones; 0 when all could be."""
    tenant_id = await only_tenant(api, tenant)
    if bool(pairs) == bool(findings):
        raise SystemExit("Name customers (CW-19=ID ...), or whole findings with --all; tieout proposals shows both.")
    body: Found = {"person": person, "verdict": "refuse" if refuse else "approve"}
    body |= {"findings": list(findings)} if findings else {"contacts": [_pair(one) for one in pairs]}
    answer = await api.post(f"/tenants/{tenant_id}/proposals/{proposals_id}/links", body)
    for one in answer["refused"]:
        console.print(f"[red]{one['problem']['sentence']}[/red] {one['problem']['hint']}")
    for one in answer["decided"]:
        words = "is not its contact" if refuse else "is its contact from now on"
        console.print(f"{one['contact_number']}: {one['ledger_id']} {words}", markup=False)
    if not (answer["decided"] or answer["refused"]):
        console.print("Nothing is left to decide.")
    return 1 if answer["refused"] else 0


async def adopt(
    api: ApiClient, console: Console, tenant: str | None, proposals_id: str, numbers: Sequence[str], *, person: str
) -> int:
    """Link the ledger's documents to these records, or to all that have one to adopt; 0 when all could be."""
    tenant_id = await only_tenant(api, tenant)
    place = f"/tenants/{tenant_id}/proposals/{proposals_id}"
    body: Found = {"person": person}
    if numbers:
        shown = {one["number"]: one for one in await _all(api, place, "documents")}
        if missing := [number for number in numbers if number not in shown]:
            raise SystemExit(f"The proposals do not show {', '.join(missing)}.")
        body["records"] = [{name: shown[number][name] for name in ("kind", "record_id")} for number in numbers]
    approved, refused = 0, 0
    while True:
        answer = await api.post(f"{place}/adoptions", body)
        approved, refused = approved + len(answer["approved"]), refused + len(answer["refused"])
        for one in answer["refused"]:
            console.print(f"[red]{one['problem']['sentence']}[/red] {one['problem']['hint']}")
        for one in answer["approved"]:
            console.print(f"{one['number']}: linked and batched, if the ledger's document is still the same.")
        if numbers or len(answer["approved"]) < MOST_NAMED:
            break
    if not approved + refused:
        console.print("Nothing is left to adopt.")
    return 1 if refused else 0


def _pair(text: str) -> Found:
    number, separator, ledger_id = text.partition("=")
    if not (number and separator and ledger_id):
        raise SystemExit(f"{text} is no pair: write CW-19=ID, with an id that tieout proposals shows.")
    return {"contact_number": number, "ledger_id": ledger_id}


async def _finished(api: ApiClient, place: str, *, timeout_s: float) -> Found:
    deadline = time.monotonic() + timeout_s
    while not (found := await api.get(place))["finished"]:
        if time.monotonic() > deadline:
            raise RunTooLong(f"the ledger was not compared within {timeout_s:.0f} s; is it connected? Ask again")
        await asyncio.sleep(POLL_S)
    return dict(found)


async def _all(api: ApiClient, place: str, what: str) -> list[Found]:
    """Every one, page by page."""
    found: list[Found] = []
    cursor: str | None = None
    while True:
        page = await api.get(f"{place}/{what}", cursor=cursor, limit=200)
        found += page[what]
        cursor = page["next_cursor"]
        if cursor is None:
            return found
