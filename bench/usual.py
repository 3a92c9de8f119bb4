"""The usual integration, for comparison: look the contact up, create the invoice, one call at a time.

It works under the same limits: 60 calls a minute and the simulator's latency. Its first calls are timed and the rest is
extrapolated from them.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx

from tieout_chassis import exact_json

TIMED_CALLS = 180


@dataclass(frozen=True)
class Usual:
    """What was timed, and what it comes to for the whole month."""

    calls: int
    invoices: int
    seconds: float
    month: int

    @property
    def extrapolated_s(self) -> float:
        return self.seconds * self.month / self.invoices


async def post_as_usual(url: str, month: Mapping[str, Any], organisation: str, token: str) -> Usual:
    """Post the month's first invoices until `TIMED_CALLS` calls were made."""
    headers = {"Authorization": f"Bearer {token}", "xero-tenant-id": organisation, "Accept": "application/json"}
    calls = invoices = 0
    begun = time.monotonic()
    async with httpx.AsyncClient(base_url=f"{url}/api.xro/2.0", headers=headers, timeout=60) as http:
        for exported in month["gl_transactions"]:
            name = exported["company"]["name"]
            found = await _patiently(http, "GET", "/Contacts", params={"where": f'Name=="{name}"'})
            contact: dict[str, Any] = {"Name": name}
            calls += 1
            if found["Contacts"]:
                contact = {"ContactID": found["Contacts"][0]["ContactID"]}
            await _patiently(http, "PUT", "/Invoices", content=_invoice(exported, contact))
            calls, invoices = calls + 1, invoices + 1
            if calls >= TIMED_CALLS:
                break
    return Usual(calls, invoices, time.monotonic() - begun, len(month["gl_transactions"]))


async def _patiently(http: httpx.AsyncClient, method: str, path: str, **more: Any) -> Any:
    """One call; a 429 is waited out."""
    while True:
        answer = await http.request(method, path, **more)
        if answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
            answer.raise_for_status()
            return exact_json.loads(answer.content)
        await asyncio.sleep(int(answer.headers.get("Retry-After", "1")))


def _invoice(exported: Mapping[str, Any], contact: Mapping[str, Any]) -> bytes:
    lines = [
        {
            "Description": line["memo"] or line["description"] or "-",
            "Quantity": str(-Decimal(line["quantity"])),
            "UnitAmount": str(line["itemPrice"]),
            "AccountCode": line["accountNumber"],
            "TaxType": "OUTPUT" if line["taxableFlag"] else "EXEMPTOUTPUT",
        }
        for line in exported["detail"]
        if line["glTypeId"] != "ST"
    ]
    body = {
        "Type": "ACCREC",
        "InvoiceNumber": exported["documentNumber"],
        "Contact": contact,
        "Date": str(exported["documentDate"])[:10],
        "DueDate": str(exported["dueDate"])[:10],
        "LineItems": lines,
        "Status": "AUTHORISED",
    }
    return exact_json.dumps({"Invoices": [body]}).encode()
