"""How long the REST API takes with 1,000 tenants and a million records: `make latency`.

config-api is started alone, as a cluster runs it, on an embedded PostgreSQL; tenants and companies are made through the
API and the records laid into its projection. Then one caller asks each question many times, one after another. Ends
with 1 if one of them takes 50 ms or more at the 95th percentile; the slowest statements are printed with the database's
own plans.
"""

import argparse
import asyncio
import hashlib
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench.statements import Watch
from tieout_standalone.client import ApiClient
from tieout_standalone.compose import embedded, observe, running
from tieout_standalone.folder import DataFolder

P95_LIMIT_MS = 50
LARGEST_SHARE = 20
"""The largest tenant has a twentieth of all records, 5,000 a month, and every sixth of them is on its way."""
RUNS_OF_A_TENANT = 50
SETTINGS = {
    "name": "Harbourline IT",
    "connectwise_connection": "connectwise",
    "ledger_connection": "xero",
    "organisation_id": "org",
    "connectwise_locations": [11],
    "accounts": [{"ledger_account": "200"}],
    "adjustment": {"account": "860"},
}
CONNECTWISE = {
    "kind": "connectwise",
    "site": "http://127.0.0.1:9",
    "login_company": "harbourline",
    "public_key": "public",
    "private_key": "private",
    "client_id": "client",
}
RUNS = """
    INSERT INTO config_api.run (run_id, tenant_id, company_id, requested_at, listed_at, unposted, captured, listed,
        unrouted, refused)
    SELECT md5(t || '-' || n)::uuid, 't' || t, 't' || t || '-au', now() - n * interval '1 hour', now(), 20, 20, 0, 0, 0
    FROM generate_series(0, $1::int - 1) t, generate_series(1, $2::int) n
"""
RECORDS = """
    INSERT INTO config_api.record (company_id, kind, record_id, tenant_id, number, document_date, total, tax, currency,
        run_id, status, captured_at, planned_at, settled_at, posted_at, ledger_calls, outcome)
    SELECT 't' || t || '-au', 'invoice', n, 't' || t, n::text, date '2026-01-01' + n % 300, n % 1000, n % 100, 'AUD',
        md5(t || '-' || 1 + n % $3::int)::uuid,
        (ARRAY['batched', 'batched', 'batched', 'batched', 'posted', 'refused'])[1 + n % 6],
        now(), now(), now(), now() - n % 300 * interval '1 day', 1, 'posted'
    FROM generate_series(1, $2::int) n,
        LATERAL (SELECT CASE WHEN n <= $2::int / $4::int THEN 0 ELSE n % $1::int END) owner (t)
"""
console = Console(width=160)
Question = Callable[[ApiClient, str], Awaitable[object]]


def questions(tenants: int, records: int) -> dict[str, Question]:
    """What is asked, by name; each asks about the tenant it is given."""
    of_the_largest = records // LARGEST_SHARE

    def anywhere(tenant: str) -> int:
        if tenant == "t0":
            return random.randrange(1, of_the_largest)
        return (of_the_largest // tenants + 1) * tenants + int(tenant[1:])

    cursor: dict[str, str | None] = {"t0": None}
    versions: dict[str, int] = {}

    async def next_page(api: ApiClient, _: str) -> None:
        """Through the largest tenant's records, page after page."""
        page = await api.get("/tenants/t0/records", limit=100, cursor=cursor["t0"])
        cursor["t0"] = page["next_cursor"]

    async def save(api: ApiClient, tenant: str) -> None:
        expected = f'"{versions.get(tenant, 1)}"'
        place = f"/tenants/{tenant}/companies/{tenant}-au/settings"
        saved = await api.put(place, of_tenant(tenant), **{"If-Match": expected})
        versions[tenant] = saved["version"]

    def command(api: ApiClient, tenant: str) -> Awaitable[object]:
        place = f"/tenants/{tenant}/companies/{tenant}-au/records/invoice/{anywhere(tenant)}"
        return api.post(f"{place}/commands", {"action": "skip", "person": "bench"})

    return {
        "tenants": lambda api, _: api.get("/tenants"),
        "connections": lambda api, t: api.get(f"/tenants/{t}/connections"),
        "companies": lambda api, t: api.get(f"/tenants/{t}/companies"),
        "a company": lambda api, t: api.get(f"/tenants/{t}/companies/{t}-au"),
        "versions of its settings": lambda api, t: api.get(f"/tenants/{t}/companies/{t}-au/settings"),
        "runs": lambda api, t: api.get(f"/tenants/{t}/runs"),
        "a run and its records": lambda api, t: api.get(f"/tenants/{t}/runs/{run_of(t)}"),
        "records": lambda api, t: api.get(f"/tenants/{t}/records", limit=100),
        "the next page of many records": next_page,
        "records that were refused": lambda api, t: api.get(f"/tenants/{t}/records", status="refused", limit=100),
        "records with no such status": lambda api, t: api.get(f"/tenants/{t}/records", status="planned", limit=100),
        "a record by its number": lambda api, t: api.get(f"/tenants/{t}/records", number=str(anywhere(t))),
        "a record's journey": lambda api, t: api.get(f"/tenants/{t}/companies/{t}-au/records/invoice/{anywhere(t)}"),
        "statistics of a year": lambda api, t: api.get(f"/tenants/{t}/statistics"),
        "audit": lambda api, t: api.get(f"/tenants/{t}/audit"),
        "people": lambda api, t: api.get(f"/tenants/{t}/users"),
        "new tenant": lambda api, _: api.post("/tenants", {"tenant_id": f"n{uuid4().hex}", "name": "New"}),
        "a connection replaced": lambda api, t: api.put(
            f"/tenants/{t}/connections/{t}-connectwise", CONNECTWISE, **{"If-Match": "*"}
        ),
        "new settings": save,
        "new run": lambda api, t: api.post(f"/tenants/{t}/runs", {"company_id": f"{t}-au"}),
        "a command for a record": command,
    }


def run_of(tenant: str) -> UUID:
    """As `RUNS` names them."""
    return UUID(hashlib.md5(f"{tenant[1:]}-{random.randrange(1, RUNS_OF_A_TENANT)}".encode()).hexdigest())


def of_tenant(tenant: str) -> dict[str, object]:
    return SETTINGS | {"connectwise_connection": f"{tenant}-connectwise"}


async def lay_out(api: ApiClient, database_url: str, tenants: int, records: int) -> None:
    with Progress(console=console) as progress:
        for n in progress.track(range(tenants), description="tenants"):
            await api.post("/tenants", {"tenant_id": f"t{n}", "name": f"Tenant {n}"})
            await api.put(f"/tenants/t{n}/connections/t{n}-connectwise", CONNECTWISE)
            await api.post(f"/tenants/t{n}/companies", {"company_id": f"t{n}-au", "settings": of_tenant(f"t{n}")})
    connection = await asyncpg.connect(database_url, command_timeout=600)
    await connection.execute(RUNS, tenants, RUNS_OF_A_TENANT)
    await connection.execute(RECORDS, tenants, records, RUNS_OF_A_TENANT, LARGEST_SHARE)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


async def ask(api: ApiClient, question: Question, tenants: int, times: int) -> list[float]:
    """Milliseconds of each answer; every fourth question is about the largest tenant."""
    took = []
    for n in range(times):
        tenant = "t0" if n % 4 == 0 else f"t{random.randrange(1, tenants)}"
        begun = time.perf_counter()
        await question(api, tenant)
        took.append((time.perf_counter() - begun) * 1000)
    return took


async def measure(tenants: int, records: int, times: int) -> dict[str, list[float]]:
    with tempfile.TemporaryDirectory(prefix="tieout-latency-") as place, DataFolder(Path(place)) as data:
        async with (
            embedded(data.postgres) as database_url,
            running(data, public_port=0, database_url=database_url, only="config-api") as installation,
            ApiClient(installation.url, data.api_key.read_text()) as api,
        ):
            begun = time.monotonic()
            await lay_out(api, database_url, tenants, records)
            console.print(f"{tenants:,} tenants and {records:,} records laid out in {time.monotonic() - begun:.0f} s")
            watch = Watch("config-api")
            took = {}
            for name, question in questions(tenants, records).items():
                await ask(api, question, tenants, 5)
                with watch:
                    took[name] = await ask(api, question, tenants, times)
            for told in await watch.slowest_plans(database_url):
                console.print(told, highlight=False, markup=False)
            return took


def show(took: dict[str, list[float]]) -> None:
    table = Table(title="Milliseconds an answer", title_justify="left", show_edge=False)
    for heading in ("", "median", "p95", "longest"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, each in took.items():
        table.add_row(name, *(f"{one:.1f}" for one in (statistics.median(each), p95(each), max(each))))
    console.print(table)


def p95(took: list[float]) -> float:
    return statistics.quantiles(took, n=20)[-1]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tenants", type=int, default=1000)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=200, help="how often each question is asked")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    given = parser.parse_args()
    observe("error")
    os.environ["TIEOUT_RATE_LIMIT_PER_S"] = "0"  # no limit: one caller asks as fast as it can
    random.seed(7)
    took = asyncio.run(measure(given.tenants, given.records, given.times))
    show(took)
    if given.json is not None:
        figures = {name: {"median_ms": statistics.median(each), "p95_ms": p95(each)} for name, each in took.items()}
        given.json.write_text(json.dumps(figures, indent=2))
    return 0 if all(p95(each) < P95_LIMIT_MS for each in took.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
