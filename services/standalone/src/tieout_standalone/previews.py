"""`tieout preview` and `tieout approve`: what would be posted, and the word to post it."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from tieout_standalone import preview_report
from tieout_standalone.client import ApiClient
from tieout_standalone.inquiries import only_tenant
from tieout_standalone.runs import POLL_S, RunTooLong, run_to_rest

Found = dict[str, Any]


@dataclass(frozen=True)
class PreviewOptions:
    """`settings`: a company's whole settings document that is not saved; `company` is needed with it."""

    company: str | None = None
    number: str | None = None
    settings: Path | None = None
    json_file: Path | None = None
    timeout_s: float = 600


async def preview(api: ApiClient, console: Console, tenant: str | None, options: PreviewOptions) -> int:
    """0 when every list could be read and nothing would be refused; nothing is written either way."""
    tenant_id = await only_tenant(api, tenant)
    listed = await api.every(f"/tenants/{tenant_id}/companies")
    companies = [one["company_id"] for one in listed if options.company in (None, one["company_id"])]
    if not companies:
        raise SystemExit(f"{tenant_id} has no company {options.company or 'yet'}.")
    if options.settings is not None and options.company is None:
        raise SystemExit("Changed settings are one company's: name it with --company.")
    problems: list[Found] = []
    if options.settings is None:
        problems = await _look(api, console, tenant_id, companies, options)
    shown = [await _preview_one(api, tenant_id, company, options) for company in companies]
    for found in shown:
        preview_report.show(console, found, in_full=options.number is not None)
    for problem in problems:
        console.print(f"[red]{problem['sentence']}[/red] {problem['hint']}")
    if options.number is not None and not any(found["records"] or found["left"] for found in shown):
        console.print(f"No record numbered {options.number} waits to be posted. tieout trace {options.number} tells.")
        return 1
    if options.json_file is not None:
        options.json_file.write_text(json.dumps({"previews": shown, "problems": problems}, indent=2) + "\n")
    console.print("Nothing was written to ConnectWise or to a ledger.")
    return 1 if problems or any(preview_report.has_refusals(found) for found in shown) else 0


async def approve(
    api: ApiClient, console: Console, tenant: str | None, preview_id: str, numbers: Sequence[str], *, person: str
) -> int:
    """Approve what the preview shows of these documents, or of all that would be created; 0 when all could be."""
    tenant_id = await only_tenant(api, tenant)
    place = f"/tenants/{tenant_id}/previews/{preview_id}"
    shown = {one["number"]: one for one in (await _read(api, place))["records"]}
    body: Found = {"person": person}
    if numbers:
        if missing := [number for number in numbers if number not in shown]:
            raise SystemExit(f"The preview does not show {', '.join(missing)}.")
        body["records"] = [_seen(shown[number]) for number in numbers if shown[number]["plan_hash"]]
    nothing = [number for number in numbers if not shown[number]["plan_hash"]]
    answer: Found = {"approved": [], "refused": []}
    if not numbers or body["records"]:
        answer = await api.post(f"{place}/approvals", body)
    for number in nothing:
        console.print(f"[red]Nothing would be posted for {number}.[/red] Its preview says why.")
    for one in answer["refused"]:
        console.print(f"[red]{one['problem']['sentence']}[/red] {one['problem']['hint']}")
    for one in answer["approved"]:
        console.print(f"{one['number']}: approved; it is posted if it is still what was shown.")
    if not (answer["approved"] or answer["refused"] or nothing):
        console.print("Nothing is left to approve.")
    return 1 if answer["refused"] or nothing else 0


async def _look(
    api: ApiClient, console: Console, tenant_id: str, companies: list[str], options: PreviewOptions
) -> list[Found]:
    """Read the unposted lists, to capture for the preview what is new; why one could not be read."""
    problems: list[Found] = []
    for company in companies:
        look: Found = {"preview": True}
        if options.number is not None:
            known = await api.records(tenant_id, company_id=company, number=options.number)
            look["records"] = [_ref(one) for one in known]
        (run,) = await run_to_rest(api, tenant_id, [company], console, timeout_s=options.timeout_s, **look)
        problems += run["problems"]
    return problems


async def _preview_one(api: ApiClient, tenant_id: str, company: str, options: PreviewOptions) -> Found:
    """One company's preview, whole; beside each record why it was refused before, and under `left` the records of which
    the rules were asked nothing."""
    known = await api.records(tenant_id, company_id=company, number=options.number)
    body: Found = {"company_id": company}
    if options.number is not None:
        body["records"] = [_ref(one) for one in known]
    if options.settings is not None:
        body["settings"] = _settings(options.settings)
    found: Found = {"company_id": company, "records": [], "outcomes": []}
    if known:
        asked = await api.post(f"/tenants/{tenant_id}/previews", body)
        place = f"/tenants/{tenant_id}/previews/{asked['preview_id']}"
        found = await _finished(api, place, timeout_s=options.timeout_s)
    told = {(one["kind"], one["record_id"]) for one in found["records"]}
    refused = {(one["kind"], one["record_id"]): one["problems"] for one in known if one["status"] == "refused"}
    for one in found["records"]:
        one["refused_before"] = refused.get((one["kind"], one["record_id"]), [])
    left = [one for one in known if one["status"] in preview_report.LEFT]
    return {**found, "left": [one for one in left if (one["kind"], one["record_id"]) not in told]}


def _settings(file: Path) -> Any:
    try:
        return json.loads(file.read_text())
    except ValueError as error:
        raise SystemExit(f"{file} is no JSON: {error}") from None


async def _finished(api: ApiClient, place: str, *, timeout_s: float) -> Found:
    deadline = time.monotonic() + timeout_s
    while not (await api.get(place, limit=1))["finished"]:
        if time.monotonic() > deadline:
            raise RunTooLong(f"the preview was not answered within {timeout_s:.0f} s: ask again")
        await asyncio.sleep(POLL_S)
    return await _read(api, place)


async def _read(api: ApiClient, place: str) -> Found:
    """The preview with all of its records, page by page."""
    found: Found = await api.get(place)
    cursor = found.pop("next_cursor")
    while cursor is not None:
        page = await api.get(place, cursor=cursor)
        found["records"] += page["records"]
        cursor = page["next_cursor"]
    return found


def _ref(record: Found) -> Found:
    return {name: record[name] for name in ("kind", "record_id")}


def _seen(record: Found) -> Found:
    return {name: record[name] for name in ("kind", "record_id", "plan_hash")}
